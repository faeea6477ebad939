"""No command replaces the folder of an approved run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, select

from models.errors import UsageError
from optimizer.runs.run_files import RECORD
from optimizer.store.address import address_of, is_here
from optimizer.store.database import Database
from optimizer.store.migrating import LOCK, migrate
from optimizer.store.tables import RUNS


@contextmanager
def guard(database: Database, folder: Path) -> Iterator[None]:
    """Guard a folder: it is not an approved run's, and nobody approves anything meanwhile.

    Raises
    ------
    UsageError
        When it is the folder of an approved run.
    """
    with database.writing(LOCK) as connection:
        _check_free(connection, folder)
        yield


@contextmanager
def guard_here(folder: Path) -> Iterator[None]:
    """Guard a folder by the store of this place, where a run is in the folder and a store is here.

    Raises
    ------
    UsageError
        When it is the folder of an approved run.
    SourceUnavailableError
        When the store cannot be reached.
    """
    if not (RECORD.path(folder).exists() and is_here()):
        yield
        return
    database = Database(address_of(), wal=True)
    try:
        migrate(database)
        with guard(database, folder):
            yield
    finally:
        database.close()


def _check_free(connection: Connection, folder: Path) -> None:
    here = (RUNS.c.folder == str(folder.resolve())) & (RUNS.c.status == "approved")
    run = connection.execute(select(RUNS.c.run).where(here)).scalar()
    if run:
        msg = f"{folder} holds the approved run {run}, which stays; name another folder"
        raise UsageError(msg)
