"""Receipts that should have come already, and stock below zero: what is really there."""

from __future__ import annotations

import pytest

from models.judge import broken_rules, judge
from models.scenario import Scenario
from models.settings import Policy
from optimizer import Plan, plan, read_scenario
from optimizer.explaining import LineExplainer
from optimizer.reading.supply_advice import about_overdue, about_owed
from tests.independent.optimum import goal_vector
from tests.support.cases import case_folder
from tests.support.owed_scenarios import owed_scenario
from tests.support.scenarios_as_text import make_scenario
from tests.support.seeds import seeds

SEEDS = seeds(4, 200)
HEADER = {"goals": ["commitments", "floors", "targets", "fill", "value"]}
TABLES = {
    "customers": "customer,segment,region\nacme,gold,north",
    "orders": "order,customer,requested\nO,acme,2026-11-26",
    "lanes": "site,region,service,transit_days\nHAM,north,standard,1\nAMS,north,standard,1",
}
STOCK, RECEIPTS = "site,item,on_hand\n", "site,item,date,quantity,confidence\n"


def scenario_of(
    wanted: int,
    stock: str,
    receipts: str = "",
    *,
    least: float = 0.0,
    overdue: str = "ignore",
    **tables: str,
) -> Scenario:
    """Make a scenario with one order of pumps, wanted in full on Thursday."""
    segment = {"tier": 1, "services": ["standard"], "min_confidence": least}
    header = {**HEADER, "segments": {"gold": segment}, "receipts_overdue": overdue}
    more = {"lines": f"order,line,item,quantity,unit_value\nO,1,pump,{wanted},20"}
    return make_scenario(
        header, stock=STOCK + stock, receipts=RECEIPTS + receipts, **(TABLES | more | tables)
    )


def delivered(result: Plan) -> float:
    assert judge(result.scenario, result.solution) == []
    return float(result.lines["delivered"].sum())


