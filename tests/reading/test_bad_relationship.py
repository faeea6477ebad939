"""Stages and ledgers that contradict other tables, or mean nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.reading import read_scenario
from tests.support.scenario_folders import BASE, HEADER, Row, the_fault, write_folder

CUSTOMER, ROW = BASE["customers"], BASE["ledger"]
CUSTOMERS = [CUSTOMER, {**CUSTOMER, "customer": "C2", "segment": "core"}]


def ledger(path: Path, *changes: Row) -> Path:
    rows = [{**ROW, "segment": "", **change} for change in changes]
    return write_folder(path, customers=CUSTOMERS, ledger=rows)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([{"segment": "gold"}], "2:ordered: both a segment and a customer are named -> name one"),
        ([{"customer": ""}], "2:ordered: no segment or customer is named -> name one of the two"),
        (
            [{}, {"segment": "gold", "customer": ""}],
            "2:customer: segment 'gold' of the customer has a row of its own -> keep the ledger of",
        ),
        ([{"served": "101"}], "2:served: 101 were served of 100 ordered -> correct one of the two"),
        (
            [{"customer": "C2"}],
            "2:ordered: segment 'core' has no target, for which a ledger could count -> give the",
        ),
        ([{"customer": "C3"}], "2:customer: 'C3' is not among the customers"),
        ([{}, {"served": "80"}], "3:customer: segment '', customer 'C1' is already given in row 2"),
    ],
)
def test_a_ledger_that_cannot_be_counted(changes: list[Row], said: str, tmp_path: Path) -> None:
    assert the_fault(ledger(tmp_path, *changes)).startswith(f"ledger.csv:{said}")


def test_a_floor_in_units_has_no_place_in_a_tier_that_counts_orders(tmp_path: Path) -> None:
    header = HEADER.replace("measure: unit_otif", "measure: order_otif").replace(
        "tier: 2", "tier: 1"
    )
    rows = [CUSTOMERS[0], {**CUSTOMERS[1], "stage": "recovery", "stage_since": "2026-11-20"}]
    assert the_fault(write_folder(tmp_path, header, customers=rows)) == (
        "customers.csv:3:stage: stage recovery has a floor in units, but tier 1 of segment 'core' "
        "counts orders -> give the segment a target, another tier, or the stage a floor of 0"
    )


@pytest.mark.parametrize(
    ("stages", "said"),
    [
        (
            "crisis: {lends_services: [expres]}",
            "stage 'crisis' names the unknown service 'expres' -> did you mean 'express'?",
        ),
        ("crises: {floor: 0.9}", "crises"),
        ("crisis: {flor: 0.9}", "unknown key 'stages.crisis.flor' -> did you mean 'floor'?"),
        (
            "crisis: {tier_shift: -2}",
            "stages.crisis.tier_shift: '-2' is too small -> write a value",
        ),
        ("crisis: {floor: 1.2}", "stages.crisis.floor: '1.2' is too large -> write a value of at"),
    ],
)
def test_a_stage_that_says_nothing(stages: str, said: str, tmp_path: Path) -> None:
    assert said in the_fault(write_folder(tmp_path, f"{HEADER}stages:\n  {stages}\n"))


def test_stages_that_are_over_or_never_end_are_named(tmp_path: Path) -> None:
    rows = [
        {**CUSTOMER, "stage": "crisis", "stage_since": "2026-10-01"},
        {**CUSTOMER, "customer": "C2", "stage": "crisis", "stage_since": ""},
        {**CUSTOMER, "customer": "C3", "stage": "recovery", "stage_since": "2026-11-01"},
    ]
    warnings = read_scenario(write_folder(tmp_path, customers=rows)).warnings
    assert [w for w in warnings if "stage" in w] == [
        "1 customer is at a stage that has expired and has no effect: 'C1'.",
        "1 customer is at a stage that expires, but not said since when: it counts from today: "
        "'C2'.",
    ]


def test_an_order_may_ask_for_a_service_that_a_stage_lends(tmp_path: Path) -> None:
    orders = [{**BASE["orders"], "customer": "C2", "service": "express"}]
    rows = [CUSTOMERS[0], {**CUSTOMERS[1], "stage": "recovery", "stage_since": ""}]
    lends = f"{HEADER}stages:\n  recovery: {{lends_services: [express]}}\n"
    assert "service 'express' is not one" in the_fault(
        write_folder(tmp_path / "not", customers=rows, orders=orders)
    )
    read_scenario(write_folder(tmp_path / "lent", lends, customers=rows, orders=orders))
