"""What a change budget costs: the same plan without it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace

from models.scenario import Scenario
from models.settings import Stability
from optimizer.clock import Clock
from optimizer.replanning import OutOfTimeError, replanned
from optimizer.rivals import first_difference
from optimizer.wording import goal_name, goal_unit, number


def cost_of_budget(
    scenario: Scenario, reached: Mapping[str, float], clock: Clock, cancel: threading.Event
) -> str:
    """Say in a sentence what the change budget costs.

    Parameters
    ----------
    scenario
        With commitments that may change.
    reached
        Value of each goal under the budget, by name, in order of importance.
    clock
        Ends the comparison.
    cancel
        Ends it, too.

    Returns
    -------
    str
        Blank without a budget, or where there was no time to compare.
    """
    budget = scenario.settings.stability
    if budget == Stability() or scenario["commitments"]["frozen"].all():
        return ""
    settings = scenario.settings.model_copy(update={"stability": Stability()})
    try:
        free = replanned(replace(scenario, settings=settings), clock, cancel)
    except OutOfTimeError:
        return ""
    without = {goal.name: goal.value for goal in free.goals}
    here = {name: value for name, value in reached.items() if name != "commitments"}
    goal = first_difference(here, without)
    if goal in (None, "stability"):
        return "The change budget costs no service."
    unit = goal_unit(scenario.settings, goal)
    there = f"{number(without[goal])} {unit} without it"
    if goal == "value":
        return f"The change budget costs value: {number(here[goal])} instead of {there}."
    missed = f"{goal_name(goal)} is missed by {number(here[goal])} instead of {there}"
    return f"The change budget costs service: {missed}."
