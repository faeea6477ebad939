"""The schema of the store, version by version; each step is one transaction.

A step is never changed once it is released: append another one. ``tables`` names the columns of the
newest version, and a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Connection, func, insert, inspect, select

from models.errors import UsageError
from optimizer.store.database import Database
from optimizer.store.tables import SCHEMA_VERSION

LOCK = 7_251_906_001
"""Advisory lock of whoever writes the store."""
APPROVED = "an approved run never changes"
PARTS_1 = ("goals", "service", "totals", "tests", "overrides", "files", "decisions")
IMMUTABLE_2 = (
    *("run", "scenario", "as_of", "policy", "status", "rung", "plan_status", "folder", "created"),
    "version",
)

TABLES_1 = (
    """CREATE TABLE schema_version (version INTEGER PRIMARY KEY, since TEXT NOT NULL)""",
    """CREATE TABLE runs (
        run TEXT PRIMARY KEY, scenario TEXT NOT NULL, as_of DATE NOT NULL, policy TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('proposed', 'approved', 'rejected')),
        rung TEXT NOT NULL, plan_status TEXT NOT NULL, folder TEXT NOT NULL, created TEXT NOT NULL,
        version TEXT NOT NULL)""",
    """CREATE INDEX runs_by_scenario ON runs (scenario, as_of)""",
    """CREATE TABLE goals (
        run TEXT NOT NULL REFERENCES runs (run), position INTEGER NOT NULL, name TEXT NOT NULL,
        value DOUBLE PRECISION NOT NULL, bound DOUBLE PRECISION, gap DOUBLE PRECISION,
        status TEXT NOT NULL, PRIMARY KEY (run, position))""",
    """CREATE TABLE service (
        run TEXT NOT NULL REFERENCES runs (run), segment TEXT NOT NULL, measure TEXT NOT NULL,
        target DOUBLE PRECISION, floor DOUBLE PRECISION, achieved DOUBLE PRECISION,
        best_reachable DOUBLE PRECISION, shortfall DOUBLE PRECISION,
        PRIMARY KEY (run, segment, measure))""",
    """CREATE TABLE totals (
        run TEXT NOT NULL REFERENCES runs (run), name TEXT NOT NULL, value DOUBLE PRECISION,
        PRIMARY KEY (run, name))""",
    """CREATE TABLE tests (
        run TEXT NOT NULL REFERENCES runs (run), position INTEGER NOT NULL, text TEXT NOT NULL,
        kept BOOLEAN NOT NULL, PRIMARY KEY (run, position))""",
    """CREATE TABLE overrides (
        run TEXT NOT NULL REFERENCES runs (run), position INTEGER NOT NULL, "order" TEXT NOT NULL,
        line TEXT NOT NULL, action TEXT NOT NULL, value DOUBLE PRECISION,
        PRIMARY KEY (run, position))""",
    """CREATE TABLE files (
        run TEXT NOT NULL REFERENCES runs (run), name TEXT NOT NULL, size BIGINT NOT NULL,
        sha256 TEXT NOT NULL, PRIMARY KEY (run, name))""",
    """CREATE TABLE decisions (
        run TEXT PRIMARY KEY REFERENCES runs (run), decision TEXT NOT NULL, by TEXT NOT NULL,
        note TEXT NOT NULL, at TEXT NOT NULL, seq BIGINT NOT NULL)""",
    """CREATE TABLE audit (
        seq BIGINT PRIMARY KEY, at TEXT NOT NULL, event TEXT NOT NULL, run TEXT NOT NULL,
        details TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL UNIQUE)""",
)
FUNCTIONS_1 = (
    """CREATE FUNCTION allocore_refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_ARGV[0]; END $$""",
    """CREATE FUNCTION allocore_refuse_part() RETURNS trigger LANGUAGE plpgsql AS
        $$ DECLARE touched TEXT := CASE TG_OP WHEN 'INSERT' THEN NEW.run ELSE OLD.run END;
        BEGIN IF EXISTS (SELECT FROM runs WHERE run = touched AND status = 'approved') THEN
            RAISE EXCEPTION USING MESSAGE = TG_ARGV[0]; END IF;
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END; END $$""",
)
"""PostgreSQL's functions that refuse; their argument says why."""
TABLES_2 = (
    """ALTER TABLE runs ADD COLUMN published BOOLEAN NOT NULL DEFAULT FALSE""",
    """CREATE TABLE publications (
        run TEXT NOT NULL REFERENCES runs (run), target TEXT NOT NULL, rows BIGINT NOT NULL,
        sha256 TEXT NOT NULL, at TEXT NOT NULL, seq BIGINT NOT NULL, PRIMARY KEY (run, target))""",
)
TABLES_3 = tuple(
    f"ALTER TABLE service ADD COLUMN {name} DOUBLE PRECISION"
    for name in ("reachable", "reachable_bound", "reachable_together")
)


