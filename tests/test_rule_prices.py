"""What rules cost: exactly the difference of two plans, nothing where nothing depends on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from building import make_scenario

from models.scenario import Scenario
from optimizer import plan
from optimizer.business_rules import rules_of
from optimizer.cli import main
from optimizer.rule_prices import rule_prices

SEGMENTS = {
    "gold": {"tier": 1, "services": ["standard"], "floor": 0.5},
    "base": {"tier": 2, "services": ["standard"], "floor": 0.5},
}
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
    found = rule_prices(scenario, made.solution.goals, made.solution.totals, rules_of(scenario))
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
        "row 1 of quotas": nothing,
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
    assert "1 rule of 2 cost nothing" in told
    rows = (run / "rule_prices.csv").read_text().splitlines()
    assert rows[1] == "the cap of 5 units on order O1 line 1,value,4,EUR,4,0,0,true"
