"""Checks across tables: keys are unique, names are known, values agree with one another."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.settings import Settings
from models.tables import TABLES, Kind
from optimizer.reading.faults import Faults, instead, shown
from optimizer.reading.membership import among
from optimizer.reading.raw_table import RawTable

NEIGHBOURS = 100
"""Known names on either side of an unknown one that are looked at for a suggestion."""
LARGEST_BOOK = 1e12
"""Largest worth of all lines together [currency]."""


@dataclass(frozen=True)
class Checked:
    """The tables as far as they could be read and typed."""

    frames: Mapping[str, pd.DataFrame]
    raws: Mapping[str, RawTable]
    """Only the tables that were given and could be read."""
    names: Mapping[str, tuple[str, ...] | None]
    """Ids of the header's ``segments`` and ``services``; None where they could not be read."""
    settings: Settings | None

    def known(self, source: str, column: str = "") -> pd.Index | None:
        """Return the names that a table or a part of the header knows; None if that is unsure."""
        if source in self.names:
            names = self.names[source]
            return None if names is None else pd.Index(names, dtype="str")
        given = "lanes" if source == "sites" and self.raws.get("sites") is None else source
        ids = self.frames[source][column or TABLES[source].key[0]]
        return None if given not in self.raws or (ids == "").any() else pd.Index(ids.unique())


def check_references(tables: Checked, faults: Faults) -> None:
    """Note every key, name and value that does not agree with the rest."""
    for name in tables.raws:
        _check_key(name, tables, faults)
        for column, spec in TABLES[name].columns.items():
            if spec.refers:
                known = tables.known(spec.refers)
                _check_names(name, column, spec.refers, known, tables, faults)
            if spec.kind is Kind.UNITS and column in tables.raws[name].columns:
                _check_whole(name, column, tables, faults)
    checks = {
        "lane_capacity": (_check_regions,),
        "calendars": (_check_calendars,),
        "lines": (_check_worth,),
        "orders": (_check_order_dates, _check_pinned_services),
    }
    for name in tables.raws:
        for check in checks.get(name, ()):
            check(tables, faults)


def _check_key(name: str, tables: Checked, faults: Faults) -> None:
    """No two rows have one key; rows whose key is faulty are left out."""
    frame, key = tables.frames[name], list(TABLES[name].key)
    if not key:
        return
    twice = frame.duplicated(key)
    if not twice.any():
        return
    for column in key:
        if TABLES[name].columns[column].required:
            twice &= frame[column] != ""
    groups = frame.groupby(key, dropna=False, sort=False).ngroup().to_numpy()
    first = np.unique(groups, return_index=True)[1]
    lines = tables.raws[name].lines()

    def explain(row: int) -> tuple[str, str]:
        values = [_written(value) for value in frame.iloc[row][key]]
        what = ", ".join(f"{c} {shown(v)}" for c, v in zip(key, values, strict=True))
        problem = f"{what} is already given in row {lines[first[groups[row]]]}"
        return problem, "keep one of the two rows"

    faults.add_cells(tables.raws[name], key[-1], twice.to_numpy(), explain)


