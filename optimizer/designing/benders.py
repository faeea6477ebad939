"""Designs too large for one model: sites and stock apart from the days, tied by cuts (Benders).

Given what is decided first (open sites, lanes, stock, the service of each day), every sampled day
is a linear program. Its dual prices bound its cost for *any* first decision by a linear function, a
cut. The master problem knows the days only by their cuts, so its optimum is a lower bound of the
whole; the days at its answer give an upper bound. Cuts do not depend on the levels promised: a
whole frontier shares them.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp

from models.tolerances import ROUNDING
from optimizer.common.clock import Clock
from optimizer.designing.benders_days import Cuts, DayPrograms
from optimizer.designing.compiled_network import CompiledNetwork, Floats
from optimizer.designing.solver_calls import solve_mip
from optimizer.solving.highs import NoAnswerError, SolverProcess

log = logging.getLogger(__name__)

INWARDS = 0.3
"""How far from the inner point towards the master's answer cuts are made, in fractions."""
ROUNDS_OF_LP = 150
"""Rounds in fractions at most before whole answers are asked for."""
CLOSE = 1e-3
"""Gap in fractions that is enough before whole answers are asked for."""
STALL = 1e-7
"""A round that improves the bound by no more than this share of it is stuck."""


@dataclass(eq=False)
class DecomposedDesign:
    """A design problem taken apart; keeps its cuts from question to question.

    Parameters
    ----------
    compiled
        The whole; its promises may differ from question to question.
    """

    compiled: CompiledNetwork
    cuts: list[Cuts] = field(default_factory=list)
    inner: Floats | None = None

    def __post_init__(self) -> None:
        """Split rows and columns."""
        whole, self.first = self.compiled.matrix, np.flatnonzero(self.compiled.first_stage)
        self.days = DayPrograms.of(self.compiled)
        rows = np.flatnonzero(~self.days.touches)
        self.rows, self.a = rows, whole.a[rows][:, self.first].tocsr()

    def solve(
        self,
        compiled: CompiledNetwork,
        process: SolverProcess,
        clock: Clock,
        relative_gap: float,
        short: Floats,
    ) -> tuple[Floats, float, int]:
        """Find the cheapest design that keeps its promises.

        Parameters
        ----------
        compiled
            The promises.
        process
            Solves the days and the master in turn.
        clock
            Ends the search with the best answer so far.
        relative_gap
            Enough, as a share of the cost.
        short
            Most that may be missing to each promise.

        Returns
        -------
        values, bound, rounds
            The best values of all columns, the proved bound, rounds of whole answers.

        Raises
        ------
        NoAnswerError
            When there was no answer in time.
        """
        self.days.load(process, clock)
        search = _CutSearch(self, compiled.model(short=short), process, clock)
        search.in_fractions()
        return search.in_whole(relative_gap)

    def master(self, model: dict[str, Any], *, whole: bool) -> dict[str, Any]:
        """Build the master: first decisions, and the cost of each day as its cuts tell it."""
        first, count, days = self.first, len(self.first), self.days.count
        slopes = sp.vstack([cut.slopes for cut in self.cuts], format="csr") if self.cuts else None
        constants = [cut.constants for cut in self.cuts]
        body = sp.hstack([self.a, sp.csr_array((len(self.rows), days))])
        if slopes is not None:
            of = np.concatenate([cut.day for cut in self.cuts])
            real = np.concatenate([cut.of_cost for cut in self.cuts])
            nth = np.flatnonzero(real)
            eta = sp.csr_array((np.ones(len(nth)), (nth, of[nth])), shape=(len(of), days))
            body = sp.vstack([body, sp.hstack([-slopes, eta])])
        a = body.tocsc()
        whole_mask = np.append(self.compiled.matrix.whole[first], np.zeros(days, dtype=bool))
        return {
            "cost": np.append(model["cost"][first], np.ones(days)),
            "lower": np.zeros(count + days),
            "upper": np.append(model["upper"][first], np.full(days, np.inf)),
            "row_lower": np.concatenate([model["row_lower"][self.rows], *constants]),
            "row_upper": np.append(
                model["row_upper"][self.rows], np.full(a.shape[0] - len(self.rows), np.inf)
            ),
            "start": a.indptr,
            "index": a.indices,
            "value": a.data,
            "whole": whole_mask if whole else np.zeros(count + days, dtype=bool),
        }


