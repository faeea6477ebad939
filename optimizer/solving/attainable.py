"""Can the targets be reached at all? A plan in fractions says so before a ledger is used."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from models.allocation import GoalSpec
from models.goals import GoalKind
from models.problem import Problem
from models.tolerances import FEASIBILITY, LP_DECIMALS
from optimizer.common.clock import Clock
from optimizer.common.words import several
from optimizer.solving.highs import NoAnswerError
from optimizer.solving.locked_model import LockedModel, LockedRow, Slack
from optimizer.solving.lp import KeptLP

PURSUED = ("broken", "delayed", "unmet", "shortfall")
"""Expressions of the goals up to the targets."""


def missed_targets(
    model: LockedModel, goals: list[GoalSpec], start: np.ndarray, lp: KeptLP, clock: Clock
) -> Mapping[int, float]:
    """Find what each target misses in a plan in fractions that misses as little as it can.

    Commitments, floors and targets are minimised one after another, as in a plan; units may be
    split, and all-or-nothing rules count in part only. So no plan misses less of the first tier.

    Parameters
    ----------
    model
        With no goal locked; not changed.
    goals
        Most important first.
    start
        An answer, one value a column.
    lp
        Where the LP is kept.
    clock
        Ends it.

    Returns
    -------
    dict
        Base units missing to its target by row of ``problem.segments``; empty without a ledger, or
        without an answer in time.
    """
    if not (model.problem.segments["ordered_before"] > 0).any():
        return {}
    missing: dict[int, float] = {}
    model, values = model.copy(), start
    try:
        for goal in goals:
            if goal.expression in PURSUED:
                cost, _ = model.cost(goal)
                solution = lp.solve(model, goal, cost, values, clock.left)
                values = solution.values
                columns = np.flatnonzero(cost)
                limit = solution.bound + FEASIBILITY
                slack = Slack(FEASIBILITY, FEASIBILITY)
                model.rows.append(LockedRow(columns, cost[columns], limit, slack))
                if goal.kind is GoalKind.TARGET:
                    missing |= _missing(model, goal, values)
    except NoAnswerError:
        return {}
    return missing


def _missing(model: LockedModel, goal: GoalSpec, values: np.ndarray) -> dict[int, float]:
    """List what the targets of a tier miss, by row of ``problem.segments`` [base unit]."""
    missing = {}
    for p in goal.promises:
        promise = model.promises[p]
        short = promise.need - float(values[model.achieved(p)])
        missing[promise.segment] = max(0.0, round(short, LP_DECIMALS))
    return missing


def unattainable_notes(problem: Problem, missing: Mapping[int, float]) -> list[str]:
    """Say which targets cannot be reached, tier by tier; nothing where all can."""
    parties, notes = problem.segments, []
    for tier in problem.tiers:
        ordered = (parties["tier"] == tier) & (parties["total"] > 0)
        mine = [row for row in missing if ordered[row]]
        short = [row for row in mine if missing[row] > 0]
        if short:
            due = (parties["target"] * (parties["total"] + parties["ordered_before"]))[mine].sum()
            share = 1.0 - sum(missing[row] for row in short) / due
            notes.append(
                f"Tested first: the targets of tier {tier} cannot all be reached. Even if units "
                f"could be split, {len(short):,} of {several(len(mine), 'contract')} would miss "
                f"theirs, with {100 * share:.1f} % of what is due in the period."
            )
    return notes
