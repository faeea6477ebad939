"""Every possible shipment: line x site x service x ship day, without a Python loop over rows.

There are twenty or so of a line: what is said of each is no wider than it need be.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.scenario import Scenario
from models.settings import minutes
from optimizer.calendars import LONGEST_CLOSURE, Calendars, next_open, read_calendars
from optimizer.packing import packed

BEYOND = 4 * 10**6
"""More than any day; keeps the arrival tables of different lanes apart in one sorted array."""

Ints = NDArray[np.int32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Ways:
    """Line x site that holds its item x lane to its region, in the order of the options.

    Parameters
    ----------
    line, pair, lane
        Positions in the coded frames, shape (ways,).
    """

    line: Ints
    pair: Ints
    lane: Ints

    def where(self, kept: Flags) -> Ways:
        """Keep some of the ways."""
        return Ways(self.line[kept], self.pair[kept], self.lane[kept])


@dataclass(frozen=True, eq=False)
class Coded:
    """What options are made of: frames of :mod:`optimizer.preparing`, and names by code."""

    orders: pd.DataFrame
    lines: pd.DataFrame
    pairs: pd.DataFrame
    lanes: pd.DataFrame
    sites: np.ndarray
    services: np.ndarray
    regions: np.ndarray


def possible_options(
    scenario: Scenario, coded: Coded
) -> tuple[dict[str, np.ndarray], Ways, np.ndarray]:
    """List the options, sorted by line, site, service and ship day.

    Parameters
    ----------
    scenario
        For entitlements, windows, calendars and the horizon.
    coded
        The rest of it, in codes.

    Returns
    -------
    columns : dict
        Columns of ``Problem.options`` but for those of stock and capacity.
    ways : Ways
        What the options go by.
    way : numpy.ndarray
        Position of each option's way, shape (options,).
    """
    ways = _ways(coded)
    ways = ways.where(_permitted(scenario, coded, ways))
    calendars = _calendars(scenario, coded.lanes)
    arrivals, row = _arrivals(scenario, calendars, coded, ways)
    first, count = _ship_days(arrivals, row, coded, ways)
    way = np.repeat(np.arange(len(count), dtype=np.int32), count)
    before = (np.cumsum(count) - count - first).astype(np.int32)
    day = np.arange(len(way), dtype=np.int32) - before[way]
    ships = calendars.of("site", coded.sites)
    site = _taken(coded.pairs["site"], ways.pair)
    is_open = ships[site[way], day]
    way, day = way[is_open], day[is_open]
    columns = _columns(coded, ways, way) | {"day": day}
    columns["arrival"] = arrivals.astype(np.int32)[row[way], day]
    columns |= _lateness(scenario, coded, columns["line"], columns["arrival"])
    return columns, ways, way


def _columns(coded: Coded, ways: Ways, way: np.ndarray) -> dict[str, np.ndarray]:
    """Say of each option what it has from its way."""
    lanes = coded.lanes
    codes = {name: _taken(lanes[name], ways.lane)[way] for name in ("service", "transit")}
    figures = {name: lanes[name].to_numpy()[ways.lane][way] for name in ("unit_cost", "kg_co2")}
    site = _taken(coded.pairs["site"], ways.pair)[way]
    return {"line": ways.line[way], "site": site, **codes, **figures}


def _taken(column: pd.Series, at: Ints) -> Ints:
    """Codes at positions."""
    return column.to_numpy(dtype=np.int32)[at]


def _ways(coded: Coded) -> Ways:
    """Join lines with the pairs of their item, then with the lanes from there to their region."""
    item = coded.lines["item"].to_numpy()
    line, pair = _joined(item, coded.pairs["item"].to_numpy())
    regions = len(coded.regions) + 1  # a customer's region may have no lane, a lane no customer
    site = coded.pairs["site"].to_numpy()[pair]
    region = coded.orders["region"].to_numpy()[coded.lines["order"]][line]
    by_service = np.argsort(coded.lanes["service"].to_numpy(), kind="stable")
    lanes = coded.lanes.iloc[by_service]
    left, lane = _joined(site * regions + region, (lanes["site"] * regions + lanes["region"]))
    return Ways(line[left], pair[left], by_service.astype(np.int32)[lane])


def _joined(left: np.ndarray, right: np.ndarray | pd.Series) -> tuple[Ints, Ints]:
    """Positions of all pairs of equal keys, sorted by the left and then by the right."""
    right = np.asarray(right)
    order = np.argsort(right, kind="stable").astype(np.int32)
    ranked = right[order]
    first = np.searchsorted(ranked, left, side="left")
    count = np.searchsorted(ranked, left, side="right") - first
    mine = np.repeat(np.arange(len(left), dtype=np.int32), count)
    shift = first - (np.cumsum(count) - count)
    return mine, order[np.arange(len(mine)) + shift[mine]]


def _permitted(scenario: Scenario, coded: Coded, ways: Ways) -> Flags:
    """Entitled, pinned, within the customer's hours and worth its cost."""
    segments = list(scenario.settings.segments.values())
    services = coded.services
    entitled = np.array([[s in segment.services for s in services] for segment in segments])
    code, hours = pd.factorize(coded.orders["receives"])
    windows = [scenario.settings.services[s].window for s in services]
    meets = np.array([[_overlap(w, h) for w in windows] for h in hours], dtype=bool)
    meets = meets.reshape(-1, len(services))
    share = np.array([np.inf if s.max_cost_share is None else s.max_cost_share for s in segments])
    lines, order = coded.lines, coded.lines["order"].to_numpy()[ways.line]
    segment = lines["segment"].to_numpy()
    with np.errstate(invalid="ignore"):
        ceiling = np.nan_to_num(share[segment] * lines["unit_value"].to_numpy(), nan=np.inf)
    service = _taken(coded.lanes["service"], ways.lane)
    pinned = coded.orders["pinned"].to_numpy()[order]
    cost = coded.lanes["unit_cost"].to_numpy()[ways.lane]
    permitted: Flags = (
        entitled[segment[ways.line], service]
        & ((pinned < 0) | (pinned == service))
        & meets[code[order], service]
        & (cost <= ceiling[ways.line] + 1e-9)
    )
    return permitted


