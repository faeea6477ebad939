"""Stages of a relationship: what they change, for how long, and what they never change."""

from __future__ import annotations

from typing import Any

import pytest
from pandas.testing import assert_frame_equal

from models.judge import broken_rules, judge
from models.relationship import StageName
from models.scenario import Scenario
from optimizer import Plan, plan
from tests.support.answers_as_text import Case, assert_limit, one_line, shipments_of
from tests.support.scenarios_as_text import make_scenario

ORDERS = "order,customer,requested\nA,a,2026-11-25\nB,b,2026-11-25"
LINES = "order,line,item,quantity\nA,1,pump,{0}\nB,1,pump,{1}"
LANES = "site,region,service,transit_days\nLYON,north,standard,1"
TARGET = {"measure": "unit_otif", "level": 1.0}

"""Nothing is asked of why the floor of a stage is missed."""


def two(
    stage: str,
    since: str = "",
    *,
    ordered: tuple[int, int] = (10, 10),
    stock: int = 100,
    tier: int = 2,
    header: dict[str, Any] | None = None,
    **tables: str,
) -> Scenario:
    """Build customers a and b of one segment, alike but for the stage of b."""
    gold = {"tier": tier, "target": TARGET, "services": ["standard"]}
    known = {
        "customers": f"customer,segment,region,stage,stage_since\n"
        f"a,gold,north,,\nb,gold,north,{stage},{since}",
        "orders": ORDERS,
        "lines": LINES.format(*ordered),
        "lanes": LANES,
        "stock": f"site,item,on_hand\nLYON,pump,{stock}",
    }
    return make_scenario({"segments": {"gold": gold}} | (header or {}), **(known | tables))


def served(found: Plan) -> dict[str, float]:
    """Return what each customer gets of a plan that the judge accepts."""
    assert judge(found.scenario, found.solution) == []
    return dict(found.lines.set_index("customer")["delivered"])


def test_a_customer_in_crisis_is_served_before_its_like() -> None:
    """Both order 10, and 10 are there; the cap is out of the way."""
    header = {"stages": {"crisis": {"supply_share_cap": 1.0}}}
    found = plan(two("crisis", stock=10, header=header))
    assert served(found) == {"a": 0, "b": 10}
    assert found.lines["tier"].tolist() == [2, 1]


@pytest.mark.parametrize(("cap", "units"), [(0.2, 2), (0.5, 5), (0.08, 1), (1.0, 10)])
def test_all_in_crisis_take_no_more_than_their_share_or_a_pack(cap: float, units: int) -> None:
    header = {"stages": {"crisis": {"supply_share_cap": cap}}}
    found = plan(two("crisis", stock=10, header=header), diagnose=False)
    assert served(found) == {"a": 10 - units, "b": units}
    reasons = dict(found.lines.set_index("customer")["reason"])
    assert reasons == (
        {"a": "higher_tier", "b": "quota"} if units < 10 else {"a": "higher_tier", "b": ""}
    )


@pytest.mark.parametrize(
    ("stage", "since", "over"),
    [
        ("crisis", "2026-10-24", True),  # 30 days before the start
        ("crisis", "2026-10-25", False),
        ("recovery", "2026-09-24", True),  # 60 days
        ("recovery", "2026-09-25", False),
        ("crisis", "", False),
    ],
)
def test_a_stage_ends_and_then_the_plan_is_the_one_without_it(
    stage: str, since: str, *, over: bool
) -> None:
    after = {"crisis": "commit", "recovery": "develop"}[stage]
    header = {"stages": {"crisis": {"supply_share_cap": 0.6}}}
    found = plan(two(stage, since, stock=10, header=header), diagnose=False)
    without = plan(two(after, since, stock=10, header=header), diagnose=False)
    assert found.lines["stage"].iloc[1] == (after if over else stage)
    assert (found.solution.goals == without.solution.goals) is over
    if over:
        assert_frame_equal(found.shipments, without.shipments)
        assert_frame_equal(found.lines, without.lines)


