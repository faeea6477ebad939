"""The search for one goal: a bound from the LP, then ever better answers within its time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from models.allocation import GoalSpec
from optimizer.clock import Clock
from optimizer.holding import Held
from optimizer.pricing import ROUNDS, Relaxation, ascend, services
from optimizer.rounding import Wanted, rounded
from optimizer.sifting import SIFTED_FROM, KeptLP, Relaxed
from optimizer.solver import NoAnswerError, SolverProcess

TOLERANCE = 1e-7
"""Relative feasibility tolerance of the solver: smaller gaps are none."""
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
LATER_VALUE, LATER_PROMISES = 0.002, 0.04
"""What later goals weigh in searches near the LP: worth of a mean unit, and a unit of service."""
PROVABLE = 400_000
"""Columns of the largest MIP that is worth its memory."""
ROUNDINGS, CAUTION, ROUND_SHARE = 4, 1.1, 0.3
"""Most roundings of an LP; how much more than was missed the next one asks; their share of time."""


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
        if len(self.held.problem.options) >= SIFTED_FROM:
            self._round(session, relaxed, clock)
            self._race(session, relaxed, relative_gap, clock)
            return
        self._look_near(session.aside, relaxed, relative_gap, clock)
        if self.gap > relative_gap:
            able, close = self._able(relaxed), relative_gap * CLOSE
            self.raise_bound(self._mip(session.aside, able, clock, close, NO_LIMIT))

    def _price(self, clock: Clock) -> None:
        """Bound the goal by prices and round the answer: seconds where the LP takes minutes."""
        pricing = Clock(clock.left * PRICE_SHARE)
        ascent = ascend(
            Relaxation(self.held, self.cost, self.constant), ROUNDS, lambda: pricing.left > 0
        )
        self.answered = True
        self.raise_bound(ascent.bound)
        owner, serve = services(self.held)
        level = np.append(self.held.lower[self.held.matrix.columns["achieved"]], 0.0)
        for wanted in (np.zeros_like(level), level):
            plan = rounded(self.held.problem, ascent.units, Wanted(owner, serve, wanted))
            self.offer_shipped(plan)

    def _round(self, session: Session, relaxed: Relaxed, clock: Clock) -> None:
        """Round the LP's answer; what that misses of a held promise, ask of the LP in advance."""
        held, wary, service = self.held, self.held.copy(), self.held.matrix.columns["achieved"]
        owner, serve = services(held)
        level = np.append(held.lower[service], 0.0)
        cautious = Clock(clock.left * ROUND_SHARE)
        for _ in range(ROUNDINGS):
            units = relaxed.values[held.matrix.columns["x"]]
            missed = np.full(len(level) - 1, np.inf)
            for wanted in (np.zeros_like(level), level):
                x = rounded(held.problem, units, Wanted(owner, serve, wanted))
                self.offer_shipped(x)
                missed = np.minimum(missed, level[:-1] - held.lifted(x)[service])
            if missed.max(initial=0.0) <= 0 or cautious.left <= 0:
                return
            wary.lower[service] += CAUTION * np.maximum(missed, 0.0)
            try:
                relaxed = session.kept.solve(wary, self.spec, self.cost, self.best, cautious.left)
            except NoAnswerError:
                return

    def _race(self, session: Session, relaxed: Relaxed, relative_gap: float, clock: Clock) -> None:
        """Look for answers in one process and prove in another; who closes the gap ends both."""

        def closed() -> bool:
            return self.gap <= relative_gap

        def prove() -> None:
            able, close = self._able(relaxed), relative_gap * CLOSE
            if not closed() and able.sum() <= PROVABLE:
                bound = self._mip(session.prover, able, clock, close, NO_LIMIT, closed, proves=True)
                self.raise_bound(bound)

        proving = threading.Thread(target=prove)
        proving.start()
        self._look_near(session.aside, relaxed, relative_gap, clock, closed)
        proving.join()

    def _look_near(
        self,
        process: SolverProcess,
        relaxed: Relaxed,
        relative_gap: float,
        clock: Clock,
        closed: Callable[[], bool] = lambda: False,
    ) -> None:
        """Solve MIPs over the columns that the LP or the best answer so far uses, and some more."""
        values = relaxed.values
        ahead = self._ahead() if len(self.held.problem.options) >= SIFTED_FROM else None
        close = relative_gap * CLOSE if self.spec.expression == "loss" else 0.0
        used = ~self.held.matrix.whole | (values > ZERO) | (self.best > ZERO)
        if self.gap > close and not closed():
            near = used | self._lines_apart(values, np.round(values))
            self._mip(
                process,
                near,
                Clock(clock.left * NEAR_SHARE),
                close,
                NEAR_NODES,
                closed,
                ahead=ahead,
            )
        if self.gap > relative_gap:
            wider = used | self._lines_apart(values, self.best)
            self._mip(
                process,
                wider,
                Clock(clock.left * NEAR_SHARE),
                close,
                NEAR_NODES,
                closed,
                ahead=ahead,
            )

    def _ahead(self) -> np.ndarray | None:
        """Give a cost of missing other goals, far below that of this one.

        It never enters a bound or a verdict; it only makes the answer a good start for the next.
        """
        if self.spec.expression == "loss":
            return None
        held, problem = self.held, self.held.problem
        worth = problem.options["unit_worth"].to_numpy()
        dear = max(float(worth.mean()), 1e-9) if len(worth) else 1.0
        ahead = LATER_VALUE * held.matrix.goals["loss"][0].toarray().ravel() / dear
        short = held.matrix.columns["short"].start
        units = problem.lines.groupby("segment")["quantity"].sum()
        for nth, promise in enumerate(held.promises):
            if nth not in self.spec.promises:
                total = problem.segments["total"][promise.segment]
                each = units.get(promise.segment, 0.0) / total if total else 0.0
                ahead[short + nth] += LATER_PROMISES * each
        return ahead

    def _lines_apart(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """Every option of the lines that two vectors serve differently."""
        m = self.held.matrix
        x = m.columns["x"]
        line = self.held.problem.options["line"].to_numpy()
        differs = m.whole[x] & (np.abs(one[x] - other[x]) > TOLERANCE)
        apart = np.zeros(len(one), dtype=bool)
        apart[x] = np.isin(line, line[differs])
        return apart

    def _able(self, relaxed: Relaxed) -> np.ndarray:
        """Columns that any better answer may use: a unit of the others costs more than the gap.

        Exact: with LP bound z and reduced cost r_j >= 0 at value 0, every answer costs at least
        z + r_j x_j, so that x_j >= 1 is worse than the best answer if r_j > best - z.
        """
        distance = self.value - (relaxed.bound + self.constant)
        dear = relaxed.reduced > distance + TOLERANCE * max(1.0, abs(self.value))
        at_zero = (relaxed.values <= ZERO) & (self.best <= ZERO)
        return ~(self.held.matrix.whole & dear & at_zero)

    def _mip(
        self,
        process: SolverProcess,
        free: np.ndarray,
        clock: Clock,
        relative_gap: float,
        nodes: int,
        closed: Callable[[], bool] = lambda: False,
        *,
        proves: bool = False,
        ahead: np.ndarray | None = None,
    ) -> float:
        """Solve the MIP over the free columns, from the best answer so far; return its bound.

        Ended when ``closed``; with ``proves`` bounds on the way count; ``ahead`` is a cost on top,
        which the bound then includes.
        """
        free = free & ((self.held.matrix.upper > 0) | (self.best > ZERO))
        outside = np.where(free, 0.0, self.best)
        cost = self.cost + ahead if ahead is not None else self.cost
        offset = float(cost @ outside) + self.constant

        def take(found: dict[str, Any]) -> None:
            if found["values"] is not None:
                vector = outside.copy()
                vector[free] = found["values"]
                self.answered = True
                self.offer(vector)
            elif proves:
                self.raise_bound(found["bound"] + offset)

        model = self.held.part(free, outside, cost)
        for again in (False, True):
            close = relative_gap * self.base
            try:
                answer = process.ask(
                    "mip",
                    clock.left,
                    better=take,
                    enough_known=closed,
                    model=model,
                    start=self.best[free],
                    gap=close,
                    enough=-np.inf
                    if ahead is not None
                    else self.bound + close + self.noise - offset,
                    seconds=clock.left,
                    nodes=nodes,
                    again=again,
                )
            except NoAnswerError:
                answer = None
            if answer and not answer["infeasible"]:  # our models never are
                take(answer)
                self.cut |= answer["cut"]
                return float(answer["bound"]) + offset
            if clock.left <= 0 or process.cancel.is_set() or closed():
                break
        self.cut = True
        return -np.inf
