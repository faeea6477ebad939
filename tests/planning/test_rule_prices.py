"""What rules cost: exactly the difference of two plans, nothing where nothing depends on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.scenario import Scenario
from optimizer import plan
from optimizer.cli import main
from optimizer.planning.business_rules import rules_of
from optimizer.planning.rule_prices import rule_prices
from tests.support.scenarios_as_text import make_scenario

SEGMENTS = {
    "gold": {"tier": 1, "services": ["standard"], "floor": 0.5},
    "base": {"tier": 2, "services": ["standard"], "floor": 0.5},
}
GOLD = {"tier": 1, "services": ["standard"]}
TABLES = {
    "customers": "customer,segment,region\nG,gold,north\nB,base,north",
    "orders": "order,customer,requested\nO1,G,2026-11-25\nO2,B,2026-11-25\nO3,B,2026-11-25",
    "lines": "order,line,item,quantity,unit_value\nO1,1,pump,6,9\nO2,1,pump,4,5\nO3,1,hose,2,3",
    "lanes": "site,region,service,transit_days\nhub,north,standard,1",
    "stock": "site,item,on_hand\nhub,pump,7\nhub,hose,9",
    "overrides": "order,line,action,value\nO1,1,quantity,5\nO3,1,quantity,2",
    "quotas": "item,at_most\nhose,9",
}


def prices(scenario: Scenario) -> dict[str, list[object]]:
    made = plan(scenario)
    found = rule_prices(scenario, made.solution, rules_of(scenario))
    assert found["proved"].all()
    return {
        row["rule"]: [row["goal"], row["better"], row["net_value"], row["units"]]
        for row in found.to_dict("records")
    }


def test_each_rule_costs_what_the_plan_without_it_has_more() -> None:
    found = prices(make_scenario({"segments": SEGMENTS}, **TABLES))
    nothing = ["", 0.0, 0.0, 0.0]
    assert found == {
        "the cap of 5 units on order O1 line 1": ["value", 4.0, 4.0, 0.0],
        "the cap of 2 units on order O3 line 1": nothing,
        "the floor of 50.0 % for segment gold": nothing,
        "the floor of 50.0 % for segment base": nothing,
        "row 1 of quotas (at most 9, item hose)": nothing,
    }


def test_a_floor_that_takes_from_the_dearer_costs_the_difference() -> None:
    """Base gets 4 of its 6 units instead of 3 by its floor, one of them gold's."""
    tables = {name: text for name, text in TABLES.items() if name not in ("overrides", "quotas")}
    segments = SEGMENTS | {"base": {"tier": 2, "services": ["standard"], "floor": 0.66}}
    found = prices(make_scenario({"segments": segments}, **tables))
    assert found["the floor of 66.0 % for segment base"] == ["value", 4.0, 4.0, 0.0]


def test_the_command_tells_prices_and_writes_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = plan(make_scenario({"segments": SEGMENTS}, **TABLES)).write(tmp_path / "run")
    assert main(["rules", str(run), "--only", "cap"]) == 0
    told = capsys.readouterr().out
    assert "the cap of 5 units on order O1" in told
    assert "1 rule of 2 costs nothing" in told
    rows = (run / "rule_prices.csv").read_text().splitlines()
    assert rows[1] == "the cap of 5 units on order O1 line 1,value,4,EUR,4,0,0,true"


def test_a_promise_that_nobody_else_pays_for_costs_nothing() -> None:
    """Gold cannot get its hoses; that its target is missed less without it is no gain."""
    segments = {
        "gold": {**GOLD, "target": {"measure": "unit_otif", "level": 1.0}},
        "base": {**GOLD, "target": {"measure": "unit_otif", "level": 1.0}},
    }
    tables = {name: text for name, text in TABLES.items() if name not in ("overrides", "quotas")}
    apart = tables | {"stock": "site,item,on_hand\nhub,pump,4\nhub,hose,9"}
    apart["lines"] = (
        "order,line,item,quantity,unit_value\nO1,1,bolt,6,9\nO2,1,pump,4,5\nO3,1,hose,2,3"
    )
    found = prices(make_scenario({"segments": segments}, **apart))
    assert found["the target of 100.0 % for segment gold"] == ["", 0.0, 0.0, 0.0]
    shared = tables | {"stock": "site,item,on_hand\nhub,pump,7\nhub,hose,9"}
    found = prices(make_scenario({"segments": segments}, **shared))
    # of 10 pumps wanted 7 are there: gold gets 6 of them, as the dearer, and base lacks 3
    assert found["the target of 100.0 % for segment gold"] == ["target:1", 3.0, -12.0, 0.0]


def test_who_only_moves_to_another_tier_gains_nothing() -> None:
    target = {"measure": "unit_otif", "level": 1.0}
    segments = {
        "gold": {"tier": 1, "services": ["standard"], "target": target},
        "base": {"tier": 2, "services": ["standard"], "target": target},
    }
    tables = {name: text for name, text in TABLES.items() if name != "quotas"}
    tables["overrides"] = "order,line,action,value\nO3,1,tier,1"
    tables["stock"] = "site,item,on_hand\nhub,pump,7"
    found = prices(make_scenario({"segments": segments}, **tables))
    assert found["the move to tier 1 on order O3 line 1"] == ["", 0.0, 0.0, 0.0]


