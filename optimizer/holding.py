"""The model while goals are solved one after another: what is already reached may not be lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp

from models.allocation import Declared, GoalSpec, lift
from models.problem import Problem
from optimizer.compiling import Matrix

FEASIBLE = 1e-6
"""Units by which an accepted answer may miss a row; the judge allows as much."""
NOISE = 1e-9
"""Relative rounding error of a sum of doubles."""
ON_GRID, OFF_GRID = 1e-4, 5e-7
"""How far below a held goal a MIP may search. Where everything ships in whole units, 1e-4 is finer
than any grid of units or cents and coarser than the solver's tolerance, so that a hold never makes
it see no answer at all; divisible items would give that much away."""


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A goal held as a row: ``coefficients . v <= limit``."""

    columns: np.ndarray
    coefficients: np.ndarray
    limit: float


@dataclass(eq=False)
class Held:
    """The matrix with the bounds and rows of the goals held so far.

    Parameters
    ----------
    problem, declared, matrix
        The problem, its declared components, its compiled rules.
    """

    problem: Problem
    declared: Declared
    matrix: Matrix
    lower: np.ndarray = field(init=False)
    slack: float = field(init=False)
    rows: list[HeldRow] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start with nothing held."""
        self.lower = np.zeros(len(self.matrix.upper))
        on_grid = bool(self.matrix.whole[self.matrix.columns["x"]].all())
        self.slack = ON_GRID if on_grid else OFF_GRID

    def copy(self) -> Held:
        """Return the holds of now, to come back to."""
        held = Held(self.problem, self.declared, self.matrix, list(self.rows))
        held.lower = self.lower.copy()
        return held

    def lifted(self, x: np.ndarray) -> np.ndarray:
        """Complete shipped quantities to a value for every column."""
        values = lift(self.problem, self.declared, x)
        return np.concatenate([values[name] for name in self.declared.domains])

    def shipped(self, vector: np.ndarray) -> np.ndarray:
        """Cut the shipped quantities out, rid of the solver's noise: whole where they must be."""
        at = self.matrix.columns["x"]
        x, whole = vector[at], self.matrix.whole[at]
        x = np.where(whole, np.round(x), np.round(x, 9))
        return np.where(x < FEASIBLE, 0.0, x)

    def accepts(self, vector: np.ndarray) -> bool:
        """Whether a vector obeys every rule and keeps every held goal."""
        m = self.matrix
        activity = m.a @ vector
        slack = FEASIBLE + NOISE * np.abs(activity)
        return bool(
            (activity <= m.row_upper + slack).all()
            and (activity >= m.row_lower - slack).all()
            and (vector <= m.upper + FEASIBLE).all()
            and (vector >= self.lower - self.slack).all()
            and all(
                row.coefficients @ vector[row.columns] <= row.limit + self.slack
                for row in self.rows
            )
        )

    def cost(self, spec: GoalSpec) -> tuple[np.ndarray, float]:
        """Objective of a goal: coefficient of each column, and the constant."""
        rows, constants = self.matrix.goals[spec.expression]
        return rows[[spec.row]].toarray().ravel(), float(constants[spec.row])

    def hold(self, spec: GoalSpec, vector: np.ndarray) -> None:
        """Forbid that a later goal loses what ``vector`` reaches of this one.

        Shortfalls are held as achieved service where one number says it: whole counts have no
        rounding error, and more than was promised stays free to give away.
        """
        cost, constant = self.cost(spec)
        value = float(cost @ vector)
        if spec.expression == "shortfall" and (value <= FEASIBLE or len(spec.promises) == 1):
            for promise in spec.promises:
                self._hold_achieved(promise, vector)
            return
        columns = np.flatnonzero(cost)
        limit = value + NOISE * max(1.0, abs(value + constant))
        self.rows.append(HeldRow(columns, cost[columns], limit))

    def _hold_achieved(self, promise: int, vector: np.ndarray) -> None:
        column = self._achieved(promise)
        need = float(self.declared.arrays["need"][promise])
        reached = min(float(vector[column]), need)
        if self.counts_whole(promise):
            reached = float(np.ceil(reached - FEASIBLE))
        self.lower[column] = max(self.lower[column], min(reached, float(vector[column])))

    def reaching(self, spec: GoalSpec) -> tuple[np.ndarray, np.ndarray]:
        """Columns, and lower bounds of theirs, that mean a shortfall of 0."""
        columns = [self._achieved(promise) for promise in spec.promises]
        needs = [self._whole_need(promise) for promise in spec.promises]
        at = np.array(columns, dtype=int)
        return at, np.maximum(self.lower[at], needs)

    def _achieved(self, promise: int) -> int:
        """Column of the service that a promise is about."""
        achieved = self.matrix.columns["achieved"].start
        return int(achieved + self.declared.arrays["promised_to"][promise])

    def _whole_need(self, promise: int) -> float:
        """Say what must be achieved at least to keep a promise."""
        need = float(self.declared.arrays["need"][promise])
        return float(np.ceil(need - FEASIBLE)) if self.counts_whole(promise) else need

    def segment_of(self, promise: int) -> int:
        """Row of ``Problem.segments`` that a promise was made to."""
        segments = self.problem.segments
        promised = np.flatnonzero(segments["target"].notna() | segments["floor"].notna())
        return int(promised[self.declared.arrays["promised_to"][promise]])

    def counts_whole(self, promise: int) -> bool:
        """Whether the promise's service comes in whole numbers."""
        segment = self.segment_of(promise)
        base = self.problem.segments["base"][segment]
        mine = self.problem.lines["segment"] == segment
        return base in ("line", "order") or (
            base == "unit" and bool(self.problem.lines["whole"][mine].all())
        )

    def rounded_bound(self, spec: GoalSpec, bound: float) -> float:
        """Raise a lower bound to the next value that the goal can take at all."""
        careful = bound - FEASIBLE * max(1.0, abs(bound))
        if careful <= 0:
            return bound
        if spec.expression == "unfilled":
            whole = self.problem.lines["whole"][
                self.problem.lines["tier"] == self.problem.tiers[spec.row]
            ]
            return max(bound, float(np.ceil(careful))) if whole.all() else bound
        if spec.expression == "shortfall" and len(spec.promises) == 1:
            (promise,) = spec.promises
            if self.counts_whole(promise):
                need = float(self.declared.arrays["need"][promise])
                return max(0.0, need - np.floor(need - careful + NOISE))
        return bound

    def arrays(self) -> dict[str, Any]:
        """Give the whole model as the worker's LP takes it, value less cost as its objective."""
        a = self._stacked().tocsc()
        limits = [row.limit for row in self.rows]
        return {
            "cost": self.matrix.goals["loss"][0].toarray().ravel(),
            "lower": self.lower,
            "upper": self.matrix.upper,
            "row_lower": np.append(self.matrix.row_lower, np.full(len(limits), -np.inf)),
            "row_upper": np.append(self.matrix.row_upper, limits),
            "start": a.indptr,
            "index": a.indices,
            "value": a.data,
        }

    def _stacked(self) -> sp.csc_array:
        if not self.rows:
            return self.matrix.a
        columns = np.concatenate([row.columns for row in self.rows])
        values = np.concatenate([row.coefficients for row in self.rows])
        owner = np.repeat(np.arange(len(self.rows)), [len(row.columns) for row in self.rows])
        extra = sp.csc_array((values, (owner, columns)), (len(self.rows), self.matrix.a.shape[1]))
        return sp.vstack([self.matrix.a, extra], format="csc")

    def part(self, free: np.ndarray, fixed_at: np.ndarray, cost: np.ndarray) -> dict[str, Any]:
        """Give the MIP over the free columns, all others fixed; rows that cannot bind are left out.

        Parameters
        ----------
        free
            Bool array (columns,).
        fixed_at
            Value of each fixed column, shape (columns,).
        cost
            Objective, shape (columns,).
        """
        a = self._stacked()
        mine = a[:, np.flatnonzero(free)]
        moved = a @ np.where(free, 0.0, fixed_at)
        row_lower = np.append(self.matrix.row_lower, np.full(len(self.rows), -np.inf)) - moved
        row_upper = (
            np.append(self.matrix.row_upper, [row.limit + self.slack for row in self.rows]) - moved
        )
        lower = np.maximum(self.lower[free] - self.slack, 0.0)
        upper = self.matrix.upper[free]
        rises, falls = mine.maximum(0), mine.minimum(0)
        can_bind = (rises @ upper + falls @ lower > row_upper + NOISE) | (
            rises @ lower + falls @ upper < row_lower - NOISE
        )
        kept = mine[np.flatnonzero(can_bind)].tocsc()
        return {
            "cost": cost[free],
            "lower": lower,
            "upper": upper,
            "row_lower": row_lower[can_bind],
            "row_upper": row_upper[can_bind],
            "start": kept.indptr,
            "index": kept.indices,
            "value": kept.data,
            "whole": self.matrix.whole[free],
        }
