"""The planner finds the exact optimum of tiny scenarios, says a solver apart from it."""

from __future__ import annotations

import pytest

from models.scenario import Scenario
from models.solution import Status
from optimizer import plan
from tests.independent.optimum import goal_vector
from tests.support.forecast_scenarios import forecast_scenario
from tests.support.mixed_scenarios import mixed_scenario
from tests.support.relationship_scenarios import relationship_scenario
from tests.support.seeds import seeds
from tests.support.tiny_scenarios import tiny_scenario

QUICK, QUICK_RELATED, QUICK_EXPECTED = 10, 8, 12
"""Mixed scenarios that every run tries, related ones and those with a forecast; ``.ci/full`` tries
all."""
EXACT, DIVISIBLE = 1e-6, 1e-4
"""How closely values have to agree; fractions of units have no grid to hold goals on."""


@pytest.mark.parametrize("seed", seeds(12, 60))
def test_the_plan_reaches_the_independent_optimum(seed: int) -> None:
    assert_optimum(tiny_scenario(seed))


@pytest.mark.parametrize("seed", seeds(QUICK, 300))
def test_with_every_rule_mixed_in_the_plan_reaches_it_too(seed: int) -> None:
    assert_optimum(mixed_scenario(seed))


@pytest.mark.parametrize("seed", seeds(QUICK_RELATED, 120))
def test_with_stages_and_ledgers_it_reaches_it_too(seed: int) -> None:
    assert_optimum(relationship_scenario(seed))


@pytest.mark.parametrize("seed", seeds(QUICK_EXPECTED, 120))
def test_with_demand_that_is_expected_it_reaches_it_too(seed: int) -> None:
    assert_optimum(forecast_scenario(seed))


def assert_optimum(scenario: Scenario) -> None:
    """Hold a plan to the rules and to the goal vector that somebody else found."""
    result = plan(scenario, diagnose=False)
    expected = goal_vector(scenario)
    assert result.status != Status.FALLBACK  # as it would be, had the judge rejected the plan
    gaps = [goal.gap for goal in result.solution.goals]
    proved = all(gap is not None and gap <= tolerance(scenario) for gap in gaps)
    assert proved or scenario.settings.give_up.value > 0  # what is given up is no longer proved
    assert [goal.name for goal in result.solution.goals] == list(expected)
    found = {goal.name: goal.value for goal in result.solution.goals}
    assert found == pytest.approx(expected, abs=tolerance(scenario), rel=1e-6)


def tolerance(scenario: Scenario) -> float:
    """Say how closely values have to agree, and goals have to be proved."""
    fractions = scenario["items"]["divisible"].any() or len(scenario["forecast"]) > 0
    return DIVISIBLE if fractions else EXACT
