"""The run folder: complete, repeatable, replaced as a whole, and read back unchanged."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from pandas.testing import assert_frame_equal

import optimizer.runs.run_files
from models.errors import ScenarioError, UsageError
from models.scenario import Scenario
from models.settings import Policy
from optimizer import Plan
from optimizer.runs.destination import check_destination, default_folder
from optimizer.runs.file_formats import Format
from optimizer.runs.run_id import run_id
from optimizer.runs.run_reader import read_run
from optimizer.runs.run_writer import write_run
from tests.support.scenarios_as_text import make_scenario
from tests.support.solverless_plans import plan_by_rule

TABLES = {
    "customers": 'customer,segment,region\n"Anna, & ""Co""",gold,north\nNA,gold,north',
    "orders": 'order,customer,requested\n00123,"Anna, & ""Co""",2026-11-24\n1E5,NA,2026-11-24',
    "lines": "order,line,item,quantity,unit_value\n00123,1,oil,2.5,3\n1E5,null,pump,4,1\n"
    "1E5,true,pump,5,1",
    "lanes": "site,region,service,transit_days,cost_per_unit\nhub,north,standard,1,0.1",
    "stock": "site,item,on_hand\nhub,oil,9\nhub,pump,6",
    "items": "item,divisible\noil,true",
}
SEGMENTS = {
    "gold": {
        "tier": 1,
        "services": ["standard"],
        "target": {"measure": "unit_otif", "level": 0.9},
    }
}
FRAMES = (
    *("shipments", "lines", "shortages", "service", "transfers", "reserve", "prices", "fairness"),
    *("metrics", "contracts", "stages", "signals", "remedies", "notices"),
)


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return make_scenario({"segments": SEGMENTS}, **TABLES)


@pytest.fixture(scope="module")
def plan(scenario: Scenario) -> Plan:
    return plan_by_rule(scenario)


@pytest.fixture
def run(plan: Plan, tmp_path: Path) -> Path:
    return write_run(plan, tmp_path / "run")


def content(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_a_run_folder_is_read_back_unchanged(
    plan: Plan, tmp_path: Path, file_format: Format
) -> None:
    scenario, solution = read_run(write_run(plan, tmp_path / "run", file_format))
    for name in FRAMES:
        assert_frame_equal(getattr(solution, name), getattr(plan.solution, name))
    assert solution.goals == plan.solution.goals
    assert dict(solution.totals) == dict(plan.solution.totals)
    assert (solution.scenario, solution.policy, solution.status) == ("test", "fcfs", "feasible")
    assert_frame_equal(scenario["lines"], plan.scenario["lines"])


def test_a_plan_without_shipments_is_read_back(tmp_path: Path) -> None:
    tables = TABLES | {"stock": "site,item,on_hand\nhub,hose,1"}
    nothing = plan_by_rule(make_scenario({"segments": SEGMENTS}, **tables))
    _, solution = read_run(write_run(nothing, tmp_path / "run"))
    assert solution.shipments.empty
    assert solution.lines["last_arrival"].isna().all()


def test_frames_are_plain_csv(run: Path) -> None:
    assert (run / "shipments.csv").read_bytes().decode().splitlines(keepends=True)[1:] == [
        "1,00123,1,oil,hub,standard,2026-11-23,2026-11-24,2.5,true,0,1,0.25,target,,\n",
        "2,1E5,null,pump,hub,standard,2026-11-23,2026-11-24,4,true,0,1,0.4,target,,\n",
        "3,1E5,true,pump,hub,standard,2026-11-23,2026-11-24,2,true,0,1,0.2,target,,\n",
    ]
    assert (run / "lines.csv").read_text().splitlines()[1] == (
        '00123,1,"Anna, & ""Co""",gold,commit,1,oil,2.5,2.5,2.5,0,2026-11-24,on_time,,'
        "2026-11-24,,2026-11-24"
    )
    assert "gold,unit_otif,0.9,,0.739130435,,1.85,,," in (
        (run / "service.csv").read_text().splitlines()
    )


def test_the_shipments_of_an_older_version_moved_no_promise(run: Path) -> None:
    path = run / "shipments.csv"
    dates = ",promised_ship_date,promised_arrival_date\n"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(dates, "\n").replace(",target,,", ",target"), encoding="utf-8")
    shipments = read_run(run)[1].shipments
    assert shipments["quantity"].tolist() == [2.5, 4, 2]
    assert shipments["promised_ship_date"].isna().all()


def test_the_folder_holds_what_the_contract_names(run: Path) -> None:
    names = {f"{name}.csv" for name in (*FRAMES, "policies", "figures")} | {
        "result.json",
        "run.json",
    }
    for_people = {"report.html", "plan.xlsx"}
    assert {path.name for path in run.iterdir()} == names | for_people | {"scenario"}
    assert list(json.loads((run / "result.json").read_text())) == [
        *("scenario", "policy", "status", "goals", "totals")
    ]


