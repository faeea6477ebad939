"""The table of priorities in a database: of each scenario the rows of one run, never of two."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Float,
    MetaData,
    Table,
    Text,
    delete,
    insert,
    inspect,
    select,
)

from models.errors import UsageError
from models.solution import ADDED, SHIPMENTS
from optimizer.reading.sql_tables import NAME

KINDS = {
    "str": Text,
    "int64": BigInteger,
    "float64": Float,
    "bool": Boolean,
    "datetime64[s]": Date,
}
KEY = ("scenario", "rank")
"""One row each."""


def priority_table(name: str) -> Table:
    """Describe the table: ``scenario``, ``run``, and the columns of ``shipments.csv``.

    Parameters
    ----------
    name
        A name, its schema before it where needed.

    Raises
    ------
    UsageError
        When that is no name of a table.
    """
    if not NAME.fullmatch(name):
        msg = f"--table {name}: write the name of a table, as priorities or public.priorities"
        raise UsageError(msg)
    *schema, table = name.split(".")
    columns = {"scenario": "str", "run": "str"} | SHIPMENTS
    typed = [Column(c, KINDS[t](), primary_key=c in KEY) for c, t in columns.items()]
    return Table(table, MetaData(), *typed, schema=".".join(schema) or None)


def replace_rows(
    connection: Connection, table: Table, frame: pd.DataFrame, scenario: str, name: str
) -> bool:
    """Put the rows of a run in the place of all rows of its scenario.

    Parameters
    ----------
    connection
        In a transaction: readers see the old rows or the new ones.
    table
        Made where it is missing.
    frame
        Of one scenario and run.
    scenario
        Its name; a plan may have no rows.
    name
        Of the database, for errors.

    Returns
    -------
    bool
        Whether anything changed.

    Raises
    ------
    UsageError
        When a table of that name has other columns.
    """
    table = _ensured(connection, table, name)
    rows = [_plain(row) for row in frame[table.columns.keys()].to_dict("records")]
    mine = table.c.scenario == scenario
    there = connection.execute(select(table).where(mine).order_by(table.c.rank))
    if [row._asdict() for row in there] == rows:
        return False
    connection.execute(delete(table).where(mine))
    if rows:
        connection.execute(insert(table), rows)
    return True


def _ensured(connection: Connection, table: Table, name: str) -> Table:
    """Make the table; refuse one that cannot hold the rows.

    One that was made by an older version is given no columns that it does not have.
    """
    inspector = inspect(connection)
    if not inspector.has_table(table.name, table.schema):
        table.create(connection)
        return table
    there = {column["name"] for column in inspector.get_columns(table.name, table.schema)}
    needed = [column.name for column in table.c if column.name not in ADDED["shipments"]]
    missing = [name for name in needed if name not in there]
    if missing:
        lacks = ", ".join(missing)
        msg = f"the table {table.name} of {name} has no {lacks}: add them, or name another table"
        raise UsageError(msg)
    known = [Column(c.name, c.type, primary_key=c.primary_key) for c in table.c if c.name in there]
    return Table(table.name, MetaData(), *known, schema=table.schema)


def _plain(row: dict[Any, Any]) -> dict[str, Any]:
    return {str(name): _day(value) for name, value in row.items()}


def _day(value: Any) -> Any:  # noqa: ANN401 - a cell
    if value is pd.NaT:
        return None
    return value.date() if isinstance(value, pd.Timestamp) else value
