"""Runs side by side: every difference, and no other."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from optimizer import Plan, plan
from optimizer.api import compare
from optimizer.cli import main
from optimizer.runs import run_writer
from optimizer.scenario.scenario_writer import write_scenario
from tests.support.scenarios_as_text import make_scenario

SEGMENTS = {
    "gold": {
        "tier": 1,
        "services": ["standard"],
        "target": {"measure": "unit_otif", "level": 0.9},
    },
    "base": {"tier": 2, "services": ["standard"]},
}
TABLES = {
    "customers": "customer,segment,region\nG,gold,north\nB,base,north",
    "orders": "order,customer,requested,ordered\nO1,G,2026-11-24,2026-11-22\n"
    "O2,B,2026-11-24,2026-11-20",
    "lines": "order,line,item,quantity,unit_value\nO1,1,pump,6,2\nO2,1,pump,6,2",
    "lanes": "site,region,service,transit_days,cost_per_unit\nhub,north,standard,1,0.5",
    "stock": "site,item,on_hand\nhub,pump,8",
}
SCENARIO = make_scenario({"segments": SEGMENTS}, **TABLES)


@pytest.fixture(scope="module")
def both() -> tuple[Plan, Plan]:
    return plan(SCENARIO, "fcfs"), plan(SCENARIO, "segment_priority")


def test_gains_and_losses_add_up(both: tuple[Plan, Plan]) -> None:
    found = compare(*both)
    assert found.runs == ["test fcfs", "test segment_priority"]
    told = found.customers[["run", "customer", "delivered", "on_time"]].to_numpy().tolist()
    assert told == [
        ["test segment_priority", "B", -4.0, -4.0],
        ["test segment_priority", "G", 4.0, 4.0],
    ]
    gains = found.orders[["order", "customer", "delivered", "on_time"]].to_numpy().tolist()
    assert gains == [["O2", "B", -4.0, -4.0], ["O1", "G", 4.0, 4.0]]
    assert found.promises["order"].tolist() == ["O1", "O2"]
    assert found.promises["delivered_before"].tolist() == [2.0, 6.0]
    assert found.promises["delivered"].tolist() == [6.0, 2.0]
    assert found.promises["reason"].tolist() == ["", "higher_tier"]
    assert found.idle.empty
    net = found.totals[found.totals["figure"] == "net_value"]["value"].tolist()
    assert net == [12.0, 12.0]
    wide = found.to_frame()
    gold = wide[(wide["segment"] == "gold") & (wide["measure"] == "unit_otif")]
    assert gold[found.runs].to_numpy()[0].tolist() == pytest.approx([2 / 6, 1.0])
    assert "33.3%" in found._repr_html_()


def test_equal_runs_differ_in_nothing(both: tuple[Plan, Plan]) -> None:
    one = (both[0].scenario, both[0].solution)
    found = compare(one, one)
    assert found.runs == ["test fcfs", "test fcfs (2)"]
    assert found.customers.empty
    assert found.promises.empty


def test_what_only_one_day_has_is_nobodys_gain_or_loss(both: tuple[Plan, Plan]) -> None:
    tables = {
        "orders": TABLES["orders"].replace("O2", "O3"),
        "lines": TABLES["lines"].replace("O2", "O3"),
    }
    tomorrow = plan(make_scenario({"segments": SEGMENTS}, **(TABLES | tables)), "fcfs")
    found = compare(*((each.scenario, each.solution) for each in (both[0], tomorrow)))
    assert found.book[["gone", "new"]].to_numpy().tolist() == [[0, 0], [1, 1]]
    assert found.customers.empty
    assert found.orders.empty
    assert found.promises.empty


def test_what_has_left_in_between_is_no_change_of_promise(both: tuple[Plan, Plan]) -> None:
    """All that the first day ships has left; of what is still open O1 gets two units more."""
    rest = {name: TABLES[name].split("\nO2")[0] for name in ("orders", "lines")}
    rest["stock"] = "site,item,on_hand\nhub,pump,2"
    start = {"horizon": {"start": "2026-11-24", "days": 2}, "segments": SEGMENTS}
    done = plan(make_scenario(start, **(TABLES | rest)), "fcfs")
    for promised in both:
        found = compare(promised, done)
        told = found.promises[["order", "delivered_before", "delivered"]]
        assert told.to_numpy().tolist() == [["O1", 0.0, 2.0]]
        assert found.customers[["customer", "delivered"]].to_numpy().tolist() == [["G", 2.0]]


def test_stock_that_lies_idle_while_somebody_waits_is_told() -> None:
    orders = TABLES["orders"].replace("ordered\n", "ordered,ship_complete\n")
    orders = orders.replace("2026-11-22\n", "2026-11-22,false\n") + ",true"
    waiting = make_scenario({"segments": SEGMENTS}, **(TABLES | {"orders": orders}))
    made = plan(waiting, "segment_priority")
    found = compare((made.scenario, made.solution))
    assert found.idle[["site", "item", "units", "waiting"]].to_numpy().tolist() == [
        ["hub", "pump", 2.0, 6.0]
    ]


def test_less_than_a_step_lies_on_no_shelf() -> None:
    """Of 8.4 pumps 8 can ship: the rest is no unit that somebody waits for."""
    stock = {"stock": "site,item,on_hand\nhub,pump,8.4"}
    made = plan(make_scenario({"segments": SEGMENTS}, **(TABLES | stock)), "segment_priority")
    assert made.solution.lines["short"].sum() == 4
    assert compare((made.scenario, made.solution)).idle.empty


def test_the_command_compares_runs_and_scenarios(
    both: tuple[Plan, Plan],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    both[0].write("first")
    write_scenario(SCENARIO, "question", "csv")
    assert main(["compare", "first", "question", "-q"]) == 0
    told = capsys.readouterr().out
    assert "question against first: 1 customer gets more on time, 1 less" in told
    assert "Changed promises" in told
    assert main(["compare", "first", "question", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["order"] for row in found["promises"]] == ["O1", "O2"]
    assert found["promises"][0]["arrival"] == "2026-11-24"
    assert main(["compare", "first"]) == 2
    assert "at least two" in capsys.readouterr().err


def test_all_policies_make_a_run_folder_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_scenario(SCENARIO, "question", "csv")
    assert main(["run", "question", "-q", "--policy", "all", "--out", "all"]) == 0
    told = capsys.readouterr().out
    names = ["optimal", "fcfs", "edd", "segment_priority", "fair_share", "revenue"]
    made = {path.name for path in (tmp_path / "all").iterdir()}
    assert set(names) <= made
    assert "bop" not in made  # there are no commitments to process
    assert all(name in told for name in names)
    assert main(["verify", "all/fcfs"]) == 0
    assert main(["run", "question", "--policy", "all", "--apply", "x.xlsx"]) == 2


def test_all_policies_obey_tests_and_targets_as_one_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_scenario(SCENARIO, "question", "csv")
    every = ["run", "question", "-q", "--policy", "all", "--out", "all"]
    strict = [*every, "--set", "segments.gold.target.level=1", "--require-targets"]
    assert main(strict) == 0  # the plan itself keeps it, whatever rules miss
    assert main([*strict, "--set", "policy=fcfs"]) == 6
    capsys.readouterr()
    tests = '[{"order": "O2", "arrives_by": "2026-11-24"}]'
    assert main([*every, "--set", f"expect={tests}"]) == 6
    told = capsys.readouterr().out
    assert "optimal: Tests of the plan: 1 of 1 failed; do not publish it." in told
    assert "fcfs: Tests of the plan: all 1 kept." in told


def test_a_stopped_run_of_all_policies_keeps_what_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_scenario(SCENARIO, "question", "csv")
    whole = run_writer.write_run

    def interrupted(made: Plan, folder: Path) -> Path:
        signal.raise_signal(signal.SIGINT)
        return whole(made, folder)

    monkeypatch.setattr(
        run_writer, "write_run", lambda made, folder, _, guard: interrupted(made, folder)
    )
    assert main(["run", "question", "-q", "--policy", "all", "--out", "all"]) == 130
    assert [path.name for path in (tmp_path / "all").iterdir()] == ["optimal"]
    assert "not planned any more: fcfs, edd" in capsys.readouterr().err
    assert main(["verify", "all/optimal"]) == 0
