"""The due window of each line: when it can arrive at the earliest and at the latest.

It covers what ships on the days of the horizon by the ways that the line may use, whatever the
supply, which never decides what is demand. What is requested later than that is not due: nothing is
decided for it but what was promised beforehand.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.scenario import Scenario
from optimizer.common.membership import is_among
from optimizer.common.packing import row_keys
from optimizer.preparing.options import (
    BEYOND,
    NOBODY,
    CodedScenario,
    Ints,
    Routes,
    arrivals_by_day,
    may_use,
    open_calendars,
    pairs_of_equal,
)


def with_due_windows(scenario: Scenario, coded: CodedScenario) -> pd.DataFrame:
    """Give the coded lines with ``first_arrival`` and ``last_arrival`` (days), and ``due``.

    A way is a lane from an open site to the order's region by a service that the line may use. It
    leaves on the days of the horizon on which its site is open, and arrives when service, region
    and customer are open, not before the order's ``earliest``. A line without any way has the ship
    days of the horizon as its window. A ship-complete order is due as soon as one of its lines is.
    """
    kind, example = _kinds(scenario, coded)
    arrivals = _arrivals_by_kind(scenario, coded, example)
    order = coded.lines["order"].to_numpy()
    earliest = np.clip(coded.orders["earliest"].to_numpy(), 0, NOBODY)[order]
    base = kind.astype(np.int64) * BEYOND
    first = np.searchsorted(arrivals, base + earliest, side="left")
    beyond = np.searchsorted(arrivals, base + NOBODY, side="left")
    has_way = first < beyond
    day = np.append(arrivals, 0)
    last = np.where(has_way, day[beyond - 1] - base, scenario.settings.horizon.days - 1)
    return _with_due(
        coded.lines.assign(
            first_arrival=np.where(has_way, day[first] - base, 0), last_arrival=last
        ),
        coded.orders["ship_complete"].to_numpy()[order],
    )


def _with_due(lines: pd.DataFrame, bundled: np.ndarray) -> pd.DataFrame:
    """Say which lines are due; of the others no more may ship than is promised."""
    due = lines["requested"] <= lines["last_arrival"]
    due |= bundled & due.groupby(lines["order"]).transform("any")
    limit, most = lines["limit"].where(due, 0.0), lines["most"].where(due, lines["frozen"])
    return lines.assign(due=due, limit=limit, most=most)


def _kinds(scenario: Scenario, coded: CodedScenario) -> tuple[Ints, Ints]:
    """Group lines that may use the same ways with the same calendars.

    Returns
    -------
    kind, example : numpy.ndarray
        The kind of each line, shape (lines,), and a line of each kind, shape (kinds,).
    """
    orders = coded.orders
    calendars = scenario["calendars"]
    closing = calendars["id"][calendars["of"] == "customer"]
    named = (
        orders["stage"],
        orders["receives"],
        orders["customer"].where(is_among(orders["customer"], closing), ""),
    )
    codes = (pd.Series(pd.factorize(column)[0]) for column in named)
    of_order = row_keys(*codes, orders["region"], orders["pinned"])
    order = coded.lines["order"].to_numpy()
    key = row_keys(
        pd.Series(of_order[order]), coded.lines["of"], coded.lines["expedite"].astype(int)
    )
    code, distinct = pd.factorize(key)
    kind = code.astype(np.int32)
    example = np.zeros(len(distinct), dtype=np.int32)
    example[kind[::-1]] = np.arange(len(kind))[::-1]
    return kind, example


def _arrivals_by_kind(scenario: Scenario, coded: CodedScenario, example: Ints) -> np.ndarray:
    """Days on which lines of each kind can get anything: ``kind * BEYOND + day``, sorted."""
    order = coded.lines["order"].to_numpy()[example]
    kind, lane = pairs_of_equal(coded.orders["region"].to_numpy()[order], coded.lanes["region"])
    nothing = np.zeros(len(kind))
    routes = Routes(example[kind], np.zeros_like(kind), lane, nothing, nothing)
    is_open = np.isin(coded.sites, scenario["sites"]["site"][scenario["sites"]["open"]].to_numpy())
    usable = is_open[coded.lanes["site"].to_numpy()[lane]] & may_use(scenario, coded, routes)
    kind, routes = kind[usable], routes.where(usable)
    days = scenario.settings.horizon.days
    calendars = open_calendars(scenario, coded.lanes, days)
    arrivals, row = arrivals_by_day(calendars, coded, routes, days)
    ships = calendars.of("site", coded.sites)[coded.lanes["site"].to_numpy()[routes.lane], :days]
    arrival = np.where(ships, arrivals[row], NOBODY)
    return np.unique((kind[:, None].astype(np.int64) * BEYOND + arrival)[arrival < NOBODY])
