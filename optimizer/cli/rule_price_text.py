"""What a planner reads of the prices of rules."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from models.settings import Settings
from optimizer.common.words import goal_name, number, several


def rule_price_lines(settings: Settings, prices: pd.DataFrame) -> Iterator[str]:
    """Say what each rule costs, a line each; those that cost nothing in one.

    Parameters
    ----------
    settings
        For the currency.
    prices
        Of :func:`optimizer.planning.rule_prices.rule_prices`.
    """
    if prices.empty:
        yield "There is nothing to price: no rule, and nothing decided by hand."
        return
    unknown = prices[~prices["proved"]]
    costly = prices[prices["proved"] & (prices["goal"] != "")]
    if len(costly):
        yield "What rules cost: the plan without each of them is better, at least, in"
    for row in costly.to_dict("records"):
        better = f"{goal_name(row['goal'])} by {number(row['better'])} {row['unit']}"
        yield (
            f" * {better}, without {row['rule']} (net value {row['net_value']:+,.2f} "
            f"{settings.currency}, {row['units']:+,.0f} units, {row['points']:+.1f} points on time)"
        )
    free = len(prices) - len(unknown) - len(costly)
    cost = "costs" if free == 1 else "cost"
    yield f"{several(free, 'rule')} of {len(prices):,} {cost} nothing: no plan needs less."
    yield from (f"Not solved to its end in time: without {rule}." for rule in unknown["rule"])
