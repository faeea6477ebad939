"""Moments of a time zone: each is a day on the clock at the sites, where the header says which."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from models.columns import Kind, Table
from optimizer.reading.no_dates import is_no_date
from optimizer.reading.raw_table import RawTable

MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d[\d:.,]*) ?"
    r"(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?|(?-i:[A-Z]{3,4})|[a-z]+/[a-z_/]+)(\[[\w/+-]+\])?",
    re.IGNORECASE,
)
"""A day, a time and the zone that they are of; Java says its name in brackets besides."""
UTC = ("Z", "UTC", "GMT")


def is_moment(text: str) -> bool:
    """Whether a text says a time of a time zone."""
    return MOMENT.fullmatch(text) is not None


def moment_of(text: str) -> datetime | None:
    """Read a moment; None where its time does not exist, or its zone is a name of no fixed time."""
    found = MOMENT.fullmatch(text)
    if found is None:
        return None
    day, time, zone, _ = found.groups()
    zone = "+00:00" if zone.upper() in UTC else zone
    try:
        moment = datetime.fromisoformat(f"{day}T{time.replace(',', '.')}{zone}")
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def local_days(raw: RawTable, table: Table, zone: str | None) -> RawTable:
    """Turn the moments in date columns into the days of a time zone.

    Parameters
    ----------
    raw
        As it stands in its source.
    table
        Its contract.
    zone
        Name of the time zone. Without it only moments of a place, as Parquet knows them, have a
        day: that on the clock there. All others stay as they are, as texts.
    """
    columns = dict(raw.columns)
    for name, column in raw.columns.items():
        if table.columns[name].kind is not Kind.DATE:
            continue
        if pa.types.is_timestamp(column.type) and column.type.tz:
            columns[name] = _of_typed(column, zone)
        elif zone and pa.types.is_string(column.type):
            columns[name] = _of_texts(column, ZoneInfo(zone))
    return replace(raw, columns=columns)


def _of_typed(column: pa.ChunkedArray, zone: str | None) -> pa.ChunkedArray:
    if zone is None and _is_nowhere(column.type.tz):
        return column.cast(pa.string()).fill_null("")
    if zone is None:
        return pc.local_timestamp(column)
    moments = pd.Series(column.to_numpy()).dt.tz_localize("UTC").dt.tz_convert(zone)
    days = moments.dt.tz_localize(None).dt.floor("D")
    return pa.chunked_array([pa.array(days, from_pandas=True)])


def _is_nowhere(zone: str) -> bool:
    """Whether a time zone is a mere distance from UTC, by which no site lives: its day is open."""
    return "/" not in zone or zone.startswith("Etc/")


def _of_texts(column: pa.ChunkedArray, zone: ZoneInfo) -> pa.ChunkedArray:
    encoded = pa.chunked_array(column).combine_chunks().dictionary_encode()
    texts = encoded.dictionary.to_pylist()
    days = {text: day for text in texts if (day := _day_in(zone, text))}
    return _replaced(encoded, texts, days) if days else column


def _day_in(zone: ZoneInfo, text: str) -> date | None:
    moment = None if is_no_date(text) else moment_of(text)
    try:
        return moment.astimezone(zone).date() if moment else None
    except OverflowError:
        return None


def _replaced(
    encoded: pa.DictionaryArray, texts: list[str], days: Mapping[str, date]
) -> pa.ChunkedArray:
    written = pa.array([str(days.get(text, text)) for text in texts], pa.string())
    return pa.chunked_array([written.take(encoded.indices)])