def test_what_value_gave_up_to_fairness_is_the_price_of_fairness() -> None:
    """Dear gives the cheap customer what is fair; without that, all would go to it."""
    scenario = make_scenario(
        {
            "segments": {"gold": {**GOLD, "fairness": "max_min"}},
            "give_up": {"value": 0.5},
            "solver": {"relative_gap": 0.0},
        },
        customers="customer,segment,region\nD,gold,north\nC,gold,north",
        orders="order,customer,requested\nO1,D,2026-11-25\nO2,C,2026-11-25",
        lines="order,line,item,quantity,unit_value\nO1,1,pump,10,5\nO2,1,pump,10,4",
        lanes="site,region,service,transit_days\nhub,north,standard,1",
        stock="site,item,on_hand\nhub,pump,10",
    )
    found = prices(scenario)
    gained = ["value", 5.0, 5.0, 0.0]
    assert found["max_min fairness in segment gold"] == gained
    assert found["the 50.0 % of value that fairness and stability may cost"] == gained


def test_every_kind_of_rule_is_found() -> None:
    scenario = make_scenario(
        {
            "segments": {
                "gold": {
                    **GOLD,
                    "floor": 0.5,
                    "target": {"measure": "unit_otif", "level": 0.9},
                    "max_days_late": 3,
                    "max_cost_share": 0.5,
                    "min_confidence": 0.8,
                    "fairness": "max_min",
                }
            },
            "services": {"standard": {}, "express": {}},
            "stages": {"crisis": {"floor": 0.8, "lends_services": ["express"]}},
            "stability": {"max_changed_lines": 3},
            "give_up": {"value": 0.01},
        },
        customers="customer,segment,region,stage,stage_since\nG,gold,north,crisis,2026-11-23",
        orders="order,customer,requested,ship_complete,max_shipments,service\n"
        "O1,G,2026-11-25,true,2,\nO2,G,2026-11-25,,,standard",
        lines="order,line,item,quantity,complete,min_fill\nO1,1,pump,6,,\nO1,2,pump,6,true,\n"
        "O2,1,hose,4,,0.5",
        items="item,pack\nhose,2",
        lanes="site,region,service,transit_days\nhub,north,standard,1\nhub,north,express,1",
        stock="site,item,on_hand\nhub,pump,20\nhub,hose,20",
        substitutes="item,substitute,segments\nhose,pump,gold",
        quotas="item,at_most,protected,segment\npump,15,,\nhose,,2,gold",
        commitments="order,line,site,service,ship_date,quantity,frozen\n"
        "O1,1,hub,standard,2026-11-23,6,true\nO2,1,hub,standard,2026-11-23,4,false",
        overrides="order,line,action,value\nO1,1,lock,\nO1,2,expedite,\nO2,1,quantity,3",
        forecast="segment,region,item,requested,quantity\ngold,north,pump,2026-11-27,2",
    )
    assert sorted(rule.words for rule in rules_of(scenario)) == [
        "at most 3 days late for segment gold",
        "at most 50.0 % of value for cost in segment gold",
        "lines all or nothing",
        "max_min fairness in segment gold",
        "row 1 of quotas (at most 15, item pump)",
        "row 2 of quotas (2 protected, item hose, segment gold)",
        "services that orders ask for",
        "ship-complete orders",
        "substitutes for some segments only",
        "supply of at least 80.0 % certainty for segment gold",
        "the 1.0 % of value that fairness and stability may cost",
        "the better tier at stage crisis",
        "the cap of 3 units on order O2 line 1",
        "the cap of 8.0 % of supply at stage crisis",
        "the change budget",
        "the commitments of order O1 line 1, 6 units",
        "the expedite on order O1 line 2",
        "the floor of 50.0 % for segment gold",
        "the floor of 80.0 % at stage crisis",
        "the forecast of segment gold",
        "the least fill of lines",
        "the limit to standard for segment gold",
        "the lock on order O1 line 1",
        "the most parcels of orders",
        "the plan that changes are counted from",
        "the services lent at stage crisis",
        "the target of 90.0 % for segment gold",
        "whole packs of items",
    ]


def test_a_plan_by_a_rule_of_today_has_no_prices(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = plan(make_scenario({"segments": SEGMENTS}, **TABLES), "fcfs")
    assert main(["rules", str(made.write(tmp_path / "run"))]) == 2
    assert "policy fcfs, which proves nothing" in capsys.readouterr().err


def test_words_that_no_rule_has_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = plan(make_scenario({"segments": SEGMENTS}, **TABLES)).write(tmp_path / "run")
    assert main(["rules", str(run), "--only", "lok"]) == 2
    assert "no rule of the run contains 'lok'" in capsys.readouterr().err
