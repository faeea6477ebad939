"""Rules on shipments together: ordered quantities, stock, capacity, whole lines and orders."""

from __future__ import annotations

import pandas as pd

from models.rules.book import Book
from models.rules.findings import TOLERANCE, exceeds, found


def lines_within_order(book: Book) -> list[str]:
    """Refuse more than a line ordered."""
    lines = book.lines
    return found(
        lines,
        exceeds(lines["delivered"], lines["ordered"]),
        "order {order} line {line}: ships {delivered} of {ordered} ordered",
        worst="excess",
        excess=lines["delivered"] - lines["ordered"],
    )


def stock_suffices(book: Book) -> list[str]:
    """Refuse more of an item from a site, up to any day, than was on hand and received."""
    start = pd.Timestamp(book.scenario.settings.horizon.start).as_unit("s")
    stock, receipts, placed = book.scenario["stock"], book.scenario["receipts"], book.placed
    early = receipts["date"] < start
    parts = [
        stock.assign(day=start, quantity=stock["on_hand"]),
        receipts.assign(day=receipts["date"].mask(early, start)),
        placed.assign(day=placed["ship_date"], quantity=-placed["quantity"]),
    ]
    columns = ["site", "item", "day", "quantity"]
    moves: pd.DataFrame = pd.concat([part[columns] for part in parts])
    by_day = moves.groupby(["site", "item", "day"])["quantity"].sum()
    missing = -by_day.groupby(level=["site", "item"]).cumsum()
    return found(
        missing.reset_index(),
        (missing > TOLERANCE).to_numpy(),
        "site {site} item {item}: shipments up to {day} exceed stock and receipts by {quantity}",
        worst="quantity",
    )


def site_capacity_suffices(book: Book) -> list[str]:
    """Refuse more than a site can pick in a day, units weighted by pick effort."""
    effort = book.placed["quantity"] * book.placed["pick_effort"]
    limits = book.scenario["site_capacity"]
    return _overloaded(book, effort, limits, ["site"], "site {site} picks {load} on {ship_date}")


def lane_capacity_suffices(book: Book) -> list[str]:
    """Refuse more than a service can carry in a day, to a region and to all regions together."""
    units, limits = book.placed["quantity"], book.scenario["lane_capacity"]
    everywhere = limits["region"] == ""
    by_region = "{service} from {site} to {region} carries {load} on {ship_date}"
    in_all = "{service} from {site} to all regions carries {load} on {ship_date}"
    return [
        *_overloaded(book, units, limits[~everywhere], ["site", "region", "service"], by_region),
        *_overloaded(book, units, limits[everywhere], ["site", "service"], in_all),
    ]


def _overloaded(
    book: Book, load: pd.Series, limits: pd.DataFrame, scope: list[str], sentence: str
) -> list[str]:
    """Compare daily loads with their limits; a dated limit replaces the one for every day."""
    if limits.empty:
        return []
    keys = [book.placed[column] for column in (*scope, "ship_date")]
    loads = load.rename("load").groupby(keys).sum()
    where = loads.reset_index("ship_date").index
    daily = limits["date"].isna()
    by_day = limits[~daily].set_index([*scope, "date"])["units"].reindex(loads.index)
    every_day = limits[daily].set_index(scope)["units"].reindex(where)
    limit = by_day.fillna(every_day.set_axis(loads.index))
    return found(
        loads.reset_index(),
        exceeds(loads, limit).to_numpy(),
        sentence + ", its capacity is {limit}",
        worst="excess",
        limit=limit.reset_index(drop=True),
        excess=(loads - limit).reset_index(drop=True),
    )


def lines_complete(book: Book) -> list[str]:
    """Refuse a part of a complete line, and less than the minimum fill of any line."""
    lines = book.lines
    begun = lines["delivered"] > TOLERANCE
    least = lines["min_fill"] * lines["ordered"]
    return [
        *found(
            lines,
            lines["complete"] & begun & ~lines["full"],
            "order {order} line {line}: ships {delivered} of {ordered}, takes all or nothing",
        ),
        *found(
            lines,
            begun & exceeds(least, lines["delivered"]),
            "order {order} line {line}: ships {delivered} of {ordered}, takes {least} or nothing",
            least=least,
        ),
    ]


def orders_complete(book: Book) -> list[str]:
    """Refuse a part of a ship-complete order."""
    lines = book.lines[book.lines["ship_complete"]]
    begun = (lines["delivered"] > TOLERANCE).groupby(lines["order"]).transform("any")
    return found(
        lines,
        begun & ~lines["full"],
        "order {order} ships complete or not at all: line {line} has {delivered} of {ordered}",
    )
