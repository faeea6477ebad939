"""Commitments that do not fit the orders of today: they shrink, go or move, counted and named."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from models.judge import judge
from optimizer import plan, read_scenario
from tests.support.scenario_folders import BASE, HEADER, Row, faults_of, write_folder

PROMISE = BASE["commitments"]
FIRST = "that of order 'O1' line '1' (commitments.csv:2)"
OTHER = "that of order 'O9' line '1' (commitments.csv:2)"
EARLIEST = "to the earliest date that can still be served"


def promised(folder: Path, *changes: Row, header: str = "", **tables: Sequence[Row]) -> Path:
    """Write the good scenario with changed commitments; ten are ordered."""
    rows = [{**PROMISE, **change} for change in changes]
    return write_folder(folder, HEADER + header, commitments=rows, **tables)


@pytest.mark.parametrize(
    ("changes", "said", "left"),
    [
        (
            [{"order": "O9"}],
            f"1 commitment is to an order or line that is gone, and is let go: {OTHER}.",
            [],
        ),
        (
            [{"line": "7", "frozen": "false"}, {"line": "8"}],
            "2 commitments are to an order or line that is gone, and are let go, "
            "that of order 'O1' line '7' (commitments.csv:2) first.",
            [],
        ),
        (
            [{"quantity": "14"}],
            "1 commitment is larger than its order leaves it, and is made smaller, by 4 units in"
            f" all: {FIRST}.",
            [10],
        ),
        (
            [{"quantity": "6"}, {"quantity": "9", "ship_date": "2026-11-23"}],
            "1 commitment is larger than its order leaves it, and is made smaller, by 5 units in"
            f" all: {FIRST}.",
            [1, 9],
        ),
        (
            [{"ship_date": "2026-11-20"}],
            f"1 commitment is of before 2026-11-23 and frozen, and is moved {EARLIEST}: {FIRST}.",
            [4],
        ),
        (
            [{"service": "express"}, {"site": "S9"}, {"service": "pigeon"}],
            "3 commitments are by a lane, site or service that is gone, and are moved"
            f" {EARLIEST}, {FIRST} first.",
            [4, 4, 2],
        ),
    ],
)
def test_they_follow_what_became_of_their_orders(
    changes: list[Row], said: str, left: list[float], tmp_path: Path
) -> None:
    scenario = read_scenario(promised(tmp_path, *changes))
    assert said in scenario.warnings
    assert scenario["commitments"]["quantity"].tolist() == left


def test_what_is_past_may_have_shipped(tmp_path: Path) -> None:
    gone = {"ship_date": "2026-11-20", "quantity": "8"}
    folder = promised(tmp_path, gone, {"quantity": "9"}, header="commitments_past: shipped\n")
    scenario = read_scenario(folder)
    assert scenario["commitments"]["quantity"].tolist() == [9]
    told = "1 commitment is of before 2026-11-23 and frozen, and is let go as shipped"
    assert any(warning.startswith(told) for warning in scenario.warnings)


def test_they_are_refused_where_that_is_asked_for(tmp_path: Path) -> None:
    header = "commitments_stale: refuse\n"
    for nth, change in enumerate(
        ({"order": "O9"}, {"quantity": "14"}, {"ship_date": "2026-11-20"})
    ):
        assert len(faults_of(promised(tmp_path / str(nth), change, header=header))) == 1


def test_what_is_not_frozen_stays_as_large_and_as_early_as_it_was(tmp_path: Path) -> None:
    free = {"frozen": "false", "quantity": "14", "ship_date": "2026-11-20"}
    scenario = read_scenario(promised(tmp_path, free))
    assert scenario["commitments"]["quantity"].tolist() == [14]


def test_a_promise_of_a_site_that_nobody_knows_any_more_is_moved_in_the_plan(
    tmp_path: Path,
) -> None:
    scenario = read_scenario(promised(tmp_path, {"site": "S9"}))
    made = plan(scenario, diagnose=False)
    assert judge(scenario, made.solution) == []
    moved = made.shipments[made.shipments["promised_ship_date"].notna()]
    assert moved["quantity"].sum() == 4


def test_a_smaller_order_frees_what_was_promised_beyond_it(tmp_path: Path) -> None:
    """A hundred were promised; 75 are ordered now, and somebody else waits for thirty."""
    made = plan(
        read_scenario(_two_orders(tmp_path, {"1": 75, "2": 30}, {"1": 100})), diagnose=False
    )
    assert made.lines["delivered"].tolist() == [75, 25]
    assert made.scenario.warnings == (
        "1 commitment is larger than its order leaves it, and is made smaller, by 25 units in all:"
        " that of order '1' line '1' (commitments.csv:2).",
    )


def test_what_was_promised_to_a_cancelled_order_goes_to_others(tmp_path: Path) -> None:
    folder = _two_orders(tmp_path, {"2": 30}, {"1": 60, "2": 10})
    made = plan(read_scenario(folder), diagnose=False)
    assert made.lines["delivered"].tolist() == [30]
    assert made.scenario.warnings == (
        "1 commitment is to an order or line that is gone, and is let go: that of order '1' line"
        " '1' (commitments.csv:2).",
    )


def _two_orders(folder: Path, ordered: dict[str, int], frozen: dict[str, int]) -> Path:
    """Write a scenario of a hundred in stock: who ordered and who was promised how much."""
    who = {"1": "acme", "2": "bolt"}
    tables = {
        "customers": ["customer,segment,region", "acme,gold,N", "bolt,silver,N"],
        "lanes": ["site,region,service,transit_days,cost_per_unit", "HAM,N,standard,2,1"],
        "stock": ["site,item,on_hand", "HAM,P,100"],
        "orders": ["order,customer,requested", *(f"{n},{who[n]},2026-11-25" for n in ordered)],
        "lines": [
            "order,line,item,quantity,unit_value",
            *(f"{n},1,P,{u},1" for n, u in ordered.items()),
        ],
        "commitments": [
            "order,line,item,site,service,ship_date,quantity,frozen",
            *(f"{n},1,P,HAM,standard,2026-11-23,{u},true" for n, u in frozen.items()),
        ],
    }
    for name, rows in tables.items():
        (folder / f"{name}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    target = "target: {measure: unit_otif, level: 0.9}, services: [standard]"
    header = (
        "format: 1\nname: smaller\nhorizon: {start: 2026-11-23, days: 5}\n"
        "services: {standard: {}}\n"
        "goals: [commitments, floors, targets, fill, value]\nsegments:\n"
        f"  gold: {{tier: 1, {target}}}\n  silver: {{tier: 2, {target}}}\n"
    )
    (folder / "scenario.yaml").write_text(header, encoding="utf-8")
    return folder
