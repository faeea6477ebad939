"""Scenarios written in a test as text: a header and small CSV tables, without the reader.

>>> make_scenario(segments={"gold": dict(tier=1, services=["std"])}, lines="order,line,...")
"""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from typing import Any

import pandas as pd

from models.scenario import Scenario
from models.settings import Settings
from models.tables import TABLES, Table

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
    clean = "\n".join(line.strip() for line in text.strip().splitlines())
    raw = pd.read_csv(StringIO(clean), dtype="str", keep_default_na=False)
    unknown = set(raw.columns) - set(table.columns)
    assert not unknown, f"unknown columns {unknown}"
    columns = {}
    for name, spec in table.columns.items():
        blank = blanks.get(name, spec.blank)
        values = raw[name] if name in raw else pd.Series([""] * len(raw), dtype="str")
        typed = [blank if v == "" else (v == "true" if spec.kind == "flag" else v) for v in values]
        series = pd.Series(typed, dtype=object)
        if spec.kind.dtype.startswith("datetime"):
            series = pd.to_datetime(series)
        columns[name] = series
    dtypes = {name: spec.kind.dtype for name, spec in table.columns.items()}
    return pd.DataFrame(columns).astype(dtypes)


def make_scenario(header: Mapping[str, Any] | None = None, **tables: str) -> Scenario:
    """Build a scenario from header keys (over :data:`HEADER`) and tables as CSV text.

    A table that is not given is empty; sites not given are those of the lanes.
    """
    settings = Settings.model_validate(HEADER | dict(header or {}))
    start = pd.Timestamp(settings.horizon.start)
    frames = {
        name: make_table(table, tables[name], {"ordered": start})
        if name in tables
        else table.empty()
        for name, table in TABLES.items()
    }
    if "sites" not in tables:
        names = ",\n".join(sorted(set(frames["lanes"]["site"])))
        frames["sites"] = make_table(TABLES["sites"], f"site,open\n{names},", {})
    return Scenario(settings, frames)
