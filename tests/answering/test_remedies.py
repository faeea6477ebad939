"""Remedies: what is done and offered, and to whom."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pandas as pd
import pytest

from models.judge import broken_rules, judge
from models.scenario import Scenario
from models.settings import Policy
from models.solution import Solution
from optimizer import plan
from optimizer.policies import allocate
from tests.support.answers_as_text import one_line, one_segment
from tests.support.mixed_scenarios import mixed_scenario
from tests.support.seeds import seeds
from tests.support.solverless_plans import prepared, rule_outcome


@cache
def answer(scenario: Scenario, policy: Policy = Policy.FCFS) -> Solution:
    """Plan by a rule, judged."""
    found = rule_outcome(scenario, allocate(prepared(scenario), policy), policy=policy)
    assert [t for t in judge(scenario, found) if t.startswith("remedies")] == []
    return found


def offers(scenario: Scenario) -> dict[str, tuple[float, bool]]:
    table = plan(scenario).solution.remedies
    table = table[table["state"] == "offer"]
    return dict(
        zip(table["remedy"], zip(table["quantity"], table["on_time"], strict=True), strict=True)
    )


def test_a_complete_line_that_cannot_be_full_is_offered_in_part() -> None:
    scenario = one_line(
        lines="order,line,item,quantity,complete\nSO1,1,pump,10,true",
        stock="site,item,on_hand\nLYON,pump,6",
    )
    assert offers(scenario) == {"ship_part": (6.0, True)}


def test_what_is_dearer_than_it_is_worth_is_still_an_offer() -> None:
    """Express would be there in time, at 9 for what is worth 1."""
    scenario = one_line(
        {"services": {"standard": {}, "express": {"surcharge_per_unit": 9}}}
        | one_segment(services=["standard", "express"]),
        orders="order,customer,requested,cancel\nSO1,ACME,2026-11-24,2026-11-24",
        lanes="site,region,service,transit_days\nLYON,north,standard,3\nLYON,north,express,1",
    )
    assert offers(scenario) in ({}, {"express": (10.0, True)})
    slow = one_line(
        {"services": {"standard": {}, "express": {"surcharge_per_unit": 9}}}
        | one_segment(services=["standard", "express"]),
        orders="order,customer,requested\nSO1,ACME,2026-11-24",
        lanes="site,region,service,transit_days\nLYON,north,standard,3\nLYON,north,express,1",
    )
    assert offers(slow) == {"express": (10.0, True)}
    plain = one_line(
        {"services": {"standard": {}, "express": {"surcharge_per_unit": 9}}}
        | one_segment(services=["standard"]),
        orders="order,customer,requested\nSO1,ACME,2026-11-24",
        lanes="site,region,service,transit_days\nLYON,north,standard,3\nLYON,north,express,1",
    )
    assert offers(plain) == {}  # not entitled to it


def test_a_credit_is_for_segments_that_have_one() -> None:
    nothing = {"stock": "site,item,on_hand"}
    assert offers(one_line(one_segment(), **nothing)) == {}
    found = plan(one_line(one_segment(credit=0.1), **nothing)).solution.remedies
    assert found["remedy"].tolist() == ["credit"]
    assert found["cost"].tolist() == [1.0]  # a tenth of ten units worth 1


@pytest.mark.parametrize("seed", seeds(6, 24))
def test_each_offer_could_be_shipped_beside_the_plan(seed: int) -> None:
    """Shipped as well, in place of what comes late, it breaks no rule but the order's own."""
    scenario = mixed_scenario(seed)
    found = answer(scenario)
    table = found.remedies
    for row in table[(table["state"] == "offer") & (table["remedy"] != "credit")].to_dict(
        "records"
    ):
        kept = found.shipments
        mine = (kept["order"] == row["order"]) & (kept["line"] == row["line"])
        if row["on_time"]:
            kept = kept[~(mine & ~kept["on_time"])]
        swap = scenario["substitutes"].set_index(["item", "substitute"])["ratio"]
        ordered = scenario["lines"].set_index(["order", "line"])["item"]
        key = (ordered[row["order"], row["line"]], row["item"])
        each = 1.0 if key[0] == key[1] else float(swap[key])
        extra = pd.DataFrame([{**row, "quantity": row["quantity"] * each}])
        keys = ["order", "line", "item", "site", "service", "ship_date"]
        rows = pd.concat([kept[[*keys, "quantity"]], extra[[*keys, "quantity"]]])
        both = rows.groupby(keys, as_index=False).agg({"quantity": "sum"})
        findings = broken_rules(scenario, both, found.transfers)
        before = broken_rules(scenario, kept[[*keys, "quantity"]], found.transfers)
        new = [text for text in findings if text not in before]
        if row["remedy"] != "ship_part":
            assert new == [], (row, new)


def test_the_judge_refuses_what_a_segment_is_not_entitled_to() -> None:
    scenario = one_line(one_segment(credit=0.1), stock="site,item,on_hand")
    found = plan(scenario).solution
    dear = found.remedies.assign(cost=2.0)
    assert any(
        "not what the segment offers" in t for t in judge(scenario, replace(found, remedies=dear))
    )


def test_an_offer_comes_on_top_of_a_promise_that_goes_the_same_way() -> None:
    """One unit is promised outside of packs; two more, a pack, could still go with it."""
    scenario = one_line(
        lines="order,line,item,quantity,complete\nSO1,1,pump,4,true",
        stock="site,item,on_hand\nLYON,pump,3",
        items="item,pack\npump,2",
        commitments="order,line,site,service,ship_date,quantity\nSO1,1,LYON,standard,2026-11-23,1",
    )
    assert offers(scenario)["ship_part"] == (2.0, True)
