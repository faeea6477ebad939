"""The relaxation of one goal by prices: what it is made of, and the bound that any prices give.

See the maths card, "Bounds by prices".
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from optimizer.common.kernels import loop_input, loop_state, run_loop
from optimizer.solving.lagrangian.order_subproblems import (
    RowPrices,
    RowUse,
    Subproblems,
    solve_subproblems,
)
from optimizer.solving.lagrangian.service_weights import service_weights
from optimizer.solving.locked_model import LockedModel

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Multipliers:
    """What a unit of each coupling row is worth in the goal's own unit; none is negative.

    Parameters
    ----------
    stock
        Of supply that arrived up to an epoch, shape (epochs,): an option pays those of its own and
        of all later epochs.
    site_day, lane_day
        Of capacity.
    service
        Of service, by row of ``SEGMENTS``.
    rows
        Of the rows of locked goals.
    """

    stock: Array
    site_day: Array
    lane_day: Array
    service: Array
    rows: Array

    def joined(self) -> Array:
        """All prices in one array."""
        return np.concatenate([getattr(self, f.name) for f in fields(self)])

    def like(self, joined: Array) -> Multipliers:
        """Multipliers of the same rows from one array."""
        sizes = [len(getattr(self, f.name)) for f in fields(self)]
        return Multipliers(*np.split(joined, np.cumsum(sizes)[:-1]))


@dataclass(frozen=True, eq=False)
class DualPoint:
    """The Lagrangian at some prices: what orders ship, and what that uses.

    Parameters
    ----------
    bound
        No answer that keeps the locked goals reaches less [goal].
    excess
        Use less supply of each row, in the order of :meth:`Multipliers.joined`: a supergradient of
        the bound.
    units
        Shipped by option [unit], smoothed, shape (options,).
    reduced
        Reduced cost of each option, shape (options,).
    """

    bound: float
    excess: Array
    units: Array
    reduced: Array


class Relaxation:
    """One goal with every coupling row priced.

    Parameters
    ----------
    model
        With the goals locked so far.
    cost, constant
        Objective: coefficient of each column, and what is added.
    """

    def __init__(self, model: LockedModel, cost: Array, constant: float = 0.0) -> None:
        self.model, self.cost, self.constant = model, cost, constant
        problem, matrix = model.problem, model.matrix
        self.work = len(problem.options)
        pair = problem.epochs["pair"].to_numpy()
        self.first = np.searchsorted(pair, pair)
        self.last = np.searchsorted(pair, pair, side="right") - 1
        self.supply = self._so_far(problem.epochs["arriving"].to_numpy())
        self.site_limit = problem.site_days["most"].to_numpy()
        self.lane_limit = problem.lane_days["most"].to_numpy()
        self.at = matrix.columns
        self.segment, self.service = service_weights(model)
        self.needs = model.declared.arrays["need"]
        self.promised_to = model.declared.arrays["promised_to"]
        self.reserving, self.reserved = (
            model.declared.arrays[name] for name in ("segment_reserving", "reserved")
        )
        self.most = matrix.upper[self.at["achieved"]]
        self.least = model.lower_for("lp")[self.at["achieved"]]
        self.limits = np.array([row.limit + row.slack.lp for row in model.rows])
        self.other = np.ones(len(cost), dtype=bool)
        for name in ("x", "achieved", "short"):
            self.other[self.at[name]] = False

    def free(self) -> Multipliers:
        """Multipliers of nothing."""
        return Multipliers(
            *(
                np.zeros(len(rows))
                for rows in (
                    self.supply,
                    self.site_limit,
                    self.lane_limit,
                    self.most,
                    self.limits,
                )
            )
        )

    def costs(self, prices: Multipliers) -> Array:
        """Cost of each column with the locked rows at their prices."""
        cost = self.cost.copy()
        for price, row in zip(prices.rows, self.model.rows, strict=True):
            cost[row.columns] += price * row.coefficients
        return cost

    def by_unit(self, cost: Array) -> Array:
        """Cost of a unit shipped by each option, of a cost by column."""
        unit: Array = cost[self.at["x"]] / self.model.matrix.step[self.at["x"]]
        return unit

    def subproblems(self, scale: Array) -> Subproblems:
        """Lines and options as the loop reads them; ``cost`` is filled in by :meth:`at_prices`.

        Parameters
        ----------
        scale
            What makes a difference to each line [goal/unit], shape (lines,).
        """
        options, lines, orders = (
            getattr(self.model.problem, n) for n in ("options", "lines", "orders")
        )
        promised = np.bincount(lines["order"], lines["frozen"], len(orders)) > 0
        first_option = np.searchsorted(options["line"], np.arange(len(lines) + 1))
        first_line = np.searchsorted(lines["order"], np.arange(len(orders) + 1))
        work, whole = self.work, np.int32
        return Subproblems(
            cost=loop_state(work, np.zeros(work), np.float64),
            service=loop_input(work, self.service, np.float64),
            per=loop_input(work, 1.0 / options["gives"], np.float64),
            effort=loop_input(work, options["effort"], np.float64),
            epoch=loop_input(work, options["epoch"], whole),
            site_day=loop_input(work, options["site_day"], whole),
            lane_day=loop_input(work, options["lane_day"], whole),
            lane_total=loop_input(work, options["lane_total"], whole),
            usable=loop_input(work, options["upper"] > 0, np.bool_),
            first_option=loop_input(work, first_option, np.int64),
            first_line=loop_input(work, first_line, np.int64),
            quantity=loop_input(work, lines["most"], np.float64),
            segment=loop_input(work, self.segment, np.int64),
            scale=loop_input(work, scale, np.float64),
            whole=loop_input(work, orders["ship_complete"] & ~promised, np.bool_),
        )

    def at_prices(self, orders: Subproblems, prices: Multipliers, temperature: float) -> DualPoint:
        """Let every order ship what is best at the prices.

        Parameters
        ----------
        orders
            From :meth:`subproblems`.
        prices
            Not negative.
        temperature
            Smoothing of what is shipped [1]; the bound has none.
        """
        cost = self.costs(prices)
        worth, use = self._solve_subproblems(orders, prices, cost, temperature)
        units = np.asarray(use.units)
        own = prices.service.copy()  # what a segment achieves counts again with its forecast
        np.subtract.at(own, self.reserving, prices.service[self.reserved])
        achieved, worth_of_service = self._best_service(cost, own)
        others = self._best_others(cost)
        locked = self._use_of_locked_rows(units, achieved, others) - self.limits
        paid = (
            prices.stock @ self.supply
            + prices.site_day @ self.site_limit
            + prices.lane_day @ self.lane_limit
            + prices.rows @ self.limits
        )
        bound = worth + worth_of_service + float(cost @ others) - paid + self.constant
        excess = np.concatenate([*self._excess(use, achieved), locked])
        return DualPoint(float(bound), excess, units, np.asarray(use.reduced))

    def _solve_subproblems(
        self, orders: Subproblems, prices: Multipliers, cost: Array, temperature: float
    ) -> tuple[float, RowUse]:
        """Run the loop over the orders: what their best shipments are worth, and what they use."""
        work, by_unit = self.work, self.by_unit(cost)
        compiled = isinstance(orders.cost, np.ndarray)
        orders = orders._replace(cost=by_unit if compiled else by_unit.tolist())
        rows = (
            self._from_here(prices.stock),
            prices.site_day,
            prices.lane_day,
            prices.service,
        )
        given = RowPrices(*(loop_state(work, np.append(price, 0.0), np.float64) for price in rows))
        sizes = (*(len(price) for price in given), work, work)
        use = RowUse(*(loop_state(work, np.zeros(size), np.float64) for size in sizes))
        return run_loop(solve_subproblems, orders, given, use, temperature), use

    def _excess(self, use: RowUse, achieved: Array) -> list[Array]:
        """Use less supply of each row but the locked ones."""
        stock, site, lane, service = (np.asarray(part)[:-1] for part in use[:4])
        service[self.reserved] += achieved[self.reserving]
        return [
            self._so_far(stock) - self.supply,
            site - self.site_limit,
            lane - self.lane_limit,
            achieved - service,
        ]

    def _best_service(self, cost: Array, price: Array) -> tuple[Array, float]:
        """Service of each segment that is best at its price, and what it costs to miss the rest."""
        short = cost[self.at["short"]]
        best, level = np.full(len(self.most), np.inf), self.least.copy()
        marks = [self.least, self.most]
        for p, need in enumerate(self.needs):
            mark = self.least.copy()
            s = self.promised_to[p]
            mark[s] = np.clip(need, self.least[s], self.most[s])
            marks.append(mark)
        for mark in marks:
            missed = np.maximum(self.needs - mark[self.promised_to], 0.0) * short
            value = price * mark + np.bincount(self.promised_to, missed, len(self.most))
            better = value < best
            best, level = np.where(better, value, best), np.where(better, mark, level)
        return level, float(best.sum())

    def _best_others(self, cost: Array) -> Array:
        """Values of all other columns as if no rule bound them: what pays, as much as can be."""
        return np.where(self.other & (cost < 0), self.model.matrix.upper, 0.0)

    def _use_of_locked_rows(self, units: Array, service: Array, others: Array) -> Array:
        """Value of each locked row."""
        vector = others.copy()
        if self.model.rows:
            vector[self.at["x"]] = units / self.model.matrix.step[self.at["x"]]
            missed = np.maximum(self.needs - service[self.promised_to], 0.0)
            vector[self.at["short"]] = missed
        rows = self.model.rows
        return np.array([row.coefficients @ vector[row.columns] for row in rows])

    def _so_far(self, by_epoch: Array) -> Array:
        """Add up within each pair, up to each epoch."""
        total = np.concatenate([[0.0], np.cumsum(by_epoch)])
        return total[1:] - total[self.first]

    def _from_here(self, by_epoch: Array) -> Array:
        """Add up within each pair, from each epoch on."""
        total = np.concatenate([[0.0], np.cumsum(by_epoch)])
        return total[self.last + 1] - total[:-1]
