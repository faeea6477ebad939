"""The schema of the store: old ones are brought forward, newer ones refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from models.errors import UsageError
from optimizer.store import Store, audit, migrating
from optimizer.store.database import Database
from optimizer.store.records import digest_of
from optimizer.store.tables import METADATA
from tests.support.run_stores import add, execute, read_once, state, twin


def test_the_newest_schema_is_what_queries_name(store_url: str) -> None:
    Store.open(store_url).close()
    address = store_url if "://" in store_url else f"sqlite:///{store_url}"
    inspector = inspect(create_engine(address, poolclass=NullPool))
    assert set(inspector.get_table_names()) == set(METADATA.tables)
    for name, table in METADATA.tables.items():
        there = [column["name"] for column in inspector.get_columns(name)]
        assert there == [column.name for column in table.c], name


def test_a_store_of_version_1_is_brought_forward(
    store_url: str, planned_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made by the first step alone, as that version left it, with an approved run."""
    read_once(monkeypatch)
    with monkeypatch.context() as before:
        before.setattr(migrating, "MIGRATIONS", migrating.MIGRATIONS[:1])
        Store.open(store_url).close()
    there = tmp_path / "old"  # that run had no files
    none = {"files": digest_of([])}
    database = Database(store_url, wal=True)
    with database.writing(migrating.LOCK) as connection:
        connection.exec_driver_sql(OLD_RUN.replace("FOLDER", str(there)))
        audit.append(connection, "registered", "old1", none)
        audit.append(connection, "approved", "old1", {"by": "planner-7", "note": ""} | none)
        for statement in OLD_DECISION:
            connection.exec_driver_sql(statement)
    with pytest.raises(DBAPIError, match="never changes"):
        execute(store_url, "UPDATE runs SET folder = '/'")
    with Store.open(store_url) as store:
        old = store.find("old1")
        assert old is not None
        assert (old.status, old.published, old.folder) == ("approved", False, there)
        assert store.last_approved("test") == old
        assert store.verify() == []
    versions = state_of_versions(store_url)
    assert versions == [1, 2, 3]
    with pytest.raises(DBAPIError, match="never changes"):
        execute(store_url, "UPDATE runs SET folder = '/'")
    execute(store_url, "UPDATE runs SET published = true")
    assert add(store_url, twin(planned_run, tmp_path / "new", "new1")).status == "proposed"
    Store.open(store_url).close()
    assert state_of_versions(store_url) == versions
    assert [event for event, _ in state(store_url)["events"]] == [
        *("registered", "approved"),
        "registered",
    ]


OLD_RUN = """INSERT INTO runs
    (run, scenario, as_of, policy, status, rung, plan_status, folder, created, version)
    VALUES ('old1', 'test', '2026-11-22', 'fcfs', 'proposed', 'exact', 'feasible', 'FOLDER',
    '2026-11-22T05:00:00.000000+00:00', '0.1.0')"""
OLD_DECISION = (
    """INSERT INTO decisions (run, decision, by, note, at, seq)
    VALUES ('old1', 'approved', 'planner-7', '', '2026-11-22T06:00:00.000000+00:00', 2)""",
    "UPDATE runs SET status = 'approved' WHERE run = 'old1'",
)


def state_of_versions(url: str) -> list[int]:
    address = url if "://" in url else f"sqlite:///{url}"
    with create_engine(address, poolclass=NullPool).connect() as connection:
        found = connection.exec_driver_sql("SELECT version FROM schema_version ORDER BY version")
        return list(found.scalars())


def test_a_newer_store_is_refused(store_url: str) -> None:
    Store.open(store_url).close()
    execute(store_url, "INSERT INTO schema_version (version, since) VALUES (99, 'later')")
    with pytest.raises(UsageError, match=r"schema version 99, .* knows 3: install the newer"):
        Store.open(store_url)


def test_a_step_that_fails_leaves_the_version_before(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Store.open(store_url).close()

    def fail(connection: object) -> None:
        connection.exec_driver_sql("CREATE TABLE half (done INTEGER)")  # type: ignore[attr-defined]
        connection.exec_driver_sql("CREATE TABLE runs (run TEXT)")  # type: ignore[attr-defined]

    with monkeypatch.context() as broken:
        broken.setattr(migrating, "MIGRATIONS", (*migrating.MIGRATIONS, fail))
        with pytest.raises(UsageError, match=r"cannot be used: .*runs.* already exists"):
            Store.open(store_url)
    assert state_of_versions(store_url) == [1, 2, 3]
    with pytest.raises(DBAPIError, match="half"):
        execute(store_url, "SELECT * FROM half")
