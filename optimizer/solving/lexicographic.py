"""Strictly lexicographic goals: each solved with the goals before it held, each with its proof."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from models.allocation import GoalSpec
from optimizer.common.clock import Clock
from optimizer.solving.goal_search import Search, Session
from optimizer.solving.locked_model import LockedModel
from optimizer.solving.lp import Relaxed

log = logging.getLogger(__name__)

AHEAD, MOST = 2.0, 0.4
"""A goal may take twice its share of the time left, but no more than two fifths of what is left:
most goals need far less."""


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


class Teller(Protocol):
    """Tells where the search for a goal stands."""

    def __call__(self, search: Search, answer: GoalAnswer | None = None) -> None:
        """Tell it; the answer only when the goal is done with."""


@dataclass(frozen=True, eq=False)
class GoalsSolved:
    """What came out of the goals.

    Parameters
    ----------
    vector
        Value of every column: the best answer.
    bounds
        Proved bound of each of them, by name; goals are minimised.
    answered
        Whether the solver gave any answer, or none was needed.
    cut
        Whether a limit or a failure cut any search short.
    relaxed
        The LP of each goal for which one was solved, by name.
    """

    vector: np.ndarray
    bounds: Mapping[str, float]
    answered: bool
    cut: bool
    relaxed: Mapping[str, Relaxed] = field(default_factory=dict)


def solve_goals(
    held: LockedModel,
    specs: list[GoalSpec],
    starts: list[np.ndarray],
    session: Session,
    clock: Clock,
    relative_gap: float,
    report: Report,
) -> GoalsSolved:
    """Solve the goals one after another.

    Parameters
    ----------
    held
        The model with nothing held; changed on the way.
    specs
        The goals and what is searched beside them, most important first.
    starts
        Answers to begin with, one value a column; each obeys every rule.
    session
        Where LPs and MIPs run.
    clock
        Time of the whole sequence.
    relative_gap
        A goal is optimal when proved to within this share of its base.
    report
        Told of every step.
    """
    best = starts[0]
    bounds: dict[str, float] = {}
    relaxed: dict[str, Relaxed] = {}
    answered, needed, cut = False, False, False
    value_let_go = False
    for nth, spec in enumerate(specs):
        if spec.expression:
            if spec.takes_value and "value" in bounds and not value_let_go:
                value_let_go = True
                _let_go(held, best)
            told = _teller(report, clock, spec, nth + 1, len(specs))
            search = _search(held, spec, [best, *starts], told)
            needed |= search.gap > 0
            last = nth == len(specs) - 1
            share = 1.0 if last else min(AHEAD / (len(specs) - nth), MOST)
            search.run(session, relative_gap, clock.left * share)
            answered |= search.answered
            cut |= search.cut
            if search.relaxed is not None:
                relaxed[spec.name] = search.relaxed
            best = search.best
            held.lock(spec, best)
            log.info("%s: %.6g, bound %.6g", spec.name, search.value, search.bound)
            bounds[spec.name] = search.bound
            if answered or not needed:
                told(search, GoalAnswer(held.shipped(best), held.moved(best), dict(bounds)))
        else:
            bounds[spec.name] = 0.0
    return GoalsSolved(best, bounds, answered or not needed, cut, relaxed)


def _let_go(held: LockedModel, best: np.ndarray) -> None:
    """Let the goals after value take of it what the scenario allows, all of them together."""
    share = held.problem.settings.give_up.value
    if share > 0:
        rows, _ = held.matrix.goals["loss"]
        held.loosen("value", share * abs(float((rows @ best)[0])))


def _teller(report: Report, clock: Clock, spec: GoalSpec, nth: int, of: int) -> Teller:
    def told(search: Search, answer: GoalAnswer | None = None) -> None:
        bound = spec.sign * search.bound if np.isfinite(search.bound) else None
        spent = clock.seconds - clock.left
        report(
            Progress(spec.name, nth, of, spec.sign * search.value, bound, search.gap, spent, answer)
        )

    return told


def _search(
    held: LockedModel, spec: GoalSpec, starts: list[np.ndarray], report: Callable[[Search], None]
) -> Search:
    """Begin with the best start that keeps the held goals."""
    cost, constant = held.cost(spec)
    kept = [starts[0], *(start for start in starts[1:] if held.accepts(start))]
    best = min(kept, key=lambda vector: float(cost @ vector))
    search = Search(spec, held, cost, constant, best, -np.inf, report)
    search.raise_bound(trivial_bound(held, spec))
    return search


def trivial_bound(held: LockedModel, spec: GoalSpec) -> float:
    """Bound a goal, minimised, without solving: nothing short; each line by its best option."""
    if spec.expression != "loss":
        return 0.0
    options = held.problem.options
    margin = (options["unit_worth"] - options["unit_cost"]).clip(lower=0.0) / options["gives"]
    best = margin.groupby(options["line"]).max()
    return -float(best.mul(held.problem.lines["most"]).sum())
