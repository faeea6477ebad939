"""A validated scenario: the header and its typed tables, complete and cross-checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from models.columns import dtypes_of
from models.settings import Settings
from models.tables import TABLES


@dataclass(frozen=True, eq=False)
class Scenario:
    """One planning question: the orders, the supply, the promises.

    Made by :func:`optimizer.read_scenario`, which checks everything at the door; a scenario never
    changes afterwards.

    Parameters
    ----------
    settings
        The header.
    tables
        A frame for each name of :data:`models.tables.TABLES`, rows in the order of the source,
        RangeIndex, columns and dtypes as declared there, blanks filled with their defaults.
    warnings
        What a planner should know and what stops nothing.
    templates
        Texts of notices that the company writes itself, by language, as Jinja templates.

    Raises
    ------
    ValueError
        When a table is missing or breaks its contract of columns and dtypes.
    """

    settings: Settings
    tables: Mapping[str, pd.DataFrame]
    warnings: tuple[str, ...] = field(default=())
    templates: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Hold the frames to their contract."""
        for name, table in TABLES.items():
            found = dtypes_of(self.tables[name])
            expected = {column: spec.kind.dtype for column, spec in table.columns.items()}
            if found != expected:
                msg = f"table {name}: expected columns {expected}, got {found}"
                raise ValueError(msg)

    def __getitem__(self, table: str) -> pd.DataFrame:
        """Return one table by name."""
        return self.tables[table]

    def __repr__(self) -> str:
        """Say what the scenario holds, in one line."""
        s, rows = self.settings, {name: len(frame) for name, frame in self.tables.items()}
        return (
            f"Scenario {s.name!r}: {rows['lines']:,} lines of {rows['orders']:,} orders, "
            f"{rows['customers']:,} customers in {len(s.segments)} segments, "
            f"{s.horizon.days} days from {s.horizon.start}"
        )
