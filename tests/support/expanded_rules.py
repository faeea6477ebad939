"""Single rules expanded by Pyomo itself, to ask whether a plan written in names obeys one rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import Bounds, LinearConstraint, milp

from models.allocation import RULES, declare, expanded, lift
from models.problem import Problem
from models.scenario import Scenario
from tests.support.solverless_plans import prepared
from tests.support.standard_form import Floats, standard_form

RULE = {rule.name: rule for rule in RULES}
Plan = Mapping[str, float]


def most(
    problem: Problem,
    rules: Sequence[str],
    given: Mapping[str, ArrayLike],
    wanted: Mapping[str, float] | None = None,
) -> float | None:
    """Find the largest weighted sum of variables under some rules, others given; None if none.

    Pyomo knows no packs: what is given need not come in them.
    """
    form = standard_form(expanded(problem, [RULE[name] for name in rules]))
    lower, upper = form.lower.copy(), form.upper.copy()
    for place, (name, index) in enumerate(form.columns):
        if name in given:
            lower[place] = upper[place] = np.asarray(given[name])[index]
    weight = np.array([(wanted or {}).get(name, 0.0) for name, _ in form.columns])
    found = milp(
        -weight,
        integrality=form.whole.astype(int),
        bounds=Bounds(lower, upper),
        constraints=LinearConstraint(form.a, form.row_lower, form.row_upper),
    )
    assert found.status in (0, 2)  # optimal or infeasible
    return None if found.status else round(-float(found.fun), 6)


def allows(scenario: Scenario, rule: str, plan: Plan, **given: ArrayLike) -> bool:
    """Say whether shipments can be part of an answer, by one rule alone."""
    problem = prepared(scenario)
    return most(problem, [rule], {"x": units_of(problem, plan)} | given) is not None


def units_of(problem: Problem, plan: Plan) -> Floats:
    """Units by option, from ``"order/line day"`` and words that tell options of that day apart.

    Words are names of services, sites and items, ``free`` and ``promised``, and ``level0``,
    ``level1`` for certainties of supply.
    """
    options, lines, pair = problem.options, problem.lines, problem.epochs["pair"]
    order = problem.orders["order"].to_numpy()[lines["order"]]
    names = (order + "/" + lines["line"]).to_numpy()[options["line"]]
    level = problem.pairs["level"].to_numpy()[pair.to_numpy()[options["epoch"]]]
    words_of = (
        problem.services[options["service"]],
        problem.sites[options["site"]],
        problem.items[options["item"]],
        np.where(options["frozen"] >= 0, "promised", "free"),
        np.array([f"level{each}" for each in level]),
    )
    x = np.zeros(len(options))
    for text, amount in plan.items():
        name, day, *words = text.split()
        here = (names == name) & (options["day"] == int(day)).to_numpy()
        for word in words:
            here &= np.any([column == word for column in words_of], axis=0)
        (place,) = np.flatnonzero(here)
        x[place] = amount
    return x


def values_of(problem: Problem, x: Floats, moved: Floats | None = None) -> dict[str, ArrayLike]:
    """Complete a plan to a value for every variable."""
    still = np.zeros(len(problem.moves)) if moved is None else moved
    return dict(lift(problem, declare(problem), x, still))
