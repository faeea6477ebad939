"""A plan that was cut short is filled up with what still fits, and loses nothing by it."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from models.allocation import declare
from models.judge import broken_rules
from models.settings import Policy
from optimizer.common.clock import Clock
from optimizer.compiling import compile_matrix
from optimizer.policies import allocate, top_up
from optimizer.solving import optimise
from optimizer.solving.lexicographic import GoalsResult
from optimizer.solving.locked_model import LockedModel
from tests.support.answers_as_text import TABLES, one_line
from tests.support.named_plans import plan_in_names, shipped_rows
from tests.support.seeds import seeds
from tests.support.solverless_plans import prepared, units
from tests.support.tiny_scenarios import tiny_scenario


@pytest.mark.parametrize("seed", seeds(12, 40))
def test_topping_up_takes_nothing_back_and_obeys_every_rule(seed: int) -> None:
    scenario = tiny_scenario(seed)
    problem = prepared(scenario)
    x = allocate(problem, Policy.FCFS)
    x[(problem.lines["order"].to_numpy() % 2 == 0)[problem.options["line"]]] = 0.0
    more = top_up(problem, x)
    assert (more >= x - 1e-9).all()
    assert broken_rules(scenario, shipped_rows(problem, more)) == []


def test_a_line_that_has_its_least_takes_the_last_unit() -> None:
    lines = "order,line,item,quantity,min_fill\nSO1,1,pump,10,0.9"
    problem = prepared(one_line(lines=lines))
    plan = units(problem, {"SO1/1 0": 9})
    assert top_up(problem, plan).sum() == 10


@pytest.mark.parametrize(("goals", "shipped"), [(["value"], 0), (["fill", "value"], 10)])
def test_what_costs_more_than_it_is_worth_goes_only_where_fill_asks_for_it(
    goals: list[str], shipped: int
) -> None:
    lanes = TABLES["lanes"].replace("days", "days,cost_per_unit") + ",5"
    problem = prepared(one_line({"goals": goals}, lanes=lanes))
    assert top_up(problem, np.zeros(len(problem.options))).sum() == shipped


def test_a_climb_that_was_cut_leaves_nothing_on_the_shelf(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = prepared(one_line())
    declared = declare(problem)
    model = LockedModel(problem, declared, compile_matrix(declared))
    nothing = np.zeros(len(problem.options))
    cut = GoalsResult(model.vector_of(nothing), {}, answered=True, cut=True)
    monkeypatch.setattr(optimise, "solve_goals", lambda *_: cut)
    outcome = optimise.optimise(
        model, {Policy.FCFS: nothing}, Clock(5.0), threading.Event(), lambda _: None
    )
    assert plan_in_names(problem, outcome.x) == {"SO1/1 0 standard LYON": 10}
