"""Holding what is reached, bounds, gaps, and the search within its time."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from judging import TABLES, one_line, one_segment
from plans import prepared, units
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from telling import Floats
from tiny import tiny

from models.allocation import GoalSpec, declare, goal_list
from models.scenario import Scenario
from models.settings import Policy
from optimizer.compiling import compile_matrix
from optimizer.holding import OFF_GRID, ON_GRID, Held
from optimizer.policies import SEQUENCES, allocate
from optimizer.searching import Clock, Search, Session
from optimizer.solver import SolverProcess
from optimizer.solving import Progress, climb

Plan = Mapping[str, float]


def held_of(scenario: Scenario) -> Held:
    """Compile a scenario with nothing held."""
    problem = prepared(scenario)
    declared = declare(problem)
    return Held(problem, declared, compile_matrix(declared))


def goal(held: Held, name: str) -> GoalSpec:
    """Find a goal by its name."""
    (spec,) = [spec for spec in goal_list(held.problem) if spec.name == name]
    return spec


def lifted(held: Held, plan: Plan) -> Floats:
    """Complete a plan told in names to a value for every column."""
    vector: Floats = held.lifted(units(held.problem, plan))
    return vector


def search_for(held: Held, spec: GoalSpec, best: Floats, bound: float = -np.inf) -> Search:
    """Begin a search."""
    return Search(spec, held, *held.cost(spec), best, bound)


def promised(measure: str, level: float, lines: str = "SO1,1,pump,10,3", **tables: str) -> Held:
    """Build an order with a target on all of it."""
    header = one_segment(target={"measure": measure, "level": level})
    header["goals"] = ["targets", "fill", "value"]
    text = f"order,line,item,quantity,unit_value\n{lines}"
    return held_of(one_line(header, **({"lines": text} | tables)))


# Holding: what is reached may not be lost, and no more than that.


@pytest.mark.parametrize(
    ("level", "reached", "kept", "lost"),
    [
        (0.5, 8, 5, 4),  # the surplus over the promise may be given away
        (0.55, 8, 6, 5),  # 5.5 units are promised: the sixth is needed
        (0.9, 3, 3, 2),  # missed: what is reached is kept
        (0.9, 9, 9, 8),
    ],
)
def test_a_reached_promise_is_held_but_not_its_surplus(
    level: float, reached: float, kept: float, lost: float
) -> None:
    held = promised("unit_otif", level)
    vector = lifted(held, {"SO1/1 0": reached})
    held.hold(goal(held, "target:1"), vector)
    assert held.accepts(vector)
    assert held.accepts(lifted(held, {"SO1/1 0": kept}))
    assert not held.accepts(lifted(held, {"SO1/1 0": lost}))


@pytest.mark.parametrize(
    ("measure", "level", "kept", "lost"),
    [
        ("line_otif", 0.3, {"SO1/2 0": 5}, {"SO1/1 0": 9, "SO1/2 0": 4}),
        ("order_fill", 0.3, {"SO1/1 3": 10, "SO1/2 3": 5}, {"SO1/1 0": 10}),
        ("value_fill", 0.5, {"SO1/1 0": 7}, {"SO1/1 0": 6}),  # 20 of 40 in money
    ],
)
def test_every_measure_is_held_in_what_it_counts(
    measure: str, level: float, kept: Plan, lost: Plan
) -> None:
    held = promised(measure, level, "SO1,1,pump,10,3\nSO1,2,pump,5,2")
    vector = lifted(held, {"SO1/1 0": 10, "SO1/2 0": 5})
    held.hold(goal(held, "target:1"), vector)
    assert held.accepts(vector)
    assert held.accepts(lifted(held, kept))
    assert not held.accepts(lifted(held, lost))


def two_segments() -> Held:
    """Build two segments that share a tier, and a stock for less than half of what they want."""
    segment = {"tier": 1, "services": ["standard"]}
    target = {"target": {"measure": "unit_otif", "level": 0.9}}
    scenario = one_line(
        {"segments": {"gold": segment | target, "more": segment | target}, "goals": ["targets"]},
        customers="customer,segment,region\nACME,gold,north\nBETA,more,north",
        orders="order,customer,requested\nSO1,ACME,2026-11-25\nSO2,BETA,2026-11-25",
        lines="order,line,item,quantity\nSO1,1,pump,10\nSO2,1,pump,10",
        stock=TABLES["stock"].replace("100", "10"),
    )
    return held_of(scenario)


def test_segments_of_a_tier_share_what_they_miss() -> None:
    held = two_segments()
    vector = lifted(held, {"SO1/1 0": 5, "SO2/1 0": 5})
    held.hold(goal(held, "target:1"), vector)
    assert len(held.rows) == 1
    assert held.accepts(lifted(held, {"SO1/1 0": 2, "SO2/1 0": 8}))
    assert not held.accepts(lifted(held, {"SO1/1 0": 4, "SO2/1 0": 5}))
    assert not held.accepts(lifted(held, {"SO1/1 0": 10}))  # the tenth unit is surplus


@pytest.mark.parametrize(("name", "kept", "lost"), [("fill:1", 3, 4), ("value", 0, 1)])
def test_fill_and_value_are_held_as_rows(name: str, kept: int, lost: int) -> None:
    held = promised("unit_otif", 0.5)
    vector = lifted(held, {"SO1/1 0": 4, "SO1/1 3": 4})
    held.hold(goal(held, name), vector)
    assert held.accepts(vector)
    assert held.accepts(lifted(held, {"SO1/1 0": 4 + kept, "SO1/1 3": 4 - kept}))
    assert not held.accepts(lifted(held, {"SO1/1 0": 4, "SO1/1 3": 4 - lost}))


def test_a_copy_holds_for_itself() -> None:
    held = promised("unit_otif", 0.5)
    worse = lifted(held, {"SO1/1 0": 1})
    copy = held.copy()
    for name in ("target:1", "value"):
        copy.hold(goal(held, name), lifted(held, {"SO1/1 0": 8}))
    assert held.accepts(worse)
    assert not copy.accepts(worse)


@pytest.mark.parametrize("plan", [{"SO1/1 0": 6, "SO1/1 1": 5}, {"SO1/1 0": 2, "SO1/1 1": -1}])
def test_a_plan_that_breaks_a_rule_is_not_accepted(plan: Plan) -> None:
    held = promised("unit_otif", 0.5)
    assert not held.accepts(lifted(held, plan))


def test_noise_is_taken_out_of_what_is_shipped() -> None:
    held = promised("unit_otif", 0.5, "SO1,1,pump,10,3\nSO1,2,hose,4.5,1", **HOSES)
    vector = np.zeros(len(held.lower))
    at = held.matrix.columns["x"].start
    first = int((held.problem.options["line"] == 0).sum())
    vector[[at, at + 1, at + first, at + first + 1]] = [3.0000004, 4e-7, 2.25, 3e-7]
    shipped = held.shipped(vector)
    assert shipped[[0, 1, first, first + 1]].tolist() == [3.0, 0.0, 2.25, 0.0]


HOSES = {
    "stock": TABLES["stock"] + "\nLYON,hose,9",
    "items": "item,divisible\nhose,true",
}


# Bounds: raised to what can be reached, never beyond.


@pytest.mark.parametrize(
    ("bound", "raised"),
    [
        (-3.0, -3.0),
        (0.0, 0.0),
        (1e-9, 1e-9),
        (0.1, 0.7),
        (0.7, 0.7),
        (0.7000001, 0.7),  # the solver's noise
        (0.71, 1.7),
        (2.6, 2.7),
    ],
)
def test_the_bound_of_a_count_is_raised_to_what_can_be_missed(bound: float, raised: float) -> None:
    held = promised("line_fill", 0.9, "SO1,1,pump,3,1\nSO1,2,pump,3,1\nSO1,3,pump,3,1")
    assert held.rounded_bound(goal(held, "target:1"), bound) == pytest.approx(raised, abs=2e-7)


@pytest.mark.parametrize(("bound", "raised"), [(3.2, 4.0), (4.0, 4.0), (-1.0, -1.0)])
def test_the_bound_of_whole_units_is_raised_to_the_next(bound: float, raised: float) -> None:
    held = promised("unit_otif", 0.5)
    assert held.rounded_bound(goal(held, "fill:1"), bound) == raised


def test_bounds_of_money_and_of_what_is_divisible_stay() -> None:
    money = promised("value_fill", 0.5)
    assert money.rounded_bound(goal(money, "target:1"), 3.2) == 3.2
    assert money.rounded_bound(goal(money, "value"), 3.2) == 3.2
    divisible = promised("unit_fill", 0.5, "SO1,1,hose,4.5,1", **HOSES)
    assert divisible.rounded_bound(goal(divisible, "fill:1"), 3.2) == 3.2
    assert divisible.rounded_bound(goal(divisible, "target:1"), 1.1) == 1.1
    shared = two_segments()
    assert shared.rounded_bound(goal(shared, "target:1"), 3.2) == 3.2


def goals_with_cost(held: Held) -> Iterator[GoalSpec]:
    """List the goals that a search is made for."""
    return (spec for spec in goal_list(held.problem) if spec.expression)


@pytest.mark.parametrize("seed", range(0, 100, 4))
def test_no_bound_is_raised_beyond_what_a_plan_reaches(seed: int) -> None:
    held = held_of(tiny(seed))
    for policy in SEQUENCES:
        vector = held.lifted(allocate(held.problem, policy))
        for spec in goals_with_cost(held):
            value = search_for(held, spec, vector).value
            for distance in (0.0, 1e-7, 0.01, 0.3, 0.99, 1.0, 2.5):
                assert held.rounded_bound(spec, value - distance) <= value + 2e-6


# Gaps.


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


# What is closed by reduced cost.


def solved_lp(held: Held, cost: Floats) -> dict[str, Any]:
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
    return {"objective": found.fun, "values": found.x, "reduced": reduced}


def solved_mip(held: Held, cost: Floats, upper: Floats) -> float:
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
        starts = [held.lifted(allocate(held.problem, policy)) for policy in SEQUENCES]
        search = search_for(held, spec, min(starts, key=lambda v: float(cost @ v)))
        able = search._able(solved_lp(held, cost))  # noqa: SLF001
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


def test_what_the_best_answer_uses_stays_open() -> None:
    held = promised("unit_otif", 0.5)
    best = lifted(held, {"SO1/1 0": 4})
    search = search_for(held, goal(held, "value"), best)
    dear = {"objective": search.value, "values": 0 * best, "reduced": 0 * best + 1e6}
    able = search._able(dear)  # noqa: SLF001
    x = held.matrix.columns["x"]
    assert able[x].tolist() == [True, *[False] * (x.stop - x.start - 1)]


# Answers that are offered, and the ladder of goals.


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
        search.run(Session(process, process), 0.0, 0.0)
        assert not process.alive
    assert search.cut
    assert not search.answered
    assert search.best is best
    assert search.bound == 0.0


def climbed(
    held: Held, starts: list[Floats], seconds: float
) -> tuple[Any, list[Progress], list[GoalSpec]]:
    """Climb all goals, telling every step."""
    told: list[Progress] = []
    specs = goal_list(held.problem)
    event = threading.Event()
    with SolverProcess(event) as first, SolverProcess(event) as second:
        session = Session(first, second)
        found = climb(held, specs, starts, session, Clock(seconds), 0.0, told.append)
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
    first.hold(goal(held, "fill:1"), lifted(held, {"SO1/1 0": 9}))  # ship at least nine
    second.hold(goal(held, "value"), lifted(held, {"SO1/1 0": 2}))
    event = threading.Event()
    with SolverProcess(event) as process:
        session = Session(process, process)
        nine = session.lp(first, spec, -cost, 20.0)
        assert nine["objective"] > 9 * 2
        two = session.lp(second, spec, -cost, 20.0)
    assert len(first.rows) == len(second.rows) == 1
    with SolverProcess(event) as process:
        alone = Session(process, process).lp(second, spec, -cost, 20.0)
    assert two["objective"] == pytest.approx(2 * 3)
    assert alone["objective"] == pytest.approx(2 * 3)


def test_no_hold_is_tighter_than_the_solver_can_see() -> None:
    held = promised("unit_otif", 0.5)
    vector = lifted(held, {"SO1/1 0": 8})
    for name in ("target:1", "fill:1", "value"):
        held.hold(goal(held, name), vector)
    free = np.ones(len(vector), dtype=bool)
    part = held.part(free, vector, held.cost(goal(held, "value"))[0])
    achieved = held.matrix.columns["achieved"].start
    assert part["lower"][achieved] == pytest.approx(5 - ON_GRID, abs=1e-9)
    limits = [row.limit + ON_GRID for row in held.rows]
    assert set(np.round(limits, 6)) <= set(np.round(part["row_upper"], 6))


def test_divisible_items_give_less_away() -> None:
    assert promised("unit_otif", 0.5).slack == ON_GRID
    assert promised("unit_otif", 0.5, "SO1,1,hose,4.5,1", **HOSES).slack == OFF_GRID


def test_the_part_left_free_sees_what_is_fixed() -> None:
    held = promised("unit_otif", 0.5, stock=TABLES["stock"].replace("100", "7"))
    fixed = lifted(held, {"SO1/1 1": 3})
    x = held.matrix.columns["x"]
    free = np.ones(len(fixed), dtype=bool)
    free[x.start + 1 : x.stop] = False  # all that does not ship on the first day
    part = held.part(free, np.where(free, 0.0, fixed), np.ones(len(fixed)))
    assert len(part["cost"]) == free.sum()
    assert 7 - 3 in part["row_upper"]  # stock
    assert 7 not in part["row_upper"]


def test_a_policy_start_is_its_own_lift() -> None:
    held = held_of(tiny(3))
    x = allocate(held.problem, Policy.EDD)
    np.testing.assert_allclose(held.shipped(held.lifted(x)), x, atol=1e-9)
