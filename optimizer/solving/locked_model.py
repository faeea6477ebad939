"""The model while goals are solved one after another: what is already reached may not be lost."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp

from models.allocation import (
    Declared,
    GoalSpec,
    Promise,
    goal_list,
    lift,
    promises,
)
from models.problem import Problem
from models.tolerances import DECIMALS, DOUBLE, FEASIBILITY, ROUNDING
from optimizer.compiling import Matrix
from optimizer.solving.grids import from_grid, grid_of_goal, grid_of_promise


@dataclass(frozen=True, slots=True)
class Slack:
    """How far below a locked goal the LP and a MIP may search."""

    lp: float
    mip: float


OFF_GRID = Slack(lp=FEASIBILITY + 5e-7, mip=5e-7)
"""For money with lateness and the like: what is accepted must stay possible for the LP."""


def slack_of(grid: float) -> Slack:
    """Give a MIP up to a quarter of the service's step, and the LP none: answers are on steps.

    With no slack at all, a locked goal can make a MIP see no answer.
    """
    return Slack(0.0, min(grid / 4, 1e-4)) if grid else OFF_GRID


@dataclass(frozen=True, slots=True)
class LockedRow:
    """A goal locked as a row: ``coefficients . v <= limit``."""

    columns: np.ndarray
    coefficients: np.ndarray
    limit: float
    slack: Slack


@dataclass(eq=False)
class LockedModel:
    """The matrix with the bounds and rows of the goals locked so far.

    Parameters
    ----------
    problem, declared, matrix
        The problem, its declared components, its compiled rules.
    """

    problem: Problem
    declared: Declared
    matrix: Matrix
    lower: np.ndarray = field(init=False)
    slacks: dict[int, Slack] = field(default_factory=dict)
    rows: list[LockedRow] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    """Row of each goal that is locked as one."""
    promises: list[Promise] = field(init=False)
    grids: list[float] = field(init=False)

    def __post_init__(self) -> None:
        """Start with no goal locked."""
        self.lower = np.zeros(len(self.matrix.upper))
        self.promises = promises(self.problem)
        self.grids = [grid_of_promise(self.problem, promise) for promise in self.promises]

    @cached_property
    def goals(self) -> list[GoalSpec]:
        """The goals of the problem, as :func:`models.allocation.goal_list` has them."""
        return goal_list(self.problem)

    def copy(self) -> LockedModel:
        """Return a copy, in which further goals can be locked."""
        model = LockedModel(
            self.problem, self.declared, self.matrix, dict(self.slacks), list(self.rows)
        )
        model.places = dict(self.places)
        model.lower = self.lower.copy()
        return model

    def without_options(self, options: np.ndarray) -> LockedModel:
        """Return the same without some options.

        Parameters
        ----------
        options
            Bool array (options,): these ship nothing.
        """
        x = self.matrix.columns["x"]
        upper = self.matrix.upper.copy()
        upper[x][options] = 0.0
        problem = self.problem
        frame = problem.options.assign(upper=np.where(options, 0.0, problem.options["upper"]))
        return LockedModel(
            replace(problem, options=frame), self.declared, replace(self.matrix, upper=upper)
        )

    def lower_for(self, solver: str) -> np.ndarray:
        """Lower bounds as ``lp`` or ``mip`` may search them."""
        relaxed = self.lower.copy()
        for column, slack in self.slacks.items():
            relaxed[column] = max(0.0, relaxed[column] - getattr(slack, solver))
        return relaxed

    def vector_of(self, x: np.ndarray, moved: np.ndarray | None = None) -> np.ndarray:
        """Complete a plan to a value for every column.

        Parameters
        ----------
        x
            Shipped units by option [unit], shape (options,).
        moved
            Moved units by transfer [unit], shape (moves,); nothing by default.
        """
        moved = np.zeros(len(self.problem.moves)) if moved is None else moved
        values = lift(self.problem, self.declared, x, moved)
        return np.concatenate([values[name] for name in self.declared.domains]) / self.matrix.step

    def units(self, vector: np.ndarray) -> np.ndarray:
        """Shipped units as they are [unit], shape (options,)."""
        at = self.matrix.columns["x"]
        shipped: np.ndarray = vector[at] * self.matrix.step[at]
        return shipped

    def shipped(self, vector: np.ndarray) -> np.ndarray:
        """Cut the shipped quantities out, rid of the solver's noise: whole where they must be."""
        return self._clean(vector, "x")

    def moved(self, vector: np.ndarray) -> np.ndarray:
        """Cut the moved quantities out, likewise."""
        return self._clean(vector, "moved")

    def _clean(self, vector: np.ndarray, variable: str) -> np.ndarray:
        at = self.matrix.columns[variable]
        amount, whole = vector[at], self.matrix.whole[at]
        amount = np.where(whole, np.round(amount), amount) * self.matrix.step[at]
        return np.where(amount < FEASIBILITY, 0.0, np.round(amount, DECIMALS))

    def accepts(self, vector: np.ndarray) -> bool:
        """Whether a vector obeys every rule and keeps every locked goal."""
        allowed = np.minimum(self.lower_for("lp"), self.lower_for("mip"))
        return bool(
            self.obeys(vector, FEASIBILITY)
            and (vector >= allowed - ROUNDING).all()
            and all(
                row.coefficients @ vector[row.columns] - row.limit
                <= max(row.slack.lp, row.slack.mip)
                for row in self.rows
            )
        )

    def obeys(self, vector: np.ndarray, tolerance: float) -> bool:
        """Whether a vector obeys every rule to within a tolerance, rounding error apart."""
        m = self.matrix
        activity = m.a @ vector
        above = activity - m.row_upper - DOUBLE * np.abs(m.row_upper)
        below = m.row_lower - activity - DOUBLE * np.abs(m.row_lower)
        return bool(
            (above <= tolerance).all()
            and (below <= tolerance).all()
            and (vector <= m.upper + tolerance + DOUBLE * m.upper).all()
        )

    def cost(self, goal: GoalSpec) -> tuple[np.ndarray, float]:
        """Objective of a goal: coefficient of each column, and the constant."""
        rows, constants = self.matrix.goals[goal.expression]
        return rows[[goal.row]].toarray().ravel(), float(constants[goal.row])

    def lock(self, goal: GoalSpec, vector: np.ndarray) -> None:
        """Forbid that a later goal loses what ``vector`` reaches of this one.

        Shortfalls are locked as achieved service where one number says it: whole counts have no
        rounding error, and more than was promised stays free to give away.
        """
        cost, constant = self.cost(goal)
        value = total(cost, vector)
        if goal.expression == "shortfall" and (value <= FEASIBILITY or len(goal.promises) == 1):
            for promise in goal.promises:
                self._lock_achieved(promise, vector)
            return
        columns = np.flatnonzero(cost)
        self.places[goal.name] = len(self.rows)
        limit = value + ROUNDING * max(1.0, abs(value + constant))
        slack = slack_of(self.grid_of(goal))
        self.rows.append(LockedRow(columns, cost[columns], limit, slack))

    def loosen(self, goal: GoalSpec, amount: float) -> None:
        """Let later goals take so much of a locked goal, if that one is locked as a row."""
        if goal.name in self.places:
            row = self.rows[self.places[goal.name]]
            self.rows[self.places[goal.name]] = replace(row, limit=row.limit + amount)

    def grid_of(self, goal: GoalSpec) -> float:
        """Step of a goal's value; 0 where it has none."""
        return grid_of_goal(self.problem, goal, self.grids)

    def _lock_achieved(self, promise: int, vector: np.ndarray) -> None:
        column, grid = self.achieved(promise), self.grids[promise]
        need = float(self.declared.arrays["need"][promise])
        achieved = float(vector[column])
        reached = min(from_grid(min(achieved, need), grid), achieved)
        if reached > self.lower[column]:
            self.lower[column] = reached
            self.slacks[column] = slack_of(grid)

    def reaching(self, goal: GoalSpec) -> tuple[np.ndarray, np.ndarray]:
        """Columns, and lower bounds of theirs, that mean a shortfall of 0."""
        columns = [self.achieved(promise) for promise in goal.promises]
        needs = [self._whole_need(promise) for promise in goal.promises]
        at = np.array(columns, dtype=int)
        return at, np.maximum(self.lower[at], needs)

    def achieved(self, promise: int) -> int:
        """Column of the service that a promise is about."""
        achieved = self.matrix.columns["achieved"].start
        return int(achieved + self.declared.arrays["promised_to"][promise])

    def short(self, promise: int) -> int:
        """Column of the shortfall against a promise."""
        return int(self.matrix.columns["short"].start + promise)

    def _whole_need(self, promise: int) -> float:
        """Say what must be achieved at least to keep a promise."""
        return from_grid(float(self.declared.arrays["need"][promise]), self.grids[promise])

    def rounded_bound(self, goal: GoalSpec, bound: float) -> float:
        """Raise a lower bound to the next value that the goal can take at all."""
        careful = bound - FEASIBILITY * max(1.0, abs(bound))
        if careful <= 0:
            return bound
        need, grid = 0.0, self.grid_of(goal)
        if goal.expression == "shortfall":
            if len(goal.promises) != 1:
                return bound
            (promise,) = goal.promises
            need, grid = float(self.declared.arrays["need"][promise]), self.grids[promise]
        if not grid:
            return bound
        return max(bound, need - grid * float(np.floor((need - careful) / grid + ROUNDING)))

    def lp_arrays(self, columns: np.ndarray) -> dict[str, Any]:
        """Give the LP over some columns as the worker takes it; its cost is value less cost."""
        a = self.all_rows()[:, columns].tocsc()
        limits = [row.limit + row.slack.lp for row in self.rows]
        return {
            "cost": self.matrix.goals["loss"][0].toarray().ravel()[columns],
            "lower": self.lower_for("lp")[columns],
            "upper": self.matrix.upper[columns],
            "row_lower": np.append(self.matrix.row_lower, np.full(len(limits), -np.inf)),
            "row_upper": np.append(self.matrix.row_upper, limits),
            "start": a.indptr,
            "index": a.indices,
            "value": a.data,
        }

    def all_rows(self) -> sp.csc_array:
        """Give all rows: the rules', then those of the locked goals."""
        if not self.rows:
            return self.matrix.a
        columns = np.concatenate([row.columns for row in self.rows])
        values = np.concatenate([row.coefficients for row in self.rows])
        owner = np.repeat(np.arange(len(self.rows)), [len(row.columns) for row in self.rows])
        extra = sp.csc_array((values, (owner, columns)), (len(self.rows), self.matrix.a.shape[1]))
        return sp.vstack([self.matrix.a, extra], format="csc")

    def mip_arrays(
        self, free: np.ndarray, fixed_at: np.ndarray, cost: np.ndarray
    ) -> dict[str, Any]:
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
        a = self.all_rows()
        mine = a[:, np.flatnonzero(free)]
        moved = a @ np.where(free, 0.0, fixed_at)
        row_lower = np.append(self.matrix.row_lower, np.full(len(self.rows), -np.inf)) - moved
        limits = [row.limit + row.slack.mip for row in self.rows]
        row_upper = np.append(self.matrix.row_upper, limits) - moved
        lower = self.lower_for("mip")[free]
        upper = self.matrix.upper[free]
        rises, falls = mine.maximum(0), mine.minimum(0)
        can_bind = (rises @ upper + falls @ lower > row_upper + ROUNDING) | (
            rises @ lower + falls @ upper < row_lower - ROUNDING
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


def total(cost: np.ndarray, vector: np.ndarray) -> float:
    """Sum up what each column costs, the same on any number of cores.

    A product by BLAS would start threads for it, which cost a hundred times what they save.
    """
    return float(np.einsum("i,i->", cost, vector))