def _written(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    return "" if value is pd.NaT else str(value)


def _check_names(
    name: str,
    column: str,
    source: str,
    known: pd.Index | None,
    tables: Checked,
    faults: Faults,
    only: pd.Series | None = None,
) -> None:
    """Every name of a column is known to its source; blanks are another check's business."""
    raw = tables.raws[name]
    if known is None or column not in raw.columns:
        return
    names = tables.frames[name][column]
    unknown = ~among(names, known) & (names != "")
    if only is not None:
        unknown &= only
    if not unknown.any():
        return
    ordered = sorted(known)

    def explain(row: int) -> tuple[str, str]:
        word = names.iloc[row]
        at = bisect_left(ordered, word)
        near = ordered[max(0, at - NEIGHBOURS) : at + NEIGHBOURS]
        remedy = f"{instead(word, near)}; or add it to {source}"
        return f"{shown(word)} is not among the {source}", remedy

    faults.add_cells(raw, column, np.asarray(unknown), explain)


def _check_whole(name: str, column: str, tables: Checked, faults: Faults) -> None:
    """Units are whole unless the item is divisible."""
    frame, items = tables.frames[name], tables.frames["items"]
    divisible = items.loc[items["divisible"], "item"]
    broken = (frame[column] % 1 > 0) & ~among(frame["item"], divisible)

    def explain(row: int) -> tuple[str, str]:
        problem = f"{column} {frame[column].iloc[row]} is not whole"
        item = frame["item"].iloc[row]
        remedy = f"write whole units, or make item {item!r} divisible in the table items"
        return problem, remedy

    faults.add_cells(tables.raws[name], column, broken.to_numpy(), explain)


def _union(parts: Iterable[pd.Index | None]) -> pd.Index | None:
    """Return all names of the parts; None if one of them is unsure."""
    names: set[str] = set()
    for part in parts:
        if part is None:
            return None
        names.update(part)
    return pd.Index(sorted(names), dtype="str")


def _regions(tables: Checked) -> pd.Index | None:
    return _union(tables.known(name, "region") for name in ("customers", "lanes"))


def _check_regions(tables: Checked, faults: Faults) -> None:
    source = "regions of customers and lanes"
    _check_names("lane_capacity", "region", source, _regions(tables), tables, faults)


def _check_calendars(tables: Checked, faults: Faults) -> None:
    """Check that the id of a calendar row is one of its kind."""
    kinds = tables.frames["calendars"]["of"]
    known = {
        "site": ("sites", tables.known("sites")),
        "service": ("services", tables.known("services")),
        "customer": ("customers", tables.known("customers")),
        "region": ("regions of customers and lanes", _regions(tables)),
    }
    for kind, (source, names) in known.items():
        _check_names("calendars", "id", source, names, tables, faults, kinds == kind)


def _check_worth(tables: Checked, faults: Faults) -> None:
    """Refuse a book that no solver can add up; the row where it becomes too much is named."""
    lines = tables.frames["lines"]
    worth = (lines["quantity"] * lines["unit_value"]).fillna(0.0).cumsum()
    first = (worth.gt(LARGEST_BOOK) & worth.shift(fill_value=0.0).le(LARGEST_BOOK)).to_numpy()

    def explain(row: int) -> tuple[str, str]:
        problem = f"the lines up to here are worth {worth.iloc[row]:.3g}, above {LARGEST_BOOK:g}"
        return problem, "count money in a larger unit, such as thousands"

    faults.add_cells(tables.raws["lines"], "unit_value", first, explain)


def _check_order_dates(tables: Checked, faults: Faults) -> None:
    orders = tables.frames["orders"]
    crossed = (orders["earliest"] > orders["cancel"]).to_numpy()

    def explain(row: int) -> tuple[str, str]:
        earliest, cancel = (_written(orders[c].iloc[row]) for c in ("earliest", "cancel"))
        problem = f"earliest {earliest} is after cancel {cancel}: no delivery is possible"
        return problem, "correct one of the two dates"

    faults.add_cells(tables.raws["orders"], "earliest", crossed, explain)


def _check_pinned_services(tables: Checked, faults: Faults) -> None:
    """Check that an order names only services to which its customer's segment is entitled."""
    orders, customers = tables.frames["orders"], tables.frames["customers"]
    if tables.settings is None:
        return
    segments = tables.settings.segments
    pinned = among(orders["service"], list(tables.settings.services))
    if not pinned.any():
        return
    of_customer = customers.drop_duplicates("customer").set_index("customer")["segment"]
    segment = orders["customer"].map(of_customer).astype("str").fillna("")
    entitled = {name: " ".join(s.services) for name, s in segments.items()}
    pairs = {f"{name}\0{service}" for name, s in segments.items() for service in s.services}
    refused = (
        pinned
        & among(segment, list(segments))
        & ~among(segment + "\0" + orders["service"], sorted(pairs))
    )

    def explain(row: int) -> tuple[str, str]:
        name, service = segment.iloc[row], orders["service"].iloc[row]
        problem = f"service {service!r} is not one that segment {name!r} is entitled to"
        return problem, f"use one of: {entitled[name]}; or add it to the segment's services"

    faults.add_cells(tables.raws["orders"], "service", refused, explain)
