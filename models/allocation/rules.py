"""The rules of allocation, one function each: ordinary Pyomo over integer-coded ranges.

Add a rule: its rows and listings in :mod:`models.allocation.sets`, its function and its line in
``RULES`` here, its row in the maths card, its judgement in :mod:`models.rules`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Rule:
    """A constraint and the range it holds for."""

    over: str
    body: Callable[[Any, int], Any]

    @property
    def name(self) -> str:
        """Name of the constraint."""
        return self.body.__name__


def line_quantity(m: Any, l: int) -> Any:
    """(A1) sum_j x_j <= q_l: no line gets more than was ordered."""
    return sum(m.x[j] for j in m.options_of_line[l]) <= m.ordered[l]


def stock_balance(m: Any, e: int) -> Any:
    """(A2) sum_j x_j + carried_e <= arriving_e + carried_e': nothing ships before it arrived."""
    drawn = sum(m.x[j] for j in m.options_of_epoch[e])
    return drawn + m.carried[e] <= m.arriving[e] + sum(m.carried[f] for f in m.before[e])


def site_capacity(m: Any, c: int) -> Any:
    """(A3) sum_j effort_j x_j <= C_c: a site picks no more in a day than it can."""
    return sum(m.effort[j] * m.x[j] for j in m.options_of_site_day[c]) <= m.site_limit[c]


def lane_capacity(m: Any, c: int) -> Any:
    """(A4) sum_j x_j <= C_c: a service carries no more in a day than it can."""
    return sum(m.x[j] for j in m.options_of_lane_day[c]) <= m.lane_limit[c]


def lot_at_most(m: Any, l: int) -> Any:
    """(A5) sum_j x_j <= q_l taken_l: nothing of a line that is not taken."""
    return sum(m.x[j] for j in m.options_of_lot[l]) <= m.lot[l] * m.taken_line[l]


def lot_at_least(m: Any, l: int) -> Any:
    """(A6) sum_j x_j >= least_l taken_l: the smallest delivery of a line that is taken."""
    return sum(m.x[j] for j in m.options_of_lot[l]) >= m.least[l] * m.taken_line[l]


def ship_complete(m: Any, l: int) -> Any:
    """(A7) sum_j x_j = q_l taken_o, for every line: all lines of the order in full, or nothing."""
    shipped = sum(m.x[j] for j in m.options_of_bundled[l])
    return shipped == m.bundled[l] * m.taken_order[m.order_of_bundled[l]]


def full_line(m: Any, l: int) -> Any:
    """(A8) sum_j x_j >= q_l full_l over the options that count: only a full line is full."""
    return sum(m.x[j] for j in m.options_of_full_line[l]) >= m.line_size[l] * m.is_full_line[l]


def full_order(m: Any, l: int) -> Any:
    """(A9) sum_j x_j >= q_l full_o, for every line: only an order with all lines full is full."""
    shipped = sum(m.x[j] for j in m.options_of_part[l])
    return shipped >= m.part_quantity[l] * m.is_full_order[m.order_of_part[l]]


def achieved_amount(m: Any, s: int) -> Any:
    """(A10) achieved_s = sum_j w_j x_j over the options that count, in units or money."""
    counted = sum(m.weight[j] * m.x[j] for j in m.options_of_amount[s])
    return m.achieved[m.segment_of_amount[s]] == counted


def achieved_lines(m: Any, s: int) -> Any:
    """(A11) achieved_s = sum_l full_l: service counted in lines."""
    return m.achieved[m.segment_of_by_line[s]] == sum(
        m.is_full_line[l] for l in m.lines_of_segment[s]
    )


def achieved_orders(m: Any, s: int) -> Any:
    """(A12) achieved_s = sum_o full_o: service counted in orders."""
    return m.achieved[m.segment_of_by_order[s]] == sum(
        m.is_full_order[o] for o in m.orders_of_segment[s]
    )


def promise(m: Any, p: int) -> Any:
    """(A13) achieved_s + short_p >= need_p: what is missing to a floor or target."""
    return m.achieved[m.promised_to[p]] + m.short[p] >= m.need[p]


RULES = (
    Rule("SERVED", line_quantity),
    Rule("EPOCHS", stock_balance),
    Rule("SITE_DAYS", site_capacity),
    Rule("LANE_DAYS", lane_capacity),
    Rule("LOTS", lot_at_most),
    Rule("LOTS", lot_at_least),
    Rule("BUNDLED", ship_complete),
    Rule("FULL_LINES", full_line),
    Rule("PARTS", full_order),
    Rule("AMOUNTS", achieved_amount),
    Rule("BY_LINE", achieved_lines),
    Rule("BY_ORDER", achieved_orders),
    Rule("PROMISES", promise),
)
