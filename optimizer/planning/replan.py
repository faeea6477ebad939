"""Plan a changed scenario aside: what would be reached if one thing were different."""

from __future__ import annotations

import threading

from models.allocation import declare
from models.scenario import Scenario
from optimizer.common.clock import Clock
from optimizer.compiling.matrix import compile_matrix
from optimizer.policies import allocate_all
from optimizer.preparing import prepare
from optimizer.preparing.reducing import close_impossible
from optimizer.solving.locked_model import LockedModel
from optimizer.solving.optimise import Outcome, optimise


class OutOfTimeError(Exception):
    """No proved answer in time."""


def replanned(scenario: Scenario, clock: Clock, cancel: threading.Event) -> Outcome:
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
    problem = close_impossible(prepare(scenario))
    declared = declare(problem)
    held = LockedModel(problem, declared, compile_matrix(declared))
    starts = allocate_all(problem)
    if clock.left <= 0 or cancel.is_set():
        raise OutOfTimeError
    found = optimise(held, starts, Clock(clock.left), cancel, lambda _: None)
    if found.cut:
        raise OutOfTimeError
    return found
