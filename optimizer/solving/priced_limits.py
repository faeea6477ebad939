"""What has a price: supply, capacity of sites and lanes, limits of groups, each by its names."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from models.problem import Problem
from models.solution import PRICES
from optimizer.preparing.stock_epochs import certainty_levels

LIMIT = ["resource", "site", "item", "region", "service", "confidence", "row", "date"]
"""Columns that name a limit."""


def priced_limits(problem: Problem) -> pd.DataFrame:
    """List the limits, but for those that promises exceed.

    Parameters
    ----------
    problem
        Integer-coded.

    Returns
    -------
    pandas.DataFrame
        The columns :data:`LIMIT`, and ``rule`` of the model with its row, ``nth``.
    """
    rows = pd.concat(_limits(problem), ignore_index=True).reindex(columns=[*LIMIT, "rule", "nth"])
    names = {name: dtype for name, dtype in PRICES.items() if name in LIMIT}
    texts = [name for name, dtype in names.items() if dtype == "str"]
    rows[texts] = rows[texts].astype(object).fillna("")
    return rows.astype(names | {"nth": "int64"})


def _limits(problem: Problem) -> Iterator[pd.DataFrame]:
    """Yield the limits of each rule."""

    def limits(rule: str, rows: pd.DataFrame) -> pd.DataFrame:
        rows = rows.assign(rule=rule, nth=np.arange(len(rows)))
        return rows[rows["limit"] >= rows["most"]] if "most" in rows else rows

    stock = limits("stock_balance", problem.epochs)
    pairs = problem.pairs.iloc[stock["pair"]]
    yield stock.assign(
        resource="stock",
        site=problem.sites[pairs["site"]],
        item=problem.items[pairs["item"]],
        confidence=certainty_levels(problem.settings)[pairs["level"]],
        date=problem.dates(stock["day"]),
    )
    sites = limits("site_capacity", problem.site_days)
    yield sites.assign(
        resource="site_capacity",
        site=problem.sites[sites["site"]],
        date=problem.dates(sites["day"]),
    )
    lanes = limits("lane_capacity", problem.lane_days)
    yield lanes.assign(
        resource="lane_capacity",
        site=problem.sites[lanes["site"]],
        region=np.append(problem.regions, "")[lanes["region"]],
        service=problem.services[lanes["service"]],
        date=problem.dates(lanes["day"]),
    )
    quotas = limits("quota", problem.quotas)
    yield quotas.assign(resource="quota", row=quotas["row"] + 1)
