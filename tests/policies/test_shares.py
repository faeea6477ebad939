"""The policy ``quota``: shares of supply by examples that can be checked by hand, and the judge."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models.judge import broken_rules
from models.scenario import Scenario
from models.settings import Policy
from optimizer import plan
from optimizer.common import kernels
from optimizer.policies import allocate, allocate_all
from optimizer.preparing import prepare
from optimizer.preparing.reduction import close_impossible
from tests.support.mixed_scenarios import mixed_scenario
from tests.support.named_plans import shipped_rows
from tests.support.scenarios_as_text import make_scenario


def shared(shares: str, text: str, pumps: float, **tables: str) -> Scenario:
    """Build segments with shares, and orders of one line each.

    ``"gold .5, rest -"``: half of each item's supply is gold's, rest has no share.
    ``"A gold 24 8"``: order A of segment gold, requested on November 24, of 8 pumps.
    """
    segments: dict[str, Any] = {}
    for part in shares.split(","):
        name, share = part.split()
        quota = {} if share == "-" else {"quota_share": float(share)}
        segments[name] = {"tier": 1, "services": ["standard"]} | quota
    rows = [part.split() for part in text.split(",")]
    given = {
        "customers": "\n".join(["customer,segment,region", *(f"{s},{s},north" for s in segments)]),
        "orders": "\n".join(
            ["order,customer,requested", *(f"{o},{s},2026-11-{day}" for o, s, day, _ in rows)]
        ),
        "lines": "\n".join(
            ["order,line,item,quantity", *(f"{o},1,pump,{q}" for o, _, _, q in rows)]
        ),
        "lanes": "site,region,service,transit_days\nLYON,north,standard,1\nGENT,north,standard,1",
        "stock": f"site,item,on_hand\nLYON,pump,{pumps}",
    }
    return make_scenario({"segments": segments}, **(given | tables))


def delivered(scenario: Scenario) -> dict[str, float]:
    """Tell the units that the policy delivers, by order."""
    problem = close_impossible(prepare(scenario))
    x = allocate(problem, Policy.QUOTA)
    assert broken_rules(scenario, shipped_rows(problem, x)) == []
    units = np.bincount(problem.options["line"], x * problem.options["gives"], len(problem.lines))
    order = problem.orders["order"].to_numpy()[problem.lines["order"]]
    return {name: float(sum(units[order == name])) for name in problem.orders["order"]}


HALF = "gold .5, base .3, rest -, more -"
THREE = "A gold 24 8, B base 24 8, C rest 24 8"


@pytest.mark.parametrize(
    ("pumps", "expected"),
    [
        (10, {"A": 5, "B": 3, "C": 2}),
        (9, {"A": 4, "B": 3, "C": 2}),  # 4.5, 2.7 and 1.8: the largest remainders are rounded up
        (3e7, {"A": 8, "B": 8, "C": 8}),
    ],
)
def test_each_segment_has_its_share_and_the_others_what_is_left(
    pumps: float, expected: dict[str, float]
) -> None:
    assert delivered(shared(HALF, THREE, pumps)) == expected


def test_a_share_of_what_is_divisible_is_not_rounded() -> None:
    items = "item,divisible\npump,true"
    found = delivered(shared(HALF, THREE, 9, items=items))
    assert found == pytest.approx({"A": 4.5, "B": 2.7, "C": 1.8})


def test_a_share_of_a_large_supply_is_not_lost_in_binary_noise() -> None:
    scenario = shared("gold .7", "A gold 24 30000000", 3e7)  # 0.7 * 3e7 is 20999999.999999996
    assert delivered(scenario) == {"A": 21_000_000}


def test_supply_counts_of_all_sites_and_the_whole_horizon() -> None:
    scenario = shared(
        HALF,
        "A gold 24 8",
        0,
        stock="site,item,on_hand\nLYON,pump,3\nGENT,pump,3",
        receipts="site,item,date,quantity\nLYON,pump,2026-11-26,4",
    )
    assert delivered(scenario) == {"A": 5}


def test_what_a_share_does_not_use_stays_unused() -> None:
    assert delivered(shared(HALF, "A gold 24 1, C rest 24 8", 10)) == {"A": 1, "C": 2}


def test_those_without_a_share_have_what_is_left_together() -> None:
    assert delivered(shared(HALF, "C rest 25 8, D more 24 1", 10)) == {"C": 1, "D": 1}


def test_a_share_is_reserved_though_nobody_of_the_segment_orders() -> None:
    assert delivered(shared("gold .8, rest -", "C rest 24 8", 10)) == {"C": 2}


def test_shares_that_are_more_than_all_leave_nothing() -> None:
    scenario = shared("gold .7, base .6, rest -", "A gold 25 8, B base 24 8, C rest 23 8", 10)
    assert delivered(scenario) == {"A": 4, "B": 6, "C": 0}


def test_a_share_is_used_up_by_request_then_by_order_date() -> None:
    scenario = shared(
        "gold .5",
        "A gold 24 4, B gold 24 4, C gold 23 3",
        10,
        orders="order,customer,requested,ordered\nA,gold,2026-11-24,2026-11-21\n"
        "B,gold,2026-11-24,2026-11-20\nC,gold,2026-11-23,2026-11-22",
    )
    assert delivered(scenario) == {"A": 0, "B": 2, "C": 3}


def test_without_shares_it_goes_by_request() -> None:
    assert delivered(shared("gold -, base -", "A gold 25 8, B base 24 8", 10)) == {"A": 2, "B": 8}


def test_each_item_has_shares_of_its_own_and_substitutes_use_theirs() -> None:
    scenario = shared(
        "gold .5",
        "A gold 24 20",
        8,
        stock="site,item,on_hand\nLYON,pump,8\nLYON,spare,20",
        substitutes="item,substitute,ratio\npump,spare,2",
    )
    assert delivered(scenario) == {"A": 4 + 5}  # ten spares are five pumps


@pytest.mark.parametrize(("frozen", "more"), [(4, 1), (5, 0), (6, 0)])
def test_frozen_commitments_stay_and_use_the_share(frozen: float, more: float) -> None:
    scenario = shared(
        HALF,
        "A gold 25 8, E gold 24 8",
        10,
        commitments="order,line,site,service,ship_date,quantity\n"
        f"A,1,LYON,standard,2026-11-23,{frozen}",
    )
    assert delivered(scenario) == {"A": frozen, "E": more}


def test_a_line_that_was_moved_to_another_tier_uses_the_share_of_its_segment() -> None:
    moved = "order,line,action,value\nA,,tier,7"
    assert delivered(shared(HALF, THREE, 10, overrides=moved)) == {"A": 5, "B": 3, "C": 2}


def test_quotas_of_the_scenario_hold_too() -> None:
    quotas = "segment,item,at_most\ngold,pump,3\nrest,,9"
    assert delivered(shared(HALF, THREE, 10, quotas=quotas)) == {"A": 3, "B": 3, "C": 2}


@pytest.mark.parametrize(("shares", "compared"), [("gold .5", True), ("gold -", False)])
def test_quota_is_compared_where_there_are_shares(shares: str, compared: bool) -> None:
    scenario = shared(shares, "A gold 24 8", 10)
    assert (Policy.QUOTA in allocate_all(prepare(scenario))) is compared
    made = plan(scenario, policy="fcfs")
    assert ("quota" in set(made.policies["policy"])) is compared
    assert plan(scenario, policy="quota").solution.policy == "quota"


def some_shares(seed: int) -> Scenario:
    """Give segments of a tiny scenario shares."""
    scenario, every = mixed_scenario(seed), [0.5, None, 0.3, 0.0, 0.8]
    segments = {
        name: segment.model_copy(update={"quota_share": every[(seed + n) % len(every)]})
        for n, (name, segment) in enumerate(scenario.settings.segments.items())
    }
    settings = scenario.settings.model_copy(update={"segments": segments})
    return Scenario(settings, scenario.tables)


@pytest.mark.parametrize("seed", range(0, 60, 4))
def test_the_policy_obeys_every_rule(seed: int) -> None:
    scenario = some_shares(seed)
    problem = close_impossible(prepare(scenario))
    x = allocate(problem, Policy.QUOTA)
    assert broken_rules(scenario, shipped_rows(problem, x)) == []


@pytest.mark.parametrize("seed", range(2))
def test_the_policy_makes_a_whole_plan(seed: int) -> None:
    made = plan(some_shares(seed), policy="quota")
    assert broken_rules(made.scenario, made.shipments) == []
    assert made.policies["policy"].iloc[-1] == "quota"


def test_compiled_loops_do_what_interpreted_ones_do(monkeypatch: pytest.MonkeyPatch) -> None:
    books = [close_impossible(prepare(some_shares(seed))) for seed in range(15)]
    interpreted = [allocate(book, Policy.QUOTA) for book in books]
    monkeypatch.setattr(kernels, "COMPILED_FROM", 0)
    for book, expected in zip(books, interpreted, strict=True):
        np.testing.assert_array_equal(allocate(book, Policy.QUOTA), expected)
