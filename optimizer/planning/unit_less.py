"""Whether a price is true: the plan once more, with a unit less of one thing."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from models.goals import GoalKind, gain
from models.problem import Problem
from models.scenario import Scenario
from models.solution import Solution
from models.tolerances import UNIT, UNIT_DECIMALS
from optimizer.common.clock import Clock
from optimizer.planning.replan import OutOfTimeError, replan_problem
from optimizer.preparing import prepare
from optimizer.preparing.reduction import close_impossible
from optimizer.solving.priced_limits import LIMIT, priced_limits

FRAMES = {
    "stock_balance": ("epochs", "arriving"),
    "site_capacity": ("site_days", "limit"),
    "lane_capacity": ("lane_days", "limit"),
    "quota": ("quotas", "limit"),
}
"""Where a problem has the limit of each rule with a price: frame and column."""


@dataclass(frozen=True, slots=True)
class UnitLess:
    """What a unit less changes.

    Parameters
    ----------
    goals
        By how much each goal is worse, by name; those that stay are left out.
    net
        Net value lost [currency]; NaN where value is no goal.
    proved
        Whether it was planned to its end: else a better plan may lose less.
    """

    goals: Mapping[str, float]
    net: float
    proved: bool

    @property
    def first(self) -> str:
        """The first goal that changes; blank where none does."""
        return next(iter(self.goals), "")


def unit_less(
    scenario: Scenario,
    solution: Solution,
    limit: Mapping[Hashable, Any],
    cancel: threading.Event | None = None,
) -> UnitLess | None:
    """Plan again with a unit less, all else as it is.

    Parameters
    ----------
    scenario
        The inputs.
    solution
        What the plan reaches.
    limit
        A row of ``solution.prices``, by column.
    cancel
        Ends it.

    Returns
    -------
    UnitLess or None
        None where no unit is there on the day, or there was no time.
    """
    problem = _without_one(close_impossible(prepare(scenario)), limit)
    if problem is None:
        return None
    clock = Clock(scenario.settings.solver.seconds)
    try:
        found = replan_problem(problem, clock, cancel or threading.Event())
    except OutOfTimeError:
        return None
    before = {goal.name: goal.value for goal in solution.goals}
    after = {goal.name: goal.value for goal in found.goals}
    worse = {name: round(gain(name, before[name], after[name]), UNIT_DECIMALS) for name in before}
    changed = {name: amount for name, amount in worse.items() if abs(amount) > UNIT}
    return UnitLess(changed, worse.get(GoalKind.VALUE, np.nan), not found.cut)


def _without_one(problem: Problem, limit: Mapping[Hashable, Any]) -> Problem | None:
    """Take a unit away; None where there is none on the day.

    What is known of a line besides, as how much it can get at most, stays: it allows more.
    """
    known = priced_limits(problem)
    given = pd.DataFrame([limit])[LIMIT].astype(known[LIMIT].dtypes)
    same = known.merge(given, on=LIMIT)  # a row of quotas may limit several things
    frame, column = FRAMES[same["rule"].iloc[0]]
    rows: pd.DataFrame = getattr(problem, frame).copy()
    at = rows.index[same["nth"]]
    if (rows.loc[at, column] < 1).any():
        return None
    rows.loc[at, column] -= 1.0
    changed: dict[str, Any] = {frame: rows}
    return replace(problem, **changed)
