"""Fairness in the formulation: what customers could get alone, their shares, and its two goals."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike

from models.allocation import declare, fair_customers, goal_list, search_steps
from models.scenario import Scenario
from models.settings import Fairness, Policy
from optimizer.policies import SEQUENCES, allocate
from optimizer.solving.lagrangian import Multipliers, Relaxation
from optimizer.solving.locked_model import LockedModel
from tests.solving.test_lagrangian import best_of
from tests.support.answers_as_text import TABLES, one_line
from tests.support.expanded_rules import allows
from tests.support.locked_models import model_of
from tests.support.mixed_scenarios import mixed_scenario
from tests.support.solverless_plans import prepared

LINES = "order,line,item,quantity\nA,1,pump,4\nB,1,pump,4\nC,1,pump,2"
FAIR_SEEDS = [
    seed
    for seed in range(130)
    if any(s.fairness != Fairness.NONE for s in mixed_scenario(seed).settings.segments.values())
]


@cache
def three(way: str, goals: tuple[str, ...] = (), **tables: str) -> Scenario:
    """Build three customers of a segment who want 4, 4 and 2 pumps, of which there are 6."""
    header: dict[str, Any] = {
        "segments": {"gold": {"tier": 1, "services": ["standard"], "fairness": way}}
    }
    given = {
        "customers": "customer,segment,region\n"
        + "\n".join(f"{name},gold,north" for name in "abc"),
        "orders": "order,customer,requested\n"
        + "\n".join(f"{name.upper()},{name},2026-11-25" for name in "abc"),
        "lines": LINES,
        "stock": TABLES["stock"].replace("100", "6"),
    }
    return one_line(header | ({"goals": list(goals)} if goals else {}), **(given | tables))


PLAN = {"A/1 0": 3.0, "B/1 0": 2.0, "C/1 0": 1.0}
SHARES = [0.75, 0.5, 0.5]


@pytest.mark.parametrize(
    ("served", "possible"), [(SHARES, True), ([0.7, 0.5, 0.5], False), ([0.75, 0.5, 1.0], False)]
)
def test_a_share_is_what_is_delivered_of_what_could_be(served: ArrayLike, possible: bool) -> None:
    assert allows(three("max_min"), "customer_share", PLAN, served=served) is possible


@pytest.mark.parametrize(("overall", "possible"), [(0.6, True), (0.58, False), (0.75, False)])
def test_the_share_of_all_is_weighted(overall: float, possible: bool) -> None:
    given: dict[str, ArrayLike] = {"served": SHARES, "overall": [overall]}
    assert allows(three("proportional"), "overall_share", {}, **given) is possible


@pytest.mark.parametrize(
    ("behind", "possible"), [([0, 0.4, 0.2], True), ([0, 0.3, 0.2], False), ([0, 0.4, 0], False)]
)
def test_lag_is_measured_in_units(behind: ArrayLike, possible: bool) -> None:
    given: dict[str, ArrayLike] = {"served": SHARES, "overall": [0.6], "behind": behind}
    assert allows(three("proportional"), "lag_measured", {}, **given) is possible


@pytest.mark.parametrize(
    ("least", "below", "possible"),
    [
        ([0.5, 0.5, 0.75], [0, 0, 0, 0, 0, 0, 0, 0.25, 0.25], True),
        ([0.5, 0.5, 0.75], [0, 0, 0, 0, 0, 0, 0, 0.25, 0.2], False),
        ([0.6, 0.5, 0.5], [0] * 9, False),
    ],
)
def test_what_is_below_the_smallest_shares_is_measured(
    least: ArrayLike, below: ArrayLike, possible: bool
) -> None:
    given: dict[str, ArrayLike] = {"served": SHARES, "least_share": least, "below": below}
    assert allows(three("max_min"), "below_measured", {}, **given) is possible


def test_nothing_is_declared_where_no_segment_asks() -> None:
    declared = declare(prepared(three("none")))
    ranges = ("FAIR_CUSTOMERS", "PROPORTIONAL", "LAGGING", "LEAST", "BELOW")
    assert [declared.count(name) for name in ranges] == [0] * 5
    assert "options_of_customer" in declared.listings


def test_nothing_is_declared_for_a_single_customer() -> None:
    tables = {"stock": "site,item,on_hand\nLYON,pump,6", "lines": LINES.split("\nB")[0]}
    problem = prepared(three("max_min", ("fairness",), **tables))
    assert declare(problem).count("FAIR_CUSTOMERS") == 0
    (spec,) = goal_list(problem)
    assert (spec.name, spec.expression) == ("fairness:gold", "")


REACHABLE = {
    "stock limits": ({}, [4, 4, 2]),
    "less stock than ordered": ({"stock": "site,item,on_hand\nLYON,pump,3"}, [3, 3, 2]),
    "what comes in time": (
        {
            "stock": "site,item,on_hand\nLYON,pump,1",
            "receipts": "site,item,date,quantity\nLYON,pump,2026-11-26,9",
            "orders": "order,customer,requested,cancel\nA,a,2026-11-25,\nB,b,2026-11-25,"
            "2026-11-26\nC,c,2026-11-25,2026-11-27",
        },
        [4, 1, 2],
    ),
    "capacity does not count": ({"site_capacity": "site,units\nLYON,1"}, [4, 4, 2]),
    "substitutes count in ordered units": (
        {
            "stock": "site,item,on_hand\nLYON,pump,1\nLYON,hose,4",
            "substitutes": "item,substitute,ratio\npump,hose,2",
        },
        [3, 3, 2],
    ),
    "too little for a complete line": (
        {
            "stock": "site,item,on_hand\nLYON,pump,3",
            "lines": "order,line,item,quantity,complete\nA,1,pump,4,true\nB,1,pump,4,\nC,1,pump,2,",
        },
        [0, 3, 2],
    ),
    "too little for a part of an order": (
        {
            "lines": LINES + "\nB,2,hose,1",
            "orders": "order,customer,requested,ship_complete\nA,a,2026-11-25,\n"
            "B,b,2026-11-25,true\nC,c,2026-11-25,",
        },
        [4, 0, 2],
    ),
    "what was promised of such an order": (
        {
            "lines": LINES + "\nB,2,hose,1",
            "orders": "order,customer,requested,ship_complete\nA,a,2026-11-25,\n"
            "B,b,2026-11-25,true\nC,c,2026-11-25,",
            "commitments": "order,line,site,service,ship_date,quantity\n"
            "B,1,LYON,standard,2026-11-24,3",
        },
        [4, 3, 2],
    ),
    "moved stock counts once": (
        {
            "lanes": "site,region,service,transit_days\nLYON,north,standard,1\n"
            "OSLO,north,standard,1",
            "stock": "site,item,on_hand\nOSLO,pump,3",
            "transfers": "from_site,to_site,transit_days\nOSLO,LYON,1",
        },
        [3, 3, 2],
    ),
}


@pytest.mark.parametrize("name", REACHABLE)
def test_what_customers_could_get_alone(name: str) -> None:
    tables, expected = REACHABLE[name]
    rows = fair_customers(prepared(three("max_min", **tables)))
    assert rows["customer"].tolist() == ["a", "b", "c"]
    assert rows["reachable"].tolist() == expected


@pytest.mark.parametrize("seed", FAIR_SEEDS)
def test_nobody_can_get_more_than_alone(seed: int) -> None:
    model = without_shares(mixed_scenario(seed))
    problem = model.problem
    rows = fair_customers(prepared(mixed_scenario(seed)))
    customer = problem.orders["customer"].to_numpy()[problem.lines["order"]]
    x, line = model.matrix.columns["x"], problem.options["line"].to_numpy()
    gives = problem.options["gives"].to_numpy() * model.matrix.step[x]
    for name, reachable in zip(rows["customer"], rows["reachable"], strict=True):
        cost = np.zeros(len(model.lower))
        cost[x] = np.where(customer[line] == name, -gives, 0.0)
        assert -best_of(model, cost, whole=True) <= reachable + 1e-6


def without_shares(scenario: Scenario) -> LockedModel:
    """Compile a scenario as if no segment asked for fairness: no share is bounded."""
    segments = {
        name: segment.model_copy(update={"fairness": Fairness.NONE})
        for name, segment in scenario.settings.segments.items()
    }
    settings = scenario.settings.model_copy(update={"segments": segments})
    return model_of(replace(scenario, settings=settings))


@pytest.mark.parametrize("seed", FAIR_SEEDS)
def test_lifted_shares_are_the_best_for_each_step(seed: int) -> None:
    model = model_of(mixed_scenario(seed))
    vector = model.vector_of(allocate(model.problem, Policy.EDD))
    assert model.accepts(vector)
    x = model.matrix.columns["x"]
    fixed = replace(model.matrix, upper=model.matrix.upper.copy())
    fixed.upper[x] = vector[x]
    same = LockedModel(model.problem, model.declared, fixed)
    same.lower[x] = vector[x]
    for spec in search_steps(model.problem):
        if spec.expression in ("lag", "unequal"):
            cost, _ = model.cost(spec)
            assert best_of(same, cost, whole=False) == pytest.approx(cost @ vector, abs=1e-6)


@pytest.mark.parametrize("seed", FAIR_SEEDS[::2])
def test_any_prices_bound_every_step(seed: int) -> None:
    model = model_of(mixed_scenario(seed))
    dice = np.random.default_rng(seed)
    starts = [model.vector_of(allocate(model.problem, policy)) for policy in SEQUENCES]
    best = starts[0]
    for spec in [spec for spec in search_steps(model.problem) if spec.expression]:
        cost, constant = model.cost(spec)
        best = min([best, *filter(model.accepts, starts)], key=lambda v: float(cost @ v))
        relaxation = Relaxation(model, cost, constant)
        orders = relaxation.subproblems(np.ones(len(model.problem.lines)))
        optimum = best_of(model, cost, whole=True) + constant
        free = relaxation.free()
        for size in (0.0, 0.1, 1.0, 10.0):
            prices: Multipliers = free.like(size * dice.exponential(size=len(free.joined())))
            assert relaxation.at_prices(orders, prices, 0.1).bound <= optimum + 1e-6
        model.lock(spec, best)


def test_goals_are_reported_once_a_segment_and_searched_share_by_share() -> None:
    problem = prepared(three("max_min", ("value", "fairness")))
    assert [spec.name for spec in goal_list(problem)] == ["value", "fairness:gold"]
    assert [spec.name for spec in search_steps(problem)] == [
        *("value", "fairness:gold", "fairness step 2:gold", "fairness step 3:gold", "ties")
    ]
    equal = prepared(three("proportional", ("value", "fairness")))
    assert [s for s in search_steps(equal) if not s.settles] == goal_list(equal)
    assert goal_list(equal)[1].base == 10


@pytest.mark.parametrize(
    ("goals", "regained"),
    [(["value", "fairness"], True), (["fairness", "value"], False), (["fairness"], False)],
)
def test_value_is_regained_where_it_may_be_given_up(goals: list[str], regained: bool) -> None:
    problem = prepared(three("proportional", tuple(goals)))
    give_up = problem.settings.give_up.model_copy(update={"value": 0.1})
    settings = problem.settings.model_copy(update={"give_up": give_up})
    names = [spec.name for spec in search_steps(replace(problem, settings=settings))]
    assert ("value regained" in names) is regained


def test_only_ten_shares_are_raised_one_after_another() -> None:
    names = [f"c{n:02}" for n in range(12)]
    tables = {
        "customers": "customer,segment,region\n" + "\n".join(f"{n},gold,north" for n in names),
        "orders": "order,customer,requested\n" + "\n".join(f"{n},{n},2026-11-25" for n in names),
        "lines": "order,line,item,quantity\n" + "\n".join(f"{n},1,pump,2" for n in names),
    }
    problem = prepared(three("max_min", ("fairness",), **tables))
    assert len([spec for spec in search_steps(problem) if not spec.settles]) == 10
    declared = declare(problem)
    assert (declared.count("LEAST"), declared.count("BELOW")) == (10, 120)
