"""The allocation formulation: which order lines get which units, from where, when and how.

The mathematics is in ``card.md`` beside this file; :data:`RULES` and :data:`EXPRESSIONS` are its
equations. Building is cheap: rules are expanded by whoever needs them, see
:mod:`optimizer.compiling.matrix`, or by Pyomo itself (:func:`expanded`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyomo.environ as pyo

from models.allocation.declaring import Declared
from models.allocation.equals import delay_weights, delays, places_behind
from models.allocation.fairness import fair_customers
from models.allocation.goals import (
    EXPRESSIONS,
    GoalSpec,
    counts_whole,
    goal_list,
    search_steps,
)
from models.allocation.lifting import lift
from models.allocation.listing import beside_promises, on_its_day, reach
from models.allocation.must import days_after, is_must
from models.allocation.promises import Account, Family, Promise, accounts, promises
from models.allocation.rules import RULES, CountingRule, Rule, ShippingRule
from models.allocation.sets import declare
from models.problem import Problem

__all__ = [
    "EXPRESSIONS",
    "RULES",
    "Account",
    "CountingRule",
    "Declared",
    "Family",
    "GoalSpec",
    "Promise",
    "Rule",
    "ShippingRule",
    "accounts",
    "beside_promises",
    "counts_whole",
    "days_after",
    "declare",
    "delay_weights",
    "delays",
    "expanded",
    "fair_customers",
    "goal_list",
    "is_must",
    "lift",
    "on_its_day",
    "places_behind",
    "promises",
    "reach",
    "search_steps",
]


def expanded(problem: Problem, rules: Sequence[Rule] = RULES) -> Any:
    """Build the whole model the ordinary Pyomo way: slow, for tests and for reading.

    Parameters
    ----------
    problem
        Integer-coded; see :class:`models.problem.Problem`.
    rules
        Constraints to add. Tests pass a subset to study one rule.

    Returns
    -------
    pyomo.environ.ConcreteModel
        Every rule a constraint of its name, every goal an inactive objective of its expression's
        name. Always feasible: shipping nothing obeys every rule.
    """
    m = declare(problem, whole=True).model
    for rule in rules:
        m.add_component(rule.name, pyo.Constraint(m.component(rule.over), rule=rule.body))
    for name, (over, body) in EXPRESSIONS.items():
        goal = pyo.Objective(m.component(over), rule=body, sense=pyo.minimize)
        m.add_component(name, goal)
        goal.deactivate()
    return m
