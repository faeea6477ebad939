"""Quotas: what a group may get at most, and customers at a stage together.

A scope is a group of customers (by segment, customer, region) and what ships to it (item, site).
"""

from __future__ import annotations

import pandas as pd

from models.judge.findings import exceeds, refuse
from models.judge.lookup import Lookup
from models.judge.lookup.supply import supply_by_item

GROUP = ["segment", "customer", "region"]
SCOPE = [*GROUP, "item", "site"]


def quotas_hold(lookup: Lookup) -> list[str]:
    """Refuse more units to a scope, by ship date, than its quota; frozen ones alone may be more."""
    if lookup.scenario["quotas"]["at_most"].isna().all():
        return []
    table = dated_quotas(lookup)
    table = table[table["at_most"].notna()].reset_index(drop=True)
    units, frozen = (_to_scopes(table, part) for part in (lookup.placed, frozen_part(lookup)))
    limit = table["at_most"].clip(lower=frozen)
    wrong = exceeds(units, limit)
    return refuse(
        table,
        wrong,
        "quota of {name}: {units} units ship from {from} to {to}, at most {limit} may",
        worst="excess",
        units=units,
        limit=limit,
        excess=units - limit,
        name=pd.Series({row: named(table.loc[row]) for row in table.index[wrong]}, dtype="str"),
    )


def frozen_part(lookup: Lookup) -> pd.DataFrame:
    """Take of each shipment that arrives what is kept as a commitment froze it."""
    return lookup.placed.assign(quantity=lookup.placed["kept"])


def stage_caps_hold(lookup: Lookup) -> list[str]:
    """Refuse more of an item to all customers at a stage than their share of its supply.

    The share is a pack at least, or the step of a divisible item, where there is any supply; frozen
    units alone may be more.
    """
    stages = lookup.scenario.settings.stages
    capped = {
        name: s.supply_share_cap for name, s in stages.items() if s.supply_share_cap is not None
    }
    rows = lookup.placed[lookup.placed["stage"].isin(list(capped))]
    if rows.empty:
        return []
    taken = rows.groupby(["stage", "item"])[["quantity", "kept"]].sum().reset_index()
    units = supply_by_item(lookup.scenario).reindex(taken["item"], fill_value=0.0)
    items = lookup.scenario["items"].set_index("item")
    pack = items["pack"].reindex(taken["item"]).fillna(1.0)
    divisible = items["divisible"].reindex(taken["item"]).eq(other=True)
    step = items["step"].reindex(taken["item"])
    least = pack.mask(divisible & (pack == 1), step).mask(units <= 0, 0.0).to_numpy()
    share = taken["stage"].map(capped).to_numpy() * units.to_numpy()
    limit = pd.Series(share).clip(lower=pd.Series(least)).clip(lower=taken["kept"])
    return refuse(
        taken,
        exceeds(taken["quantity"], limit),
        "item {item}: customers in {stage} take {quantity} units together, at most {limit} may",
        worst="excess",
        limit=limit,
        excess=taken["quantity"] - limit,
    )


def dated_quotas(lookup: Lookup) -> pd.DataFrame:
    """Fill blank dates of the quotas with the first and last day of the horizon."""
    horizon = lookup.scenario.settings.horizon
    first = pd.Timestamp(horizon.start)
    last = first + pd.Timedelta(days=horizon.days - 1)
    return lookup.scenario["quotas"].fillna({"from": first, "to": last})


def named(scope: pd.Series) -> str:
    """Name a scope by what it is limited to."""
    parts = [f"{column} {scope[column]}" for column in SCOPE if scope.get(column)]
    return ", ".join(parts) or "everybody"


def _to_scopes(table: pd.DataFrame, part: pd.DataFrame) -> pd.Series:
    """Add up the units of shipments that go to each scope in its window."""
    total = pd.Series(0.0, index=table.index)
    used = table[SCOPE] != ""
    for _, rows in table.groupby([used[column] for column in SCOPE]):
        own = [column for column in SCOPE if used.loc[rows.index[0], column]]
        daily = part.groupby([*own, "ship_date"], as_index=False)["quantity"].sum()
        windows = rows[[*own, "from", "to"]].reset_index(names="quota")
        pairs = windows.merge(daily, on=own) if own else windows.merge(daily, how="cross")
        inside = pairs["ship_date"].between(pairs["from"], pairs["to"])
        units = pairs[inside].groupby("quota")["quantity"].sum()
        total = total.add(units, fill_value=0.0)
    return total
