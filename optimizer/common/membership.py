"""Names looked up among others, a million at a time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

BETWEEN = "\x1f"
"""Separates the parts of a joined key: no name holds it, and unlike NUL it does not end a text."""


def is_among(names: pd.Series, known: object) -> npt.NDArray[np.bool_]:
    """Whether each name is among the known ones, shape (names,).

    pandas' own ``isin`` walks text in Python, which takes a hundred times as long.

    Parameters
    ----------
    names, known
        Text, of any length.
    """
    found = pc.is_in(pa.array(names, pa.large_string()), value_set=_values(known))
    return np.asarray(found, dtype=bool)


def positions(names: pd.Series, known: object) -> npt.NDArray[np.int64]:
    """Position of each name among the known ones, the first of equals; -1 where it is unknown.

    Parameters
    ----------
    names, known
        Text, of any length.
    """
    found = pc.index_in(pa.array(names, pa.large_string()), value_set=_values(known))
    return np.asarray(found.fill_null(-1), dtype=np.int64)


def values_at(column: pd.Series, at: npt.NDArray[np.int64]) -> pd.Series:
    """Take the values of a column at positions; blank text or NaN where the position is -1."""
    taken = pd.Series(column.array.take(at, allow_fill=True), dtype=column.dtype)
    return taken.fillna("") if column.dtype == "str" else taken


def _values(known: object) -> pa.Array:
    return pa.array(pd.Series(known, dtype="str"), pa.large_string())
