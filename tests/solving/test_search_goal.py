"""Gaps, what reduced costs close, and the search for one goal after another within its time."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from models.allocation import GoalSpec, goal_list
from optimizer.common.clock import Clock
from optimizer.policies import SEQUENCES, allocate
from optimizer.solving.highs import SolverProcess
from optimizer.solving.lexicographic import Progress, solve_goals
from optimizer.solving.locked_model import LockedModel
from optimizer.solving.lp import KeptLP, LPSolution
from optimizer.solving.neighbourhoods import unfixed_columns
from optimizer.solving.search import Search
from optimizer.solving.session import Session
from optimizer.solving.steps import search_goal
from optimizer.solving.strategy import Strategy
from tests.support.answers_as_text import TABLES
from tests.support.locked_models import (
    goal,
    goals_with_cost,
    model_of,
    search_for,
    target_model,
    vector_for,
)
from tests.support.named_plans import Floats
from tests.support.tiny_scenarios import tiny_scenario


@pytest.mark.parametrize(
    ("name", "bound", "gap"),
    [
        ("target:1", 0.0, 0.5 / 10),  # of the tier's base
        ("target:1", 0.5, 0.0),
        ("target:1", 0.5 - 1e-8, 0.0),  # noise
        ("fill:1", 4.0, 2 / 10),
        ("value", -15.0, 3 / 12),  # of the value delivered
        ("value", -11.9, 0.0),
    ],
)
def test_the_gap_is_a_share_of_the_base(name: str, bound: float, gap: float) -> None:
    model = target_model("unit_otif", 0.45)
    vector = vector_for(model, {"SO1/1 0": 4})
    assert search_for(model, goal(model, name), vector, bound).gap == pytest.approx(gap)


def test_the_gap_of_a_worthless_plan_refers_to_its_loss() -> None:
    model = target_model("unit_otif", 0.5)
    search = search_for(model, goal(model, "value"), vector_for(model, {}), -30.0)
    assert search.base == 1.0
    assert search.gap == 30.0


def solved_lp(model: LockedModel, cost: Floats) -> LPSolution:
    """Solve the LP relaxation beside our worker, with the reduced cost of every column."""
    m = model.matrix
    at_most, at_least = np.isfinite(m.row_upper), np.isfinite(m.row_lower)
    a = m.a.toarray()
    found = linprog(
        cost,
        np.vstack([a[at_most], -a[at_least]]),
        np.concatenate([m.row_upper[at_most], -m.row_lower[at_least]]),
        bounds=np.column_stack([np.zeros(len(m.upper)), m.upper]),
    )
    assert found.status == 0
    reduced = found.lower.marginals + found.upper.marginals
    return LPSolution(found.fun, found.x, reduced)


def solved_mip(model: LockedModel, cost: Floats, upper: Floats) -> float:
    """Solve the MIP beside our worker."""
    m = model.matrix
    found = milp(
        cost,
        integrality=m.whole.astype(int),
        bounds=Bounds(0, upper),
        constraints=LinearConstraint(m.a, m.row_lower, m.row_upper),
    )
    assert found.status == 0
    return float(found.fun)


def unfixed(search: Search, lp: LPSolution) -> np.ndarray:
    """List the columns that any better answer may use."""
    distance = search.value - (lp.bound + search.constant) + search.noise
    return unfixed_columns(search.model, lp, search.best, distance)


def closing(seed: int) -> tuple[int, list[tuple[float, float]]]:
    """Count what is closed, and solve each goal with and without; 0 goals need a search."""
    model = model_of(tiny_scenario(seed))
    count, optima = 0, []
    for spec in goals_with_cost(model):
        cost, _ = model.cost(spec)
        starts = [model.vector_of(allocate(model.problem, policy)) for policy in SEQUENCES]
        search = search_for(model, spec, min(starts, key=lambda v: float(cost @ v)))
        able = unfixed(search, solved_lp(model, cost))
        count += int((~able & (model.matrix.upper > 0)).sum())
        upper = np.where(able, model.matrix.upper, 0.0)
        full = solved_mip(model, cost, model.matrix.upper)
        optima.append((solved_mip(model, cost, upper), full))
    return count, optima


def test_closing_by_reduced_cost_never_removes_the_optimum() -> None:
    closed = 0
    for seed in range(0, 100, 4):
        count, optima = closing(seed)
        closed += count
        for within, full in optima:
            assert within == pytest.approx(full, abs=1e-5), seed
    assert closed > 30


@pytest.mark.parametrize(("share", "closed"), [(0.99, False), (1.0, False), (1.01, True)])
def test_only_what_costs_more_than_the_distance_is_closed(share: float, closed: bool) -> None:
    model = target_model("unit_otif", 0.5)
    search = search_for(model, goal(model, "value"), vector_for(model, {}))
    reduced = np.full(len(search.best), share * 7.0)
    able = unfixed(search, LPSolution(-7.0, 0 * reduced, reduced))
    assert able[model.matrix.columns["x"]].all() == (not closed)
    assert able[model.matrix.columns["carried"]].all()  # not whole: a little of it costs little


def test_what_the_best_answer_uses_stays_open() -> None:
    model = target_model("unit_otif", 0.5)
    best = vector_for(model, {"SO1/1 0": 4})
    search = search_for(model, goal(model, "value"), best)
    dear = LPSolution(search.value, 0 * best, 0 * best + 1e6)
    able = unfixed(search, dear)
    x = model.matrix.columns["x"]
    assert able[x].tolist() == [True, *[False] * (x.stop - x.start - 1)]


def test_only_better_answers_that_obey_are_taken() -> None:
    model = target_model("unit_otif", 0.9)
    told: list[float] = []
    spec = goal(model, "fill:1")
    best = vector_for(model, {"SO1/1 0": 4})
    search = Search.of(spec, model, best, report=lambda s: told.append(s.value))
    search.offer(vector_for(model, {"SO1/1 0": 3}))
    search.offer(vector_for(model, {"SO1/1 0": 8, "SO1/1 1": 8}))
    assert told == []
    search.offer(vector_for(model, {"SO1/1 0": 6.9999999}))
    assert told == [3.0]
    assert model.shipped(search.best).sum() == 7


def test_without_time_a_search_keeps_its_start() -> None:
    model = target_model("unit_otif", 0.9)
    best = vector_for(model, {"SO1/1 0": 4})
    search = search_for(model, goal(model, "target:1"), best, 0.0)
    with SolverProcess(threading.Event()) as process:
        strategy = replace(Strategy.of(model.problem), relative_gap=0.0)
        search_goal(search, Session(strategy, process, process, process), Clock(0.0))
        assert not process.alive
    assert search.cut
    assert not search.answered
    assert search.best is best
    assert search.bound == 0.0


def solved(
    model: LockedModel, starts: list[Floats], seconds: float
) -> tuple[Any, list[Progress], list[GoalSpec]]:
    """Solve all goals, with a report of every step."""
    steps: list[Progress] = []
    specs = goal_list(model.problem)
    event = threading.Event()
    with SolverProcess(event) as first, SolverProcess(event) as second:
        strategy = replace(Strategy.of(model.problem), relative_gap=0.0)
        session = Session(strategy, first, second, second)
        result = solve_goals(model, specs, starts, session, Clock(seconds), steps.append)
    return result, steps, specs


def test_without_time_each_goal_keeps_the_best_start_that_keeps_the_goals_before_it() -> None:
    model = target_model("unit_otif", 0.5)
    starts = [
        vector_for(model, {"SO1/1 0": 4}),  # misses the target
        vector_for(model, {"SO1/1 0": 6}),  # the best that keeps it and what comes after
        vector_for(model, {"SO1/1 0": 5}),
        vector_for(model, {"SO1/1 3": 10}),  # fills all, but too late
    ]
    result, steps, _ = solved(model, starts, 0.0)
    assert not result.answered
    assert result.cut
    np.testing.assert_array_equal(result.vector, starts[1])
    assert result.bounds == {"target:1": 0.0, "fill:1": 0.0, "value": -30.0}
    assert {step.goal for step in steps} == set(result.bounds)


def test_a_ladder_with_time_proves_every_goal() -> None:
    stock = TABLES["stock"].replace("100", "7")
    model = target_model("unit_otif", 0.5, stock=stock)
    result, steps, specs = solved(model, [vector_for(model, {"SO1/1 3": 1})], 60.0)
    assert result.answered
    assert not result.cut
    assert result.bounds == pytest.approx({"target:1": 0.0, "fill:1": 3.0, "value": -21.0})
    assert model.shipped(result.vector).sum() == 7
    assert [step.nth for step in steps] == sorted(step.nth for step in steps)
    assert steps[-1].of == len(specs)
    assert steps[-1].value == pytest.approx(21.0)
    assert steps[-1].gap == 0


def test_a_goal_that_a_start_reaches_needs_no_solver() -> None:
    model = target_model("unit_otif", 0.5)
    result, _, _ = solved(model, [vector_for(model, {"SO1/1 0": 10})], 0.0)
    assert result.answered
    assert not result.cut


def test_a_session_forgets_the_holds_of_another_ladder() -> None:
    model = target_model("unit_otif", 0.5)
    spec = goal(model, "value")
    cost, _ = model.cost(spec)
    first, second = model.copy(), model.copy()
    first.lock(goal(model, "fill:1"), vector_for(model, {"SO1/1 0": 9}))  # ship at least nine
    second.lock(goal(model, "value"), vector_for(model, {"SO1/1 0": 2}))
    event = threading.Event()
    with SolverProcess(event) as process:
        kept = KeptLP(process, Strategy.of(model.problem))
        nine = kept.solve(first, spec, -cost, vector_for(model, {"SO1/1 0": 9}), 20.0)
        assert nine.bound > 9 * 2
        two = kept.solve(second, spec, -cost, vector_for(model, {"SO1/1 0": 2}), 20.0)
    assert len(first.rows) == len(second.rows) == 1
    with SolverProcess(event) as process:
        alone = KeptLP(process, Strategy.of(model.problem)).solve(
            second, spec, -cost, vector_for(model, {"SO1/1 0": 2}), 20.0
        )
    assert two.bound == pytest.approx(2 * 3)
    assert alone.bound == pytest.approx(2 * 3)
