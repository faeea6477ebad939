"""A bound on the value of any policy: the best that who knew everything could do, in fractions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.optimize import linprog

from models.problem import Problem
from models.scenario import Scenario
from optimizer.backtesting.whole_delay import worth_by_request
from optimizer.backtesting.worlds import World
from optimizer.preparing import prepare
from optimizer.scenario.table_edits import cast_rows, with_table

ORDER_RULES = {"ship_complete": False, "max_shipments": np.nan}
LINE_RULES = {"min_fill": 0.0, "complete": False}
"""What a bound leaves out: it only ever takes something away."""


def clairvoyant_bound(world: World) -> float:
    """Bound the value less cost that any policy can reach in a world.

    All orders and receipts are known as they come; nothing ships before it is ordered. Shipments
    may be fractions, order rules and costs of parcels are left out: so it is no less than what the
    best policy reaches. Whatever the solver answers, its prices make a bound (weak duality).

    Parameters
    ----------
    world
        What happens.
    """
    problem = prepare(_all_in_one_scenario(world))
    options = problem.options
    ordered = problem.lines["ordered_on"].to_numpy()[options["line"]]
    able = options["day"].to_numpy() >= np.maximum(ordered, 0)
    options = options[able].reset_index(drop=True)
    if options.empty:
        return 0.0
    problem = replace(problem, options=options)
    margin = worth_by_request(problem) - options["unit_cost"].to_numpy()
    a, limit = _rows(problem)
    upper = options["upper"].to_numpy()
    columns = len(upper)
    carried = a.shape[1] - columns
    cost = np.append(-margin, np.zeros(carried))
    most = np.append(upper, np.full(carried, problem.epochs["arriving"].sum()))
    answer = linprog(cost, A_ub=a, b_ub=limit, bounds=np.stack([0 * most, most], axis=1))
    prices = np.maximum(0.0, -answer.ineqlin.marginals) if answer.success else np.zeros(len(limit))
    return float(limit @ prices + np.maximum(0.0, -cost - a.T @ prices) @ most)


def _all_in_one_scenario(world: World) -> Scenario:
    """Give the world as one scenario: every order, every receipt on the day it comes."""
    lines = world.lines.assign(**LINE_RULES)
    orders = world.orders.assign(**ORDER_RULES)
    date = world.start + np.asarray(world.receipts["day"], dtype="timedelta64[D]")
    receipts = world.receipts.assign(date=date, confidence=1.0)
    receipts = receipts[receipts["day"] < world.days]
    scenario = with_table(world.scenario, "orders", cast_rows("orders", orders))
    scenario = with_table(scenario, "lines", cast_rows("lines", lines))
    scenario = with_table(scenario, "stock", cast_rows("stock", world.stock))
    return with_table(scenario, "receipts", cast_rows("receipts", receipts))


def _rows(problem: Problem) -> tuple[sp.csr_array, np.ndarray]:
    """Give lines, stock and capacity as rows ``A v <= b``; the last columns carry stock over."""
    options, epochs = problem.options, problem.epochs
    count, column = len(options), np.arange(len(options))
    ones = np.ones(count)
    parts: list[tuple[pd.Series, Any, pd.Series]]
    parts = [(options["line"], options["gives"], problem.lines["limit"])]
    parts.append((options["epoch"], ones, epochs["arriving"]))
    parts.append((options["site_day"], options["effort"], problem.site_days["limit"]))
    parts.append((options["lane_day"], ones, problem.lane_days["limit"]))
    parts.append((options["lane_total"], ones, problem.lane_days["limit"]))
    blocks, limits, carries = [], [], len(epochs)
    for nth, (row, coefficient, limit) in enumerate(parts):
        at = row.to_numpy()
        used = at >= 0
        shape = (len(limit), count)
        values = np.asarray(coefficient, dtype=float)[used]
        own = sp.coo_array((values, (at[used], column[used])), shape=shape)
        carry = _carry_over(problem) if nth == 1 else sp.coo_array((len(limit), carries))
        blocks.append([own, carry])
        limits.append(np.asarray(limit, dtype=float))
    return sp.block_array(blocks, format="csr"), np.concatenate(limits)


def _carry_over(problem: Problem) -> sp.coo_array:
    """Say that what is left at an epoch is there at the next one of the same pair."""
    epochs = problem.epochs
    previous = epochs["previous"].to_numpy()
    every, later = np.arange(len(epochs)), np.flatnonzero(previous >= 0)
    rows = np.append(every, later)
    columns = np.append(every, previous[later])
    values = np.append(np.ones(len(epochs)), -np.ones(len(later)))
    return sp.coo_array((values, (rows, columns)), shape=(len(epochs), len(epochs)))
