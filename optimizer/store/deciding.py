"""People approve or reject a proposal: once, for good."""

from __future__ import annotations

from sqlalchemy import insert, select, update

from models.errors import UsageError
from optimizer.store import audit
from optimizer.store.database import Database
from optimizer.store.migrating import LOCK
from optimizer.store.records import Outcome, changed_run, changes_of, find
from optimizer.store.tables import DECISIONS, RUNS

OTHER = {
    "approved": "an approved run stays as it is; plan again with what you want otherwise",
    "rejected": "a rejected run stays rejected; plan again with what was missing",
}


def decide(database: Database, run: str, decision: str, by: str, note: str) -> Outcome:
    """Approve or reject; see :meth:`optimizer.store.Store.approve`."""
    if not by.strip():
        msg = "say who decides: --by"
        raise UsageError(msg)
    with database.writing(LOCK) as connection:
        there = find(connection, run)
        if there is None:
            msg = f"{run} is not registered; `allocore runs list` names what is"
            raise UsageError(msg)
        if there.status == "proposed":
            if decision == "approved" and (changed := changes_of(connection, there)):
                raise changed_run(there.folder, changed)
            details = {"by": by, "note": note}
            seq, now = audit.append(connection, decision, run, details)
            told = {"run": run, "decision": decision, "at": now, "seq": seq, **details}
            connection.execute(insert(DECISIONS).values(told))
            connection.execute(update(RUNS).where(RUNS.c.run == run).values(status=decision))
            now_there = find(connection, run)
            assert now_there is not None  # noqa: S101 - found above, and nobody else writes
            return Outcome(now_there, changed=True, text=f"{run} is {decision}, by {by}.")
        before = connection.execute(select(DECISIONS).where(DECISIONS.c.run == run)).one()
    when = f"by {before.by} on {before.at[:10]}"
    if there.status == decision:
        return Outcome(there, changed=False, text=f"{run} was {decision} already, {when}.")
    msg = f"{run} was {there.status} {when}: {OTHER[there.status]}"
    raise UsageError(msg)
