"""allocore propose: the contract with whoever runs it every morning."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from prometheus_client.parser import text_string_to_metric_families

from models.judge import judge
from optimizer.cli import main
from optimizer.jobs import proposing, read_job
from optimizer.jobs.day_changes import COLUMNS
from optimizer.jobs.ladder import Watch
from optimizer.jobs.locking import folder_lock
from optimizer.jobs.proposing import Means
from optimizer.jobs.recovering import recover
from optimizer.runs.run_reader import read_run
from optimizer.store import Store
from tests.support.folders import ROOT
from tests.support.job_folders import (
    CONFIG,
    HEADER,
    MONDAY,
    SHOP,
    SOURCES,
    TUESDAY,
    WITHOUT_PAGE,
    approve,
    here,
    propose_job,
    run_ids,
    state,
    write_job,
)

NOBODY = "postgresql+psycopg://127.0.0.1:1/d"
"""Nothing answers there."""
COMMITMENTS = "order,line,site,service,ship_date,quantity,frozen\n"
SOLVED = CONFIG.replace("policy: segment_priority", "solver.seconds: 50")


@pytest.fixture
def planned_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command plan in this process."""
    monkeypatch.setattr(proposing.propose, "__kwdefaults__", plans_of(here))
    monkeypatch.delenv("ALLOCORE_STORE", raising=False)


def plans_of(watch: Watch) -> dict[str, object]:
    """Defaults of ``propose`` with another way to plan."""
    return {**(proposing.propose.__kwdefaults__ or {}), "means": Means(watch, WITHOUT_PAGE)}


def asked(capsys: pytest.CaptureFixture[str], path: Path, *more: str) -> tuple[int, Any, list[Any]]:
    """Run the command; return exit code, answer and log."""
    code = main(["propose", str(path), "--as-of", MONDAY.isoformat(), "--json", *more])
    said = capsys.readouterr()
    answer = json.loads(said.out) if said.out else None
    return code, answer, [json.loads(line) for line in said.err.splitlines()]


def figures(path: Path) -> dict[str, float]:
    """Read the metrics file: figures without labels beside the job."""
    families = text_string_to_metric_families(path.read_text(encoding="utf-8"))
    samples = [sample for family in families for sample in family.samples]
    assert all(sample.labels["job"] == "morning" for sample in samples)
    return {
        " ".join(
            [s.name.removeprefix("allocore_job_"), *(v for k, v in s.labels.items() if k != "job")]
        ): s.value
        for s in samples
    }


@pytest.mark.usefixtures("planned_here")
def test_a_proposal_is_made_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_job(tmp_path / "job")
    code, answer, log = asked(capsys, path)
    assert (code, answer["status"], answer["new"]) == (0, "proposed", True)
    assert [line["event"] for line in log] == [
        "started",
        "read",
        "planned",
        "written",
        "registered",
        "finished",
    ]
    assert all(list(line)[:4] == ["time", "level", "run", "event"] for line in log)
    assert {line["run"] for line in log[1:]} == {answer["run"]}
    folder = Path(answer["folder"])
    assert judge(*read_run(folder)) == []
    about = json.loads((folder / "proposal.json").read_text(encoding="utf-8"))
    assert (about["run"], about["rung"], about["publishable"]) == (
        answer["run"],
        answer["rung"],
        True,
    )
    before = state(tmp_path / "job" / "runs")
    code, again, log = asked(capsys, path)
    assert (code, again["run"], again["new"]) == (0, answer["run"], False)
    assert "already_there" in [line["event"] for line in log]
    assert state(tmp_path / "job" / "runs") == before
    assert run_ids(read_job(path)) == [answer["run"]]
    told = figures(tmp_path / "job" / "job.prom")
    assert (told["success"], told["exit_code"], told["new"], told["orders"]) == (1, 0, 0, 4)
    assert told["rung within_limit"] == 1
    assert told["lines on_time"] + told.get("lines partial", 0) + told.get("lines short", 0) <= 5


