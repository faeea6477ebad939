"""Dates that stand for "no date" in ERP systems, as 31.12.9999 or 00000000: read as blank."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from models.columns import Column, Kind, Table
from optimizer.reading.faults import excerpt
from optimizer.reading.raw_table import RawTable

NO_DATE = (
    r"^ *(0{8}|0000[-./]00[-./]00|00[-./]00[-./]0000"
    r"|99991231|9999[-./]12[-./]31|31[-./]12[-./]9999|12/31/9999)"
    r"([T ][0-9]{2}:[0-9]{2}.*)? *$"
)
"""How systems write that there is no date; a time of day may follow, and blanks stand around."""
LAST_DAY = np.datetime64("9999-12-31")


def is_no_date(text: str) -> bool:
    """Whether a text stands for no date."""
    return re.match(NO_DATE, text) is not None


def blank_no_dates(raw: RawTable, table: Table) -> tuple[RawTable, tuple[str, ...]]:
    """Blank the cells that stand for no date, in date columns that may be blank.

    Parameters
    ----------
    raw
        As it stands in its source.
    table
        Its contract.

    Returns
    -------
    tuple
        The table, and a sentence for each column with such cells: how many, and the first.
    """
    columns, notes = dict(raw.columns), []
    for name, spec in table.columns.items():
        if name not in columns or not _may_be_blank(spec):
            continue
        found = np.flatnonzero(_is_no_date(columns[name]))
        if len(found):
            notes.append(_note(raw, name, found))
            columns[name] = _blanked(columns[name], found)
    return (replace(raw, columns=columns), tuple(notes)) if notes else (raw, ())


def _may_be_blank(spec: Column) -> bool:
    return spec.kind is Kind.DATE and not spec.required


def _is_no_date(column: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    """Which cells stand for no date, shape (rows,)."""
    if pa.types.is_string(column.type):
        encoded = pa.chunked_array(column).combine_chunks().dictionary_encode()
        distinct = pc.match_substring_regex(encoded.dictionary, NO_DATE)
        of_text = distinct.to_numpy(zero_copy_only=False).astype(bool)
        return np.asarray(of_text[encoded.indices.to_numpy()])
    if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
        return np.asarray(column.to_numpy().astype("datetime64[D]") == LAST_DAY)
    return np.zeros(len(column), dtype=bool)


def _blanked(column: pa.ChunkedArray, rows: npt.NDArray[np.int64]) -> pa.ChunkedArray:
    stay = np.ones(len(column), dtype=bool)
    stay[rows] = False
    blank = "" if pa.types.is_string(column.type) else None
    kept = pc.if_else(pa.array(stay), column, pa.scalar(blank, column.type))
    return pa.chunked_array([kept]) if isinstance(kept, pa.Array) else kept


def _note(raw: RawTable, name: str, rows: npt.NDArray[np.int64]) -> str:
    first = int(rows[0])
    place = f"{excerpt(raw.columns[name][first].as_py())} in row {int(raw.lines()[first])}"
    if len(rows) == 1:
        return f"{raw.file}: 1 cell of {name} stands for no date and is read as blank: {place}."
    cells = f"{len(rows):,} cells of {name}"
    return f"{raw.file}: {cells} stand for no date and are read as blank, {place} first."
