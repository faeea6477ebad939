"""Rules on shipments together: ordered quantities, caps, capacity, whole lines and orders."""

from __future__ import annotations

import pandas as pd

from models.judge.findings import TOLERANCE, exceeds, refuse
from models.judge.lookup import Lookup


def lines_within_order(lookup: Lookup) -> list[str]:
    """Refuse more than a line ordered, or than a planner allows beyond what is frozen."""
    lines = lookup.lines
    kept = lines["delivered"] - lines["free"]
    capped = lines["cap"].clip(lower=kept).clip(upper=lines["ordered"])
    return [
        *refuse(
            lines,
            exceeds(lines["delivered"], lines["ordered"]),
            "order {order} line {line}: ships {delivered} of {ordered} ordered",
            worst="excess",
            excess=lines["delivered"] - lines["ordered"],
        ),
        *refuse(
            lines,
            lines["held"] & (lines["free"] > TOLERANCE),
            "order {order} line {line} is held: ships {free} beyond what is frozen",
            worst="free",
        ),
        *refuse(
            lines,
            exceeds(lines["delivered"], capped) & ~exceeds(lines["delivered"], lines["ordered"]),
            "order {order} line {line}: ships {delivered}, an override allows {capped}",
            worst="delivered",
            capped=capped,
        ),
    ]


def site_capacity_suffices(lookup: Lookup) -> list[str]:
    """Refuse more than a site can pick in a day, units weighted by pick effort."""
    limits = lookup.scenario["site_capacity"]
    return _overloaded(
        lookup, "effort", limits, ["site"], "site {site} picks {load} on {ship_date}"
    )


def lane_capacity_suffices(lookup: Lookup) -> list[str]:
    """Refuse more than a service can carry in a day, to a region and to all regions together."""
    limits = lookup.scenario["lane_capacity"]
    everywhere = limits["region"] == ""
    by_region = "{service} from {site} to {region} carries {load} on {ship_date}"
    in_all = "{service} from {site} to all regions carries {load} on {ship_date}"
    lane = ["site", "region", "service"]
    return [
        *_overloaded(lookup, "quantity", limits[~everywhere], lane, by_region),
        *_overloaded(lookup, "quantity", limits[everywhere], ["site", "service"], in_all),
    ]


def _overloaded(
    lookup: Lookup, measure: str, limits: pd.DataFrame, scope: list[str], sentence: str
) -> list[str]:
    """Compare daily loads with their limits; a dated limit replaces the one for every day.

    Units kept as they were frozen may use more; then nothing else does.
    """
    if limits.empty:
        return []
    keys = [*scope, "ship_date"]
    placed = lookup.placed
    loads = placed.groupby(keys)[measure].sum().rename("load")
    where = loads.reset_index("ship_date").index
    daily = limits["date"].isna()
    by_day = limits[~daily].set_index([*scope, "date"])["units"].reindex(loads.index)
    every_day = limits[daily].set_index(scope)["units"].reindex(where)
    share = (placed["kept"] / placed["quantity"]).fillna(0.0)
    frozen = (placed[measure] * share).groupby([placed[key] for key in keys]).sum()
    limit = by_day.fillna(every_day.set_axis(loads.index)).clip(lower=frozen)
    return refuse(
        loads.reset_index(),
        exceeds(loads, limit).to_numpy(),
        sentence + ", its capacity is {limit}",
        worst="excess",
        limit=limit.reset_index(drop=True),
        excess=(loads - limit).reset_index(drop=True),
    )


def lines_complete(lookup: Lookup) -> list[str]:
    """Refuse a part of a complete line, and less than the minimum fill of any line.

    Frozen units are exempt: what ships beyond them must be the rest, or reach the minimum.
    """
    lines = lookup.lines
    least = lines["min_fill"] * lines["ordered"]
    begun = lines["free"] > TOLERANCE
    return [
        *refuse(
            lines,
            lines["complete"] & begun & ~_rest_ships(lines),
            "order {order} line {line}: ships {delivered} of {ordered}, takes all or nothing",
        ),
        *refuse(
            lines,
            begun & exceeds(least - lines["frozen_units"], lines["free"]),
            "order {order} line {line}: ships {delivered} of {ordered}, takes {least} or nothing",
            least=least,
        ),
    ]


def orders_complete(lookup: Lookup) -> list[str]:
    """Refuse a part of a ship-complete order; frozen units are exempt."""
    lines = lookup.lines[lookup.lines["ship_complete"]]
    begun = (lines["free"] > TOLERANCE).groupby(lines["order"]).transform("any")
    return refuse(
        lines,
        begun & ~_rest_ships(lines),
        "order {order} ships complete or not at all: line {line} has {delivered} of {ordered}",
    )


def _rest_ships(lines: pd.DataFrame) -> pd.Series:
    """Say where all that is not frozen ships."""
    return (lines["ordered"] - lines["frozen_units"] - lines["free"]).abs() <= TOLERANCE
