"""Scenario -> Problem: codes for names, days for dates, and every option that is possible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.problem import CONTRACTS, Problem
from models.scenario import Scenario
from optimizer.options import possible_options

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
    options = possible_options(scenario, names.services, names.sites, orders, lines, pairs, lanes)
    options["epoch"] = _latest_epoch(epochs, options)
    site_days = _site_limits(scenario, names, options)
    lane_days = _lane_limits(scenario, names, options)
    options["upper"] = _upper(options, lines, epochs, site_days, lane_days)
    frames = {
        "segments": _segments(scenario, lines),
        "orders": orders,
        "lines": lines,
        "pairs": pairs,
        "epochs": epochs,
        "site_days": site_days,
        "lane_days": lane_days,
        "options": options,
    }
    return Problem(
        settings=scenario.settings,
        sites=names.sites,
        services=names.services,
        items=names.items,
        regions=names.regions,
        **{name: _held(frame, CONTRACTS[name]) for name, frame in frames.items()},
    )


def _held(frame: pd.DataFrame, contract: dict[str, str]) -> pd.DataFrame:
    index = pd.RangeIndex(len(frame))
    columns = {name: frame[name].set_axis(index) for name in contract}
    wrong = {name: dtype for name, dtype in contract.items() if columns[name].dtype != dtype}
    return pd.DataFrame(columns, index=index).astype(wrong)


def _sorted(*columns: pd.Series) -> np.ndarray:
    return np.array(sorted(set().union(*columns)), dtype=object)


def _code(names: np.ndarray, values: pd.Series) -> np.ndarray:
    return pd.Index(names, dtype=object).get_indexer(values.astype(object))


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
    table = table[table["order"].isin(scenario["lines"]["order"])].sort_values("order")
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


def _latest_epoch(epochs: pd.DataFrame, options: pd.DataFrame) -> np.ndarray:
    """Find the epoch whose stock an option draws from: the last one up to its ship day."""
    key = epochs["pair"] * NEVER + epochs["day"]
    return np.searchsorted(key, options["pair"] * NEVER + options["day"], side="right") - 1


def _by_day(rows: pd.DataFrame, scenario: Scenario, keys: list[str]) -> pd.DataFrame:
    """Spread undated capacity rows over the horizon; a dated row replaces its day's."""
    rows = rows.assign(day=_day(scenario, rows["date"], -1), dated=rows["date"].notna())
    everyday = rows[~rows["dated"]].drop(columns="day")
    days = pd.DataFrame({"day": np.arange(scenario.settings.horizon.days)})
    spread = pd.concat([rows[rows["dated"]], everyday.merge(days, how="cross")])
    return spread.drop_duplicates([*keys, "day"]).rename(columns={"units": "limit"})


def _positions(options: pd.DataFrame, limits: pd.DataFrame, keys: list[str]) -> np.ndarray:
    """Row of ``limits`` for each option, -1 where nothing limits it."""
    found = options[keys].merge(
        limits[keys].assign(position=np.arange(len(limits))), on=keys, how="left"
    )
    return found["position"].fillna(-1).to_numpy(dtype="int64")


def _only_used(limits: pd.DataFrame, options: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Drop limits that no option uses and renumber the options' columns."""
    used = np.unique(options[columns])
    used = used[used >= 0]
    place = np.full(len(limits) + 1, -1)
    place[used] = np.arange(len(used))
    for column in columns:
        options[column] = place[options[column]]
    return limits.iloc[used]


def _site_limits(scenario: Scenario, names: Names, options: pd.DataFrame) -> pd.DataFrame:
    table = scenario["site_capacity"]
    limits = _by_day(table.assign(site=_code(names.sites, table["site"])), scenario, ["site"])
    limits = limits.sort_values(["site", "day"])
    options["site_day"] = _positions(options, limits, ["site", "day"])
    return _only_used(limits, options, ["site_day"])


def _lane_limits(scenario: Scenario, names: Names, options: pd.DataFrame) -> pd.DataFrame:
    table = scenario["lane_capacity"]
    coded = table.assign(
        site=_code(names.sites, table["site"]),
        region=np.where(table["region"] == "", -1, _code(names.regions, table["region"])),
        service=_code(names.services, table["service"]),
    )
    coded = coded[(coded["region"] >= 0) | (table["region"] == "")]  # a region nobody lives in
    keys = ["site", "region", "service"]
    limits = _by_day(coded, scenario, keys).sort_values([*keys, "day"])
    options["lane_day"] = _positions(options, limits, [*keys, "day"])
    together = options.assign(region=-1)
    options["lane_total"] = _positions(together, limits, [*keys, "day"])
    return _only_used(limits, options, ["lane_day", "lane_total"])


def _upper(
    options: pd.DataFrame,
    lines: pd.DataFrame,
    epochs: pd.DataFrame,
    site_days: pd.DataFrame,
    lane_days: pd.DataFrame,
) -> np.ndarray:
    """Units that an option can ship at most: ordered, supplied so far, within each capacity."""
    supplied = epochs.groupby("pair")["arriving"].cumsum().to_numpy()
    free = np.append(site_days["limit"].to_numpy(), np.inf)
    effort = options["effort"].to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        by_site = np.where(effort > 0, free[options["site_day"]] / effort, np.inf)
    carried = np.append(lane_days["limit"].to_numpy(), np.inf)
    upper = np.minimum.reduce(
        [
            lines["quantity"].to_numpy()[options["line"]],
            supplied[options["epoch"]],
            by_site,
            carried[options["lane_day"]],
            carried[options["lane_total"]],
        ]
    )
    whole = lines["whole"].to_numpy()[options["line"]]
    return np.where(whole, np.floor(upper + 1e-9), upper)
