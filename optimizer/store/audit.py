"""The audit: entries in one sequence without holes, each hashed together with the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection, Row, insert, select

from optimizer.store.tables import AUDIT

Entry = tuple[int, str]
"""Number and time of an entry."""


def append(connection: Connection, event: str, run: str, details: Mapping[str, object]) -> Entry:
    """Add an entry; the caller is the store's only writer and keeps or loses it as a whole.

    Parameters
    ----------
    connection
        Of :meth:`optimizer.store.database.Database.writing`.
    event
        ``registered``, ``registered_again``, ``approved``, ``rejected``, ``published``, ``pruned``.
    run
        Its id.
    details
        What JSON can hold; of customers nothing but ids.

    Returns
    -------
    int, str
        Number in the sequence, from 1, and time in UTC.
    """
    newest = select(AUDIT.c.seq, AUDIT.c.hash).order_by(AUDIT.c.seq.desc()).limit(1)
    last = connection.execute(newest).first()
    seq, previous = (last.seq + 1, last.hash) if last else (1, "")
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    entry = {"seq": seq, "at": now, "event": event, "run": run, "details": _canonical(details)}
    hashed = hash_of(previous, entry)
    connection.execute(insert(AUDIT).values(**entry, previous=previous, hash=hashed))
    return seq, now


def hash_of(previous: str, entry: Mapping[str, object]) -> str:
    """Hash the previous entry's hash and the canonical JSON of this one."""
    return hashlib.sha256((previous + _canonical(entry)).encode()).hexdigest()


def entries(connection: Connection) -> list[Row[tuple[object, ...]]]:
    """Return all entries in their sequence."""
    return list(connection.execute(select(AUDIT).order_by(AUDIT.c.seq)).all())


def broken_links(chain: list[Row[tuple[object, ...]]]) -> list[str]:
    """Say in a sentence each where the sequence has a hole or a hash does not fit."""
    found = []
    previous = ""
    for nth, entry in enumerate(chain, start=1):
        told = {name: getattr(entry, name) for name in ("seq", "at", "event", "run", "details")}
        if entry.seq != nth:
            found.append(f"the audit has a hole: entry {entry.seq} stands where {nth} belongs")
            break
        if entry.previous != previous or entry.hash != hash_of(previous, told):
            found.append(f"audit entry {nth} ({entry.event} {entry.run}) was changed")
        previous = entry.hash
    return found


def _canonical(content: Mapping[str, object]) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
