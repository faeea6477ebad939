"""Scenario -> Problem: codes for names, days for dates, and every option that is possible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.problem import CONTRACTS, Problem
from models.scenario import Scenario
from optimizer.options import Coded, possible_options

NEVER = 10**6
"""A day that no arrival reaches."""


@dataclass(frozen=True, eq=False)
class Names:
    """Names by code, each sorted; a code is a position."""

    sites: np.ndarray
    services: np.ndarray
    items: np.ndarray
    regions: np.ndarray
    segments: np.ndarray


def prepare(scenario: Scenario) -> Problem:
    """Code the scenario and list every option that its dates, lanes, services and stock allow.

    Parameters
    ----------
    scenario
        Validated.

    Returns
    -------
    Problem
        Independent of the order of rows in the scenario's tables.
    """
    names = _names(scenario)
    orders = _orders(scenario, names)
    lines = _lines(scenario, names, orders)
    pairs, epochs = _supply(scenario, names)
    lanes = _lanes(scenario, names)
    coded = Coded(orders, lines, pairs, lanes, names.sites, names.services, names.regions)
    options, site_days, lane_days = _options(scenario, names, coded, epochs)
    frames = {
        "segments": _segments(scenario, lines),
        "orders": orders,
        "lines": lines,
        "pairs": pairs,
        "epochs": epochs,
        "site_days": site_days,
        "lane_days": lane_days,
    }
    held = {name: _held(frame, CONTRACTS[name]) for name, frame in frames.items()}
    return Problem(
        settings=scenario.settings,
        sites=names.sites,
        services=names.services,
        items=names.items,
        regions=names.regions,
        options=_framed(options, CONTRACTS["options"]),
        **held,
    )


def _options(
    scenario: Scenario, names: Names, coded: Coded, epochs: pd.DataFrame
) -> tuple[dict[str, np.ndarray], pd.DataFrame, pd.DataFrame]:
    """Columns of the options, and the capacities that they use."""
    options, ways, way = possible_options(scenario, coded)
    options["epoch"] = _latest_epoch(epochs, ways.pair[way], options["day"])
    site_days = _site_limits(scenario, names, options)
    lane_days = _lane_limits(scenario, names, coded.lanes, ways.lane[way], options)
    del ways, way  # large, and of no more use
    options["effort"] = coded.lines["effort"].to_numpy()[options["line"]]
    options["upper"] = _upper(options, coded.lines, epochs, site_days, lane_days)
    return options, site_days, lane_days


def _framed(columns: dict[str, np.ndarray], contract: dict[str, str]) -> pd.DataFrame:
    """Make a frame of a million rows or twenty, copying no column that is right already."""
    typed = {name: columns.pop(name).astype(dtype, copy=False) for name, dtype in contract.items()}
    return pd.DataFrame(typed, copy=False)


def _held(frame: pd.DataFrame, contract: dict[str, str]) -> pd.DataFrame:
    index = pd.RangeIndex(len(frame))
    columns = {name: frame[name].set_axis(index) for name in contract}
    wrong = {name: dtype for name, dtype in contract.items() if columns[name].dtype != dtype}
    return pd.DataFrame(columns, index=index).astype(wrong)


def _sorted(*columns: pd.Series) -> np.ndarray:
    return np.array(sorted(set().union(*(column.unique() for column in columns))), dtype=object)


def _code(names: np.ndarray, values: pd.Series) -> np.ndarray:
    """Position of each value in ``names``; -1 = not there."""
    row, found = pd.factorize(values)
    place = pd.Index(names, dtype=object).get_indexer(pd.Index(found, dtype=object))
    return np.append(place, -1)[row]


def among(values: pd.Series, allowed: pd.Series) -> np.ndarray:
    """Whether each name is one of those allowed; ``isin`` takes a hundred times as long."""
    known: np.ndarray = pd.Index(allowed.unique()).get_indexer(pd.Index(values)) >= 0
    return known


def _names(scenario: Scenario) -> Names:
    lanes, lines, stock, receipts = (
        scenario[table] for table in ("lanes", "lines", "stock", "receipts")
    )
    return Names(
        sites=_sorted(scenario["sites"]["site"]),
        services=np.array(sorted(scenario.settings.services), dtype=object),
        items=_sorted(lines["item"], stock["item"], receipts["item"]),
        regions=_sorted(scenario["customers"]["region"], lanes["region"]),
        segments=np.array(list(scenario.settings.segments), dtype=object),
    )


def _day(scenario: Scenario, dates: pd.Series, blank: int) -> np.ndarray:
    """Days from the start; ``blank`` where no date is given."""
    offset = (dates - pd.Timestamp(scenario.settings.horizon.start)).dt.days
    return offset.fillna(blank).clip(-NEVER, NEVER).to_numpy(dtype="int64")


def _orders(scenario: Scenario, names: Names) -> pd.DataFrame:
    table = scenario["orders"]
    table = table[among(table["order"], scenario["lines"]["order"])].sort_values("order")
    who = scenario["customers"].set_index("customer").loc[table["customer"]]
    segments = list(scenario.settings.segments.values())
    segment = _code(names.segments, who["segment"])
    late = np.array([NEVER if s.max_days_late is None else s.max_days_late for s in segments])
    requested = _day(scenario, table["requested"], NEVER)
    return pd.DataFrame(
        {
            "order": table["order"].to_numpy(),
            "segment": segment,
            "ship_complete": table["ship_complete"].to_numpy(),
            "customer": table["customer"].to_numpy(),
            "region": _code(names.regions, who["region"]),
            "receives": who["receives"].to_numpy(),
            "pinned": _code(names.services, table["service"]),  # -1 = none
            "requested": requested,
            "ordered_on": _day(scenario, table["ordered"], 0),
            "earliest": _day(scenario, table["earliest"], -NEVER),
            "latest": np.minimum(_day(scenario, table["cancel"], NEVER), requested + late[segment]),
        }
    )


def _lines(scenario: Scenario, names: Names, orders: pd.DataFrame) -> pd.DataFrame:
    lines = scenario["lines"].sort_values(["order", "line"], ignore_index=True)
    items = scenario["items"].set_index("item").reindex(lines["item"])
    order = pd.Index(orders["order"]).get_indexer(lines["order"])
    segment = orders["segment"].to_numpy()[order]
    tiers = np.array([s.tier for s in scenario.settings.segments.values()])
    lines["whole"] = items["divisible"].to_numpy() != True  # noqa: E712  no row = whole
    return pd.DataFrame(
        {
            "order": order,
            "line": lines["line"],
            "item": _code(names.items, lines["item"]),
            "segment": segment,
            "tier": tiers[segment],
            "quantity": lines["quantity"],
            "unit_value": lines["unit_value"],
            "least": _least(lines),
            "whole": lines["whole"],
            "effort": items["pick_effort"].fillna(1.0).to_numpy(),
            "requested": orders["requested"].to_numpy()[order],
            "ordered_on": orders["ordered_on"].to_numpy()[order],
        }
    )


def _least(lines: pd.DataFrame) -> np.ndarray:
    """Smallest delivery that is not nothing; 0 where any will do."""
    share = lines["min_fill"] * lines["quantity"]
    share = share.where(~lines["whole"], np.ceil(share - 1e-9))
    least = np.where(lines["complete"], lines["quantity"], share)
    return np.where(lines["whole"] & (least <= 1), 0.0, least)


def _segments(scenario: Scenario, lines: pd.DataFrame) -> pd.DataFrame:
    settings = scenario.settings
    totals = {
        "unit": lines["quantity"].groupby(lines["segment"]).sum(),
        "value": (lines["quantity"] * lines["unit_value"]).groupby(lines["segment"]).sum(),
        "line": lines.groupby("segment").size(),
        "order": lines.groupby("segment")["order"].nunique(),
    }
    rows = [
        (
            name,
            s.tier,
            s.measure.base,
            s.measure.on_time,
            s.target.level if s.target else np.nan,
            np.nan if s.floor is None else s.floor,
            float(totals[s.measure.base].get(code, 0)),
        )
        for code, (name, s) in enumerate(settings.segments.items())
    ]
    return pd.DataFrame(rows, columns=list(CONTRACTS["segments"]))


def _supply(scenario: Scenario, names: Names) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Pairs of site and item, and the days on which their supply grows."""
    stock, receipts = scenario["stock"], scenario["receipts"]
    both = pd.DataFrame(
        {
            "site": np.append(
                _code(names.sites, stock["site"]), _code(names.sites, receipts["site"])
            ),
            "item": np.append(
                _code(names.items, stock["item"]), _code(names.items, receipts["item"])
            ),
            "day": np.append(
                np.zeros(len(stock), dtype="int64"),
                np.maximum(_day(scenario, receipts["date"], 0), 0),
            ),
            "arriving": np.append(stock["on_hand"], receipts["quantity"]),
        }
    )
    sites = scenario["sites"]
    is_open = np.isin(names.sites, sites["site"][sites["open"]].to_numpy(dtype=object))
    usable = is_open[both["site"]] & (both["day"] < scenario.settings.horizon.days)
    both = both[usable & (both["arriving"] > 0)]
    epochs = both.groupby(["site", "item", "day"])[["arriving"]].sum().reset_index()
    by_pair = epochs.groupby(["site", "item"])
    epochs["pair"] = by_pair.ngroup()
    pairs = epochs.assign(supply=by_pair["arriving"].transform("sum"), first_day=epochs["day"])
    pairs = pairs.drop_duplicates("pair", ignore_index=True)
    same = epochs["pair"].eq(epochs["pair"].shift())
    epochs["previous"] = np.where(same, np.arange(len(epochs)) - 1, -1)
    return pairs, epochs


