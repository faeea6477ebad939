"""The search for one goal: a bound from the LP, then ever better answers within its time."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from models.allocation import GoalSpec, goal_list
from optimizer.clock import Clock
from optimizer.diving import dived
from optimizer.holding import Held
from optimizer.part import TOLERANCE, able, left_open, lines_apart, settled, used
from optimizer.pricing import ROUNDS, Relaxation, ascend, services
from optimizer.rounding import Wanted, rounded
from optimizer.sifting import SIFTED_FROM, KeptLP, Relaxed
from optimizer.solver import NoAnswerError, SolverProcess

ZERO = 1e-7
"""Reduced costs below are none."""
CLOSE = 0.1
"""Value is close enough at this share of the relative gap; a promise is kept or it is not."""
NEAR_NODES, NO_LIMIT = 1000, 2**31 - 1
"""Nodes of the two MIPs: the first ends by work, not by the clock, so that it ends the same."""
NEAR_SHARE = 0.6
"""Share of the time left that a restricted MIP may take."""


PRICED_FROM, PRICE_SHARE = 500_000, 0.4
"""Options of a book whose goals are bounded by prices first; their share of the goal's time."""
LATER, LATER_VALUE = 0.1, 0.002
"""What the next goal weighs in searches, and the one after it of that; worth of a mean unit."""
PROVABLE = 400_000
"""Columns of the largest MIP that is worth its memory."""
GUIDE_SHARE, DIVE_SHARE, DEAR = 0.3, 0.5, 1e-4
"""Shares of the time of the guide's LP and of a dive; a dive's step that costs more of the base is
compared with its opposite."""


@dataclass(eq=False)
class Session:
    """Where a run solves: the LP that is kept through all goals, and a process for MIPs."""

    kept: KeptLP
    aside: SolverProcess
    """May be killed without the LP's basis being lost."""
    prover: SolverProcess
    """Of large books: raises the bound while ``aside`` looks for answers."""


@dataclass(frozen=True, eq=False)
class Guide:
    """An answer of an LP that searches for plans go by, and the cost that they minimise.

    The cost may look beyond the goal, at later ones, with weights far below the goal's.
    """

    values: np.ndarray
    cost: np.ndarray


