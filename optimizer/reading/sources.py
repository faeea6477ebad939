"""The source of each table: a file of its name in the folder, or what the header names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pydantic import ValidationError

from models.settings import Csv
from models.tables import TABLES
from optimizer.reading.csv_files import read_csv
from optimizer.reading.databases import Databases
from optimizer.reading.faults import Faults, excerpt, suggest
from optimizer.reading.header import Layer, MergedHeader, name_from
from optimizer.reading.parquet_files import read_parquet
from optimizer.reading.raw_table import RawTable
from optimizer.reading.sql_tables import SqlSource, read_sql, sql_source
from optimizer.reading.workbooks import open_workbook, read_sheet
from optimizer.reading.yaml_text import Node

ReadTable = Callable[[Faults], RawTable | None]
READERS = {".csv": read_csv, ".parquet": read_parquet}
FOR_PEOPLE = ("README", "notes")
"""Sheets that are no tables; nor is any sheet or file whose name starts with ``_``."""


@dataclass
class Sources:
    """The sources of a scenario's tables."""

    read: dict[str, ReadTable]
    """For each table that was found, the function that reads it."""
    csv: dict[str, Csv]
    """For each of them, what its header says about numbers in text."""
    complete: bool
    """Whether everything could be looked at, so that what is not there is missing."""


def find_tables(header: MergedHeader, databases: Databases, faults: Faults) -> Sources:
    """Find the source of every table; a child's table replaces its parent's."""
    tables: dict[str, ReadTable] = {}
    csv: dict[str, Csv] = {}
    seen: set[Path] = set()
    complete = header.tree is not None
    said_by = [_named_sources(layer, faults) for layer in header.layers]
    named = {path for said in said_by for path in said.values() if isinstance(path, Path)}
    for layer, said in zip(header.layers, said_by, strict=True):
        folder = layer.folder.resolve()
        if folder not in seen:
            seen.add(folder)
            found = _Folder(layer.folder, header, faults)
            in_folder = found.tables(named)
            tables |= in_folder
            csv |= dict.fromkeys(in_folder, marks_of(layer))
            complete &= found.complete
        csv |= dict.fromkeys(said, marks_of(layer))
        for table, source in said.items():
            if isinstance(source, SqlSource):
                tables[table] = partial(read_sql, table, source, databases)
            else:
                tables[table] = _reader(table, source, header)
    return Sources(tables, csv, complete)


def marks_of(layer: Layer) -> Csv:
    """Take what a header says about numbers in text; nothing where that is faulty."""
    try:
        return Csv.model_validate(layer.csv.plain() if layer.csv else {})
    except ValidationError:
        return Csv()


def _reader(table: str, path: Path, header: MergedHeader) -> ReadTable:
    return partial(read_file, table, path, name_from(header.folder, path))


def read_file(table: str, path: Path, file: str, faults: Faults) -> RawTable | None:
    """Read a file; whatever the operating system refuses is a fault of the input."""
    if not path.is_file():
        problem = "this is not a file" if path.exists() else "there is no such file"
        faults.add(file, problem, f"put the table {table} there")
        return None
    try:
        return READERS[path.suffix.lower()](table, path, file, faults)
    except OSError as fault:
        faults.add(file, f"the file cannot be read: {fault.strerror}", "allow reading it")
        return None


def _named_sources(layer: Layer, faults: Faults) -> dict[str, Path | SqlSource]:
    """Return the files and queries that ``tables`` of one header names."""
    node = layer.tables
    if node is None or node.value is None:
        return {}
    if not isinstance(node.value, dict):
        remedy = "write it as {orders: other.csv}"
        faults.add(node.place.file, "tables is not a list of keys", remedy, *_at(node))
        return {}
    said: dict[str, Path | SqlSource] = {}
    for table, value in node.value.items():
        source = _source(value, layer.folder)
        if fault := _name_fault(table) or _source_fault(value, source, layer.folder):
            faults.add(value.place.file, *fault, *_at(value))
        elif source:
            said[table] = source
    return said


