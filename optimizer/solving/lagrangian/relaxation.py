"""The relaxation of one goal by prices: what it is made of, and the bound that any prices give.

See the maths card, "Bounds by prices".
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from optimizer.common.kernels import loop_input, loop_state, run_loop
from optimizer.solving.lagrangian.price_loops import Asked, Book, Used, respond
from optimizer.solving.locked_model import LockedModel

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Prices:
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
        Of the held rows.
    """

    stock: Array
    site_day: Array
    lane_day: Array
    service: Array
    rows: Array

    def joined(self) -> Array:
        """All prices in one array."""
        return np.concatenate([getattr(self, f.name) for f in fields(self)])

    def like(self, joined: Array) -> Prices:
        """Prices of the same rows from one array."""
        sizes = [len(getattr(self, f.name)) for f in fields(self)]
        return Prices(*np.split(joined, np.cumsum(sizes)[:-1]))


@dataclass(frozen=True, eq=False)
class Answer:
    """What the orders answer to prices.

    Parameters
    ----------
    bound
        No answer that keeps what is held reaches less [goal].
    excess
        Use less supply of each row, in the order of :meth:`Prices.joined`.
    """

    bound: float
    excess: Array


class Relaxation:
    """One goal with every coupling row priced.

    Parameters
    ----------
    held
        The model and what is held.
    cost, constant
        Objective: coefficient of each column, and what is added.
    """

    def __init__(self, held: LockedModel, cost: Array, constant: float = 0.0) -> None:
        self.held, self.cost, self.constant = held, cost, constant
        problem, matrix = held.problem, held.matrix
        self.work = len(problem.options)
        pair = problem.epochs["pair"].to_numpy()
        self.first = np.searchsorted(pair, pair)
        self.last = np.searchsorted(pair, pair, side="right") - 1
        self.supply = self._so_far(problem.epochs["arriving"].to_numpy())
        self.site_limit = problem.site_days["most"].to_numpy()
        self.lane_limit = problem.lane_days["most"].to_numpy()
        self.at = matrix.columns
        self.owner, self.serve = services(held)
        self.needs = held.declared.arrays["need"]
        self.promised_to = held.declared.arrays["promised_to"]
        self.reserving, self.reserved = (
            held.declared.arrays[name] for name in ("segment_reserving", "reserved")
        )
        self.most = matrix.upper[self.at["achieved"]]
        self.least = held.lower_for("lp")[self.at["achieved"]]
        self.limits = np.array([row.limit + row.slack.lp for row in held.rows])
        self.other = np.ones(len(cost), dtype=bool)
        for name in ("x", "achieved", "short"):
            self.other[self.at[name]] = False
        self.answer = np.zeros(self.work)
        self.dear = np.zeros(self.work)

    def free(self) -> Prices:
        """Prices of nothing."""
        return Prices(
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

    def costs(self, prices: Prices) -> Array:
        """Cost of each column with the held rows at their prices."""
        cost = self.cost.copy()
        for price, row in zip(prices.rows, self.held.rows, strict=True):
            cost[row.columns] += price * row.coefficients
        return cost

    def by_unit(self, cost: Array) -> Array:
        """Cost of a unit shipped by each option, of a cost by column."""
        unit: Array = cost[self.at["x"]] / self.held.matrix.step[self.at["x"]]
        return unit

    def book(self, warmth: Array) -> Book:
        """Lines and options as the loop reads them; ``cost`` is filled in by :meth:`respond`."""
        options, lines, orders = (
            getattr(self.held.problem, n) for n in ("options", "lines", "orders")
        )
        promised = np.bincount(lines["order"], lines["frozen"], len(orders)) > 0
        first_option = np.searchsorted(options["line"], np.arange(len(lines) + 1))
        first_line = np.searchsorted(lines["order"], np.arange(len(orders) + 1))
        work, whole = self.work, np.int32
        return Book(
            cost=loop_state(work, np.zeros(work), np.float64),
            serve=loop_input(work, self.serve, np.float64),
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
            segment=loop_input(work, self.owner, np.int64),
            warmth=loop_input(work, warmth, np.float64),
            whole=loop_input(work, orders["ship_complete"] & ~promised, np.bool_),
        )

    def respond(self, book: Book, prices: Prices, cold: float, share: float) -> Answer:
        """Let every order answer the prices.

        Parameters
        ----------
        book
            From :meth:`book`.
        prices
            Not negative.
        cold
            Smoothing of the answer [1]; the bound has none.
        share
            Part of the answer that is added to :attr:`answer` [1].
        """
        work, cost = self.work, self.costs(prices)
        x = self.by_unit(cost)
        book = book._replace(cost=x if isinstance(book.cost, np.ndarray) else x.tolist())
        asked = Asked(
            *(
                loop_state(work, np.append(price, 0.0), np.float64)
                for price in (
                    self._from_here(prices.stock),
                    prices.site_day,
                    prices.lane_day,
                    prices.service,
                )
            )
        )
        used = Used(
            epoch=loop_state(work, np.zeros(len(asked.epoch)), np.float64),
            site_day=loop_state(work, np.zeros(len(asked.site_day)), np.float64),
            lane_day=loop_state(work, np.zeros(len(asked.lane_day)), np.float64),
            segment=loop_state(work, np.zeros(len(asked.segment)), np.float64),
            units=loop_state(work, np.zeros(work), np.float64),
            dear=loop_state(work, np.zeros(work), np.float64),
        )
        worth = run_loop(respond, book, asked, used, cold)
        units, self.dear = np.asarray(used.units), np.asarray(used.dear)
        if share:
            self.answer += share * units
        own = prices.service.copy()  # what a segment achieves counts again with its forecast
        np.subtract.at(own, self.reserving, prices.service[self.reserved])
        wanted, worth_of_service = self._services_wanted(cost, own)
        stock, site, lane, service = (np.asarray(part)[:-1] for part in used[:4])
        service[self.reserved] += wanted[self.reserving]
        others = self._others_wanted(cost)
        excess = [
            self._so_far(stock) - self.supply,
            site - self.site_limit,
            lane - self.lane_limit,
            wanted - service,
            self._held_use(units, wanted, others) - self.limits,
        ]
        paid = (
            prices.stock @ self.supply
            + prices.site_day @ self.site_limit
            + prices.lane_day @ self.lane_limit
            + prices.rows @ self.limits
        )
        bound = worth + worth_of_service + float(cost @ others) - paid + self.constant
        return Answer(float(bound), np.concatenate(excess))

    def _services_wanted(self, cost: Array, price: Array) -> tuple[Array, float]:
        """Service of each segment that is best at its price, and what it costs to miss the rest."""
        short = cost[self.at["short"]]
        best, wanted = np.full(len(self.most), np.inf), self.least.copy()
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
            best, wanted = np.where(better, value, best), np.where(better, mark, wanted)
        return wanted, float(best.sum())

    def _others_wanted(self, cost: Array) -> Array:
        """Values of all other columns as if no rule held them: what pays, as much as can be."""
        return np.where(self.other & (cost < 0), self.held.matrix.upper, 0.0)

    def _held_use(self, units: Array, service: Array, others: Array) -> Array:
        """Value of each held row."""
        vector = others.copy()
        if self.held.rows:
            vector[self.at["x"]] = units / self.held.matrix.step[self.at["x"]]
            missed = np.maximum(self.needs - service[self.promised_to], 0.0)
            vector[self.at["short"]] = missed
        rows = self.held.rows
        return np.array([row.coefficients @ vector[row.columns] for row in rows])

    def _so_far(self, by_epoch: Array) -> Array:
        """Add up within each pair, up to each epoch."""
        total = np.concatenate([[0.0], np.cumsum(by_epoch)])
        return total[1:] - total[self.first]

    def _from_here(self, by_epoch: Array) -> Array:
        """Add up within each pair, from each epoch on."""
        total = np.concatenate([[0.0], np.cumsum(by_epoch)])
        return total[self.last + 1] - total[:-1]


def services(held: LockedModel) -> tuple[Array, Array]:
    """Row of ``SEGMENTS`` that each line serves (behind the last: none), and by which unit.

    A full line counts at most its shipped share, a full order at most the mean share of its lines.
    """
    d, problem = held.declared, held.problem
    line = problem.options["line"].to_numpy()
    serve = np.zeros(len(line))
    owner = np.full(len(problem.lines), d.count("SEGMENTS"))
    amounts = d.listings["options_of_amount"]
    size = np.diff(amounts.start)
    serve[amounts.members] = d.arrays["weight"][amounts.members]
    owner[line[amounts.members]] = np.repeat(d.arrays["segment_of_amount"], size)
    full = d.listings["options_of_full_line"]
    size = np.diff(full.start)
    gives = problem.options["gives"].to_numpy()
    serve[full.members] = np.repeat(1.0 / d.arrays["line_size"], size) * gives[full.members]
    lines = d.listings["lines_of_segment"]
    by_line = np.empty(d.count("FULL_LINES"), dtype=int)
    by_line[lines.members] = np.repeat(d.arrays["segment_of_by_line"], np.diff(lines.start))
    owner[line[full.members]] = np.repeat(by_line, size)
    part = d.listings["options_of_part"]
    size = np.diff(part.start)
    order = d.arrays["order_of_part"]
    parts = np.bincount(order, minlength=d.count("FULL_ORDERS"))[order]
    share = np.repeat(1.0 / (parts * d.arrays["part_quantity"]), size)
    serve[part.members] = share * gives[part.members]
    orders = d.listings["orders_of_segment"]
    by_order = np.empty(d.count("FULL_ORDERS"), dtype=int)
    by_order[orders.members] = np.repeat(d.arrays["segment_of_by_order"], np.diff(orders.start))
    owner[line[part.members]] = np.repeat(by_order[order], size)
    ahead = d.listings["options_ahead"]
    serve[ahead.members] = d.arrays["weight"][ahead.members]
    owner[line[ahead.members]] = np.repeat(d.arrays["reserved"], np.diff(ahead.start))
    return owner, serve
