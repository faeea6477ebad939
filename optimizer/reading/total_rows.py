"""Rows of a report that add up the others: each is one fault, which says so."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from models.columns import Column, Kind, Table
from optimizer.reading.cells import NUMERIC, as_numbers
from optimizer.reading.faults import Faults
from optimizer.reading.notation import PLAIN
from optimizer.reading.raw_table import RawTable

Mask = npt.NDArray[np.bool_]
WORDS = (
    r"^\W*(grand |sub[ -]?)?"
    r"(totals?|sum|\w*summe|gesamt\w*|ergebnis|somme|suma|totale|totaal|\x{3C3})($|[\s:*(])"
)
"""How such a row is headed, in small letters."""
CLOSE = 1e-9
"""Most that a sum may be off, as a share of it."""


def note_totals(raw: RawTable, table: Table, faults: Faults) -> None:
    """Note the rows that look like totals; nothing else is said about them.

    Parameters
    ----------
    raw
        As it stands in its source.
    table
        Its contract.
    faults
        Where to note them.
    """
    ids = [n for n, spec in _given(raw, table) if spec.required and spec.kind is Kind.ID]
    if not raw.rows or not ids:
        return
    blank = np.array([_is_blank(raw.columns[name]) for name in ids])
    totals = blank.any(axis=0)
    if not totals.any():
        return
    totals &= _is_headed(raw, table)
    totals[-1] |= bool(blank[:, -1].all()) and _adds_up(raw, table)
    faults.add_rows(raw, totals, "the row looks like a total", "leave it out")


def _given(raw: RawTable, table: Table) -> list[tuple[str, Column]]:
    return [(name, spec) for name, spec in table.columns.items() if name in raw.columns]


def _is_blank(column: pa.ChunkedArray) -> Mask:
    is_text = pa.types.is_string(column.type)
    blank = pc.equal(column, "") if is_text else pc.is_null(column)
    return np.asarray(blank.to_numpy(), dtype=bool)


def _is_headed(raw: RawTable, table: Table) -> Mask:
    """Whether a text of each row is the head of a total, shape (rows,)."""
    headed = np.zeros(raw.rows, dtype=bool)
    for name, _ in _given(raw, table):
        column = raw.columns[name]
        if pa.types.is_string(column.type):
            found = pc.match_substring_regex(pc.utf8_lower(column), WORDS)
            headed |= np.asarray(found.to_numpy(), dtype=bool)
    return headed


def _adds_up(raw: RawTable, table: Table) -> bool:
    """Whether a number of the last row is the sum of at least two above it."""
    for name, spec in _given(raw, table):
        if spec.kind in NUMERIC and raw.rows > 2:
            *above, last = _numbers(raw, name)
            sum_above = float(np.nansum(above))
            if last and abs(sum_above - last) <= CLOSE * abs(last):
                return True
    return False


def _numbers(raw: RawTable, name: str) -> npt.NDArray[np.float64]:
    """Read the numbers of a column; NaN for what is none."""
    column = pa.chunked_array(raw.columns[name]).combine_chunks()
    if pa.types.is_string(column.type):
        return as_numbers(raw.notations.get(name, PLAIN).plain(column))
    numbers = pc.cast(column, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return np.asarray(numbers, dtype=np.float64)
