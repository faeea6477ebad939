"""Capacity of sites and lanes by day, and which options use it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.problem import CONTRACTS
from models.scenario import Scenario
from optimizer.preparing.names import Names, code, day_of

Options = dict[str, np.ndarray]


def frozen_use(options: Options, frozen: pd.DataFrame) -> np.ndarray:
    """Units that each option ships for a frozen commitment [unit], shape (options,).

    A commitment may have an option for each certainty of supply; the first of them has its units.
    Options that move it have none: they keep within the limits.
    """
    row = np.where(options["moves"], -1, options["frozen"])
    use = np.zeros(len(row))
    kept, first = np.unique(row, return_index=True)
    first = first[kept >= 0]
    use[first] = frozen["quantity"].to_numpy()[kept[kept >= 0]]
    return use


def _by_day(rows: pd.DataFrame, scenario: Scenario, keys: list[str]) -> pd.DataFrame:
    """Repeat undated rows of capacity for each day; a dated row replaces that of its day."""
    rows = rows.assign(day=day_of(scenario, rows["date"], -1), dated=rows["date"].notna())
    everyday = rows[~rows["dated"]].drop(columns="day")
    days = pd.DataFrame({"day": np.arange(scenario.settings.horizon.days)})
    spread = pd.concat([rows[rows["dated"]], everyday.merge(days, how="cross")])
    return spread.drop_duplicates([*keys, "day"]).rename(columns={"units": "limit"})


def _by_group(group: np.ndarray, groups: int, limits: pd.DataFrame, days: int) -> np.ndarray:
    """Row of ``limits`` by group and day, -1 where there is none: array (groups + 1, days)."""
    table = np.full((groups + 1, days), -1, dtype=np.int32)
    inside = limits["day"].between(0, days - 1).to_numpy()
    table[group[inside], limits["day"].to_numpy()[inside]] = np.flatnonzero(inside)
    return table


def _only_used(limits: pd.DataFrame, options: Options, columns: list[str]) -> pd.DataFrame:
    """Drop limits that no option uses, and renumber the options' columns."""
    used = np.zeros(len(limits) + 1, dtype=bool)
    for column in columns:
        used[options[column]] = True
    used[-1] = False
    place = np.where(used, np.cumsum(used) - 1, -1).astype(np.int32)
    for column in columns:
        options[column] = place[options[column]]
    return limits.iloc[np.flatnonzero(used)]


def _with_most(
    limits: pd.DataFrame, options: Options, columns: list[str], use: np.ndarray
) -> pd.DataFrame:
    """Add the most that a plan uses: the limit, or what frozen commitments use if that is more."""
    taken = np.zeros(len(limits))
    for rows in (options[column] for column in columns) if use.any() else ():
        taken += np.bincount(rows[rows >= 0], use[rows >= 0], len(limits))
    return limits.assign(most=np.maximum(limits["limit"], taken))


def _no_limits(options: Options, frame: str, columns: list[str]) -> pd.DataFrame:
    """Return no limits, and note in the options that they use none."""
    for column in columns:
        options[column] = np.full(len(options["line"]), -1, dtype=np.int32)
    return pd.DataFrame(columns=list(CONTRACTS[frame])).astype(CONTRACTS[frame])


def site_limits(
    scenario: Scenario, names: Names, options: Options, frozen: np.ndarray
) -> pd.DataFrame:
    """Capacity of sites by day; adds the column ``site_day`` to the options."""
    table = scenario["site_capacity"]
    if table.empty:
        return _no_limits(options, "site_days", ["site_day"])
    limits = _by_day(table.assign(site=code(names.sites, table["site"])), scenario, ["site"])
    limits = limits.sort_values(["site", "day"])
    days, sites = scenario.settings.horizon.days, len(names.sites)
    row = _by_group(limits["site"].to_numpy(), sites, limits, days)
    options["site_day"] = row[options["site"], options["day"]]
    limits = _only_used(limits, options, ["site_day"])
    return _with_most(limits, options, ["site_day"], frozen * options["effort"])


def lane_limits(
    scenario: Scenario,
    names: Names,
    lanes: pd.DataFrame,
    lane: np.ndarray,
    options: Options,
    frozen: np.ndarray,
) -> pd.DataFrame:
    """Capacity of lanes by day; adds ``lane_day`` and ``lane_total`` to the options."""
    table, columns = scenario["lane_capacity"], ["lane_day", "lane_total"]
    if table.empty:
        return _no_limits(options, "lane_days", columns)
    coded = table.assign(
        site=code(names.sites, table["site"]),
        region=np.where(table["region"] == "", -1, code(names.regions, table["region"])),
        service=code(names.services, table["service"]),
    )
    coded = coded[(coded["region"] >= 0) | (table["region"] == "")]  # a region nobody lives in
    keys = ["site", "region", "service"]
    limits = _by_day(coded, scenario, keys).sort_values([*keys, "day"])
    known = pd.MultiIndex.from_frame(limits[keys].drop_duplicates())
    group = known.get_indexer(pd.MultiIndex.from_frame(limits[keys]))
    row = _by_group(group, len(known), limits, scenario.settings.horizon.days)
    for column, of in (("lane_day", lanes), ("lane_total", lanes.assign(region=-1))):
        mine = known.get_indexer(pd.MultiIndex.from_frame(of[keys]))
        options[column] = row[mine[lane], options["day"]]
    return _with_most(_only_used(limits, options, columns), options, columns, frozen)
