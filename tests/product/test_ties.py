"""Between plans that reach every goal equally: who waits, and which service goes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from models.scenario import Scenario
from models.settings import Policy, Ties
from optimizer import plan, read_scenario
from optimizer.policies import allocate
from tests.independent.case import Case
from tests.independent.enumeration import assignments, optimal_plans
from tests.independent.equals import of_plan, of_shipments, places, units_by_line, waiting
from tests.support.cases import case_folder
from tests.support.mixed_scenarios import mixed_scenario
from tests.support.named_plans import plan_in_names
from tests.support.scenarios_as_text import make_scenario
from tests.support.solverless_plans import prepared

SERVICES = ["standard", "express"]
GOLD: dict[str, Any] = {"tier": 1, "services": SERVICES}
HEADER: dict[str, Any] = {
    "horizon": {"start": "2026-11-23", "days": 3},
    "services": {"standard": {}, "express": {}},
    "segments": {"gold": GOLD},
}
TABLES = {
    "customers": "customer,segment,region\na,gold,north\nb,gold,north",
    "orders": "order,customer,requested,ordered\n"
    "NEW,a,2026-11-25,2026-11-20\nOLD,b,2026-11-10,2026-11-02",
    "lines": "order,line,item,quantity,unit_value\nNEW,1,pump,3,10\nOLD,1,pump,3,10",
    "lanes": "site,region,service,transit_days,cost_per_unit\n"
    "plant,north,standard,1,1\nplant,north,express,1,1",
    "stock": "site,item,on_hand\nplant,pump,3",
}
POLICIES = [each for each in Policy if each not in (Policy.OPTIMAL, Policy.BOP)]


def book(header: dict[str, Any] | None = None, **tables: str) -> Scenario:
    return make_scenario(HEADER | (header or {}), **(TABLES | tables))


def equal_lines(seed: int) -> Scenario:
    """Make three lines worth the same, of which not all can be served or be served at once."""
    dice = np.random.default_rng(seed)
    days = zip(dice.integers(18, 26, 3), dice.integers(2, 5, 3), strict=True)
    orders = [
        f"o{n},{dice.choice(['a', 'b'])},2026-11-{asked},2026-11-0{ordered}"
        for n, (asked, ordered) in enumerate(days)
    ]
    worth = dice.choice([["9"] * 3, ["9", "9", "8"]])
    ties = list(Ties)[seed % len(Ties)]
    segments = {
        "gold": GOLD | {"ties": ties, "value_kept_per_day_late": 1},
        "core": GOLD | {"ties": [ties, Ties.OLDEST_FIRST][seed % 2], "services": SERVICES[::-1]},
    }
    goals = [["fill"], ["value"], ["fill", "value"]][int(dice.integers(3))]
    quantities = dice.integers(1, 3, 3)
    return book(
        {"segments": segments, "goals": goals, "horizon": {"start": "2026-11-23", "days": 2}},
        customers="customer,segment,region\na,gold,north\nb,core,north",
        orders="order,customer,requested,ordered\n" + "\n".join(orders),
        lines="order,line,item,quantity,unit_value\n"
        + "\n".join(f"o{n},1,pump,{quantities[n]},{worth[n]}" for n in range(3)),
        stock=f"site,item,on_hand\nplant,pump,{dice.integers(1, 3)}",
        receipts="site,item,date,quantity\nplant,pump,2026-11-24,1",
    )


def test_of_the_best_plans_one_is_made_that_waits_least() -> None:
    for scenario in [*map(equal_lines, range(6)), mixed_scenario(170)]:
        assert 1 < assignments(scenario) <= 20000
        case = Case(scenario)
        made = of_shipments(case, plan(scenario, diagnose=False).shipments)
        found = [of_plan(case, best) for best in optimal_plans(scenario)[1]]
        least = min(waiting(case, each) for each in found)
        assert float(waiting(case, made)) == pytest.approx(float(least), abs=1e-6)
        units = units_by_line(case, made)
        alike = [e for e in found if waiting(case, e) == least and units_by_line(case, e) == units]
        assert places(made) == min(places(each) for each in alike)


@pytest.mark.parametrize(
    ("ties", "first"), [(None, "OLD"), ("oldest_first", "OLD"), ("newest_first", "NEW")]
)
def test_of_equals_the_one_goes_first_that_the_segment_says(ties: str | None, first: str) -> None:
    scenario = book({"segments": {"gold": GOLD | ({"ties": ties} if ties else {})}})
    assert set(plan(scenario, diagnose=False).shipments["order"]) == {first}
    for policy in (Policy.REVENUE, Policy.FAIR_SHARE):
        made = plan_in_names(problem := prepared(scenario), allocate(problem, policy))
        most = max(made.items(), key=lambda each: each[1])[0]
        assert most.startswith(first), policy


def test_the_most_valuable_goes_first_where_fill_is_the_goal() -> None:
    dear = {"lines": "order,line,item,quantity,unit_value\nNEW,1,pump,3,11\nOLD,1,pump,3,10"}
    for ties, first in ((Ties.MOST_VALUABLE, "NEW"), (Ties.OLDEST_FIRST, "OLD")):
        scenario = book({"segments": {"gold": GOLD | {"ties": ties}}, "goals": ["fill"]}, **dear)
        assert set(plan(scenario, diagnose=False).shipments["order"]) == {first}


def test_an_old_order_that_is_alone_in_its_segment_does_not_starve() -> None:
    newer = "\n".join(f"n{n},a,2026-11-{24 + n},2026-11-20" for n in range(3))
    scenario = book(
        {"segments": {"gold": GOLD, "core": GOLD}},
        customers="customer,segment,region\na,gold,north\nb,core,north",
        orders="order,customer,requested,ordered\nOLD,b,2026-11-10,2026-11-02\n" + newer,
        lines="order,line,item,quantity,unit_value\nOLD,1,pump,3,10\n"
        + "\n".join(f"n{n},1,pump,3,10" for n in range(3)),
    )
    assert set(plan(scenario, diagnose=False).shipments["order"]) == {"OLD"}


@pytest.mark.parametrize("services", [SERVICES, SERVICES[::-1]], ids="/".join)
def test_swapping_the_services_swaps_the_plan(services: list[str]) -> None:
    scenario = book(
        {"segments": {"gold": GOLD | {"services": services, "quota_share": 1}}},
        stock="site,item,on_hand\nplant,pump,6",
    )
    assert set(plan(scenario, diagnose=False).shipments["service"]) == {services[0]}
    problem = prepared(scenario)
    for policy in POLICIES:
        ways = plan_in_names(problem, allocate(problem, policy))
        assert {way.split()[2] for way in ways} == {services[0]}, policy


@pytest.mark.parametrize("policy", ["optimal", "fcfs"])
def test_a_preferred_service_is_never_dearer_for_it(policy: str) -> None:
    lanes = TABLES["lanes"].replace("standard,1,1", "standard,1,1.01")
    shipments = plan(book(lanes=lanes), policy, diagnose=False).shipments
    assert set(shipments["service"]) == {"express"}


def test_a_lent_service_comes_after_the_segments_own() -> None:
    header = {
        "segments": {"gold": GOLD | {"services": ["standard"]}},
        "stages": {"develop": {"lends_services": ["express"]}},
    }
    customers = "customer,segment,region,stage\na,gold,north,develop\nb,gold,north,develop"
    problem = prepared(book(header, customers=customers))
    service = problem.services[problem.options["service"]]
    assert set(zip(service, problem.options["preference"], strict=True)) == {
        *[("standard", 0), ("express", 1)]
    }


CASES = {
    "17-old-backorder-starves/fill-target": ["OLD-1 standard HAM 10"],
    "17-old-backorder-starves/fill-target-no-decay": ["OLD-1 standard HAM 10"],
    "03-store-pickup/tie-standard-first": ["W-1 standard A 2"],
    "03-store-pickup/pinned": ["P-2 pickup A 4", "W-1 standard A 1", "W-1 standard B 1"],
}


@pytest.mark.parametrize("case", CASES)
def test_a_case_of_others_comes_out_right(case: str) -> None:
    scenario = read_scenario(case_folder(case))
    assert told(plan(scenario, diagnose=False).shipments) == CASES[case]


def told(shipments: pd.DataFrame) -> list[str]:
    rows = shipments.sort_values(["order", "site"]).to_dict("records")
    return [f"{r['order']} {r['service']} {r['site']} {r['quantity']:g}" for r in rows]
