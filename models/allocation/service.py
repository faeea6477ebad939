"""Service: achieved by segment, full lines and orders, shortfalls of promises.

A segment that anything is forecast for has a second row: what it achieves and what is held for it.
"""

from __future__ import annotations

import numpy as np

from models.allocation.declaring import Declared
from models.allocation.goals import Family, promises, tier_promises
from models.allocation.listing import list_options, places, reach
from models.problem import Problem
from models.tolerances import UNIT


def declare_service(d: Declared, p: Problem) -> None:
    """Achieved service by segment, full lines and orders, shortfalls of promises."""
    segments = p.segments
    promised = np.flatnonzero((segments["target"].notna() | segments["floor"].notna()).to_numpy())
    ahead = _reserving(p)
    base = segments["base"].to_numpy()
    d.rows("SEGMENTS", len(promised) + len(ahead), "segments with a promise, and with a forecast")
    total, forecast = (segments[name].to_numpy() for name in ("total", "forecast"))
    most = np.append(total[promised], (total + forecast)[ahead])
    d.variable("achieved", "SEGMENTS", most, False, "service reached [base unit]")
    amounts = [s for s in promised if base[s] in ("unit", "value")]
    by_line = [s for s in promised if base[s] == "line"]
    by_order = [s for s in promised if base[s] == "order"]
    segment = p.lines["segment"].to_numpy()[p.options["line"]]
    virtual = p.lines["virtual"].to_numpy()
    in_time = p.options["on_time"].to_numpy()
    counted = in_time | ~segments["on_time"].to_numpy()[segment]
    _held_ahead(d, p, promised, ahead, counted & virtual[p.options["line"]])
    counted &= ~virtual[p.options["line"]]
    _amounts(d, p, promised, np.array(amounts, dtype=int), segment, counted)
    full = (reach(p, counted) >= p.lines["enough"].to_numpy() - UNIT) & ~virtual
    _full_lines(d, p, promised, np.array(by_line, dtype=int), counted, full)
    _full_orders(d, p, promised, np.array(by_order, dtype=int), counted, full)
    given = promises(p)
    d.rows("PROMISES", len(given), "floors and targets")
    owner = np.array([q.segment for q in given], dtype=int)
    with_forecast = np.array([q.family is Family.RESERVES for q in given], dtype=bool)
    second = with_forecast & np.isin(owner, ahead)
    own = np.searchsorted(promised, owner)
    own[second] = len(promised) + np.searchsorted(ahead, owner[second])
    d.column("promised_to", "PROMISES", own, "its segment, or that with its forecast")
    need = np.array([q.need for q in given])
    d.column("need", "PROMISES", need, "promised [base unit]")
    d.variable("short", "PROMISES", need, False, "shortfall [base unit]")
    _tier_promises(d, p)


def _tier_promises(d: Declared, p: Problem) -> None:
    rows = tier_promises(p)
    keys = [row for row, (_, _, members) in enumerate(rows) for _ in members]
    d.rows("TIER_PROMISES", len(rows), "floors or targets of one tier")
    members = np.array([q for _, _, members in rows for q in members], dtype=int)
    d.listing("promises_of_goal", "TIER_PROMISES", keys, members, "its promises")


def _reserving(p: Problem) -> np.ndarray:
    """Rows of segments with a target for which anything is forecast."""
    segments = p.segments
    return np.flatnonzero(
        (segments["reserve_need"].notna() & (segments["forecast"] > 0)).to_numpy()
    )


def _held_ahead(
    d: Declared, p: Problem, promised: np.ndarray, ahead: np.ndarray, counted: np.ndarray
) -> None:
    """Declare what is held for forecast demand, counted as if it were delivered.

    Of a forecast row that counts as a line or an order, the held share counts.
    """
    row = places(ahead, len(p.segments))[p.lines["segment"].to_numpy()[p.options["line"]]]
    kept = np.flatnonzero((row >= 0) & counted)
    d.rows("RESERVED", len(ahead), "segments with a target and a forecast")
    own = np.searchsorted(promised, ahead)
    d.column("segment_reserving", "RESERVED", own, "its row of `SEGMENTS` without the forecast")
    second = len(promised) + np.arange(len(ahead))
    d.column("reserved", "RESERVED", second, "its row of `SEGMENTS` with it")
    d.listing("options_ahead", "RESERVED", row[kept], kept, "options of its forecast that count")


