"""What a planner should know beside the plan: how far to trust it, and what stood in its way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass

from models.goals import GoalKind, kind_of
from models.scenario import Scenario
from models.solution import Goal, Status
from models.tolerances import UNIT
from optimizer.common.clock import Clock
from optimizer.outcome import Outcome
from optimizer.planning.change_budget import cost_of_budget
from optimizer.planning.conflicts import Conflict, conflict_of

CONFLICT_SECONDS = 20.0
"""Longest search for rules that exclude each other, out of the time that is left [s]."""
SOLVE_SHARE = 0.9
"""Share of the time that is left for the plan without the change budget."""


@dataclass(frozen=True)
class Diagnosis:
    """What further plans say of a plan.

    Parameters
    ----------
    conflict
        Rules that exclude each other, where a commitment is broken or a floor missed.
    budget
        What the change budget costs, in a sentence; blank where there is nothing to say.
    """

    conflict: Conflict | None = None
    budget: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """What it says, in sentences."""
        words = (self.conflict.words if self.conflict else "", self.budget)
        return tuple(note for note in words if note)


def diagnose(
    scenario: Scenario, outcome: Outcome, clock: Clock, cancel: threading.Event
) -> Diagnosis:
    """Say which rules exclude each other and what a change budget costs, in the time left.

    Parameters
    ----------
    scenario
        What was planned to the optimum.
    outcome
        What came out.
    clock
        Ends it.
    cancel
        Ends it, too.
    """
    conflict = _conflict(scenario, outcome, clock, cancel)
    time = Clock(clock.left * SOLVE_SHARE)
    return Diagnosis(conflict, cost_of_budget(scenario, outcome.goals, time, cancel))


def _conflict(
    scenario: Scenario, outcome: Outcome, clock: Clock, cancel: threading.Event
) -> Conflict | None:
    """Say which rules exclude each other, where what must be kept is not."""
    firm = (GoalKind.COMMITMENTS, GoalKind.FLOOR)
    missed = [g for g in outcome.goals if kind_of(g.name) in firm and g.value > UNIT]
    if not missed or outcome.status is Status.FALLBACK:
        return None
    return conflict_of(scenario, Clock(min(CONFLICT_SECONDS, clock.left)), cancel)


def trust_notes(
    outcome: Outcome, scenario: Scenario, clock: Clock, *, cancelled: bool, rejected: bool
) -> Iterator[str]:
    """Say how far to trust a plan, where that is not all the way.

    Parameters
    ----------
    outcome, scenario
        What came out of what.
    clock
        The run's.
    cancelled
        Whether somebody ended it.
    rejected
        Whether the judge threw the optimiser's answer away.
    """
    if cancelled:
        yield "The run was cancelled; this is the best answer found until then."
    if rejected:
        yield (
            "The optimiser's answer broke a rule and was thrown away: this is the plan of "
            "segment_priority. Please report it; the log says which rule."
        )
    elif outcome.status is Status.FALLBACK:
        until = "until then" if cancelled else f"within {clock.seconds:g} s"
        raise_it = "" if cancelled else " Raise solver.seconds."
        yield f"No answer of the optimiser {until}: this is the plan of segment_priority.{raise_it}"
    elif outcome.cut and not cancelled:
        yield (
            "A time limit cut a goal short: another run may find another plan. "
            "Raise solver.seconds to rule that out."
        )
    yield from _open_gaps(outcome, scenario.settings.give_up.value)


def _open_gaps(outcome: Outcome, give_up: float) -> Iterator[str]:
    """Name the goals whose proof is not complete, and value that was given up on purpose."""
    unproved = [g for g in outcome.goals if g.gap and g.status is not Status.OPTIMAL]
    given_up = [g for g in unproved if _given_up(g, give_up)]
    if given_up:
        yield "Value is below its bound by no more than give_up lets later goals take."
    if names := [g.name for g in unproved if g not in given_up]:
        yield f"Not proved to within the relative gap: {', '.join(names)}."


def _given_up(goal: Goal, share: float) -> bool:
    """Whether value may have been spent on the goals after it, as far as they may."""
    missing = (goal.bound or goal.value) - goal.value
    return goal.name == GoalKind.VALUE and missing <= share * abs(goal.value + missing)
