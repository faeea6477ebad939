"""Plan a changed scenario aside: what would be reached if one thing were different."""

from __future__ import annotations

import threading

from models.scenario import Scenario
from optimizer.common.clock import Clock
from optimizer.outcome import Outcome
from optimizer.planning.pose import pose
from optimizer.policies import allocate_all
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
    model = pose(scenario).model()
    starts = allocate_all(model.problem)
    if clock.left <= 0 or cancel.is_set():
        raise OutOfTimeError
    found = optimise(model, starts, Clock(clock.left), cancel, lambda _: None)
    if found.cut:
        raise OutOfTimeError
    return found
