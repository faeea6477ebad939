"""Limits of what groups of orders ship together: quotas, protected supply, caps of stages.

Add one: a function here and its line in ``GROUP_LIMITS``; the formulation, greedy rules, reasons
and quotes obey it then. How it could be lifted stands in :mod:`optimizer.explaining.relaxations`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import combinations

import numpy as np
import pandas as pd

from models.scenario import Scenario
from models.tolerances import DECIMALS
from optimizer.preparing.eligible_items import item_steps
from optimizer.preparing.names import Names, code, day_of

Options = dict[str, np.ndarray]
Uses = Iterator[tuple[float, np.ndarray, int]]
SCOPE = ("segment", "customer", "region", "item", "site")


def quota_limits(
    scenario: Scenario,
    names: Names,
    orders: pd.DataFrame,
    lines: pd.DataFrame,
    options: Options,
    frozen: np.ndarray,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """List the limits of quotas and stages, and the options that use each.

    Parameters
    ----------
    scenario, names
        The quotas, and codes.
    orders, lines
        Who ordered each option's line.
    options
        Columns of the options.
    frozen
        Units of frozen promises by option.

    Returns
    -------
    quotas, quota_uses : pandas.DataFrame
        As the contracts of :mod:`models.problem` say.
    """
    listed = [
        limit
        for limits_of in GROUP_LIMITS.values()
        for limit in limits_of(scenario, names, orders, lines, options)
    ]
    kept = [limit for limit in listed if len(limit[1])]
    limits = np.array([limit for limit, _, _ in kept], dtype="float64")
    promised = np.array([frozen[used].sum() for _, used, _ in kept], dtype="float64")
    owner = np.repeat(np.arange(len(kept)), [len(used) for _, used, _ in kept])
    uses = [np.empty(0, dtype="int64"), *(used for _, used, _ in kept)]
    of = np.array([row for _, _, row in kept], dtype="int64")
    return (
        pd.DataFrame({"limit": limits, "most": np.maximum(limits, promised), "row": of}),
        pd.DataFrame({"quota": owner.astype("int64"), "option": np.concatenate(uses)}),
    )


def _stage_caps(
    scenario: Scenario, names: Names, orders: pd.DataFrame, lines: pd.DataFrame, options: Options
) -> Uses:
    """Limit what all customers at a stage take of each item: a share of supply, a pack at least."""
    caps = {name: stage.supply_share_cap for name, stage in scenario.settings.stages.items()}
    capped = [name for name in caps if caps[name] is not None and (orders["stage"] == name).any()]
    if not capped:
        return
    supply = _supply(scenario, names)
    supply = supply[supply["day"] < scenario.settings.horizon.days]
    there = np.bincount(supply["item"], supply["units"], len(names.items))
    pack = np.where(there > 0, item_steps(scenario, names).pack, 0.0)
    for name in capped:
        mine = (orders["stage"] == name).to_numpy()[lines["order"]]
        used = np.flatnonzero(mine[options["line"]])
        item = options["item"][used]
        for each in np.unique(item):
            limit = max((caps[name] or 0.0) * there[each], pack[each])
            yield round(float(limit), DECIMALS), used[item == each], -1


def _quota_rows(
    scenario: Scenario, names: Names, orders: pd.DataFrame, lines: pd.DataFrame, options: Options
) -> Uses:
    """Limit groups as the table of quotas says."""
    if scenario["quotas"].empty:
        return
    customers = np.array(sorted(scenario["customers"]["customer"]), dtype=object)
    rows = _coded(scenario, names, customers)
    groups = _groups(rows, customers, orders, lines)
    yield from _at_most(rows, groups, options)
    yield from _protected(scenario, names, rows, groups, options)


def _coded(scenario: Scenario, names: Names, customers: np.ndarray) -> pd.DataFrame:
    """Give the table of quotas in codes; -1 = all, -2 = a name that nothing else knows."""
    table = scenario["quotas"]
    known = (names.segments, customers, names.regions, names.items, names.sites)
    coded = {}
    for column, codes in zip(SCOPE, known, strict=True):
        place = code(codes, table[column])
        coded[column] = np.where(table[column] == "", -1, np.where(place < 0, -2, place))
    last = scenario.settings.horizon.days - 1
    first = np.maximum(day_of(scenario, table["from"], 0), 0)
    until = np.minimum(day_of(scenario, table["to"], last), last)
    amounts = table[["at_most", "protected"]].reset_index(drop=True)
    return pd.DataFrame({**coded, "first": first, "last": until}).join(amounts)


def _groups(
    rows: pd.DataFrame, customers: np.ndarray, orders: pd.DataFrame, lines: pd.DataFrame
) -> np.ndarray:
    """Whether each line is in the scope of each row: bool array (rows, lines)."""
    order = lines["order"].to_numpy()
    inside = np.ones((len(rows), len(lines)), dtype=bool)
    mine = {
        "segment": lines["of"].to_numpy(),
        "customer": code(customers, orders["customer"])[order],
        "region": orders["region"].to_numpy()[order],
    }
    for column, own in mine.items():
        wanted = rows[column].to_numpy()[:, None]
        inside &= (wanted == -1) | (wanted == own[None, :])
    return inside


def _is_from_scope(row: pd.Series, options: Options) -> np.ndarray:
    """Whether each option ships an item of the scope from a site of it: bool array (options,)."""
    there: np.ndarray = (row["item"] == -1) | (options["item"] == row["item"])
    return there & ((row["site"] == -1) | (options["site"] == row["site"]))


def _at_most(rows: pd.DataFrame, groups: np.ndarray, options: Options) -> Uses:
    """Limit what the customers in a scope may get."""
    for nth in np.flatnonzero(rows["at_most"].notna()):
        row = rows.iloc[nth]
        used = groups[nth][options["line"]] & _is_from_scope(row, options)
        used &= (options["day"] >= row["first"]) & (options["day"] <= row["last"])
        yield float(row["at_most"]), np.flatnonzero(used), int(nth)


def _protected(
    scenario: Scenario, names: Names, rows: pd.DataFrame, groups: np.ndarray, options: Options
) -> Uses:
    """Limit what all others may have taken until each day before supply grows, and until the last.

    Supply may be protected by several rows, so each set of them is a limit of its own.
    """
    rows = rows[rows["protected"] > 0]
    supply = _supply(scenario, names)
    for item in np.unique(options["item"]) if len(rows) else ():
        mine = rows[(rows["item"] == -1) | (rows["item"] == item)]
        goods = supply[supply["item"] == item]
        for size in range(1, len(mine) + 1):
            for some in combinations(mine.index, size):
                chosen = mine.loc[list(some)]
                yield from _outside(chosen, groups[list(some)], goods, options, int(item))


def _outside(
    rows: pd.DataFrame, groups: np.ndarray, goods: pd.DataFrame, options: Options, item: int
) -> Uses:
    """Limit what lines outside all scopes of a set take from the sites of the set."""
    first, last = int(rows["first"].max()), int(rows["last"].min())
    sites = None if (rows["site"] == -1).any() else set(rows["site"])
    outside = ~np.logical_or.reduce(groups, axis=0)
    taken: np.ndarray = outside[options["line"]] & (options["item"] == item)
    if sites is not None:
        taken &= np.isin(options["site"], list(sites))
        goods = goods[goods["site"].isin(sites)]
    grows = goods["day"].to_numpy()
    days = {int(day) - 1 for day in grows if first < day <= last} | {last}
    for day in sorted(days) if first <= last else ():
        there = float(goods["units"].to_numpy()[grows <= day].sum())
        limit = max(0.0, there - float(rows["protected"].sum()))
        yield limit, np.flatnonzero(taken & (options["day"] <= day)), int(rows.index[0])


def _supply(scenario: Scenario, names: Names) -> pd.DataFrame:
    """List supply at open sites by site, item and day, of any certainty."""
    stock, receipts = scenario["stock"], scenario["receipts"]
    sites = scenario["sites"]
    rows = pd.DataFrame(
        {
            "site": code(names.sites, pd.concat([stock["site"], receipts["site"]])),
            "item": code(names.items, pd.concat([stock["item"], receipts["item"]])),
            "day": np.append(
                np.zeros(len(stock), dtype="int64"),
                day_of(scenario, receipts["date"], 0),
            ),
            "units": np.append(stock["on_hand"], receipts["quantity"]),
        }
    )
    is_open = np.isin(names.sites, sites["site"][sites["open"]].to_numpy(dtype=object))
    return rows[is_open[rows["site"]]]


Source = Callable[[Scenario, Names, pd.DataFrame, pd.DataFrame, Options], Uses]
GROUP_LIMITS: Mapping[str, Source] = {"stages": _stage_caps, "quotas": _quota_rows}
"""Where limits of groups come from: each yields limit, options that use it, row of quotas or -1."""
