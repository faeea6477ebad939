"""The policy ``optimal``: goals one after another, then what was reachable, then a tidy plan."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.allocation import GoalSpec, declare, goal_list
from models.problem import Problem
from models.settings import Policy
from models.solution import Goal, Status
from optimizer.compiling import compile_matrix
from optimizer.holding import Held
from optimizer.reducing import close_impossible
from optimizer.searching import Clock, Search, Session
from optimizer.solver import SolverProcess
from optimizer.solving import Report, climb
from optimizer.tidying import tidy

GOALS_SHARE = 0.8
"""Share of the time that the goals may take; the rest is for what was reachable."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """A plan as shipped units, with its proof.

    Parameters
    ----------
    x
        Shipped units by option [unit], shape (options,).
    goals
        In order of importance.
    status
        Proof level of the weakest goal.
    reachable
        Best reachable level by segment, for missed targets.
    """

    x: np.ndarray
    goals: tuple[Goal, ...]
    status: Status
    reachable: Mapping[str, float]


def optimise(
    problem: Problem,
    starts: Mapping[Policy, np.ndarray],
    clock: Clock,
    cancel: threading.Event,
    report: Report,
) -> Outcome:
    """Find and prove the best plan within the time; never worse than the starts.

    Parameters
    ----------
    problem
        Integer-coded.
    starts
        Plans of the policies, as shipped units by option.
    clock
        Time of everything here.
    cancel
        When set, the best answer so far is taken.
    report
        Told of every step.
    """
    declared = declare(close_impossible(problem))
    held = Held(problem, declared, compile_matrix(declared))
    nothing_held = held.copy()
    vectors = [held.lifted(x) for x in starts.values()]
    specs = goal_list(problem)
    gap = problem.settings.solver.relative_gap
    with SolverProcess(cancel) as for_lp, SolverProcess(cancel) as for_mip:
        session = Session(for_lp, for_mip)
        time = Clock(clock.left * GOALS_SHARE)
        found = climb(held, specs, vectors, session, time, gap, report)
        if not found.answered:
            x = starts[Policy.SEGMENT_PRIORITY]
            goals = reached(nothing_held, specs, x, {}, gap)
            return Outcome(x, goals, Status.FALLBACK, {})
        reachable = _reachable(nothing_held, specs, [found.vector, *vectors], session, clock)
    x = _tidied(held, found.vector)
    goals = reached(nothing_held, specs, x, found.bounds, gap)
    proved = all(goal.status is Status.OPTIMAL for goal in goals)
    return Outcome(x, goals, Status.OPTIMAL if proved else Status.FEASIBLE, reachable)


def _tidied(held: Held, vector: np.ndarray) -> np.ndarray:
    """The tidy plan, if rules and goals stand as they did."""
    x = held.shipped(vector)
    better = tidy(held.problem, x)
    return better if held.accepts(held.lifted(better)) else x


def reached(
    held: Held,
    specs: list[GoalSpec],
    x: np.ndarray,
    bounds: Mapping[str, float],
    relative_gap: float,
) -> tuple[Goal, ...]:
    """Value, bound, gap and status of each goal for shipped units.

    Parameters
    ----------
    held
        For the objectives.
    specs
        The goals.
    x
        Shipped units by option.
    bounds
        Proved bound of each goal, minimised; without one, the goal is feasible only.
    relative_gap
        A goal is optimal when proved to within this share of its base.
    """
    vector = held.lifted(x)
    goals = []
    for spec in specs:
        if not spec.expression:
            proved = 0.0 if spec.name in bounds else None
            status = Status.FEASIBLE if proved is None else Status.OPTIMAL
            goals.append(Goal(spec.name, 0.0, proved, proved, status))
            continue
        cost, constant = held.cost(spec)
        sign = -1.0 if spec.expression == "loss" else 1.0
        search = Search(spec, held, cost, constant, vector, bounds.get(spec.name, -np.inf))
        value = round(sign * search.value, 9) + 0.0
        if spec.name not in bounds:
            goals.append(Goal(spec.name, value, None, None, Status.FEASIBLE))
            continue
        gap = search.gap
        bound = round(sign * search.bound, 9) + 0.0 if gap > 0 else value
        status = Status.OPTIMAL if gap <= relative_gap else Status.FEASIBLE
        goals.append(Goal(spec.name, value, bound, gap, status))
    return tuple(goals)


def _reachable(
    held: Held,
    specs: list[GoalSpec],
    vectors: list[np.ndarray],
    session: Session,
    clock: Clock,
) -> dict[str, float]:
    """Level of each missed target if its segment came right after commitments and floors."""
    for spec in specs:
        if spec.name.startswith("floor"):
            held.hold(spec, vectors[0])
    kept = [vector for vector in vectors if held.accepts(vector)]
    problem = held.problem
    short = held.matrix.columns["short"].start
    missed = [
        (promise, spec)
        for spec in specs
        if spec.name.startswith("target")
        for promise in spec.promises
        if vectors[0][short + promise] > 1e-6  # noqa: PLR2004  unit
    ]
    levels = {}
    for nth, (promise, spec) in enumerate(missed):
        cost = np.zeros(len(held.lower))
        cost[short + promise] = 1.0
        alone = GoalSpec(f"reach:{promise}", "shortfall", spec.row, spec.base, (promise,))
        best = min(kept, key=lambda vector: float(cost @ vector))  # noqa: B023
        search = Search(alone, held, cost, 0.0, best, 0.0)
        gap = problem.settings.solver.relative_gap
        search.run(session, gap, clock.left / (len(missed) - nth))
        segment = problem.segments.iloc[held.segment_of(promise)]
        level = segment["target"] - search.value / segment["total"]
        levels[str(segment["segment"])] = round(float(level), 9)
    return levels
