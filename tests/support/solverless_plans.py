"""Plans without a solver: units written in a test as text, or made by a rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from models.judge import recompute
from models.problem import Problem
from models.scenario import Scenario
from models.settings import Policy
from models.solution import Goal, Solution, Status
from optimizer import Plan
from optimizer.answering.solution import solution_of
from optimizer.outcome import Reachable, outcome_without_transfers
from optimizer.policies import allocate
from optimizer.preparing import prepare

prepared = cache(prepare)
"""One preparation for each scenario of a test."""


def units(problem: Problem, plan: Mapping[str, float]) -> np.ndarray:
    """Units by option, from ``"order/line day [service] [site]"``; day 0 is the first."""
    options, lines = problem.options, problem.lines
    order = problem.orders["order"].to_numpy()[lines["order"]]
    line = (order + "/" + lines["line"]).to_numpy()[options["line"]]
    service, site = problem.services[options["service"]], problem.sites[options["site"]]
    x = np.zeros(len(options))
    for text, amount in plan.items():
        name, day, *more = text.split()
        here = (line == name) & (options["day"] == int(day)).to_numpy()
        for asked, known in zip(more, (service, site), strict=False):
            here &= known == asked
        (place,) = np.flatnonzero(here)
        x[place] = amount
    return x


def rule_outcome(
    scenario: Scenario,
    x: np.ndarray,
    *,
    policy: Policy = Policy.FCFS,
    reachable: Mapping[str, Reachable] | None = None,
) -> Solution:
    """Tell units by option as the answer of a rule, which proves nothing."""
    status = Status.FEASIBLE
    outcome = outcome_without_transfers(prepared(scenario), x, (), status)
    outcome = replace(outcome, reachable=reachable or {})
    solution = replace(solution_of(scenario, outcome), policy=policy)
    values = recompute(scenario, solution.shipments, None, solution.fairness).goals
    return replace(solution, goals=tuple(Goal(g, v, None, None, status) for g, v in values.items()))


def plan_by_rule(scenario: Scenario, policy: Policy = Policy.FCFS) -> Plan:
    """Plan by a rule, beside what two rules reach."""
    problem = prepared(scenario)
    answers = {
        p: rule_outcome(scenario, allocate(problem, p), policy=p) for p in {policy, Policy.EDD}
    }
    rows = [(p.value, g.name, g.value) for p, answer in answers.items() for g in answer.goals]
    return Plan(
        scenario=scenario,
        solution=answers[policy],
        policies=pd.DataFrame(sorted(rows), columns=["policy", "goal", "value"]),
        notes=("a note",),
        conflict=None,
        seconds=1.25,
        cancelled=False,
    )
