"""What a change budget costs: the same plan without it."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import replace

from models.goals import GoalKind, gain, kind_of
from models.scenario import Scenario
from models.settings import Stability
from models.solution import Goal
from models.tolerances import ROUNDING, UNIT
from optimizer.common.clock import Clock
from optimizer.common.words import goal_name, goal_unit, number
from optimizer.planning.replan import OutOfTimeError, replan

OWN = (GoalKind.COMMITMENTS, GoalKind.STABILITY)
"""Goals that count changes themselves."""


def cost_of_budget(
    scenario: Scenario, goals: Sequence[Goal], clock: Clock, cancel: threading.Event
) -> str:
    """Say in a sentence what the change budget costs.

    Parameters
    ----------
    scenario
        With commitments that may change.
    goals
        Reached and proved under the budget, in order of importance.
    clock
        Ends the comparison.
    cancel
        Ends it, too.

    Returns
    -------
    str
        Blank without a budget, where there was no time to compare, or where what is proved of the
        two plans cannot tell them apart.
    """
    budget = scenario.settings.stability
    if budget == Stability() or scenario["commitments"]["frozen"].all():
        return ""
    settings = scenario.settings.model_copy(update={"stability": Stability()})
    try:
        free = replan(replace(scenario, settings=settings), clock, cancel)
    except OutOfTimeError:
        return ""
    free_goals = {goal.name: goal for goal in free.goals}
    for goal in goals:
        if kind_of(goal.name) in OWN or _same(goal, free_goals[goal.name]):
            continue
        proved = _worse(goal, free_goals[goal.name])
        return _told(scenario, goal, free_goals[goal.name].value) if proved else ""
    return "The change budget costs no service."


def _same(goal: Goal, free: Goal) -> bool:
    return math.isclose(goal.value, free.value, rel_tol=ROUNDING, abs_tol=UNIT)


def _worse(goal: Goal, free: Goal) -> bool:
    """Say whether no plan within the budget reaches what one without it does."""
    if goal.bound is None:
        return False
    return gain(goal.name, free.value, goal.bound) > UNIT


def _told(scenario: Scenario, goal: Goal, free: float) -> str:
    without = f"{number(free)} {goal_unit(scenario.settings, goal.name)} without it"
    if goal.name == GoalKind.VALUE:
        return f"The change budget costs value: {number(goal.value)} instead of {without}."
    verb = kind_of(goal.name).facts.verb
    missed = f"{goal_name(goal.name)} {verb} {number(goal.value)} instead of {without}"
    return f"The change budget costs service: {missed}."
