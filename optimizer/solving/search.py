"""Where the search for one goal stands: its best answer, its bound, and the gap between them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from models.allocation import GoalSpec
from models.tolerances import ROUNDING, SOLVER
from optimizer.solving.locked_model import LockedModel, total
from optimizer.solving.lp import LPSolution


@dataclass(frozen=True, eq=False)
class Guide:
    """An answer of an LP that searches for plans go by.

    Parameters
    ----------
    values
        Value of each column, shape (columns,).
    cost
        What they minimise, if not the goal: it may look beyond, at later goals, with weights far
        below the goal's, shape (columns,).
    """

    values: np.ndarray
    cost: np.ndarray | None = None


@dataclass(eq=False)
class Search:
    """The search for one goal; its steps read and improve it, some of them in threads.

    Parameters
    ----------
    goal
        What is minimised.
    model
        With the goals before this one locked.
    cost, constant
        Objective: coefficient of each column, and what is added.
    best
        The best answer so far, one value a column.
    bound
        No answer is below.
    report
        Called with each better answer or bound.
    """

    goal: GoalSpec
    model: LockedModel
    cost: np.ndarray
    constant: float
    best: np.ndarray
    bound: float
    report: Callable[[Search], None] = field(default=lambda _: None)
    answered: bool = False
    """Whether the solver gave any answer, or none was needed."""
    cut: bool = False
    """Whether a limit or a failure cut the search short."""
    lp: LPSolution | None = None
    """The LP relaxation, once it is solved."""
    guide: Guide | None = None
    """What searches near the LP go by."""
    lock: threading.RLock = field(default_factory=threading.RLock)

    @classmethod
    def of(
        cls,
        goal: GoalSpec,
        model: LockedModel,
        best: np.ndarray,
        bound: float = -np.inf,
        report: Callable[[Search], None] = lambda _: None,
    ) -> Self:
        """Begin the search for a goal of the model.

        Parameters
        ----------
        goal, model, best, bound, report
            As in the class.
        """
        return cls(goal, model, *model.cost(goal), best, bound, report)

    @property
    def value(self) -> float:
        """What the best answer reaches; goals are minimised."""
        return total(self.cost, self.best) + self.constant

    @property
    def base(self) -> float:
        """What the gap refers to."""
        if self.goal.base:
            return self.goal.base
        worth = self.model.declared.arrays["worth"]
        delivered = float(worth @ self.model.units(self.best))
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
        """Take an answer that obeys every rule, keeps locked goals and is better than the best."""
        self.offer_units(self.model.shipped(vector), self.model.moved(vector))

    def offer_units(self, x: np.ndarray, moved: np.ndarray | None = None) -> None:
        """Take a plan in shipped and moved units, likewise."""
        vector = self.model.vector_of(x, moved)
        with self.lock:
            better = total(self.cost, vector) + self.constant < self.value - ROUNDING
            if better and self.model.accepts(vector):
                self.best = vector
                self.report(self)

    def raise_bound(self, bound: float) -> None:
        """Take a proved lower bound."""
        with self.lock:
            if bound > self.bound or self.bound == -np.inf:
                self.bound = max(self.bound, self.model.rounded_bound(self.goal, bound))
                self.report(self)
