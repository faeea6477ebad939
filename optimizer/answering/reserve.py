"""What a plan holds back for forecast demand, in names, and the problem without it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from models.forecast import forecast_rows
from models.goals import GoalKind
from models.problem import Problem
from models.scenario import Scenario
from models.shared_limits import SHARED_LIMITS
from models.solution import RESERVE
from models.tolerances import DECIMALS
from optimizer.preparing.stock_epochs import certainty_levels

PLACE = ["site", "item", "date", "confidence"]
"""Columns by which prices of stock differ."""


def reserve_of(
    scenario: Scenario, problem: Problem, x: np.ndarray, prices: pd.DataFrame
) -> pd.DataFrame:
    """List what is held for which forecast demand.

    Parameters
    ----------
    scenario
        The question.
    problem
        Prepared from it.
    x
        Units shipped or held by each row of ``problem.options``, shape (options,).
    prices
        What the last unit of each resource is worth.

    Returns
    -------
    pandas.DataFrame
        The columns of :data:`models.solution.RESERVE`, sorted by all but the last three.
        ``bid_price`` is the price of stock at the site on the ship date, 0 where it has none; where
        a goal before value needs the stock, no less than what is held is worth, less its way.
    """
    virtual = problem.lines["virtual"].to_numpy()[problem.options["line"]]
    rows = problem.options.assign(quantity=x)[virtual & (x > 0)]
    order = problem.orders["order"].to_numpy()[problem.lines["order"].to_numpy()[rows["line"]]]
    known = forecast_rows(scenario).set_index("order")
    held = known.loc[order, ["segment", "region", "item", "requested", "unit_value"]]
    held = held.reset_index(drop=True).assign(
        site=problem.sites[rows["site"]],
        service=problem.services[rows["service"]],
        ship_date=problem.dates(rows["day"]).to_numpy(),
        arrival_date=problem.dates(rows["arrival"]).to_numpy(),
        quantity=rows["quantity"].to_numpy(),
        bid_price=_bid_prices(problem, rows, prices),
    )
    keys = [name for name in RESERVE if name not in ("quantity", "unit_value", "bid_price")]
    parts = held.groupby(keys, sort=True)
    table = parts.agg({"quantity": "sum", "unit_value": "first", "bid_price": "max"}).reset_index()
    amounts = ["quantity", "unit_value", "bid_price"]
    table[amounts] = table[amounts].round(DECIMALS)
    return table[list(RESERVE)].astype(RESERVE)


def _bid_prices(problem: Problem, rows: pd.DataFrame, prices: pd.DataFrame) -> np.ndarray:
    """Say what an order has to bring for a unit of the stock of each row, shape (rows,)."""
    epochs = problem.epochs.iloc[rows["epoch"]]
    pairs = problem.pairs.iloc[epochs["pair"]]
    places = pd.DataFrame(
        {
            "site": problem.sites[pairs["site"]],
            "item": problem.items[pairs["item"]],
            "date": problem.dates(epochs["day"]).to_numpy(),
            "confidence": certainty_levels(problem.settings)[pairs["level"]],
        }
    )
    known = prices[prices["resource"] == "stock"][[*PLACE, "goal", "price"]]
    types = known.dtypes[PLACE].to_dict()
    found = places.astype(types).merge(known, on=PLACE, how="left")
    money = found["price"].fillna(0.0).clip(lower=0.0).to_numpy()
    promised = found["goal"].notna() & (found["goal"] != GoalKind.VALUE)
    margin = (rows["unit_worth"] - rows["unit_cost"]).to_numpy()
    return np.where(promised, np.maximum(money, margin), money)


def without_reserve(problem: Problem, x: np.ndarray) -> Problem:
    """Give the problem without forecast demand, and without what is held for it.

    Parameters
    ----------
    problem
        Integer-coded.
    x
        Units shipped or held by option [unit], shape (options,).
    """
    virtual = problem.lines["virtual"].to_numpy()[problem.options["line"]]
    if not x[virtual].any():
        return problem.real()
    reserved = np.where(virtual, x, 0.0)
    drawn = np.bincount(problem.options["epoch"], reserved, len(problem.epochs))
    limits: dict[str, Any] = {
        limit.frame: limit.rows(problem).assign(limit=limit.left(problem, reserved))
        for limit in SHARED_LIMITS
    }
    epochs = problem.epochs.assign(arriving=problem.epochs["arriving"] - drawn)
    return replace(problem.real(), epochs=epochs, **limits)
