"""Gaps, what reduced costs close, and the search for one goal after another within its time."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from models.allocation import GoalSpec, goal_list
from optimizer.common.clock import Clock
from optimizer.policies import SEQUENCES, allocate
from optimizer.solving.goal_search import Search, Session
from optimizer.solving.highs import SolverProcess
from optimizer.solving.lexicographic import Progress, solve_goals
from optimizer.solving.locked_model import LockedModel
from optimizer.solving.lp import KeptLP, Relaxed
from tests.support.answers_as_text import TABLES
from tests.support.locked_models import goal, goals_with_cost, held_of, lifted, promised, search_for
from tests.support.named_plans import Floats
from tests.support.tiny_scenarios import tiny


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
    held = promised("unit_otif", 0.45)
    vector = lifted(held, {"SO1/1 0": 4})
    assert search_for(held, goal(held, name), vector, bound).gap == pytest.approx(gap)


def test_the_gap_of_a_worthless_plan_refers_to_its_loss() -> None:
    held = promised("unit_otif", 0.5)
    search = search_for(held, goal(held, "value"), lifted(held, {}), -30.0)
    assert search.base == 1.0
    assert search.gap == 30.0


def solved_lp(held: LockedModel, cost: Floats) -> Relaxed:
    """Solve the LP relaxation beside our worker, with the reduced cost of every column."""
    m = held.matrix
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
    return Relaxed(found.fun, found.x, reduced)


def solved_mip(held: LockedModel, cost: Floats, upper: Floats) -> float:
    """Solve the MIP beside our worker."""
    m = held.matrix
    found = milp(
        cost,
        integrality=m.whole.astype(int),
        bounds=Bounds(0, upper),
        constraints=LinearConstraint(m.a, m.row_lower, m.row_upper),
    )
    assert found.status == 0
    return float(found.fun)


def closing(seed: int) -> tuple[int, list[tuple[float, float]]]:
    """Count what is closed, and solve each goal with and without; 0 goals need a search."""
    held = held_of(tiny(seed))
    count, optima = 0, []
    for spec in goals_with_cost(held):
        cost, _ = held.cost(spec)
        starts = [held.vector_of(allocate(held.problem, policy)) for policy in SEQUENCES]
        search = search_for(held, spec, min(starts, key=lambda v: float(cost @ v)))
        able = search.able(solved_lp(held, cost))
        count += int((~able & (held.matrix.upper > 0)).sum())
        upper = np.where(able, held.matrix.upper, 0.0)
        full = solved_mip(held, cost, held.matrix.upper)
        optima.append((solved_mip(held, cost, upper), full))
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
    held = promised("unit_otif", 0.5)
    search = search_for(held, goal(held, "value"), lifted(held, {}))
    reduced = np.full(len(search.best), share * 7.0)
    able = search.able(Relaxed(-7.0, 0 * reduced, reduced))
    assert able[held.matrix.columns["x"]].all() == (not closed)
    assert able[held.matrix.columns["carried"]].all()  # not whole: a little of it costs little


def test_what_the_best_answer_uses_stays_open() -> None:
    held = promised("unit_otif", 0.5)
    best = lifted(held, {"SO1/1 0": 4})
    search = search_for(held, goal(held, "value"), best)
    dear = Relaxed(search.value, 0 * best, 0 * best + 1e6)
    able = search.able(dear)
    x = held.matrix.columns["x"]
    assert able[x].tolist() == [True, *[False] * (x.stop - x.start - 1)]


def test_only_better_answers_that_obey_are_taken() -> None:
    held = promised("unit_otif", 0.9)
    told: list[float] = []
    spec = goal(held, "fill:1")
    search = Search(
        spec,
        held,
        *held.cost(spec),
        lifted(held, {"SO1/1 0": 4}),
        -np.inf,
        lambda s: told.append(s.value),
    )
    search.offer(lifted(held, {"SO1/1 0": 3}))
    search.offer(lifted(held, {"SO1/1 0": 8, "SO1/1 1": 8}))
    assert told == []
    search.offer(lifted(held, {"SO1/1 0": 6.9999999}))
    assert told == [3.0]
    assert held.shipped(search.best).sum() == 7


def test_without_time_a_search_keeps_its_start() -> None:
    held = promised("unit_otif", 0.9)
    best = lifted(held, {"SO1/1 0": 4})
    search = search_for(held, goal(held, "target:1"), best, 0.0)
    with SolverProcess(threading.Event()) as process:
        search.run(Session(KeptLP(process), process, process), 0.0, 0.0)
        assert not process.alive
    assert search.cut
    assert not search.answered
    assert search.best is best
    assert search.bound == 0.0


def climbed(
    held: LockedModel, starts: list[Floats], seconds: float
) -> tuple[Any, list[Progress], list[GoalSpec]]:
    """Solve all goals, telling every step."""
    told: list[Progress] = []
    specs = goal_list(held.problem)
    event = threading.Event()
    with SolverProcess(event) as first, SolverProcess(event) as second:
        session = Session(KeptLP(first), second, second)
        found = solve_goals(held, specs, starts, session, Clock(seconds), 0.0, told.append)
    return found, told, specs


def test_without_time_each_goal_keeps_the_best_start_that_keeps_the_goals_before_it() -> None:
    held = promised("unit_otif", 0.5)
    starts = [
        lifted(held, {"SO1/1 0": 4}),  # misses the target
        lifted(held, {"SO1/1 0": 6}),  # the best that keeps it and what comes after
        lifted(held, {"SO1/1 0": 5}),
        lifted(held, {"SO1/1 3": 10}),  # fills all, but too late
    ]
    found, told, _ = climbed(held, starts, 0.0)
    assert not found.answered
    assert found.cut
    np.testing.assert_array_equal(found.vector, starts[1])
    assert found.bounds == {"target:1": 0.0, "fill:1": 0.0, "value": -30.0}
    assert {step.goal for step in told} == set(found.bounds)


def test_a_ladder_with_time_proves_every_goal() -> None:
    stock = TABLES["stock"].replace("100", "7")
    held = promised("unit_otif", 0.5, stock=stock)
    found, told, specs = climbed(held, [lifted(held, {"SO1/1 3": 1})], 60.0)
    assert found.answered
    assert not found.cut
    assert found.bounds == pytest.approx({"target:1": 0.0, "fill:1": 3.0, "value": -21.0})
    assert held.shipped(found.vector).sum() == 7
    assert [step.nth for step in told] == sorted(step.nth for step in told)
    assert told[-1].of == len(specs)
    assert told[-1].value == pytest.approx(21.0)
    assert told[-1].gap == 0


def test_a_goal_that_a_start_reaches_needs_no_solver() -> None:
    held = promised("unit_otif", 0.5)
    found, _, _ = climbed(held, [lifted(held, {"SO1/1 0": 10})], 0.0)
    assert found.answered
    assert not found.cut


def test_a_session_forgets_the_holds_of_another_ladder() -> None:
    held = promised("unit_otif", 0.5)
    spec = goal(held, "value")
    cost, _ = held.cost(spec)
    first, second = held.copy(), held.copy()
    first.lock(goal(held, "fill:1"), lifted(held, {"SO1/1 0": 9}))  # ship at least nine
    second.lock(goal(held, "value"), lifted(held, {"SO1/1 0": 2}))
    event = threading.Event()
    with SolverProcess(event) as process:
        kept = KeptLP(process)
        nine = kept.solve(first, spec, -cost, lifted(held, {"SO1/1 0": 9}), 20.0)
        assert nine.bound > 9 * 2
        two = kept.solve(second, spec, -cost, lifted(held, {"SO1/1 0": 2}), 20.0)
    assert len(first.rows) == len(second.rows) == 1
    with SolverProcess(event) as process:
        alone = KeptLP(process).solve(second, spec, -cost, lifted(held, {"SO1/1 0": 2}), 20.0)
    assert two.bound == pytest.approx(2 * 3)
    assert alone.bound == pytest.approx(2 * 3)