def _source(node: Node, folder: Path) -> Path | SqlSource | None:
    """Return the source that a header names for a table: a query, a file, or nothing."""
    if not isinstance(node.value, str):
        return None
    kind, colon, text = node.value.partition(":")
    return sql_source(text, folder) if colon and kind == "sql" else folder / node.value


def _at(node: Node) -> tuple[int | None, str]:
    return node.place.row, node.place.column


def _name_fault(table: str) -> tuple[str, str] | None:
    if table not in TABLES:
        return f"unknown table {excerpt(table)}", suggest(table, TABLES)
    return None


def _source_fault(
    node: Node, path: Path | SqlSource | None, folder: Path
) -> tuple[str, str] | None:
    """Say why a source may not be used: a file must lie in the folder of its header."""
    if isinstance(path, SqlSource):
        return path.fault()
    if path is None or not isinstance(node.value, str):
        return "the file of the table is blank", "write its name, as orders.csv"
    if ":" in node.value:
        return f"{excerpt(node.value)} is not a file in the folder", "write a name, as orders.csv"
    inside = path.resolve().is_relative_to(folder.resolve())
    if Path(node.value).is_absolute() or ".." in Path(node.value).parts or not inside:
        return (
            f"{excerpt(node.value)} lies outside the scenario's folder",
            "copy it into the folder",
        )
    if path.suffix.lower() not in READERS:
        return f"{excerpt(node.value)} is neither CSV nor Parquet", "name a .csv or .parquet file"
    return None


class _Folder:
    """The tables that lie in one folder under their own names."""

    def __init__(self, path: Path, header: MergedHeader, faults: Faults) -> None:
        self.path, self.header, self.faults = path, header, faults
        self.found: dict[str, tuple[str, ReadTable]] = {}
        self.complete = True

    def tables(self, named: set[Path]) -> dict[str, ReadTable]:
        """Find files and sheets; ``named`` are files that a header gives to a table itself."""
        try:
            files = sorted(f for f in self.path.iterdir() if not f.name.startswith(("_", "~", ".")))
        except OSError as fault:
            problem = f"the folder cannot be read: {fault.strerror}"
            self.faults.add(name_from(self.header.folder, self.path), problem, "allow reading it")
            self.complete = False
            return {}
        for path in files:
            if path.suffix.lower() in READERS and path not in named:
                file = name_from(self.header.folder, path)
                if not path.resolve().is_relative_to(self.path.resolve()):
                    problem = "the file is a link to a place outside the folder"
                    self.faults.add(file, problem, "copy the file into the folder")
                    continue
                self.take(path.stem, file, _reader(path.stem, path, self.header))
        self.take_workbook([path for path in files if path.suffix.lower() == ".xlsx"])
        return {table: read for table, (_, read) in self.found.items()}

    def take_workbook(self, books: list[Path]) -> None:
        names = [name_from(self.header.folder, path) for path in books]
        if len(books) > 1:
            problem = f"there are several workbooks: {', '.join(names)}"
            remedy = "keep one, or start the names of the others with _"
            self.faults.add(names[0], problem, remedy)
            self.complete = False
        elif books:
            book = open_workbook(books[0], names[0], self.faults)
            if book is None:
                self.complete = False
                return
            for sheet in book.sheets():
                if not sheet.startswith("_") and sheet not in FOR_PEOPLE:
                    file = f"{names[0]}[{sheet}]"
                    self.take(sheet, file, partial(read_sheet, sheet, book, file))

    def take(self, table: str, file: str, read: ReadTable) -> None:
        """Note the source of a table; two in one folder are a fault."""
        if fault := _name_fault(table):
            problem, remedy = fault
            self.faults.add(file, problem, f"{remedy}; names that start with _ are left out")
        elif table in self.found:
            problem = f"table {table!r} has two sources: {self.found[table][0]} and {file}"
            self.faults.add(file, problem, "keep one of the two")
        else:
            self.found[table] = file, read
