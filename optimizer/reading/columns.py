"""The header of a table: which of its columns are known, doubled, missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from models.columns import Column, Kind, Table
from models.history import HISTORY
from models.solution import SHIPMENTS
from models.tables import TABLES
from optimizer.reading.faults import Faults, closest, excerpt, suggest

RANK = "rank"
"""Column of commitments that only ``shipments.csv`` of a run has."""
_COMMITMENTS = TABLES["commitments"]
_OF_A_RUN = {RANK: Column(Kind.TEXT, "place in a run's priority list; such rows are not frozen")}
LAYOUTS: Mapping[str, Table] = {
    **TABLES,
    "history": HISTORY,
    "commitments": replace(_COMMITMENTS, columns={**_COMMITMENTS.columns, **_OF_A_RUN}),
}
"""Every table that can be read from a file: those of a scenario, and order history.

Commitments may be a run's ``shipments.csv``, with a rank.
"""

FIRST_ROWS = 20
"""Rows among which the names of the columns are looked for."""


def is_title(
    name: str, rows: Sequence[Sequence[str]], file: str, line: int, faults: Faults
) -> bool:
    """Note a first row that is a title, or a note for spreadsheets, above the names of the columns.

    Parameters
    ----------
    name
        The table.
    rows
        Its first rows as written.
    file, line
        Where the first of them stands.
    faults
        Where to note it.

    Returns
    -------
    bool
        Whether it is one; nothing else is to be said about the table then.
    """
    first, *below = ([cell.strip() for cell in row if cell.strip()] for row in rows)
    known = set(LAYOUTS[name].columns)
    named = sum(closest(cell, known) is not None for cell in first)
    headed = any(len(known & set(map(str.casefold, row))) > max(1, named) for row in below)
    wider = len(first) < 2 and not known & set(first) and any(len(row) > 1 for row in below)
    if first and first[0].casefold().startswith("sep="):
        problem = f"{excerpt(first[0])} is a note for spreadsheets"
    elif headed or wider:
        problem = f"{excerpt(first[0])} is a title" if first else "the row is blank"
    else:
        return False
    problem += ", and the first row must be the names of the columns"
    faults.add(file, problem, "delete the rows above the names of the columns", line)
    return True


def find_columns(
    name: str, header: Sequence[str], file: str, row: int | None, faults: Faults
) -> dict[str, int]:
    """Return the position of each known column; note everything wrong with the header.

    Parameters
    ----------
    name
        The table.
    header
        Its column names as written.
    file, row
        Where the header stands; a database has no such row.

    Returns
    -------
    dict
        Where commitments have a rank, what else ``shipments.csv`` says is left out.
    """
    table = LAYOUTS[name]
    beside = SHIPMENTS if name == "commitments" and RANK in header else {}
    found: dict[str, int] = {}
    meant: set[str | None] = set()
    for position, column in enumerate(header):
        if column in found:
            problem = f"column {column!r} is there twice"
            faults.add(file, problem, "keep one of the two", row, column)
        elif column in table.columns:
            found[column] = position
        elif column in beside:
            continue
        elif not column.strip():
            problem = f"column number {position + 1} has no name"
            faults.add(file, problem, "name the column or delete it", row)
        else:
            problem = f"unknown column {excerpt(column)}"
            faults.add(file, problem, suggest(column, table.columns), row, column.strip())
            meant.add(closest(column, table.columns))
    for column, spec in table.columns.items():
        if spec.required and column not in found and column not in meant:
            problem = f"required column {column!r} is missing"
            faults.add(file, problem, f"add a column {column!r}: {spec.doc}", row, column)
    return found
