"""What each rule costs: the plan without it, solved and proved, less the plan with it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from models.scenario import Scenario
from models.solution import Goal
from optimizer.business_rules import BusinessRule
from optimizer.clock import Clock
from optimizer.preparing import prepare
from optimizer.replanning import OutOfTimeError, replanned
from optimizer.wording import NOTHING, goal_unit

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
    goals: Sequence[Goal],
    totals: Mapping[str, float],
    rules: Iterable[BusinessRule],
    cancel: threading.Event | None = None,
) -> pd.DataFrame:
    """Price rules, each alone.

    A price counts only what is proved: the plan without the rule beats the bound of the plan with
    it. So a rule that nothing depends on costs exactly nothing, whichever of two equal plans was
    found.

    Parameters
    ----------
    scenario
        The inputs.
    goals, totals
        What the plan reaches and proves.
    rules
        Of :func:`optimizer.business_rules.rules_of`.
    cancel
        Ends it.

    Returns
    -------
    pandas.DataFrame
        The columns of :data:`PRICED`, the dearest in goals first.
    """
    stop = cancel or threading.Event()
    rows = [_priced(scenario, goals, totals, rule, stop) for rule in rules]
    names = [goal.name for goal in goals]
    frame = pd.DataFrame(rows, columns=list(PRICED)).astype(PRICED)
    place = [names.index(goal) if goal else len(names) for goal in frame["goal"]]
    frame = frame.assign(place=place).sort_values(["place", "better"], ascending=[True, False])
    return frame.drop(columns="place").reset_index(drop=True)


def _priced(
    scenario: Scenario,
    goals: Sequence[Goal],
    totals: Mapping[str, float],
    rule: BusinessRule,
    cancel: threading.Event,
) -> tuple[str, str, float, str, float, float, float, bool]:
    without = rule.drop(scenario)
    without = replace(
        without, tables={n: t.reset_index(drop=True) for n, t in without.tables.items()}
    )
    try:
        found = replanned(without, Clock(scenario.settings.solver.seconds), cancel)
    except OutOfTimeError:
        return rule.words, "", np.nan, "", np.nan, np.nan, np.nan, False
    free = {goal.name: goal for goal in found.goals}
    for goal in goals:
        better = _better(goal, free.get(goal.name))
        if better > NOTHING:
            unit = goal_unit(scenario.settings, goal.name)
            now = next((g.value for g in goals if g.name == "value"), 0.0)
            net = round(free["value"].value - now, 6) if "value" in free else 0.0
            units, points = _delivered(without, found.x, totals)
            return rule.words, goal.name, better, unit, net, units, points, True
        if goal.name in free and not _same(goal, free[goal.name]):
            break
    return rule.words, "", 0.0, "", 0.0, 0.0, 0.0, True


def _better(goal: Goal, free: Goal | None) -> float:
    """Say how much better a goal is without a rule than it can be with it."""
    if free is None or goal.bound is None:
        return 0.0
    return free.value - goal.bound if goal.name == "value" else goal.bound - free.value


def _same(goal: Goal, free: Goal) -> bool:
    """Whether what is proved of the two cannot tell them apart."""
    bounds = [g.value if g.bound is None else g.bound for g in (goal, free)]
    low, high = sorted([goal.value, bounds[0]])
    other = sorted([free.value, bounds[1]])
    return low <= other[1] + NOTHING and other[0] <= high + NOTHING


def _delivered(
    scenario: Scenario, x: np.ndarray, totals: Mapping[str, float]
) -> tuple[float, float]:
    """Units, and points of on-time service, that the plan without the rule has more."""
    options = prepare(scenario).real().options
    given = x[: len(options)] * options["gives"].to_numpy()
    on_time = float(given @ options["on_time"].to_numpy())
    ordered = totals["ordered_units"] or 1.0
    return (
        round(float(given.sum()) - totals["delivered_units"], 6),
        round(100 * (on_time - totals["on_time_units"]) / ordered, 6),
    )
