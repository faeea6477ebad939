"""People approve or reject a proposal: once, for good."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from models.errors import UsageError
from optimizer.store import audit
from optimizer.store.database import Database
from optimizer.store.migrating import LOCK
from optimizer.store.records import (
    Run,
    StoreChange,
    changed_run_error,
    changes_of,
    digest_of,
    files_of,
    record_of,
    run_by_id,
)
from optimizer.store.tables import DECISIONS, FILES, RUNS

OTHER = {
    "approved": "an approved run stays as it is; plan again with what you want otherwise",
    "rejected": "a rejected run stays rejected; plan again with what was missing",
}


def decide(database: Database, run: str, decision: str, by: str, note: str) -> StoreChange:
    """Approve or reject; see :meth:`optimizer.store.Store.approve`."""
    if not by.strip():
        msg = "say who decides: --by"
        raise UsageError(msg)
    with database.writing(LOCK) as connection:
        there = run_by_id(connection, run)
        if there.status == "proposed":
            if decision == "approved":
                _freeze(connection, there)
            told = {"by": by, "note": note}
            details = told | {"files": digest_of(files_of(connection, run))}
            seq, now = audit.append(connection, decision, run, details)
            row = {"run": run, "decision": decision, "at": now, "seq": seq, **told}
            connection.execute(insert(DECISIONS).values(row))
            connection.execute(update(RUNS).where(RUNS.c.run == run).values(status=decision))
            decided = run_by_id(connection, run)
            return StoreChange(decided, changed=True, text=f"{run} is {decision}, by {by}.")
        before = connection.execute(select(DECISIONS).where(DECISIONS.c.run == run)).one()
    when = f"by {before.by} on {before.at[:10]}"
    if there.status == decision:
        return StoreChange(there, changed=False, text=f"{run} was {decision} already, {when}.")
    msg = f"{run} was {there.status} {when}: {OTHER[there.status]}"
    raise UsageError(msg)


def _freeze(connection: Connection, run: Run) -> None:
    """Check the files, and register the last one: from now on nobody writes the folder again."""
    if changed := changes_of(connection, run):
        raise changed_run_error(run.folder, changed)
    connection.execute(insert(FILES).values(run=run.run, **record_of(run.folder)))
