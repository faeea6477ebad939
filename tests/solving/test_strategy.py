"""The size of a book decides once how it is solved, and the steps read it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.solving.steps.search_goal import STEPS
from optimizer.solving.strategy import Sizes, Strategy
from tests.support.locked_models import goal, target_model
from tests.support.mixed_scenarios import mixed_scenario
from tests.support.solverless_plans import prepared
from tests.support.tiny_scenarios import tiny_scenario

SMALL = ["LPStep", "NearStep", "ProofStep"]
LARGE = ["LPStep", "DiveStep", "RaceStep"]


@pytest.mark.parametrize(
    ("changes", "steps"),
    [
        ({}, SMALL),
        ({"lean": True}, SMALL),
        ({"sifts": True}, LARGE),
        ({"in_parcels": True}, LARGE),
        ({"sifts": True, "bounds_by_prices": True}, ["LagrangianStep", *LARGE]),
    ],
)
def test_the_steps_of_a_goal_follow_the_strategy(
    changes: dict[str, bool], steps: list[str]
) -> None:
    strategy = replace(Strategy(relative_gap=0.001), **changes)  # type: ignore[arg-type]
    assert [type(step).__name__ for step in STEPS if step.supports(strategy)] == steps


def test_a_small_book_is_left_to_the_solver() -> None:
    strategy = Strategy.of(prepared(tiny_scenario(3)))
    assert not strategy.large
    assert not strategy.lean
    assert not strategy.bounds_by_prices


def test_a_book_is_large_from_its_size_on() -> None:
    problem = prepared(tiny_scenario(3))
    options = len(problem.options)
    assert Strategy.of(problem, Sizes(sifting=options)).sifts
    assert not Strategy.of(problem, Sizes(sifting=options + 1)).sifts
    assert Strategy.of(problem, Sizes(lean=options)).lean
    assert Strategy.of(problem, Sizes(lagrangian=options)).bounds_by_prices


def test_books_with_transfers_are_not_bounded_by_prices() -> None:
    problems = [prepared(mixed_scenario(seed)) for seed in range(30)]
    moving = [problem for problem in problems if len(problem.moves)]
    assert moving
    assert not any(Strategy.of(p, Sizes(lagrangian=0)).bounds_by_prices for p in moving)


def test_only_value_is_close_enough_before_its_gap_is_closed() -> None:
    model = target_model("unit_otif", 0.5)
    strategy = Strategy(relative_gap=0.001)
    assert strategy.close_gap(goal(model, "target:1")) == 0.0
    assert strategy.close_gap(goal(model, "value")) == pytest.approx(0.0001)
    changing = replace(strategy, changes_plan=True)
    assert changing.close_gap(goal(model, "target:1")) == 0.001