def test_run_json_says_how_the_plan_was_made(run: Path, plan: Plan) -> None:
    about = json.loads((run / "run.json").read_text())
    assert about["run"] == run_id(plan.scenario, "fcfs")
    assert set(about["versions"]) == {"python", "allocore", "highspy", "pandas", "pyomo"}
    assert about["options"]["policy"] == "fcfs"
    assert about["notes"] == ["a note"]
    assert (about["seconds"], about["cancelled"]) == (1.25, False)
    assert {"scenario", "orders", "lines"} <= set(about["inputs"])


def test_the_same_plan_gives_the_same_bytes(plan: Plan, run: Path, tmp_path: Path) -> None:
    again = write_run(replace(plan, seconds=9.0), tmp_path / "again")
    first, second = content(run), content(again)
    assert first.pop("run.json") != second.pop("run.json")
    assert first == second


def test_the_run_id_follows_inputs_and_policy(scenario: Scenario) -> None:
    same = make_scenario({"segments": SEGMENTS}, **TABLES)
    other = make_scenario({"segments": SEGMENTS}, **TABLES | {"stock": "site,item,on_hand"})
    assert run_id(scenario, "fcfs") == run_id(same, "fcfs")
    assert len({run_id(scenario, "fcfs"), run_id(scenario, "edd"), run_id(other, "fcfs")}) == 3


def test_the_run_id_does_not_ask_for_the_order_of_rows(scenario: Scenario) -> None:
    heading, *rows = TABLES["lines"].splitlines()
    turned = TABLES | {"lines": "\n".join([heading, *reversed(rows)])}
    assert run_id(make_scenario({"segments": SEGMENTS}, **turned), "edd") == run_id(scenario, "edd")


def test_a_run_goes_to_its_own_folder_by_default(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = write_run(plan)
    assert folder == default_folder(plan.scenario, Policy.FCFS)
    assert str(folder) == f"runs/test-{run_id(plan.scenario, 'fcfs')}"
    assert (tmp_path / folder / "result.json").is_file()


def test_a_run_folder_is_replaced_as_a_whole(plan: Plan, run: Path) -> None:
    (run / "shipments.parquet").write_bytes(b"stale")
    before = content(run)
    write_run(plan, run)
    assert set(before) - set(content(run)) == {"shipments.parquet"}
    assert [path.name for path in run.parent.iterdir()] == ["run"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), RuntimeError("defect")])
def test_a_failure_leaves_the_old_run_whole(
    plan: Plan, run: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    before = content(run)
    monkeypatch.setattr(optimizer.runs.run_files, "write_scenario", fail)
    with pytest.raises((UsageError, RuntimeError), match=r"No space left|defect"):
        write_run(plan, run)
    assert content(run) == before
    assert [path.name for path in run.parent.iterdir()] == ["run"]


def test_other_peoples_folders_and_files_are_refused(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "result.json").write_text("{}")
    (tmp_path / "file").write_text("")
    for name in ("mine", "file"):
        with pytest.raises(UsageError, match=f"{name} is in the way"):
            check_destination(tmp_path / name)
        with pytest.raises(UsageError, match=f"{name} is in the way"):
            write_run(plan, tmp_path / name)
    with pytest.raises(UsageError, match="cannot write"):
        check_destination(tmp_path / "file" / "run")


def test_a_place_without_permission_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("optimizer.runs.destination.os.access", lambda path, _: path != tmp_path)
    with pytest.raises(UsageError, match=r"cannot write .* may write to"):
        check_destination(tmp_path / "new" / "run")


def test_new_and_empty_folders_are_free(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("empty", "new/deep"):
        check_destination(tmp_path / name)
        assert (write_run(plan, tmp_path / name) / "run.json").is_file()


@pytest.mark.parametrize(
    "missing", ["run.json", "result.json", "shipments.csv", "lines.csv", "service.csv", "scenario"]
)
def test_a_folder_that_lacks_a_part_is_refused_by_name(run: Path, missing: str) -> None:
    (run / missing).rename(run.parent / "elsewhere")
    with pytest.raises(UsageError, match=missing):
        read_run(run)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("result.json", "{", "["),
        ("result.json", '"feasible"', '"perfect"'),
        ("result.json", '"totals"', '"sums"'),
        ("result.json", '"bound": null', '"bound": "low"'),
        ("shipments.csv", ",true,", ",yes,"),
        ("shipments.csv", "2026-11-23", "23.11.2026"),
        ("shipments.csv", ",2.5,", ",two,"),
        ("shipments.csv", "1,00123", "first,00123"),
        ("shipments.csv", "rank,order", "order,rank"),
        ("lines.csv", ",tier,", ",class,"),
        ("service.csv", ",0.9,", ",high,"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(run: Path, file: str, old: str, new: str) -> None:
    text = (run / file).read_text()
    assert old in text
    (run / file).write_text(text.replace(old, new))
    with pytest.raises(UsageError, match=f"damaged.*{file}"):
        read_run(run)


def test_damaged_parquet_is_named(plan: Plan, tmp_path: Path) -> None:
    run = write_run(plan, tmp_path / "run", "parquet")
    (run / "lines.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(UsageError, match=r"damaged.*lines\.parquet"):
        read_run(run)


def test_a_run_whose_scenario_was_damaged_is_invalid_input(run: Path) -> None:
    (run / "scenario" / "lines.parquet").unlink()
    with pytest.raises(ScenarioError, match="lines"):
        read_run(run)