def _amounts(
    d: Declared,
    p: Problem,
    promised: np.ndarray,
    amounts: np.ndarray,
    segment: np.ndarray,
    counted: np.ndarray,
) -> None:
    row = places(amounts, len(p.segments))[segment]
    kept = np.flatnonzero((row >= 0) & counted)
    line, base = p.options["line"].to_numpy(), p.segments["base"].to_numpy()[segment]
    value, quantity = (p.lines[name].to_numpy()[line] for name in ("unit_value", "quantity"))
    share = np.where(p.lines["virtual"].to_numpy()[line], 1.0 / quantity, 1.0)
    weight = np.select([base == "value", base == "unit"], [value, 1.0], share)
    weight = weight * p.options["gives"].to_numpy()
    d.rows("AMOUNTS", len(amounts), "segments whose service is counted in units or money")
    d.column("segment_of_amount", "AMOUNTS", np.searchsorted(promised, amounts), "its segment")
    d.column("weight", "OPTIONS", weight, "base units of a unit shipped")
    d.listing("options_of_amount", "AMOUNTS", row[kept], kept, "that count")


def _full_lines(
    d: Declared,
    p: Problem,
    promised: np.ndarray,
    segments: np.ndarray,
    counted: np.ndarray,
    full: np.ndarray,
) -> None:
    owner = p.lines["segment"].to_numpy()
    lines = np.flatnonzero(np.isin(owner, segments) & full)
    d.rows("BY_LINE", len(segments), "segments whose service is counted in lines")
    d.column("segment_of_by_line", "BY_LINE", np.searchsorted(promised, segments), "its segment")
    d.rows("FULL_LINES", len(lines), "lines that can be full")
    d.column("line_size", "FULL_LINES", p.lines["enough"].to_numpy()[lines], "[unit]")
    list_options(d, p, "options_of_full_line", "FULL_LINES", lines, counted)
    row = np.searchsorted(segments, owner[lines])
    d.listing("lines_of_segment", "BY_LINE", row, np.arange(len(lines)), "its lines")
    d.variable("is_full_line", "FULL_LINES", 1, True, "the line is full")


def _full_orders(
    d: Declared,
    p: Problem,
    promised: np.ndarray,
    segments: np.ndarray,
    counted: np.ndarray,
    full: np.ndarray,
) -> None:
    possible = np.ones(len(p.orders), dtype=bool)
    possible[p.lines["order"].to_numpy()[~full]] = False
    owner = p.orders["segment"].to_numpy()
    orders = np.flatnonzero(possible & np.isin(owner, segments))
    lines = np.flatnonzero(np.isin(p.lines["order"], orders))
    d.rows("BY_ORDER", len(segments), "segments whose service is counted in orders")
    d.column("segment_of_by_order", "BY_ORDER", np.searchsorted(promised, segments), "its segment")
    d.rows("FULL_ORDERS", len(orders), "orders that can be full")
    d.rows("PARTS", len(lines), "lines of those orders")
    d.column("part_quantity", "PARTS", p.lines["enough"].to_numpy()[lines], "[unit]")
    order_of = np.searchsorted(orders, p.lines["order"].to_numpy()[lines])
    d.column("order_of_part", "PARTS", order_of, "its order")
    list_options(d, p, "options_of_part", "PARTS", lines, counted)
    row = np.searchsorted(segments, owner[orders])
    d.listing("orders_of_segment", "BY_ORDER", row, np.arange(len(orders)), "its orders")
    d.variable("is_full_order", "FULL_ORDERS", 1, True, "the order is full")
