"""What the last unit of stock or capacity is worth: duals of value, with every promise kept.

A dual bounds from below what is lost with a unit, not what is gained by one more: plans with a unit
less are worth no more than the LP less its dual. What the LP could still gain over the plan must be
taken off once, from whatever total is stated: ``slack``.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from models.solution import PRICES
from models.tolerances import DECIMALS, MONEY
from optimizer.outcome import no_prices
from optimizer.preparing.stock_epochs import certainty_levels
from optimizer.solving.locked_model import LockedModel
from optimizer.solving.lp import LPSolution


def shadow_prices(model: LockedModel, lp: LPSolution | None, value: float) -> pd.DataFrame:
    """Price what is scarce.

    Parameters
    ----------
    model
        Whose rows are priced.
    lp
        The LP of value less cost with the goals before it locked; None where none was solved.
    value
        What the plan reaches of it [currency].

    Returns
    -------
    pandas.DataFrame
        The columns of :data:`models.solution.PRICES`; only what has a price.
    """
    if lp is None or not len(lp.duals):
        return no_prices()
    _, constants = model.matrix.goals["loss"]
    slack = max(0.0, -(lp.bound + float(constants[0])) - value)
    parts = [frame for frame in _parts(model, -lp.duals) if len(frame)]
    if not parts:
        return no_prices()
    rows = pd.concat(parts, ignore_index=True).reindex(columns=list(PRICES))
    for name, dtype in PRICES.items():
        if dtype == "str":
            rows[name] = rows[name].astype(object).fillna("")
    rows = rows.assign(slack=round(slack, DECIMALS), price=rows["price"].round(DECIMALS))
    keys = [name for name in PRICES if name not in ("price", "slack")]
    return rows.astype(PRICES).sort_values(keys, ignore_index=True)


def _parts(model: LockedModel, price: np.ndarray) -> Iterator[pd.DataFrame]:
    """Price supply, sites, lanes and quotas; limits that promises exceed have none."""
    problem = model.problem

    def priced(rule: str, rows: pd.DataFrame) -> pd.DataFrame:
        own = rows["limit"] >= rows["most"] if "most" in rows else True
        rows = rows.assign(price=price[model.matrix.rows[rule]])
        return rows[(rows["price"] > MONEY) & own]

    stock = priced("stock_balance", problem.epochs)
    pairs = problem.pairs.iloc[stock["pair"]]
    yield stock.assign(
        resource="stock",
        site=problem.sites[pairs["site"]],
        item=problem.items[pairs["item"]],
        confidence=certainty_levels(problem.settings)[pairs["level"]],
        date=problem.dates(stock["day"]),
    )
    sites = priced("site_capacity", problem.site_days)
    yield sites.assign(
        resource="site_capacity",
        site=problem.sites[sites["site"]],
        date=problem.dates(sites["day"]),
    )
    lanes = priced("lane_capacity", problem.lane_days)
    yield lanes.assign(
        resource="lane_capacity",
        site=problem.sites[lanes["site"]],
        region=np.append(problem.regions, "")[lanes["region"]],
        service=problem.services[lanes["service"]],
        date=problem.dates(lanes["day"]),
    )
    quotas = priced("quota", problem.quotas)
    yield quotas.assign(resource="quota", row=quotas["row"] + 1)
