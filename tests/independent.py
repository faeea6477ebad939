"""A second opinion: the exact goal vector of a tiny scenario, one programme for each goal.

Shares nothing with the product's options, formulation or solver interface. ``independent_rows``
reads the tables, ``independent_case`` makes the possible shipments, ``independent_limits`` and
``independent_supply`` what limits them, ``independent_goals`` counts what a plan is worth;
``independent_trying`` finds the same optimum by trying every plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache

from independent_case import Case
from independent_formulation import Formulation
from independent_goals import Goals

from models.scenario import Scenario

UNITS_SLACK, MONEY_SLACK, FRACTION_SLACK = 4e-3, 4e-5, 1e-5
"""How loosely a reached goal is held: less than half the grid of its values (levels and money have
two decimals), or next to nothing where there is no grid."""

MISCOUNT = 2e-5
"""Largest difference between the solver's objective and the count of its answer."""


@cache
def goal_vector(scenario: Scenario) -> dict[str, float]:
    """Find the lexicographic optimum, one goal after another, each held exactly.

    Parameters
    ----------
    scenario
        A tiny scenario with levels, values and costs of at most two decimals, and ratios of
        substitutes that are 1, 2, 4 or one of these to a unit.

    Returns
    -------
    dict
        Value by goal, in order of importance: shortfalls in base units, value in money.

    Raises
    ------
    AssertionError
        When the solver fails, or its objective is not what its answer is counted to be worth.
    """
    case = Case(scenario)
    if not case.options:
        return _floats(Goals(case).counted([], Fraction(0)))
    formulation = Formulation(case)
    reached: dict[str, Fraction] = {}
    counted: dict[str, Fraction] = {}
    for name, objective in formulation.goals.items():
        if name == "value" or counted.get(name, 1) > 0:
            answer = formulation.programme.minimise(objective)
            counted = formulation.counted(answer)
            claimed = sum(float(c) * answer[k] for k, c in objective.items())
            cost = float(-counted[name] if name == "value" else counted[name])
            assert abs(claimed - cost) < MISCOUNT, (name, claimed, cost)
        reached[name] = counted[name]
        for held, value in reached.items():
            assert abs(counted[held] - value) < MISCOUNT, (name, held, counted[held], value)
        most = float(-reached[name] if name == "value" else reached[name])
        formulation.programme.hold(objective, most, _slack(case, name))
    return _floats(reached)


def _slack(case: Case, name: str) -> float:
    bases = {p.measure.split("_")[0] for p in Goals(case).promises if p.goal == name}
    if name == "stability" or (bases and bases <= {"line", "order"}):
        return UNITS_SLACK
    if name in ("commitments", "value") or any(option.step == 0 for option in case.options):
        return FRACTION_SLACK
    return MONEY_SLACK if "value" in bases else UNITS_SLACK


def _floats(goals: Mapping[str, Fraction]) -> dict[str, float]:
    return {name: float(value) for name, value in goals.items()}
