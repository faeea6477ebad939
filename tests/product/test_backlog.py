"""What is overdue: measures of it, floors of stages, and days that are lost to every plan alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from models.judge import judge
from models.scenario import Scenario
from models.settings import Floor, Measure, Segment
from optimizer import Plan, plan, read_scenario
from tests.independent.optimum import goal_vector
from tests.support.backlog_scenarios import with_other_floors
from tests.support.cases import case_folder
from tests.support.relationship_scenarios import relationship_scenario
from tests.support.scenarios_as_text import make_scenario
from tests.support.tiny_scenarios import tiny_scenario

SEEDS = range(5)
GOLD: dict[str, Any] = {
    "tier": 1,
    "services": ["standard"],
    "target": {"measure": "unit_otif", "level": 0.9},
}
HALF = {"measure": "backlog_fill", "level": 0.5}
TABLES = {
    "customers": "customer,segment,region,stage\na,gold,north,\nb,gold,north,",
    "orders": "order,customer,requested,ordered\n"
    "OLD,a,2026-11-10,2026-11-02\nNEW,b,2026-11-24,2026-11-20",
    "lines": "order,line,item,quantity,unit_value\nOLD,1,pump,4,10\nNEW,1,pump,4,10",
    "lanes": "site,region,service,transit_days,cost_per_unit\nplant,north,standard,1,1",
    "stock": "site,item,on_hand\nplant,pump,4",
}


def book(segment: dict[str, Any], /, **tables: str) -> Scenario:
    header = {"horizon": {"start": "2026-11-23", "days": 2}, "segments": {"gold": GOLD | segment}}
    return make_scenario(header, **(TABLES | tables))


def delivered(found: Plan) -> dict[str, float]:
    return dict(zip(found.lines["order"], found.lines["delivered"], strict=True))


@pytest.mark.parametrize("make", [tiny_scenario, relationship_scenario])
@pytest.mark.parametrize("seed", SEEDS)
def test_floors_in_other_measures_reach_the_independent_optimum(make: Any, seed: int) -> None:
    scenario = with_other_floors(make(seed), seed)
    found = plan(scenario, diagnose=False)
    assert judge(scenario, found.solution) == []
    values = {goal.name: goal.value for goal in found.solution.goals}
    assert values == pytest.approx(goal_vector(scenario), abs=1e-4, rel=1e-6)


def test_a_floor_of_the_backlog_is_kept_beside_any_target() -> None:
    assert delivered(plan(book({}), diagnose=False)) == {"OLD": 0, "NEW": 4}
    found = plan(book({"floor": HALF}), diagnose=False)
    assert delivered(found) == {"OLD": 2, "NEW": 2}
    told = found.service[["measure", "target", "floor", "achieved", "shortfall"]].fillna(-1)
    rows = told[told[["target", "floor"]].max(axis=1) > 0].to_numpy().tolist()
    assert rows == [
        ["unit_otif", 0.9, -1, 0.25, pytest.approx(5.2)],
        ["backlog_fill", -1, 0.5, 0.5, 0],
    ]
    assert set(found.shipments["reason"]) == {"floor", "target"}


def test_it_is_kept_where_nothing_is_overdue() -> None:
    orders = TABLES["orders"].replace("2026-11-10", "2026-11-24")
    found = plan(book({"floor": HALF | {"level": 1}}, orders=orders), diagnose=False)
    assert {g.name: g.value for g in found.solution.goals}["floor:1"] == 0
    assert found.service.set_index("measure")["achieved"].isna()["backlog_fill"]


@pytest.mark.parametrize("policy", ["optimal", "edd"])
def test_the_backlog_may_be_a_target(policy: str) -> None:
    target = {"target": {"measure": "backlog_fill", "level": 1}, "floor": 0.5}
    found = plan(book(target), policy, diagnose=False)
    assert delivered(found) == {"OLD": 4, "NEW": 0}
    assert {g.name: g.value for g in found.solution.goals}["target:1"] == 0


def test_a_floor_of_a_stage_counts_what_is_overdue() -> None:
    customers = TABLES["customers"].replace("a,gold,north,", "a,gold,north,recovery")
    assert delivered(plan(book({}, customers=customers), diagnose=False)) == {"OLD": 4, "NEW": 0}


def test_days_that_have_passed_are_lost_to_every_plan() -> None:
    stock = "site,item,on_hand\nplant,pump,8"
    found = plan(book({"value_kept_per_day_late": 0.5}, stock=stock), diagnose=False)
    assert found.totals["delivered_value"] == 80
    assert found.shipments.set_index("order")["days_late"].to_dict() == {"OLD": 14, "NEW": 0}


def test_floors_that_share_a_tier_count_the_same() -> None:
    segments = {
        "gold": Segment.model_validate(GOLD | {"floor": HALF}),
        "core": Segment.model_validate(GOLD | {"floor": HALF | {"measure": "line_fill"}}),
    }
    with pytest.raises(ValueError, match="share tier 1 but count units and lines"):
        book({}).settings.model_validate(book({}).settings.model_dump() | {"segments": segments})


CASES = {
    "week": 5,
    "week-tier-1": 5,
    "week-own-segment": 10,
    "week-stage-recovery": 9,
    "week-frozen-by-hand": 10,
    "otif-target": 5,
}
"""What the old order gets in the cases of others; in some, with a floor of half the backlog."""


@pytest.mark.parametrize("case", CASES)
def test_an_old_order_gets_its_share_in_the_cases_of_others(case: str) -> None:
    scenario = read_scenario(case_folder("17-old-backorder-starves", case))
    if case in ("week", "week-tier-1", "otif-target"):
        assert delivered(plan(scenario, diagnose=False))["OLD-1"] == 0
        gold = scenario.settings.segments["gold"].model_copy(
            update={"floor": Floor(measure=Measure.BACKLOG_FILL, level=0.5)}
        )
        segments = scenario.settings.segments | {"gold": gold}
        settings = scenario.settings.model_copy(update={"segments": segments})
        scenario = replace(scenario, settings=settings)
    assert delivered(plan(scenario, diagnose=False))["OLD-1"] == CASES[case]
