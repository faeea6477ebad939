"""What a policy ships today: a plan of the whole horizon, of which only today's part counts."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import replace
from typing import Protocol, Self

import numpy as np
import pandas as pd

from models.allocation import search_steps
from models.judge import assert_obeys
from models.problem import Problem
from models.scenario import Scenario
from models.settings import Policy
from models.solution import Status
from models.tolerances import UNIT
from optimizer.answering.solution import solution_of
from optimizer.backtesting.policy_state import Dispatch, PolicyState
from optimizer.backtesting.whole_delay import worth_by_request
from optimizer.backtesting.worlds import PLACE
from optimizer.common.clock import Clock
from optimizer.forecasting.demand import learn
from optimizer.outcome import outcome_without_transfers
from optimizer.planning.pose import pose_problem
from optimizer.policies import allocate
from optimizer.policies.tidying import tidy
from optimizer.preparing import prepare
from optimizer.preparing.reduction import close_impossible
from optimizer.scenario.table_edits import cast_rows, with_table
from optimizer.solving.evaluation import evaluate_goals
from optimizer.solving.highs import SolverProcess
from optimizer.solving.lexicographic import solve_goals
from optimizer.solving.session import Session
from optimizer.solving.strategy import Strategy

MYOPIC, LOOK_AHEAD = "myopic", "look_ahead"
"""The optimiser on the orders that are known, and with a forecast of those that are not."""
JUDGED_EVERY = 20
"""Days from one plan that the judge sees to the next, the first day included."""


class Decider(Protocol):
    """Decides what ships today."""

    def decide(
        self, scenario: Scenario, lines: np.ndarray, state: PolicyState, day: int
    ) -> Dispatch:
        """Decide from what is known this morning.

        Parameters
        ----------
        scenario
            That: today is its start.
        lines
            Position in the world of each of its lines.
        state
            For positions, and for what was ordered so far.
        day
            Today.
        """
        ...


class PolicyDecider:
    """One of today's ways of working."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def decide(
        self, scenario: Scenario, lines: np.ndarray, state: PolicyState, day: int
    ) -> Dispatch:
        """Fill the open lines as the policy does."""
        problem = close_impossible(prepare(scenario))
        x = allocate(problem, self.policy)
        if day % JUDGED_EVERY == 0:
            _check_plan(scenario, problem, x)
        return dispatch_of(problem, x, lines, scenario, state)


class OptimiserDecider:
    """The optimiser, with a forecast or without; its solvers live through all days.

    Parameters
    ----------
    ahead
        Whether forecast demand that is not ordered yet competes with the orders that are.
    """

    def __init__(self, *, ahead: bool) -> None:
        self.ahead = ahead
        self._stack = ExitStack()
        cancel = threading.Event()
        self._solvers = [SolverProcess(cancel) for _ in range(3)]

    def __enter__(self) -> Self:
        """Start nothing yet: the first solve does."""
        for solver in self._solvers:
            self._stack.enter_context(solver)
        return self

    def __exit__(self, *_: object) -> None:
        """End the solvers."""
        self._stack.close()

    def decide(
        self, scenario: Scenario, lines: np.ndarray, state: PolicyState, day: int
    ) -> Dispatch:
        """Plan the horizon; ship what leaves today."""
        if self.ahead:
            scenario = with_forecast(scenario, state, day)
        problem = close_impossible(prepare(scenario))
        x = self._solve(problem)
        if day % JUDGED_EVERY == 0:
            _check_plan(scenario, problem, x)
        return dispatch_of(problem, x, lines, scenario, state)

    def _solve(self, problem: Problem) -> np.ndarray:
        """Solve the goals one after another, as :func:`optimizer.solving.optimise.optimise` does.

        Without what only a report needs: best reachable levels, prices, transfers.
        """
        if problem.options.empty:
            return np.zeros(0)
        model = pose_problem(problem).model()
        start = model.vector_of(allocate(problem, Policy.SEGMENT_PRIORITY))
        session = Session(Strategy.of(problem), *self._solvers)
        clock = Clock(problem.settings.solver.seconds)
        goals = search_steps(problem)
        answer = solve_goals(model, goals, [start], session, clock, lambda _: None)
        x = model.shipped(answer.vector)
        better = tidy(problem, x)
        return better if model.accepts(model.vector_of(better)) else x


def decider_of(policy: str) -> PolicyDecider | OptimiserDecider:
    """Make what decides by a policy's name."""
    if policy in (MYOPIC, LOOK_AHEAD):
        return OptimiserDecider(ahead=policy == LOOK_AHEAD)
    return PolicyDecider(Policy(policy))


def with_forecast(scenario: Scenario, state: PolicyState, day: int) -> Scenario:
    """Add a forecast learnt from the history and the orders of the simulated days so far."""
    world = state.world
    demand = learn(_demand_so_far(state, day), world.start + pd.Timedelta(days=day))
    rows = demand.table(min(scenario.settings.horizon.days, world.days - day))
    return with_table(scenario, "forecast", cast_rows("forecast", rows))


def _demand_so_far(state: PolicyState, day: int) -> pd.DataFrame:
    """Order lines up to today: those before the world, and those of its days so far."""
    world = state.world
    demand = world.demand
    so_far = demand[(demand["known"] <= day) & (demand["ordered"] >= world.start)]
    return pd.concat([world.history, so_far[world.history.columns]], ignore_index=True)


def dispatch_of(
    problem: Problem, x: np.ndarray, lines: np.ndarray, scenario: Scenario, state: PolicyState
) -> Dispatch:
    """Take what leaves today out of a plan."""
    rows = np.flatnonzero((x > UNIT) & (problem.options["day"].to_numpy() == 0))
    options = problem.options.iloc[rows]
    units = x[rows]
    keys = scenario["lines"][["order", "line"]].iloc[: len(lines)]
    named = problem.lines["order"].map(problem.orders["order"])
    at = pd.MultiIndex.from_frame(keys).get_indexer(
        pd.MultiIndex.from_arrays([named, problem.lines["line"]])
    )
    real = at[options["line"]] >= 0
    rows, options, units = rows[real], options[real], units[real]
    place = pd.MultiIndex.from_arrays(
        [problem.sites[options["site"]], problem.items[options["item"]]], names=PLACE
    )
    sent = np.unique(options["parcel"][options["parcel"] >= 0])
    margin = worth_by_request(problem)[rows] - options["unit_cost"].to_numpy()
    return Dispatch(
        line=lines[at[options["line"]]],
        place=state.places.get_indexer(place),
        site=options["site"].to_numpy(),
        service=options["service"].to_numpy(),
        units=units,
        delivered=units * options["gives"].to_numpy(),
        on_time=options["on_time"].to_numpy(),
        value=float(units @ margin) - float(problem.parcels["cost"].to_numpy()[sent].sum()),
    )


def _check_plan(scenario: Scenario, problem: Problem, x: np.ndarray) -> None:
    """Let the judge see a plan: as one of a policy, of which no bounds are expected.

    Raises
    ------
    RuleViolationError
        When it breaks a rule: a defect of ours.
    """
    model = pose_problem(problem).model()
    settings = scenario.settings.model_copy(update={"policy": Policy.SEGMENT_PRIORITY})
    scenario = replace(scenario, settings=settings)
    outcome = outcome_without_transfers(problem, x, evaluate_goals(model, x), Status.FEASIBLE)
    assert_obeys(scenario, solution_of(scenario, outcome))
