"""An approved plan goes out: a file is replaced whole, rows of a table in one transaction.

The store stays locked meanwhile. So what is recorded last is what is there, whoever else publishes;
a fault after the target changed and before it is recorded is mended by the same call again.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Connection, delete, insert, select, update

from models.errors import ExpectationError, UsageError
from optimizer.runs.file_formats import write_frame
from optimizer.runs.run_reader import read_run
from optimizer.store import audit
from optimizer.store.database import Database
from optimizer.store.migrating import LOCK
from optimizer.store.priorities import priority_table, replace_rows
from optimizer.store.records import Run, StoreChange, changed_run_error, changes_of, run_by_id
from optimizer.store.tables import PUBLICATIONS, RUNS, TESTS

WRITERS = 7_251_906_002
"""Advisory lock of whoever publishes into a server."""
SUFFIXES = (".csv", ".parquet")


@dataclass(frozen=True, slots=True)
class _Delivery:
    """What came out of writing one target."""

    target: str
    """Where, without passwords."""
    rows: int
    sha256: str
    changed: bool
    """Whether it was anything else before."""


Sink = Callable[[Connection, Run, pd.DataFrame], _Delivery]


def publish(
    database: Database, run: str, to: Path | None, into: tuple[str, str] | None
) -> StoreChange:
    """Publish; see :meth:`optimizer.store.Store.publish`."""
    sinks = _sinks(database, to, into)
    with database.reading() as connection:
        frame = _priorities(_run_to_publish(connection, run))
    outcomes = [_send(database, run, sink, frame) for sink in sinks]
    text = "".join(f"{outcome.text}\n" for outcome in outcomes).rstrip()
    return replace(outcomes[-1], changed=any(each.changed for each in outcomes), text=text)


def _send(database: Database, run: str, send: Sink, frame: pd.DataFrame) -> StoreChange:
    """Write one target, and record it in the same transaction."""
    with database.writing(LOCK) as connection:
        there = _run_to_publish(connection, run)
        changed, text = _record(connection, there, send(connection, there, frame))
        return StoreChange(run_by_id(connection, run), changed, text)


def _sinks(store: Database, to: Path | None, into: tuple[str, str] | None) -> list[Sink]:
    """Check where the plan shall go, before anything is locked."""
    if to is None and into is None:
        msg = "say where to publish: --to FILE, or --database URL"
        raise UsageError(msg)
    sinks: list[Sink] = []
    if to is not None:
        path = to.absolute()
        if path.suffix not in SUFFIXES or path.is_dir() or not path.parent.is_dir():
            msg = f"cannot publish to {to}: name a .csv or .parquet file in a folder that exists"
            raise UsageError(msg)
        sinks.append(lambda _connection, _run, frame: _to_file(path, frame))
    if into is not None:
        address, table = into
        other, named = Database(address, wal=False), priority_table(table)
        shared = other.is_same_file(store)

        def to_table(connection: Connection, run: Run, frame: pd.DataFrame) -> _Delivery:
            lent = nullcontext(connection) if shared else other.writing(WRITERS)
            with lent as target:
                changed = replace_rows(target, named, frame, run.scenario, other.name)
            digest = hashlib.sha256(frame.to_csv(index=False).encode()).hexdigest()
            return _Delivery(f"{other.name} {table}", len(frame), digest, changed)

        sinks.append(to_table)
    return sinks


def _run_to_publish(connection: Connection, run: str) -> Run:
    """Return a run that may go out: approved, whole, with every test of the plan passed."""
    there = run_by_id(connection, run)
    if there.status != "approved":
        msg = f"{run} is {there.status}: only approved runs are published, see `allocore approve`"
        raise UsageError(msg)
    if changed := changes_of(connection, there):
        raise changed_run_error(there.folder, changed, there.status)
    missed = select(TESTS.c.text).where(TESTS.c.run == run, TESTS.c.kept.is_(False))
    if failed := connection.execute(missed.order_by(TESTS.c.position)).scalars().all():
        listed = "\n".join(f" * {text}" for text in failed)
        msg = f"{run} is not published, it fails what the scenario expects:\n{listed}"
        raise ExpectationError(msg)
    return there


def _priorities(run: Run) -> pd.DataFrame:
    """Return the priority list of a run, each row with scenario and run id."""
    _, solution = read_run(run.folder)
    frame = solution.shipments.copy()
    for name in ("run", "scenario"):
        frame.insert(0, name, pd.Series([getattr(run, name)] * len(frame), dtype="str"))
    return frame


def _to_file(path: Path, frame: pd.DataFrame) -> _Delivery:
    """Write a file beside, and put it in the place of the old one."""
    new = path.with_name(f".{path.stem}.publishing{path.suffix}")
    try:
        write_frame(frame, new)
        digest = hashlib.sha256(new.read_bytes()).hexdigest()
        changed = not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest
        if changed:
            _flush(new)
            new.replace(path)
            _flush(path.parent)
    except OSError as error:
        msg = f"cannot publish to {path}: {error.strerror or error}"
        raise UsageError(msg) from error
    finally:
        new.unlink(missing_ok=True)
    return _Delivery(str(path), len(frame), digest, changed)


def _flush(path: Path) -> None:
    entry = os.open(path, os.O_RDONLY)
    try:
        os.fsync(entry)
    finally:
        os.close(entry)


def _record(connection: Connection, run: Run, sent: _Delivery) -> tuple[bool, str]:
    """Record what went where, unless that is known already."""
    newest = (
        select(PUBLICATIONS)
        .where(PUBLICATIONS.c.target == sent.target)
        .order_by(PUBLICATIONS.c.seq.desc())
        .limit(1)
    )
    last = connection.execute(newest).first()
    known = last is not None and (last.run, last.sha256) == (run.run, sent.sha256)
    if known and not sent.changed:
        return False, f"{run.run} is in {sent.target} already."
    told: Mapping[str, Any] = {"target": sent.target, "rows": sent.rows, "sha256": sent.sha256}
    seq, now = audit.append(connection, "published", run.run, told)
    mine = (PUBLICATIONS.c.run == run.run) & (PUBLICATIONS.c.target == sent.target)
    connection.execute(delete(PUBLICATIONS).where(mine))
    connection.execute(insert(PUBLICATIONS).values(run=run.run, at=now, seq=seq, **told))
    connection.execute(update(RUNS).where(RUNS.c.run == run.run).values(published=True))
    return True, f"{run.run}: {sent.rows:,} rows are in {sent.target} now."
