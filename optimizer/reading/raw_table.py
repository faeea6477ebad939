"""A table as it stands in its source, before its cells are typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

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
