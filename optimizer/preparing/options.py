"""Every possible shipment: line x item x site x service x day, without a Python loop over rows.

A line has some twenty options, so their columns are kept narrow.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.fields import minutes
from models.relationship import StageName
from models.scenario import Scenario
from models.tolerances import ROUNDING
from optimizer.common.packing import row_keys
from optimizer.scenario.calendars import (
    LONGEST_CLOSURE,
    Calendars,
    end_of_transit,
    next_open,
    read_calendars,
    working_span,
)

BEYOND = 4 * 10**6
"""More than any day: keeps the arrivals of different lanes apart in one sorted array."""
NOBODY = BEYOND // 2
"""Arrival day of what nobody ever receives."""

Ints = NDArray[np.int32]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Routes:
    """Routes of lines: a line, the item at a site that it may get, and a lane to its region.

    Parameters
    ----------
    line, pair, lane
        Positions in the coded frames, shape (routes,).
    gives, penalty
        Units delivered by a unit shipped, and what a unit costs on top of its lane
        [currency/unit], shape (routes,).
    """

    line: Ints
    pair: Ints
    lane: Ints
    gives: Floats
    penalty: Floats

    def where(self, kept: Flags | Ints) -> Routes:
        """Select some of the routes."""
        return Routes(*(getattr(self, f.name)[kept] for f in fields(self)))


@dataclass(frozen=True, eq=False)
class CodedScenario:
    """What options are made from: coded frames, and names by code."""

    orders: pd.DataFrame
    lines: pd.DataFrame
    eligible: pd.DataFrame
    pairs: pd.DataFrame
    lanes: pd.DataFrame
    certain: np.ndarray
    """Least certainty of supply by position in the header's segments."""
    sites: np.ndarray
    services: np.ndarray
    regions: np.ndarray


@dataclass(frozen=True, eq=False)
class OptionList:
    """Options without the columns that come from stock and limits.

    Parameters
    ----------
    columns
        Of ``Problem.options``.
    pair, lane
        Pair that each draws from and lane by which it goes, shape (options,).
    """

    columns: dict[str, np.ndarray]
    pair: Ints
    lane: Ints


def free_options(scenario: Scenario, calendars: Calendars, coded: CodedScenario) -> OptionList:
    """List the options that the rules of the scenario allow."""
    ships = (coded.lines["due"] & ~coded.lines["held"]).to_numpy()
    routes = _routes(coded, coded.eligible[ships[coded.eligible["line"]]])
    routes = routes.where(is_permitted(scenario, coded, routes))
    return option_list(scenario, coded, routes, *journeys(scenario, calendars, coded, routes))


def journeys(
    scenario: Scenario, calendars: Calendars, coded: CodedScenario, routes: Routes
) -> tuple[Ints, Ints, np.ndarray]:
    """List route, ship day and arrival of all that the customers accept on open days."""
    arrivals, row = arrivals_by_day(calendars, coded, routes, scenario.settings.horizon.days)
    first, count = _ship_days(arrivals, row, coded, routes)
    route = np.repeat(np.arange(len(count), dtype=np.int32), count)
    before = (np.cumsum(count) - count - first).astype(np.int32)
    day = np.arange(len(route), dtype=np.int32) - before[route]
    site = _take(coded.pairs["site"], routes.pair)
    is_open = calendars.of("site", coded.sites)[site[route], day]
    route, day = route[is_open], day[is_open]
    return route, day, arrivals[row[route], day]


