"""The run store, in SQLite and in PostgreSQL: what it keeps, refuses, repeats and finds out."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

import optimizer.store.database as database_module
from models.errors import (
    ChangedRunError,
    ExpectationError,
    SourceUnavailableError,
    UsageError,
)
from optimizer.runs.destination import check_destination
from optimizer.store import Store, address_of, guard_here
from optimizer.store.database import Database
from optimizer.store.migrating import LOCK
from tests.support.postgres_server import drop_database, new_database
from tests.support.run_stores import (
    DAY,
    MISSED,
    add,
    execute,
    make_run,
    read_once,
    rows_of,
    state,
    twin,
)


@pytest.fixture(autouse=True)
def _read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read_once(monkeypatch)


@pytest.fixture
def folder(planned_run: Path, tmp_path: Path) -> Path:
    return twin(planned_run, tmp_path / "run", "aaaa000001")


def test_a_run_is_registered_whole(store_url: str, folder: Path) -> None:
    run = add(store_url, folder)
    assert (run.run, run.scenario, run.as_of, run.policy) == ("aaaa000001", "test", DAY, "fcfs")
    assert (run.status, run.published, run.rung, run.plan_status) == (
        *("proposed", False, "exact"),
        "feasible",
    )
    assert run.folder == folder
    assert run.created.utcoffset() is not None
    with Store.open(store_url) as store:
        assert store.find("aaaa000001") == run
        assert store.find("aaaa") is None
        kept = store.details(run.run)
        assert store.verify() == []
    assert list(kept["goals"]["name"])[:2] == ["commitments", "floor:1"]
    assert kept["totals"].set_index("name").loc["lines", "value"] == 3
    assert set(kept["service"]["segment"]) == {"gold", "base", "rest"}
    assert kept["tests"]["kept"].tolist() == [True]
    assert kept["overrides"].to_dict("records") == [
        {"position": 1, "order": "O1", "line": "1", "action": "quantity", "value": 5.0}
    ]
    files = kept["files"].set_index("name")
    assert {"shipments.csv", "result.json", "scenario/orders.parquet"} <= set(files.index)
    assert files.loc["lines.csv", "size"] == (folder / "lines.csv").stat().st_size
    assert {"run.json", "plan.xlsx"}.isdisjoint(files.index)


def test_a_run_is_registered_once(
    store_url: str, planned_run: Path, folder: Path, tmp_path: Path
) -> None:
    first = add(store_url, folder)
    before = state(store_url)
    elsewhere = twin(planned_run, tmp_path / "elsewhere", "aaaa000001")
    assert add(store_url, folder) == first
    assert add(store_url, elsewhere, date(2030, 1, 1), "greedy") == first
    assert state(store_url) == before


def test_the_same_run_written_again_is_the_same_proposal(store_url: str, folder: Path) -> None:
    first = add(store_url, folder)
    text = (folder / "run.json").read_text()
    (folder / "run.json").write_text(text.replace('"seconds": 1.25', '"seconds": 2.5'))
    (folder / "notes").mkdir()
    (folder / "notes" / "mine.txt").write_text("free")
    with Store.open(store_url) as store:
        assert store.changes(first.run) == []
        assert store.verify() == []


def test_a_proposal_that_lost_its_files_is_registered_again(
    store_url: str, planned_run: Path, folder: Path, tmp_path: Path
) -> None:
    first = add(store_url, folder)
    shutil.rmtree(folder)
    elsewhere = twin(planned_run, tmp_path / "elsewhere", "aaaa000001")
    second = add(store_url, elsewhere, rung="within_limit")
    assert (second.folder, second.rung, second.created) == (
        *(elsewhere, "within_limit"),
        first.created,
    )
    assert [event for event, _ in state(store_url)["events"]] == ["registered", "registered_again"]
    with Store.open(store_url) as store:
        assert store.verify() == []


@pytest.mark.parametrize("decision", ["approved", "rejected"])
def test_a_decided_run_is_never_registered_again(
    store_url: str, planned_run: Path, folder: Path, tmp_path: Path, decision: str
) -> None:
    run = add(store_url, folder)
    with Store.open(store_url) as store:
        (store.approve if decision == "approved" else store.reject)(run.run, "p-7", "")
    before = state(store_url)
    shutil.rmtree(folder)
    assert add(store_url, twin(planned_run, tmp_path / "elsewhere", "aaaa000001")).folder == folder
    assert state(store_url) == before


def test_only_complete_runs_by_a_known_way_are_registered(store_url: str, folder: Path) -> None:
    with pytest.raises(UsageError, match=r"greedily.*exact, within_limit"):
        add(store_url, folder, rung="greedily")
    (folder / "lines.csv").write_text("order\n")
    with pytest.raises(ChangedRunError, match=r"lines\.csv was changed after the run"):
        add(store_url, folder)
    (folder / "result.json").unlink()
    with pytest.raises(UsageError, match=r"no result\.json"):
        add(store_url, folder)
    assert state(store_url)["runs"] == state(store_url)["events"] == []


def test_decisions_are_made_once(store_url: str, planned_run: Path, tmp_path: Path) -> None:
    for run in ("aaaa000001", "aaaa000002"):
        add(store_url, twin(planned_run, tmp_path / run, run))
    with Store.open(store_url) as store:
        first = store.approve("aaaa000001", "planner-7", "as agreed: 3 < 4")
        assert (first.changed, first.run.status) == (True, "approved")
        assert store.reject("aaaa000002", "planner-7").changed
        before = state(store_url)
        again = store.approve("aaaa000001", "planner-8", "me too")
        assert (again.changed, again.run) == (False, first.run)
        assert "approved already, by planner-7" in again.text
        assert not store.reject("aaaa000002", "planner-8").changed
        with pytest.raises(UsageError, match=r"approved by planner-7.*plan again"):
            store.reject("aaaa000001", "planner-7")
        with pytest.raises(UsageError, match=r"rejected by planner-7.*plan again"):
            store.approve("aaaa000002", "planner-7")
        with pytest.raises(UsageError, match="who decides"):
            store.approve("aaaa000001", " ")
        with pytest.raises(UsageError, match="nobody is not registered"):
            store.approve("nobody", "planner-7")
        assert store.verify() == []
    assert state(store_url) == before
    (decision,) = before["details"]["aaaa000001"]["decisions"]
    assert decision == {"decision": "approved", "by": "planner-7", "note": "as agreed: 3 < 4"}


def test_what_was_changed_is_not_approved(store_url: str, folder: Path) -> None:
    run = add(store_url, folder)
    (folder / "shipments.csv").write_text("rank\n")
    with Store.open(store_url) as store:
        with pytest.raises(ChangedRunError, match=r"(?s)shipments\.csv was changed.*propose it"):
            store.approve(run.run, "planner-7")
        assert store.verify() == [f"{run.run}: shipments.csv was changed after the run"]
        assert store.reject(run.run, "planner-7").changed


def test_the_last_approved_run_is_of_the_latest_day(
    store_url: str, planned_run: Path, tmp_path: Path
) -> None:
    days = {"a1": 23, "a2": 25, "a3": 24, "a4": 25, "a5": 26}
    for run, day in days.items():
        add(store_url, twin(planned_run, tmp_path / run, run), date(2026, 11, day))
    with Store.open(store_url) as store:
        assert store.last_approved("test") is None
        for run in ("a1", "a4", "a3", "a2"):
            store.approve(run, "planner-7")

        def last(before: int | None) -> str | None:
            day = date(2026, 11, before) if before else None
            found = store.last_approved("test", day)
            return found.run if found else None

        assert [last(before) for before in (None, 26, 25, 24, 23)] == [
            *("a2", "a2", "a3", "a1"),
            None,
        ]
        assert store.last_approved("another") is None
        assert store.runs().loc[0, "run"] == "a5"
        assert set(store.runs(status="proposed")["run"]) == {"a5"}
        assert set(store.runs(as_of=date(2026, 11, 25))["run"]) == {"a2", "a4"}
        assert store.runs(scenario="another").empty


def test_runs_are_named_by_id_beginning_or_folder(
    store_url: str, planned_run: Path, tmp_path: Path
) -> None:
    for run in ("abc1", "abc12", "abd3", "a%_4"):
        add(store_url, twin(planned_run, tmp_path / run, run))
    with Store.open(store_url) as store:
        for name in ("abc1", "abc12", "abd", "a%", str(tmp_path / "abd3")):
            assert store.find_by_name(name).run.startswith(Path(name).name)
        assert store.find_by_name("abc1").run == "abc1"
        with pytest.raises(UsageError, match="beginning of 3 runs"):
            store.find_by_name("ab")
        for name in ("x", "_", str(tmp_path), ""):
            with pytest.raises(UsageError, match=r"no run|name a run"):
                store.find_by_name(name)


def test_an_approved_plan_goes_to_a_file_and_a_table(
    store_url: str, folder: Path, tmp_path: Path
) -> None:
    run = add(store_url, folder).run
    target = store_url if "://" in store_url else str(tmp_path / "target.db")
    with Store.open(store_url) as store:
        with pytest.raises(UsageError, match="is proposed: only approved"):
            store.publish(run, to=tmp_path / "out.csv")
        store.approve(run, "planner-7")
        done = store.publish(run, to=tmp_path / "out.csv", into=(target, "priorities"))
        assert (done.changed, done.run.published) == (True, True)
        before, content = state(store_url), (tmp_path / "out.csv").read_bytes()
        again = store.publish(run, to=tmp_path / "out.csv", into=(target, "priorities"))
        assert not again.changed
        assert again.text.count("already") == 2
        assert store.verify() == []
    assert state(store_url) == before
    assert (tmp_path / "out.csv").read_bytes() == content
    frame = pd.read_csv(tmp_path / "out.csv")
    shipments = pd.read_csv(folder / "shipments.csv")
    pd.testing.assert_frame_equal(frame.drop(columns=["scenario", "run"]), shipments)
    assert set(frame["run"]) == {run}
    assert rows_of(target) == [("test", run, rank) for rank in shipments["rank"]]
    told = [row["target"] for row in before["details"][run]["publications"]]
    assert told[0] == str(tmp_path / "out.csv")
    assert [event for event, _ in before["events"]][2:] == ["published", "published"]
    assert not list(tmp_path.glob(".*"))


def test_a_published_plan_is_replaced_and_mended(
    store_url: str, planned_run: Path, tmp_path: Path
) -> None:
    """Into the store's own database, which both write in one transaction where it is a file."""
    runs = ("aaaa000001", "aaaa000002")
    out = tmp_path / "out.parquet"
    with Store.open(store_url) as store:
        for run in runs:
            add(store_url, twin(planned_run, tmp_path / run, run))
            store.approve(run, "planner-7")
        for run in (*runs, runs[0]):
            assert store.publish(run, to=out, into=(store_url, "plan")).changed
            assert {row[1] for row in rows_of(store_url, "plan")} == {run}
            assert set(pd.read_parquet(out)["run"]) == {run}
        out.unlink()
        assert store.publish(runs[0], to=out).changed
        assert not store.publish(runs[0], to=out, into=(store_url, "plan")).changed
        assert store.verify() == []


