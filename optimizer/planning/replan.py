"""Plan a changed scenario aside: what would be reached if one thing were different."""

from __future__ import annotations

import threading

from models.problem import Problem
from models.scenario import Scenario
from optimizer.common.clock import Clock
from optimizer.outcome import Outcome
from optimizer.planning.pose import pose_problem
from optimizer.policies import allocate_all
from optimizer.preparing import prepare
from optimizer.preparing.reduction import close_impossible
from optimizer.solving.optimise import optimise


class OutOfTimeError(Exception):
    """No proved answer in time."""


def replan(scenario: Scenario, clock: Clock, cancel: threading.Event) -> Outcome:
    """Optimise a scenario and tell nobody.

    Parameters
    ----------
    scenario
        A variant of the one in question.
    clock
        Ends it.
    cancel
        Ends it, too.

    Raises
    ------
    OutOfTimeError
        When the goals were not solved to their end.
    """
    if clock.left <= 0:
        raise OutOfTimeError
    found = replan_problem(close_impossible(prepare(scenario)), clock, cancel)
    if found.cut:
        raise OutOfTimeError
    return found


def replan_problem(problem: Problem, clock: Clock, cancel: threading.Event) -> Outcome:
    """Optimise a problem and tell nobody, to its end or not.

    Parameters
    ----------
    problem
        Prepared and reduced.
    clock, cancel
        As for :func:`replan`.

    Raises
    ------
    OutOfTimeError
        When there was no time to begin.
    """
    model = pose_problem(problem).model()
    starts = allocate_all(problem)
    if clock.left <= 0 or cancel.is_set():
        raise OutOfTimeError
    return optimise(model, starts, Clock(clock.left), cancel, lambda _: None)
