"""Make a scenario with other rows in a table."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.scenario import Scenario
from models.tables import TABLES

SHIPMENT = ["order", "line", "item", "site", "service", "ship_date"]
"""Together they name a shipment."""


def cast_rows(table: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Give rows the columns and dtypes of a table; they have at least its columns."""
    columns = {name: column.kind.dtype for name, column in TABLES[table].columns.items()}
    return rows[list(columns)].astype(columns).reset_index(drop=True)


def complete_rows(table: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Give rows the columns and dtypes of a table; columns that they do not have are blank."""
    columns = TABLES[table].columns
    blanks = {c: np.full(len(rows), spec.blank) for c, spec in columns.items() if c not in rows}
    return cast_rows(table, rows.assign(**blanks))


def with_rows(scenario: Scenario, table: str, rows: pd.DataFrame) -> Scenario:
    """Return the scenario with rows added to a table."""
    both = pd.concat([scenario[table], cast_rows(table, rows)], ignore_index=True)
    return with_table(scenario, table, cast_rows(table, both))


def with_table(scenario: Scenario, table: str, frame: pd.DataFrame) -> Scenario:
    """Return the scenario with another frame as a table."""
    tables = {**scenario.tables, table: frame}
    return Scenario(scenario.settings, tables, templates=scenario.templates)


def sums_by_shipment(rows: pd.DataFrame) -> pd.DataFrame:
    """Add up what goes the same way on the same day: promises that are moved are rows apart.

    Parameters
    ----------
    rows
        As in ``shipments.csv``.

    Returns
    -------
    pandas.DataFrame
        :data:`SHIPMENT` and ``quantity`` [unit], each shipment once, in the order of the rows.
    """
    return rows.groupby(SHIPMENT, sort=False)[["quantity"]].sum().reset_index()
