"""Contracts: what is met, what missing costs, what comes first, and what is said beforehand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from models.judge import judge
from models.relationship import ReviewPeriod
from models.scenario import Scenario
from optimizer import Plan, plan
from tests.planning.test_stages import LANES, LINES, ORDERS
from tests.support.scenarios_as_text import make_scenario


def two(
    ledger: str, mode: str = "shortfall", *, stock: int = 10, level: float = 0.9, **keys: Any
) -> Scenario:
    """Build customers a and b of one segment; each orders 10."""
    target = {"measure": "unit_otif", "level": level}
    gold = {"tier": 1, "target": target, "services": ["standard"]}
    return make_scenario(
        {"segments": {"gold": gold | keys}, "ledger": {"mode": mode}},
        customers="customer,segment,region\na,gold,north\nb,gold,north",
        orders=ORDERS,
        lines=LINES.format(10, 10),
        lanes=LANES,
        stock=f"site,item,on_hand\nLYON,pump,{stock}",
        ledger=f"segment,customer,ordered,served\n{ledger}",
    )


def made(scenario: Scenario) -> Plan:
    found = plan(scenario)
    assert judge(found.scenario, found.solution) == []
    return found


def served(found: Plan) -> dict[str, float]:
    return dict(found.lines.set_index("customer")["delivered"])


LOST = ",a,100,50\n,b,100,93"
"""Customer a needs 49 more, which nobody has; b needs 6."""


def test_a_contract_that_can_be_met_is_not_spent_on_one_that_is_lost() -> None:
    """Each unit lowers the sum alike; only by the contracts is it better to give b its 6."""
    found = made(two(LOST))
    assert served(found) == {"a": 4, "b": 6}
    assert found.solution.contracts["met"].tolist() == [False, True]


def test_compliance_meets_contracts_before_it_closes_gaps() -> None:
    """Of 12 units, 10 would close more of a's gap of 30 lines; b's contract needs its 6 first."""
    found = made(two(LOST, "compliance", stock=5))
    assert found.goals["name"].tolist()[:3] == ["commitments", "contracts:1", "target:1"]
    assert found.goals["value"].tolist()[1] == 2  # five units meet neither
    assert made(two(LOST, "compliance", stock=6)).goals["value"].tolist()[1] == 1


def test_max_min_raises_the_one_that_is_furthest() -> None:
    """Due are 99 each: a has 50, b 60; ten units go to a alone, then there are 60 each."""
    found = made(two(",a,100,50\n,b,100,60", "max_min", stock=10))
    assert served(found) == {"a": 10, "b": 0}
    least = found.goals.set_index("name").loc["least:1"]
    assert least["value"] == pytest.approx(1 - 60 / 99)
    assert least["bound"] == pytest.approx(least["value"])


def test_penalties_are_a_cost_and_decide_between_equals() -> None:
    """B is worth less but its contract has a penalty in both; units go where one can be saved."""
    scenario = two(",a,100,0\n,b,100,93", penalty={"flat": 50, "per_unit": 0.5}, stock=10)
    found = made(scenario)
    missing = 0.9 * 110 - 4
    contracts = found.solution.contracts.set_index("customer")
    assert contracts.loc["a", "penalty"] == pytest.approx(50 + 0.5 * missing)
    assert contracts.loc["b", "penalty"] == 0
    assert found.totals["cost"] == pytest.approx(50 + 0.5 * missing)


def test_the_judge_adds_penalties_up_itself() -> None:
    found = made(two(LOST, penalty={"flat": 50}))
    contracts = found.solution.contracts.assign(penalty=0.0)
    findings = judge(found.scenario, replace(found.solution, contracts=contracts))
    assert any("penalty is 0, must be 50" in text for text in findings)


def test_what_cannot_be_reached_is_said_first_and_what_can_be_is_not() -> None:
    found = made(two(LOST))
    assert found.notes[0].startswith("Tested first: the targets of tier 1 cannot all be reached")
    attainable = dict(found.solution.contracts.set_index("customer")["attainable"])
    missing = sum(0.9 - level for level in attainable.values()) * 110
    assert missing == pytest.approx(49 + 6 - 10)  # whoever gets the ten
    easy = made(two(",a,100,95\n,b,100,95", stock=20))
    assert easy.notes == ()
    assert easy.solution.contracts["attainable"].tolist() == [0.9, 0.9]


def test_without_a_ledger_nothing_is_tested() -> None:
    scenario = two("")
    found = made(scenario)
    assert found.solution.contracts["attainable"].isna().all()
    assert found.notes == ()


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("week", date(2026, 11, 23), date(2026, 11, 29)),
        ("month", date(2026, 11, 1), date(2026, 11, 30)),
        ("quarter", date(2026, 10, 1), date(2026, 12, 31)),
        ("year", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_review_period_is_one_of_the_calendar(period: str, first: date, last: date) -> None:
    assert ReviewPeriod(period).around(date(2026, 11, 23)) == (first, last)
    assert ReviewPeriod(period).around(last) == (first, last)
    found = made(two(LOST, review_period=period)).solution.contracts
    assert {day.date() for day in found["period_start"]} == {first}
    assert {day.date() for day in found["period_end"]} == {last}
