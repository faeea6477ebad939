"""Rules that exclude each other: all that are needed for the conflict are named, and no other."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from models.scenario import Scenario
from models.settings import Stability
from optimizer import plan
from optimizer.common.clock import Clock
from optimizer.planning.business_rules import BusinessRule, rules_of
from optimizer.planning.conflicts import Conflict, _Search, conflict_of
from tests.support.scenarios_as_text import make_scenario

TABLES = {
    "customers": "customer,segment,region\nG,gold,north\nS,silver,north",
    "orders": "order,customer,requested\nA,G,2026-11-25\nB,S,2026-11-25",
    "lines": "order,line,item,quantity\nA,1,pump,10\nA,2,hose,4\nB,1,pump,6",
    "lanes": "site,region,service,transit_days\nhub,north,standard,1",
    "stock": "site,item,on_hand\nhub,pump,10\nhub,hose,4",
}
COMMITTED = {
    "commitments": "order,line,site,service,ship_date,quantity\nB,1,hub,standard,2026-11-23,6"
}
LOCKED = {
    "commitments": COMMITTED["commitments"].replace("quantity", "quantity,frozen") + ",false",
    "overrides": "order,line,action\nB,1,lock",
}
UNRELATED = {"quotas": "item,at_most,protected\nhose,4,\nhose,,1"}
"""Nobody is kept from anything by these."""


def book(gold: float | None = None, silver: float | None = None, **tables: str) -> Scenario:
    """Guarantee shares of what was ordered, in units."""
    segments: dict[str, Any] = {
        "gold": {"tier": 1, "services": ["standard"]},
        "silver": {"tier": 2, "services": ["standard"]},
    }
    for name, floor in (("gold", gold), ("silver", silver)):
        if floor is not None:
            segments[name] |= {"floor": floor}
    return make_scenario({"segments": segments}, **(TABLES | tables))


def found(scenario: Scenario) -> Conflict:
    conflict = conflict_of(scenario, Clock(120.0), threading.Event())
    assert conflict is not None
    assert conflict.complete
    return conflict


GOLD, SILVER = "the floor of 90.0 % for segment gold", "the floor of 80.0 % for segment silver"
ORDER_B = "the commitments of order B line 1, 6 units"


@pytest.mark.parametrize(
    ("scenario", "rules"),
    [
        (book(0.9, None, **COMMITTED, **UNRELATED), {GOLD, ORDER_B}),
        (book(0.9, 0.8, **UNRELATED), {GOLD, SILVER}),
        (book(0.9, 0.1, **COMMITTED), {GOLD, ORDER_B}),
        (
            book(0.9, overrides="order,line,action\nA,1,hold\nB,1,hold"),
            {GOLD, "the hold on order A line 1"},
        ),
        (
            book(0.9, overrides="order,line,action,value\nA,,quantity,3"),
            {GOLD, "the cap of 3 units on order A"},
        ),
        (
            book(0.9, quotas="item,at_most\npump,8\nhose,9"),
            {GOLD, "row 1 of quotas (at most 8, item pump)"},
        ),
        (book(0.9, stock="site,item,on_hand\nhub,pump,7"), {GOLD}),
        (book(None, None, stock="site,item,on_hand\nhub,pump,4", **COMMITTED), {ORDER_B}),
        (
            book(None, None, stock="site,item,on_hand\nhub,pump,4", **LOCKED),
            {"the lock on order B line 1"},
        ),
        (book(0.9, None, **LOCKED), {GOLD, "the lock on order B line 1"}),
    ],
)
def test_only_rules_that_the_conflict_needs_are_named(scenario: Scenario, rules: set[str]) -> None:
    assert set(found(scenario).rules) == rules


@pytest.mark.parametrize(
    "scenario", [book(), book(0.7), book(0.9, 0.1), book(None, None, **COMMITTED)]
)
def test_what_can_be_kept_is_no_conflict(scenario: Scenario) -> None:
    assert conflict_of(scenario, Clock(120.0), threading.Event()) is None


def test_without_time_nothing_is_said() -> None:
    assert conflict_of(book(0.9, None, **COMMITTED), Clock(0.0), threading.Event()) is None


def test_when_time_runs_out_more_than_is_needed_may_be_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    conflicts, asked = _Search.conflicts, []

    def once(search: _Search, kept: Sequence[BusinessRule]) -> bool:
        asked.append(len(kept))
        if len(asked) > 1:
            search.clock = Clock(0.0)
        return conflicts(search, kept)

    monkeypatch.setattr(_Search, "conflicts", once)
    scenario = book(0.9, None, **COMMITTED, **UNRELATED)
    conflict = conflict_of(scenario, Clock(120.0), threading.Event())
    assert conflict is not None
    assert not conflict.complete
    assert len(conflict.rules) == sum(rule.firm for rule in rules_of(scenario)) == 4
    assert "Not all of them may be needed" in conflict.words


@pytest.mark.parametrize(
    ("scenario", "repair"),
    [
        # 14 of gold's units need 12.6, of which 4 are hoses: 9 pumps, and 6 are promised
        (book(0.9, None, **COMMITTED), "lower the floors of tier 1 by 4.60 units in all"),
        (
            book(None, None, stock="site,item,on_hand\nhub,pump,4", **COMMITTED),
            "release 2 committed units",
        ),
        (
            book(1.0, stock="site,item,on_hand\nhub,pump,10"),
            "lower the floors of tier 1 by 4 units",
        ),
    ],
)
def test_the_cheapest_way_out_is_told(scenario: Scenario, repair: str) -> None:
    assert repair in found(scenario).repair


def test_the_cheaper_of_two_ways_is_told() -> None:
    whole = "order,line,item,quantity,complete\nA,1,pump,10,true\nA,2,hose,4,\nB,1,pump,6,"
    one = {"commitments": COMMITTED["commitments"].removesuffix("6") + "1"}
    repair = found(book(0.9, None, lines=whole, **one)).repair
    assert repair == "release 1 committed units, or take back one of the others"


def test_units_and_lines_are_not_compared() -> None:
    scenario = make_scenario(
        {
            "segments": {
                "gold": {
                    "tier": 1,
                    "services": ["standard"],
                    "floor": 1.0,
                    "target": {"measure": "line_fill", "level": 1.0},
                },
                "silver": {"tier": 2, "services": ["standard"]},
            }
        },
        **(TABLES | COMMITTED),
    )
    repair = found(scenario).repair
    assert "lower the floors of tier 1 by 1 lines in all" in repair
    assert "release 6 committed units" in repair


def test_the_plan_says_it_once_and_comes_out_all_the_same() -> None:
    result = plan(book(0.9, None, **COMMITTED))
    assert result.conflict is not None
    assert result.conflict.words in result.notes
    assert result.shipments["quantity"].sum() == 14


def test_a_change_budget_that_nothing_can_keep_is_named() -> None:
    """Yesterday's plan had ten pumps, of which eight are gone."""
    scenario = book(
        stock="site,item,on_hand\nhub,pump,2",
        commitments="order,line,site,service,ship_date,quantity,frozen\n"
        "A,1,hub,standard,2026-11-23,10,false",
    )
    budget = Stability(max_worse_promises=0)
    settings = scenario.settings.model_copy(update={"stability": budget})
    conflict = found(replace(scenario, settings=settings))
    assert conflict.rules == ("the change budget",)
    assert conflict.repair == "raise it by 1 line in all"
