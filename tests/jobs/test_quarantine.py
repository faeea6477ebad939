"""Broken orders are set aside whole, listed and counted, or nothing is planned at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import ScenarioError
from optimizer.jobs import Proposal, read_job
from tests.support.job_folders import (
    CONFIG,
    MONDAY,
    SHOP,
    SOURCES,
    TUESDAY,
    approve,
    propose_error,
    propose_job,
    run_ids,
    write_job,
)

ALLOWED = CONFIG + "quarantine: {allow: true, at_most_share: 0.7}\n"
COMMITMENTS = "order,line,site,service,ship_date,quantity,frozen\n"


def with_row(table: str, old: str, new: str) -> dict[str, str]:
    """Spoil one row of a source."""
    assert old in SOURCES[table]
    return {table: SOURCES[table].replace(old, new)}


def aside(folder: Path, **sources: str) -> Proposal:
    return propose_job(write_job(folder, ALLOWED, **sources))


@pytest.mark.parametrize(
    ("table", "old", "new", "order", "row", "column"),
    [
        ("orders", "A2,bert", "A2,berta", "A2", 3, "customer"),
        ("orders", "A3,anna,2026-11-26", "A3,anna,26.11.2026", "A3", 4, "requested"),
        ("orders", "A4,bert,2026-11-27", "A4,bert,", "A4", 5, "requested"),
        ("lines", "A1,20,VALVE,3", "A1,20,VALVE,three", "A1", 3, "quantity"),
        ("lines", "A1,20,VALVE,3", "A1,20,VALVE,2.5", "A1", 3, "quantity"),
        ("lines", "A1,20,VALVE,3", "A1,10,VALVE,3", "A1", 3, "line"),
        ("lines", "A2,10,PUMP,4", "A2,10,,4", "A2", 4, "item"),
        ("lines", "A4,10,VALVE", "A9,10,VALVE", "A9", 6, "order"),
        ("orders", "A2,bert", " A2,bert", "A2", 3, "order"),
        ("orders", "A4,bert", "A3,bert", "A3", 5, "order"),
    ],
)
def test_a_broken_order_is_set_aside_whole_with_its_place(
    tmp_path: Path, table: str, old: str, new: str, order: str, row: int, column: str
) -> None:
    made = aside(tmp_path / "job", **with_row(table, old, new))
    assert order in made.aside.orders
    faults = made.aside.faults[made.aside.faults["order"] == order]
    (fault,) = faults[faults["file"] == f"{table}.csv"].to_dict("records")
    assert (fault["row"], fault["column"]) == (row, column)
    assert fault["problem"]
    assert fault["remedy"]
    assert order not in set(made.solution.lines["order"])
    assert set(made.aside.orders).isdisjoint(made.scenario["orders"]["order"])
    written = (made.folder / "quarantine.csv").read_text(encoding="utf-8")
    assert f"{order},{table}.csv,{row},{column}," in written


def test_the_others_are_planned_as_if_it_were_not_there(tmp_path: Path) -> None:
    broken = aside(tmp_path / "broken", **with_row("orders", "A2,bert", "A2,berta"))
    gone = with_row("orders", "A2,bert,2026-11-25,2026-11-20\n", "")
    gone |= with_row("lines", "A2,10,PUMP,4,100\n", "")
    whole = propose_job(write_job(tmp_path / "whole", **gone))
    assert broken.solution.shipments.equals(whole.solution.shipments)
    assert broken.run == whole.run


def test_without_permission_every_fault_is_told_and_nothing_written(tmp_path: Path) -> None:
    spoilt = with_row("orders", "A2,bert", "A2,berta")
    path = write_job(tmp_path / "job", CONFIG, **spoilt)
    error = propose_error(path)
    assert isinstance(error, ScenarioError)
    assert len(error.issues) == 1
    assert [p for p in (tmp_path / "job" / "runs").iterdir() if p.is_dir()] == []
    assert run_ids(read_job(path)) == []


def test_more_than_the_share_is_refused(tmp_path: Path) -> None:
    orders = SOURCES["orders"].replace("bert", "berta")
    path = write_job(tmp_path / "job", ALLOWED, orders=orders)
    assert propose_job(path).aside.orders == ["A2", "A4"]
    strict = ALLOWED.replace("0.7", "0.49")
    error = propose_error(write_job(tmp_path / "strict", strict, orders=orders))
    assert isinstance(error, ScenarioError)
    assert "2 of 4 orders are broken" in error.issues[0].problem
    assert "at_most_share" in error.issues[0].remedy
    assert len(error.issues) == 3


def test_never_all_orders(tmp_path: Path) -> None:
    orders = SOURCES["orders"].replace("anna", "hanna").replace("bert", "berta")
    config = ALLOWED.replace("0.7", "1")
    assert isinstance(
        propose_error(write_job(tmp_path / "job", config, orders=orders)), ScenarioError
    )


@pytest.mark.parametrize(
    "spoilt",
    [
        with_row("stock", "HAM,PUMP,8", "HAM,PUMP,many"),
        with_row("lines", "A2,10,PUMP", ",10,PUMP"),
        with_row("orders", "order,customer", "order,buyer"),
        with_row("lines", "A2,10,PUMP,4,100", "A2,10,PUMP,4,100,1"),
    ],
)
def test_what_is_not_about_a_single_order_is_never_set_aside(
    tmp_path: Path, spoilt: dict[str, str]
) -> None:
    assert isinstance(propose_error(write_job(tmp_path / "job", ALLOWED, **spoilt)), ScenarioError)


def test_a_test_of_the_plan_about_a_broken_order_is_a_fault(tmp_path: Path) -> None:
    path = write_job(tmp_path / "job", ALLOWED, **with_row("orders", "A2,bert", "A2,berta"))
    header = tmp_path / "job" / "shop" / "scenario.yaml"
    test = "expect: [{order: A2, arrives_by: 2026-11-26}]\n"
    header.write_text(header.read_text(encoding="utf-8") + test, encoding="utf-8")
    assert isinstance(propose_error(path), ScenarioError)


@pytest.mark.parametrize(("frozen", "planned"), [("true", False), ("false", True), ("", False)])
def test_a_broken_order_that_has_stock_promised_stops_the_job(
    tmp_path: Path, frozen: str, planned: bool
) -> None:
    path = write_job(tmp_path / "job", ALLOWED, **with_row("orders", "A2,bert", "A2,berta"))
    row = f"A2,10,HAM,standard,2026-11-23,2,{frozen}\n"
    commitments = tmp_path / "job" / "shop" / "commitments.csv"
    commitments.write_text(COMMITMENTS + row, encoding="utf-8")
    error = propose_error(path)
    assert (error is None) == planned
    assert planned or "has commitments to be kept" in str(error)


def test_a_decision_about_an_unknown_order_may_be_about_another_one(tmp_path: Path) -> None:
    path = write_job(tmp_path / "job", ALLOWED)
    decided = tmp_path / "job" / "shop" / "overrides.csv"
    decided.write_text("order,action\nA22,hold\n", encoding="utf-8")
    assert isinstance(propose_error(path), ScenarioError)


def test_a_commitment_to_an_unknown_order_is_let_go(tmp_path: Path) -> None:
    path = write_job(tmp_path / "job", ALLOWED)
    row = "A22,10,HAM,standard,2026-11-23,2,false\n"
    commitments = tmp_path / "job" / "shop" / "commitments.csv"
    commitments.write_text(COMMITMENTS + row, encoding="utf-8")
    assert propose_error(path) is None


def test_a_broken_override_sets_its_order_aside(tmp_path: Path) -> None:
    path = write_job(tmp_path / "job", ALLOWED)
    overrides = tmp_path / "job" / "shop" / "overrides.csv"
    overrides.write_text("order,action,value\nA2,quantity,\n", encoding="utf-8")
    assert propose_job(path).aside.orders == ["A2"]


def test_what_is_set_aside_is_a_change_against_the_approved_plan(tmp_path: Path) -> None:
    path = write_job(tmp_path / "job", ALLOWED)
    receipts = SHOP["receipts"].replace("VALVE,2026-11-25,4", "VALVE,2026-11-26,9")
    (tmp_path / "job" / "shop" / "receipts.csv").write_text(receipts, encoding="utf-8")
    first = propose_job(path, MONDAY)
    late = first.solution.shipments
    assert "A4" in set(late.loc[late["ship_date"] > "2026-11-23", "order"])
    approve(read_job(path), first.run)
    orders = SOURCES["orders"].replace("A4,bert", "A4,berta")
    (tmp_path / "job" / "orders.csv").write_text(orders, encoding="utf-8")
    made = propose_job(path, TUESDAY)
    changed = made.changes.set_index("order")["change"].to_dict()
    assert changed["A4"] == "set_aside"
