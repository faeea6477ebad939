"""The search for one goal: a bound from the LP, then ever better answers within its time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from models.allocation import GoalSpec
from optimizer.holding import Held, HeldRow
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


@dataclass(slots=True)
class Clock:
    """The time of the run."""

    seconds: float
    began: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> float:
        """Seconds until the limit, not below 0."""
        return max(0.0, self.began + self.seconds - time.monotonic())


@dataclass(eq=False)
class Session:
    """The kept LP of a solver process, brought up to date with the holds before each solve."""

    process: SolverProcess
    aside: SolverProcess
    """For MIPs: may be killed without the LP's basis being lost."""
    sent_rows: list[HeldRow] = field(default_factory=list)
    sent_lower: np.ndarray = field(default_factory=lambda: np.empty(0))

    def lp(self, held: Held, spec: GoalSpec, cost: np.ndarray, seconds: float) -> dict[str, Any]:
        """Minimise a goal over the LP relaxation; raises NoAnswerError without an optimal answer.

        A failure that leaves time is tried once more from scratch.
        """
        clock = Clock(seconds)
        try:
            return self._lp(held, spec, cost, clock, again=False)
        except NoAnswerError:
            self.process.stop()
            if clock.left <= 0 or self.process.cancel.is_set():
                raise
        return self._lp(held, spec, cost, clock, again=True)

    def _lp(
        self, held: Held, spec: GoalSpec, cost: np.ndarray, clock: Clock, *, again: bool
    ) -> dict[str, Any]:
        self._bring_up_to_date(held, clock.left)
        columns, lower = held.reaching(spec)
        reach = {
            "columns": columns,
            "lower": lower,
            "back": held.lower_for("lp")[columns],
            "upper": held.matrix.upper[columns],
        }
        left = clock.left
        answer = self.process.ask("lp", left, cost=cost, reach=reach, seconds=left, again=again)
        if not answer["optimal"]:
            raise NoAnswerError(answer["status"])
        return answer

    def _bring_up_to_date(self, held: Held, seconds: float) -> None:
        known, lower = len(self.sent_rows), held.lower_for("lp")
        same = all(a is b for a, b in zip(self.sent_rows, held.rows[:known], strict=False))
        if not self.process.alive or known > len(held.rows) or not same:
            self.process.ask("load", seconds, model=held.arrays())
        else:
            columns = np.flatnonzero(lower != self.sent_lower)
            new = held.rows[known:]
            self.process.ask(
                "change",
                seconds,
                columns=columns,
                lower=lower[columns],
                upper=held.matrix.upper[columns],
                rows=[(-np.inf, r.limit + r.slack.lp, r.columns, r.coefficients) for r in new],
            )
        self.sent_rows, self.sent_lower = list(held.rows), lower


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
        lifted = self.held.lifted(self.held.shipped(vector))
        better = float(self.cost @ lifted) + self.constant < self.value - 1e-9
        if better and self.held.accepts(lifted):
            self.best = lifted
            self.report(self)

    def raise_bound(self, bound: float) -> None:
        """Take a proved lower bound."""
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
        try:
            relaxed = session.lp(self.held, self.spec, self.cost, clock.left)
        except NoAnswerError:
            self.cut = True
            return
        self.answered = True
        self.raise_bound(relaxed["objective"] + self.constant)
        self.offer(relaxed["values"])
        values, process = relaxed["values"], session.aside
        close = relative_gap * CLOSE if self.spec.expression == "loss" else 0.0
        used = ~self.held.matrix.whole | (values > ZERO) | (self.best > ZERO)
        if self.gap > close:
            near = used | self._lines_apart(values, np.round(values))
            self._mip(process, near, Clock(clock.left * NEAR_SHARE), close, NEAR_NODES)
        if self.gap > relative_gap:
            wider = used | self._lines_apart(values, self.best)
            self._mip(process, wider, Clock(clock.left * NEAR_SHARE), close, NEAR_NODES)
        if self.gap > relative_gap:
            able = self._able(relaxed)
            self.raise_bound(self._mip(process, able, clock, relative_gap * CLOSE, NO_LIMIT))

    def _lines_apart(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """Every option of the lines that two vectors serve differently."""
        m = self.held.matrix
        x = m.columns["x"]
        line = self.held.problem.options["line"].to_numpy()
        differs = m.whole[x] & (np.abs(one[x] - other[x]) > TOLERANCE)
        apart = np.zeros(len(one), dtype=bool)
        apart[x] = np.isin(line, line[differs])
        return apart

    def _able(self, relaxed: dict[str, Any]) -> np.ndarray:
        """Columns that any better answer may use: a unit of the others costs more than the gap.

        Exact: with LP bound z and reduced cost r_j >= 0 at value 0, every answer costs at least
        z + r_j x_j, so that x_j >= 1 is worse than the best answer if r_j > best - z.
        """
        distance = self.value - (relaxed["objective"] + self.constant)
        dear = relaxed["reduced"] > distance + TOLERANCE * max(1.0, abs(self.value))
        at_zero = (relaxed["values"] <= ZERO) & (self.best <= ZERO)
        return ~(self.held.matrix.whole & dear & at_zero)

    def _mip(
        self,
        process: SolverProcess,
        free: np.ndarray,
        clock: Clock,
        relative_gap: float,
        nodes: int,
    ) -> float:
        """Solve the MIP over the free columns, from the best answer so far; return its bound."""
        outside = np.where(free, 0.0, self.best)
        offset = float(self.cost @ outside) + self.constant

        def take(found: dict[str, Any]) -> None:
            if found["values"] is not None:
                vector = outside.copy()
                vector[free] = found["values"]
                self.answered = True
                self.offer(vector)

        model = self.held.part(free, outside, self.cost)
        for again in (False, True):
            close = relative_gap * self.base
            try:
                answer = process.ask(
                    "mip",
                    clock.left,
                    better=take,
                    model=model,
                    start=self.best[free],
                    gap=close,
                    enough=self.bound + close + self.noise - offset,
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
            if clock.left <= 0 or process.cancel.is_set():
                break
        self.cut = True
        return -np.inf
