"""The design model as arrays, ready for the solver."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from models.design import EXPRESSIONS, FIRST_STAGE, RULES, Network, declare
from optimizer.compiling import Matrix, compile_matrix

Floats = np.ndarray


@dataclass(frozen=True, eq=False)
class CompiledNetwork:
    """A network, its matrix and the promises that it must keep.

    Parameters
    ----------
    network
        What is designed.
    matrix
        Its rules; those of :data:`models.design.RULES`.
    need
        Promised service of each segment [base unit/period].
    """

    network: Network
    matrix: Matrix
    need: Floats

    @classmethod
    def of(cls, network: Network) -> CompiledNetwork:
        """Compile a network."""
        matrix = compile_matrix(declare(network), RULES, EXPRESSIONS)
        need = (network.segments["total"] * network.segments["level"]).to_numpy()
        return cls(network, matrix, need)

    def with_levels(self, levels: Floats) -> CompiledNetwork:
        """Promise other levels of service, a share for each segment."""
        return CompiledNetwork(
            self.network, self.matrix, (self.network.segments["total"] * levels).to_numpy()
        )

    @cached_property
    def cost(self) -> Floats:
        """Cost of each column [currency/period]."""
        return self._goal("cost")

    @cached_property
    def constant_cost(self) -> float:
        """Cost of what no choice changes: holding today's stock [currency/period]."""
        _, constants = self.matrix.goals["cost"]
        return float(constants[0])

    def missing_of(self, segments: np.ndarray) -> Floats:
        """Tell what each column adds to the service missing to some segments (a mask)."""
        missing = self._goal("missing")
        short = self.matrix.columns["short"]
        missing[short] *= segments
        return missing

    def _goal(self, name: str) -> Floats:
        rows, _ = self.matrix.goals[name]
        return np.asarray(rows[[0]].todense(), dtype=float).ravel()

    @cached_property
    def first_stage(self) -> np.ndarray:
        """Which columns are decided before the days."""
        mask = np.zeros(len(self.matrix.upper), dtype=bool)
        for name in FIRST_STAGE:
            mask[self.matrix.columns[name]] = True
        mask[self.matrix.columns["served"]] = True
        return mask

    def of_variable(self, name: str, values: Floats) -> Floats:
        """Values of one variable."""
        return values[self.matrix.columns[name]]

    def model(self, *, short: Floats | None = None, cost: Floats | None = None) -> dict[str, Any]:
        """Arrays for the solver.

        Parameters
        ----------
        short
            Most that may be missing to each promise; none by default.
        cost
            Instead of what the design costs.
        """
        m = self.matrix
        upper = m.upper.copy()
        upper[m.columns["short"]] = 0.0 if short is None else short
        row_upper = m.row_upper.copy()
        row_upper[m.rows["promise"]] = -self.need  # compiled as: what is given, negated, at most
        return {
            "cost": self.cost if cost is None else cost,
            "lower": np.zeros(len(upper)),
            "upper": upper,
            "row_lower": m.row_lower,
            "row_upper": row_upper,
            "start": m.a.indptr,
            "index": m.a.indices,
            "value": m.a.data,
            "whole": m.whole,
        }
