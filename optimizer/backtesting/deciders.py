"""What a policy ships today: a plan of the whole horizon, of which only today's part counts."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, Self

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
from optimizer.backtesting.worlds import PLACE
from optimizer.common.clock import Clock
from optimizer.forecasting.demand import learn
from optimizer.outcome import outcome_without_transfers
from optimizer.planning.pose import pose_problem
from optimizer.policies import allocate
from optimizer.policies.tidying import tidy
from optimizer.preparing import prepare
from optimizer.preparing.reducing import close_impossible
from optimizer.scenario.changing import typed, with_table
from optimizer.solving.evaluation import evaluate_goals
from optimizer.solving.goal_search import Session
from optimizer.solving.highs import SolverProcess
from optimizer.solving.lexicographic import solve_goals
from optimizer.solving.lp import KeptLP

if TYPE_CHECKING:
    from optimizer.backtesting.walking import State

MYOPIC, LOOK_AHEAD = "myopic", "look_ahead"
"""The optimiser on the orders that are known, and with a forecast of those that are not."""
JUDGED_EVERY = 20
"""Days from one plan that the judge sees to the next, the first day included."""


@dataclass(frozen=True, eq=False)
class Shipped:
    """What leaves today, a row each.

    Parameters
    ----------
    line, place
        Positions in the world's lines and stock.
    site, service
        Codes that tell parcels apart.
    units, delivered
        Of the item shipped, and of the item ordered [unit].
    on_time
        Whether it arrives on time.
    value
        Of all of it, less cost [currency].
    """

    line: np.ndarray
    place: np.ndarray
    site: np.ndarray
    service: np.ndarray
    units: np.ndarray
    delivered: np.ndarray
    on_time: np.ndarray
    value: float


class Decider(Protocol):
    """Decides what ships today."""

    def decide(self, scenario: Scenario, lines: np.ndarray, state: State, day: int) -> Shipped:
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


class Rule:
    """A rule that companies use today."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def decide(self, scenario: Scenario, lines: np.ndarray, state: State, day: int) -> Shipped:
        """Fill the open lines as the rule does."""
        problem = close_impossible(prepare(scenario))
        x = allocate(problem, self.policy)
        if day % JUDGED_EVERY == 0:
            _judged(scenario, problem, x)
        return today(problem, x, lines, scenario, state)


class Optimiser:
    """The optimiser, with a forecast or without; its solvers live through all days.

    Parameters
    ----------
    ahead
        Whether what is expected, but not ordered yet, competes with what is.
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

    def decide(self, scenario: Scenario, lines: np.ndarray, state: State, day: int) -> Shipped:
        """Plan the horizon; ship what leaves today."""
        if self.ahead:
            scenario = with_expected(scenario, state, day)
        problem = close_impossible(prepare(scenario))
        x = self._planned(problem)
        if day % JUDGED_EVERY == 0:
            _judged(scenario, problem, x)
        return today(problem, x, lines, scenario, state)

    def _planned(self, problem: Problem) -> np.ndarray:
        """Solve the goals one after another, as :func:`optimizer.solving.optimise.optimise` does.

        Without what only a report needs: best reachable levels, prices, transfers.
        """
        if problem.options.empty:
            return np.zeros(0)
        held = pose_problem(problem).model()
        start = held.vector_of(allocate(problem, Policy.SEGMENT_PRIORITY))
        for_lp, for_mip, prover = self._solvers
        session = Session(KeptLP(for_lp), for_mip, prover)
        solver = problem.settings.solver
        found = solve_goals(
            climbed := held.copy(),
            search_steps(problem),
            [start],
            session,
            Clock(solver.seconds),
            solver.relative_gap,
            lambda _: None,
        )
        x = climbed.shipped(found.vector)
        better = tidy(problem, x)
        return better if climbed.accepts(climbed.vector_of(better)) else x


def decider_of(policy: str) -> Rule | Optimiser:
    """Make what decides by a policy's name."""
    if policy in (MYOPIC, LOOK_AHEAD):
        return Optimiser(ahead=policy == LOOK_AHEAD)
    return Rule(Policy(policy))


def with_expected(scenario: Scenario, state: State, day: int) -> Scenario:
    """Add what history lets expect, the orders of the simulated days so far included."""
    world = state.world
    demand = learn(_known(state, day), world.start + pd.Timedelta(days=day))
    rows = demand.table(min(scenario.settings.horizon.days, world.days - day))
    return with_table(scenario, "forecast", typed("forecast", rows))


def _known(state: State, day: int) -> pd.DataFrame:
    """Order lines up to today: those before the world, and those of its days so far."""
    world = state.world
    demand = world.demand
    so_far = demand[(demand["known"] <= day) & (demand["ordered"] >= world.start)]
    return pd.concat([world.history, so_far[world.history.columns]], ignore_index=True)


def today(
    problem: Problem, x: np.ndarray, lines: np.ndarray, scenario: Scenario, state: State
) -> Shipped:
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
    margin = (options["unit_worth"] - options["unit_cost"]).to_numpy()
    return Shipped(
        line=lines[at[options["line"]]],
        place=state.places.get_indexer(place),
        site=options["site"].to_numpy(),
        service=options["service"].to_numpy(),
        units=units,
        delivered=units * options["gives"].to_numpy(),
        on_time=options["on_time"].to_numpy(),
        value=float(units @ margin) - float(problem.parcels["cost"].to_numpy()[sent].sum()),
    )


def _judged(scenario: Scenario, problem: Problem, x: np.ndarray) -> None:
    """Let the judge see a plan: as one of a rule, of which no bounds are asked.

    Raises
    ------
    RuleViolationError
        When it breaks a rule: a defect of ours.
    """
    model = pose_problem(problem).model()
    rule = Policy.SEGMENT_PRIORITY
    settings = scenario.settings.model_copy(update={"policy": rule})
    scenario = replace(scenario, settings=settings)
    outcome = outcome_without_transfers(problem, x, evaluate_goals(model, x), Status.FEASIBLE)
    assert_obeys(scenario, solution_of(scenario, outcome))
