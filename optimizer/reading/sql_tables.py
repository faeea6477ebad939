"""Tables from a database: a table or view read whole, or the answer to a query."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
import pyarrow as pa

from models.columns import Kind
from optimizer.reading.cells import NUMERIC
from optimizer.reading.columns import LAYOUTS, find_columns
from optimizer.reading.databases import Databases, is_temporary, reason_of, unavailable
from optimizer.reading.faults import Faults, excerpt, suggest
from optimizer.reading.raw_table import MOST_ROWS, RawTable
from optimizer.reading.workbooks import EXACT

if TYPE_CHECKING:
    from sqlalchemy import Connection, CursorResult

BATCH = 50_000
"""Records that are fetched at a time."""
NAME = re.compile(r"[^\W\d][\w$#]*(\.[^\W\d][\w$#]*){0,2}")
"""A table or view, its schema before it where needed."""
QUERY = re.compile(r"(select|with)\b", re.IGNORECASE)
PLAIN = (str, int, float, bool, Decimal, date, datetime, UUID)
"""What a database may answer; nothing else has an obvious text."""
NOTHING = type(None)


@dataclass(frozen=True)
class SqlSource:
    """What stands after ``sql:`` in a header, and the folder of that header."""

    text: str
    folder: Path

    @property
    def is_query(self) -> bool:
        """Whether it is a query, and not the name of a table or view."""
        return QUERY.match(self.text) is not None

    def fault(self) -> tuple[str, str] | None:
        """Problem and remedy of a text that is neither a name nor one query."""
        said = excerpt(" ".join(f"sql:{self.text}".split()))
        if ";" in self.text:
            return f"{said} holds a semicolon", "write one query without semicolons"
        if self.is_query or NAME.fullmatch(self.text):
            return None
        remedy = "write sql: and the name of a table or view, or a query that begins with select"
        return f"{said} is neither a name nor a query", remedy


def sql_source(text: str, folder: Path) -> SqlSource:
    """Tidy what follows ``sql:``."""
    return SqlSource(text.strip().removesuffix(";").rstrip(), folder)


def read_sql(name: str, source: SqlSource, databases: Databases, faults: Faults) -> RawTable | None:
    """Read one table from its database; None, with a fault, when that is not possible.

    Raises
    ------
    SourceUnavailableError
        When the database cannot be reached now.
    """
    from sqlalchemy.exc import SQLAlchemyError

    file = f"sql:query of {name}" if source.is_query else f"sql:{source.text}"
    connection = databases.beside(source.folder, faults)
    if connection is None:
        return None
    statement = source.text if source.is_query else _whole(source.text, connection)
    options = {"no_parameters": True, "stream_results": True}
    try:
        with connection.exec_driver_sql(statement, execution_options=options) as result:
            return _table(name, file, result, faults)
    except SQLAlchemyError as error:
        if is_temporary(error):
            raise unavailable(file, error, databases.address) from None
        connection.rollback()
        faults.add(file, *_why(source, connection, error, databases.address))
        return None


def _whole(table: str, connection: Connection) -> str:
    """Write the query that reads a table or view whole."""
    quote = connection.dialect.identifier_preparer.quote
    return f"SELECT * FROM {'.'.join(quote(part) for part in table.split('.'))}"  # noqa: S608


def _why(
    source: SqlSource, connection: Connection, error: Exception, address: str
) -> tuple[str, str]:
    """Problem and remedy of a table or query that the database refuses."""
    from sqlalchemy import inspect
    from sqlalchemy.exc import SQLAlchemyError

    if source.is_query:
        return f"the query is refused: {reason_of(error, address)}", "correct the query"
    *before, table = source.text.split(".")
    schema = ".".join(before) or None
    try:
        inspector = inspect(connection)
        if not inspector.has_table(table, schema):
            known = [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]
            return f"there is no table or view {source.text!r}", suggest(table, sorted(known))
    except SQLAlchemyError:
        connection.rollback()
    return f"the table is refused: {reason_of(error, address)}", "correct it, or allow reading it"


def _table(name: str, file: str, result: CursorResult[Any], faults: Faults) -> RawTable | None:
    """Read an answer batch by batch, its known columns only."""
    found = find_columns(name, list(result.keys()), file, None, faults)
    parts: dict[str, list[pa.Array]] = {column: [] for column in found}
    foreign: dict[str, str] = {}
    rows = 0
    for batch in result.partitions(BATCH):
        rows += len(batch)
        if rows > MOST_ROWS:
            faults.add(file, f"more than {MOST_ROWS:,} rows", "split the scenario")
            return None
        values = list(zip(*batch, strict=True))
        for column, position in found.items():
            kinds = set(map(type, values[position])) - {NOTHING}
            if odd := next((kind for kind in kinds if kind not in PLAIN), None):
                foreign[column] = odd.__name__
            else:
                kind = LAYOUTS[name].columns[column].kind
                parts[column].append(array_of(values[position], kinds, kind))
    for column, kind_name in foreign.items():
        problem = f"column {column!r} has the type {kind_name}"
        faults.add(file, problem, "answer text, numbers, dates or true/false", None, column)
    columns = {column: _join(parts[column]) for column in found if column not in foreign}
    return RawTable(file, columns, rows, lambda: np.arange(rows, dtype=np.int64) + 1)


def array_of(values: Sequence[Any], kinds: set[type], kind: Kind) -> pa.Array:
    """Keep numbers, dates and flags as they are where the column holds them; all else is text."""
    if not kinds:
        return pa.nulls(len(values))
    if kinds == {str}:
        return pa.array(values, pa.string())
    if kind in NUMERIC and kinds <= {int, float, Decimal}:
        return pa.array([None if v is None else float(v) for v in values], pa.float64())
    if kind is Kind.DATE and kinds == {date}:
        return pa.array(values, pa.date32())
    if kind is Kind.DATE and kinds == {datetime} and not any(v and v.tzinfo for v in values):
        return pa.array(values, pa.timestamp("us"))
    if kind is Kind.FLAG and kinds <= {bool, int} and set(values) <= {True, False, None}:
        return pa.array([None if v is None else bool(v) for v in values], pa.bool_())
    write = str if kinds == {int} else _text
    return pa.array([None if v is None else write(v) for v in values], pa.string())


def _text(value: object) -> str:
    """Write a value as it would be typed: 123.0 is ``123``, a date is ISO."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < EXACT else repr(value)
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _join(parts: Sequence[pa.Array]) -> pa.ChunkedArray:
    """Join the batches of a column: in their type if they share one, as text if they do not."""
    types = {part.type for part in parts if not pa.types.is_null(part.type)}
    shared = types.pop() if len(types) == 1 else pa.string()
    column = pa.chunked_array([part.cast(shared) for part in parts], shared)
    return column.fill_null("") if pa.types.is_string(shared) else column
