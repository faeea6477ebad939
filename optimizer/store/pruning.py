"""Old runs go, folder and rows; what was approved or published, and the audit, stays."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, select

from models.errors import UsageError
from optimizer.store import audit
from optimizer.store.database import Database
from optimizer.store.migrating import LOCK
from optimizer.store.records import Run, find, run_id_in
from optimizer.store.registering import remove_parts
from optimizer.store.tables import DECISIONS, RUNS


def prune(database: Database, older_than_days: float) -> list[str]:
    """Remove old runs; see :meth:`optimizer.store.Store.prune`."""
    if not older_than_days >= 0:
        msg = f"{older_than_days:g} days: name an age of 0 days or more"
        raise UsageError(msg)
    oldest = (datetime.now(UTC) - timedelta(days=older_than_days)).isoformat()
    old = select(RUNS.c.run).where(RUNS.c.created < oldest, RUNS.c.status != "approved")
    with database.reading() as connection:
        candidates = connection.execute(old.order_by(RUNS.c.created, RUNS.c.run)).scalars().all()
    return [run for run in candidates if _prune_one(database, run)]


def _prune_one(database: Database, run: str) -> bool:
    """Remove one run, unless it was approved meanwhile.

    The folder goes first: a fault in between leaves a proposal without files, which cannot be
    approved and is pruned by the next attempt.
    """
    with database.writing(LOCK) as connection:
        there = find(connection, run)
        if there is None or there.status == "approved":
            return False
        audit.append(connection, "pruned", run, {"folder": str(there.folder)})
        remove_parts(connection, run)
        connection.execute(delete(DECISIONS).where(DECISIONS.c.run == run))
        connection.execute(delete(RUNS).where(RUNS.c.run == run))
        _remove_folder(there)
    return True


def _remove_folder(run: Run) -> None:
    """Remove the folder if this run is still in it: at once for who looks, then file by file."""
    doomed = _trash_of(run.folder)
    try:
        if doomed.exists():  # an earlier attempt was killed
            shutil.rmtree(doomed)
        if run_id_in(run.folder) == run.run:
            run.folder.rename(doomed)
            shutil.rmtree(doomed)
    except OSError as error:
        msg = f"cannot remove {run.folder}: {error.strerror or error}"
        raise UsageError(msg) from error


def _trash_of(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.pruned")
