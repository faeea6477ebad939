"""Rules on a single shipment: what it names, how much, by which way, when it arrives."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.rules.book import IDS, Book
from models.rules.calendars import open_sites
from models.rules.findings import ROW, TOLERANCE, found
from models.settings import LARGEST, minutes


def names_are_known(book: Book) -> list[str]:
    """Ask for an order line, site, service, item and lane of the scenario."""
    rows = book.rows
    line, site = rows["segment"].notna(), rows["open"].notna()
    service = rows["surcharge"].notna()
    lane = ~(line & site & service) | rows["transit_days"].notna()
    return [
        *found(rows, ~line, ROW + ": the scenario has no such order line"),
        *found(rows, ~site, ROW + ": the scenario has no site {site}"),
        *found(rows, ~service, ROW + ": the services have no {service}"),
        *found(
            rows,
            line & (rows["item"] != rows["ordered_item"]),
            ROW + ": the line orders item {ordered_item}",
        ),
        *found(rows, ~lane, ROW + ": no lane from {site} to region {region} by {service}"),
    ]


def quantities_ship(book: Book) -> list[str]:
    """Ask for positive quantities, whole unless divisible, and each option once."""
    rows = book.rows
    q = rows["quantity"]
    positive = (q > 0) & (q <= LARGEST)
    whole = (q - q.round()).abs() <= TOLERANCE
    split = positive & ~whole & ~rows["divisible"].eq(other=True)
    return [
        *found(
            rows,
            ~positive,
            ROW + ": quantity {quantity} must be above 0 and at most " + f"{LARGEST:,.0f}",
        ),
        *found(rows, split, ROW + ": quantity {quantity} must be whole, {item} is not divisible"),
        *found(rows, rows.duplicated(IDS), ROW + ": repeats an earlier row; add them up in one"),
    ]


def sites_ship(book: Book) -> list[str]:
    """Ask for a day of the horizon on which the site is open."""
    rows, horizon = book.rows, book.scenario.settings.horizon
    days = rows[rows["in_horizon"]]
    on_calendar = open_sites(book.scenario["calendars"], days)
    span = f"the horizon, {horizon.days} days from {horizon.start}"
    timed = days["ship_date"] != days["ship_date"].dt.normalize()
    return [
        *found(rows, ~rows["in_horizon"], ROW + f": the ship date is outside {span}"),
        *found(days, timed, ROW + ": the ship date must be a day without a time"),
        *found(rows, rows["open"].eq(other=False), ROW + ": site {site} is not open"),
        *found(days, ~on_calendar, ROW + ": site {site} is closed that day"),
    ]


def services_are_entitled(book: Book) -> list[str]:
    """Ask for a service that is entitled, pinned if any is, and can be received."""
    rows = book.rows
    known = rows["segment"].notna() & rows["surcharge"].notna()
    segments = book.scenario.settings.segments
    entitled = {(name, service) for name, s in segments.items() for service in s.services}
    own = _one_of(rows[["segment", "service"]], entitled)
    pinned = (rows["pinned"] == "") | (rows["pinned"] == rows["service"])
    missed = _one_of(rows[["receives", "window"]], _apart(rows))
    return [
        *found(rows, known & ~own, ROW + ": segment {segment} is not entitled to {service}"),
        *found(rows, known & ~pinned, ROW + ": the order asks for service {pinned}"),
        *found(
            rows,
            known & missed,
            ROW + ": the service delivers at {window}, customer {customer} receives at {receives}",
        ),
    ]


def _one_of(columns: pd.DataFrame, pairs: set[tuple[str, str]]) -> NDArray[np.bool_]:
    if not pairs:
        return np.zeros(len(columns), dtype=bool)
    return pd.MultiIndex.from_frame(columns).isin(list(pairs))


def _apart(rows: pd.DataFrame) -> set[tuple[str, str]]:
    """Hours of receipt and delivery windows in use that do not overlap."""
    pairs = rows[["receives", "window"]].fillna("").drop_duplicates()
    return {
        (receives, window)
        for receives, window in pairs.itertuples(index=False)
        if receives and window and not _meet(receives, window)
    }


def _meet(first: str, second: str) -> bool:
    (opens, closes), (starts, ends) = minutes(first), minutes(second)
    return max(opens, starts) < min(closes, ends)


def arrivals_are_accepted(book: Book) -> list[str]:
    """Ask for an arrival from ``earliest`` to ``cancel`` and within ``max_days_late``."""
    rows, placed = book.rows, book.placed
    arrival = placed["arrival"]
    return [
        *found(
            rows,
            rows["leaves"] & rows["arrival"].isna(),
            ROW + ": never arrives, service, customer and region are open on no common day",
        ),
        *found(
            placed,
            arrival < placed["earliest"],
            ROW + ": arrives {arrival}, before the earliest date {earliest}",
        ),
        *found(
            placed,
            arrival > placed["cancel"],
            ROW + ": arrives {arrival}, after the cancel date {cancel}",
        ),
        *found(
            placed,
            placed["days_late"] > placed["max_days_late"],
            ROW + ": {days_late} days late, segment {segment} accepts {max_days_late}",
            worst="days_late",
        ),
    ]


def costs_are_accepted(book: Book) -> list[str]:
    """Ask for lane cost and surcharge within the segment's share of the unit value."""
    placed = book.placed
    limit = placed["max_cost_share"] * placed["unit_value"]
    excess = placed["unit_cost"] - limit
    return found(
        placed,
        excess > 1e-9 * (1 + limit),
        ROW + ": costs {unit_cost} a unit, segment {segment} accepts {limit}",
        worst="excess",
        limit=limit,
        excess=excess,
    )
