"""The policy ``bop``: each strategy by an example that can be checked by hand, and by the judge."""

from __future__ import annotations

import numpy as np
import pytest

from models.judge import broken_rules
from models.problem import Problem
from models.scenario import Scenario
from models.settings import Backorder, Policy
from optimizer import plan
from optimizer.common import kernels
from optimizer.policies import allocate, allocate_all
from optimizer.preparing import prepare
from optimizer.preparing.reduction import close_impossible
from tests.support.mixed_scenarios import mixed_scenario
from tests.support.named_plans import plan_in_names, shipped_rows
from tests.support.scenarios_as_text import make_scenario

HEADER = {
    "segments": {
        strategy.value: {"tier": 1, "services": ["standard"], "backorder": strategy.value}
        for strategy in Backorder
    }
}


def backlog(text: str, pumps: float, **tables: str) -> Scenario:
    """Build orders of one line each, and what is committed to them from LYON for the first day.

    ``"A win 24 8 5"``: order A of segment win, requested on November 24, 8 pumps ordered, 5 of
    them committed.
    """
    customers = [f"{s},{s},north" for s in HEADER["segments"]]
    orders, lines, committed = [], [], []
    for part in text.split(","):
        order, segment, day, ordered, had = part.split()
        orders.append(f"{order},{segment},2026-11-{day}")
        lines.append(f"{order},1,pump,{ordered}")
        if had != "0":
            committed.append(f"{order},1,LYON,standard,2026-11-23,{had},false")
    given = {
        "customers": "\n".join(["customer,segment,region", *customers]),
        "orders": "\n".join(["order,customer,requested", *orders]),
        "lines": "\n".join(["order,line,item,quantity", *lines]),
        "lanes": "site,region,service,transit_days\nLYON,north,standard,1",
        "stock": f"site,item,on_hand\nLYON,pump,{pumps}",
        "commitments": "\n".join(["order,line,site,service,ship_date,quantity,frozen", *committed]),
    }
    return make_scenario(HEADER, **(given | tables))


def problem_of(scenario: Scenario) -> Problem:
    return close_impossible(prepare(scenario))


def delivered(scenario: Scenario) -> dict[str, float]:
    """Tell the units that the policy delivers, by order."""
    problem = problem_of(scenario)
    x = allocate(problem, Policy.BOP)
    assert broken_rules(scenario, shipped_rows(problem, x)) == []
    units = np.bincount(problem.options["line"], x * problem.options["gives"], len(problem.lines))
    order = problem.orders["order"].to_numpy()[problem.lines["order"]]
    return {name: float(sum(units[order == name])) for name in problem.orders["order"]}


@pytest.mark.parametrize(
    ("text", "stock", "expected"),
    [
        ("A win 27 8 0, B redistribute 24 8 8", 10, {"A": 8, "B": 2}),
        ("A win 27 8 8, B win 24 8 0", 10, {"A": 2, "B": 8}),  # among those who win by request
        ("A gain 27 8 5, B win 24 8 0", 10, {"A": 5, "B": 5}),
        ("A gain 27 8 5, B win 24 8 0", 14, {"A": 6, "B": 8}),  # gains what they leave
        ("A gain 27 8 2, B redistribute 24 8 8", 10, {"A": 8, "B": 2}),
        ("A gain 27 8 8, B gain 24 8 0", 10, {"A": 8, "B": 2}),
        ("A gain 27 8 8, B gain 24 8 8", 10, {"A": 2, "B": 8}),  # stock was lost
        ("A redistribute 25 8 8, B redistribute 24 8 0", 10, {"A": 2, "B": 8}),
        ("A redistribute 27 8 0, B fill 24 8 5", 10, {"A": 8, "B": 2}),
        ("A redistribute 27 8 0, B fill 24 8 5", 20, {"A": 8, "B": 5}),
        ("A fill 24 8 0", 20, {"A": 0}),
        ("A lose 24 8 8", 20, {"A": 0}),
        ("A skip 27 8 5, B win 24 8 0", 10, {"A": 5, "B": 5}),
        ("A skip 27 8 5, B win 24 8 0", 20, {"A": 5, "B": 8}),
        ("A skip 24 8 0", 20, {"A": 0}),
        ("A skip 24 8 9", 20, {"A": 8}),  # less was ordered since
        ("A skip 25 8 8, B gain 24 8 8", 10, {"A": 2, "B": 8}),
    ],
)
def test_each_strategy(text: str, stock: float, expected: dict[str, float]) -> None:
    assert delivered(backlog(text, stock)) == expected


