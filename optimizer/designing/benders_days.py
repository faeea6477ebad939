"""The days of a design problem, given what was decided before them: one LP, a cut for each day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from models.tolerances import COEFFICIENT, ROUNDING
from optimizer.common.clock import Clock
from optimizer.designing.compiled_network import CompiledNetwork, Floats
from optimizer.designing.solver_calls import load_lp, solve_loaded_lp
from optimizer.solving.highs import SolverProcess


@dataclass(frozen=True, eq=False)
class Cuts:
    """What days cost at least, or what they cannot give: ``value_n >= constants + slopes x``.

    Parameters
    ----------
    slopes
        By cut and first decision, shape (cuts, first decisions).
    constants
        Shape (cuts,).
    day
        Of each cut.
    of_cost
        True where ``value`` is the day's cost; else it is what is missing, which must be 0.
    """

    slopes: sp.csr_array
    constants: Floats
    day: np.ndarray
    of_cost: np.ndarray


@dataclass(frozen=True, eq=False)
class DayPrograms:
    """Every sampled day as a linear program over its flows.

    A row that ties one flow to first decisions alone is a bound of this flow, no row.

    Parameters
    ----------
    count
        How many days.
    columns
        Positions of the flows in the whole.
    touches
        Rows of the whole that hold a flow, shape (rows,).
    cost
        Of each flow [currency/period].
    upper
        Of each flow, whatever is decided [unit].
    flow, first
        Coefficients of flows and first decisions in the rows, sparse by column.
    lower, most
        Limits of the rows.
    bounding
        Upper bound of each bounded flow for each first decision, shape (flows, first decisions).
    bounded
        Whether a flow has one.
    service
        Rows that measure service.
    day_of_flow, day_of_row
        The sampled day.
    """

    count: int
    columns: np.ndarray
    touches: np.ndarray
    cost: Floats
    upper: Floats
    flow: sp.csc_array
    first: sp.csc_array
    lower: Floats
    most: Floats
    bounding: sp.csr_array
    bounded: np.ndarray
    service: np.ndarray
    day_of_flow: np.ndarray
    day_of_row: np.ndarray

    @classmethod
    def of(cls, compiled: CompiledNetwork) -> DayPrograms:
        """Take the days out of the whole."""
        m, network = compiled.matrix, compiled.network
        columns = np.flatnonzero(~compiled.first_stage)
        by_row = m.a.tocsr()
        mine = by_row[:, columns]
        flows_of_row = np.diff(mine.indptr)
        touches = flows_of_row > 0
        single = np.zeros(len(touches), dtype=bool)
        for name in ("from_open_sites", "on_lanes_that_run"):
            single[m.rows[name]] = flows_of_row[m.rows[name]] == 1
        alone = np.flatnonzero(single)
        _, first_of_flow = np.unique(mine[alone].indices, return_index=True)
        single[:] = False
        single[alone[first_of_flow]] = True  # a flow has one bound; its other rows stay rows
        first = by_row[:, np.flatnonzero(compiled.first_stage)]
        rows = np.flatnonzero(touches & ~single)
        flow_of, bounding = _bounds(mine, first, np.flatnonzero(single), len(columns))
        service = np.zeros(len(touches), dtype=bool)
        service[m.rows["served_by_day"]] = True
        day = network.demands["day"].to_numpy()[network.flows["demand"].to_numpy()]
        at = mine[rows]
        return cls(
            count=network.days,
            columns=columns,
            touches=touches,
            cost=compiled.cost[columns],
            upper=m.upper[columns],
            flow=at.tocsc(),
            first=first[rows].tocsc(),
            lower=m.row_lower[rows],
            most=m.row_upper[rows],
            bounding=bounding,
            bounded=flow_of,
            service=service[rows],
            day_of_flow=day,
            day_of_row=day[at.indices[at.indptr[:-1]]],
        )

    def costs(self, values: Floats) -> Floats:
        """Cost of each day in an answer to the whole, shape (days,)."""
        return np.bincount(self.day_of_flow, self.cost * values[self.columns], self.count)

    def load(self, process: SolverProcess, clock: Clock) -> None:
        """Hand the LP over: first decisions as fixed columns, flows, and what may be missing."""
        service = np.flatnonzero(self.service)
        missing = sp.csc_array(
            (-np.ones(len(service)), (service, np.arange(len(service)))),
            shape=(len(self.lower), len(service)),
        )
        a = sp.hstack([self.first, self.flow, missing], format="csc")
        fixed = np.zeros(self.first.shape[1])
        model = {
            "cost": self._cost(phase=2),
            "lower": np.zeros(a.shape[1]),
            "upper": np.concatenate([fixed, self.upper, np.zeros(len(service))]),
            "row_lower": self.lower,
            "row_upper": self.most,
            "start": a.indptr,
            "index": a.indices,
            "value": a.data,
        }
        load_lp(process, model, clock)

    def _cost(self, phase: int) -> Floats:
        flows = self.cost if phase == 2 else np.zeros(len(self.cost))
        missing = np.full(int(self.service.sum()), float(phase == 1))
        return np.concatenate([np.zeros(self.first.shape[1]), flows, missing])

    def solve(
        self, process: SolverProcess, first: Floats, clock: Clock
    ) -> tuple[Floats | None, Cuts]:
        """Solve all days at a first decision.

        Returns
        -------
        flows, cuts
            Flows of each day and a cut of its cost; or None where a day cannot give its service,
            and a cut for each of these days.

        Raises
        ------
        NoAnswerError
            When there was no answer in time.
        """
        upper = self.upper.copy()
        upper[self.bounded] = np.minimum(upper, self.bounding @ first)[self.bounded]
        upper = np.maximum(upper, 0.0)
        answer = self._ask(process, first, upper, 2, clock)
        count = self.first.shape[1]
        if answer["optimal"]:
            flows = answer["values"][count : count + len(upper)]
            return flows, self._cuts(answer["duals"], np.arange(self.count), of_cost=True)
        answer = self._ask(process, first, upper, 1, clock)
        missing = answer["values"][count + len(upper) :]
        of = self.day_of_row[self.service]
        by_day = np.bincount(of, missing, self.count)
        days = np.flatnonzero(by_day > ROUNDING)
        if not len(days):
            days = np.array([np.argmax(by_day)])
        return None, self._cuts(answer["duals"], days, of_cost=False)

    def _ask(
        self, process: SolverProcess, first: Floats, upper: Floats, phase: int, clock: Clock
    ) -> dict[str, Any]:
        most = np.full(int(self.service.sum()), np.inf if phase == 1 else 0.0)
        lower = np.concatenate([first, np.zeros(len(upper) + len(most))])
        return solve_loaded_lp(
            process, self._cost(phase), lower, np.concatenate([first, upper, most]), clock
        )

    def _cuts(self, duals: Floats, days: np.ndarray, *, of_cost: bool) -> Cuts:
        """Bound each day for any first decision, from prices of its rows.

        True for any prices whatever: a price of the wrong sign is set to none first, and flows are
        counted at the bound that costs least.
        """
        price = duals.copy()
        price[(price > 0) & np.isneginf(self.lower)] = 0.0
        price[(price < 0) & np.isposinf(self.most)] = 0.0
        if not of_cost:
            price[self.service] = np.maximum(price[self.service], -1.0)
        limit = np.where(price > 0, self.lower, self.most)
        constant = np.where(price == 0, 0.0, price * np.where(price == 0, 0.0, limit))
        reduced = (self.cost if of_cost else 0.0) - self.flow.T @ price
        gain = np.minimum(reduced, 0.0)
        fixed = np.where(self.bounded, 0.0, gain * self.upper)
        constants = np.bincount(self.day_of_row, constant, self.count)
        constants += np.bincount(self.day_of_flow, fixed, self.count)
        by_row = sp.csr_array(
            (-price, (self.day_of_row, np.arange(len(price)))), shape=(self.count, len(price))
        )
        tied = np.where(self.bounded, gain, 0.0)
        by_flow = sp.csr_array(
            (tied, (self.day_of_flow, np.arange(len(tied)))), shape=(self.count, len(tied))
        )
        slopes = (by_row @ self.first + by_flow @ self.bounding).tocsr()
        slopes.data[np.abs(slopes.data) <= COEFFICIENT] = 0.0
        slopes.eliminate_zeros()
        return Cuts(slopes[days], constants[days], days, np.full(len(days), of_cost))


def _bounds(
    flows: sp.csr_array, first: sp.csr_array, rows: np.ndarray, count: int
) -> tuple[np.ndarray, sp.csr_array]:
    """Turn rows ``a flow - b x <= 0``, one a flow, into ``flow <= (b / a) x``."""
    mine, other = flows[rows], first[rows]
    owner, scale = mine.indices, mine.data
    scaled = sp.csr_array(sp.diags_array(-1.0 / scale) @ other)
    place = sp.csr_array(
        (np.ones(len(rows)), (owner, np.arange(len(rows)))), shape=(count, len(rows))
    )
    has = np.zeros(count, dtype=bool)
    has[owner] = True
    return has, sp.csr_array(place @ scaled)
