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
from models.problem import Problem
from models.tolerances import SOLVER
from optimizer.common.clock import Clock
from optimizer.solving.highs import NoAnswerError, SolverProcess
from optimizer.solving.lagrangian import ROUNDS, Relaxation, ascend
from optimizer.solving.locked_model import LockedModel, LockedRow

SIFTED_FROM, PACKED_FROM = 60_000, 150_000
"""Options of a book that is sifted, and of one in parcels; below, the solver takes all. A parcel
pays only by several options together, so that there sifting goes slowly."""
NEAR, MOST = 0.01, 4
"""Promising: within so much of the line's best, in parts of its worth; so many a line."""
PRICE_SHARE = 0.15
"""Of the time left, for the prices that say so."""
JOIN = 3
"""Options of a line that join in one round."""
CHANGE_SECONDS = 60.0
"""Enough to change bounds, whatever time a search has left: they must be as they were after it."""


@dataclass(frozen=True, eq=False)
class Relaxed:
    """The optimum of an LP, or the best bound on it.

    Parameters
    ----------
    bound
        No answer of the LP is below [goal, without its constant].
    values, reduced
        Value and reduced cost of each column.
    duals
        Change of the optimum for one more of each row's limit, rows of held goals included.
    """

    bound: float
    values: np.ndarray
    reduced: np.ndarray
    duals: np.ndarray = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True, eq=False)
class Guide:
    """An answer of an LP that searches for plans go by, and the cost that they minimise.

    Parameters
    ----------
    values
        Value of each column, shape (columns,).
    cost
        May look beyond the goal, at later ones, with weights far below the goal's, shape
        (columns,).
    """

    values: np.ndarray
    cost: np.ndarray


