"""What a table is: kinds of columns, a column, a table with its key.

The tables of a scenario are declared with them in :mod:`models.tables`, order history in
:mod:`models.history`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd


class Kind(StrEnum):
    """What a column holds, and the dtype of its frame column."""

    ID = "id"  # text, exactly as written
    TEXT = "text"
    DATE = "date"
    UNITS = "units"  # whole numbers, unless the item is divisible
    NUMBER = "number"
    SHARE = "share"  # 0 to 1
    COUNT = "count"  # whole number, stored as an integer
    LIMIT = "limit"  # whole number, blank = none
    FLAG = "flag"  # true / false
    WINDOW = "window"  # 07:00-16:00
    WEEKDAYS = "weekdays"  # mon tue wed
    COUNTRY = "country"  # holiday calendar of a country or a part of it, ISO 3166 code

    @property
    def dtype(self) -> str:
        """The pandas dtype of a column of this kind; blanks are ``""``, NaN or NaT."""
        return DTYPES.get(self, "str")


DTYPES = {
    Kind.DATE: "datetime64[s]",
    Kind.UNITS: "float64",
    Kind.NUMBER: "float64",
    Kind.SHARE: "float64",
    Kind.LIMIT: "float64",
    Kind.COUNT: "int64",
    Kind.FLAG: "bool",
}
"""pandas dtypes of kinds; all others are text."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what it holds, what a blank means, what values are allowed."""

    kind: Kind
    doc: str
    required: bool = False
    default: object = None
    unit: str = ""
    least: float = 0.0
    most: float = 1e9
    choices: tuple[str, ...] = ()
    if_too_small: str = ""
    """What to do about a number below ``least``, where that is not to write another one."""
    refers: str = ""
    """Table (or ``segments``/``services`` of the header) that must know the value."""

    @property
    def blank(self) -> object:
        """The stored value of a blank cell."""
        if self.default is not None:
            return self.default
        return {"str": "", "datetime64[s]": pd.NaT, "float64": float("nan")}.get(self.kind.dtype)


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its columns and the columns that identify a row."""

    doc: str
    columns: Mapping[str, Column]
    key: tuple[str, ...] = ()
    required: bool = False
    adds_up: str = ""
    """Column that is added up over rows that are alike in all others; blank = no such rows."""

    def empty(self) -> pd.DataFrame:
        """Make a frame without rows that keeps the contract of columns and dtypes."""
        return pd.DataFrame({n: pd.Series(dtype=c.kind.dtype) for n, c in self.columns.items()})


def dtypes_of(frame: pd.DataFrame) -> dict[str, str]:
    """Name the dtype of each column, in the order of the columns."""
    return {str(name): str(dtype) for name, dtype in frame.dtypes.items()}
