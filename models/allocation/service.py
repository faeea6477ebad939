"""Service: achieved by segment, full lines and orders, shortfalls of promises.

A segment that anything is forecast for has a second row: what it achieves and what is held for it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from models.allocation.declaring import Declared
from models.allocation.listing import options_of_lines, places, reach
from models.allocation.promises import Account, Family, accounts, promises, tier_promises
from models.problem import Problem
from models.tolerances import UNIT

AMOUNTS = (
    ("AMOUNTS", "options_of_amount", "segment_of_amount"),
    ("FLOOR_AMOUNTS", "options_of_floor", "segment_of_floor"),
)
"""Ranges of what is counted in units and money, their options, and their row of ``SEGMENTS``."""


@dataclass(frozen=True, eq=False)
class _Layer:
    """At most one account of each party, and what counts for it.

    Parameters
    ----------
    of_party
        Row of ``SEGMENTS`` by row of ``Problem.segments``, -1 = none.
    base
        What it counts by row of ``Problem.segments``, blank = no account.
    other
        Whether it counts something else than the party's target does, likewise.
    counted, counted_of_order
        Options that count, bool array (options,); those that do for the account of their order.
    """

    of_party: np.ndarray
    base: np.ndarray
    other: np.ndarray
    counted: np.ndarray
    counted_of_order: np.ndarray

    def rows(self, *bases: str) -> np.ndarray:
        """Give the account of each party that counts one of these, -1 = none."""
        return np.where(np.isin(self.base, bases), self.of_party, -1)


def declare_service(d: Declared, p: Problem) -> None:
    """Achieved service by segment, full lines and orders, shortfalls of promises."""
    segments, given = p.segments, promises(p)
    own = accounts(p)
    row = {account: n for n, account in enumerate(own)}
    totals = {promise.account: promise.total for promise in given}
    ahead = _reserving(p)
    d.rows("SEGMENTS", len(own) + len(ahead), "segments with a promise, and with a forecast")
    whole = (segments["total"] + segments["forecast"]).to_numpy()[ahead]
    most = np.append([totals[account] for account in own], whole)
    d.variable("achieved", "SEGMENTS", most, False, "service reached [base unit]")
    targets = {q.segment: row[q.account] for q in given if q.family is Family.TARGETS}
    _held_ahead(d, p, np.array([targets[s] for s in ahead], dtype=int), ahead, len(own))
    layers = _layers(p, own)
    _amounts(d, p, layers)
    _full_lines(d, p, layers)
    _full_orders(d, p, layers)
    d.rows("PROMISES", len(given), "floors and targets")
    second = {int(s): len(own) + n for n, s in enumerate(ahead)}
    kept_with = [
        second.get(q.segment, row[q.account]) if q.family is Family.RESERVES else row[q.account]
        for q in given
    ]
    d.column(
        "promised_to",
        "PROMISES",
        np.array(kept_with, dtype=int),
        "its segment, or that with its forecast",
    )
    need = np.array([q.need for q in given])
    d.column("need", "PROMISES", need, "promised [base unit]")
    d.variable("short", "PROMISES", need, False, "shortfall [base unit]")
    _tier_promises(d, p)


def _layers(p: Problem, own: list[Account]) -> list[_Layer]:
    """Lay the accounts out so that a party has at most one in each layer."""
    nth = Counter[int]()
    layers: list[list[tuple[int, Account]]] = []
    for row, account in enumerate(own):
        if nth[account.segment] == len(layers):
            layers.append([])
        layers[nth[account.segment]].append((row, account))
        nth[account.segment] += 1
    return [_layer(p, layer) for layer in layers or [[]]]


def _layer(p: Problem, mine: list[tuple[int, Account]]) -> _Layer:
    """Say what counts for some accounts, one a party."""
    count = len(p.segments)
    of_party, base = np.full(count, -1), np.full(count, "", dtype=object)
    on_time, backlog, waived = np.zeros((3, count), dtype=bool)
    for row, account in mine:
        own = account.segment
        of_party[own], base[own] = row, account.base
        on_time[own], backlog[own], waived[own] = account.on_time, account.backlog, account.waived
    line, real = p.options["line"].to_numpy(), p.counted
    in_time, overdue = p.options["on_time"].to_numpy(), p.overdue
    counted = []
    for party in (p.lines["segment"], p.orders["segment"].iloc[p.lines["order"]]):
        at = party.to_numpy()
        forgiven = ~on_time[at] | (waived[at] & overdue)
        eligible = (overdue | ~backlog[at]) & real
        counted.append((in_time | forgiven[line]) & eligible[line])
    other = base != p.segments["base"].to_numpy()
    return _Layer(of_party, base, other, *counted)


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


def _held_ahead(d: Declared, p: Problem, own: np.ndarray, ahead: np.ndarray, first: int) -> None:
    """Declare what is held for forecast demand, counted as if it were delivered.

    Of a forecast row that counts as a line or an order, the held share counts. ``own`` are the rows
    of the targets' accounts, ``first`` the first row behind all accounts.
    """
    line = p.options["line"].to_numpy()
    segment = p.lines["segment"].to_numpy()[line]
    counted = p.options["on_time"].to_numpy() | ~p.segments["on_time"].to_numpy()[segment]
    counted &= p.lines["virtual"].to_numpy()[line] & ~p.segments["backlog"].to_numpy()[segment]
    row = places(ahead, len(p.segments))[segment]
    kept = np.flatnonzero((row >= 0) & counted)
    d.rows("RESERVED", len(ahead), "segments with a target and a forecast")
    d.column("segment_reserving", "RESERVED", own, "its row of `SEGMENTS` without the forecast")
    d.column("reserved", "RESERVED", first + np.arange(len(ahead)), "its row of `SEGMENTS` with it")
    d.listing("options_ahead", "RESERVED", row[kept], kept, "options of its forecast that count")


def _amounts(d: Declared, p: Problem, layers: list[_Layer]) -> None:
    """Declare what is counted in units and money, and by what weight a unit shipped is."""
    line, gives = p.options["line"].to_numpy(), p.options["gives"].to_numpy()
    segment = p.lines["segment"].to_numpy()[line]
    base = p.segments["base"].to_numpy()
    value, quantity = (p.lines[name].to_numpy()[line] for name in ("unit_value", "quantity"))
    share = np.where(p.lines["virtual"].to_numpy()[line], 1.0 / quantity, 1.0)
    weight = np.select([base[segment] == "value", base[segment] == "unit"], [value, 1.0], share)
    d.column("weight", "OPTIONS", weight * gives, "base units of a unit shipped")
    in_value = np.zeros(len(base), dtype=bool)
    for layer in layers:
        in_value |= layer.other & (layer.base == "value")
    weight = np.where(in_value[segment], value, 1.0) * gives
    d.column("floor_weight", "OPTIONS", weight, "the same of a floor that counts something else")
    texts = ("segments whose service is counted in units or money", "floors that are so, apart")
    for other, (name, options, single) in enumerate(AMOUNTS):
        row: list[np.ndarray] = []
        listed: list[np.ndarray] = []
        for layer in layers:
            account = layer.rows("unit", "value")
            account = np.where(layer.other == bool(other), account, -1)[segment]
            kept = np.flatnonzero((account >= 0) & layer.counted)
            row, listed = [*row, account[kept]], [*listed, kept]
        every = [layer.rows("unit", "value")[layer.other == bool(other)] for layer in layers]
        rows = np.unique(np.concatenate(every))
        rows = rows[rows >= 0]
        d.rows(name, len(rows), texts[other])
        d.column(single, name, rows, "its segment")
        keys = np.searchsorted(rows, np.concatenate(row))
        d.listing(options, name, keys, np.concatenate(listed), "that count")


def _full_lines(d: Declared, p: Problem, layers: list[_Layer]) -> None:
    """Declare the lines that can be full, once for each account that counts them."""
    owner, enough = p.lines["segment"].to_numpy(), p.lines["enough"].to_numpy()
    chosen: list[np.ndarray] = []
    account: list[np.ndarray] = []
    row, listed, first = [np.empty(0, dtype=int)], [np.empty(0, dtype=int)], 0
    for layer in layers:
        mine = layer.rows("line")[owner]
        lines = np.flatnonzero((mine >= 0) & _can_be_full(p, layer.counted))
        keys, members = options_of_lines(p, lines, layer.counted)
        chosen, account = [*chosen, lines], [*account, mine[lines]]
        row, listed = [*row, keys + first], [*listed, members]
        first += len(lines)
    lines, accounts_of = np.concatenate(chosen), np.concatenate(account)
    segments = _rows_of(layers, "line")
    d.rows("BY_LINE", len(segments), "segments whose service is counted in lines")
    d.column("segment_of_by_line", "BY_LINE", segments, "its segment")
    d.rows("FULL_LINES", len(lines), "lines that can be full")
    d.column("line_size", "FULL_LINES", enough[lines], "[unit]")
    keys, members = np.concatenate(row), np.concatenate(listed)
    d.listing("options_of_full_line", "FULL_LINES", keys, members, "its options that count")
    at = np.searchsorted(segments, accounts_of)
    d.listing("lines_of_segment", "BY_LINE", at, np.arange(len(lines)), "its lines")
    d.variable("is_full_line", "FULL_LINES", 1, True, "the line is full")


def _full_orders(d: Declared, p: Problem, layers: list[_Layer]) -> None:
    """Declare the orders that can be full, once for each account that counts them."""
    owner, order = p.orders["segment"].to_numpy(), p.lines["order"].to_numpy()
    has_due = np.zeros(len(p.orders), dtype=bool)
    has_due[order[p.counted]] = True
    account, parts, order_of = [], [], []
    row, listed = [np.empty(0, dtype=int)], [np.empty(0, dtype=int)]
    orders_before, parts_before = 0, 0
    for layer in layers:
        possible = (layer.rows("order")[owner] >= 0) & has_due
        possible[order[p.counted & ~_can_be_full(p, layer.counted_of_order)]] = False
        orders = np.flatnonzero(possible)
        lines = np.flatnonzero(np.isin(order, orders) & p.counted)
        keys, members = options_of_lines(p, lines, layer.counted_of_order)
        account.append(layer.rows("order")[owner][orders])
        parts.append(lines)
        order_of.append(np.searchsorted(orders, order[lines]) + orders_before)
        row, listed = [*row, keys + parts_before], [*listed, members]
        orders_before, parts_before = orders_before + len(orders), parts_before + len(lines)
    segments, lines = _rows_of(layers, "order"), np.concatenate(parts)
    d.rows("BY_ORDER", len(segments), "segments whose service is counted in orders")
    d.column("segment_of_by_order", "BY_ORDER", segments, "its segment")
    d.rows("FULL_ORDERS", orders_before, "orders that can be full")
    d.rows("PARTS", len(lines), "lines of those orders")
    d.column("part_quantity", "PARTS", p.lines["enough"].to_numpy()[lines], "[unit]")
    d.column("order_of_part", "PARTS", np.concatenate(order_of), "its order")
    keys, members = np.concatenate(row), np.concatenate(listed)
    d.listing("options_of_part", "PARTS", keys, members, "its options that count")
    at = np.searchsorted(segments, np.concatenate(account))
    d.listing("orders_of_segment", "BY_ORDER", at, np.arange(orders_before), "its orders")
    d.variable("is_full_order", "FULL_ORDERS", 1, True, "the order is full")


def _can_be_full(p: Problem, counted: np.ndarray) -> np.ndarray:
    """Lines that the options that count can fill: bool array (lines,)."""
    full: np.ndarray = reach(p, counted) >= p.lines["enough"].to_numpy() - UNIT
    return full & p.counted


def _rows_of(layers: list[_Layer], base: str) -> np.ndarray:
    """Accounts that count something, ascending."""
    rows = np.concatenate([layer.rows(base) for layer in layers])
    found: np.ndarray = np.unique(rows[rows >= 0])
    return found
