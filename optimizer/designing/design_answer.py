"""The cheapest network that was found, with its proof."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.tolerances import ROUNDING


@dataclass(frozen=True, eq=False)
class DesignAnswer:
    """A design with its proof.

    Parameters
    ----------
    vector
        Value of each column, shape (columns,).
    cost
        Of the design [currency/period].
    bound
        No design that keeps the same promises costs less [currency/period].
    short
        Service missing to each segment's promise, which no design reaches, shape (segments,)
        [base unit/period].
    seconds
        Time it took [s].
    rounds
        Of decomposition; 0 where one model was solved.
    """

    vector: np.ndarray
    cost: float
    bound: float
    short: np.ndarray
    seconds: float
    rounds: int = 0

    @property
    def gap(self) -> float:
        """Distance of cost and bound as a share of the cost."""
        return max(0.0, self.cost - self.bound) / max(abs(self.cost), ROUNDING)
