"""A table as it stands in its source, before its cells are typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from optimizer.reading.notation import Notation

MOST_ROWS = 10_000_000
"""Rows that a table may have."""


@dataclass(frozen=True)
class RawTable:
    """Columns as text (CSV, workbook) or in their native types (Parquet), all of one length."""

    file: str
    """Name for messages: ``orders.csv``, ``book.xlsx[orders]``."""
    columns: Mapping[str, pa.ChunkedArray]
    """The columns that the format knows."""
    rows: int
    lines: Callable[[], npt.NDArray[np.int64]]
    """The line of each row as an editor numbers it; worked out only when a fault needs it."""
    header: int = 1
    """The line of the header."""
    decimal: str = "."
    """The decimal mark that such a source has as a rule: a comma where semicolons part columns."""
    typed: Mapping[str, npt.NDArray[np.bool_]] = field(default_factory=dict)
    """Which cells of a column of text are numbers in the source, where some are."""
    notations: Mapping[str, Notation] = field(default_factory=dict)
    """How the numbers of a column of text are written; plainly where nothing is said."""


def keep_rows(raw: RawTable, stay: npt.NDArray[np.bool_]) -> RawTable:
    """Keep some rows of a table whose notations are known."""
    columns = {name: column.filter(pa.array(stay)) for name, column in raw.columns.items()}
    return replace(raw, columns=columns, rows=int(stay.sum()), lines=partial(_lines, raw, stay))


def _lines(raw: RawTable, stay: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    return raw.lines()[stay]
