"""Ranges, parameters and variables of the allocation: Problem -> declared Pyomo components."""

from __future__ import annotations

import numpy as np

from models.allocation.declaring import Declared
from models.allocation.goals import promises, tier_promises
from models.problem import FULL, Problem


def declare(problem: Problem, *, whole: bool = False) -> Declared:
    """Declare everything that rules and goals use; see the maths card for the symbols."""
    d = Declared(whole=whole)
    _options(d, problem)
    _supply(d, problem)
    _capacity(d, problem)
    _lots(d, problem)
    _service(d, problem)
    return d


def reach(problem: Problem, counted: np.ndarray) -> np.ndarray:
    """Units that each line can get at most from the counted options [unit], shape (lines,).

    From each pair it can draw what was supplied up to its last counted option there.
    """
    options, lines = problem.options, problem.lines
    if options.empty:
        return np.zeros(len(lines))
    line, site = options["line"].to_numpy(), options["site"].to_numpy()
    usable = counted & (options["upper"] > 0).to_numpy()
    units = np.where(usable, _supplied(problem)[options["epoch"]], 0.0)
    # Options are sorted by line and site, so that each pair of a line is one run of them.
    begins = np.append(True, (line[1:] != line[:-1]) | (site[1:] != site[:-1]))
    runs = np.flatnonzero(begins)
    best = np.maximum.reduceat(units, runs)
    total = np.bincount(line[runs], best, minlength=len(lines))
    return np.minimum(total, lines["quantity"].to_numpy())


def _supplied(p: Problem) -> np.ndarray:
    """Supply of a pair until each of its epochs [unit], shape (epochs,)."""
    return p.epochs.groupby("pair")["arriving"].cumsum().to_numpy()


def _options(d: Declared, p: Problem) -> None:
    options, lines = p.options, p.lines
    d.rows("OPTIONS", len(options), "possible shipments")
    d.column("worth", "OPTIONS", options["unit_worth"], "value after lateness [currency/unit]")
    d.column("cost", "OPTIONS", options["unit_cost"], "lane and surcharge [currency/unit]")
    d.column("effort", "OPTIONS", options["effort"], "site capacity used by a unit")
    whole = lines["whole"].to_numpy()[options["line"]]
    d.variable("x", "OPTIONS", options["upper"], whole, "shipped [unit]")
    served = np.flatnonzero(_has_options(p))
    d.rows("SERVED", len(served), "lines that have an option")
    d.column("ordered", "SERVED", lines["quantity"].to_numpy()[served], "ordered [unit]")
    row = _places(served, len(lines))[options["line"]]
    d.listing("options_of_line", "SERVED", row, np.arange(len(options)), "options of the line")


def _has_options(p: Problem) -> np.ndarray:
    """Lines that have an option: bool array (lines,)."""
    has = np.zeros(len(p.lines), dtype=bool)
    has[p.options["line"]] = True
    return has


def _places(chosen: np.ndarray, count: int) -> np.ndarray:
    """Where each of ``count`` rows stands among the chosen ones; -1 = not chosen."""
    place = np.full(count, -1, dtype=np.int32)
    place[chosen] = np.arange(len(chosen))
    return place


def _supply(d: Declared, p: Problem) -> None:
    epochs = p.epochs
    d.rows("EPOCHS", len(epochs), "days on which supply of an item at a site grows")
    d.column("arriving", "EPOCHS", epochs["arriving"], "supply arriving [unit]")
    every = np.arange(len(epochs))
    later = epochs["previous"].to_numpy() >= 0
    d.listing("before", "EPOCHS", every[later], every[later] - 1, "epoch before, if any")
    options = p.options
    d.listing("options_of_epoch", "EPOCHS", options["epoch"], np.arange(len(options)), "drawing")
    d.variable("carried", "EPOCHS", _supplied(p), False, "stock carried past the epoch [unit]")


