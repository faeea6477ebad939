"""What was promised beforehand: what is kept, what goes with it, and what may change."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike

from models.allocation import declare, goal_list
from models.judge import broken_rules
from models.scenario import Scenario
from optimizer.policies import keep_frozen
from tests.support.answers_as_text import TABLES, one_line, one_segment
from tests.support.expanded_rules import RULE, Plan, allows, most, units_of, values_of
from tests.support.named_plans import shipped_rows
from tests.support.solverless_plans import prepared

HEAD = "order,line,item,site,service,ship_date,quantity,frozen"
FOUR = "LYON,standard,2026-11-24,4,true"
"""Kept by what ships on day 1."""
EXPECTED = "LYON,standard,2026-11-23,3,false", "LYON,standard,2026-11-25,4,false"
"""3 units by day 0, 7 by day 2; each arrives a day later."""


@cache
def promised(*rows: str, header: str = "", item: str = "", **tables: str) -> Scenario:
    """Build a line of 10 units with promises (the 4 frozen ones if none are given)."""
    said = "\n".join([HEAD, *(f"SO1,1,{item},{row}" for row in rows or (FOUR,))])
    return one_line(HEADERS.get(header), commitments=said, **tables)


HEADERS: dict[str, dict[str, Any]] = {
    "budgets": {"stability": {"max_changed_lines": 0, "max_worse_promises": 0}},
    "certain": one_segment(min_confidence=0.9),
}


@pytest.mark.parametrize(
    ("plan", "missing", "possible"),
    [
        ({"SO1/1 1 promised": 4}, 0, True),
        ({"SO1/1 1 promised": 3}, 1, True),
        ({"SO1/1 1 promised": 3}, 0, False),
        ({"SO1/1 1 free": 4}, 0, False),
        ({"SO1/1 1 promised": 3, "SO1/1 1 free": 2}, 0, False),
    ],
)
def test_what_a_promise_misses_is_measured(plan: Plan, missing: float, possible: bool) -> None:
    assert allows(promised(), "frozen_kept", plan, missing=[missing]) is possible


@pytest.mark.parametrize(("uncertain", "possible"), [(2, True), (3, False), (1, False)])
def test_a_promise_is_kept_once_from_supply_of_any_certainty(
    uncertain: float, possible: bool
) -> None:
    scenario = promised(
        header="certain",
        stock="site,item,on_hand\nLYON,pump,2",
        receipts="site,item,date,quantity,confidence\nLYON,pump,2026-11-23,3,0.5",
    )
    plan = {"SO1/1 1 promised level1": 2, "SO1/1 1 promised level0": uncertain}
    assert allows(scenario, "frozen_kept", plan, missing=[0]) is possible


@pytest.mark.parametrize(
    ("rule", "plan", "kept", "possible"),
    [
        ("promise_first", {"SO1/1 1 promised": 4}, 1, True),
        ("promise_first", {"SO1/1 1 promised": 3}, 1, False),
        ("promise_first", {"SO1/1 1 promised": 3}, 0, True),
        ("free_beside", {"SO1/1 1 free": 1}, 0, False),
        ("free_beside", {"SO1/1 1 free": 6}, 1, True),
        ("free_beside", {"SO1/1 2 free": 6}, 0, True),
    ],
)
def test_nothing_free_goes_with_a_promise_that_is_not_kept(
    rule: str, plan: Plan, kept: float, possible: bool
) -> None:
    assert allows(promised(), rule, plan, kept=[kept]) is possible


CHANGES: list[tuple[str, Plan, float, bool]] = [
    ("more_then", {"SO1/1 0": 3}, 0, True),
    ("more_then", {"SO1/1 0": 2, "SO1/1 2": 3}, 0, True),
    ("more_then", {"SO1/1 0": 4}, 0, False),
    ("more_then", {"SO1/1 0": 10}, 1, True),
    ("less_then", {"SO1/1 0": 5, "SO1/1 2": 4}, 0, True),
    ("less_then", {"SO1/1 0": 5, "SO1/1 2": 3}, 0, False),
    ("less_then", {}, 1, True),
    ("elsewhen", {"SO1/1 0": 9}, 0, True),
    ("elsewhen", {"SO1/1 1": 1}, 0, False),
    ("elsewhen", {"SO1/1 1": 5, "SO1/1 3": 5}, 1, True),
]


@pytest.mark.parametrize(("rule", "plan", "changed", "possible"), CHANGES)
def test_whatever_arrives_otherwise_is_a_change(
    rule: str, plan: Plan, changed: float, possible: bool
) -> None:
    assert allows(promised(*EXPECTED), rule, plan, changed=[changed]) is possible


@pytest.mark.parametrize(
    ("plan", "worse", "possible"),
    [
        ({"SO1/1 0": 3, "SO1/1 2": 4}, 0, True),
        ({"SO1/1 0": 10}, 0, True),  # sooner is better
        ({"SO1/1 0": 2, "SO1/1 1": 8}, 0, False),
        ({"SO1/1 0": 3, "SO1/1 2": 3, "SO1/1 3": 4}, 0, False),
        ({}, 1, True),
    ],
)
def test_less_by_some_day_is_worse(plan: Plan, worse: float, possible: bool) -> None:
    assert allows(promised(*EXPECTED), "less_by_then", plan, worse=[worse]) is possible


def test_another_site_with_the_same_arrival_is_no_change() -> None:
    lanes = "site,region,service,transit_days\nLYON,north,standard,1\nOSLO,north,standard,2"
    stock = "site,item,on_hand\nLYON,pump,9\nOSLO,pump,9"
    scenario = promised(*EXPECTED, lanes=lanes, stock=stock)
    plan = {"SO1/1 0 LYON": 3, "SO1/1 1 OSLO": 4}
    changes = ("more_then", "less_then", "elsewhen", "less_by_then")
    given: dict[str, ArrayLike] = {"changed": [0], "worse": [0]}
    assert all(allows(scenario, rule, plan, **given) for rule in changes)
    later = {"SO1/1 0 LYON": 3, "SO1/1 2 OSLO": 4}
    assert [allows(scenario, rule, later, **given) for rule in changes] == [
        *(True, False, False, False)
    ]


@pytest.mark.parametrize(("beyond", "possible"), [([1, 1], True), ([0, 1], False), ([1, 0], False)])
def test_changes_beyond_the_budget_are_measured(beyond: ArrayLike, possible: bool) -> None:
    scenario = promised(*EXPECTED, header="budgets")
    given: dict[str, ArrayLike] = {"changed": [1], "worse": [1], "beyond": beyond}
    assert allows(scenario, "change_budget", {}, **given) is possible


def with_share(name: str, value: str, *rows: str) -> Scenario:
    """Build the promised line with a smallest delivery."""
    return promised(*rows, lines=f"order,line,item,quantity,{name}\nSO1,1,pump,10,{value}")


LOTS = {
    "the rest of a complete line": ("complete", "true", 4, {"promised": 4, "free": 6}, True),
    "not all of the rest": ("complete", "true", 4, {"promised": 4, "free": 5}, False),
    "nothing but the promise": ("complete", "true", 4, {"promised": 3}, True),
    "the rest without the promise": ("complete", "true", 4, {"free": 6}, True),
    "more than the rest": ("complete", "true", 4, {"free": 7}, False),
    "the last unit": ("complete", "true", 9, {"free": 1}, True),
    "more than the last unit": ("complete", "true", 9, {"free": 2}, False),
    "nothing is left": ("complete", "true", 10, {"free": 1}, False),
    "what is missing to the share": ("min_fill", "0.8", 4, {"promised": 4, "free": 4}, True),
    "less than that": ("min_fill", "0.8", 4, {"promised": 4, "free": 3}, False),
    "more than the rest, of a share": ("min_fill", "0.8", 4, {"free": 9}, True),
    "the promise is enough": ("min_fill", "0.4", 4, {"promised": 4, "free": 1}, True),
}


@pytest.mark.parametrize(("name", "value", "units", "amounts", "possible"), LOTS.values(), ids=LOTS)
def test_a_smallest_delivery_is_for_what_goes_beyond_the_promise(
    name: str, value: str, units: int, amounts: Mapping[str, float], possible: bool
) -> None:
    scenario = with_share(name, value, f"LYON,standard,2026-11-24,{units},true")
    problem = prepared(scenario)
    day = {"promised": 1, "free": 0}
    x = units_of(problem, {f"SO1/1 {day[kind]} {kind}": n for kind, n in amounts.items()})
    assert (most(problem, ["lot_at_most", "lot_at_least"], {"x": x}) is not None) is possible
    if possible or amounts != {"free": 9}:
        assert (broken_rules(scenario, shipped_rows(problem, x)) == []) is possible


@pytest.mark.parametrize(
    ("plan", "possible"),
    [
        ({"SO1/1 1 promised": 4}, True),
        ({"SO1/1 1 promised": 2, "SO1/1 0 free": 6, "SO1/2 0 free": 5}, True),
        ({"SO1/1 1 promised": 4, "SO1/1 0 free": 6}, False),
        ({"SO1/1 1 promised": 4, "SO1/1 0 free": 5, "SO1/2 0 free": 5}, False),
    ],
)
def test_the_rest_of_a_ship_complete_order_goes_in_full_or_not(plan: Plan, possible: bool) -> None:
    scenario = promised(
        orders="order,customer,requested,ship_complete\nSO1,ACME,2026-11-25,true",
        lines="order,line,item,quantity\nSO1,1,pump,10\nSO1,2,pump,5",
    )
    assert allows(scenario, "ship_complete", plan) is possible


@pytest.mark.parametrize(
    ("plan", "joined", "possible"),
    [
        ({"SO1/1 1 promised": 4}, 0, True),
        ({"SO1/1 1 promised": 4, "SO1/1 1 free": 1}, 0, False),
        ({"SO1/1 1 promised": 4, "SO1/2 1 free": 1}, 0, False),
        ({"SO1/1 1 promised": 4, "SO1/2 1 free": 1}, 1, True),
        ({"SO1/1 1 promised": 4, "SO1/1 2 free": 1}, 0, True),
    ],
)
def test_a_promised_parcel_counts_when_something_joins_it(
    plan: Plan, joined: float, possible: bool
) -> None:
    scenario = promised(
        orders="order,customer,requested,max_shipments\nSO1,ACME,2026-11-25,1",
        lines="order,line,item,quantity\nSO1,1,pump,10\nSO1,2,pump,5",
    )
    assert allows(scenario, "promise_joined", plan, joined=[joined]) is possible
    used = np.array([0, 1, 0, 0, 0])
    assert allows(scenario, "few_parcels", {}, used=used, joined=[joined])
    assert allows(scenario, "few_parcels", {}, used=np.eye(5)[2], joined=[joined]) is (joined == 0)


TIGHT = {
    "a site": {"site_capacity": "site,units\nLYON,2"},
    "a lane": {"lane_capacity": "site,region,service,units\nLYON,north,standard,2"},
    "all lanes": {"lane_capacity": "site,region,service,units\nLYON,,standard,2"},
    "at most": {"quotas": "at_most\n2"},
    "protected": {
        "quotas": "customer,protected\nBETA,98",
        "customers": TABLES["customers"] + "\nBETA,gold,north",
    },
    "a cap": {"overrides": "order,line,action,value\nSO1,1,quantity,2"},
    "a hold": {"overrides": "order,line,action,value\nSO1,,hold,"},
    "a pack": {"items": "item,pack\npump,6"},
    "no entitlement": {"orders": "order,customer,requested,cancel\nSO1,ACME,2026-11-20,2026-11-21"},
    "a closed day": {"calendars": "of,id,closed\nsite,LYON,2026-11-24"},
}


@pytest.mark.parametrize("tables", TIGHT.values(), ids=TIGHT)
def test_what_was_promised_is_kept_under_every_limit(tables: dict[str, str]) -> None:
    scenario = promised(**tables)
    problem = prepared(scenario)
    x = keep_frozen(problem)
    assert x.sum() == 4
    assert most(problem, list(RULE), values_of(problem, x)) is not None
    assert most(problem, list(RULE), {"x": x}, {"missing": -1.0}) == 0
    assert broken_rules(scenario, shipped_rows(problem, x)) == []


LIMITED = ("a site", "a lane", "all lanes", "at most", "protected", "a cap")
"""Allow 2 units of the line, of which 4 were promised."""


@pytest.mark.parametrize("limit", LIMITED)
@pytest.mark.parametrize(
    ("kept", "free", "possible"),
    [(4, 0, True), (4, 1, False), (3, 0, True), (3, 1, False), (1, 1, True), (1, 2, False)],
)
def test_only_promises_exceed_a_limit(limit: str, kept: float, free: float, possible: bool) -> None:
    problem = prepared(promised(**TIGHT[limit]))
    x = units_of(problem, {"SO1/1 1 promised": kept, "SO1/1 1 free": free})
    rules = ["limit_exceeded", "nothing_free_beyond"]
    assert (most(problem, rules, {"x": x}) is not None) is possible
    lifted = {"x": x, "exceeded": values_of(problem, x)["exceeded"]}
    assert (most(problem, rules, lifted) is not None) is possible


def test_a_limit_that_nothing_free_uses_needs_no_rule() -> None:
    assert declare(prepared(promised(**TIGHT["a hold"]))).count("OVERCOMMITTED") == 0


@pytest.mark.parametrize(
    ("items", "units", "step", "most_shipped"),
    [("pump,6,", 4, 1, 4), ("pump,2,true", 1.5, 0.001, 1.5)],
)
def test_promised_units_need_not_fill_packs(
    items: str, units: float, step: float, most_shipped: float
) -> None:
    scenario = promised(
        f"LYON,standard,2026-11-24,{units},true", items=f"item,pack,divisible\n{items}"
    )
    options = prepared(scenario).options
    kept = options[options["frozen"] >= 0]
    assert kept["step"].tolist() == [step]
    assert kept["upper"].tolist() == [most_shipped]


def test_a_promise_from_a_site_that_is_not_open_can_only_move() -> None:
    sites = "site,open\nLYON,false\nOSLO,true"
    lanes = TABLES["lanes"] + "\nOSLO,north,standard,1"
    scenario = promised(sites=sites, lanes=lanes, stock=TABLES["stock"] + "\nOSLO,pump,99")
    problem = prepared(scenario)
    assert problem.options["moves"][problem.options["frozen"] >= 0].all()
    given = values_of(problem, np.zeros(len(problem.options)))
    assert np.asarray(given["missing"]).tolist() == [4.0]
    assert declare(problem).count("BESIDE") == 0


@pytest.mark.parametrize(
    ("rows", "goals"),
    [
        ((FOUR,), {"commitments": ("broken", 4)}),
        (EXPECTED, {"commitments": ("", 1), "stability": ("changes", 1)}),
        ((FOUR, EXPECTED[0]), {"commitments": ("broken", 5), "stability": ("changes", 1)}),
    ],
)
def test_goals_of_promises_have_a_base_and_are_there_if_something_can_be_lost(
    rows: tuple[str, ...], goals: dict[str, tuple[str, float]]
) -> None:
    specs = {
        spec.name: (spec.expression, spec.base) for spec in goal_list(prepared(promised(*rows)))
    }
    assert {name: specs[name] for name in goals} == goals
    assert ("stability" in specs) is ("stability" in goals)
    budgets = promised(*EXPECTED, header="budgets")
    assert goal_list(prepared(budgets))[0].expression == "broken"
