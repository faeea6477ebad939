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

from models.scenario import Scenario
from tests.independent.case import Case
from tests.independent.formulation import Formulation
from tests.independent.goals import MONEY, Goals
from tests.independent.rows import exact

UNITS_SLACK, MONEY_SLACK, FRACTION_SLACK = 4e-3, 4e-5, 1e-5
"""How loosely a reached goal is held: less than half the grid of its values (levels and money have
two decimals), or next to nothing where there is no grid."""

FINE = Fraction(1, 100)
"""Steps below this, none among them, are as good as no grid."""

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
        Value by goal, in order of importance: shortfalls in base units, value in money (what is
        left of it where later goals may give some up).

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
    given_up = Fraction(0)
    rows: dict[str, int] = {}
    for name, objective in formulation.goals.items():
        if name in formulation.counting.takes_value and "value" in rows:
            given_up = exact(case.header.give_up.value) * abs(reached["value"])
            formulation.programme.loosen(rows.pop("value"), float(given_up))
        if name in MONEY or counted.get(name, 1) > 0:
            answer = formulation.programme.minimise(objective)
            counted = formulation.counted(answer)
            claimed = sum(float(c) * answer[k] for k, c in objective.items())
            cost = float(-counted[name] if name in MONEY else counted[name])
            assert abs(claimed - cost) < MISCOUNT, (name, claimed, cost)
        reached[name] = counted[name]
        for held, value in reached.items():
            lost = given_up if held == "value" else 0
            assert value - lost - counted[held] < MISCOUNT or held not in MONEY, (name, held)
            assert abs(counted[held] - value) < MISCOUNT or lost, (name, held, counted[held], value)
        most = float(-reached[name] if name in MONEY else reached[name])
        if objective:
            rows[name] = formulation.programme.hold(objective, most, slack_of(case, name))
    if "value" in reached:
        reached["value"] = counted["value"]
    return _floats(reached)


def slack_of(case: Case, name: str) -> float:
    """Say how loosely a reached goal is held."""
    bases = {
        p.measure.split("_")[0].replace("backlog", "unit")
        for p in Goals(case).promises
        if p.goal == name
    }
    whole = bases and bases <= {"line", "order"} and not name.startswith("reserve:")
    if name == "stability" or whole:
        return UNITS_SLACK
    fractions = (
        name.startswith("commitments") or name in MONEY or "fairness:" in name or "reserve:" in name
    )
    if fractions or any(option.step < FINE for option in case.options):
        return FRACTION_SLACK
    return MONEY_SLACK if "value" in bases else UNITS_SLACK


def _floats(goals: Mapping[str, Fraction]) -> dict[str, float]:
    return {name: float(value) for name, value in goals.items() if not name.startswith("then ")}
