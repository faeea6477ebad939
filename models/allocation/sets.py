"""Ranges, parameters and variables of the allocation: Problem -> declared Pyomo components."""

from __future__ import annotations

import numpy as np
import pandas as pd

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
    options = problem.options[counted]
    pair = problem.epochs["pair"].to_numpy()[options["epoch"]]
    supplied = problem.epochs.groupby("pair")["arriving"].cumsum().to_numpy()
    best = (
        pd.DataFrame(
            {
                "line": options["line"],
                "pair": pair,
                "units": np.where(options["upper"] > 0, supplied[options["epoch"]], 0.0),
            }
        )
        .groupby(["line", "pair"])["units"]
        .max()
    )
    total = best.groupby("line").sum().reindex(range(len(problem.lines)), fill_value=0.0)
    return np.minimum(total.to_numpy(), problem.lines["quantity"].to_numpy())


def _options(d: Declared, p: Problem) -> None:
    options, lines = p.options, p.lines
    d.rows("OPTIONS", len(options), "possible shipments")
    d.column("worth", "OPTIONS", options["unit_worth"], "value after lateness [currency/unit]")
    d.column("cost", "OPTIONS", options["unit_cost"], "lane and surcharge [currency/unit]")
    d.column("effort", "OPTIONS", options["effort"], "site capacity used by a unit")
    whole = lines["whole"].to_numpy()[options["line"]]
    d.variable("x", "OPTIONS", options["upper"], whole, "shipped [unit]")
    served = np.unique(options["line"])
    d.rows("SERVED", len(served), "lines that have an option")
    d.column("ordered", "SERVED", lines["quantity"].to_numpy()[served], "ordered [unit]")
    row = np.searchsorted(served, options["line"])
    d.listing("options_of_line", "SERVED", row, np.arange(len(options)), "options of the line")


def _supply(d: Declared, p: Problem) -> None:
    epochs = p.epochs
    d.rows("EPOCHS", len(epochs), "days on which supply of an item at a site grows")
    d.column("arriving", "EPOCHS", epochs["arriving"], "supply arriving [unit]")
    every = np.arange(len(epochs))
    later = epochs["previous"].to_numpy() >= 0
    d.listing("before", "EPOCHS", every[later], every[later] - 1, "epoch before, if any")
    options = p.options
    d.listing("options_of_epoch", "EPOCHS", options["epoch"], np.arange(len(options)), "drawing")
    supplied = epochs.groupby("pair")["arriving"].cumsum()
    d.variable("carried", "EPOCHS", supplied, False, "stock carried past the epoch [unit]")


def _capacity(d: Declared, p: Problem) -> None:
    options, place = p.options, np.arange(len(p.options))
    at = options["site_day"].to_numpy()
    d.rows("SITE_DAYS", len(p.site_days), "days of sites with limited capacity")
    d.column("site_limit", "SITE_DAYS", p.site_days["limit"], "capacity [unit x effort]")
    d.listing("options_of_site_day", "SITE_DAYS", at[at >= 0], place[at >= 0], "picked there")
    on = np.concatenate([options["lane_day"], options["lane_total"]])
    both = np.concatenate([place, place])
    d.rows("LANE_DAYS", len(p.lane_days), "days of lanes with limited capacity")
    d.column("lane_limit", "LANE_DAYS", p.lane_days["limit"], "capacity [unit]")
    d.listing("options_of_lane_day", "LANE_DAYS", on[on >= 0], both[on >= 0], "carried on it")


def _lots(d: Declared, p: Problem) -> None:
    """Lines that ship in full, above a share, or not at all; orders that ship in full or not."""
    lines, orders, options = p.lines, p.orders, p.options
    has = np.zeros(len(lines), dtype=bool)
    has[options["line"]] = True
    bundled = orders["ship_complete"].to_numpy()[lines["order"]]
    lots = np.flatnonzero(has & ~bundled & (lines["least"] > 0).to_numpy())
    quantity, least = lines["quantity"].to_numpy(), lines["least"].to_numpy()
    d.rows("LOTS", len(lots), "lines with a smallest delivery")
    d.column("lot", "LOTS", quantity[lots], "ordered [unit]")
    d.column("least", "LOTS", least[lots], "smallest delivery [unit]")
    _list_options(d, p, "options_of_lot", "LOTS", lots, np.ones(len(options), dtype=bool))
    d.variable("taken_line", "LOTS", 1, True, "the line is shipped")
    whole_orders = np.unique(lines["order"].to_numpy()[bundled & has])
    bundles = np.flatnonzero(np.isin(lines["order"], whole_orders))
    d.rows("WHOLE_ORDERS", len(whole_orders), "ship-complete orders")
    d.rows("BUNDLED", len(bundles), "lines of ship-complete orders")
    d.column("bundled", "BUNDLED", quantity[bundles], "ordered [unit]")
    order_of = np.searchsorted(whole_orders, lines["order"].to_numpy()[bundles])
    d.column("order_of_bundled", "BUNDLED", order_of, "its order")
    _list_options(d, p, "options_of_bundled", "BUNDLED", bundles, np.ones(len(options), dtype=bool))
    d.variable("taken_order", "WHOLE_ORDERS", 1, True, "the order is shipped")


def _list_options(
    d: Declared, p: Problem, name: str, over: str, lines: np.ndarray, counted: np.ndarray
) -> None:
    """List the counted options of a subset of lines."""
    place = np.full(len(p.lines), -1)
    place[lines] = np.arange(len(lines))
    row = place[p.options["line"]]
    keep = (row >= 0) & counted
    d.listing(name, over, row[keep], np.flatnonzero(keep), "its options that count")


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
    _full_lines(d, p, promised, np.array(by_line, dtype=int), counted)
    _full_orders(d, p, promised, np.array(by_order, dtype=int), counted)
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
    row = np.searchsorted(tiers, p.lines["tier"].to_numpy()[p.options["line"]])
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
    place = np.full(len(p.segments), -1)
    place[amounts] = np.arange(len(amounts))
    row = place[segment]
    keep = (row >= 0) & counted
    value = p.lines["unit_value"].to_numpy()[p.options["line"]]
    weight = np.where((p.segments["base"] == "value").to_numpy()[segment], value, 1.0)
    d.rows("AMOUNTS", len(amounts), "segments whose service is counted in units or money")
    d.column("segment_of_amount", "AMOUNTS", np.searchsorted(promised, amounts), "its segment")
    d.column("weight", "OPTIONS", weight, "base units of a unit shipped")
    d.listing("options_of_amount", "AMOUNTS", row[keep], np.flatnonzero(keep), "that count")


def _full_lines(
    d: Declared, p: Problem, promised: np.ndarray, segments: np.ndarray, counted: np.ndarray
) -> None:
    full = reach(p, counted) >= p.lines["quantity"].to_numpy() - FULL
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
    d: Declared, p: Problem, promised: np.ndarray, segments: np.ndarray, counted: np.ndarray
) -> None:
    full = reach(p, counted) >= p.lines["quantity"].to_numpy() - FULL
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
