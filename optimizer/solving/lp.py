"""The LP relaxation by sifting: few columns a line, and a price check of all the others.

Of a large book's options a plan uses one in twenty. The solver keeps an LP over the promising ones;
its duals price all others, and those that would improve it join until none does. The result is the
optimum of the whole LP; cut short by the clock, the prices still give a bound.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from models.allocation import GoalSpec
from models.tolerances import SOLVER
from optimizer.common.clock import Clock
from optimizer.solving.highs import NoAnswerError, SolverProcess
from optimizer.solving.locked_model import LockedModel, LockedRow
from optimizer.solving.sifting import (
    best_of_each_line,
    first_columns,
    improving_columns,
    parcel_gains,
)
from optimizer.solving.strategy import Strategy

CHANGE_SECONDS = 60.0
"""Enough to change bounds, whatever time a search has left: they must be as they were after it."""


@dataclass(frozen=True, eq=False)
class LPSolution:
    """The optimum of an LP, or the best bound on it.

    Parameters
    ----------
    bound
        No answer of the LP is below [goal, without its constant].
    values, reduced
        Value and reduced cost of each column.
    duals
        Change of the optimum for one more of each row's limit, rows of locked goals included.
    """

    bound: float
    values: np.ndarray
    reduced: np.ndarray
    duals: np.ndarray = field(default_factory=lambda: np.empty(0))


@dataclass(eq=False)
class KeptLP:
    """The LP of a solver process, brought up to date with the locked goals before each solve.

    Parameters
    ----------
    process
        That keeps it.
    strategy
        Of the problem: whether the LP is sifted, and how.
    active
        Columns in the process, in its order; if not given, chosen at the first solve.
    """

    process: SolverProcess
    strategy: Strategy
    active: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=int))
    sent_rows: list[LockedRow] = field(default_factory=list)
    sent_lower: np.ndarray = field(default_factory=lambda: np.empty(0))

    def load(self, model: LockedModel, clock: Clock) -> None:
        """Load the LP, or bring it up to date with what is locked.

        Parameters
        ----------
        model
            With the goals locked so far.
        clock
            Ends it.

        Raises
        ------
        NoAnswerError
            Without an answer in time.
        """
        known, lower = len(self.sent_rows), model.lower_for("lp")
        same = len(self.sent_lower) > 0 and known <= len(model.rows)
        same &= all(a is b for a, b in zip(self.sent_rows, model.rows[:known], strict=False))
        if self.process.alive and same:
            self._change(model, lower, clock)
        else:
            if not len(self.active):
                self.active = np.flatnonzero(first_columns(model, self.strategy, clock))
            self.process.ask("load", clock.left, model=model.lp_arrays(self.active))
        self.sent_rows, self.sent_lower = list(model.rows), lower

    def solve(
        self, model: LockedModel, goal: GoalSpec, cost: np.ndarray, best: np.ndarray, seconds: float
    ) -> LPSolution:
        """Minimise a goal over the LP relaxation.

        A failure that leaves time is tried once more from scratch. The columns of ``best``, an
        answer that keeps locked goals, always take part: so there is an answer of the LP.

        Parameters
        ----------
        model
            With the goals locked so far.
        goal
            To minimise.
        cost
            Its coefficient of each column, shape (columns,).
        best
            An answer, one value a column.
        seconds
            Time for it [s].

        Raises
        ------
        NoAnswerError
            Without an answer in time.
        """
        clock = Clock(seconds)
        way = "scratch" if self.strategy.sifts else "home"
        try:
            self._take_part(model, best, clock)
            return self._sift(model, goal, cost, clock, way)
        except NoAnswerError:
            self.process.stop()
            if clock.left <= 0 or self.process.cancel.is_set():
                raise
        self._take_part(model, best, clock)
        return self._sift(model, goal, cost, clock, "scratch")

    def _take_part(self, model: LockedModel, best: np.ndarray, clock: Clock) -> None:
        """Bring the LP up to date, and let the columns of an answer take part."""
        self.load(model, clock)
        used = np.flatnonzero(best > 0)
        self._widen(model, used[self._place(len(best))[used] < 0], clock)

    def _sift(
        self, model: LockedModel, goal: GoalSpec, cost: np.ndarray, clock: Clock, way: str
    ) -> LPSolution:
        """Solve, and let columns join that improve the LP, until none does or time is up."""
        bound = -np.inf
        while True:
            answer = self._minimise(model, goal, clock, cost[self.active], way)
            values = self._spread(answer["values"], len(cost))
            if answer["reached"]:
                nothing = np.zeros(len(answer["duals"]))
                return LPSolution(0.0, values, np.zeros(len(cost)), nothing)
            reduced = cost - model.all_rows().T @ answer["duals"]
            left_out = (model.matrix.upper > 0) & (self._place(len(cost)) < 0)
            pays, gained = improving_columns(model, reduced, left_out)
            bound = max(bound, answer["objective"] - gained)
            if gained <= SOLVER * max(1.0, abs(answer["objective"])) or clock.left <= 0:
                reduced[model.matrix.columns["used"]] += parcel_gains(model, reduced, left_out)
                return LPSolution(bound, values, reduced, answer["duals"])
            joining = best_of_each_line(model, reduced, pays, self.strategy.sifting.joining)
            self._widen(model, joining, clock)
            way = "on"

    def optimum(self, cost: np.ndarray, clock: Clock, way: str) -> np.ndarray | None:
        """Minimise over the columns that take part, from where the last solve ended.

        Parameters
        ----------
        cost
            To minimise, shape (columns,).
        clock
            Ends it.
        way
            ``on`` after another cost, ``down`` after other bounds.

        Returns
        -------
        numpy.ndarray or None
            Value of each column; None if there is no answer.

        Raises
        ------
        NoAnswerError
            Without a verdict in time.
        """
        nothing = {"columns": np.empty(0, dtype=int)}
        left = clock.left
        answer = self.process.ask(
            "lp", left, cost=cost[self.active], reach=nothing, seconds=left, way=way
        )
        return self._spread(answer["values"], len(cost)) if answer["optimal"] else None

    def bound(self, columns: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> None:
        """Change bounds for a while, of columns that take part; others stay out."""
        place = self._place(len(self.sent_lower))[columns]
        there = place >= 0
        self.process.ask(
            "change",
            CHANGE_SECONDS,
            columns=place[there],
            lower=lower[there],
            upper=upper[there],
            rows=[],
        )

    def _minimise(
        self, model: LockedModel, goal: GoalSpec, clock: Clock, cost: np.ndarray, way: str
    ) -> dict[str, Any]:
        """Minimise; the request says which service means that the goal is reached."""
        columns, needed = model.reaching(goal)
        reach = {
            "columns": self._place(len(model.lower))[columns],
            "lower": needed,
            "back": model.lower_for("lp")[columns],
            "upper": model.matrix.upper[columns],
        }
        left = clock.left
        answer = self.process.ask("lp", left, cost=cost, reach=reach, seconds=left, way=way)
        if not answer["optimal"]:
            raise NoAnswerError(answer["status"])
        return answer

    def _spread(self, values: np.ndarray, count: int) -> np.ndarray:
        """Give every column its value: 0 where it is left out."""
        spread = np.zeros(count)
        spread[self.active] = values
        return spread

    def _change(self, model: LockedModel, lower: np.ndarray, clock: Clock) -> None:
        """Send what was locked since the last solve."""
        columns = np.flatnonzero(lower != self.sent_lower)
        place = self._place(len(lower))
        rows = []
        for row in model.rows[len(self.sent_rows) :]:
            there = place[row.columns] >= 0
            at = place[row.columns[there]]
            rows.append((-np.inf, row.limit + row.slack.lp, at, row.coefficients[there]))
        self.process.ask(
            "change",
            clock.left,
            columns=place[columns],
            lower=lower[columns],
            upper=model.matrix.upper[columns],
            rows=rows,
        )

    def _place(self, count: int) -> np.ndarray:
        """Position of each column in the process, -1 where it is left out."""
        place = np.full(count, -1)
        place[self.active] = np.arange(len(self.active))
        return place

    def _widen(self, model: LockedModel, columns: np.ndarray, clock: Clock) -> None:
        if len(columns):
            self.active = np.append(self.active, columns)
            self.process.ask("widen", clock.left, model=model.lp_arrays(columns))