def test_recovery_has_a_floor_before_the_targets_of_its_tier() -> None:
    found = plan(two("recovery", ordered=(30, 10), stock=12))
    assert {g.name: g.value for g in found.solution.goals}["floor:2"] == 0
    assert served(found)["b"] >= 9
    rows = found.shipments[found.shipments["order"] == "B"]
    assert set(rows["reason"]) == {"floor"}


def test_no_stage_moves_anybody_above_the_first_tier_or_more_than_one_up() -> None:
    assert plan(two("crisis", tier=1), diagnose=False).lines["tier"].tolist() == [1, 1]
    assert plan(two("crisis", tier=5), diagnose=False).lines["tier"].tolist() == [5, 4]


def test_a_stage_moves_nobody_to_a_tier_that_counts_something_else() -> None:
    settings = two("crisis").settings
    by_order = {
        "tier": 1,
        "target": {"measure": "order_otif", "level": 0.9},
        "services": ["standard"],
    }
    other = settings.model_dump(mode="json", exclude_none=True)
    other["segments"]["first"] = by_order
    mixed = type(settings).model_validate(other)
    assert settings.tier_of("gold", StageName.CRISIS) == 1
    assert mixed.tier_of("gold", StageName.CRISIS) == 2


def test_an_override_wins_over_the_tier_of_a_stage() -> None:
    found = plan(two("crisis", overrides="order,line,action,value\nB,,tier,4"), diagnose=False)
    assert found.lines["tier"].tolist() == [2, 4]


LENT: dict[str, Any] = {
    "services": {"standard": {}, "express": {}},
    "stages": {"recovery": {"lends_services": ["express"]}},
}
TWO_LANES = {"lanes": f"{LANES}\nLYON,north,express,0"}


def test_a_stage_lends_services_to_its_own_customers_only() -> None:
    customers = "customer,segment,region,stage\nACME,gold,north,{}"
    way = "SO1/1 10 pump LYON {} 23"
    for stage, findings in (("recovery", 0), ("commit", 1)):
        scenario = one_line(LENT, **TWO_LANES, customers=customers.format(stage))
        assert len(broken_rules(scenario, shipments_of(way.format("express")))) == findings
        assert broken_rules(scenario, shipments_of(way.format("standard"))) == []
    late = "order,customer,requested\nA,a,2026-11-23\nB,b,2026-11-23"
    found = plan(two("recovery", header=LENT, lanes=TWO_LANES["lanes"], orders=late))
    assert served(found) == {"a": 10, "b": 10}
    services = found.shipments.groupby("order")["service"].agg(set).to_dict()
    assert services == {"A": {"standard"}, "B": {"express"}}


def test_the_judge_refuses_more_than_the_share_to_all_in_crisis() -> None:
    assert_limit(
        Case(
            {
                "customers": "customer,segment,region,stage\nACME,gold,north,crisis",
                "stock": "site,item,on_hand\nLYON,pump,90",
                "receipts": "site,item,date,quantity\nLYON,pump,2026-11-24,10",
            },
            "SO1/1 8 pump LYON standard 24",
            "SO1/1 9 pump LYON standard 24",
            "customers in crisis take 9 units together, at most 8 may",
        )
    )


def test_frozen_units_may_exceed_the_share_and_nothing_else_then_ships() -> None:
    commitments = "order,line,site,service,ship_date,quantity\nB,1,LYON,standard,2026-11-23,3"
    found = plan(two("crisis", stock=10, commitments=commitments), diagnose=False)
    assert served(found) == {"a": 7, "b": 3}


def test_a_floor_that_the_cap_of_its_stage_forbids_is_named() -> None:
    """9 of the 10 units are promised to b, whom 8 % of 100 leave 8."""
    found = plan(two("crisis"))
    assert served(found) == {"a": 10, "b": 8}
    assert found.conflict is not None
    assert found.conflict.rules == (
        "the floor of 90.0 % at stage crisis",
        "the cap of 8.0 % of supply at stage crisis",
    )