@dataclass(eq=False)
class _CutSearch:
    """One question: bounds from both sides."""

    parts: DecomposedDesign
    model: dict[str, Any]
    process: SolverProcess
    clock: Clock
    bound: float = -np.inf
    cost: float = np.inf
    best: Floats | None = None

    @property
    def first_cost(self) -> Floats:
        """Cost of each first decision."""
        cost: Floats = self.model["cost"][self.parts.first]
        return cost

    def _answer(self, gap: float, *, whole: bool) -> Floats:
        """Ask the master; raise the bound by what it proves."""
        start = self._start() if whole else None
        model = self.parts.master(self.model, whole=whole)
        values, bound = solve_mip(self.process, model, self.clock, gap, start)
        self.bound = max(self.bound, bound)
        return np.clip(
            values[: len(self.parts.first)], 0.0, model["upper"][: len(self.parts.first)]
        )

    def _start(self) -> Floats | None:
        if self.best is None:
            return None
        first = self.best[self.parts.first]
        return np.append(first, self.parts.days.costs(self.best))

    def _cut(self, first: Floats, *, keep: bool) -> tuple[float, bool]:
        """Solve the days at a first decision and keep their cuts: its cost, and whether it is new.

        ``keep``: whether it may be the answer.
        """
        days = self.parts.days
        flows, cuts = days.solve(self.process, first, self.clock)
        self.parts.cuts.append(cuts)
        if flows is None:
            return np.inf, True
        cost = float(self.first_cost @ first + days.cost @ flows)
        if keep and cost < self.cost:
            values = np.zeros(len(self.parts.compiled.matrix.upper))
            values[self.parts.first], values[days.columns] = first, flows
            self.cost, self.best = cost, values
        return cost, False

    def in_fractions(self) -> None:
        """Find good cuts with sites open in part: quick, and the bound of the LP in the end.

        Cuts are made between the master's answer and an inner point that follows it: the answers
        themselves jump from corner to corner.
        """
        inner, stuck = self.parts.inner, 0
        least = np.inf
        for _ in range(ROUNDS_OF_LP):
            before = self.bound
            answer = self._answer(0.0, whole=False)
            if np.isfinite(least) and least - self.bound <= CLOSE * abs(least):
                break
            if inner is None:
                inner = self._open(answer)
            stuck = stuck + 1 if self.bound - before <= STALL * abs(self.bound) else 0
            step = 1.0 if stuck >= 3 else INWARDS
            at = inner + step * (answer - inner)
            cost, impossible = self._cut(at, keep=False)
            if not impossible:
                least = min(least, cost)
            inner = 0.5 * (inner + answer)
        self.parts.inner = inner
        log.info("in fractions: bound %.9g, least %.9g", self.bound, least)

    def _open(self, answer: Floats) -> Floats:
        """Open every site and run every lane."""
        full = answer.copy()
        for name in ("open", "runs"):
            mine = np.zeros(len(self.parts.compiled.matrix.upper), dtype=bool)
            mine[self.parts.compiled.matrix.columns[name]] = True
            mine = mine[self.parts.first]
            full[mine] = self.model["upper"][self.parts.first][mine]
        return full

    def in_whole(self, relative_gap: float) -> tuple[Floats, float, int]:
        """Ask the master for whole answers until bound and cost meet."""
        rounds = 0
        while True:
            enough = relative_gap * abs(self.cost) if np.isfinite(self.cost) else 0.0
            enough = max(enough, ROUNDING * abs(self.bound))
            if self.cost - self.bound <= enough:
                break
            try:
                self._cut(self._answer(0.25 * enough, whole=True), keep=True)
            except NoAnswerError:
                if self.best is None:
                    raise
                break
            rounds += 1
            log.info("round %d: %.9g, bound %.9g", rounds, self.cost, self.bound)
        if self.best is None:
            msg = "no design before time was up"
            raise NoAnswerError(msg)
        return self.best, self.bound, rounds
