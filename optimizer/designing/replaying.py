"""A demand day planned by the allocation, told in figures alone."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import numpy as np
import pandas as pd

from models.allocation import declare
from models.scenario import Scenario
from models.settings import Policy
from optimizer.answering.solution import figures_of
from optimizer.common.clock import Clock
from optimizer.compiling.matrix import compile_matrix
from optimizer.planning.planner import SOLVE_SHARE
from optimizer.policies import allocate, allocate_all
from optimizer.preparing import prepare
from optimizer.preparing.reducing import close_impossible
from optimizer.solving.locked_model import LockedModel
from optimizer.solving.optimise import optimise


def replayed(scenario: Scenario) -> tuple[pd.DataFrame, Mapping[str, float]]:
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
    problem = close_impossible(prepare(scenario))
    policy = scenario.settings.policy
    if policy is not Policy.OPTIMAL:
        return figures_of(problem, allocate(problem, policy), np.zeros(len(problem.moves)))
    declared = declare(problem)
    held = LockedModel(problem, declared, compile_matrix(declared))
    starts = allocate_all(problem)
    solving = Clock(clock.left * SOLVE_SHARE)
    found = optimise(held, starts, solving, threading.Event(), lambda _: None)
    return figures_of(problem, found.x, found.moved)