CASES = [
    ("3 from the other site", (3, "AMS,pump,-4\nHAM,pump,3"), {}, 3),
    ("6 of a receipt of 10", (10, "AMS,pump,-4", "AMS,pump,2026-11-24,10,1"), {}, 6),
    ("nothing where more is owed", (5, "AMS,pump,-12", "AMS,pump,2026-11-24,10,1"), {}, 0),
    ("the first receipts pay", (9, "AMS,pump,-4", "AMS,pump,2026-11-23,3,1\nAMS,pump,2026-11-25,5,1"), {}, 4),  # noqa: E501
    ("too late for the order", (9, "AMS,pump,-4", "AMS,pump,2026-11-26,9,1"), {}, 5),
    ("no other item pays", (9, "AMS,valve,-4\nAMS,pump,2", "AMS,pump,2026-11-24,3,1"), {}, 5),
    ("an uncertain receipt pays for all", (9, "AMS,pump,-4", "AMS,pump,2026-11-23,6,0.5\nAMS,pump,2026-11-24,5,1"), {}, 7),  # noqa: E501
    ("certain units pay for the certain", (9, "AMS,pump,-4", "AMS,pump,2026-11-23,6,0.5\nAMS,pump,2026-11-24,5,1"), {"least": 0.9}, 1),  # noqa: E501
    ("overdue pays when it has come", (9, "AMS,pump,-4", "AMS,pump,2026-11-20,6,0.5"), {"overdue": "on_hand", "least": 0.9}, 2),  # noqa: E501
    ("ignored", (9, "AMS,pump,1", "AMS,pump,2026-11-20,6,1"), {}, 1),
    ("on hand for certain", (9, "AMS,pump,1", "AMS,pump,2026-11-20,6,0.5"), {"overdue": "on_hand", "least": 1.0}, 7),  # noqa: E501
    ("on the first day, uncertain", (9, "AMS,pump,1", "AMS,pump,2026-11-20,6,0.5"), {"overdue": "start", "least": 1.0}, 1),  # noqa: E501
    ("on the first day", (9, "AMS,pump,1", "AMS,pump,2026-11-20,6,0.5"), {"overdue": "start"}, 7),
    ("of the start day", (9, "AMS,pump,1", "AMS,pump,2026-11-23,6,1"), {}, 7),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "terms", "units"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_what_is_there_is_delivered(
    given: tuple[int, str], terms: dict[str, object], units: float
) -> None:
    scenario = scenario_of(*given, **terms)  # type: ignore[arg-type]
    assert delivered(plan(scenario)) == units
    assert delivered(plan(scenario, policy=Policy.EDD)) == units


def test_what_is_owed_cannot_be_transferred() -> None:
    ways = "from_site,to_site,transit_days,cost_per_unit\nAMS,HAM,0,0\nHAM,AMS,0,0"
    scenario = scenario_of(9, "AMS,pump,-4\nHAM,pump,3", "AMS,pump,2026-11-24,6,1", transfers=ways)
    assert delivered(plan(scenario)) == 5


def test_protected_units_and_caps_count_what_is_free() -> None:
    scenario = scenario_of(
        9,
        "AMS,pump,-4",
        "AMS,pump,2026-11-24,10,1\nAMS,pump,2026-11-20,10,1",
        customers="customer,segment,region\nacme,gold,north\nkept,gold,north",
        quotas="customer,item,protected\nkept,pump,2",
    )
    assert delivered(plan(scenario)) == 4


def test_more_supply_that_would_fill_it_pays_what_is_owed_too() -> None:
    scenario = scenario_of(5, "AMS,pump,-4", "AMS,pump,2026-11-20,5,1")
    result = plan(scenario)
    with LineExplainer(result.scenario, result.solution) as explainer:
        told = explainer.explain("O", "1")
    (fill,) = [fill for fill in told.fills if fill.kind == "supply"]
    if fill.parts["site"].iloc[0] == "AMS":
        assert fill.units == 9
    filled = plan(fill.change(scenario))
    assert delivered(filled) == 5
    assert delivered(plan(fill.less().change(scenario))) == 4


def test_an_overdue_receipt_is_named_where_it_would_fill_the_line() -> None:
    result = plan(scenario_of(5, "AMS,pump,1", "AMS,pump,2026-11-20,6,1\nAMS,pump,2026-11-21,1,1"))
    assert result.lines["reason"].tolist() == ["late_receipt"]
    with LineExplainer(result.scenario, result.solution) as explainer:
        words = str(explainer.explain("O", "1"))
    assert "by 2026-11-25 (7 are overdue there since 2026-11-20 and not counted)" in words


def test_a_planner_is_told() -> None:
    scenario = scenario_of(
        5, "AMS,pump,-4\nHAM,pump,-1", "AMS,pump,2026-11-20,6,1\nAMS,pump,2026-11-21,1,1"
    )
    assert about_overdue(scenario.settings, scenario["receipts"]) == (
        "2 receipts (7 units) are dated before the start and not counted, 6 of 'pump' at 'AMS' on "
        "2026-11-20 first. Write the day on which they will come, or set receipts_overdue."
    )
    assert about_owed(scenario["stock"]) == (
        "2 rows of stock (5 units) are below zero, -4 of 'pump' at 'AMS' first: what is owed is "
        "taken from the next receipts there."
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_generated_scenarios_agree_with_the_second_statement(seed: int) -> None:
    scenario = owed_scenario(seed)
    result = plan(scenario, diagnose=False)
    assert judge(scenario, result.solution) == []
    found = {goal.name: goal.value for goal in result.solution.goals}
    expected = goal_vector(scenario)
    assert found == pytest.approx(expected, abs=1e-4)
    ruled = plan(scenario, policy=Policy.SEGMENT_PRIORITY, diagnose=False)
    assert broken_rules(scenario, ruled.shipments, ruled.solution.transfers) == []


def test_the_purchase_order_of_last_week_is_not_there() -> None:
    folder = case_folder("36-overdue-purchase-order", "scenario")
    scenario = read_scenario(folder)
    assert delivered(plan(scenario)) == 0
    assert any("1 receipt (10 units) is dated" in text for text in scenario.warnings)


def test_stock_below_zero_eats_no_other_sites_stock() -> None:
    scenario = read_scenario(case_folder("10-negative-stock", "as-in-erp"))
    result = plan(scenario)
    assert delivered(result) == 3
    assert set(result.shipments["site"]) == {"HAM"}
