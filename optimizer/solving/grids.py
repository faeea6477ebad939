"""Grids on which the values of goals lie: sums of amounts that come in steps."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.allocation import Family, GoalSpec, Promise, counts_whole
from models.problem import Problem
from models.tolerances import INTEGRALITY
from optimizer.common.steps import common_steps


def grid_of_promise(problem: Problem, promise: Promise) -> float:
    """Step of a promised service [base unit]: 1 for counts, a cent, or less; 0 = none.

    What is held for forecast demand comes in any amount.
    """
    segment = promise.segment
    if promise.family is Family.RESERVES and problem.segments["forecast"][segment] > 0:
        return 0.0
    mine = problem.lines[(problem.lines["segment"] == segment) & problem.counted]
    base = promise.account.base
    if base in ("line", "order"):
        return 1.0
    if base == "unit":
        return _common(mine["step"])
    worth = mine[mine["unit_value"] > 0]
    return _common(worth["step"] * worth["unit_value"])


def grid_of_goal(problem: Problem, goal: GoalSpec, grids: list[float]) -> float:
    """Step of a goal's value; 0 where it has none.

    Parameters
    ----------
    problem
        Of the goal.
    goal
        Any.
    grids
        Of each promise.
    """
    if counts_whole(problem, goal):
        return 1.0
    if goal.expression == "unfilled":
        lines = problem.lines
        own = lines[(lines["tier"] == problem.tiers[goal.row]) & problem.counted]
        return _common(pd.concat([own["step"], own["quantity"]]))
    return 1.0 if {grids[promise] for promise in goal.promises} == {1.0} else 0.0


def _common(steps: pd.Series) -> float:
    if steps.empty:
        return 1.0
    every = np.zeros(len(steps), dtype=np.int64)
    return float(common_steps(steps.to_numpy(), every, 1)[0])


def from_grid(amount: float, grid: float) -> float:
    """Raise an amount to the grid."""
    return grid * float(np.ceil(amount / grid - INTEGRALITY)) if grid else amount