@pytest.mark.usefixtures("planned_here")
def test_other_inputs_or_another_day_are_another_run(tmp_path: Path) -> None:
    path = write_job(tmp_path / "job")
    runs = {propose_job(path).run, propose_job(path, TUESDAY).run}
    (tmp_path / "job" / "stock.csv").write_text("site,item,on_hand\nHAM,PUMP,9\n", encoding="utf-8")
    runs.add(propose_job(path).run)
    path.write_text(CONFIG.replace("segment_priority", "fcfs"), encoding="utf-8")
    runs.add(propose_job(path).run)
    assert len(runs) == 4
    assert run_ids(read_job(path)) == sorted(runs)


@pytest.mark.usefixtures("planned_here")
def test_a_dry_run_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_job(tmp_path / "job")
    before = state(tmp_path)
    code, answer, log = asked(capsys, path, "--dry-run")
    assert (code, answer["status"]) == (0, "dry_run")
    assert state(tmp_path) == before
    assert not (tmp_path / "job" / "runs").exists()
    assert "written" not in [line["event"] for line in log]
    assert asked(capsys, path)[1]["run"] == answer["run"]
    runs = state(tmp_path / "job" / "runs")
    code, answer, _ = asked(capsys, path, "--dry-run", "--as-of", "2026-11-24")
    assert answer["status"] == "dry_run"
    assert state(tmp_path / "job" / "runs") == runs
    assert len(run_ids(read_job(path))) == 1


