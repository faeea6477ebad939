"""Lexicographic goals: each solved with the goals before it locked, each with its proof."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from models.allocation import GoalSpec
from models.goals import GoalKind
from optimizer.common.clock import Clock
from optimizer.solving.locked_model import LockedModel
from optimizer.solving.lp import LPSolution
from optimizer.solving.search import Search
from optimizer.solving.session import Session
from optimizer.solving.snapping import search_on_steps
from optimizer.solving.strategy import TimeShares

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class GoalAnswer:
    """The best plan when a goal was done with, for whoever ends the solve from outside.

    Parameters
    ----------
    x, moved
        Shipped units by option and moved units by transfer [unit].
    bounds
        Proved bound of each goal so far, by name, minimised.
    """

    x: np.ndarray
    moved: np.ndarray
    bounds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the solve stands."""

    goal: str
    nth: int
    """1 for the first goal."""
    of: int
    value: float | None
    bound: float | None
    gap: float | None
    seconds: float
    """Since the solve began [s]."""
    answer: GoalAnswer | None = None
    """Only when the goal is done with."""


Report = Callable[[Progress], None]


class _SearchReport(Protocol):
    """Reports where the search for a goal stands."""

    def __call__(self, search: Search, answer: GoalAnswer | None = None) -> None:
        """Report it; with the answer only when the goal is done with."""


@dataclass(frozen=True, eq=False)
class GoalsResult:
    """What came out of the goals.

    Parameters
    ----------
    vector
        Value of every column: the best answer.
    bounds
        Proved bound of each goal, by name; goals are minimised.
    answered
        Whether the solver gave any answer, or none was needed.
    cut
        Whether a limit or a failure cut any search short.
    lps
        The LP of each goal for which one was solved, by name.
    """

    vector: np.ndarray
    bounds: Mapping[str, float]
    answered: bool
    cut: bool
    lps: Mapping[str, LPSolution] = field(default_factory=dict)


def solve_goals(
    model: LockedModel,
    goals: list[GoalSpec],
    starts: list[np.ndarray],
    session: Session,
    clock: Clock,
    report: Report,
) -> GoalsResult:
    """Solve the goals one after another.

    Parameters
    ----------
    model
        With no goal locked; they are locked on the way.
    goals
        The goals and what is searched beside them, most important first.
    starts
        Answers to begin with, one value a column; each obeys every rule.
    session
        Where LPs and MIPs run, and by which strategy.
    clock
        Time of the whole sequence.
    report
        Called at every step.
    """
    best = starts[0]
    bounds: dict[str, float] = {}
    lps: dict[str, LPSolution] = {}
    answered, needed, cut = False, False, False
    value: GoalSpec | None = None  # the goal, as long as nothing of it is given up
    after = sum(goal.settles for goal in goals)
    kept = clock.left * session.strategy.kept_for_ties if after else 0.0
    changes = any(goal.expression == "changes" for goal in goals)
    for_changes = clock.left * session.strategy.shares.changes if changes else 0.0
    for nth, goal in enumerate(goals):
        if not goal.expression:
            bounds[goal.name] = 0.0
            continue
        if goal.takes_value and value is not None:
            _give_up(model, value, best)
            value = None
        step_report = _search_report(report, clock, goal, nth + 1, len(goals))
        search = _begin(model, goal, [best, *starts], step_report)
        needed |= search.gap > 0
        if goal.settles:
            seconds = min(clock.left, kept / after)
        else:
            own = for_changes if goal.expression == "changes" else 0.0
            for_changes -= own
            share = _share(len(goals) - after - nth, session.strategy.shares)
            seconds = max((clock.left - kept - for_changes) * share, min(own, clock.left - kept))
        search_on_steps(search, session, Clock(seconds))
        answered |= search.answered
        cut |= search.cut and not goal.settles
        if search.lp is not None:
            lps[goal.name] = search.lp
        best = search.best
        model.lock(goal, best)
        log.info("%s: %.6g, bound %.6g", goal.name, search.value, search.bound)
        bounds[goal.name] = search.bound
        if answered or not needed:
            step_report(search, GoalAnswer(model.shipped(best), model.moved(best), dict(bounds)))
        if goal.kind is GoalKind.VALUE and goal.reported:
            value = goal
    return GoalsResult(best, bounds, answered or not needed, cut, lps)


def _share(remaining: int, shares: TimeShares) -> float:
    """Share of the time left that the next of the remaining goals may take."""
    return 1.0 if remaining == 1 else min(shares.ahead / remaining, shares.most)


def _give_up(model: LockedModel, value: GoalSpec, best: np.ndarray) -> None:
    """Let the goals after value take of it what the scenario allows, all of them together."""
    share = model.problem.settings.give_up.value
    if share > 0:
        rows, _ = model.matrix.goals["loss"]
        model.loosen(value, share * abs(float((rows @ best)[0])))


def _search_report(
    report: Report, clock: Clock, goal: GoalSpec, nth: int, of: int
) -> _SearchReport:
    def report_search(search: Search, answer: GoalAnswer | None = None) -> None:
        value, spent = goal.sign * search.value, clock.seconds - clock.left
        bound = goal.sign * search.bound if np.isfinite(search.bound) else None
        report(Progress(goal.name, nth, of, value, bound, search.gap, spent, answer))

    return report_search


def _begin(
    model: LockedModel,
    goal: GoalSpec,
    starts: list[np.ndarray],
    report: Callable[[Search], None],
) -> Search:
    """Begin with the best start that keeps the locked goals."""
    cost, _ = model.cost(goal)
    kept = [starts[0], *(start for start in starts[1:] if model.accepts(start))]
    best = min(kept, key=lambda vector: float(cost @ vector))
    search = Search.of(goal, model, best, report=report)
    search.raise_bound(trivial_bound(model, goal))
    return search


def trivial_bound(model: LockedModel, goal: GoalSpec) -> float:
    """Bound a goal, minimised, without solving: nothing short; each line by its best option."""
    options = model.problem.options
    if goal.expression == "loss":
        gain = (options["unit_worth"] - options["unit_cost"]).clip(lower=0.0)
    elif goal.expression == "delay":
        gain = (options["upper"] > 0) * -model.declared.arrays["put_off"]
    else:
        return 0.0
    best = (gain / options["gives"]).groupby(options["line"]).max()
    return model.cost(goal)[1] - float(best.mul(model.problem.lines["most"]).sum())
