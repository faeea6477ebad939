"""A database that is written: SQLite or PostgreSQL, one writer at a time, readers never wait.

SQLite files are in WAL mode: a reader sees the state at its beginning while a writer goes on. A
writer begins with ``BEGIN IMMEDIATE`` there, and with an advisory lock on PostgreSQL; so nobody
reads first and finds out later that another one was faster.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import (
    DBAPIError,
    IntegrityError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.pool import NullPool

from models.errors import AllocoreError, SourceUnavailableError, UsageError
from optimizer.reading.databases import AS_URL, LOGGER, reason_of, shown_url

PATIENCE = 30.0
"""Time to wait for a server, or for other writers [s]."""
PAUSE = 0.02
"""Between two attempts where the database itself does not wait [s]."""
PASSING = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR")
"""How the names of SQLite's errors begin that may be gone later."""


class Database:
    """One database, opened anew for each transaction, so that nothing outlives one.

    Parameters
    ----------
    address
        A URL of SQLite or PostgreSQL, or the path of an SQLite file.
    wal
        Whether an SQLite file is put into WAL mode.

    Raises
    ------
    UsageError
        When the address is none, or its driver is not installed.
    """

    def __init__(self, address: str, *, wal: bool) -> None:
        self.url = _url_of(address)
        self.name = self.url.database or "" if self.is_sqlite else shown_url(self.url)
        self._address = self.url.render_as_string(hide_password=False)
        self._wal = wal
        self._engine = self._sqlite() if self.is_sqlite else self._server()

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file."""
        return self.url.get_backend_name() == "sqlite"

    def close(self) -> None:
        """Forget the engine; no connection is open between transactions."""
        self._engine.dispose()

    def is_same_file(self, other: Database) -> bool:
        """Tell whether both are one SQLite file, which two connections cannot write at once."""
        return self.is_sqlite and other.is_sqlite and self.url.database == other.url.database

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Lend a connection that sees one state; whatever happens, nothing is written."""
        options = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        with self._own_errors(), self._engine.connect() as connection:
            lent = connection.execution_options(**options)
            with lent.begin() as transaction:
                yield lent
                transaction.rollback()

    @contextmanager
    def writing(self, lock: int) -> Iterator[Connection]:
        """Lend a connection to the only writer; all is kept at the end, or nothing.

        Parameters
        ----------
        lock
            Number of the advisory lock that writers of the same things take on a server. A file
            has one lock for everything.

        Raises
        ------
        SourceUnavailableError
            When the database cannot be reached, or others write for longer than ``PATIENCE``.
        """
        with self._own_errors(), self._engine.connect() as connection:
            lent = connection.execution_options(writes=True)
            with lent.begin():
                if not self.is_sqlite:
                    lent.exec_driver_sql(f"SET LOCAL lock_timeout = {int(PATIENCE * 1000)}")
                    lent.exec_driver_sql(f"SELECT pg_advisory_xact_lock({lock})")
                yield lent

    def _sqlite(self) -> Engine:
        path = Path(self.url.database or "")
        if not path.parent.is_dir():
            msg = f"{path}: there is no folder {path.parent}; make it, or name another file"
            raise UsageError(msg)

        def connect() -> sqlite3.Connection:
            connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
            try:
                if self._wal:
                    _enter_wal(connection)
                connection.execute("PRAGMA foreign_keys = ON")
                connection.execute("PRAGMA synchronous = FULL")
            except BaseException:
                connection.close()
                raise
            return connection

        engine = _engine("sqlite://", creator=connect)
        event.listen(engine, "begin", _begin)
        return engine

    def _server(self) -> Engine:
        patience = {} if "connect_timeout" in self.url.query else {"connect_timeout": int(PATIENCE)}
        try:
            return _engine(self.url, connect_args=patience)
        except NoSuchModuleError:
            msg = f"{self.url.drivername!r} is no known kind of database; {AS_URL}"
        except ImportError as error:
            package = "allocore[postgres]" if error.name == "psycopg" else error.name
            msg = f"the driver {error.name!r} is not installed; install {package}"
        raise UsageError(msg)

    @contextmanager
    def _own_errors(self) -> Iterator[None]:
        """Say what the database refused in our own errors; defects stay what they are."""
        try:
            yield
        except IntegrityError:
            raise
        except DBAPIError as error:
            raise self._own_error(error) from None
        except sqlite3.Error as error:
            raise self._own_error(error) from None

    def _own_error(self, error: Exception) -> AllocoreError:
        said = reason_of(error, self._address)
        code = getattr(getattr(error, "orig", error), "sqlite_errorname", None)
        lost = bool(getattr(error, "connection_invalidated", False))
        passing = isinstance(error, OperationalError | InterfaceError) if code is None else False
        if lost or passing or (code or "").startswith(PASSING):
            remedy = "try again later, or correct the address"
            return SourceUnavailableError(f"{self.name} cannot be reached: {said} -> {remedy}")
        return UsageError(f"{self.name} cannot be used: {said}; name another database, or mend it")


def _url_of(address: str) -> URL:
    """Read an address; files get their absolute path."""
    try:
        url = make_url(address if "://" in address else f"sqlite:///{address}")
    except (SQLAlchemyError, ValueError):
        msg = f"this is not the address of a database; {AS_URL}, or name an SQLite file"
        raise UsageError(msg) from None
    kind = url.get_backend_name()
    if kind not in ("sqlite", "postgresql") or (kind == "sqlite" and not url.database):
        msg = f"{shown_url(url)}: a store is an SQLite file or PostgreSQL; {AS_URL}"
        raise UsageError(msg)
    return url.set(database=str(Path(url.database or "").resolve())) if kind == "sqlite" else url


def _enter_wal(connection: sqlite3.Connection) -> None:
    """Change the file's mode; SQLite does not wait for others here, so that we do."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith("SQLITE_BUSY") or time.monotonic() > deadline:
                raise
            time.sleep(PAUSE)
        else:
            return


def _begin(connection: Connection) -> None:
    """Begin a transaction ourselves: Python's driver would do it too late."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _engine(url: URL | str, **options: Any) -> Engine:  # noqa: ANN401 - whatever engines take
    """Make an engine whose rows never reach a log."""
    logging.getLogger(f"sqlalchemy.engine.Engine.{LOGGER}").setLevel(logging.WARNING)
    return create_engine(
        url, poolclass=NullPool, logging_name=LOGGER, hide_parameters=True, **options
    )