def migrate(database: Database) -> None:
    """Bring the store to the newest version; a reader of a new one writes nothing.

    Raises
    ------
    UsageError
        When the store is newer than this program.
    """
    with database.reading() as connection:
        version = version_of(connection)
    while version < len(MIGRATIONS):
        with database.writing(LOCK) as connection:
            version = version_of(connection)
            if version < len(MIGRATIONS):
                MIGRATIONS[version](connection)
                version += 1
                now = datetime.now(UTC).isoformat()
                connection.execute(insert(SCHEMA_VERSION).values(version=version, since=now))
    if version > len(MIGRATIONS):
        msg = (
            f"{database.name} has schema version {version}, and this allocore knows "
            f"{len(MIGRATIONS)}: install the newer allocore that wrote it"
        )
        raise UsageError(msg)


def version_of(connection: Connection) -> int:
    """Return the version of the schema; 0 where there is none yet."""
    if not inspect(connection).has_table(SCHEMA_VERSION.name):
        return 0
    return connection.execute(select(func.max(SCHEMA_VERSION.c.version))).scalar_one() or 0


def _first(connection: Connection) -> None:
    """Make runs, their parts, decisions and the audit."""
    for statement in TABLES_1:
        connection.exec_driver_sql(statement)
    if _is_server(connection):
        for statement in FUNCTIONS_1:
            connection.exec_driver_sql(statement)
    for event in ("UPDATE", "DELETE"):
        _refuse(connection, "audit", event, "true", "the audit is append-only")
        _refuse(connection, "runs", event, "OLD.status = 'approved'", APPROVED)
    for part in PARTS_1:
        _refuse_part(connection, part)
    for table in ("audit", "runs", *PARTS_1):
        _refuse_truncation(connection, table)


def _second(connection: Connection) -> None:
    """Add publications; ``published`` is all of an approved run that may change."""
    for statement in TABLES_2:
        connection.exec_driver_sql(statement)
    on = " ON runs" if _is_server(connection) else ""
    connection.exec_driver_sql(f"DROP TRIGGER runs_update{on}")
    change = f"UPDATE OF {', '.join(IMMUTABLE_2)}"
    _refuse(connection, "runs", change, "OLD.status = 'approved'", APPROVED)


def _third(connection: Connection) -> None:
    """Add what segments that miss a target could reach, uncut."""
    for statement in TABLES_3:
        connection.exec_driver_sql(statement)


MIGRATIONS: tuple[Callable[[Connection], None], ...] = (_first, _second, _third)
"""Step n makes version n + 1 of version n."""


def _refuse(connection: Connection, table: str, event: str, when: str, why: str) -> None:
    """Let the database itself refuse an event on the rows for which ``when`` holds."""
    name = f"{table}_{event.split()[0].lower()}"
    head = f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW WHEN ({when})"
    if _is_server(connection):
        connection.exec_driver_sql(f"{head} EXECUTE FUNCTION allocore_refuse('{why}')")
    else:
        connection.exec_driver_sql(f"{head} BEGIN SELECT RAISE(ABORT, '{why}'); END")


def _refuse_part(connection: Connection, table: str) -> None:
    """Refuse every change of what an approved run consists of."""
    for event in ("INSERT", "UPDATE", "DELETE"):
        head = f"CREATE TRIGGER {table}_of_approved_{event.lower()} BEFORE {event} ON {table}"
        if _is_server(connection):
            call = f"allocore_refuse_part('{APPROVED}')"
            connection.exec_driver_sql(f"{head} FOR EACH ROW EXECUTE FUNCTION {call}")
        else:
            row = "NEW" if event == "INSERT" else "OLD"
            when = f"SELECT 1 FROM runs WHERE run = {row}.run AND status = 'approved'"  # noqa: S608
            body = f"BEGIN SELECT RAISE(ABORT, '{APPROVED}'); END"
            connection.exec_driver_sql(f"{head} FOR EACH ROW WHEN EXISTS ({when}) {body}")


def _refuse_truncation(connection: Connection, table: str) -> None:
    """Refuse what a server can do without touching a row."""
    if _is_server(connection):
        head = f"CREATE TRIGGER {table}_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT"
        call = "allocore_refuse('rows of the store are never all deleted at once')"
        connection.exec_driver_sql(f"{head} EXECUTE FUNCTION {call}")


def _is_server(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"
