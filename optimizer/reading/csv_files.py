"""CSV tables: read fast as text; read again record by record only to find the line of a fault."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from optimizer.reading.columns import FIRST_ROWS, find_columns, is_title
from optimizer.reading.faults import SHOWN, Faults
from optimizer.reading.raw_table import MOST_ROWS, RawTable

BLOCK = 1 << 24
"""Bytes that are parsed at a time; no row may be longer."""
DECIMAL = {",": ".", ";": ","}
"""What may part the columns, and the decimal mark that such a file has as a rule."""
BOM = b"\xef\xbb\xbf"


def read_csv(name: str, path: Path, file: str, faults: Faults) -> RawTable | None:
    """Read a CSV table as text; None, with a fault, if it has no clear rows and cells."""
    data = path.read_bytes().removeprefix(BOM)
    if not _is_text(data, file, faults):
        return None
    between = _separator(data)
    if not _quotes_close(data, between, file, faults):
        return None
    line, header = next(_records(data, between), (1, []))
    if not header:
        faults.add(file, "the file is empty", "write the header line, or remove the file")
        return None
    top = [_cells(record) for _, record in islice(_records(data, between), FIRST_ROWS)]
    if is_title(name, top, file, line, faults):
        return None
    if len(header) == 1 and (other := next((c for c in "\t|" if c in header[0]), "")):
        problem = f"columns are separated by {other!r}"
        remedy = "save the file with commas or semicolons between the columns"
        faults.add(file, problem, remedy, line)
        return None
    found = find_columns(name, header, file, line, faults)
    table = _parse(data, len(header), between, file, faults)
    if table is None:
        return None
    body = table.slice(1)
    filled = _is_filled(body)
    kept = body.filter(pa.array(filled))
    return RawTable(
        file,
        {column: kept.column(position) for column, position in found.items()},
        kept.num_rows,
        lambda: np.array([line for line, _ in _records(data, between)][1:], dtype=np.int64)[filled],
        line,
        DECIMAL[between],
    )


def _separator(data: bytes) -> str:
    """Tell what parts the columns: whatever makes more names of the first row."""
    names = {between: len(next(_records(data, between), (1, []))[1]) for between in DECIMAL}
    return max(names, key=lambda between: names[between])


def _cells(record: list[str]) -> list[str]:
    """Split a row that has other separators than commas, only to know a title from a header."""
    return re.split(r"[;\t|]", record[0]) if len(record) == 1 else record


def _is_text(data: bytes, file: str, faults: Faults) -> bool:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        faults.add(file, "the file is UTF-16", "save it as 'CSV UTF-8'", 1)
        return False
    try:
        data.decode()
    except UnicodeDecodeError as fault:
        row = data.count(b"\n", 0, fault.start) + 1
        problem = f"byte {data[fault.start]:#04x} is not UTF-8"
        faults.add(file, problem, "save the file as 'CSV UTF-8'", row)
        return False
    if (at := data.find(b"\0")) >= 0:
        row = data.count(b"\n", 0, at) + 1
        faults.add(file, "a NUL byte stands here", "write the file again; it is damaged", row)
        return False
    return True


def _quotes_close(data: bytes, between: str, file: str, faults: Faults) -> bool:
    """Whether every quote is closed; records are only read where the number of quotes is odd."""
    if data.count(b'"') % 2 == 0:
        return True
    row = 1
    try:
        for line, record in _records(data, between, strict=True):
            row = line + "".join(record).count("\n") + 1
    except csv.Error:
        remedy = "close the quote, or double a quote within a quoted text; the file may be cut off"
        faults.add(file, "a quote is not closed", remedy, row)
        return False
    return True


def _records(data: bytes, between: str, *, strict: bool = False) -> Iterator[tuple[int, list[str]]]:
    """Yield the first line and the cells of each record; blank lines are none."""
    # Python refuses cells of more than 128 KiB; here they are refused as texts, with their row.
    csv.field_size_limit(max(len(data), csv.field_size_limit()))
    text = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="")
    reader = csv.reader(text, delimiter=between, strict=strict)
    before = 0
    for record in reader:
        if record:
            yield before + 1, record
        before = reader.line_num


def _parse(data: bytes, width: int, between: str, file: str, faults: Faults) -> pa.Table | None:
    names = [str(number) for number in range(width)]
    ragged = False

    def skip(_: pa_csv.InvalidRow) -> str:
        nonlocal ragged
        ragged = True
        return "skip"

    try:
        table = pa_csv.read_csv(
            pa.BufferReader(data),
            pa_csv.ReadOptions(column_names=names, block_size=BLOCK),
            pa_csv.ParseOptions(
                delimiter=between, newlines_in_values=True, invalid_row_handler=skip
            ),
            pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowException as fault:
        problem = f"the file cannot be read: {fault}"
        faults.add(file, problem, "write the file again")
        return None
    if ragged:
        _note_ragged(data, width, between, file, faults)
        return None
    if table.num_rows > MOST_ROWS:
        problem = f"{table.num_rows:,} rows, more than {MOST_ROWS:,}"
        faults.add(file, problem, "split the scenario")
        return None
    return table


def _note_ragged(data: bytes, width: int, between: str, file: str, faults: Faults) -> None:
    records = _records(data, between)
    ragged = [(line, len(cells)) for line, cells in records if len(cells) != width]
    mark = "comma" if between == "," else "semicolon"
    for line, cells in ragged[:SHOWN]:
        problem = f"the row has {cells} cells, the header {width}"
        remedy = f"add or remove {mark}s; quote texts that hold a {mark}, a quote or a line break"
        faults.add(file, problem, remedy, line)
    if len(ragged) > SHOWN:
        problem = f"... and {len(ragged) - SHOWN:,} more rows of the wrong length"
        faults.add(file, problem, "see the rows above")


def _is_filled(table: pa.Table) -> npt.NDArray[np.bool_]:
    """Whether anything is written in each row; spreadsheets export blank rows as commas."""
    filled = np.zeros(table.num_rows, dtype=bool)
    for column in table.columns:
        if filled.all():
            break
        filled |= pc.not_equal(column, "").to_numpy()
    return filled
