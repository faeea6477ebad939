"""Promises that a plan does not keep: the day of the first one of each line, and what is missing.

What was promised of a line by a day is what its commitments, yesterday's plan or frozen ones, bring
by then. A promise is kept where as much arrives by its day, whatever the way; units that come
beyond it break nothing, whenever they come.
"""

from __future__ import annotations

import pandas as pd

from models.problem import Problem
from models.tolerances import UNIT


def broken_promises(problem: Problem, shipped: pd.DataFrame) -> pd.DataFrame:
    """Find the first promise of each line that is not kept.

    Parameters
    ----------
    problem
        With what was promised: of lines that are not due only what is frozen.
    shipped
        Shipments: ``line`` (position), ``arrival`` (day) and ``delivered`` [ordered unit].

    Returns
    -------
    pandas.DataFrame
        A row for each line with a broken promise, indexed by its position: ``day`` of the first
        one, and the most units that are ``missing`` on any promised day [ordered unit].
    """
    promised = _promised(problem)
    mine = shipped[shipped["line"].isin(promised["line"])]
    parts = [
        promised.assign(came=0.0),
        mine[["line", "arrival"]].assign(units=0.0, came=mine["delivered"]),
    ]
    by_day = pd.concat(parts).groupby(["line", "arrival"])[["units", "came"]].sum()
    there = by_day.groupby(level="line").cumsum().reset_index()
    ordered = problem.lines[["quantity", "enough"]].iloc[there["line"]].set_index(there.index)
    missing = there["units"].clip(upper=ordered["quantity"]) - there["came"]
    broken = (missing > UNIT) & (there["came"] < ordered["enough"] - UNIT)
    found = there.assign(missing=missing)[broken].groupby("line")
    return found.agg(day=("arrival", "min"), missing=("missing", "max"))


def last_promised(problem: Problem) -> pd.Series:
    """Day on which the last of what was promised before was to arrive, by line; NaN = nothing was.

    Of lines that are not due only what is frozen counts.
    """
    days = _promised(problem).groupby("line")["arrival"].max()
    return days.reindex(range(len(problem.lines)))


def _promised(problem: Problem) -> pd.DataFrame:
    """Units of each promise [ordered unit] by line, and the day on which they were to arrive."""
    counted, frozen = problem.committed, problem.frozen
    rows = pd.concat([counted, frozen[~frozen["line"].isin(counted["line"])]])
    return rows[["line", "arrival"]].assign(units=rows["quantity"] * rows["gives"])
