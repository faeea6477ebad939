"""Sources from elsewhere: what a scheduled job reads instead of files beside the scenario."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from models.tables import TABLES
from optimizer.reading.databases import Databases
from optimizer.reading.faults import Faults, excerpt, suggest
from optimizer.reading.raw_table import RawTable
from optimizer.reading.sources import READERS, ReadTable, read_file
from optimizer.reading.sql_tables import read_sql, sql_source
from optimizer.reading.workbooks import open_workbook, read_sheet
from optimizer.reading.yaml_text import Node

SHEET = re.compile(r"(?P<book>.*\.xlsx)(\[(?P<sheet>[^\[\]]+)\])?", re.IGNORECASE)
"""A workbook, and in brackets its sheet where that is not called as the table is."""
END = (b"\n", b"\r")


@dataclass(frozen=True)
class Feed:
    """Sources of tables that a job names itself.

    Parameters
    ----------
    folder
        Paths start here.
    sources
        For each table a file, or ``sql:`` and a table, view or query.
    database
        URL of the database; blank = as for any scenario.
    """

    folder: Path
    sources: Mapping[str, Node] = field(default_factory=dict)
    database: str = ""


def feed_readers(feed: Feed, databases: Databases, faults: Faults) -> dict[str, ReadTable]:
    """Return a reader for each table that the job names."""
    tables: dict[str, ReadTable] = {}
    for table, node in feed.sources.items():
        read = _reader(table, str(node.value or ""), feed, databases)
        if isinstance(read, tuple):
            faults.add(node.place.file, *read, node.place.row, node.place.column)
        else:
            tables[table] = read
    return tables


def _reader(table: str, text: str, feed: Feed, databases: Databases) -> ReadTable | tuple[str, str]:
    """Return the reader of a table, or problem and remedy."""
    if table not in TABLES:
        return f"unknown table {excerpt(table)}", suggest(table, TABLES)
    if text.startswith("sql:"):
        source = sql_source(text.removeprefix("sql:"), feed.folder)
        return source.fault() or partial(read_sql, table, source, databases)
    if book := SHEET.fullmatch(text):
        path = feed.folder / book["book"]
        return partial(_read_sheet, book["sheet"] or table, table, path, text)
    path = feed.folder / text
    if path.suffix.lower() in READERS:
        return partial(_read_whole, table, path, text)
    problem = f"{excerpt(text)} is neither CSV, Parquet, Excel nor sql:"
    return problem, "name a .csv, .parquet or .xlsx file, or write sql: and a table or query"


def _read_whole(table: str, path: Path, file: str, faults: Faults) -> RawTable | None:
    """Read a file, unless it is a CSV that may be cut off."""
    raw = read_file(table, path, file, faults)
    if raw is not None and path.suffix.lower() == ".csv" and not _ends_with_line_break(path):
        problem = "the last row does not end with a line break: the file may be cut off"
        faults.add(file, problem, "write it again, whole, with a line break at its end")
        return None
    return raw


def _ends_with_line_break(path: Path) -> bool:
    """Whether a file ends with a line break, as its last row is cut off otherwise; or is empty."""
    with path.open("rb") as source:
        source.seek(max(0, path.stat().st_size - 1))
        return source.read(1) in (b"", *END)


def _read_sheet(sheet: str, table: str, path: Path, file: str, faults: Faults) -> RawTable | None:
    if not path.is_file():
        faults.add(file, "there is no such file", f"put the table {table} there")
        return None
    book = open_workbook(path, file, faults)
    if book is None:
        return None
    if sheet not in book.sheets():
        problem = f"there is no sheet {excerpt(sheet)}"
        faults.add(file, problem, suggest(sheet, book.sheets()))
        return None
    return read_sheet(sheet, book, f"{path.name}[{sheet}]", faults, table)