def _capacity(d: Declared, p: Problem) -> None:
    names = ("site_day", "lane_total", "lane_day")
    at, total, lane = (p.options[name].to_numpy() for name in names)
    picked, totalled, carried = (np.flatnonzero(row >= 0) for row in (at, total, lane))
    d.rows("SITE_DAYS", len(p.site_days), "days of sites with limited capacity")
    d.column("site_limit", "SITE_DAYS", p.site_days["limit"], "capacity [unit x effort]")
    d.listing("options_of_site_day", "SITE_DAYS", at[picked], picked, "picked there")
    rows = np.append(total[totalled], lane[carried])
    members = np.append(totalled, carried)
    d.rows("LANE_DAYS", len(p.lane_days), "days of lanes with limited capacity")
    d.column("lane_limit", "LANE_DAYS", p.lane_days["limit"], "capacity [unit]")
    d.listing("options_of_lane_day", "LANE_DAYS", rows, members, "carried on it")


def _lots(d: Declared, p: Problem) -> None:
    """Lines that ship in full, above a share, or not at all; orders that ship in full or not."""
    lines, orders, options = p.lines, p.orders, p.options
    has = _has_options(p)
    bundled = orders["ship_complete"].to_numpy()[lines["order"]]
    lots = np.flatnonzero(has & ~bundled & (lines["least"] > 0).to_numpy())
    quantity, least = lines["quantity"].to_numpy(), lines["least"].to_numpy()
    d.rows("LOTS", len(lots), "lines with a smallest delivery")
    d.column("lot", "LOTS", quantity[lots], "ordered [unit]")
    d.column("least", "LOTS", least[lots], "smallest delivery [unit]")
    every = np.ones(len(options), dtype=bool)
    _list_options(d, p, "options_of_lot", "LOTS", lots, every)
    d.variable("taken_line", "LOTS", 1, True, "the line is shipped")
    order = lines["order"].to_numpy()
    whole_orders = np.unique(order[bundled & has])
    place = _places(whole_orders, len(orders))[order]
    bundles = np.flatnonzero(place >= 0)
    d.rows("WHOLE_ORDERS", len(whole_orders), "ship-complete orders")
    d.rows("BUNDLED", len(bundles), "lines of ship-complete orders")
    d.column("bundled", "BUNDLED", quantity[bundles], "ordered [unit]")
    d.column("order_of_bundled", "BUNDLED", place[bundles], "its order")
    _list_options(d, p, "options_of_bundled", "BUNDLED", bundles, every)
    d.variable("taken_order", "WHOLE_ORDERS", 1, True, "the order is shipped")


def _list_options(
    d: Declared, p: Problem, name: str, over: str, lines: np.ndarray, counted: np.ndarray
) -> None:
    """List the counted options of a subset of lines."""
    row = _places(lines, len(p.lines))[p.options["line"]]
    kept = np.flatnonzero((row >= 0) & counted)
    d.listing(name, over, row[kept], kept, "its options that count")


def _service(d: Declared, p: Problem) -> None:
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
    d.rows("ALL", 1, "the whole plan")


def _amounts(
    d: Declared,
    p: Problem,
    promised: np.ndarray,
    amounts: np.ndarray,
    segment: np.ndarray,
    counted: np.ndarray,
) -> None:
    row = _places(amounts, len(p.segments))[segment]
    kept = np.flatnonzero((row >= 0) & counted)
    value = p.lines["unit_value"].to_numpy()[p.options["line"]]
    weight = np.where((p.segments["base"] == "value").to_numpy()[segment], value, 1.0)
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
    _list_options(d, p, "options_of_full_line", "FULL_LINES", lines, counted)
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
    _list_options(d, p, "options_of_part", "PARTS", lines, counted)
    row = np.searchsorted(segments, owner[orders])
    d.listing("orders_of_segment", "BY_ORDER", row, np.arange(len(orders)), "its orders")
    d.variable("is_full_order", "FULL_ORDERS", 1, True, "the order is full")
