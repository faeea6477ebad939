"""The floor: the allocation model written straight into numpy arrays, for this one model alone.

No model that can be read and changed is built faster. It is written from the maths card and shares
nothing with the compiler, so that a test that finds both equal says something about both.
"""

from __future__ import annotations

import highspy
import numpy as np

from models.problem import Problem
from models.tolerances import COEFFICIENT, UNIT

Array = np.ndarray


def arrays(problem: Problem) -> dict[str, Array]:
    """Write the LP relaxation with value less cost as its objective.

    Parameters
    ----------
    problem
        Integer-coded.

    Returns
    -------
    dict
        ``cost``, ``lower``, ``upper`` by column, ``row_lower``, ``row_upper`` by row, and the
        coefficients by column: ``start``, ``index``, ``value``. Rows and columns are in the order
        of the maths card.
    """
    writer = _Writer(problem)
    writer.supply()
    writer.capacity()
    writer.order_rules()
    writer.full()
    writer.service()
    return writer.arrays()


def hand_over(problem: Problem) -> highspy.Highs:
    """Write the model and pass it to HiGHS."""
    m = arrays(problem)
    h = highspy.Highs()
    h.setOptionValue("output_flag", False)
    columns, rows, entries = len(m["cost"]), len(m["row_upper"]), len(m["index"])
    status = h.passModel(
        columns,
        rows,
        entries,
        int(highspy.MatrixFormat.kColwise),
        int(highspy.ObjSense.kMinimize),
        0.0,
        m["cost"],
        m["lower"],
        m["upper"],
        m["row_lower"],
        m["row_upper"],
        m["start"][:-1],
        m["index"],
        m["value"],
        np.zeros(columns, dtype=np.int32),
    )
    arrived = (h.getNumCol(), h.getNumRow(), h.getNumNz())
    if status == highspy.HighsStatus.kError or arrived != (columns, rows, entries):
        msg = f"HiGHS took {arrived} columns, rows, nonzeros of {(columns, rows, entries)}"
        raise RuntimeError(msg)
    return h


def _place(chosen: Array, count: int) -> Array:
    """Where each of ``count`` things stands among the chosen; -1 = not chosen."""
    place = np.full(count, -1, dtype=np.int32)
    place[chosen] = np.arange(len(chosen), dtype=np.int32)
    return place


