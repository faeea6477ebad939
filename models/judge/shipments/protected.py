"""Protected supply: what nobody but a group of customers may take.

Scopes add up: whoever is outside all groups of a set of scopes leaves the protected units of the
whole set, out of the supply of all its sites.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.judge.findings import DOUBLE, TOLERANCE, refuse
from models.judge.lookup import Lookup
from models.judge.lookup.supply import supply
from models.judge.shipments.quotas import GROUP, dated_quotas, frozen_part, named

MOST = 10
"""Scopes of one item of which every set is looked at. Of more, the sets that are likely to bind:
each scope alone, all, and those that have not got yet what is protected for them."""
SCOPE = [*GROUP, "site", "from", "to"]

Mask = NDArray[np.bool_]
Amounts = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Family:
    """Items that have the same scopes."""

    scopes: pd.DataFrame
    """Columns :data:`SCOPE`."""
    items: list[str]
    protected: Amounts
    """Row for each scope, column for each item [unit]."""


def protected_supply_is_left(lookup: Lookup) -> list[str]:
    """Refuse units that eat into what is protected for others, up to any day of its window."""
    offenders = overdrawn(lookup)
    return refuse(
        offenders,
        np.ones(len(offenders), dtype=bool),
        "item {item}: {taken} units up to {day} go to others than {names}, what is protected"
        " leaves them {limit}",
        worst="excess",
        excess=offenders["taken"] - offenders["limit"],
    )


def overdrawn(lookup: Lookup) -> pd.DataFrame:
    """Work out what others took beyond the limits that protection sets.

    The limit of an item is its supply up to the day, without transfers, less the protected units;
    not below zero, nor below the frozen units that those outside get.

    Returns
    -------
    DataFrame
        ``item``, ``names`` of the scopes, ``day``, units ``taken`` and their ``limit``: a row for
        each set of scopes and each item, with its worst day.
    """
    columns = ["item", "names", "day", "taken", "limit"]
    quotas, sites = lookup.scenario["quotas"], lookup.scenario["sites"]
    if quotas["protected"].isna().all() or lookup.placed.empty:
        return pd.DataFrame(columns=columns)
    table = dated_quotas(lookup)
    table = table[table["protected"].notna() & (table[GROUP] != "").any(axis=1)]
    families = _families(table, lookup.placed["item"].unique().tolist())
    stock = supply(lookup.scenario)
    flows = (
        lookup.placed.rename(columns={"ship_date": "day"}),
        frozen_part(lookup).rename(columns={"ship_date": "day"}),
        stock[stock["site"].isin(sites.loc[sites["open"], "site"])],
    )
    horizon = lookup.scenario.settings.horizon
    calendar = pd.date_range(horizon.start, periods=horizon.days, unit="s")
    parts = [_by_family(families, calendar, flow) for flow in flows]
    offenders = [
        offender
        for family, *own in zip(families, *parts, strict=True)
        for offender in _overdrawn(family, calendar, *own)
    ]
    return pd.DataFrame(offenders, columns=columns)


def _families(table: pd.DataFrame, items: list[str]) -> list[_Family]:
    """Put together items with the same scopes; an item with very many is alone."""
    scopes = table[SCOPE].drop_duplicates().reset_index(drop=True)
    numbered = table.merge(scopes.reset_index(names="scope"), on=SCOPE)
    alike: dict[tuple[object, ...], list[str]] = {}
    by_item = _by_item(numbered[["item", "scope", "protected"]], items)
    for item, units in by_item.items():
        key = (*sorted(units), item if len(units) > MOST else "")
        alike.setdefault(key, []).append(item)
    families = []
    for group in alike.values():
        own = sorted(by_item[group[0]])
        if own:
            amounts = np.array([[by_item[item][scope] for item in group] for scope in own])
            families.append(_Family(scopes.loc[own], group, amounts))
    return families


def _by_item(rows: pd.DataFrame, items: list[str]) -> dict[str, dict[int, float]]:
    """Add up what is protected of each item, by scope; rows without an item concern each item."""
    of_each: dict[int, float] = {}
    named: dict[str, dict[int, float]] = {}
    for item, scope, units in rows.sort_values("item").itertuples(index=False):
        own = named.setdefault(item, dict(of_each)) if item else of_each
        own[scope] = own.get(scope, 0.0) + units
    return {item: named.get(item, of_each) for item in items}


def _by_family(
    families: list[_Family], calendar: pd.DatetimeIndex, flow: pd.DataFrame
) -> list[pd.DataFrame]:
    """Give each family its rows: the ``position`` of the item in it, and ``day`` from 0."""
    positions = [
        (item, number, position)
        for number, family in enumerate(families)
        for position, item in enumerate(family.items)
    ]
    where = pd.DataFrame(positions, columns=["item", "family", "position"]).astype({"item": "str"})
    columns = [name for name in (*GROUP, "item", "site", "day", "quantity") if name in flow]
    rows = flow[columns].merge(where, on="item")
    rows["day"] = calendar.get_indexer(pd.DatetimeIndex(rows["day"]))
    rows = rows[rows["day"] >= 0]
    parts = rows.groupby("family").indices
    none = np.empty(0, dtype=int)
    return [rows.iloc[parts.get(number, none)] for number in range(len(families))]


def _overdrawn(
    family: _Family,
    calendar: pd.DatetimeIndex,
    taken: pd.DataFrame,
    frozen: pd.DataFrame,
    there: pd.DataFrame,
) -> Iterator[tuple[str, str, pd.Timestamp, float, float]]:
    """Yield item, scopes, day, units and limit: the worst day of each set of scopes and item."""
    scopes, shape = family.scopes, (len(family.items), len(calendar))
    start, end = (scopes[name].to_numpy()[:, None] for name in ("from", "to"))
    window = (start <= calendar.to_numpy()) & (calendar.to_numpy() <= end)
    source = _matches(scopes, there, ["site"])
    goes = [
        (part, _matches(scopes, part, GROUP), _matches(scopes, part, ["site"]))
        for part in (taken, frozen)
    ]
    for chosen in _sets(family, *goes[0]):
        others, committed = (
            _up_to(part, _any(at_site[chosen]) & ~_any(group[chosen]), shape)
            for part, group, at_site in goes
        )
        left = _up_to(there, _any(source[chosen]), shape)
        left -= family.protected[chosen].sum(axis=0)[:, None]
        limit = np.maximum(np.maximum(left, committed), 0.0)
        excess = np.where(window[chosen].all(axis=0), others - limit, 0.0)
        names = " and ".join(named(scopes.iloc[place]) for place in chosen)
        for item in np.flatnonzero((excess > TOLERANCE + DOUBLE * limit).any(axis=1)):
            day = int(excess[item].argmax())
            taken_units, allowed = float(others[item, day]), float(limit[item, day])
            yield family.items[item], names, calendar[day], taken_units, allowed


def _sets(family: _Family, taken: pd.DataFrame, group: Mask, at_site: Mask) -> Iterator[list[int]]:
    """Yield sets of scopes: all that there are, or of very many those that are likely to bind."""
    every = range(len(family.scopes))
    if len(every) <= MOST:
        for size in every:
            yield from map(list, combinations(every, size + 1))
        return
    yield from ([one] for one in every)
    got = (group & at_site) @ taken["quantity"].to_numpy()
    waiting = np.flatnonzero(family.protected[:, 0] > got + TOLERANCE).tolist()
    yield from (many for many in (list(every), waiting) if many)


def _matches(scopes: pd.DataFrame, rows: pd.DataFrame, columns: list[str]) -> Mask:
    """Say for each scope and row whether the row has what the scope names, if it names any."""
    same = np.ones((len(scopes), len(rows)), dtype=bool)
    for column in columns:
        for place, name in enumerate(scopes[column]):
            if name:
                same[place] &= (rows[column] == name).to_numpy(dtype=bool)
    return same


def _any(scopes: Mask) -> Mask:
    return np.logical_or.reduce(scopes, axis=0)


def _up_to(rows: pd.DataFrame, which: Mask, shape: tuple[int, int]) -> Amounts:
    """Add up some rows: a row for each item, a column for each day with all days before it."""
    cell = rows["position"].to_numpy()[which] * shape[1] + rows["day"].to_numpy()[which]
    units = rows["quantity"].to_numpy()[which]
    daily = np.bincount(cell, units, minlength=shape[0] * shape[1]).astype(float)
    return daily.reshape(shape).cumsum(axis=1)