def test_other_scenarios_rows_stay(store_url: str, folder: Path) -> None:
    run = add(store_url, folder).run
    engine = create_engine(
        store_url if "://" in store_url else f"sqlite:///{store_url}", poolclass=NullPool
    )
    with Store.open(store_url) as store:
        store.approve(run, "planner-7")
        store.publish(run, into=(store_url, "priorities"))
        with engine.begin() as connection:
            connection.exec_driver_sql("UPDATE priorities SET scenario = 'other'")
        store.publish(run, into=(store_url, "priorities"))
    assert len({row[0] for row in rows_of(store_url)}) == 2


def test_a_plan_that_fails_its_tests_is_not_published(store_url: str, tmp_path: Path) -> None:
    run = add(store_url, make_run(tmp_path / "run", expect=[MISSED])).run
    with Store.open(store_url) as store:
        store.approve(run, "planner-7")
        with pytest.raises(ExpectationError, match="gold: unit_otif of at least 100 % is expected"):
            store.publish(run, to=tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_changed_files_and_bad_places_are_not_published(
    store_url: str, folder: Path, tmp_path: Path
) -> None:
    run = add(store_url, folder).run
    (tmp_path / "a.csv").mkdir()
    with Store.open(store_url) as store:
        store.approve(run, "planner-7")
        for place in ("a.csv", "none/out.csv", "out.txt"):
            with pytest.raises(UsageError, match="cannot publish to"):
                store.publish(run, to=tmp_path / place)
        with pytest.raises(UsageError, match="--to FILE"):
            store.publish(run)
        with pytest.raises(UsageError, match="name of a table"):
            store.publish(run, into=(store_url, "priorities; drop"))
        with pytest.raises(UsageError, match="has no scenario, rank, order"):
            store.publish(run, into=(store_url, "audit"))
        with pytest.raises(UsageError, match="store is an SQLite file or PostgreSQL"):
            store.publish(run, into=("mysql://host/db", "priorities"))
        (folder / "run.json").write_text((folder / "run.json").read_text() + " ")
        with pytest.raises(ChangedRunError, match=r"(?s)run\.json was changed.*from a backup"):
            store.publish(run, to=tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_a_failed_target_leaves_the_others_recorded(
    store_url: str, folder: Path, tmp_path: Path
) -> None:
    run = add(store_url, folder).run
    gone = "postgresql+psycopg://ada:s3cret@127.0.0.1:9/erp"
    with Store.open(store_url) as store:
        store.approve(run, "planner-7")
        with pytest.raises(SourceUnavailableError, match=r"ada:\*\*\*@127") as told:
            store.publish(run, to=tmp_path / "out.csv", into=(gone, "priorities"))
        assert "s3cret" not in str(told.value)
        assert store.find(run).published  # type: ignore[union-attr]
        assert not store.publish(run, to=tmp_path / "out.csv").changed
        assert store.verify() == []


def test_no_command_replaces_the_folder_of_an_approved_run(
    store_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    run = add(store_url, folder).run
    with Store.open(store_url) as store:
        check_destination(folder, store.guard)
        store.approve(run, "planner-7")
        with pytest.raises(UsageError, match="holds the approved run aaaa000001"):
            check_destination(folder, store.guard)
        check_destination(tmp_path / "elsewhere", store.guard)
    check_destination(folder, guard_here)  # no store is named here, and none lies here
    monkeypatch.setenv("ALLOCORE_STORE", store_url)
    check_destination(tmp_path / "elsewhere", guard_here)
    with pytest.raises(UsageError, match="holds the approved run aaaa000001"):
        check_destination(Path("run"), guard_here)
    with pytest.raises(UsageError, match="holds the approved run aaaa000001"):
        make_run(folder, guard=guard_here)
    with Store.open(store_url) as store:
        assert store.verify() == []
        with (
            pytest.raises(UsageError, match="holds the approved run"),
            store.guard(folder),
        ):
            pytest.fail("not reached")


def test_who_guards_a_folder_may_replace_it(
    store_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nobody else does meanwhile: the store is locked."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALLOCORE_STORE", store_url)
    monkeypatch.setattr(database_module, "PATIENCE", 0.2)
    add(store_url, folder)
    with Store.open(store_url) as store:
        with store.guard(folder):
            check_destination(folder)
            with pytest.raises(SourceUnavailableError):
                check_destination(twin(folder, tmp_path / "another", "another"), guard_here)
        check_destination(folder, guard_here)


def test_old_runs_go_and_decided_ones_stay(
    store_url: str, planned_run: Path, tmp_path: Path
) -> None:
    for run in ("a1", "a2", "a3", "a4"):
        add(store_url, twin(planned_run, tmp_path / run, run))
    twin(planned_run, tmp_path / "free", "free")
    with Store.open(store_url) as store:
        store.approve("a1", "planner-7")
        store.reject("a2", "planner-7")
        shutil.rmtree(tmp_path / "a4")
        twin(planned_run, tmp_path / "a4", "another")  # somebody else's now
        assert store.prune(1) == []
        assert store.prune(0) == ["a2", "a3", "a4"]
        assert store.prune(0) == []
        assert set(store.runs()["run"]) == {"a1"}
        assert store.verify() == []
        assert list(store.audit()["event"]).count("registered") == 4
        with pytest.raises(UsageError, match="0 days or more"):
            store.prune(-1)
        assert add(store_url, twin(planned_run, tmp_path / "a3", "a3")).status == "proposed"
        assert store.verify() == []
    left = {path.name for path in tmp_path.iterdir() if path.is_dir()}
    assert left == {"a1", "a3", "a4", "free"}


REFUSED = (
    "UPDATE audit SET at = 'x'",
    "DELETE FROM audit WHERE seq = 2",
    "UPDATE runs SET status = 'proposed' WHERE run = 'a1'",
    "UPDATE runs SET folder = '/', published = true WHERE run = 'a1'",
    "DELETE FROM runs WHERE run = 'a1'",
    "UPDATE goals SET value = 0 WHERE run = 'a1'",
    "DELETE FROM files WHERE run = 'a1'",
    "INSERT INTO totals (run, name, value) VALUES ('a1', 'more', 1)",
    "UPDATE decisions SET by = 'x' WHERE run = 'a1'",
    "DELETE FROM decisions WHERE run = 'a1'",
)


def test_the_database_itself_refuses(store_url: str, planned_run: Path, tmp_path: Path) -> None:
    for run in ("a1", "a2"):
        add(store_url, twin(planned_run, tmp_path / run, run))
    with Store.open(store_url) as store:
        store.approve("a1", "planner-7")
    before = state(store_url)
    for statement in REFUSED:
        with pytest.raises(DBAPIError, match=r"append-only|never changes"):
            execute(store_url, statement)
        assert state(store_url) == before
    execute(store_url, "UPDATE goals SET value = 7 WHERE run = 'a2'")
    execute(store_url, "UPDATE runs SET published = true WHERE run = 'a1'")
    assert state(store_url) != before


def test_postgresql_refuses_to_empty_tables(postgres: str) -> None:
    url = new_database(postgres)
    Store.open(url).close()
    for table in ("audit", "runs CASCADE", "files"):
        with pytest.raises(DBAPIError, match="never all deleted"):
            execute(url, f"TRUNCATE {table}")
    drop_database(url)


def test_whatever_is_changed_behind_the_triggers_is_found(
    planned_run: Path, tmp_path: Path
) -> None:
    changes = {
        "UPDATE audit SET details = replace(details, 'exact', 'greedy') WHERE seq = 1": "entry 1",
        "UPDATE audit SET at = '2020' WHERE seq = 3": "audit entry 3 .approved a1. was changed",
        "DELETE FROM audit WHERE seq = 2": "the audit has a hole: entry 3 stands where 2 belongs",
        "DELETE FROM audit WHERE seq = 4": "a1: the store does not say what the audit says",
        "UPDATE runs SET status = 'approved' WHERE run = 'a2'": "a2: the store does not say",
        "UPDATE decisions SET note = 'other'": "a1: the store does not say",
        "UPDATE files SET sha256 = 'x' WHERE run = 'a2' AND name = 'lines.csv'": "a2: lines.csv",
        "DELETE FROM files WHERE run = 'a2' AND name = 'lines.csv'": "a2: the store does not say",
        "UPDATE runs SET published = true WHERE run = 'a2'": "a2: the store does not say",
        "UPDATE publications SET sha256 = 'x'": "a1: the store does not say",
        "DELETE FROM publications": "a1: the store does not say",
    }
    url = str(tmp_path / "store.db")
    for run in ("a1", "a2"):
        add(url, twin(planned_run, tmp_path / run, run))
    with Store.open(url) as store:
        store.approve("a1", "planner-7", "note")
        store.publish("a1", to=tmp_path / "out.csv")
        assert store.verify() == []
    engine = create_engine(f"sqlite:///{url}", poolclass=NullPool)
    with engine.begin() as connection:
        names = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for name in connection.exec_driver_sql(names).scalars().all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    for nth, (statement, finding) in enumerate(changes.items()):
        forged = str(tmp_path / f"forged{nth}.db")
        shutil.copy(url, forged)
        execute(forged, statement)
        with Store.open(forged) as store:
            assert any(re.search(finding, text) for text in store.verify()), statement


def test_readers_go_on_while_somebody_writes_and_writers_wait_only_so_long(
    store_url: str, planned_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = add(store_url, twin(planned_run, tmp_path / "a1", "a1")).run
    monkeypatch.setattr(database_module, "PATIENCE", 0.2)
    writer = Database(store_url, wal=True)
    with writer.writing(LOCK) as connection:
        connection.exec_driver_sql("UPDATE runs SET rung = 'greedy'")
        with Store.open(store_url) as store:
            found = store.find(run)
            assert found is not None
            assert (found.rung, store.verify()) == ("exact", [])
            with pytest.raises(SourceUnavailableError, match=r"cannot be reached.*lock"):
                store.approve(run, "planner-7")
    with Store.open(store_url) as store:
        assert store.approve(run, "planner-7").changed


def test_a_store_that_cannot_be_used_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "text.db").write_text("this is not a database, whatever its name says" * 99)
    gone = "postgresql+psycopg://ada:s3cret@127.0.0.1:9/erp?password=s3cret"
    with pytest.raises(SourceUnavailableError, match=r"ada:\*\*\*@127.*try again") as told:
        Store.open(gone)
    assert "s3cret" not in str(told.value)
    wrong = {
        str(tmp_path / "text.db"): "file is not a database",
        str(tmp_path / "none" / "store.db"): "no folder",
        "sqlite://": "SQLite file or PostgreSQL",
        "oracle://host/db": "SQLite file or PostgreSQL",
        "postgresql+nodriver://host/db": "no known kind",
        "postgresql+pg8000://host/db": "'pg8000' is not installed",
        "://": "not the address",
    }
    for address, problem in wrong.items():
        with pytest.raises(UsageError, match=problem):
            Store.open(address)
    monkeypatch.delenv("ALLOCORE_STORE", raising=False)
    assert address_of() == "sqlite:///allocore.db"
    monkeypatch.setenv("ALLOCORE_STORE", "other.db")
    assert (address_of(), address_of("mine.db")) == ("other.db", "mine.db")
