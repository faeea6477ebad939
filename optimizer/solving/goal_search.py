"""The search for one goal: a bound from the LP, then ever better answers within its time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from models.allocation import GoalSpec
from models.tolerances import ROUNDING, SOLVER
from optimizer.common.clock import Clock
from optimizer.solving import neighbourhoods
from optimizer.solving.highs import NO_NODE_LIMIT, MipLimits, NoAnswerError, SolverProcess
from optimizer.solving.large_books import price, prices, race, races
from optimizer.solving.locked_model import LockedModel, total
from optimizer.solving.lp import Guide, KeptLP, Relaxed
from optimizer.solving.neighbourhoods import WORK, lines_apart, used

CLOSE = 0.1
"""Value is close enough at this share of the relative gap; a promise is kept or it is not."""
NEAR_SHARE = 0.6
"""Share of the time left that a restricted MIP may take."""


@dataclass(eq=False)
class Session:
    """Where a run solves: the LP that is kept through all goals, and a process for MIPs."""

    kept: KeptLP
    aside: SolverProcess
    """May be killed without the LP's basis being lost."""
    prover: SolverProcess
    """Of large books: raises the bound while ``aside`` looks for answers."""


@dataclass(eq=False)
class Search:
    """The search for one goal: its best answer and its bound."""

    spec: GoalSpec
    held: LockedModel
    cost: np.ndarray
    constant: float
    best: np.ndarray
    bound: float
    report: Callable[[Search], None] = field(default=lambda _: None)
    answered: bool = False
    """Whether the solver gave any answer."""
    cut: bool = False
    """Whether a limit or a failure cut the search short."""
    relaxed: Relaxed | None = None
    """The LP, where it was solved."""
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def value(self) -> float:
        """What the best answer reaches; goals are minimised."""
        return total(self.cost, self.best) + self.constant

    @property
    def base(self) -> float:
        """What the gap refers to."""
        if self.spec.base:
            return self.spec.base
        worth = self.held.declared.arrays["worth"]
        delivered = float(worth @ self.held.units(self.best))
        return delivered or abs(self.value) or 1.0

    @property
    def gap(self) -> float:
        """Distance of best answer and bound as a share of the base; the solver's noise is none."""
        distance = self.value - self.bound
        return distance / self.base if distance > self.noise else 0.0

    @property
    def noise(self) -> float:
        """What the solver cannot tell apart."""
        return SOLVER * max(1.0, abs(self.value))

    def offer(self, vector: np.ndarray) -> None:
        """Take shipments that obey rules and holds and are better than the best so far."""
        self.offer_shipped(self.held.shipped(vector), self.held.moved(vector))

    def offer_shipped(self, x: np.ndarray, moved: np.ndarray | None = None) -> None:
        """Take a plan as shipped and moved units."""
        lifted = self.held.vector_of(x, moved)
        with self.lock:
            better = total(self.cost, lifted) + self.constant < self.value - ROUNDING
            if better and self.held.accepts(lifted):
                self.best = lifted
                self.report(self)

    def raise_bound(self, bound: float) -> None:
        """Take a proved lower bound."""
        with self.lock:
            if bound > self.bound or self.bound == -np.inf:
                self.bound = max(self.bound, self.held.rounded_bound(self.spec, bound))
                self.report(self)

    def run(self, session: Session, relative_gap: float, seconds: float) -> None:
        """Improve answer and bound until the gap is closed or the time is spent."""
        clock = Clock(seconds)
        if self.gap <= 0:
            return
        if not self.held.matrix.upper[self.held.matrix.columns["x"]].any():
            self.answered = True
            self.raise_bound(self.value)  # nothing can be shipped
            return
        if prices(self.held.problem):
            price(self, clock)
        if self.gap <= relative_gap:
            self.answered = True
            return
        try:
            relaxed = session.kept.solve(self.held, self.spec, self.cost, self.best, clock.left)
        except NoAnswerError:
            self.cut = True
            return
        self.answered, self.relaxed = True, relaxed
        self.raise_bound(relaxed.bound + self.constant)
        if self.gap <= self.close(relative_gap):
            return
        self.offer(relaxed.values)
        if races(self.held.problem):
            race(self, session, relaxed, relative_gap, clock)
            return
        self.look_near(session.aside, Guide(relaxed.values, self.cost), relative_gap, clock)
        if self.gap > relative_gap:
            self.prove(session.aside, self.able(relaxed), relative_gap, clock)

    def able(self, relaxed: Relaxed) -> np.ndarray:
        """Columns that any better answer may use."""
        distance = self.value - (relaxed.bound + self.constant)
        return neighbourhoods.able(self.held, relaxed, self.best, distance + self.noise)

    def prove(
        self,
        process: SolverProcess,
        free: np.ndarray,
        relative_gap: float,
        clock: Clock,
        closed: Callable[[], bool] = lambda: False,
    ) -> None:
        """Solve the MIP that holds every better answer: its bound is one of the goal."""
        close = relative_gap * CLOSE
        self.raise_bound(
            self.mip(process, free, clock, cost=self.cost, close=close, closed=closed, proves=True)
        )

    def close(self, relative_gap: float) -> float:
        """Gap from which on no better answer is looked for.

        Yesterday's plan is not changed for less than has to be proved.
        """
        if len(self.held.problem.committed):
            return relative_gap
        return relative_gap * CLOSE if self.spec.expression == "loss" else 0.0

    def look_near(
        self,
        process: SolverProcess,
        guide: Guide,
        relative_gap: float,
        clock: Clock,
        closed: Callable[[], bool] = lambda: False,
    ) -> None:
        """Solve MIPs over the columns that the LP or the best answer so far uses, and some more."""
        values, cost = guide.values, guide.cost
        close = self.close(relative_gap)
        for wider in (False, True):
            if self.gap <= (relative_gap if wider else close) or closed():
                continue
            other = self.best if wider else np.round(values)
            free = used(self.held, values, self.best) | lines_apart(self.held, values, other)
            near = Clock(clock.left * NEAR_SHARE)
            self.mip(process, free, near, cost=cost, close=close, nodes=WORK, closed=closed)

    def mip(
        self,
        process: SolverProcess,
        free: np.ndarray,
        clock: Clock,
        *,
        cost: np.ndarray,
        outside: np.ndarray | None = None,
        close: float = 0.0,
        nodes: int = NO_NODE_LIMIT,
        closed: Callable[[], bool] = lambda: False,
        proves: bool = False,
    ) -> float:
        """Solve the MIP over the free columns; return its bound.

        Parameters
        ----------
        process
            Solves it.
        free
            Bool array (columns,).
        clock
            Ends it.
        cost
            To minimise, shape (columns,).
        outside
            Values of the columns that are not free, if not those of the best answer so far: the
            MIP may have no answer then. If not given, the best answer is the start.
        close
            Relative gap that is enough.
        nodes
            Work that is enough.
        closed
            Ends it, too.
        proves
            Whether bounds on the way count.
        """
        start = self.best if outside is None else None
        outside = self.best if outside is None else outside
        free = free & ((self.held.matrix.upper > 0) | (outside > SOLVER))
        outside = np.where(free, 0.0, outside)
        offset = total(cost, outside) + self.constant
        close = close * self.base

        def take(found: dict[str, Any]) -> None:
            if found["values"] is not None:
                vector = outside.copy()
                vector[free] = found["values"]
                self.answered = True
                self.offer(vector)
            elif proves:
                self.raise_bound(found["bound"] + offset)

        question = {
            "model": self.held.mip_arrays(free, outside, cost),
            "start": None if start is None else start[free],
            "gap": close,
            "enough": self.bound + close + self.noise - offset if cost is self.cost else -np.inf,
            "nodes": nodes,
        }
        answer = self._asked(process, clock, take, closed, question)
        if answer is None:
            self.cut = True
            return -np.inf
        take(answer)
        self.cut |= answer["cut"]
        return float(answer["bound"]) + offset

    def _asked(
        self,
        process: SolverProcess,
        clock: Clock,
        take: Callable[[dict[str, Any]], None],
        closed: Callable[[], bool],
        question: dict[str, Any],
    ) -> dict[str, Any] | None:
        """Ask for a MIP's answer, and once more another way; None without any."""
        for again in (False, True):
            with suppress(NoAnswerError):
                answer = process.solve_mip(
                    question["model"],
                    MipLimits(clock.left, question["gap"], question["enough"], question["nodes"]),
                    question["start"],
                    again=again,
                    better=take,
                    stop=closed,
                )
                if question["start"] is None or not answer["infeasible"]:  # from a start, none is
                    return answer
            if clock.left <= 0 or process.cancel.is_set() or closed():
                break
        return None
