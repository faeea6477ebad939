"""What each rule costs: the plan without it, solved and proved, less the plan with it."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from models.errors import UsageError
from models.goals import GoalKind, gain
from models.judge import recompute
from models.scenario import Scenario
from models.settings import Policy
from models.solution import Goal, Solution
from models.tolerances import DECIMALS, UNIT, UNIT_DECIMALS
from optimizer.answering.solution import solution_of
from optimizer.common.clock import Clock
from optimizer.common.words import goal_unit
from optimizer.outcome import Outcome
from optimizer.planning.business_rules import BusinessRule
from optimizer.planning.replan import OutOfTimeError, replan

PRICED = {
    "rule": "str",
    "goal": "str",
    "better": "float64",
    "unit": "str",
    "net_value": "float64",
    "units": "float64",
    "points": "float64",
    "proved": "bool",
}
"""A rule; the most important goal that would be better without it, by how much at least, in its
unit; and what the plan without it has more: net value [currency], units delivered, and points of
on-time service. Whether both plans were solved to their end: if not, nothing is told."""


def rule_prices(
    scenario: Scenario,
    solution: Solution,
    rules: Iterable[BusinessRule],
    cancel: threading.Event | None = None,
) -> pd.DataFrame:
    """Price rules, each alone.

    Both plans are measured by the goals that are left without the rule: what a promise counts
    itself is no price of it, what others lose by it is. A price counts only what is proved: what
    the plan with the rule may miss of its bounds is taken off. So a rule that nothing depends on
    costs exactly nothing, whichever of two equal plans was found.

    Parameters
    ----------
    scenario
        The inputs.
    solution
        What the plan reaches and proves.
    rules
        Of :func:`optimizer.planning.business_rules.rules_of`.
    cancel
        Ends it.

    Returns
    -------
    pandas.DataFrame
        The columns of :data:`PRICED`, the dearest in goals first.

    Raises
    ------
    UsageError
        When the plan was made by a rule of today, which proves nothing.
    """
    if solution.policy != Policy.OPTIMAL:
        msg = (
            f"the plan was made by policy {solution.policy}, which proves nothing, so that rules "
            "have no price; plan by policy optimal"
        )
        raise UsageError(msg)
    stop = cancel or threading.Event()
    rows = [_priced(scenario, solution, rule, stop) for rule in rules]
    names = [goal.name for goal in solution.goals]
    frame = pd.DataFrame(rows, columns=list(PRICED)).astype(PRICED)
    place = [names.index(g) if g in names else len(names) + (not g) for g in frame["goal"]]
    frame = frame.assign(place=place).sort_values(
        ["place", "better"], ascending=[True, False], kind="stable"
    )
    return frame.drop(columns="place").reset_index(drop=True)


def _priced(
    scenario: Scenario, solution: Solution, rule: BusinessRule, cancel: threading.Event
) -> tuple[str, str, float, str, float, float, float, bool]:
    without = rule.drop(scenario)
    without = replace(
        without, tables={n: t.reset_index(drop=True) for n, t in without.tables.items()}
    )
    unknown = rule.words, "", np.nan, "", np.nan, np.nan, np.nan, False
    if any(goal.bound is None for goal in solution.goals):
        return unknown
    try:
        found = replan(without, Clock(scenario.settings.solver.seconds), cancel)
    except OutOfTimeError:
        return unknown
    nothing = rule.words, "", 0.0, "", 0.0, 0.0, 0.0, True
    mine = _goals(without, solution, solution)
    goal, better = _first_better(scenario, solution, mine, found)
    if not goal:
        return nothing
    free = solution_of(without, found)
    if _redefined(solution, mine) and _as_good(solution, _goals(scenario, free, solution)):
        return nothing
    reached = {each.name: each.value for each in found.goals}
    value = GoalKind.VALUE
    net = round(reached[value] - mine[value], UNIT_DECIMALS) if value in reached else 0.0
    more = {name: free.totals[name] - solution.totals[name] for name in free.totals}
    points = 100 * more["on_time_units"] / (solution.totals["ordered_units"] or 1.0)
    unit = goal_unit(without.settings, goal)
    units = round(more["delivered_units"], UNIT_DECIMALS)
    return rule.words, goal, better, unit, net, units, round(points, UNIT_DECIMALS), True


def _first_better(
    scenario: Scenario, solution: Solution, mine: dict[str, float], found: Outcome
) -> tuple[str, float]:
    """Find the first goal that is proved to be better without the rule, and by how much."""
    slack = {goal.name: _slack(scenario, goal) for goal in solution.goals}
    for goal in found.goals:
        better = gain(goal.name, goal.value, mine[goal.name])
        proved = better - slack.get(goal.name, 0.0)
        if proved > UNIT:
            return goal.name, round(proved, DECIMALS)
        if better < -_slack(scenario, goal) - UNIT:
            break
    return "", 0.0


def _slack(scenario: Scenario, goal: Goal) -> float:
    """Say by how much a goal may be better than it is; what it gave up to later ones is no part."""
    slack = 0.0 if goal.bound is None else abs(goal.value - goal.bound)
    gap, limit = goal.gap or 0.0, scenario.settings.solver.relative_gap
    gives = goal.name == GoalKind.VALUE and limit < gap <= scenario.settings.give_up.value + limit
    return slack * limit / gap if gives else slack


def _goals(scenario: Scenario, made: Solution, first: Solution) -> dict[str, float]:
    """Measure a plan by the goals of a scenario, shares of customers by what the first plan says.

    What is held for a forecast that the scenario does not have counts nowhere.
    """
    reserve = made.reserve
    reserve = reserve[reserve["segment"].isin(scenario["forecast"]["segment"])]
    figures = recompute(scenario, made.shipments, made.transfers, first.fairness, reserve)
    return dict(figures.goals)


def _redefined(solution: Solution, mine: dict[str, float]) -> bool:
    """Whether goals count something else without the rule."""
    own = {goal.name: goal.value for goal in solution.goals}
    return set(own) != set(mine) or any(abs(own[n] - mine[n]) > UNIT for n in own)


def _as_good(solution: Solution, theirs: dict[str, float]) -> bool:
    """Whether another plan is worse than this one in no goal."""
    losses = (gain(goal.name, goal.value, theirs[goal.name]) for goal in solution.goals)
    return max(losses) <= UNIT
