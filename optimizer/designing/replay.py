"""A demand day planned by the allocation, in figures alone."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import pandas as pd

from models.scenario import Scenario
from models.settings import Policy
from models.solution import Status
from optimizer.answering.solution import figures_of
from optimizer.common.clock import Clock
from optimizer.outcome import outcome_without_transfers
from optimizer.planning.planner import SOLVE_SHARE
from optimizer.planning.pose import pose
from optimizer.policies import allocate, allocate_all
from optimizer.preparing import prepare
from optimizer.preparing.reduction import close_impossible
from optimizer.solving.optimise import optimise


def replay(scenario: Scenario) -> tuple[pd.DataFrame, Mapping[str, float]]:
    """Plan a scenario as :func:`optimizer.plan` does; service and totals are the same.

    Parameters
    ----------
    scenario
        With its policy.

    Returns
    -------
    service, totals
        As in :class:`models.solution.Solution`, without ``best_reachable``.
    """
    clock = Clock(scenario.settings.solver.seconds)
    policy = scenario.settings.policy
    if policy is not Policy.OPTIMAL:
        problem = close_impossible(prepare(scenario))
        x = allocate(problem, policy)
        return figures_of(outcome_without_transfers(problem, x, (), Status.FEASIBLE))
    model = pose(scenario).model()
    starts = allocate_all(model.problem)
    time_to_solve = Clock(clock.left * SOLVE_SHARE)
    return figures_of(optimise(model, starts, time_to_solve, threading.Event(), lambda _: None))
