"""The typed tables that checks look at, and the checks that several tables share."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from models.settings import Settings
from models.tables import TABLES
from optimizer.common.membership import BETWEEN, is_among, positions, values_at
from optimizer.common.steps import off_steps
from optimizer.reading.faults import Faults, excerpt, suggest
from optimizer.reading.raw_table import RawTable
from optimizer.reading.yaml_text import Node

Mask = npt.NDArray[np.bool_]
NEIGHBOURS = 100
"""Known names on either side of an unknown one that are looked at for a suggestion."""


@dataclass(frozen=True)
class Source:
    """The names that a column may hold, and where they are listed, as a message says it."""

    title: str
    names: pd.Index | None
    """None where they are not known for sure, as some could not be read."""


@dataclass(frozen=True)
class TypedTables:
    """The tables as far as they could be read and typed.

    A cell with a fault of its own holds the blank value of its column, so that checks across
    tables pass over it.
    """

    frames: Mapping[str, pd.DataFrame]
    raws: Mapping[str, RawTable]
    """Only the tables that were given and could be read."""
    names: Mapping[str, tuple[str, ...] | None]
    """Ids of the header's ``segments`` and ``services``; None where they could not be read."""
    settings: Settings | None
    tree: Node | None
    """The header with the place of every value."""

    def known(self, source: str, column: str = "") -> pd.Index | None:
        """List the names of a table's key, or of one of its columns, or of a part of the header.

        Returns
        -------
        pandas.Index or None
            None where the source was not read, or one of its names is faulty: then nothing can be
            said to be unknown.
        """
        if source in self.names:
            names = self.names[source]
            return None if names is None else pd.Index(names, dtype="str")
        given = "lanes" if source == "sites" and self.raws.get("sites") is None else source
        ids = self.frames[given][column or TABLES[given].key[0]]
        return None if given not in self.raws or (ids == "").any() else pd.Index(ids.unique())

    def source(self, name: str) -> Source:
        """Give a table, or a part of the header, as what a column refers to."""
        return Source(name, self.known(name))

    def regions(self) -> Source:
        """Give the regions of customers and lanes as what a column refers to."""
        title = "regions of customers and lanes"
        names: set[str] = set()
        for table in ("customers", "lanes"):
            part = self.known(table, "region")
            if part is None:
                return Source(title, None)
            names.update(part)
        return Source(title, pd.Index(sorted(names), dtype="str"))

    def is_sure(self, table: str, *columns: str) -> bool:
        """Whether a table was read and no cell of these columns of text is faulty or blank."""
        frame = self.frames[table]
        return table in self.raws and not any((frame[column] == "").any() for column in columns)

    def lines_of(self, order: str) -> list[str]:
        """Return the lines of an order."""
        lines = self.frames["lines"]
        return lines.loc[lines["order"] == order, "line"].tolist()

    def is_blank(self, table: str, column: str) -> Mask:
        """Whether nothing is written in each cell, shape (rows,); faulty cells are not blank."""
        raw = self.raws[table]
        if column not in raw.columns:
            return np.ones(raw.rows, dtype=bool)
        cells = raw.columns[column]
        blank = pc.equal(cells, "") if pa.types.is_string(cells.type) else pc.is_null(cells)
        return np.asarray(blank.to_numpy(), dtype=bool)


def check_names(
    name: str,
    column: str,
    source: Source,
    tables: TypedTables,
    faults: Faults,
    rows: pd.Series | None = None,
) -> None:
    """Check that each name in a column is one of its source; blanks pass.

    Parameters
    ----------
    name, column
        The table and the column that is checked.
    source
        What the column refers to.
    tables
        All of them.
    faults
        Where to note what is wrong.
    rows
        Which rows to check, shape (rows,); all by default.
    """
    raw = tables.raws[name]
    if source.names is None or column not in raw.columns:
        return
    names = tables.frames[name][column]
    unknown = ~is_among(names, source.names) & (names != "")
    if rows is not None:
        unknown &= rows
    if not unknown.any():
        return
    ordered = sorted(source.names)
    faults.add_cells(
        raw,
        column,
        np.asarray(unknown),
        lambda row: unknown_name(names.iloc[row], ordered, source.title),
    )


def unknown_name(word: str, ordered: Sequence[str], source: str) -> tuple[str, str]:
    """Say problem and remedy of a name that is not among the sorted names of its source."""
    at = bisect_left(ordered, word)
    near = ordered[max(0, at - NEIGHBOURS) : at + NEIGHBOURS]
    remedy = f"{suggest(word, near)}; or add it to {source}"
    return f"{excerpt(word)} is not among the {source}", remedy


