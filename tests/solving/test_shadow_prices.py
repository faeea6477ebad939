"""Prices of what is scarce: the first goal that a unit less changes, by how much, and money."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from models.goals import GoalKind, gain, kind_of
from models.scenario import Scenario
from models.solution import Status
from optimizer import plan
from optimizer.explaining.scarcity import binding_limits
from optimizer.planning.unit_less import unit_less
from tests.independent.optimum import goal_vector
from tests.support.forecast_scenarios import forecast_scenario
from tests.support.mixed_scenarios import mixed_scenario
from tests.support.relationship_scenarios import relationship_scenario
from tests.support.scenarios_as_text import make_scenario
from tests.support.seeds import seeds
from tests.support.tiny_scenarios import tiny_scenario

TABLES = {
    "customers": "customer,segment,region\nC,gold,north",
    "orders": "order,customer,requested\nA,C,2026-11-25\nB,C,2026-11-25\nD,C,2026-11-25",
    "lines": "order,line,item,quantity,unit_value\nA,1,pump,4,9\nB,1,pump,4,7\nD,1,hose,9,3",
    "lanes": "site,region,service,transit_days\nhub,north,standard,1",
    "stock": "site,item,on_hand\nhub,pump,6\nhub,hose,9",
}


def test_the_last_unit_is_worth_what_the_last_taker_pays() -> None:
    scenario = make_scenario({}, **TABLES)
    solution = plan(scenario).solution
    (row,) = solution.prices.to_dict("records")
    assert (row["resource"], row["site"], row["item"]) == ("stock", "hub", "pump")
    assert (row["goal"], row["by"], row["price"], row["slack"]) == ("value", 7.0, 7.0, 0.0)
    mine = solution.shortages[solution.shortages["order"] == "B"]
    scarce = binding_limits(mine, solution.prices, scenario.settings, 0.0)
    assert scarce["at_least"].sum() == pytest.approx(7.0 * mine["units"].sum())


def test_a_full_dock_has_a_price() -> None:
    capacity = "site,date,units\nhub,2026-11-23,5\nhub,2026-11-24,4\nhub,,0"
    solution = plan(make_scenario({}, **TABLES, site_capacity=capacity)).solution
    docks = solution.prices[solution.prices["resource"] == "site_capacity"]
    assert docks["price"].tolist() == [3.0, 3.0]
    stock = solution.prices[solution.prices["resource"] == "stock"]
    assert stock["price"].tolist() == [4.0]


def promised(measure: str, *shares: float) -> dict[str, object]:
    """Make segments gold, silver ... of tiers 1, 2 ..., with targets."""
    names = ("gold", "silver")
    return {
        name: {
            "tier": tier,
            "services": ["standard"],
            "target": {"measure": "unit_fill" if tier > 1 else measure, "level": share},
        }
        for tier, (name, share) in enumerate(zip(names, shares, strict=True), start=1)
    }


CUSTOMERS = "customer,segment,region\nG,gold,north\nS,silver,north"
TWO = {
    "customers": CUSTOMERS,
    "orders": "order,customer,requested\nA,G,2026-11-25\nB,S,2026-11-25",
    "lines": "order,line,item,quantity,unit_value\nA,1,pump,4,9\nB,1,pump,4,7\nB,2,hose,2,3",
    "lanes": TABLES["lanes"],
    "stock": "site,item,on_hand\nhub,pump,6\nhub,hose,1",
}


def priced(scenario: Scenario) -> list[tuple[object, ...]]:
    """Resource, item, goal, by and price of what is scarce, all of them put to the test."""
    solution = plan(scenario).solution
    for row in solution.prices.to_dict("records"):
        found = unit_less(scenario, solution, row)
        assert found is not None
        assert (found.first, row["slack"]) == (row["goal"], 0.0)
        assert found.goals[row["goal"]] == pytest.approx(row["by"])
        assert found.net == pytest.approx(row["price"])
    columns = ["resource", "item", "goal", "by", "price"]
    return list(solution.prices[columns].itertuples(index=False, name=None))


def test_a_unit_less_is_missed_by_the_promise_that_had_it() -> None:
    scenario = make_scenario({"segments": promised("unit_fill", 1.0, 1.0)}, **TWO)
    assert priced(scenario) == [
        ("stock", "hose", "target:2", 1.0, 3.0),
        ("stock", "pump", "target:2", 1.0, 7.0),
    ]
    words = plan(scenario).explain("B", "1").sentences()
    (told,) = [text for text in words if text.startswith("Scarce")]
    assert told == (
        "Scarce: pump at hub from 2026-11-23 on. 1 unit less here, goals before as they are: "
        "targets of tier 2 missed by at least 1 unit more; worth about 7 EUR."
    )
    words = plan(scenario).explain("B", "1", verify=True).sentences()
    end = " Planned again with 1 unit less: targets of tier 2 missed by 1 unit more; net value 7 "
    assert told + end + "EUR less." in words


def test_a_dear_unit_is_made_up_for_by_what_others_had() -> None:
    """Gold is promised 240 of 400 EUR: a pump of 50 less takes five hoses from silver."""
    changes = {
        "lines": "order,line,item,quantity,unit_value\n"
        "A,1,pump,4,50\nA,2,hose,20,10\nB,1,hose,20,12",
        "stock": "site,item,on_hand\nhub,pump,2\nhub,hose,20",
    }
    scenario = make_scenario({"segments": promised("value_fill", 0.6, 1.0)}, **(TWO | changes))
    assert priced(scenario) == [
        ("stock", "hose", "target:2", 1.0, 12.0),
        ("stock", "pump", "target:2", 5.0, 60.0),  # 50 lost, 50 more for gold, 60 less for silver
    ]


def test_a_promise_that_is_just_kept_is_what_gives_way() -> None:
    """Silver would pay 100 for each pump that gold needs all of, for 1: no price of 100."""
    changes = {
        "lines": "order,line,item,quantity,unit_value\nA,1,pump,4,1\nB,1,pump,4,100",
        "stock": "site,item,on_hand\nhub,pump,4",
    }
    scenario = make_scenario({"segments": promised("unit_fill", 1.0, 0.0)}, **(TWO | changes))
    assert priced(scenario) == [("stock", "pump", "target:1", 1.0, 1.0)]


def test_docks_lanes_and_groups_are_priced_by_goal_too() -> None:
    plenty = {"stock": "site,item,on_hand\nhub,pump,9\nhub,hose,9"}
    segments = {"segments": promised("unit_fill", 1.0, 1.0)}
    docks = "site,date,units\nhub,2026-11-23,7\nhub,,0"
    lanes = "site,region,service,date,units\nhub,north,standard,2026-11-23,7\nhub,north,standard,,0"
    group = "segment,item,at_most\nsilver,pump,3"
    tight = make_scenario(segments, **(TWO | plenty), site_capacity=docks)
    found = priced(tight)
    assert ("site_capacity", "", "target:2", 1.0, 7.0) in found
    tight = make_scenario(segments, **(TWO | plenty), lane_capacity=lanes)
    found = priced(tight)
    assert ("lane_capacity", "", "target:2", 1.0, 7.0) in found
    assert priced(make_scenario(segments, **(TWO | plenty), quotas=group)) == [
        ("quota", "", "target:2", 1.0, 7.0)
    ]


def test_without_the_goal_value_there_is_no_money() -> None:
    goals = {"segments": promised("unit_fill", 1.0, 1.0), "goals": ["targets"]}
    prices = plan(make_scenario(goals, **TWO)).solution.prices
    assert prices["goal"].tolist() == ["target:2"] * 2
    assert prices["price"].isna().all()


@pytest.mark.parametrize("draw", [mixed_scenario, relationship_scenario, forecast_scenario])
@pytest.mark.parametrize("seed", seeds(2, 60))
def test_a_unit_less_costs_at_least_what_is_said(
    draw: Callable[[int], Scenario], seed: int
) -> None:
    """No goal before the first one named stays and leaves that one better than said."""
    scenario = draw(seed)
    before = plan(scenario, diagnose=False).solution
    names = [goal.name for goal in before.goals]
    for row in before.prices.head(3).to_dict("records"):
        found = unit_less(scenario, before, row)
        least = row["by"] - row["slack"]
        if found is None or least <= 1e-4:
            continue
        first = names.index(found.first)
        assert first <= names.index(row["goal"]), row
        worse = found.goals[found.first]
        assert worse >= (least - 1e-4 if found.first == row["goal"] else 0.0), row


def one_less_on_hand(scenario: Scenario, row: Mapping[Hashable, Any]) -> Scenario | None:
    """Take a unit from the stock that a row is about; None where it is about none of day one."""
    stock = scenario["stock"]
    there = (stock["site"] == row["site"]) & (stock["item"] == row["item"])
    there &= stock["on_hand"] >= 1
    start = pd.Timestamp(scenario.settings.horizon.start)
    if row["resource"] != "stock" or row["date"] != start or not there.any():
        return None
    less = stock.assign(on_hand=stock["on_hand"] - (stock.index == there.idxmax()))
    return replace(scenario, tables={**scenario.tables, "stock": less})


@pytest.mark.parametrize("seed", seeds(6, 60))
def test_the_second_statement_misses_as_much(seed: int) -> None:
    """Optima before and after, found by a formulation of its own, in the order of the goals."""
    scenario = tiny_scenario(seed)
    solution = plan(scenario, diagnose=False).solution
    if solution.status is not Status.OPTIMAL or len(scenario["forecast"]):
        return
    before = goal_vector(scenario)
    for row in solution.prices.to_dict("records"):
        less = one_less_on_hand(scenario, row)
        if less is None or kind_of(row["goal"]) is GoalKind.FAIRNESS:
            continue
        after = goal_vector(less)
        worse = {name: gain(name, before[name], after[name]) for name in before}
        first = next((name for name, amount in worse.items() if abs(amount) > 1e-3), "")
        least = row["by"] - row["slack"] if first == row["goal"] else 0.0
        if row["by"] - row["slack"] > 1e-3:
            assert list(worse).index(first) <= list(worse).index(row["goal"]), row
            assert worse[first] >= least - 1e-3, row
