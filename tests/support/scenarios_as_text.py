"""Scenarios written in a test as text: a header and small CSV tables, without the reader.

>>> make_scenario(segments={"gold": dict(tier=1, services=["std"])}, lines="order,line,...")
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from itertools import zip_longest
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.columns import Table
from models.scenario import Scenario
from models.settings import Settings
from models.tables import TABLES

Array = npt.NDArray[Any] | pd.api.extensions.ExtensionArray

HEADER: dict[str, Any] = {
    "format": 1,
    "name": "test",
    "horizon": {"start": "2026-11-23", "days": 5},
    "services": {"standard": {}},
    "segments": {"gold": {"tier": 1, "services": ["standard"]}},
    "solver": {"relative_gap": 0, "seconds": 60},
}


def make_table(table: Table, text: str, blanks: Mapping[str, object]) -> pd.DataFrame:
    """Type the CSV text as the table's contract says; ``blanks`` are extra defaults."""
    head, *body = csv.reader(line.strip() for line in text.strip().splitlines())
    rows = [row for row in body if row]
    unknown = set(head) - set(table.columns)
    assert not unknown, f"unknown columns {unknown}"
    cells = dict(zip(head, zip_longest(head, *rows, fillvalue=""), strict=True))
    columns = {}
    for name, spec in table.columns.items():
        blank = blanks.get(name, spec.blank)
        values = cells[name][1:] if name in cells else [""] * len(rows)
        typed = [blank if v == "" else (v == "true" if spec.kind == "flag" else v) for v in values]
        columns[name] = _typed(typed, spec.kind.dtype)
    return pd.DataFrame(columns)


def _typed(values: list[object], dtype: str) -> Array:
    """Make a column; not by pandas, which takes its time over few rows."""
    if dtype == "str":
        return pd.array([str(value) for value in values], dtype="str")
    if dtype == "bool":
        return np.array(values, dtype=dtype)
    if dtype.startswith("datetime"):
        return np.array([str(value)[:10] for value in values], dtype=dtype)
    return np.array([float(str(value)) for value in values]).astype(dtype)


@cache
def _empty(name: str) -> pd.DataFrame:
    return TABLES[name].empty()


def make_scenario(header: Mapping[str, Any] | None = None, **tables: str) -> Scenario:
    """Build a scenario from header keys (over :data:`HEADER`) and tables as CSV text.

    A table that is not given is empty; sites not given are those of the lanes.
    """
    settings = Settings.model_validate(HEADER | dict(header or {}))
    start = pd.Timestamp(settings.horizon.start)
    frames = {
        name: make_table(table, tables[name], {"ordered": start})
        if name in tables
        else _empty(name).copy(deep=False)
        for name, table in TABLES.items()
    }
    if "sites" not in tables:
        names = ",\n".join(sorted(set(frames["lanes"]["site"])))
        frames["sites"] = make_table(TABLES["sites"], f"site,open\n{names},", {})
    return Scenario(settings, frames)
