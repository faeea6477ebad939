"""Databases that tables are read from: found, opened so that nothing can be written, closed."""

from __future__ import annotations

import logging
import os
import sqlite3
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from models.errors import SourceUnavailableError
from optimizer.reading.faults import Faults

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

VARIABLE = "ALLOCORE_DATABASE"
"""Environment variable with the URL of the database; it may hold a password."""
KEY = "database"
"""Key of a job that names the database instead."""
FILE = "scenario.db"
"""SQLite file beside the YAML file, where the variable is not set."""
AS_URL = "write it as postgresql+psycopg://user:password@host/database"
PATIENCE = 10
"""Time to wait for a server, or for another program to unlock a file [s]."""
SECRET = ("pass", "pwd", "secret", "token")
"""Parts of the names of a URL's options whose values are never shown."""
LOGGER = "allocore"


class Databases:
    """The databases of one scenario; each is opened once, when it is first asked for.

    Parameters
    ----------
    name_of
        Files are named as seen from this folder.
    url
        The database of everything, instead of what the environment variable says.
    """

    def __init__(self, name_of: Path, url: str = "") -> None:
        """Start with none open."""
        self.name_of = name_of
        self.url = url
        self.connections: dict[str, Connection | None] = {}

    def __enter__(self) -> Self:
        """Open nothing yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close every connection."""
        for connection in self.connections.values():
            if connection is not None:
                connection.close()
                connection.engine.dispose()

    @property
    def address(self) -> str:
        """URL of the database of everything; blank where each folder has its own."""
        return self.url or os.environ.get(VARIABLE, "")

    def beside(self, folder: Path, faults: Faults) -> Connection | None:
        """Return the database of a YAML file in this folder; None, with a fault, if it has none.

        Raises
        ------
        SourceUnavailableError
            When its server cannot be reached.
        """
        url = self.address
        path = folder.resolve() / FILE
        key = url or str(path)
        if key not in self.connections:
            file = Path(os.path.relpath(folder / FILE, self.name_of)).as_posix()
            if url:
                named = KEY if self.url else VARIABLE
                self.connections[key] = _at_url(url, named, faults)
            elif path.resolve().is_relative_to(folder.resolve()):
                self.connections[key] = _in_file(path, file, faults)
            else:
                problem = "the file is a link to a place outside the folder"
                faults.add(file, problem, "copy the file into the folder")
                self.connections[key] = None
        return self.connections[key]


def is_sqlite_file(address: str) -> bool:
    """Tell whether an address is an SQLite file: a URL of one, or a plain path."""
    return "://" not in address or address.startswith("sqlite:///")


def shown_url(url: URL) -> str:
    """Write a URL without its password and without its options, which may hold one."""
    return url.set(query={}).render_as_string(hide_password=True)


def reason_of(error: Exception, address: str | None = None) -> str:
    """Say on one line what a database said, without the secrets of its address.

    Parameters
    ----------
    error
        Of the driver, or around it.
    address
        URL of the database; by default that of the environment.
    """
    said = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    for secret in _secrets(os.environ.get(VARIABLE, "") if address is None else address):
        said = said.replace(secret, "***")
    return " ".join(said.split())[:200]


def is_temporary(error: Exception) -> bool:
    """Tell whether a failed reading may succeed later: a lost connection, a locked file."""
    code = getattr(getattr(error, "orig", None), "sqlite_errorname", "")
    return bool(getattr(error, "connection_invalidated", False)) or code.startswith("SQLITE_BUSY")


def unavailable(name: str, error: Exception, address: str | None = None) -> SourceUnavailableError:
    """Make the error that says what is out of reach, and why."""
    reason, remedy = reason_of(error, address), "try again later, or correct the address"
    return SourceUnavailableError(f"{name} cannot be reached: {reason} -> {remedy}")


def _secrets(address: str) -> list[str]:
    """Everything in a URL that nobody may see."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import SQLAlchemyError

    try:
        url = make_url(address)
    except (SQLAlchemyError, ValueError):
        return []
    options = url.normalized_query.items()
    values = [v for name, given in options for v in given if any(s in name.lower() for s in SECRET)]
    return [secret for secret in (str(url.password or ""), *values) if secret]


def _at_url(text: str, named: str, faults: Faults) -> Connection | None:
    """Open the database of a URL; ``named`` says where it is written."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError

    try:
        url = make_url(text)
    except (SQLAlchemyError, ValueError):
        faults.add(named, "this is not the URL of a database", AS_URL)
        return None
    if url.get_backend_name() == "sqlite":
        return _in_file(Path(url.database or ""), url.database or named, faults)
    try:
        return _connected(_server(url), shown_url(url), text)
    except NoSuchModuleError:
        faults.add(named, f"{url.drivername!r} is no known kind of database", AS_URL)
    except ImportError as error:
        package = "allocore[postgres]" if error.name == "psycopg" else error.name
        faults.add(named, f"the driver {error.name!r} is not installed", f"install {package}")
    except (SQLAlchemyError, TypeError, ValueError) as error:
        problem = f"{shown_url(url)} cannot be opened: {reason_of(error, text)}"
        faults.add(named, problem, AS_URL)
    return None


def _server(url: URL) -> Engine:
    """Make an engine that reads one unchanging state and cannot write, where it knows how."""
    if url.get_backend_name() != "postgresql":
        return _engine(url)
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    patience = {} if "connect_timeout" in url.query else {"connect_timeout": PATIENCE}
    return _engine(url, execution_options=options, connect_args=patience)


def _in_file(path: Path, file: str, faults: Faults) -> Connection | None:
    """Open an SQLite file."""
    if not path.is_file():
        problem = "this is not a file" if path.exists() else "there is no such file"
        remedy = f"put the database there, or name one in the environment variable {VARIABLE}"
        faults.add(file, problem, remedy)
        return None
    address = f"{path.resolve().as_uri()}?mode=ro"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(address, uri=True, timeout=PATIENCE)

    from sqlalchemy.exc import SQLAlchemyError

    try:
        connection = _connected(_engine("sqlite://", creator=connect), file)
        connection.exec_driver_sql("BEGIN")
        connection.exec_driver_sql("PRAGMA schema_version")
    except SQLAlchemyError as error:
        if is_temporary(error):
            raise unavailable(file, error) from None
        problem = f"the database cannot be read: {reason_of(error)}"
        faults.add(file, problem, "write the SQLite file again, or allow reading it")
        return None
    return connection


def _engine(url: URL | str, **options: Any) -> Engine:  # noqa: ANN401 - whatever engines take
    """Make an engine whose rows never reach a log."""
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    logging.getLogger(f"sqlalchemy.engine.Engine.{LOGGER}").setLevel(logging.WARNING)
    return create_engine(
        url, poolclass=NullPool, logging_name=LOGGER, hide_parameters=True, **options
    )


def _connected(engine: Engine, name: str, address: str | None = None) -> Connection:
    from sqlalchemy.exc import OperationalError

    try:
        return engine.connect()
    except OperationalError as error:
        raise unavailable(name, error, address) from None