def arrival_days(
    scenario: Scenario, coded: CodedScenario, rows: pd.DataFrame, lane: np.ndarray
) -> np.ndarray:
    """Day on which each row of ``line`` and ``day`` arrives by its lane, shape (rows,).

    Rows may ship after the horizon. What nobody ever receives arrives at the end of its transit.
    """
    line, lanes = (np.asarray(values, dtype=np.int32) for values in (rows["line"], lane))
    day, nothing = rows["day"].to_numpy(), np.zeros(len(rows))
    routes = Routes(line, np.zeros_like(line), lanes, nothing, nothing)
    days = int(day.max(initial=0)) + 1
    calendars = open_calendars(scenario, coded.lanes, days)
    arrivals, row = arrivals_by_day(calendars, coded, routes, days)
    found = arrivals[row, day]
    plain = day + coded.lanes["transit"].to_numpy()[lanes]
    return np.where(found < NOBODY, found, plain)


def option_list(
    scenario: Scenario,
    coded: CodedScenario,
    routes: Routes,
    route: Ints,
    day: Ints,
    arrival: np.ndarray,
) -> OptionList:
    """Complete the options with the columns that follow from their routes and days."""
    columns = _columns(coded, routes, route) | {"day": day}
    columns["arrival"] = arrival.astype(np.int32)
    columns |= _lateness(scenario, coded, columns)
    columns["frozen"] = np.full(len(route), -1, dtype=np.int32)
    columns["moves"] = np.zeros(len(route), dtype=bool)
    columns["delay"] = np.zeros(len(route), dtype=np.int32)
    return OptionList(columns, routes.pair[route], routes.lane[route])


def _columns(coded: CodedScenario, routes: Routes, route: np.ndarray) -> dict[str, np.ndarray]:
    """List the columns of options that follow from their routes."""
    lanes = coded.lanes
    codes = {name: _take(lanes[name], routes.lane)[route] for name in ("service", "transit")}
    places = {name: _take(coded.pairs[name], routes.pair)[route] for name in ("site", "item")}
    unit_cost = lanes["unit_cost"].to_numpy()[routes.lane] + routes.penalty
    figures = {"unit_cost": unit_cost[route], "gives": routes.gives[route]}
    kg_co2 = lanes["kg_co2"].to_numpy()[routes.lane][route]
    return {"line": routes.line[route], **places, **codes, **figures, "kg_co2": kg_co2}


def _take(column: pd.Series, at: Ints) -> Ints:
    """Codes at positions."""
    return column.to_numpy(dtype=np.int32)[at]


def _routes(coded: CodedScenario, eligible: pd.DataFrame) -> Routes:
    """Join eligible items with pairs that hold them, then with lanes to the line's region."""
    chosen, pair = pairs_of_equal(eligible["shipped"].to_numpy(), coded.pairs["item"].to_numpy())
    line = _take(eligible["line"], chosen)
    segment = coded.lines["of"].to_numpy()[line]
    certain = np.flatnonzero(coded.pairs["level"].to_numpy()[pair] >= coded.certain[segment])
    if (np.diff(line[certain]) < 0).any():  # substitutes come after all lines
        certain = certain[np.lexsort([pair[certain], line[certain]])]
    chosen, pair, line = chosen[certain], pair[certain], line[certain]
    regions = len(coded.regions) + 1  # a customer's region may have no lane, a lane no customer
    site = coded.pairs["site"].to_numpy()[pair]
    region = coded.orders["region"].to_numpy()[coded.lines["order"]][line]
    by_service = np.argsort(coded.lanes["service"].to_numpy(), kind="stable")
    lanes = coded.lanes.iloc[by_service]
    left, lane = pairs_of_equal(
        site * regions + region, (lanes["site"] * regions + lanes["region"])
    )
    figures = (eligible[name].to_numpy()[chosen][left] for name in ("gives", "penalty"))
    return Routes(line[left], pair[left], by_service.astype(np.int32)[lane], *figures)


def pairs_of_equal(left: np.ndarray, right: np.ndarray | pd.Series) -> tuple[Ints, Ints]:
    """Positions of all pairs of equal keys, sorted by the left and then by the right."""
    right = np.asarray(right)
    order = np.argsort(right, kind="stable").astype(np.int32)
    ranked = right[order]
    first = np.searchsorted(ranked, left, side="left")
    count = np.searchsorted(ranked, left, side="right") - first
    mine = np.repeat(np.arange(len(left), dtype=np.int32), count)
    shift = first - (np.cumsum(count) - count)
    return mine, order[np.arange(len(mine)) + shift[mine]]


