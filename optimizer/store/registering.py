"""Runs come into the store: once each, whole, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Connection, delete, insert, update

from models.errors import UsageError
from optimizer.store import audit
from optimizer.store.database import Database
from optimizer.store.migrating import LOCK
from optimizer.store.records import (
    RUNGS,
    Content,
    Run,
    changes_of,
    content_of,
    find,
    run_by_id,
    run_id_in,
    write_parts,
)
from optimizer.store.tables import PARTS, RUNS


@dataclass(frozen=True, slots=True)
class _Registration:
    content: Content
    as_of: date
    rung: str


def register(database: Database, folder: Path, as_of: date, rung: str) -> Run:
    """Register a complete run folder; see :meth:`optimizer.store.Store.register`."""
    if rung not in RUNGS:
        msg = f"{rung!r} is no way to a plan: name one of {', '.join(RUNGS)}"
        raise UsageError(msg)
    known = run_id_in(folder)
    if known:
        with database.reading() as connection:
            there = _existing(connection, known)
        if there:
            return there
    request = _Registration(content_of(folder), as_of, rung)
    with database.writing(LOCK) as connection:
        return _existing(connection, request.content.run) or _write(connection, request)


def _existing(connection: Connection, run: str) -> Run | None:
    """Return the run as it is registered, unless it is a proposal that lost its files."""
    there = find(connection, run)
    lost = there and there.status == "proposed" and changes_of(connection, there)
    return None if lost else there


def _write(connection: Connection, request: _Registration) -> Run:
    """Write a run, or a proposal that lost its files once more."""
    content = request.content
    again = find(connection, content.run) is not None
    event = "registered_again" if again else "registered"
    details = {
        "scenario": content.row["scenario"],
        "as_of": request.as_of.isoformat(),
        "rung": request.rung,
        "folder": content.row["folder"],
        "files": content.digest,
    }
    _, now = audit.append(connection, event, content.run, details)
    row = {**content.row, "as_of": request.as_of, "rung": request.rung}
    if again:
        remove_parts(connection, content.run)
        connection.execute(update(RUNS).where(RUNS.c.run == content.run).values(row))
    else:
        new = row | {"status": "proposed", "created": now, "published": False}
        connection.execute(insert(RUNS).values(new))
    write_parts(connection, content)
    return run_by_id(connection, content.run)


def remove_parts(connection: Connection, run: str) -> None:
    """Remove what a run consists of, beside its own row; refused for approved runs."""
    for table in PARTS:
        connection.execute(delete(table).where(table.c.run == run))
