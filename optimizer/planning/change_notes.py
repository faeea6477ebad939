"""How much of yesterday's plan changes, and how far that is from the least: one sentence."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from models.goals import GoalKind
from models.scenario import Scenario
from models.solution import NOT_DUE, Solution
from models.tolerances import UNIT
from optimizer.common.words import several
from optimizer.scenario.frozen_commitments import frozen_rows

LINE = ["order", "line"]


def change_notes(scenario: Scenario, solution: Solution) -> Iterator[str]:
    """Count the lines that change against commitments that need not be kept.

    A line changes where what arrives by some day is not what it was: another site or service that
    arrives on the same days is no change.

    Parameters
    ----------
    scenario
        With those commitments.
    solution
        The plan; nothing is said where it has no goal ``stability``.
    """
    goal = next((g for g in solution.goals if g.name == GoalKind.STABILITY), None)
    if goal is None:
        return
    changed, counted = round(goal.value), _counted(scenario, solution)
    if changed:
        told = f"{changed:,} of {several(counted, 'line')} of the earlier plan change in units or"
        told = f"{told} arrival dates{_distance(goal.value, goal.bound)}."
    else:
        told = f"No line of the earlier plan changes, of {counted:,}."
    new = _new(scenario, solution)
    yield f"{told} {several(new, 'line')} that had nothing get something." if new else told


def _distance(value: float, bound: float | None) -> str:
    """Say how far the changes are from the least."""
    if bound is None:
        return ""
    if more := round(value - bound):
        return f": at most {more:,} more than the least that the goals before allow"
    return ": proved least, no plan that reaches the goals before changes fewer"


def _counted(scenario: Scenario, solution: Solution) -> int:
    """Count the due lines of which not everything is frozen."""
    table, lines = scenario["commitments"], solution.lines
    free = table.drop(index=frozen_rows(scenario).index)[LINE]
    due = lines.loc[lines["status"] != NOT_DUE, LINE]
    return len(free.merge(due).drop_duplicates())


def _new(scenario: Scenario, solution: Solution) -> int:
    """Count the lines without any commitment that get something."""
    lines = solution.lines
    served = lines.loc[lines["delivered"] > UNIT, LINE]
    known = pd.MultiIndex.from_frame(scenario["commitments"][LINE])
    return int((~pd.MultiIndex.from_frame(served).isin(known)).sum())