@pytest.mark.usefixtures("planned_here")
def test_a_summary_is_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_job(tmp_path / "job")
    assert main(["propose", str(path), "--as-of", "2026-11-23", "-q"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert "waits for approval" in said.out
    assert "No approved run before" in said.out


@pytest.mark.usefixtures("planned_here")
def test_a_missed_test_makes_a_proposal_that_cannot_be_published(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    test = "expect: [{segment: core, measure: unit_fill, at_least: 1}]\n"
    path = write_job(tmp_path / "job", header=HEADER + test)
    for _ in range(2):
        code, answer, _ = asked(capsys, path)
        assert code == 6
        assert "core: unit_fill of at least 100 %" in answer["tests_missed"][0]
    with Store.open(read_job(path).store) as store:
        details = store.details(answer["run"])
    assert details["tests"]["kept"].tolist() == [False]
    assert figures(tmp_path / "job" / "job.prom")["tests_missed"] == 1


@pytest.mark.usefixtures("planned_here")
@pytest.mark.parametrize(
    ("spoil", "code", "kind"),
    [
        ({"orders": "order,customer\n"}, 3, "ScenarioError"),
        ({"config": CONFIG + "deadline: 3\n"}, 3, "ScenarioError"),
        ({"config": CONFIG + "store: mysql://h/d\n"}, 2, "UsageError"),
        (
            {"config": CONFIG + "store: postgresql+psycopg://127.0.0.1:1/d\n"},
            75,
            "SourceUnavailableError",
        ),
    ],
)
def test_exit_codes_say_what_went_wrong(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    spoil: dict[str, str],
    code: int,
    kind: str,
) -> None:
    path = write_job(tmp_path / "job", **spoil)
    found, answer, log = asked(capsys, path)
    assert (found, answer) == (code, None)
    failed = next(line for line in log if line["event"] == "failed")
    assert (failed["level"], failed["kind"]) == ("error", kind)
    assert log[-1]["exit_code"] == code
    assert (kind == "ScenarioError") == any(line["event"] == "fault" for line in log)
    runs = tmp_path / "job" / "runs"
    assert not runs.exists() or [p for p in runs.iterdir() if p.is_dir()] == []


@pytest.mark.usefixtures("planned_here")
def test_a_failed_run_keeps_when_the_last_good_one_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, file = write_job(tmp_path / "job"), tmp_path / "job" / "job.prom"
    assert asked(capsys, path)[0] == 0
    good = figures(file)["last_success_timestamp_seconds"]
    (tmp_path / "job" / "orders.csv").unlink()
    assert asked(capsys, path)[0] == 3
    told = figures(file)
    assert (told["success"], told["exit_code"]) == (0, 3)
    assert told["last_success_timestamp_seconds"] == good
    assert told["last_run_timestamp_seconds"] >= good
    file.write_text("no figures {", encoding="utf-8")
    assert asked(capsys, path)[0] == 3
    assert figures(file)["last_success_timestamp_seconds"] == 0


@pytest.mark.usefixtures("planned_here")
def test_the_lock_of_another_job_ends_this_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_job(tmp_path / "job")
    with folder_lock(tmp_path / "job" / "runs", 0):
        code, answer, log = asked(capsys, path)
    assert (code, answer) == (7, None)
    assert f"process {os.getpid()} on " in log[1]["text"]


@pytest.mark.usefixtures("planned_here")
def test_metrics_that_cannot_be_written_change_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_job(tmp_path / "job")
    (tmp_path / "job" / "job.prom").mkdir()
    code, _, log = asked(capsys, path)
    assert code == 0
    assert any("metrics file cannot be written" in line.get("text", "") for line in log)


def test_what_is_still_to_ship_is_carried_over_and_compared(tmp_path: Path) -> None:
    path = write_job(tmp_path / "job")
    receipts = SHOP["receipts"].replace("25,4", "25,5")
    (tmp_path / "job" / "shop" / "receipts.csv").write_text(receipts, encoding="utf-8")
    first = propose_job(path)
    approve(read_job(path), first.run)
    left = first.solution.shipments
    left = left[left["ship_date"] >= "2026-11-24"]
    assert len(left)
    gone = SOURCES["orders"].replace("A3,anna,2026-11-26,2026-11-21\n", "A5,anna,2026-11-27,\n")
    lines = SOURCES["lines"].replace("A3,10,PUMP,2,100", "A5,10,PUMP,2,100")
    (tmp_path / "job" / "orders.csv").write_text(gone, encoding="utf-8")
    (tmp_path / "job" / "lines.csv").write_text(lines, encoding="utf-8")
    made = propose_job(path, TUESDAY)
    commitments = made.scenario["commitments"]
    assert not commitments["frozen"].any()
    kept = set(zip(left["order"], left["line"], strict=True)) - {("A3", "10")}
    assert set(zip(commitments["order"], commitments["line"], strict=True)) == kept
    assert made.base == first.run
    assert list(made.changes) == list(COLUMNS)
    changed = made.changes.set_index("order")["change"]
    assert changed.get("A5") == "new"
    written = pd.read_csv(made.folder / "changes.csv")
    assert len(written) == len(made.changes)


def test_any_store_keeps_proposals(
    tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_STORE", store_url)
    path = write_job(tmp_path / "job", CONFIG + "store: ${SECRET_STORE}\n")
    first = propose_job(path)
    assert not propose_job(path).new
    approve(read_job(path), first.run)
    made = propose_job(path, TUESDAY)
    assert (made.new, made.base) == (True, first.run)
    assert run_ids(read_job(path)) == sorted([first.run, made.run])
    written = b"".join(state(tmp_path / "job" / "runs").values())
    assert store_url.encode() not in written


def test_without_carry_over_there_are_no_commitments(tmp_path: Path) -> None:
    path = write_job(tmp_path / "job", CONFIG + "carry_over: false\n")
    approve(read_job(path), propose_job(path).run)
    made = propose_job(path, TUESDAY)
    assert made.scenario["commitments"].empty
    assert made.base


def test_commitments_of_the_scenario_itself_count_alone(tmp_path: Path) -> None:
    path = write_job(tmp_path / "job")
    approve(read_job(path), propose_job(path).run)
    own = (
        "order,line,site,service,ship_date,quantity,frozen\nA1,10,HAM,standard,2026-11-24,1,true\n"
    )
    (tmp_path / "job" / "shop" / "commitments.csv").write_text(own, encoding="utf-8")
    made = propose_job(path, TUESDAY)
    assert made.scenario["commitments"]["quantity"].tolist() == [1.0]


def test_the_days_own_approval_changes_nothing_of_the_day(tmp_path: Path) -> None:
    path = write_job(tmp_path / "job")
    made = propose_job(path)
    approve(read_job(path), made.run)
    again = propose_job(path)
    assert (again.run, again.new, again.status, again.base) == (made.run, False, "approved", "")


def test_an_approved_run_that_is_damaged_is_not_built_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_job(tmp_path / "job")
    first = propose_job(path)
    approve(read_job(path), first.run)
    (first.folder / "shipments.csv").unlink()
    made = propose_job(path, TUESDAY)
    assert made.base == ""
    assert "cannot be built on" in caplog.text


def test_a_table_that_lost_half_its_rows_is_worth_a_warning(tmp_path: Path) -> None:
    stock = "site,item,on_hand\n" + "".join(f"HAM,P{k},1\n" for k in range(30))
    path = write_job(tmp_path / "job", stock=stock + "HAM,PUMP,8\n")
    approve(read_job(path), propose_job(path).run)
    (tmp_path / "job" / "stock.csv").write_text(SOURCES["stock"], encoding="utf-8")
    made = propose_job(path, TUESDAY)
    assert any("table 'stock' has 2 rows" in text for text in made.warnings)


def test_what_a_killed_job_left_is_cleared_and_what_it_replaced_comes_back(tmp_path: Path) -> None:
    for name in (".shop-1-0123abcd", ".gone-2-0123abcd.old", ".there-3-0123abcd.old", "there-3"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name, encoding="utf-8")
    (tmp_path / ".shop-0123abcd").write_text("a file is nobody's run", encoding="utf-8")
    assert len(recover(tmp_path)) == 3
    assert sorted(p.name for p in tmp_path.iterdir()) == [".shop-0123abcd", "gone-2", "there-3"]
    assert (tmp_path / "there-3" / "file").read_text(encoding="utf-8") == "there-3"


def started(path: Path) -> subprocess.Popen[str]:
    """Start the command as a process of its own."""
    return subprocess.Popen(  # noqa: S603
        [
            sys.executable,
            "-m",
            "optimizer.cli",
            "propose",
            str(path),
            "--as-of",
            "2026-11-23",
            "--json",
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143)])
def test_a_signal_keeps_the_best_answer(tmp_path: Path, number: int, code: int) -> None:
    path = write_job(
        tmp_path / "job", CONFIG.replace("policy: segment_priority", "solver.seconds: 50")
    )
    process = started(path)
    assert process.stderr
    for line in process.stderr:
        if json.loads(line)["event"] == "read":
            process.send_signal(number)
            break
    out, err = process.communicate(timeout=300)
    assert process.returncode == code, err
    answer = json.loads(out)
    assert answer["cancelled"]
    assert run_ids(read_job(path)) == [answer["run"]]
    assert judge(*read_run(answer["folder"])) == []
    log = [json.loads(line)["event"] for line in err.splitlines()]
    assert "stopping" in log
    assert log[-1] == "finished"


@pytest.mark.long
def test_ctrl_c_keeps_the_best_answer(tmp_path: Path) -> None:
    test_a_signal_keeps_the_best_answer(tmp_path, signal.SIGINT, 130)


@pytest.mark.long
@pytest.mark.parametrize("seconds", [0.5, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 15.0])
def test_a_job_killed_at_any_moment_is_made_up_for(tmp_path: Path, seconds: float) -> None:
    path = write_job(tmp_path / "job", SOLVED)
    process = started(path)
    time.sleep(seconds)
    process.kill()
    process.communicate()
    again = started(path)
    out, err = again.communicate(timeout=300)
    assert again.returncode == 0, err
    assert run_ids(read_job(path)) == [json.loads(out)["run"]]