@dataclass(eq=False)
class Search:
    """The search for one goal: its best answer and its bound."""

    spec: GoalSpec
    held: Held
    cost: np.ndarray
    constant: float
    best: np.ndarray
    bound: float
    report: Callable[[Search], None] = field(default=lambda _: None)
    answered: bool = False
    """Whether the solver gave any answer."""
    cut: bool = False
    """Whether a limit or a failure cut the search short."""
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def value(self) -> float:
        """What the best answer reaches; goals are minimised."""
        return float(self.cost @ self.best) + self.constant

    @property
    def base(self) -> float:
        """What the gap refers to."""
        if self.spec.base:
            return self.spec.base
        worth = self.held.declared.arrays["worth"]
        delivered = float(worth @ self.best[self.held.matrix.columns["x"]])
        return delivered or abs(self.value) or 1.0

    @property
    def gap(self) -> float:
        """Distance of best answer and bound as a share of the base; the solver's noise is none."""
        distance = self.value - self.bound
        return distance / self.base if distance > self.noise else 0.0

    @property
    def noise(self) -> float:
        """What the solver cannot tell apart."""
        return TOLERANCE * max(1.0, abs(self.value))

    def offer(self, vector: np.ndarray) -> None:
        """Take shipments that obey rules and holds and are better than the best so far."""
        self.offer_shipped(self.held.shipped(vector))

    def offer_shipped(self, x: np.ndarray) -> None:
        """Take a plan as shipped units."""
        lifted = self.held.lifted(x)
        with self.lock:
            better = float(self.cost @ lifted) + self.constant < self.value - 1e-9
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
        if len(self.held.problem.options) >= PRICED_FROM:
            self._price(clock)
        if self.gap <= relative_gap:
            return
        try:
            relaxed = session.kept.solve(self.held, self.spec, self.cost, self.best, clock.left)
        except NoAnswerError:
            self.cut = True
            return
        self.answered = True
        self.raise_bound(relaxed.bound + self.constant)
        self.offer(relaxed.values)
        if len(self.held.problem.options) < SIFTED_FROM:
            self._look_near(session.aside, Guide(relaxed.values, self.cost), relative_gap, clock)
            if self.gap > relative_gap:
                self._prove(session.aside, self._able(relaxed), relative_gap, clock)
            return
        self._race(session, relaxed, relative_gap, clock)

    def _price(self, clock: Clock) -> None:
        """Bound the goal by prices and round the answer: seconds where the LP takes minutes."""
        pricing = Clock(clock.left * PRICE_SHARE)
        relaxation = Relaxation(self.held, self.cost, self.constant)
        ascent = ascend(relaxation, ROUNDS, lambda: pricing.left > 0)
        self.answered = True
        self.raise_bound(ascent.bound)
        self._round(ascent.units)
        if self.gap > 0 and self.spec.expression != "loss":
            ahead = Relaxation(self.held, self.cost + self._ahead())
            self._round(ascend(ahead, ROUNDS, lambda: pricing.left > 0).units)

    def _round(self, units: np.ndarray) -> None:
        """Round shipments of a relaxation all at once, with and without what is held."""
        owner, serve = services(self.held)
        level = np.append(self.held.lower[self.held.matrix.columns["achieved"]], 0.0)
        for wanted in (np.zeros_like(level), level):
            self.offer_shipped(rounded(self.held.problem, units, Wanted(owner, serve, wanted)))

    def _guide(self, kept: KeptLP, relaxed: Relaxed, clock: Clock) -> Guide:
        """Of the LP's answers, take one that is good for later goals, too."""
        cost, values = self.cost + self._ahead(), None
        with suppress(NoAnswerError):
            values = kept.optimum(self.held, cost, clock, "on")
        return Guide(relaxed.values if values is None else values, cost)

    def _dive(self, session: Session, guide: Guide, clock: Clock) -> None:
        """Go down from the LP to whole orders, and finish the few lines that are not whole then."""
        held, cost = self.held, guide.cost
        fixed = settled(held, guide.values)
        values = dived(session.kept, held, cost, DEAR * self.base, fixed, self.best, clock)
        if values is None:
            return
        outside, work = np.round(values), NEAR_NODES
        for wider in (False, True):
            free = left_open(held, values, wider=wider)
            bound = self._mip(session.aside, free, clock, cost=cost, outside=outside, nodes=work)
            if np.isfinite(bound):
                return  # there was an answer, better or not

    def _race(self, session: Session, relaxed: Relaxed, relative_gap: float, clock: Clock) -> None:
        """Look for answers and prove in another process; who closes the gap ends both."""

        def closed() -> bool:
            return self.gap <= relative_gap

        def prove() -> None:
            free = self._able(relaxed)
            if not closed() and free.sum() <= PROVABLE:
                self._prove(session.prover, free, relative_gap, clock, closed)

        proving = threading.Thread(target=prove)
        proving.start()
        guide = self._guide(session.kept, relaxed, Clock(clock.left * GUIDE_SHARE))
        if guide.values is not relaxed.values:
            self._dive(session, guide, Clock(clock.left * DIVE_SHARE))
        self._round(guide.values[self.held.matrix.columns["x"]])
        self._look_near(session.aside, guide, relative_gap, clock, closed)
        proving.join()

    def _able(self, relaxed: Relaxed) -> np.ndarray:
        """Columns that any better answer may use."""
        distance = self.value - (relaxed.bound + self.constant)
        noise = TOLERANCE * max(1.0, abs(self.value))
        return able(self.held, relaxed, self.best, distance + noise)

    def _prove(
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
            self._mip(process, free, clock, cost=self.cost, close=close, closed=closed, proves=True)
        )

    def _look_near(
        self,
        process: SolverProcess,
        guide: Guide,
        relative_gap: float,
        clock: Clock,
        closed: Callable[[], bool] = lambda: False,
    ) -> None:
        """Solve MIPs over the columns that the LP or the best answer so far uses, and some more."""
        values, cost = guide.values, guide.cost
        close = relative_gap * CLOSE if self.spec.expression == "loss" else 0.0
        for wider in (False, True):
            if self.gap <= (relative_gap if wider else close) or closed():
                continue
            other = self.best if wider else np.round(values)
            free = used(self.held, values, self.best) | lines_apart(self.held, values, other)
            near = Clock(clock.left * NEAR_SHARE)
            self._mip(process, free, near, cost=cost, close=close, nodes=NEAR_NODES, closed=closed)

    def _ahead(self) -> np.ndarray:
        """Give a cost of missing later goals, far below that of this one.

        It never enters a bound or a verdict; it only makes the answer a good start for the next.
        """
        ahead, weight = np.zeros(len(self.cost)), LATER
        for spec in self._later():
            cost, _ = self.held.cost(spec)
            if spec.expression == "loss":
                worth = self.held.declared.arrays["worth"]
                ahead += LATER_VALUE * cost / max(float(worth.mean()), 1e-9)
            else:
                ahead += weight * self.base / (spec.base or 1.0) * cost
                weight *= LATER
        return ahead

    def _later(self) -> list[GoalSpec]:
        """Goals after this one; none after one that is asked apart from the list."""
        specs = [spec for spec in goal_list(self.held.problem) if spec.expression]
        after = itertools.dropwhile(lambda spec: spec.name != self.spec.name, specs)
        return list(after)[1:]

    def _mip(
        self,
        process: SolverProcess,
        free: np.ndarray,
        clock: Clock,
        *,
        cost: np.ndarray,
        outside: np.ndarray | None = None,
        close: float = 0.0,
        nodes: int = NO_LIMIT,
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
        free = free & ((self.held.matrix.upper > 0) | (outside > ZERO))
        outside = np.where(free, 0.0, outside)
        offset = float(cost @ outside) + self.constant
        close = close * self.base

        def take(found: dict[str, Any]) -> None:
            if found["values"] is not None:
                vector = outside.copy()
                vector[free] = found["values"]
                self.answered = True
                self.offer(vector)
            elif proves:
                self.raise_bound(found["bound"] + offset)

        model = self.held.part(free, outside, cost)
        enough = self.bound + close + self.noise - offset if cost is self.cost else -np.inf
        for again in (False, True):
            try:
                answer = process.ask(
                    "mip",
                    clock.left,
                    better=take,
                    enough_known=closed,
                    model=model,
                    start=None if start is None else start[free],
                    gap=close,
                    enough=enough,
                    seconds=clock.left,
                    nodes=nodes,
                    again=again,
                )
            except NoAnswerError:
                answer = None
            if answer and (start is None or not answer["infeasible"]):  # from a start, none is
                take(answer)
                self.cut |= answer["cut"]
                return float(answer["bound"]) + offset
            if clock.left <= 0 or process.cancel.is_set() or closed():
                break
        self.cut = True
        return -np.inf