@pytest.mark.parametrize("strategy", ["gain", "skip"])
def test_what_stays_ships_as_committed_though_it_could_arrive_earlier(strategy: str) -> None:
    scenario = backlog(
        f"A {strategy} 24 8 0",
        5,
        stock="site,item,on_hand\nLYON,pump,8\nGENT,pump,5",
        lanes="site,region,service,transit_days\nLYON,north,standard,0\nGENT,north,standard,2",
        commitments="order,line,site,service,ship_date,quantity,frozen\n"
        "A,1,GENT,standard,2026-11-25,4,false",
    )
    problem = problem_of(scenario)
    rest = {"A/1 0 standard LYON": 4} if strategy == "gain" else {}
    assert (
        plan_in_names(problem, allocate(problem, Policy.BOP)) == {"A/1 2 standard GENT": 4} | rest
    )


def test_what_competes_anew_takes_its_best_way() -> None:
    scenario = backlog(
        "A fill 24 8 0",
        8,
        commitments="order,line,site,service,ship_date,quantity,frozen\n"
        "A,1,LYON,standard,2026-11-25,4,false",
    )
    problem = problem_of(scenario)
    assert plan_in_names(problem, allocate(problem, Policy.BOP)) == {"A/1 0 standard LYON": 4}


@pytest.mark.parametrize("strategy", ["lose", "redistribute", "fill", "win"])
def test_what_is_frozen_stays_whatever_the_strategy(strategy: str) -> None:
    frozen = (
        "order,line,site,service,ship_date,quantity,frozen\n"
        "A,1,LYON,standard,2026-11-23,3,true\nA,1,LYON,standard,2026-11-24,2,false"
    )
    scenario = backlog(f"A {strategy} 27 8 0, B win 24 20 0", 10, commitments=frozen)
    assert delivered(scenario) == {"A": 3, "B": 7}


def test_a_locked_line_loses_nothing() -> None:
    locked = "order,line,action\nA,,lock"
    assert delivered(backlog("A lose 27 8 5, B win 24 8 0", 10, overrides=locked)) == {
        "A": 5,
        "B": 5,
    }


def test_a_held_line_gives_everything_back() -> None:
    held = "order,line,action\nA,,hold"
    assert delivered(backlog("A skip 27 8 5, B win 24 8 0", 10, overrides=held)) == {
        "A": 0,
        "B": 8,
    }


@pytest.mark.parametrize(
    ("strategy", "stock", "kept"), [("skip", 5, 0), ("skip", 6, 6), ("gain", 5, 0), ("gain", 9, 8)]
)
def test_less_than_the_smallest_delivery_is_not_kept(
    strategy: str, stock: float, kept: float
) -> None:
    lines = "order,line,item,quantity,min_fill\nA,1,pump,8,0.75\nB,1,pump,8,"
    scenario = backlog(f"A {strategy} 27 8 6, B fill 24 8 8", stock, lines=lines)
    assert delivered(scenario) == {"A": kept, "B": stock - kept}


COMPLETE = "order,customer,requested,ship_complete\nA,{},2026-11-24,true"
TWO_LINES = "order,line,item,quantity\nA,1,pump,5\nA,2,valve,5"
BOTH = (
    "order,line,site,service,ship_date,quantity,frozen\n"
    "A,1,LYON,standard,2026-11-23,5,false\nA,2,LYON,standard,2026-11-23,{},false"
)


@pytest.mark.parametrize(
    ("strategy", "had", "valves", "units"),
    [
        ("skip", 5, 5, 10),
        ("skip", 5, 4, 0),  # stock was lost
        ("skip", 4, 5, 0),  # was never complete
        ("gain", 4, 5, 10),  # comes to its turn as if nothing were committed
        ("fill", 5, 5, 10),
        ("fill", 4, 9, 0),  # could only be complete by a gain
        ("win", 4, 9, 10),
    ],
)
def test_an_order_that_goes_together_is_kept_and_filled_together(
    strategy: str, had: float, valves: float, units: float
) -> None:
    scenario = backlog(
        "A win 24 5 0",
        9,
        orders=COMPLETE.format(strategy),
        lines=TWO_LINES,
        stock=f"site,item,on_hand\nLYON,pump,5\nLYON,valve,{valves}",
        commitments=BOTH.format(had),
    )
    assert delivered(scenario) == {"A": units}


def test_a_commitment_is_kept_once_though_supply_is_of_two_certainties() -> None:
    header = HEADER["segments"]["win"] | {"min_confidence": 0.9}
    scenario = backlog(
        "A skip 24 8 3, B win 24 8 0",
        4,
        receipts="site,item,date,quantity,confidence\nLYON,pump,2026-11-23,4,0.5",
    )
    segments = HEADER["segments"] | {"win": header}
    settings = scenario.settings.model_validate(
        scenario.settings.model_dump() | {"segments": segments}
    )
    assert delivered(Scenario(settings, scenario.tables)) == {"A": 3, "B": 4}