def check_lines(name: str, lines: np.ndarray, tables: TypedTables, faults: Faults) -> None:
    """Check that each row's line is one of its order; rows of unknown orders pass.

    Parameters
    ----------
    name
        The table.
    lines
        Position of each row's line in the table of lines, -1 for none.
    tables
        All of them.
    faults
        Where to note what is wrong.
    """
    frame, orders = tables.frames[name], tables.known("orders")
    if orders is None or not tables.is_sure("lines", "order", "line"):
        return
    unknown = (frame["line"] != "") & (lines < 0)
    if not unknown.any():
        return
    unknown &= is_among(frame["order"], orders)

    def explain(row: int) -> tuple[str, str]:
        order, line = frame["order"].iloc[row], frame["line"].iloc[row]
        return unknown_line(order, line, tables.lines_of(order))

    faults.add_cells(tables.raws[name], "line", unknown.to_numpy(), explain)


def unknown_line(order: str, line: str, known: Sequence[str]) -> tuple[str, str]:
    """Say problem and remedy of a line that its order does not have."""
    remedy = f"{suggest(line, known)}; or add it to lines" if known else "add it to lines"
    return f"order {excerpt(order)} has no line {excerpt(line)}", remedy


def check_key(name: str, frame: pd.DataFrame, tables: TypedTables, faults: Faults) -> None:
    """Check that no two rows have the same key; those that add up or have a faulty one pass."""
    key = list(TABLES[name].key)
    if not key or TABLES[name].adds_up:
        return
    twice = frame.duplicated(key)
    if not twice.any():
        return
    for column in key:
        if TABLES[name].columns[column].required:
            twice &= (frame[column] != "") & frame[column].notna()
    groups = frame.groupby(key, dropna=False, sort=False).ngroup().to_numpy()
    first = np.unique(groups, return_index=True)[1]
    lines = tables.raws[name].lines()

    def explain(row: int) -> tuple[str, str]:
        values = [as_text(value) for value in frame.iloc[row][key]]
        what = ", ".join(f"{c} {excerpt(v)}" for c, v in zip(key, values, strict=True))
        problem = f"{what} is already given in row {lines[first[groups[row]]]}"
        return problem, "keep one of the two rows"

    faults.add_cells(tables.raws[name], key[-1], twice.to_numpy(), explain)


def check_steps(
    name: str,
    column: str,
    items: pd.Series,
    tables: TypedTables,
    faults: Faults,
    *,
    divisible: bool = True,
) -> None:
    """Check that the units in a column are whole, or multiples of the step of a divisible item.

    Parameters
    ----------
    name, column
        The table and the column that is checked.
    items
        Item of each row, shape (rows,).
    tables
        All of them.
    faults
        Where to note what is wrong.
    divisible
        Whether units of divisible items are checked, too.
    """
    units = tables.frames[name][column]
    step = steps_of(items, tables.frames["items"])
    whole = step.isna().to_numpy()
    broken = off_steps(units.fillna(0.0).to_numpy(), step.fillna(1.0).to_numpy())
    broken &= (items != "").to_numpy() & (whole | divisible)

    def explain(row: int) -> tuple[str, str]:
        item = items.iloc[row]
        if whole[row]:
            problem = f"{column} {units.iloc[row]} is not whole"
            return problem, f"write whole units, or make item {item!r} divisible in the table items"
        problem = (
            f"{column} {as_text(units.iloc[row])} is no multiple of {as_text(step.iloc[row])}, "
            f"the step of item {item!r}"
        )
        return problem, "write a multiple, or give the item a smaller step in the table items"

    faults.add_cells(tables.raws[name], column, broken, explain)


def steps_of(items: pd.Series, known: pd.DataFrame) -> pd.Series:
    """Look up the step of each divisible item; NaN where an item is whole.

    Parameters
    ----------
    items
        Ids, shape (rows,).
    known
        The table items.
    """
    divisible = known[known["divisible"]]
    return values_at(divisible["step"], positions(items, divisible["item"]))


def join_keys(frame: pd.DataFrame, *columns: str) -> pd.Series:
    """Join columns of text into one text a row, so that rows can be looked up by all of them."""
    first, *others = columns
    keys = frame[first]
    for column in others:
        keys = keys + BETWEEN + frame[column]
    return keys


def as_text(value: object) -> str:
    """Write a value of a table as a planner would."""
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, float):
        return f"{value:.12g}"
    return "" if value is pd.NaT else str(value)
