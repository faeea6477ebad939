"""What fits for some orders beside everybody else: a small MIP over the product's own rules."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import scipy.sparse as sp
from numpy.typing import NDArray

from models.allocation import RULES, ShippingRule, declare, on_its_day
from models.problem import Problem
from models.scenario import Scenario
from models.tolerances import DECIMALS, UNIT, UNIT_DECIMALS
from optimizer.compiling import Matrix, compile_matrix
from optimizer.explaining.certain_supply import CertainPart, with_certain_part
from optimizer.preparing import prepare
from optimizer.solving.highs import MipLimits, NoAnswerError, SolverProcess
from optimizer.solving.neighbourhoods import decisions, with_decisions

NO_COLUMNS = pd.DataFrame({"row": [], "upper": [], "step": []})
"""No limit is raised."""
NODES, UNHURRIED = 2_000, 1e8
"""Work of one search: nodes of its tree at most; a time that none takes [s]. What ends by the clock
is another answer on another machine."""

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Demand:
    """Units that some options must deliver together, at least."""

    options: Flags
    units: float


@dataclass(frozen=True, eq=False)
class Fit:
    """An answer: units shipped by option, and how much of each further column is used."""

    x: Floats
    further: Floats


@dataclass(frozen=True, eq=False)
class ResidualModel:
    """The rules, with all columns fixed that the orders have no say in.

    Parameters
    ----------
    problem, matrix
        Of a scenario in which all others are kept (:mod:`optimizer.explaining.freezing`).
    free
        Columns that may change, bool array (columns,).
    fixed
        Values of the others, shape (columns,).
    certain
        What others keep of certain supply.
    """

    problem: Problem
    matrix: Matrix
    free: Flags
    fixed: Floats
    certain: CertainPart

    @classmethod
    def beside_others(
        cls, scenario: Scenario, orders: Collection[str], promised: pd.DataFrame
    ) -> ResidualModel:
        """Open the room that is left for some orders.

        Parameters
        ----------
        scenario
            All other orders are kept as they are.
        orders
            Names of those that are free.
        promised
            What was frozen of others before the plan, and may be of any certainty; see
            :func:`optimizer.explaining.certain_supply.with_certain_part`.
        """
        problem = prepare(scenario)
        declared = declare(problem, fine=True)
        rules = tuple(rule for rule in RULES if isinstance(rule, ShippingRule))
        matrix = compile_matrix(declared, rules, {})
        mine = lines_of(problem, orders)
        free, fixed = free_columns(problem, matrix, mine)
        matrix, certain = with_certain_part(problem, matrix, promised, mine)
        return cls(problem, matrix, free, fixed, certain)

    def committing(self, units: Floats) -> ResidualModel:
        """Commit to others no more than some units.

        Parameters
        ----------
        units
            Of each row of ``problem.frozen`` [unit], shape (frozen,).
        """
        commitment, x = self.problem.options["frozen"].to_numpy(), self.matrix.columns["x"]
        mine = np.where(commitment >= 0, np.append(units, 0.0)[commitment], np.inf)
        free, fixed = self.free.copy(), self.fixed.copy()
        free[x] &= mine > 0
        fixed[x] = np.minimum(fixed[x], mine / self.matrix.step[x])
        row_lower, row_upper = self.matrix.row_lower.copy(), self.matrix.row_upper.copy()
        kept = self.matrix.rows["frozen_kept"]
        row_lower[kept] = row_upper[kept] = units
        total = self.problem.frozen["quantity"].to_numpy()
        row_lower[self.certain.rows] = self.certain.when_kept(total, units) - UNIT / 2
        matrix = replace(self.matrix, row_lower=row_lower, row_upper=row_upper)
        return replace(self, matrix=matrix, free=free, fixed=fixed)

    def solve(
        self,
        process: SolverProcess,
        demands: Sequence[Demand],
        further: pd.DataFrame,
        shipping: Floats | None = None,
        most: float = np.inf,
    ) -> Fit | None:
        """Meet all demands with as little as possible of further columns.

        Parameters
        ----------
        process
            Solves it.
        demands
            What must be delivered.
        further
            What limits may be raised: columns ``row`` (of the matrix), ``upper`` and ``step`` [unit
            of the limit]; a step of 0 = by any amount.
        shipping
            Of a unit shipped by each option [currency/unit]; nothing by default.
        most
            Of all further columns together.

        Returns
        -------
        Fit or None
            None where it is impossible.

        Raises
        ------
        NoAnswerError
            When the solver says nothing.
        """
        if not all(self._delivered(each.options).any() for each in demands):
            return None
        count, x = int(self.free.sum()), self.matrix.columns["x"]
        at = np.zeros(len(self.free))
        if shipping is not None:
            at[x] = shipping
        step = self.matrix.step
        model = self._model(demands, further, most)
        model["cost"] = np.append(at[self.free] * step[self.free], _units(further))
        answer = solve_feasible(process, model)
        if answer is None:
            return None
        values = self.fixed.copy()
        values[self.free] = answer[:count]
        raised = answer[count:] * _units(further)
        return Fit(np.round(values[x] * step[x], DECIMALS), np.round(raised, UNIT_DECIMALS))

    def _model(
        self, demands: Sequence[Demand], further: pd.DataFrame, most: float
    ) -> dict[str, NDArray[np.generic]]:
        matrix, free = self.matrix, self.free
        mine = matrix.a[:, np.flatnonzero(free)]
        touched = np.diff(mine.tocsr().indptr) > 0
        moved = matrix.a @ np.where(free, 0.0, self.fixed)
        rows = np.flatnonzero(touched)
        place = np.full(matrix.a.shape[0], -1)
        place[rows] = np.arange(len(rows))
        used = place[further["row"].to_numpy(dtype="int64")]
        count, extra = int(free.sum()), len(further)
        there = np.flatnonzero(used >= 0)
        raises = sp.csc_array(
            (-_units(further)[there], (used[there], there)), shape=(len(rows), extra)
        )
        body = sp.hstack([mine[rows], raises])
        delivered = [self._delivered(each.options) for each in demands]
        total = sp.csr_array(np.concatenate([np.zeros(count), _units(further)])[None, :])
        a = sp.vstack([body, *_demand_rows(delivered, extra), total], format="csc")
        nothing = np.full(1, -np.inf)
        return {
            "lower": np.zeros(count + extra),
            "upper": np.append(
                matrix.upper[free], further["upper"].to_numpy(dtype=float) / _units(further)
            ),
            "row_lower": np.concatenate(
                [
                    (matrix.row_lower - moved)[rows],
                    [each.units - UNIT / 2 for each in demands],
                    nothing,
                ]
            ),
            "row_upper": np.concatenate(
                [(matrix.row_upper - moved)[rows], np.full(len(demands), np.inf), [most]]
            ),
            "start": a.indptr,
            "index": a.indices,
            "value": a.data,
            "whole": np.append(matrix.whole[free], further["step"].to_numpy(dtype=float) > 0),
        }

    def _delivered(self, options: Flags) -> Floats:
        """Units delivered by a step of each free column, of some options."""
        x = self.matrix.columns["x"]
        given = np.zeros(len(self.free))
        given[x] = options * self.problem.options["gives"].to_numpy() * self.matrix.step[x]
        return given[self.free]


def _units(further: pd.DataFrame) -> Floats:
    """Say what 1 means in each further column: a step, or 1 where it has none."""
    step: Floats = further["step"].to_numpy(dtype=float)
    return np.where(step > 0, step, 1.0)


def solve_feasible(process: SolverProcess, model: dict[str, NDArray[np.generic]]) -> Floats | None:
    """Solve a MIP that may be impossible; what is said to be so is tried once more another way.

    Parameters
    ----------
    process
        Solves it.
    model
        Arrays as :meth:`optimizer.solving.locked_model.LockedModel.mip_arrays` gives them.

    Returns
    -------
    numpy.ndarray or None
        Value of each column; None where it is impossible.

    Raises
    ------
    NoAnswerError
        When the solver proves nothing within :data:`NODES`.
    """
    limits = MipLimits(UNHURRIED, 0.0, nodes=NODES)
    for again in (False, True):
        answer = process.solve_mip(model, limits, again=again)
        if answer["values"] is not None and not answer["cut"]:
            values: Floats = answer["values"]
            return values
        if not answer["infeasible"]:
            msg = f"no answer within {NODES:,} nodes"
            raise NoAnswerError(msg)
    return None


def lines_of(problem: Problem, orders: Collection[str]) -> Flags:
    """Lines of some orders: bool array (lines,)."""
    mine: Flags = problem.orders["order"].isin(list(orders)).to_numpy()[problem.lines["order"]]
    return mine


def line_row(problem: Problem, order: str, line: str) -> int:
    """Row of a line in a problem."""
    lines = problem.lines
    mine = (problem.orders["order"].to_numpy()[lines["order"]] == order) & (lines["line"] == line)
    return int(np.flatnonzero(mine)[0])


def _demand_rows(rows: Sequence[Floats], extra: int) -> list[sp.csr_array]:
    """Rows over the free columns and none of the further ones."""
    return [sp.csr_array(np.append(row, np.zeros(extra))[None, :]) for row in rows]


def free_columns(problem: Problem, matrix: Matrix, mine: Flags) -> tuple[Flags, Floats]:
    """Find the columns in which some lines have a say, and what the others are fixed at.

    Others keep what they have, but of the same items from whatever certainty of supply suits all;
    their parcels are sent.
    """
    options, epochs, pairs = problem.options, problem.epochs, problem.pairs
    line, commitment = options["line"].to_numpy(), options["frozen"].to_numpy()
    items = np.zeros(len(problem.items), dtype=bool)
    items[options["item"].to_numpy()[mine[line]]] = True
    if len(problem.move_days):
        items[:] = True  # what is moved of other items counts, too
    item = pairs["item"].to_numpy()[epochs["pair"]]
    free = np.zeros(len(matrix.upper), dtype=bool)
    x = matrix.columns["x"]
    stays = on_its_day(problem)
    free[x] = mine[line] | (stays & items[options["item"]])
    free[matrix.columns["carried"]] = items[item]
    if len(problem.moves):
        free[matrix.columns["moved"]] = items[item[problem.moves["from_epoch"]]]
    own = np.zeros(len(problem.frozen), dtype=bool)
    own[commitment[(commitment >= 0) & mine[line]]] = True
    free[matrix.columns["missing"]] = own
    lost = matrix.columns["lost"]
    free[lost] = own[: lost.stop - lost.start]
    shipments = np.zeros(len(free), dtype=bool)
    shipments[x] = mine[line]
    free |= with_decisions(matrix, shipments) & decisions(matrix)
    fixed = np.zeros(len(free))
    kept = np.flatnonzero(stays)
    _, first = np.unique(commitment[kept], return_index=True)
    at = kept[first]
    fixed[x.start + at] = problem.frozen["quantity"].to_numpy()[commitment[at]] / matrix.step[x][at]
    parcel = options["parcel"].to_numpy()[at]
    fixed[matrix.columns["used"].start + parcel[parcel >= 0]] = 1.0
    return free, np.where(free, 0.0, fixed)
