"""The commands on proposals: what they print, as text and as JSON, and how they end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from models.settings import Policy
from optimizer.cli import main
from optimizer.runs.run_writer import write_run
from tests.cli.test_plan_text import SEGMENTS, TABLES
from tests.support.run_stores import MISSED, add, make_run, twin
from tests.support.scenarios_as_text import make_scenario
from tests.support.solverless_plans import plan_by_rule


@pytest.fixture(autouse=True)
def here(planned_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder with two proposals and a store, which nobody names."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ALLOCORE_STORE", raising=False)
    for run in ("aa11", "aa22"):
        add("allocore.db", twin(planned_run, Path("runs", run), run))
    return tmp_path


@pytest.fixture
def asked(capfd: pytest.CaptureFixture[str]) -> Any:
    """Run a command that is expected to end with a code; its JSON answer."""

    def ask(*words: str, code: int = 0) -> Any:
        assert main([*words, "--json"]) == code
        return json.loads(capfd.readouterr().out)

    return ask


@pytest.fixture
def printed(capfd: pytest.CaptureFixture[str]) -> Any:
    """Run a command; what it prints, and what it complains of."""

    def ask(*words: str, code: int = 0) -> tuple[str, str]:
        assert main(list(words)) == code
        out, err = capfd.readouterr()
        return out, err

    return ask


def test_a_morning(asked: Any, printed: Any, here: Path) -> None:
    assert [row["run"] for row in asked("runs", "list")] == ["aa22", "aa11"]
    done = asked("approve", "aa1", "--by", "planner-7", "--note", "fine")
    assert (done["run"], done["status"], done["changed"]) == ("aa11", "approved", True)
    assert printed("reject", "runs/aa22", "--by", "planner-7") == (
        *("aa22 is rejected, by planner-7.\n", ""),
    )
    done = asked("publish", "aa11", "--to", "out.csv", "--database", "erp.db", "--table", "plan")
    assert done["published"]
    assert (here / "erp.db").is_file()
    out, _ = printed("publish", "aa11", "--to", "out.csv")
    assert out == f"aa11 is in {here / 'out.csv'} already.\n"
    rows = asked("runs", "list", "--status", "approved", "--scenario", "test")
    assert [(row["run"], row["as_of"], row["published"]) for row in rows] == [
        ("aa11", "2026-11-23", True)
    ]
    assert asked("runs", "verify") == {"valid": True, "runs": 2, "findings": []}
    assert asked("runs", "prune", "--older-than", "0") == {"removed": ["aa22"]}
    assert printed("runs", "prune", "--older-than", "0")[0] == "0 runs removed.\n"
    assert [path.name for path in (here / "runs").iterdir()] == ["aa11"]


def test_a_run_is_shown(asked: Any, printed: Any) -> None:
    asked("approve", "aa11", "--by", "planner-7", "--note", "3 < [4]")
    asked("publish", "aa11", "--to", "out.csv")
    out, _ = printed("runs", "show", "aa11")
    for part in (
        *("aa11 test, as of 2026-11-23", "approved, published; feasible: proved best"),
        *("floor:1", "target:2", "gold", "unit_otif", "90.0 %"),
        "kept: gold: unit_otif of at least",
        *("approved by planner-7 at 20", ": 3 < [4]", "published at 20", "out.csv"),
        " MB, whole",
    ):
        assert part in out, part
    told = asked("runs", "show", "aa11")
    assert told["decisions"][0]["by"] == "planner-7"
    assert told["goals"][0] == {
        "position": 1,
        "name": "commitments",
        "value": 0.0,
        "bound": None,
        "gap": None,
        "status": "feasible",
    }
    assert {row["target"] for row in told["service"]} == {0.9, 0.5, None}
    assert (told["changed_files"], len(told["files"])) == ([], 27)
    listed, _ = printed("runs", "list")
    assert "aa11" in listed
    assert "proposed" in listed


def test_two_runs_are_compared(asked: Any, printed: Any, here: Path) -> None:
    scenario = make_scenario({"segments": SEGMENTS}, **TABLES)
    add("allocore.db", write_run(plan_by_rule(scenario, Policy.SEGMENT_PRIORITY), here / "runs/x"))
    (other,) = {row["run"] for row in asked("runs", "list")} - {"aa11", "aa22"}
    told = asked("runs", "diff", "aa11", other)
    assert {(row["order"], row["line"]) for row in told["promises"]} >= {("O1", "1")}
    assert {row["run"] for row in told["totals"]} == {"aa11", other}
    out, _ = printed("runs", "diff", "aa11", other)
    assert "Changed promises" in out
    same = asked("runs", "diff", "aa11", "aa22")
    assert same["promises"] == []


def test_findings_end_with_5(asked: Any, printed: Any, here: Path) -> None:
    asked("approve", "aa11", "--by", "planner-7")
    (here / "runs/aa11/lines.csv").write_text("order\n")
    found = asked("runs", "verify", "aa11", code=5)
    assert "aa11: lines.csv was changed after the run" in found["findings"]
    assert any("damaged" in text for text in found["findings"])
    out, _ = printed("runs", "verify", code=5)
    assert out.count("lines.csv was changed") == 1
    assert asked("runs", "verify", "aa22")["valid"]
    assert "CHANGED: lines.csv" in printed("runs", "show", "aa11")[0]
    _, err = printed("publish", "aa11", "--to", "out.csv", code=5)
    assert "restore the folder from a backup" in err


def test_a_plan_that_breaks_a_rule_is_found_by_the_judge(asked: Any, here: Path) -> None:
    """Registered with hashes that fit, as somebody would who made the folder up."""
    folder = write_run(
        plan_by_rule(make_scenario({"segments": SEGMENTS}, **TABLES)), here / "forged"
    )
    text = (folder / "shipments.csv").read_text()
    (folder / "shipments.csv").write_text(text.replace(",hub,standard", ",moon,standard"))
    about = json.loads((folder / "run.json").read_text())
    from optimizer.runs.sealing import seal

    (folder / "run.json").write_text(json.dumps(about | {"files": seal(folder)}))
    run = add("allocore.db", folder).run
    found = asked("runs", "verify", run, code=5)
    assert any("moon" in text for text in found["findings"])


def test_a_failed_test_of_the_plan_ends_with_6(asked: Any, printed: Any, here: Path) -> None:
    run = add("allocore.db", make_run(here / "runs/failing", expect=[MISSED])).run
    asked("approve", run, "--by", "planner-7")
    _, err = printed("publish", run, "--to", "out.csv", code=6)
    assert "fails what the scenario expects" in err
    assert not Path("out.csv").exists()


def test_wrong_calls_end_with_2(printed: Any) -> None:
    assert printed("approve", "aa11", "--by", "planner-7")[0]
    calls = {
        ("reject", "aa11", "--by", "planner-7"): "plan again",
        ("approve", "aa", "--by", "planner-7"): "beginning of 2 runs (aa11, aa22 ...)",
        ("approve", "zz", "--by", "planner-7"): "no run zz is registered",
        ("publish", "aa22", "--to", "out.csv"): "only approved runs",
        ("publish", "aa11"): "say where to publish",
        ("runs", "list", "--store", "mysql://host/db"): "SQLite file or PostgreSQL",
    }
    for words, problem in calls.items():
        assert problem in printed(*words, code=2)[1]
    assert main(["approve", "aa22"]) == 2  # nobody decides
    assert main(["runs"]) == 2


def test_a_store_out_of_reach_ends_with_75(printed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOCORE_STORE", "postgresql+psycopg://ada:s3cret@127.0.0.1:9/erp")
    _, err = printed("runs", "list", code=75)
    assert "ada:***@127.0.0.1:9/erp cannot be reached" in err
    assert "s3cret" not in err


def test_the_folder_of_an_approved_run_is_not_replaced(printed: Any, here: Path) -> None:
    printed("approve", "aa11", "--by", "planner-7")
    before = {path.name: path.read_bytes() for path in (here / "runs/aa11").glob("*.*")}
    assert main(["init", "week"]) == 0
    _, err = printed("run", "week", "--out", "runs/aa11", "--policy", "fcfs", "-q", code=2)
    assert "runs/aa11 holds the approved run aa11, which stays" in err
    assert {path.name: path.read_bytes() for path in (here / "runs/aa11").glob("*.*")} == before
