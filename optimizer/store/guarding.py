"""No command replaces the folder of an approved run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from sqlalchemy import Connection, select

from models.errors import UsageError
from optimizer.store.address import address_of
from optimizer.store.database import Database
from optimizer.store.migrating import LOCK, migrate
from optimizer.store.tables import RUNS

_HELD: ContextVar[frozenset[Path]] = ContextVar("guarded folders", default=frozenset())
"""What is guarded here: the only writer must not wait for itself."""


def check_free(connection: Connection, folder: Path) -> None:
    """Refuse the folder of an approved run.

    Raises
    ------
    UsageError
        When it is one.
    """
    here = (RUNS.c.folder == str(folder.resolve())) & (RUNS.c.status == "approved")
    run = connection.execute(select(RUNS.c.run).where(here)).scalar()
    if run:
        msg = f"{folder} holds the approved run {run}, which stays; name another folder"
        raise UsageError(msg)


@contextmanager
def holding(database: Database, folder: Path) -> Iterator[None]:
    """Guard a folder: it is not an approved run's, and nobody approves anything meanwhile.

    Raises
    ------
    UsageError
        When it is the folder of an approved run.
    """
    with database.writing(LOCK) as connection:
        check_free(connection, folder)
        token = _HELD.set(_HELD.get() | {folder.resolve()})
        try:
            yield
        finally:
            _HELD.reset(token)


@contextmanager
def guarding(folder: Path) -> Iterator[None]:
    """Guard a folder by the store of this place, unless somebody here guards it already.

    Raises
    ------
    UsageError
        When it is the folder of an approved run.
    SourceUnavailableError
        When the store cannot be reached.
    """
    if folder.resolve() in _HELD.get():
        yield
        return
    database = Database(address_of(), wal=True)
    try:
        migrate(database)
        with holding(database, folder):
            yield
    finally:
        database.close()
