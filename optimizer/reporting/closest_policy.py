"""What the policies of today would have done: the one that comes closest to the plan."""

from __future__ import annotations

import math
from collections.abc import Mapping

from models.goals import GoalKind, gain
from models.settings import Settings
from models.tolerances import ROUNDING, UNIT
from optimizer.common.words import goal_amount, number

Vector = Mapping[str, float]


def closest(vectors: Mapping[str, Vector], own: str) -> str | None:
    """Return the policy with the best goals, in order of importance, beside ``own``.

    Parameters
    ----------
    vectors
        Value of each goal by name, in order of importance, by policy.
    own
        The policy of the plan.
    """
    best = None
    for name in (policy for policy in vectors if policy != own):
        if best is None or _better(vectors[name], vectors[best]):
            best = name
    return best


def contrast(settings: Settings, vectors: Mapping[str, Vector], own: str, rival: str) -> str:
    """Say in one sentence how the rival differs from the plan in the first goal that does."""
    goal = first_difference(vectors[own], vectors[rival])
    if goal is None:
        return f"{rival} comes closest: it reaches every goal just as well."
    here, there = vectors[own][goal], vectors[rival][goal]
    if _better(vectors[rival], vectors[own]):
        verdict = "would have done better"
    else:
        verdict = "comes closest, and would have done worse"
    if goal == GoalKind.VALUE:
        amount = f"{number(there)} {settings.currency} net value"
        return f"{rival} {verdict}: {amount} instead of {number(here)}."
    return f"{rival} {verdict}: {goal_amount(settings, goal, there)} instead of {number(here)}."


def first_difference(a: Vector, b: Vector) -> str | None:
    """Return the most important goal in which two plans differ, if any."""
    for goal, value in a.items():
        if not math.isclose(value, b[goal], rel_tol=ROUNDING, abs_tol=UNIT):
            return goal
    return None


def _better(a: Vector, b: Vector) -> bool:
    goal = first_difference(a, b)
    if goal is None:
        return False
    return gain(goal, a[goal], b[goal]) > 0