def _overlap(window: str | None, receives: str) -> bool:
    if not window or not receives:
        return True
    (opens, closes), (begins, ends) = minutes(window), minutes(receives)
    return opens < ends and begins < closes


def _calendars(scenario: Scenario, lanes: pd.DataFrame) -> Calendars:
    longest = int(lanes["transit"].max()) if len(lanes) else 0
    horizon = scenario.settings.horizon
    days = horizon.days + longest + LONGEST_CLOSURE + 1
    return read_calendars(scenario["calendars"], pd.Timestamp(horizon.start), days)


def _arrivals(
    scenario: Scenario, calendars: Calendars, coded: Coded, ways: Ways
) -> tuple[np.ndarray, np.ndarray]:
    """Arrival day by ship day: array (kinds of journey, horizon), and each way's kind."""
    known = [name for kind, name in calendars.open_days if kind == "customer"]
    closing = pd.Index(known, dtype=object).get_indexer(pd.Index(coded.orders["customer"]))
    order = coded.lines["order"].to_numpy()[ways.line]
    lanes = coded.lanes
    journey = packed(lanes["service"], lanes["region"], lanes["transit"])
    key = packed(pd.Series(journey[ways.lane]), pd.Series(closing[order]))
    row, kinds = pd.factorize(key)
    example = np.zeros(len(kinds), dtype=np.int64)
    example[row[::-1]] = np.arange(len(row))[::-1]
    lane = lanes.iloc[ways.lane[example]]
    is_open = (
        calendars.of("service", coded.services[lane["service"]])
        & calendars.of("region", coded.regions[lane["region"]])
        & calendars.of("customer", coded.orders["customer"].to_numpy()[order[example]])
    )
    opens = next_open(is_open)
    reached = np.arange(scenario.settings.horizon.days) + lane["transit"].to_numpy()[:, None]
    accepted = np.take_along_axis(opens, reached, axis=1)
    return np.where(accepted - reached > LONGEST_CLOSURE, BEYOND // 2, accepted), row


def _ship_days(
    arrivals: np.ndarray, row: np.ndarray, coded: Coded, ways: Ways
) -> tuple[np.ndarray, np.ndarray]:
    """First ship day and number of ship days of each way: stock is there, arrival is accepted."""
    kinds, horizon = arrivals.shape
    flat = (arrivals + BEYOND * np.arange(kinds)[:, None]).ravel()
    order = coded.lines["order"].to_numpy()[ways.line]
    low = np.clip(coded.orders["earliest"].to_numpy(), 0, BEYOND // 4)[order]
    high = np.clip(coded.orders["latest"].to_numpy(), -1, BEYOND // 4)[order]
    offset = row * horizon
    first = np.searchsorted(flat, low + BEYOND * row, side="left") - offset
    beyond = np.searchsorted(flat, high + BEYOND * row, side="right") - offset
    first = np.maximum(first, coded.pairs["first_day"].to_numpy()[ways.pair])
    return first, np.maximum(beyond - first, 0)


def _lateness(scenario: Scenario, coded: Coded, line: Ints, arrival: Ints) -> dict[str, np.ndarray]:
    """Say what comes late, and what is left of its value."""
    kept = np.array([s.value_kept_per_day_late for s in scenario.settings.segments.values()])
    lines = coded.lines
    late = arrival - _taken(lines["requested"], line)
    np.maximum(late, 0, out=late)
    worth = lines["unit_value"].to_numpy()[line]
    behind = np.flatnonzero(late)
    segment = lines["segment"].to_numpy()[line[behind]]
    worth[behind] *= np.power(kept[segment], late[behind])
    return {"days_late": late, "on_time": late == 0, "unit_worth": worth}
