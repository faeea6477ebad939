"""Scenario folders with a database beside them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.support.scenario_folders import HEADER, Row, write_folder

STOCK = "create table stock (site text, item text, on_hand integer)"


def fill(file: Path, *statements: str) -> Path:
    """Write an SQLite file."""
    with closing(sqlite3.connect(file)) as base:
        base.executescript(";".join(statements))
    return file


def folder_with(path: Path, *statements: str, **sources: str) -> Path:
    """Write the good scenario with some tables from a database beside it."""
    header = HEADER + "tables:\n" + "".join(f"  {t}: '{text}'\n" for t, text in sources.items())
    write_folder(path, header, **dict.fromkeys(sources))
    if statements:
        fill(path / "scenario.db", *statements)
    return path


def from_rows(path: Path, table: str, *rows: Row) -> Path:
    """Write the good scenario with one table of text in a database."""
    names = list(rows[0])
    columns = ", ".join(f'"{name}" text' for name in names)
    create = f"create table {table} ({columns})"
    folder = folder_with(path, create, **{table: f"sql:{table}"})
    with closing(sqlite3.connect(folder / "scenario.db")) as base:
        marks = ", ".join("?" * len(names))
        insert = f"insert into {table} values ({marks})"  # noqa: S608
        base.executemany(insert, [tuple(row.values()) for row in rows])
        base.commit()
    return folder
