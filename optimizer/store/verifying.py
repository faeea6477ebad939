"""Whether the store is what the audit says, and run folders are what the store says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from optimizer.store.audit import broken_links, entries
from optimizer.store.records import Run, changes_of, digest_of, files_of, run_of
from optimizer.store.tables import DECISIONS, PUBLICATIONS, RUNS


def verify(connection: Connection, only: str | None = None) -> list[str]:
    """Verify; see :meth:`optimizer.store.Store.verify`."""
    chain = entries(connection)
    runs = [run_of(row) for row in connection.execute(select(RUNS).order_by(RUNS.c.run))]
    found = [*broken_links(chain), *_contradictions(connection, chain, runs)]
    for run in runs:
        if only in (None, run.run):
            found += [f"{run.run}: {sentence}" for sentence in changes_of(connection, run)]
    return found


def _contradictions(
    connection: Connection, chain: Sequence[Row[Any]], runs: Sequence[Run]
) -> list[str]:
    """Play the audit through, and say where the store is otherwise."""
    told: dict[str, tuple[str, str, bool]] = {}
    decided: dict[str, tuple[str, str, str]] = {}
    sent: dict[str, dict[str, str]] = {}
    for entry in chain:
        details = json.loads(entry.details)
        status, files, published = told.get(entry.run, ("proposed", "", False))
        if entry.event in ("registered", "registered_again"):
            told[entry.run] = ("proposed", details["files"], False)
        elif entry.event == "published":
            told[entry.run] = (status, files, True)
            sent.setdefault(entry.run, {})[details["target"]] = details["sha256"]
        elif entry.event == "pruned":
            told.pop(entry.run, None)
            decided.pop(entry.run, None)
        else:
            told[entry.run] = (entry.event, details["files"], published)
            decided[entry.run] = (entry.event, details["by"], details["note"])
    there = {
        run.run: (run.status, digest_of(files_of(connection, run.run)), run.published)
        for run in runs
    }
    rows = connection.execute(select(DECISIONS))
    decisions = {row.run: (row.decision, row.by, row.note) for row in rows}
    out: dict[str, dict[str, str]] = {}
    for row in connection.execute(select(PUBLICATIONS)):
        out.setdefault(row.run, {})[row.target] = row.sha256
    odd = {run for run in told | there if told.get(run) != there.get(run)}
    odd |= {run for run in decided | decisions if decided.get(run) != decisions.get(run)}
    odd |= {run for run in sent | out if sent.get(run) != out.get(run)}
    return [f"{run}: the store does not say what the audit says" for run in sorted(odd)]