def _lanes(scenario: Scenario, names: Names) -> pd.DataFrame:
    lanes = scenario["lanes"]
    surcharge = np.array([scenario.settings.services[s].surcharge_per_unit for s in names.services])
    service = _code(names.services, lanes["service"])
    return pd.DataFrame(
        {
            "site": _code(names.sites, lanes["site"]),
            "region": _code(names.regions, lanes["region"]),
            "service": service,
            "transit": lanes["transit_days"],
            "unit_cost": lanes["cost_per_unit"] + surcharge[service],
            "kg_co2": lanes["kg_co2_per_unit"],
        }
    )


def _latest_epoch(epochs: pd.DataFrame, pair: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Find the epoch whose stock an option draws from: the last one up to its ship day."""
    of, on = (epochs[name].to_numpy() for name in ("pair", "day"))
    until = np.append(np.where(of[1:] == of[:-1], on[1:], NEVER), NEVER)  # the next one's day
    first = np.searchsorted(of, np.arange(len(of) + 1)).astype(np.int32)
    epoch = first[pair]
    late = np.flatnonzero(until[epoch] <= day)
    while len(late):
        epoch[late] += 1
        late = late[until[epoch[late]] <= day[late]]
    return epoch


def _by_day(rows: pd.DataFrame, scenario: Scenario, keys: list[str]) -> pd.DataFrame:
    """Spread undated capacity rows over the horizon; a dated row replaces its day's."""
    rows = rows.assign(day=_day(scenario, rows["date"], -1), dated=rows["date"].notna())
    everyday = rows[~rows["dated"]].drop(columns="day")
    days = pd.DataFrame({"day": np.arange(scenario.settings.horizon.days)})
    spread = pd.concat([rows[rows["dated"]], everyday.merge(days, how="cross")])
    return spread.drop_duplicates([*keys, "day"]).rename(columns={"units": "limit"})


def _by_group(group: np.ndarray, groups: int, limits: pd.DataFrame, days: int) -> np.ndarray:
    """Row of ``limits`` by group and day, -1 where nothing limits: array (groups + 1, days)."""
    table = np.full((groups + 1, days), -1, dtype=np.int32)
    inside = limits["day"].between(0, days - 1).to_numpy()
    table[group[inside], limits["day"].to_numpy()[inside]] = np.flatnonzero(inside)
    return table


def _only_used(
    limits: pd.DataFrame, options: dict[str, np.ndarray], columns: list[str]
) -> pd.DataFrame:
    """Drop limits that no option uses and renumber the options' columns."""
    used = np.zeros(len(limits) + 1, dtype=bool)
    for column in columns:
        used[options[column]] = True
    used[-1] = False
    place = np.where(used, np.cumsum(used) - 1, -1).astype(np.int32)
    for column in columns:
        options[column] = place[options[column]]
    return limits.iloc[np.flatnonzero(used)]


def _site_limits(scenario: Scenario, names: Names, options: dict[str, np.ndarray]) -> pd.DataFrame:
    table = scenario["site_capacity"]
    limits = _by_day(table.assign(site=_code(names.sites, table["site"])), scenario, ["site"])
    limits = limits.sort_values(["site", "day"])
    days, sites = scenario.settings.horizon.days, len(names.sites)
    row = _by_group(limits["site"].to_numpy(), sites, limits, days)
    options["site_day"] = row[options["site"], options["day"]]
    return _only_used(limits, options, ["site_day"])


def _lane_limits(
    scenario: Scenario,
    names: Names,
    lanes: pd.DataFrame,
    lane: np.ndarray,
    options: dict[str, np.ndarray],
) -> pd.DataFrame:
    table = scenario["lane_capacity"]
    coded = table.assign(
        site=_code(names.sites, table["site"]),
        region=np.where(table["region"] == "", -1, _code(names.regions, table["region"])),
        service=_code(names.services, table["service"]),
    )
    coded = coded[(coded["region"] >= 0) | (table["region"] == "")]  # a region nobody lives in
    keys = ["site", "region", "service"]
    limits = _by_day(coded, scenario, keys).sort_values([*keys, "day"])
    known = pd.MultiIndex.from_frame(limits[keys].drop_duplicates())
    group = known.get_indexer(pd.MultiIndex.from_frame(limits[keys]))
    row = _by_group(group, len(known), limits, scenario.settings.horizon.days)
    for column, asked in (("lane_day", lanes), ("lane_total", lanes.assign(region=-1))):
        mine = known.get_indexer(pd.MultiIndex.from_frame(asked[keys]))
        options[column] = row[mine[lane], options["day"]]
    return _only_used(limits, options, ["lane_day", "lane_total"])


def _upper(
    options: dict[str, np.ndarray],
    lines: pd.DataFrame,
    epochs: pd.DataFrame,
    site_days: pd.DataFrame,
    lane_days: pd.DataFrame,
) -> np.ndarray:
    """Units that an option can ship at most: ordered, supplied so far, within each capacity."""
    line = options["line"]
    supplied = epochs.groupby("pair")["arriving"].cumsum().to_numpy()
    upper = lines["quantity"].to_numpy()[line]
    np.minimum(upper, supplied[options["epoch"]], out=upper)
    by_site = np.append(site_days["limit"].to_numpy(), np.inf)[options["site_day"]]
    with np.errstate(divide="ignore", invalid="ignore"):
        by_site /= options["effort"]
    np.fmin(upper, by_site, out=upper)  # nothing by nothing is no limit
    by_lane = np.append(lane_days["limit"].to_numpy(), np.inf)
    for column in ("lane_day", "lane_total"):
        np.minimum(upper, by_lane[options[column]], out=upper)
    whole = lines["whole"].to_numpy()[line]
    np.add(upper, 1e-9, out=upper, where=whole)
    np.floor(upper, out=upper, where=whole)
    return upper
