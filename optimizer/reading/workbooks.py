"""Excel workbooks: one sheet for each table, as a planner fills them in."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, load_workbook

from models.columns import Kind
from optimizer.reading.columns import FIRST_ROWS, LAYOUTS, find_columns, is_title
from optimizer.reading.faults import SHOWN, Faults
from optimizer.reading.raw_table import RawTable
from optimizer.reading.sheet_xml import MOST_CELLS, reach, sheet_parts, unusable_cells

MOST_BYTES = 512 * 2**20
"""Bytes that a workbook may have once it is unpacked."""
EXACT = 1e15
"""Spreadsheets keep 15 digits of a number."""
UNREADABLE = (
    zipfile.BadZipFile,
    CalamineError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    EOFError,
    zlib.error,
)
"""What the readers of workbooks raise on damaged, encrypted or foreign files."""
Cell = str | float | bool | date | time | timedelta | None
Lines = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Workbook:
    """An open workbook."""

    path: Path
    book: CalamineWorkbook
    parts: dict[str, str]
    """The archive's file of each sheet."""

    def sheets(self) -> list[str]:
        """Return the names of the sheets that hold cells."""
        sheets = self.book.sheets_metadata
        return [sheet.name for sheet in sheets if sheet.typ == SheetTypeEnum.WorkSheet]

    def xml(self, sheet: str) -> bytes:
        """Return a sheet as it is stored."""
        with zipfile.ZipFile(self.path) as archive:
            return archive.read(self.parts[sheet]) if sheet in self.parts else b""


def open_workbook(path: Path, file: str, faults: Faults) -> Workbook | None:
    """Open a workbook after a look at its size; None when it cannot be used."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
            if size > MOST_BYTES:
                problem = f"the workbook has {size:,} bytes unpacked, more than {MOST_BYTES:,}"
                faults.add(file, problem, "give the tables as CSV or Parquet")
                return None
            damaged = archive.testzip()
            parts = sheet_parts(archive)
        if damaged is None:
            return Workbook(path, load_workbook(path), parts)
        reason = f"{damaged} is damaged"
    except UNREADABLE as fault:
        reason = " ".join(str(fault).split())
    faults.add(file, f"the workbook cannot be read: {reason}", "save it again as .xlsx")
    return None


def read_sheet(
    name: str, book: Workbook, file: str, faults: Faults, table: str = ""
) -> RawTable | None:
    """Read one sheet as text; None when its cells cannot be used.

    Parameters
    ----------
    name
        Of the sheet; also of its table, unless ``table`` is given.
    book
        Open.
    file
        Name for messages.
    faults
        Where to note what is wrong.
    table
        Which one it is.
    """
    table = table or name
    rows = _rows(name, book, file, faults)
    if rows is None:
        return None
    written = [number for number, row in enumerate(rows) if any(cell != "" for cell in row)]
    if not written:
        faults.add(file, "the sheet is empty", "write the header row, or delete the sheet")
        return None
    first, *body = written
    top = [[_text(cell) for cell in rows[number]] for number in written[:FIRST_ROWS]]
    if is_title(table, top, file, first + 1, faults):
        return None
    header = top[0]
    while not header[-1] and all(rows[number][len(header) - 1] == "" for number in body):
        header.pop()
    _note_unusable(book.xml(name), header, file, faults)
    found = find_columns(table, header, file, first + 1, faults)
    lines = np.array(body, dtype=np.int64) + 1
    columns, typed = {}, {}
    for column, position in found.items():
        cells = [rows[number][position] for number in body]
        typed[column] = np.array([isinstance(cell, float) for cell in cells], dtype=bool)
        if LAYOUTS[table].columns[column].kind in (Kind.ID, Kind.TEXT):
            _note_converted(file, column, cells, lines, faults)
        columns[column] = pa.chunked_array([pa.array([_text(c) for c in cells], pa.string())])
    return RawTable(file, columns, len(body), lambda: lines, first + 1, typed=typed)


def _rows(name: str, book: Workbook, file: str, faults: Faults) -> Sequence[Sequence[Cell]] | None:
    """Read all cells of a sheet, unless they reach too far."""
    try:
        rows, columns = reach(book.xml(name))
        if rows * columns <= MOST_CELLS:
            return book.book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        problem = f"cells reach to row {rows:,} and column number {columns:,}"
        remedy = "delete what stands below and beside the table, or give it as CSV or Parquet"
    except UNREADABLE as fault:
        problem, remedy = f"the sheet cannot be read: {fault}", "save the workbook again as .xlsx"
    faults.add(file, problem, remedy)
    return None


def _text(cell: Cell) -> str:
    """Write a cell as it would be typed: 123.0 is ``123``, a date is ISO."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < EXACT else repr(cell)
    return cell.isoformat(" ") if isinstance(cell, datetime) else str(cell)


def _note_unusable(xml: bytes, header: Sequence[str], file: str, faults: Faults) -> None:
    """Refuse cells that would be read as blank although something stands in them."""
    cells = list(unusable_cells(xml))
    for row, number, problem in cells[:SHOWN]:
        column = header[number - 1] if number <= len(header) else f"column {number}"
        faults.add(file, problem, "write the value itself", row, column)
    if len(cells) > SHOWN:
        faults.add(file, f"... and {len(cells) - SHOWN:,} more of the same kind", "see above")


def _note_converted(
    file: str, column: str, cells: Sequence[Cell], lines: Lines, faults: Faults
) -> None:
    """Refuse ids that the spreadsheet has turned into something else."""
    converted = []
    for cell, line in zip(cells, lines.tolist(), strict=True):
        if isinstance(cell, bool | date | time | timedelta):
            converted.append((line, f"the spreadsheet made {_text(cell)} of this text"))
        elif isinstance(cell, float) and abs(cell) >= EXACT:
            problem = f"{cell:.0f} is a number, of which spreadsheets keep 15 digits only"
            converted.append((line, problem))
    for line, problem in converted[:SHOWN]:
        remedy = "format the column as text and write the value again"
        faults.add(file, problem, remedy, line, column)
    if len(converted) > SHOWN:
        problem = f"... and {len(converted) - SHOWN:,} more of the same kind"
        faults.add(file, problem, "see the rows above", column=column)
