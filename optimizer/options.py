"""Every possible shipment: line x site x service x ship day, without a Python loop over rows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.scenario import Scenario
from models.settings import minutes
from optimizer.calendars import LONGEST_CLOSURE, Calendars, next_open, read_calendars

BEYOND = 4 * 10**6
"""More than any day; keeps the arrival tables of different lanes apart in one sorted array."""


def possible_options(
    scenario: Scenario,
    services: np.ndarray,
    sites: np.ndarray,
    orders: pd.DataFrame,
    lines: pd.DataFrame,
    pairs: pd.DataFrame,
    lanes: pd.DataFrame,
) -> pd.DataFrame:
    """List the options, sorted by line, site, service and ship day.

    Parameters
    ----------
    scenario
        For entitlements, windows, calendars and the horizon.
    services, sites
        Names by code.
    orders, lines, pairs, lanes
        Coded frames of :mod:`optimizer.preparing`.

    Returns
    -------
    pandas.DataFrame
        Columns of ``Problem.options`` but for those of stock and capacity, and ``pair``,
        ``region``.
    """
    ways = _ways(lines, orders, pairs, lanes)
    ways = ways[_permitted(scenario, services, ways)]
    calendars = _calendars(scenario, lanes)
    arrivals, row = _arrivals(scenario, calendars, services, ways)
    first, count = _ship_days(arrivals, row, ways)
    repeated = np.repeat(np.arange(len(ways)), count)
    options = ways.iloc[repeated].reset_index(drop=True)
    nth = np.arange(len(options)) - np.repeat(np.cumsum(count) - count, count)
    options["day"] = first[repeated] + nth
    options["arrival"] = arrivals[row[repeated], options["day"]]
    ships = calendars.of("site", sites)
    options = options[ships[options["site"], options["day"]]]
    options = options.sort_values(["line", "site", "service", "day"], ignore_index=True)
    return _worth(scenario, options)


def _ways(
    lines: pd.DataFrame, orders: pd.DataFrame, pairs: pd.DataFrame, lanes: pd.DataFrame
) -> pd.DataFrame:
    """Line x site that holds the item x lane to the customer's region."""
    asked = lines[["order", "item", "segment", "unit_value", "effort", "requested"]].assign(
        line=np.arange(len(lines))
    )
    held = pairs[["site", "item", "first_day"]].assign(pair=np.arange(len(pairs)))
    who = orders[["customer", "region", "receives", "pinned", "earliest", "latest"]]
    ways = asked.merge(held, on="item").merge(who, left_on="order", right_index=True)
    return ways.merge(lanes, on=["site", "region"])


def _permitted(scenario: Scenario, services: np.ndarray, ways: pd.DataFrame) -> np.ndarray:
    """Entitled, pinned, within the customer's hours and worth its cost."""
    segments = list(scenario.settings.segments.values())
    entitled = np.array([[s in segment.services for s in services] for segment in segments])
    hours, code = np.unique(ways["receives"].to_numpy(dtype=object), return_inverse=True)
    windows = [scenario.settings.services[s].window for s in services]
    meets = np.array([[_overlap(w, h) for w in windows] for h in hours], dtype=bool)
    meets = meets.reshape(-1, len(services))
    share = np.array([np.inf if s.max_cost_share is None else s.max_cost_share for s in segments])
    service, segment = ways["service"].to_numpy(), ways["segment"].to_numpy()
    with np.errstate(invalid="ignore"):
        ceiling = np.nan_to_num(share[segment] * ways["unit_value"].to_numpy(), nan=np.inf)
    return (
        entitled[segment, service]
        & ((ways["pinned"] < 0) | (ways["pinned"] == service)).to_numpy()
        & meets[code, service]
        & (ways["unit_cost"].to_numpy() <= ceiling + 1e-9)
    )


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
    scenario: Scenario, calendars: Calendars, services: np.ndarray, ways: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    """Arrival day by ship day: array (kinds of journey, horizon), and each way's kind."""
    known = {name for kind, name in calendars.open_days if kind == "customer"}
    regions = scenario["customers"].drop_duplicates("customer").set_index("customer")["region"]
    customer = ways["customer"].where(ways["customer"].isin(known), "")
    kinds = pd.DataFrame(
        {"service": ways["service"], "region": ways["region"], "transit": ways["transit"]}
    ).assign(customer=customer)
    unique = kinds.drop_duplicates(ignore_index=True)
    place = kinds.merge(
        unique.assign(kind=np.arange(len(unique))), on=list(unique.columns), how="left"
    )["kind"].to_numpy(dtype="int64")
    example = ways["customer"].to_numpy()[np.unique(place, return_index=True)[1]]
    is_open = (
        calendars.of("service", services[unique["service"]])
        & calendars.of("region", regions.loc[example].to_numpy())
        & calendars.of("customer", unique["customer"].to_numpy())
    )
    opens = next_open(is_open)
    reached = np.arange(scenario.settings.horizon.days) + unique["transit"].to_numpy()[:, None]
    accepted = np.take_along_axis(opens, reached, axis=1)
    return np.where(accepted - reached > LONGEST_CLOSURE, BEYOND // 2, accepted), place


def _ship_days(
    arrivals: np.ndarray, row: np.ndarray, ways: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    """First ship day and number of ship days of each way: stock is there, arrival is accepted."""
    kinds, horizon = arrivals.shape
    flat = (arrivals + BEYOND * np.arange(kinds)[:, None]).ravel()
    low = np.clip(ways["earliest"], 0, BEYOND // 4).to_numpy()
    high = np.clip(ways["latest"], -1, BEYOND // 4).to_numpy()
    offset = row * horizon
    first = np.searchsorted(flat, low + BEYOND * row, side="left") - offset
    beyond = np.searchsorted(flat, high + BEYOND * row, side="right") - offset
    first = np.maximum(first, ways["first_day"].to_numpy())
    return first, np.maximum(beyond - first, 0)


def _worth(scenario: Scenario, options: pd.DataFrame) -> pd.DataFrame:
    kept = np.array([s.value_kept_per_day_late for s in scenario.settings.segments.values()])
    late = np.maximum(options["arrival"] - options["requested"], 0)
    options["days_late"] = late
    options["on_time"] = late == 0
    share = np.power(kept[options["segment"]], late)
    options["unit_worth"] = options["unit_value"] * share
    return options
