"""A dominating option ships what a dominated one does, in every plan, and no goal is worse."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable

import numpy as np
import pytest

from models.allocation import declare, goal_list
from models.judge import broken_rules
from models.problem import Problem
from models.scenario import Scenario
from models.settings import Policy
from optimizer.common import kernels
from optimizer.common.clock import Clock
from optimizer.compiling import compile_matrix
from optimizer.policies import allocate, allocate_all
from optimizer.preparing.dominance import dominating_options, ship_by_dominating
from optimizer.preparing.reduction import close_impossible
from optimizer.solving.locked_model import LockedModel
from optimizer.solving.optimise import optimise
from tests.support.answers_as_text import one_line
from tests.support.forecast_scenarios import forecast_scenario
from tests.support.mixed_scenarios import mixed_scenario
from tests.support.named_plans import Floats, shipped_rows
from tests.support.seeds import seeds
from tests.support.solverless_plans import prepared
from tests.support.tiny_scenarios import tiny_scenario

SEEDS = range(30)
SOLVED = range(0, 60, 20)


def kept(scenario: Scenario) -> list[str]:
    """Name the options that nothing dominates: ship day, service, site."""
    problem = prepared(scenario)
    options = problem.options[dominating_options(problem) == np.arange(len(problem.options))]
    columns = (options["day"], problem.services[options["service"]], problem.sites[options["site"]])
    return [" ".join(map(str, row)) for row in zip(*columns, strict=True)]


TWO_SERVICES = {
    "services": {"economy": {}, "express": {"surcharge_per_unit": 1}},
    "segments": {"gold": {"tier": 1, "services": ["economy", "express"]}},
}
FAST_AND_SLOW = "\n".join(
    [
        "site,region,service,transit_days,cost_per_unit",
        "LYON,north,economy,2,1",
        "LYON,north,express,0,2",
    ]
)
DAILY = "site,units\nLYON,4"


def test_without_capacities_the_earliest_of_the_best_stays() -> None:
    assert kept(one_line()) == ["0 standard LYON"]


def test_on_days_of_limited_capacity_each_day_stays() -> None:
    assert len(kept(one_line(site_capacity=DAILY))) == len(prepared(one_line()).options)


def test_a_capacity_that_cannot_be_filled_keeps_no_day() -> None:
    assert kept(one_line(site_capacity="site,units\nLYON,10")) == ["0 standard LYON"]


def test_a_capacity_that_limits_a_single_option_keeps_its_day() -> None:
    assert len(kept(one_line(site_capacity="site,date,units\nLYON,2026-11-23,5"))) == 1
    assert "1 standard LYON" in kept(one_line(site_capacity="site,date,units\nLYON,2026-11-23,5"))


def test_the_dearer_service_stays_where_it_is_in_time_alone() -> None:
    scenario = one_line(TWO_SERVICES, lanes=FAST_AND_SLOW, site_capacity=DAILY)
    late = [row for row in kept(scenario) if "express" in row]
    assert late
    assert "0 express LYON" not in late  # economy is in time as well


def test_a_later_day_has_no_less_stock_and_stays_for_it() -> None:
    receipts = "site,item,date,quantity\nLYON,pump,2026-11-24,6"
    scenario = one_line(stock="site,item,on_hand\nLYON,pump,4", receipts=receipts)
    assert kept(scenario) == ["1 standard LYON"]


def losses(held: LockedModel, x: Floats) -> list[float]:
    """Value of every goal, minimised."""
    vector = held.vector_of(x)
    assert held.accepts(vector)
    goals = [goal for goal in goal_list(held.problem) if goal.expression]
    return [float(held.cost(goal)[0] @ vector) for goal in goals]


@pytest.mark.parametrize("seed", seeds(12, 30))
def test_with_stand_ins_no_plan_breaks_a_rule_or_loses_a_goal(seed: int) -> None:
    scenario = tiny_scenario(seed)
    problem = prepared(scenario)
    held = LockedModel(problem, declared := declare(problem), compile_matrix(declared))
    stand_in = dominating_options(problem)
    assert (stand_in[stand_in] == stand_in).all()
    for x in allocate_all(problem).values():
        other = ship_by_dominating(x, stand_in)
        assert not other[stand_in != np.arange(len(x))].any()
        assert broken_rules(scenario, shipped_rows(problem, other)) == []
        pairs = zip(losses(held, other), losses(held, x), strict=True)
        assert all(after <= before + 1e-9 for after, before in pairs)


def test_the_seeds_have_much_to_stand_in_for() -> None:
    found = [dominating_options(prepared(tiny_scenario(seed))) for seed in SEEDS]
    shares = [float((s != np.arange(len(s))).mean()) for s in found if len(s)]
    assert 0.3 < float(np.mean(shares)) < 0.95


def values(problem: Problem) -> dict[str, float]:
    """Solve a problem to proved optimality."""
    held = LockedModel(problem, declared := declare(problem), compile_matrix(declared))
    starts = {
        policy: allocate(problem, policy) for policy in (Policy.FCFS, Policy.SEGMENT_PRIORITY)
    }
    goals = optimise(held, starts, Clock(60), threading.Event(), lambda _: None).goals
    return {goal.name: goal.value for goal in goals}


@pytest.mark.parametrize("seed", SOLVED)
@pytest.mark.parametrize("make", [tiny_scenario, mixed_scenario, forecast_scenario])
def test_the_optimum_stays_the_same(make: Callable[[int], Scenario], seed: int) -> None:
    problem = close_impossible(prepared(make(seed)))
    stand_in = dominating_options(problem)
    upper = np.where(stand_in == np.arange(len(stand_in)), problem.options["upper"], 0.0)
    options = problem.options.assign(upper=upper)
    reduced = dataclasses.replace(problem, options=options)
    assert values(reduced) == pytest.approx(values(problem), abs=1e-6)


def test_compiled_and_interpreted_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    interpreted = [dominating_options(prepared(tiny_scenario(seed))) for seed in SEEDS]
    monkeypatch.setattr(kernels, "COMPILED_FROM", 0)
    for seed, found in zip(SEEDS, interpreted, strict=True):
        np.testing.assert_array_equal(dominating_options(prepared(tiny_scenario(seed))), found)
