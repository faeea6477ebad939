"""The planner finds the exact optimum of 300 tiny scenarios, says a solver apart from it."""

from __future__ import annotations

import pytest
from independent import goal_vector
from tiny import tiny

from models.rules import judge
from models.scenario import Scenario
from models.solution import Status
from optimizer import plan

EXACT, DIVISIBLE = 1e-6, 1e-4
"""How closely values have to agree; fractions of units have no grid to hold goals on."""


@pytest.mark.parametrize("seed", range(300))
def test_the_plan_reaches_the_independent_optimum(seed: int) -> None:
    scenario = tiny(seed)
    result = plan(scenario)
    expected = goal_vector(scenario)
    assert judge(result.scenario, result.solution) == []
    assert result.status == Status.OPTIMAL
    assert [goal.name for goal in result.solution.goals] == list(expected)
    found = {goal.name: goal.value for goal in result.solution.goals}
    assert found == pytest.approx(expected, abs=tolerance(scenario), rel=1e-6)


def tolerance(scenario: Scenario) -> float:
    return DIVISIBLE if scenario["items"]["divisible"].any() else EXACT
