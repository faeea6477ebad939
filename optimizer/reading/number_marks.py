"""Which marks of the numbers of a column are decimal marks; asked where points may be either.

``2.000`` is 2 or 2000. Every text of a column is read in each notation that its numbers may be
written in. A column that can be read in one alone is read so; where two make different numbers
of it, the planner is asked, once for the column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from models.columns import Column, Table
from models.settings import Csv
from optimizer.reading.cells import NUMERIC, as_numbers, out_of_range
from optimizer.reading.faults import Faults, excerpt
from optimizer.reading.notation import OTHER, Notation
from optimizer.reading.raw_table import RawTable

GROUPS = r"[0-9][.,][0-9]{3}([.,]|$)"
"""A mark that may stand between thousands."""
FEW = 1000
"""Texts that are read first, as they mostly leave one notation."""
Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Readings:
    """The texts of a column that hold a point or a comma, and what they may mean."""

    texts: pa.StringArray
    """Those that are numbers of the column in one notation at least, shape (texts,)."""
    possible: Mapping[Notation, Values]
    """Notations in which all of them are numbers of the column; the numbers, shape (texts,)."""
    is_clean: bool
    """Whether no other text of the column holds a point or a comma."""

    def marks(self) -> set[str]:
        """Which decimal marks are possible."""
        return {notation.decimal for notation in self.possible}


def settle_numbers(raw: RawTable, table: Table, csv: Csv, faults: Faults) -> RawTable:
    """Find out how the numbers in each column of text are written.

    Parameters
    ----------
    raw
        As it stands in its source.
    table
        Its contract.
    csv
        What the header says.
    faults
        Where to ask about a column that can be read in two ways.

    Returns
    -------
    RawTable
        With a notation for each of these columns; cells that are numbers in the source are
        written in it.
    """
    specs = {
        name: table.columns[name]
        for name, column in raw.columns.items()
        if table.columns[name].kind in NUMERIC and pa.types.is_string(column.type)
    }
    between = csv.thousands or ""
    neither = "" if between in OTHER else between
    usual = Notation(raw.decimal, neither)
    readings = {name: _readings(_texts(raw, name), spec, usual) for name, spec in specs.items()}
    if csv.mark:
        said = Notation(csv.mark, between)
        return _with_notations(raw, {n: _said(r, said, usual) for n, r in readings.items()})
    usual = Notation(_usual_mark(raw, readings), between, is_open=True)
    return _with_notations(
        raw, {name: _settle(raw, name, found, usual, faults) for name, found in readings.items()}
    )


def _texts(raw: RawTable, name: str) -> pa.ChunkedArray:
    """List the texts of a column that are no numbers in their source."""
    column = raw.columns[name]
    return column.filter(pa.array(~raw.typed[name])) if name in raw.typed else column


def _readings(texts: pa.ChunkedArray, spec: Column, usual: Notation) -> _Readings:
    """Read the texts of a column in every notation; the first few where they leave only one."""
    marks = [m for m in OTHER if pc.any(pc.match_substring(texts, m)).as_py()]
    notations = [Notation(mark, usual.thousands, is_open=True) for mark in OTHER]
    notations += [Notation(OTHER[mark], mark, is_open=True) for mark in marks]
    few = _read(_marked(texts.slice(0, FEW)), notations, spec)
    return few if list(few.possible) == [usual] else _read(_marked(texts), notations, spec)


def _marked(texts: pa.ChunkedArray) -> pa.StringArray:
    """Keep each text that holds a point or a comma once."""
    marked = texts.filter(pc.match_substring_regex(texts, "[.,]"))
    return marked.combine_chunks().dictionary_encode().dictionary


def _read(marked: pa.StringArray, notations: Sequence[Notation], spec: Column) -> _Readings:
    values = {notation: _values(marked, notation, spec) for notation in notations}
    meant = np.logical_or.reduce([np.isfinite(found) for found in values.values()])
    return _Readings(
        marked.filter(pa.array(meant)),
        {n: found[meant] for n, found in values.items() if np.isfinite(found[meant]).all()},
        bool(meant.all()),
    )


def _values(texts: pa.StringArray, notation: Notation, spec: Column) -> Values:
    """Read texts as numbers of a column; NaN for those that are none."""
    numbers = as_numbers(notation.plain(texts))
    return np.where(out_of_range(numbers, spec), np.nan, numbers)


def _usual_mark(raw: RawTable, readings: Mapping[str, _Readings]) -> str:
    """Name the decimal mark of a source: a semicolon file may be seen to have points."""
    marks = [found.marks() for found in readings.values() if len(found.texts)]
    return "." if {"."} in marks and {","} not in marks else raw.decimal


def _said(found: _Readings, said: Notation, usual: Notation) -> Notation:
    """Choose what the header says, unless a column can only be read as is usual in its source."""
    if not len(found.texts) or said in found.possible:
        return said
    return usual if _differing(found.possible) == [usual] else said


def _settle(
    raw: RawTable, name: str, found: _Readings, usual: Notation, faults: Faults
) -> Notation:
    """Choose the notation of a column; where it is open, ask and go on with thousands."""
    if usual in found.possible and (usual.decimal == "," or not len(found.texts)):
        return usual
    differing = _differing(found.possible)
    if len(differing) > 1:
        _ask(raw, name, found, differing, faults)
        return differing[-1]
    if not differing or usual in found.possible:
        return usual
    (only,) = differing
    if only.thousands in OTHER and _is_misread(found, usual, only):
        _ask(raw, name, found, differing, faults)
        return only
    return only if usual.decimal == "," and only.thousands == usual.thousands else usual


def _differing(possible: Mapping[Notation, Values]) -> list[Notation]:
    """Keep one notation for each thing that the texts may mean; those with thousands last."""
    kept: list[Notation] = []
    for notation, values in possible.items():
        if not any(np.array_equal(values, possible[other]) for other in kept):
            kept.append(notation)
    return kept


def _is_misread(found: _Readings, usual: Notation, only: Notation) -> bool:
    """Whether the usual notation makes another number of a text, or reads nothing of a column."""
    read, meant = as_numbers(usual.plain(found.texts)), found.possible[only]
    is_read = np.isfinite(read)
    return bool((is_read & (read != meant)).any() or (found.is_clean and not is_read.any()))


def _ask(
    raw: RawTable, name: str, found: _Readings, differing: list[Notation], faults: Faults
) -> None:
    """Note one fault for a column: how many cells, the first one, and what it may mean."""
    values = np.array([found.possible[notation] for notation in differing])
    in_groups = pc.match_substring_regex(found.texts, GROUPS)
    is_open = np.asarray((values != values[:1]).any(axis=0))
    asked = found.texts.filter(pa.array(is_open) if len(differing) > 1 else in_groups)
    column = pa.chunked_array(raw.columns[name]).combine_chunks()
    cells = pc.is_in(column, asked).to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(cells & ~raw.typed[name] if name in raw.typed else cells)
    first = column[int(rows[0])].as_py()
    at = found.texts.index(first).as_py()
    meanings = [f"{value:.12g}" for value in values[:, at]]
    problem = f"{excerpt(first)} is {' or '.join(meanings)}"
    if len(rows) > 1:
        more = len(rows) - 1
        problem += f", and {more:,} more {'cell is' if more == 1 else 'cells are'} written so"
    keys = [f"{n.key} for {m}" for n, m in zip(differing, meanings, strict=True)]
    remedy = f"say in the header {' or '.join(keys)}"
    faults.add(raw.file, problem, remedy, int(raw.lines()[rows[0]]), name)


def _with_notations(raw: RawTable, notations: Mapping[str, Notation]) -> RawTable:
    """Note the notation of each column, and write in it what is a number in the source."""
    columns = dict(raw.columns)
    for name, notation in notations.items():
        if name in raw.typed and notation.decimal == ",":
            text = pc.replace_substring(columns[name], ".", ",")
            columns[name] = pc.if_else(pa.array(raw.typed[name]), text, columns[name])
    return replace(raw, columns=columns, notations=notations, typed={})
