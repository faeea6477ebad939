"""What a plan reaches of each goal, beside the bounds that are proved."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from models.allocation import GoalSpec
from models.solution import Goal, Status
from models.tolerances import DECIMALS, ROUNDING
from optimizer.solving.locked_model import LockedModel
from optimizer.solving.search import Search

PROOF = 2e-6
"""A value that is so close to its bound, as a share, has no gap: goals that are locked with
slack (``OFF_GRID``) give as much."""


def evaluate_goals(
    model: LockedModel,
    x: np.ndarray,
    bounds: Mapping[str, float] | None = None,
    moved: np.ndarray | None = None,
) -> tuple[Goal, ...]:
    """Value, bound, gap and status of each goal for shipped and moved units.

    Parameters
    ----------
    model
        For the objectives.
    x
        Shipped units by option.
    bounds
        Proved bound of each goal, minimised; without any, goals are feasible only.
    moved
        Moved units by transfer; nothing by default.
    """
    vector, known = model.vector_of(x, moved), bounds or {}
    return tuple(_evaluate(model, goal, vector, known.get(goal.name)) for goal in model.goals)


def _evaluate(model: LockedModel, goal: GoalSpec, vector: np.ndarray, bound: float | None) -> Goal:
    """Evaluate one goal; one that nothing can be gained or lost of is 0."""
    if not goal.expression:
        proved = None if bound is None else 0.0
        status = Status.FEASIBLE if bound is None else Status.OPTIMAL
        return Goal(goal.name, 0.0, proved, proved, status)
    search = Search.of(goal, model, vector, -np.inf if bound is None else bound)
    value = round(goal.sign * search.value, DECIMALS) + 0.0
    if bound is None:
        return Goal(goal.name, value, None, None, Status.FEASIBLE)
    apart = abs(search.value - search.bound) > PROOF * max(1.0, abs(search.value))
    gap = search.gap if apart else 0.0
    relative_gap = model.problem.settings.solver.relative_gap
    status = Status.OPTIMAL if gap <= relative_gap + ROUNDING else Status.FEASIBLE
    shown = round(goal.sign * search.bound, DECIMALS) + 0.0 if gap > 0 else value
    return Goal(goal.name, value, shown, gap, status)