def test_fill_counts_ordered_units_of_a_substitute() -> None:
    scenario = backlog(
        "A fill 24 8 0",
        0,
        stock="site,item,on_hand\nLYON,pump,1\nLYON,spare,10",
        substitutes="item,substitute,ratio\npump,spare,2",
        commitments="order,line,item,site,service,ship_date,quantity,frozen\n"
        "A,1,spare,LYON,standard,2026-11-23,6,false",
    )
    assert delivered(scenario) == {"A": 3}


def test_what_stays_takes_no_more_capacity_and_parcels_than_there_are() -> None:
    scenario = backlog(
        "A skip 24 8 0, B win 24 8 0",
        20,
        orders="order,customer,requested,max_shipments\nA,skip,2026-11-24,1\nB,win,2026-11-24,",
        site_capacity="site,date,units\nLYON,,4",
        commitments="order,line,site,service,ship_date,quantity,frozen\n"
        "A,1,LYON,standard,2026-11-23,5,false\nA,1,LYON,standard,2026-11-24,3,false",
    )
    assert delivered(scenario) == {"A": 4, "B": 8}


def test_without_commitments_those_who_may_gain_are_served_by_request() -> None:
    scenario = backlog("A redistribute 25 8 0, B redistribute 24 8 0, C skip 23 8 0", 10)
    assert delivered(scenario) == {"A": 2, "B": 8, "C": 0}


def test_lines_that_should_win_and_do_not_are_exceptions() -> None:
    text = ", ".join(f"A{n} win 24 8 0" for n in range(1, 8))
    made = plan(backlog(f"{text}, B gain 24 8 2", 10), policy="bop")
    (note,) = made.notes
    assert note == (
        "Exceptions: 6 lines of segments that win could not be confirmed in full: "
        "A2/1, A3/1, A4/1, A5/1, A6/1 and 1 more."
    )
    assert plan(backlog("A win 24 8 0", 10), policy="bop").notes == ()
    assert plan(backlog("A win 24 8 0", 5), policy="edd").notes == ()


@pytest.mark.parametrize(
    ("frozen", "compared"), [("false", True), ("true", False)], ids=["may change", "frozen"]
)
def test_bop_is_compared_where_commitments_may_change(frozen: str, compared: bool) -> None:
    committed = (
        "order,line,site,service,ship_date,quantity,frozen\n"
        f"A,1,LYON,standard,2026-11-23,5,{frozen}"
    )
    scenario = backlog("A gain 24 8 0", 10, commitments=committed)
    assert (Policy.BOP in allocate_all(problem_of(scenario))) is compared
    made = plan(scenario, policy="fcfs")
    assert ("bop" in set(made.policies["policy"])) is compared
    assert plan(scenario, policy="bop").solution.policy == "bop"


def strategies(seed: int) -> Scenario:
    """Give the segments of a tiny scenario strategies."""
    scenario, every = mixed_scenario(seed), list(Backorder)
    segments = {
        name: segment.model_copy(update={"backorder": every[(seed + 5 * n) % len(every)]})
        for n, (name, segment) in enumerate(scenario.settings.segments.items())
    }
    settings = scenario.settings.model_copy(update={"segments": segments})
    return Scenario(settings, scenario.tables)


@pytest.mark.parametrize("seed", range(0, 60, 4))
def test_the_policy_obeys_every_rule(seed: int) -> None:
    scenario = strategies(seed)
    problem = problem_of(scenario)
    x = allocate(problem, Policy.BOP)
    assert broken_rules(scenario, shipped_rows(problem, x)) == []


@pytest.mark.parametrize("seed", range(2))
def test_the_policy_makes_a_whole_plan(seed: int) -> None:
    made = plan(strategies(seed), policy="bop")
    assert broken_rules(made.scenario, made.shipments) == []
    assert made.policies["policy"].iloc[-1] == "bop"


def test_compiled_loops_do_what_interpreted_ones_do(monkeypatch: pytest.MonkeyPatch) -> None:
    books = [problem_of(strategies(seed)) for seed in range(15)]
    interpreted = [allocate(book, Policy.BOP) for book in books]
    monkeypatch.setattr(kernels, "COMPILED_FROM", 0)
    for book, expected in zip(books, interpreted, strict=True):
        np.testing.assert_array_equal(allocate(book, Policy.BOP), expected)