def is_permitted(scenario: Scenario, coded: CodedScenario, routes: Routes) -> Flags:
    """Whether each route is one that the line may use, and is worth its cost."""
    segments = scenario.settings.segments.values()
    share = np.array([np.inf if s.max_cost_share is None else s.max_cost_share for s in segments])
    lines = coded.lines
    segment = lines["of"].to_numpy()
    with np.errstate(invalid="ignore"):
        ceiling = np.nan_to_num(share[segment] * lines["unit_value"].to_numpy(), nan=np.inf)
    cost = (coded.lanes["unit_cost"].to_numpy()[routes.lane] + routes.penalty) / routes.gives
    permitted: Flags = may_use(scenario, coded, routes) & (cost <= ceiling[routes.line] + ROUNDING)
    return permitted


def may_use(scenario: Scenario, coded: CodedScenario, routes: Routes) -> Flags:
    """Whether each route is entitled, as pinned or expedited, and within the customer's hours."""
    segments = list(scenario.settings.segments.values())
    services = coded.services
    stages = scenario.settings.stages
    entitled = np.array(
        [
            [[s in (*own.services, *stage.lends_services) for s in services] for own in segments]
            for stage in stages.values()
        ]
    )
    code, hours = pd.factorize(coded.orders["receives"])
    windows = [scenario.settings.services[s].window for s in services]
    meets = np.array([[_overlap(w, h) for w in windows] for h in hours], dtype=bool)
    meets = meets.reshape(-1, len(services))
    lines, order = coded.lines, coded.lines["order"].to_numpy()[routes.line]
    segment = lines["of"].to_numpy()
    service = _take(coded.lanes["service"], routes.lane)
    pinned = coded.orders["pinned"].to_numpy()[order]
    known = pd.Index(list(stages), dtype="str")
    at = known.get_indexer(pd.Index(coded.orders["stage"]))[order]
    own = entitled[at, segment[routes.line], service] & ((pinned < 0) | (pinned == service))
    usable: Flags = (own | lines["expedite"].to_numpy()[routes.line]) & meets[code[order], service]
    return usable


def cheapest_cost(scenario: Scenario, coded: CodedScenario) -> np.ndarray:
    """Cost of a unit to each line by the cheapest lane that it is entitled to, shape (lines,).

    From any open site, whether it has the item or not; NaN without such a lane.
    """
    segments, sites = scenario.settings.segments.values(), scenario["sites"]
    lent = scenario.settings.stages[StageName.COMMIT].lends_services
    entitled = [[s in (*own.services, *lent) for s in coded.services] for own in segments]
    is_open = np.isin(coded.sites, sites["site"][sites["open"]].to_numpy(dtype=object))
    lanes = coded.lanes[is_open[coded.lanes["site"]]]
    least = np.full((len(entitled), len(coded.regions)), np.nan)
    for of, mine in enumerate(np.array(entitled, dtype=bool).reshape(len(entitled), -1)):
        own = lanes[mine[lanes["service"]]].groupby("region")["unit_cost"].min()
        least[of, own.index] = own
    region = coded.orders["region"].to_numpy()[coded.lines["order"]]
    cost: np.ndarray = least[coded.lines["of"].to_numpy(), region]
    return cost


def _overlap(window: str | None, receives: str) -> bool:
    if not window or not receives:
        return True
    (opens, closes), (begins, ends) = minutes(window), minutes(receives)
    return opens < ends and begins < closes


