"""Each incumbent rule by an example that can be checked by hand, and all of them by the judge."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from models.judge import broken_rules
from models.scenario import Scenario
from models.settings import Policy
from models.tolerances import ROUNDING
from optimizer import plan
from optimizer.policies import SEQUENCES, allocate, allocate_all
from optimizer.policies.greedy_state import free, put
from optimizer.policies.remaining import empty_state
from tests.support.answers_as_text import TABLES, one_line
from tests.support.named_plans import plan_in_names, shipped_rows
from tests.support.scenarios_as_text import make_scenario
from tests.support.seeds import seeds
from tests.support.solverless_plans import prepared
from tests.support.tiny_scenarios import tiny_scenario

FOUR_CLAIMS = {
    "customers": "customer,segment,region\nTOP,gold,north\nACME,base,north",
    "orders": "order,customer,requested,ordered\n"
    "A,ACME,2026-11-26,2026-11-20\n"  # ordered first
    "B,ACME,2026-11-24,2026-11-21\n"  # requested first
    "C,TOP,2026-11-27,2026-11-22\n"  # of the best tier
    "D,ACME,2026-11-27,2026-11-22",  # worth most
    "lines": "order,line,item,quantity,unit_value\n"
    "A,1,pump,10,1\nB,1,pump,10,1\nC,1,pump,10,1\nD,1,pump,10,9",
    "lanes": TABLES["lanes"],
}
TWO_TIERS = {
    "segments": {
        "gold": {"tier": 1, "services": ["standard"]},
        "base": {"tier": 2, "services": ["standard"]},
    }
}


@cache
def claims(stock: int) -> Scenario:
    """Build four claims on one stock."""
    return make_scenario(TWO_TIERS, stock=f"site,item,on_hand\nLYON,pump,{stock}", **FOUR_CLAIMS)


@pytest.mark.parametrize(
    ("policy", "winner"),
    [
        (Policy.FCFS, "A"),
        (Policy.EDD, "B"),
        (Policy.SEGMENT_PRIORITY, "C"),
        (Policy.REVENUE, "D"),
    ],
)
def test_the_first_in_sequence_takes_the_stock(policy: Policy, winner: str) -> None:
    problem = prepared(claims(10))
    assert plan_in_names(problem, allocate(problem, policy)) == {f"{winner}/1 0 standard LYON": 10}


@pytest.mark.parametrize(
    ("policy", "second"),
    [
        (Policy.FCFS, "B"),
        (Policy.EDD, "A"),
        (Policy.SEGMENT_PRIORITY, "B"),  # within a tier by request
        (Policy.REVENUE, "B"),  # worth the same: by request
    ],
)
def test_what_is_left_goes_to_the_second(policy: Policy, second: str) -> None:
    problem = prepared(claims(13))
    assert plan_in_names(problem, allocate(problem, policy))[f"{second}/1 0 standard LYON"] == 3


def test_a_fair_share_is_rounded_by_largest_remainders_of_equals_by_request() -> None:
    problem = prepared(claims(11))
    assert plan_in_names(problem, allocate(problem, Policy.FAIR_SHARE)) == {
        "A/1 0 standard LYON": 3,  # 11 of 40 is a share of 2.75
        "B/1 0 standard LYON": 3,
        "C/1 0 standard LYON": 3,
        "D/1 0 standard LYON": 2,
    }


def test_a_fair_share_of_what_is_divisible_is_not_rounded() -> None:
    scenario = make_scenario(
        TWO_TIERS,
        stock="site,item,on_hand\nLYON,pump,11",
        items="item,divisible\npump,true",
        **FOUR_CLAIMS,
    )
    problem = prepared(scenario)
    assert list(plan_in_names(problem, allocate(problem, Policy.FAIR_SHARE)).values()) == [2.75] * 4


def test_whole_lots_take_no_part_in_the_share() -> None:
    lines = "order,line,item,quantity,complete\nA,1,pump,10,\nB,1,pump,10,true\nC,1,pump,10,"
    scenario = make_scenario(
        TWO_TIERS,
        stock="site,item,on_hand\nLYON,pump,15",
        **(FOUR_CLAIMS | {"lines": lines}),
    )
    problem = prepared(scenario)
    assert plan_in_names(problem, allocate(problem, Policy.FAIR_SHARE)) == {
        "A/1 0 standard LYON": 5 + 5,
        "C/1 0 standard LYON": 5,
    }


def two_orders(lines: str, stock: str, **tables: str) -> Scenario:
    """Build two orders, SO1 the more urgent one."""
    orders = "order,customer,requested\nSO1,ACME,2026-11-24\nSO2,ACME,2026-11-25"
    given = {"orders": orders, "lines": lines, "stock": f"site,item,on_hand\n{stock}"}
    return one_line(None, **(given | tables))


def test_a_ship_complete_order_that_cannot_be_full_gives_everything_back() -> None:
    scenario = two_orders(
        "order,line,item,quantity\nSO1,1,pump,5\nSO1,2,valve,5\nSO2,1,pump,4",
        "LYON,pump,5\nLYON,valve,4",
        orders="order,customer,requested,ship_complete\n"
        "SO1,ACME,2026-11-24,true\nSO2,ACME,2026-11-25,",
    )
    problem = prepared(scenario)
    assert plan_in_names(problem, allocate(problem, Policy.EDD)) == {"SO2/1 0 standard LYON": 4}


def test_a_ship_complete_order_is_filled_as_a_whole_when_its_first_line_comes_up() -> None:
    scenario = two_orders(
        "order,line,item,quantity,unit_value\nSO1,1,pump,5,9\nSO1,2,valve,5,1\nSO2,1,valve,5,5",
        "LYON,pump,5\nLYON,valve,5",
        orders="order,customer,requested,ship_complete\n"
        "SO1,ACME,2026-11-24,true\nSO2,ACME,2026-11-25,",
    )
    problem = prepared(scenario)
    assert plan_in_names(problem, allocate(problem, Policy.REVENUE)) == {
        "SO1/1 0 standard LYON": 5,
        "SO1/2 0 standard LYON": 5,
    }


@pytest.mark.parametrize(("stock", "first", "second"), [(7, 0, 7), (8, 8, 0), (10, 9, 1)])
def test_less_than_the_smallest_delivery_is_given_back(
    stock: int, first: float, second: float
) -> None:
    scenario = two_orders(
        "order,line,item,quantity,min_fill\nSO1,1,pump,9,0.85\nSO2,1,pump,9,",
        f"LYON,pump,{stock}",
    )
    problem = prepared(scenario)
    x = allocate(problem, Policy.EDD)
    line = problem.options["line"].to_numpy()
    assert np.bincount(line, x).tolist() == [first, second]


def test_stock_promised_for_a_later_day_is_not_shipped_before() -> None:
    scenario = two_orders(
        "order,line,item,quantity\nSO1,1,pump,8\nSO2,1,pump,9",
        "LYON,pump,5",
        receipts="site,item,date,quantity\nLYON,pump,2026-11-25,5",
        orders="order,customer,requested,earliest,cancel\n"
        "SO1,ACME,2026-11-26,2026-11-26,\n"  # ships on day 2
        "SO2,ACME,2026-11-27,,2026-11-25",  # ships on days 0 and 1 only
    )
    problem = prepared(scenario)
    assert plan_in_names(problem, allocate(problem, Policy.EDD)) == {
        "SO1/1 2 standard LYON": 8,
        "SO2/1 0 standard LYON": 2,
    }


def test_capacity_spreads_a_line_over_days() -> None:
    scenario = two_orders(
        "order,line,item,quantity\nSO1,1,pump,4\nSO2,1,pump,9",
        "LYON,pump,99",
        items="item,pick_effort\npump,2",
        site_capacity="site,date,units\nLYON,,6\nLYON,2026-11-25,2",
        lane_capacity="site,region,service,date,units\nLYON,,standard,2026-11-26,2",
    )
    problem = prepared(scenario)
    assert plan_in_names(problem, allocate(problem, Policy.EDD)) == {
        "SO1/1 0 standard LYON": 3,
        "SO1/1 1 standard LYON": 1,
        "SO2/1 1 standard LYON": 2,
        "SO2/1 2 standard LYON": 1,
        "SO2/1 3 standard LYON": 2,
        "SO2/1 4 standard LYON": 3,
    }


@pytest.mark.parametrize(
    ("lanes", "requested", "chosen"),
    [
        ("LYON,north,standard,2,1\nGENT,north,standard,0,9", "2026-11-24", "0 standard GENT"),
        ("LYON,north,standard,1,2\nGENT,north,standard,1,1", "2026-11-24", "0 standard GENT"),
        ("LYON,north,standard,1,1\nGENT,north,standard,0,9", "2026-11-24", "0 standard LYON"),
        ("LYON,north,standard,3,1\nGENT,north,standard,2,9", "2026-11-23", "0 standard GENT"),
    ],
    ids=["on time though dear", "cheaper", "cheaper on the same day", "less late though dear"],
)
def test_each_line_takes_its_best_option(lanes: str, requested: str, chosen: str) -> None:
    scenario = one_line(
        None,
        orders=f"order,customer,requested\nSO1,ACME,{requested}",
        lanes=f"site,region,service,transit_days,cost_per_unit\n{lanes}",
        stock="site,item,on_hand\nGENT,pump,10\nLYON,pump,10",
    )
    problem = prepared(scenario)
    assert plan_in_names(problem, allocate(problem, Policy.FCFS)) == {f"SO1/1 {chosen}": 10}


@pytest.mark.parametrize("seed", seeds(15, 60))
def test_policies_obey_every_rule(seed: int) -> None:
    scenario = tiny_scenario(seed)
    problem = prepared(scenario)
    x = allocate(problem, list(SEQUENCES)[seed % len(SEQUENCES)])
    assert broken_rules(scenario, shipped_rows(problem, x)) == []


@pytest.mark.parametrize(("seed", "policy"), [(0, Policy.FCFS), (1, Policy.FAIR_SHARE)])
def test_a_policy_makes_a_whole_plan(seed: int, policy: Policy) -> None:
    result = plan(tiny_scenario(seed), policy=policy.value)
    assert broken_rules(result.scenario, result.shipments) == []
    assert result.solution.policy == policy


@pytest.mark.parametrize("seed", seeds(15, 60))
def test_no_policy_leaves_what_a_line_could_still_get(seed: int) -> None:
    problem = prepared(tiny_scenario(seed))
    lines = problem.lines
    bound = problem.orders["ship_complete"].to_numpy()[lines["order"]]
    plain = ~bound & (lines["least"] == 0).to_numpy()
    for policy in SEQUENCES:
        x = allocate(problem, policy)
        got = np.bincount(problem.options["line"], x, minlength=len(lines))
        short = plain & (got < lines["quantity"].to_numpy() - ROUNDING)
        book = empty_state(problem)
        put(book, x.tolist())
        for option in np.flatnonzero(short[problem.options["line"]]).tolist():
            assert free(book, option, np.inf) <= ROUNDING, policy


def test_all_policies_at_once_are_each_of_them() -> None:
    problem = prepared(tiny_scenario(3))
    made = allocate_all(problem)
    assert list(made) == list(SEQUENCES)
    for policy, x in made.items():
        np.testing.assert_array_equal(x, allocate(problem, policy))