class _Writer:
    """Rows and coefficients written so far; each method writes some rules of the maths card."""

    def __init__(self, p: Problem) -> None:
        self.p = p
        self.line = p.options["line"].to_numpy()
        self.quantity = p.lines["quantity"].to_numpy()
        self.order = p.lines["order"].to_numpy()
        self.rows = 0
        self.limits: list[tuple[Array, Array]] = []
        self.of_x: list[tuple[Array | None, Array, float | Array]] = []
        self.others: list[tuple[Array, Array, Array]] = []
        self._choose_orders()
        self._choose_promises()
        self._lay_columns()

    def _choose_orders(self) -> None:
        """Lines and orders that ship in full, or above a share, or not at all."""
        lines = self.p.lines
        has = np.zeros(len(lines), dtype=bool)
        has[self.line] = True
        bundled = self.p.orders["ship_complete"].to_numpy()[self.order]
        self.served = np.flatnonzero(has)
        self.lots = np.flatnonzero(has & ~bundled & (lines["least"].to_numpy() > 0))
        self.whole_orders = np.unique(self.order[bundled & has])
        self.bundle_of = _place(self.whole_orders, len(self.p.orders))[self.order]
        self.bundled = np.flatnonzero(self.bundle_of >= 0)

    def _choose_promises(self) -> None:
        """Segments with a promise; lines and orders of theirs that can be full."""
        s = self.p.segments
        floor = self.p.floors.set_index("segment")["need"].reindex(s.index)
        given = np.column_stack([floor, s["target_need"]])
        self.promised = np.flatnonzero(~np.isnan(given).all(axis=1))
        self.promise_of, kind = np.nonzero(~np.isnan(given))
        self.need = given[self.promise_of, kind]
        self.base = s["base"].to_numpy(dtype=object)
        segment = self.p.lines["segment"].to_numpy()
        late_too = ~s["on_time"].to_numpy()
        self.counts = self.p.options["on_time"].to_numpy() | late_too[segment][self.line]
        full = self._can_be_full()
        possible = np.ones(len(self.p.orders), dtype=bool)
        possible[self.order[~full]] = False
        of_order = self.p.orders["segment"].to_numpy()
        by_line, by_order = (np.isin(np.arange(len(s)), self._by(base)) for base in _COUNTED)
        self.full_lines = np.flatnonzero(full & by_line[segment])
        self.full_orders = np.flatnonzero(possible & by_order[of_order])
        self.part_of = _place(self.full_orders, len(self.p.orders))[self.order]
        self.parts = np.flatnonzero(self.part_of >= 0)

    def _by(self, *bases: str) -> Array:
        """Promised segments whose service is counted so."""
        return self.promised[np.isin(self.base[self.promised], bases)]

    def _can_be_full(self) -> Array:
        """Lines that the options that count can fill: bool array (lines,)."""
        if not len(self.line):
            return np.zeros(len(self.quantity), dtype=bool)
        site = self.p.options["site"].to_numpy()
        ready = np.where(
            self.counts & (self.p.options["upper"].to_numpy() > 0),
            self._supplied()[self.p.options["epoch"].to_numpy()],
            0.0,
        )
        new = (self.line[1:] != self.line[:-1]) | (site[1:] != site[:-1])
        first = np.flatnonzero(np.append(True, new))
        best = np.maximum.reduceat(ready, first)
        total = np.bincount(self.line[first], best, minlength=len(self.quantity))
        return np.minimum(total, self.quantity) >= self.quantity - UNIT

    def _supplied(self) -> Array:
        """Supply of the item at the site until each epoch."""
        return self.p.epochs.groupby("pair")["arriving"].cumsum().to_numpy()

    def _lay_columns(self) -> None:
        every = np.ones
        segments = self.p.segments["total"].to_numpy()[self.promised]
        parts = {
            "x": self.p.options["upper"].to_numpy(),
            "carried": self._supplied(),
            "taken_line": every(len(self.lots)),
            "taken_order": every(len(self.whole_orders)),
            "achieved": segments,
            "is_full_line": every(len(self.full_lines)),
            "is_full_order": every(len(self.full_orders)),
            "short": self.need,
        }
        starts = np.cumsum([0, *(len(upper) for upper in parts.values())])
        self.column = dict(zip(parts, starts[:-1].tolist(), strict=True))
        self.upper = np.concatenate(list(parts.values()))

    def _new_rows(self, upper: Array, *, equal: bool = False) -> int:
        """Add rows; returns the first one's number."""
        first = self.rows
        self.limits.append((upper if equal else np.full(len(upper), -np.inf), upper))
        self.rows += len(upper)
        return first

    def _put(self, variable: str, rows: Array, members: Array, values: float | Array) -> None:
        """Add coefficients of a variable other than x."""
        values = np.broadcast_to(np.asarray(values, dtype=float), len(rows))
        self.others.append((rows, self.column[variable] + members, values))

    def _put_x(self, row_of_line: Array, first: int, value: float, *, counted: bool) -> None:
        """Add the options of some lines, each in its line's row; -1 = in none."""
        row = row_of_line[self.line]
        self._put_some(row, (row >= 0) & self.counts if counted else row >= 0, first, value)

    def _put_some(self, row: Array, chosen: Array, first: int, value: float | Array) -> None:
        """Add the chosen options, each in its row; no option is in a row with nothing."""
        if isinstance(value, np.ndarray):
            chosen = chosen & (np.abs(value) > COEFFICIENT)
            value = value[chosen]
        self.of_x.append((chosen, row[chosen] + first, value))

    def supply(self) -> None:
        """(A1), (A2)."""
        first = self._new_rows(self.quantity[self.served])
        row = _place(self.served, len(self.quantity))
        self.of_x.append((None, row[self.line] + first, 1.0))
        first = self._new_rows(self.p.epochs["arriving"].to_numpy())
        self.of_x.append((None, self.p.options["epoch"].to_numpy() + first, 1.0))
        every = np.arange(len(self.p.epochs))
        later = np.flatnonzero(self.p.epochs["previous"].to_numpy() >= 0)
        self._put("carried", every + first, every, 1.0)
        self._put("carried", later + first, later - 1, -1.0)

    def capacity(self) -> None:
        """(A3), (A4)."""
        first = self._new_rows(self.p.site_days["most"].to_numpy())
        row = self.p.options["site_day"].to_numpy()
        self._put_some(row, row >= 0, first, self.p.options["effort"].to_numpy())
        first = self._new_rows(self.p.lane_days["most"].to_numpy())
        for name in ("lane_total", "lane_day"):
            row = self.p.options[name].to_numpy()
            self._put_some(row, row >= 0, first, 1.0)

    def order_rules(self) -> None:
        """(A5), (A6), (A7)."""
        every = np.arange(len(self.lots))
        least = self.p.lines["least"].to_numpy()[self.lots]
        row = _place(self.lots, len(self.quantity))
        for sign, amount in ((1.0, self.quantity[self.lots]), (-1.0, least)):
            first = self._new_rows(np.zeros(len(self.lots)))
            self._put_x(row, first, sign, counted=False)
            self._put("taken_line", every + first, every, -sign * amount)
        first = self._new_rows(np.zeros(len(self.bundled)), equal=True)
        self._put_x(_place(self.bundled, len(self.quantity)), first, 1.0, counted=False)
        rows = np.arange(len(self.bundled)) + first
        quantity = self.quantity[self.bundled]
        self._put("taken_order", rows, self.bundle_of[self.bundled], -quantity)

    def full(self) -> None:
        """(A8), (A9)."""
        order_of = self.part_of[self.parts]
        every = np.arange(len(self.full_lines))
        for name, lines, owner in (
            ("is_full_line", self.full_lines, every),
            ("is_full_order", self.parts, order_of),
        ):
            first = self._new_rows(np.zeros(len(lines)))
            self._put_x(_place(lines, len(self.quantity)), first, -1.0, counted=True)
            rows = np.arange(len(lines)) + first
            self._put(name, rows, owner, self.quantity[lines])

    def service(self) -> None:
        """(A10) to (A13)."""
        amounts = self._by("unit", "value")
        first = self._achieved(amounts)
        segment = self.p.lines["segment"].to_numpy()
        row = _place(amounts, len(self.base))[segment]
        price = self.p.lines["unit_value"].to_numpy()
        weight = np.where((self.base == "value")[segment], price, 1.0)
        row = row[self.line]
        self._put_some(row, (row >= 0) & self.counts, first, -weight[self.line])
        full = {"line": self.full_lines, "order": self.full_orders}
        owner = {"line": segment, "order": self.p.orders["segment"].to_numpy()}
        for base in _COUNTED:
            first = self._achieved(self._by(base))
            rows = _place(self._by(base), len(self.base))[owner[base][full[base]]] + first
            self._put(f"is_full_{base}", rows, np.arange(len(full[base])), -1.0)
        first = self._new_rows(-self.need)
        rows = np.arange(len(self.need)) + first
        self._put("achieved", rows, np.searchsorted(self.promised, self.promise_of), -1.0)
        self._put("short", rows, np.arange(len(self.need)), -1.0)

    def _achieved(self, segments: Array) -> int:
        """Begin the rows that say what segments achieved; returns the first one's number."""
        first = self._new_rows(np.zeros(len(segments)), equal=True)
        rows = np.arange(len(segments)) + first
        self._put("achieved", rows, np.searchsorted(self.promised, segments), 1.0)
        return first

    def arrays(self) -> dict[str, Array]:
        """Put all coefficients in their places, column by column."""
        options, columns = len(self.line), len(self.upper)
        row, column, value = (np.concatenate(part) for part in zip(*self.others, strict=True))
        sizes = np.bincount(column, minlength=columns)
        for chosen, _, _ in self.of_x:
            sizes[:options] += 1 if chosen is None else chosen
        start = np.zeros(columns + 1, dtype=np.int32)
        np.cumsum(sizes, out=start[1:])
        index, values = np.empty(start[-1], dtype=np.int32), np.ones(start[-1])
        free = start[:options].copy()
        for chosen, rows, coefficient in self.of_x:
            place = free if chosen is None else free[chosen]
            index[place] = rows
            if np.ndim(coefficient) or coefficient != 1.0:
                values[place] = coefficient
            free += 1 if chosen is None else chosen
        by_column = np.argsort(column, kind="stable")
        index[start[options] :], values[start[options] :] = row[by_column], value[by_column]
        cost = np.zeros(columns)
        cost[:options] = self.p.options["unit_cost"] - self.p.options["unit_worth"]
        return {
            "cost": cost,
            "lower": np.zeros(columns),
            "upper": self.upper,
            "row_lower": np.concatenate([low for low, _ in self.limits]),
            "row_upper": np.concatenate([high for _, high in self.limits]),
            "start": start,
            "index": index,
            "value": values,
        }


_COUNTED = ("line", "order")
"""Bases of service that count full things."""
