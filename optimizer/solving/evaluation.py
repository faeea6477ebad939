"""What a plan reaches of each goal, beside the bounds that are proved."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from models.solution import Goal, Status
from models.tolerances import DECIMALS, ROUNDING
from optimizer.solving.goal_search import Search
from optimizer.solving.locked_model import LockedModel

PROOF = 2e-6
"""A value that is so close to its bound, as a share, has no gap: goals that are held with slack
(``OFF_GRID``) give as much."""


def evaluate_goals(
    held: LockedModel,
    x: np.ndarray,
    bounds: Mapping[str, float] | None = None,
    moved: np.ndarray | None = None,
) -> tuple[Goal, ...]:
    """Value, bound, gap and status of each goal for shipped and moved units.

    Parameters
    ----------
    held
        For the objectives.
    x
        Shipped units by option.
    bounds
        Proved bound of each goal, minimised; without any, goals are feasible only.
    moved
        Moved units by transfer; nothing by default.
    """
    bounds = bounds or {}
    relative_gap = held.problem.settings.solver.relative_gap
    vector = held.vector_of(x, moved)
    goals = []
    for spec in held.goals:
        if not spec.expression:
            proved = 0.0 if spec.name in bounds else None
            status = Status.FEASIBLE if proved is None else Status.OPTIMAL
            goals.append(Goal(spec.name, 0.0, proved, proved, status))
            continue
        cost, constant = held.cost(spec)
        search = Search(spec, held, cost, constant, vector, bounds.get(spec.name, -np.inf))
        value = round(spec.sign * search.value, DECIMALS) + 0.0
        if spec.name not in bounds:
            goals.append(Goal(spec.name, value, None, None, Status.FEASIBLE))
            continue
        told_apart = abs(search.value - search.bound) > PROOF * max(1.0, abs(search.value))
        gap = search.gap if told_apart else 0.0
        bound = round(spec.sign * search.bound, DECIMALS) + 0.0 if gap > 0 else value
        status = Status.OPTIMAL if gap <= relative_gap + ROUNDING else Status.FEASIBLE
        goals.append(Goal(spec.name, value, bound, gap, status))
    return tuple(goals)
