"""What later goals want of an answer to this one."""

from __future__ import annotations

import itertools

import numpy as np

from models.allocation import GoalSpec
from models.tolerances import ROUNDING
from optimizer.solving.search import Search
from optimizer.solving.strategy import LookAheadWeights


def cost_of_later_goals(search: Search, weights: LookAheadWeights) -> np.ndarray:
    """Cost of missing later goals, far below that of this one: shape (columns,).

    It never enters a bound or a verdict; it only makes the answer a good start for the next.

    Parameters
    ----------
    search
        For this goal.
    weights
        Of the others.
    """
    total, weight = np.zeros(len(search.cost)), weights.next_goal
    for goal in _later_goals(search):
        cost, _ = search.model.cost(goal)
        if goal.expression == "loss":
            worth = search.model.declared.arrays["worth"]
            total += weights.value * cost / max(float(worth.mean()), ROUNDING)
        else:
            total += weight * search.base / (goal.base or 1.0) * cost
            weight *= weights.next_goal
    return total


def _later_goals(search: Search) -> list[GoalSpec]:
    """Goals after this one; none after one that is not on the list."""
    goals = [goal for goal in search.model.goals if goal.expression]
    after = itertools.dropwhile(lambda goal: goal != search.goal, goals)
    return list(after)[1:]
