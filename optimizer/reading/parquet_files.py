"""Parquet tables: native types where they fit the column, text where they do not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from optimizer.reading.cells import is_native
from optimizer.reading.columns import LAYOUTS, find_columns
from optimizer.reading.faults import Faults
from optimizer.reading.raw_table import MOST_ROWS, RawTable

PLAIN = (
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_string_view,
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_decimal,
    pa.types.is_boolean,
    pa.types.is_date,
    pa.types.is_timestamp,
    pa.types.is_null,
)
AGAIN = "write the file again as plain Parquet columns"


def read_parquet(name: str, path: Path, file: str, faults: Faults) -> RawTable | None:
    """Read the known columns of a Parquet table; None when the file is damaged."""
    if path.stat().st_size == 0:
        faults.add(file, "the file is empty", "write the table again, or remove the file")
        return None
    try:
        with pq.ParquetFile(path) as source:
            return _read(name, source, file, faults)
    except (pa.ArrowException, OSError, ValueError) as fault:
        problem = f"the file cannot be read as Parquet: {' '.join(str(fault).split())[:200]}"
        faults.add(file, problem, AGAIN)
        return None


def _read(name: str, source: pq.ParquetFile, file: str, faults: Faults) -> RawTable | None:
    rows = source.metadata.num_rows
    if rows > MOST_ROWS:
        faults.add(file, f"{rows:,} rows, more than {MOST_ROWS:,}", "split the scenario")
        return None
    header = source.schema_arrow.names
    found = find_columns(name, header, file, 1, faults)
    if len(set(header)) < len(header):
        return None
    fields = {column: source.schema_arrow.field(column).type for column in found}
    plain = [column for column, given in fields.items() if _is_plain(column, given, file, faults)]
    table = source.read(columns=plain, use_pandas_metadata=False)
    return RawTable(
        file,
        {column: _native_or_text(name, column, table.column(column)) for column in plain},
        rows,
        lambda: np.arange(rows, dtype=np.int64) + 2,
    )


def _native_or_text(name: str, column: str, values: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if not is_native(LAYOUTS[name].columns[column].kind, values.type):
        return values.cast(pa.string()).fill_null("")
    return values


def _is_plain(column: str, given: pa.DataType, file: str, faults: Faults) -> bool:
    inner = given.value_type if pa.types.is_dictionary(given) else given
    if any(is_of_type(inner) for is_of_type in PLAIN):
        return True
    problem = f"column {column!r} has the type {given}"
    faults.add(file, problem, "write text, numbers, dates or true/false", 1, column)
    return False
