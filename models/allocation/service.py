"""Service: achieved by segment, full lines and orders, shortfalls of promises."""

from __future__ import annotations

import numpy as np

from models.allocation.declaring import Declared
from models.allocation.goals import promises, tier_promises
from models.allocation.listing import list_options, places, reach
from models.problem import FULL, Problem


def declare_service(d: Declared, p: Problem) -> None:
    """Achieved service by segment, full lines and orders, shortfalls of promises."""
    segments = p.segments
    promised = np.flatnonzero((segments["target"].notna() | segments["floor"].notna()).to_numpy())
    base = segments["base"].to_numpy()
    d.rows("SEGMENTS", len(promised), "segments with a promise")
    most = segments["total"].to_numpy()[promised]
    d.variable("achieved", "SEGMENTS", most, False, "service reached [base unit]")
    amounts = [s for s in promised if base[s] in ("unit", "value")]
    by_line = [s for s in promised if base[s] == "line"]
    by_order = [s for s in promised if base[s] == "order"]
    segment = p.lines["segment"].to_numpy()[p.options["line"]]
    in_time = p.options["on_time"].to_numpy()
    counted = in_time | ~segments["on_time"].to_numpy()[segment]
    _amounts(d, p, promised, np.array(amounts, dtype=int), segment, counted)
    full = reach(p, counted) >= p.lines["quantity"].to_numpy() - FULL
    _full_lines(d, p, promised, np.array(by_line, dtype=int), counted, full)
    _full_orders(d, p, promised, np.array(by_order, dtype=int), counted, full)
    given = promises(p)
    d.rows("PROMISES", len(given), "floors and targets")
    owner = np.array([q.segment for q in given], dtype=int)
    d.column("promised_to", "PROMISES", np.searchsorted(promised, owner), "its segment")
    need = np.array([q.need for q in given])
    d.column("need", "PROMISES", need, "promised [base unit]")
    d.variable("short", "PROMISES", need, False, "shortfall [base unit]")
    _goal_rows(d, p)


def _goal_rows(d: Declared, p: Problem) -> None:
    rows = tier_promises(p)
    keys = [row for row, (_, _, members) in enumerate(rows) for _ in members]
    d.rows("TIER_PROMISES", len(rows), "floors or targets of one tier")
    members = np.array([q for _, _, members in rows for q in members], dtype=int)
    d.listing("promises_of_goal", "TIER_PROMISES", keys, members, "its promises")
    tiers = np.array(p.tiers)
    d.rows("TIERS", len(tiers), "tiers")
    units = p.lines.groupby("tier")["quantity"].sum().reindex(tiers, fill_value=0.0)
    d.column("tier_quantity", "TIERS", units, "ordered by the tier [unit]")
    row = np.searchsorted(tiers, p.lines["tier"])[p.options["line"]]
    d.listing("options_of_tier", "TIERS", row, np.arange(len(p.options)), "its options")


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
    value = p.lines["unit_value"].to_numpy()[p.options["line"]]
    weight = np.where((p.segments["base"] == "value").to_numpy()[segment], value, 1.0)
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
    d.column("line_size", "FULL_LINES", p.lines["quantity"].to_numpy()[lines], "[unit]")
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
    d.column("part_quantity", "PARTS", p.lines["quantity"].to_numpy()[lines], "ordered [unit]")
    order_of = np.searchsorted(orders, p.lines["order"].to_numpy()[lines])
    d.column("order_of_part", "PARTS", order_of, "its order")
    list_options(d, p, "options_of_part", "PARTS", lines, counted)
    row = np.searchsorted(segments, owner[orders])
    d.listing("orders_of_segment", "BY_ORDER", row, np.arange(len(orders)), "its orders")
    d.variable("is_full_order", "FULL_ORDERS", 1, True, "the order is full")