@dataclass(eq=False)
class KeptLP:
    """The LP of a solver process, brought up to date with the holds before each solve.

    Parameters
    ----------
    process
        That keeps it.
    """

    process: SolverProcess
    sent_rows: list[LockedRow] = field(default_factory=list)
    sent_lower: np.ndarray = field(default_factory=lambda: np.empty(0))
    active: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=int))
    """Columns in the process, in its order."""

    @classmethod
    def over(
        cls, process: SolverProcess, held: LockedModel, columns: np.ndarray, clock: Clock
    ) -> KeptLP:
        """Keep the LP over some of the columns in a process.

        Parameters
        ----------
        process
            That keeps it.
        held
            The model and what is held.
        columns
            Bool array (columns,); they have an answer.
        clock
            Ends it.

        Raises
        ------
        NoAnswerError
            Without an answer in time.
        """
        kept = cls(process, active=np.flatnonzero(columns))
        kept._bring_up_to_date(held, clock)
        return kept

    def solve(
        self, held: LockedModel, spec: GoalSpec, cost: np.ndarray, best: np.ndarray, seconds: float
    ) -> Relaxed:
        """Minimise a goal over the LP relaxation.

        A failure that leaves time is tried once more from scratch. The columns of ``best``, an
        answer that keeps what is held, always take part: so there is an answer of the LP.

        Raises
        ------
        NoAnswerError
            Without an answer in time.
        """
        clock = Clock(seconds)
        try:
            return self._sifted(held, spec, cost, best, clock, again=False)
        except NoAnswerError:
            self.process.stop()
            if clock.left <= 0 or self.process.cancel.is_set():
                raise
        return self._sifted(held, spec, cost, best, clock, again=True)

    def _sifted(
        self,
        held: LockedModel,
        spec: GoalSpec,
        cost: np.ndarray,
        best: np.ndarray,
        clock: Clock,
        *,
        again: bool,
    ) -> Relaxed:
        self._bring_up_to_date(held, clock)
        used = np.flatnonzero(best > 0)
        self._widen(held, used[self._place(len(best))[used] < 0], clock)
        bound = -np.inf
        way = "scratch" if again or sifts(held.problem) else "home"
        while True:
            answer = self._ask(held, spec, clock, cost=cost[self.active], way=way)
            values = self._spread(answer["values"], len(cost))
            if answer["reached"]:
                nothing = np.zeros(len(answer["duals"]))
                return Relaxed(0.0, values, np.zeros(len(cost)), nothing)
            reduced = cost - held.all_rows().T @ answer["duals"]
            left_out = (held.matrix.upper > 0) & (self._place(len(cost)) < 0)
            pays, gained = paying(held, reduced, left_out)
            bound = max(bound, answer["objective"] - gained)
            if gained <= SOLVER * max(1.0, abs(answer["objective"])) or clock.left <= 0:
                reduced[held.matrix.columns["used"]] += _parcel_gains(held, reduced, left_out)
                return Relaxed(bound, values, reduced, answer["duals"])
            self._widen(held, _best_of_each_line(held, reduced, pays), clock)
            way = "on"

    def optimum(
        self, held: LockedModel, cost: np.ndarray, clock: Clock, way: str
    ) -> np.ndarray | None:
        """Minimise over the columns that take part, from where the last solve ended.

        Parameters
        ----------
        held
            The model.
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

    def _ask(
        self, held: LockedModel, spec: GoalSpec, clock: Clock, cost: np.ndarray, way: str
    ) -> dict[str, Any]:
        """Minimise, told of the service that a goal is about."""
        columns, needed = held.reaching(spec)
        reach = {
            "columns": self._place(len(held.lower))[columns],
            "lower": needed,
            "back": held.lower_for("lp")[columns],
            "upper": held.matrix.upper[columns],
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

    def _bring_up_to_date(self, held: LockedModel, clock: Clock) -> None:
        known, lower = len(self.sent_rows), held.lower_for("lp")
        same = len(self.sent_lower) > 0 and known <= len(held.rows)
        same &= all(a is b for a, b in zip(self.sent_rows, held.rows[:known], strict=False))
        if not self.process.alive or not same:
            if not len(self.active):
                self.active = np.flatnonzero(promising(held, clock))
            model = held.lp_arrays(self.active)
            self.process.ask("load", clock.left, model=model)
        else:
            columns = np.flatnonzero(lower != self.sent_lower)
            new = held.rows[known:]
            place = self._place(len(lower))
            rows = []
            for row in new:
                kept = place[row.columns] >= 0
                columns_kept = place[row.columns[kept]]
                limit = row.limit + row.slack.lp
                rows.append((-np.inf, limit, columns_kept, row.coefficients[kept]))
            self.process.ask(
                "change",
                clock.left,
                columns=place[columns],
                lower=lower[columns],
                upper=held.matrix.upper[columns],
                rows=rows,
            )
        self.sent_rows, self.sent_lower = list(held.rows), lower

    def _place(self, count: int) -> np.ndarray:
        """Position of each column in the process, -1 where it is left out."""
        place = np.full(count, -1)
        place[self.active] = np.arange(len(self.active))
        return place

    def _widen(self, held: LockedModel, columns: np.ndarray, clock: Clock) -> None:
        if len(columns):
            self.active = np.append(self.active, columns)
            self.process.ask("widen", clock.left, model=held.lp_arrays(columns))


def sifts(problem: Problem) -> bool:
    """Say whether a book is so large that its LPs begin with a part of the options."""
    return len(problem.options) >= (SIFTED_FROM if problem.parcels.empty else PACKED_FROM)


def promising(held: LockedModel, clock: Clock) -> np.ndarray:
    """Columns to begin with: all of a small book, the best few options a line of a large one.

    Parameters
    ----------
    held
        The model and what is held.
    clock
        Stops the search for prices.

    Returns
    -------
    numpy.ndarray
        Bool array (columns,).
    """
    chosen = np.ones(len(held.lower), dtype=bool)
    options = held.problem.options
    if not sifts(held.problem) or len(held.problem.moves):
        return chosen
    relaxation = Relaxation(held, held.matrix.goals["loss"][0].toarray().ravel())
    pricing = Clock(clock.left * PRICE_SHARE)
    ascent = ascend(relaxation, ROUNDS, lambda: pricing.left > 0)
    near = np.flatnonzero(ascent.above <= NEAR)
    chosen[held.matrix.columns["x"]] = False
    line = options["line"].to_numpy()
    chosen[_first_of_each(line, ascent.above, near, MOST)] = True
    return chosen


def _best_of_each_line(held: LockedModel, reduced: np.ndarray, pays: np.ndarray) -> np.ndarray:
    return _first_of_each(held.problem.options["line"].to_numpy(), reduced, pays, JOIN)


def paying(
    held: LockedModel, reduced: np.ndarray, left_out: np.ndarray
) -> tuple[np.ndarray, float]:
    """Find the columns left out that would improve the LP, and bound by how much.

    Options of a parcel pay together: what they gain must be more than the parcel's own reduced
    cost, which the dual of their link may use up (proof in the maths card).

    Parameters
    ----------
    held
        The model.
    reduced
        Reduced cost of each column, shape (columns,).
    left_out
        Columns that take no part, bool array (columns,).

    Returns
    -------
    columns : numpy.ndarray
        Positions, ascending.
    gained : float
        No answer over all columns is better than the LP by more.
    """
    x = held.matrix.columns["x"]
    options, lines = held.problem.options, held.problem.lines
    out, parcel = left_out[x], options["parcel"].to_numpy()
    fee = np.maximum(reduced[held.matrix.columns["used"]], 0.0)
    sent = np.minimum(_parcel_gains(held, reduced, left_out) + fee, 0.0)
    worth = np.append(sent < -SOLVER, True)[parcel]
    pays = np.flatnonzero(out & worth & (reduced[x] < -SOLVER))
    alone = pays[parcel[pays] < 0]
    gives = held.matrix.step[x] * options["gives"].to_numpy()
    best = np.zeros(len(lines))
    np.minimum.at(best, options["line"].to_numpy()[alone], (reduced[x] / gives)[alone])
    return pays, -float(best @ lines["most"]) - float(sent.sum())


def _parcel_gains(held: LockedModel, reduced: np.ndarray, left_out: np.ndarray) -> np.ndarray:
    """Say what the options left out would gain in each parcel that is sent: shape (parcels,)."""
    x, parcel = held.matrix.columns["x"], held.problem.options["parcel"].to_numpy()
    gains = np.where(left_out[x], np.minimum(reduced[x], 0.0), 0.0) * held.matrix.upper[x]
    mine = parcel >= 0
    return np.bincount(parcel[mine], gains[mine], len(held.problem.parcels))


def _first_of_each(group: np.ndarray, key: np.ndarray, among: np.ndarray, most: int) -> np.ndarray:
    """Positions of the lowest keys of each group, so many a group, in the order of positions."""
    order = among[np.lexsort((key[among], group[among]))]
    groups = group[order]
    nth = np.arange(len(order)) - np.searchsorted(groups, groups)
    return np.sort(order[nth < most])