def open_calendars(scenario: Scenario, lanes: pd.DataFrame, days: int) -> Calendars:
    """Open days until what ships within so many days has arrived."""
    transit = lanes["transit"]
    spans = np.where(lanes["working"], working_span(transit.to_numpy()), transit)
    longest = int(spans.max(initial=0))
    start = pd.Timestamp(scenario.settings.horizon.start)
    return read_calendars(scenario["calendars"], start, days + longest + LONGEST_CLOSURE + 1)


def arrivals_by_day(
    calendars: Calendars, coded: CodedScenario, routes: Routes, days: int
) -> tuple[np.ndarray, np.ndarray]:
    """Arrival day by ship day: array (kinds of journey, days), and each route's kind."""
    known = [name for kind, name in calendars.open_days if kind == "customer"]
    closing = pd.Index(known, dtype=object).get_indexer(pd.Index(coded.orders["customer"]))
    order = coded.lines["order"].to_numpy()[routes.line]
    lanes = coded.lanes
    journey = row_keys(lanes["service"], lanes["region"], lanes["transit"], lanes["working"])
    key = row_keys(pd.Series(journey[routes.lane]), pd.Series(closing[order]))
    row, kinds = pd.factorize(key)
    example = np.zeros(len(kinds), dtype=np.int64)
    example[row[::-1]] = np.arange(len(row))[::-1]
    lane = lanes.iloc[routes.lane[example]]
    runs = calendars.of("service", coded.services[lane["service"]])
    is_open = (
        runs
        & calendars.of("region", coded.regions[lane["region"]])
        & calendars.of("customer", coded.orders["customer"].to_numpy()[order[example]])
    )
    opens = np.pad(next_open(is_open), ((0, 0), (0, 1)), constant_values=NOBODY)
    reached = np.arange(days) + lane["transit"].to_numpy()[:, None]
    working = np.flatnonzero(lane["working"])
    reached[working] = end_of_transit(runs[working], days, lane["transit"].to_numpy()[working])
    accepted = np.take_along_axis(opens, reached, axis=1)
    return np.where(accepted - reached > LONGEST_CLOSURE, NOBODY, accepted), row


def _ship_days(
    arrivals: np.ndarray, row: np.ndarray, coded: CodedScenario, routes: Routes
) -> tuple[np.ndarray, np.ndarray]:
    """First ship day and number of ship days of each route: stock is there, arrival is accepted."""
    kinds, horizon = arrivals.shape
    flat = (arrivals + BEYOND * np.arange(kinds)[:, None]).ravel()
    order = coded.lines["order"].to_numpy()[routes.line]
    low = np.clip(coded.orders["accepted_from"].to_numpy(), 0, BEYOND // 4)[order]
    high = np.clip(coded.orders["accepted_until"].to_numpy(), -1, BEYOND // 4)[order]
    offset = row * horizon
    first = np.searchsorted(flat, low + BEYOND * row, side="left") - offset
    beyond = np.searchsorted(flat, high + BEYOND * row, side="right") - offset
    first = np.maximum(first, coded.pairs["first_day"].to_numpy()[routes.pair])
    return first, np.maximum(beyond - first, 0)


def _lateness(
    scenario: Scenario, coded: CodedScenario, columns: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """List the columns of lateness: days late, and the value that is left by then.

    Value goes with the days after the first possible arrival: what has passed by then is lost to no
    plan more than to another.
    """
    kept = np.array([s.value_kept_per_day_late for s in scenario.settings.segments.values()])
    lines, line = coded.lines, columns["line"]
    late = columns["arrival"] - _take(lines["requested"], line)
    np.maximum(late, 0, out=late)
    worth = lines["unit_value"].to_numpy()[line]
    worth *= columns["gives"]
    losing = np.minimum(late, columns["arrival"] - _take(lines["first_arrival"], line))
    behind = np.flatnonzero(losing > 0)
    segment = lines["of"].to_numpy()[line[behind]]
    worth[behind] *= np.power(kept[segment], losing[behind])
    return {"days_late": late, "on_time": late == 0, "unit_worth": worth}
