"""What a planner reads of the prices of rules."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from models.settings import Settings
from optimizer.common.words import few, goal_name, listed, number, several
from optimizer.runs.run_files import RULE_PRICES

MOST = 10
"""Prices that are told, the dearest; the others are counted."""
PRICE = ["goal", "better", "unit", "net_value", "units", "points"]
"""What is equal of rules that are told in one sentence."""


def rule_price_lines(
    settings: Settings, prices: pd.DataFrame, *, every: bool = False
) -> Iterator[str]:
    """Say what rules cost, a line for each price, the dearest first; what is not told is counted.

    Parameters
    ----------
    settings
        For the currency.
    prices
        Of :func:`optimizer.planning.rule_prices.rule_prices`.
    every
        Whether each rule has a line of its own, as decisions by hand have, and none is cut.
    """
    if prices.empty:
        yield "There is nothing to price: no rule, and nothing decided by hand."
        return
    unknown = prices[~prices["proved"]]
    costly = prices[prices["proved"] & (prices["goal"] != "")]
    if len(costly):
        yield "What rules cost: the plan without each of them is better, at least, in"
    equal = [rows for _, rows in costly.groupby("rule" if every else PRICE, sort=False)]
    most = len(equal) if every else MOST
    yield from (f" * {_price(settings, rows)}" for rows in equal[:most])
    if rest := sum(map(len, equal[most:])):
        yield f"{several(rest, 'rule')} more at lower prices: {RULE_PRICES.name} has them all."
    free = len(prices) - len(unknown) - len(costly)
    cost = "costs" if free == 1 else "cost"
    yield f"{several(free, 'rule')} of {len(prices):,} {cost} nothing: no plan needs less."
    if len(unknown):
        named = listed if every else few
        yield f"Not solved to its end in time: without {named(list(unknown['rule']))}."


def _price(settings: Settings, rows: pd.DataFrame) -> str:
    """Say one price, and every rule that has it."""
    row = rows.iloc[0]
    rules = few(list(rows["rule"]))
    whose = rules if len(rows) == 1 else f"any one of {len(rows):,}: {rules}"
    return (
        f"{goal_name(row['goal'])} by {number(row['better'])} {row['unit']}, without {whose} "
        f"(net value {row['net_value']:+,.2f} {settings.currency}, {row['units']:+,.0f} units, "
        f"{row['points']:+.1f} points on time)"
    )
