"""Can the targets be reached at all? A plan in fractions says so before a ledger is used."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from models.allocation import GoalSpec
from models.goals import GoalKind
from models.tolerances import FEASIBILITY, LP_DECIMALS
from optimizer.common.clock import Clock
from optimizer.common.words import several
from optimizer.solving.highs import NoAnswerError
from optimizer.solving.locked_model import LockedModel, LockedRow, Slack
from optimizer.solving.lp import KeptLP

PURSUED = ("broken", "shortfall")
"""Expressions of the goals up to the targets."""


def missed_targets(
    held: LockedModel, specs: list[GoalSpec], start: np.ndarray, lp: KeptLP, clock: Clock
) -> Mapping[int, float]:
    """Find what each target misses in a plan in fractions that misses as little as it can.

    Commitments, floors and targets are minimised one after another, as in a plan; units may be
    split, and all-or-nothing rules count in part only. So no plan misses less of the first tier.

    Parameters
    ----------
    held
        The model with nothing held; not changed.
    specs
        The goals, most important first.
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
    if not (held.problem.segments["ordered_before"] > 0).any():
        return {}
    missing: dict[int, float] = {}
    held, values = held.copy(), start
    try:
        for spec in specs:
            if spec.expression in PURSUED:
                cost, _ = held.cost(spec)
                relaxed = lp.solve(held, spec, cost, values, clock.left)
                values = relaxed.values
                columns = np.flatnonzero(cost)
                limit = relaxed.bound + FEASIBILITY
                held.rows.append(
                    LockedRow(columns, cost[columns], limit, Slack(FEASIBILITY, FEASIBILITY))
                )
                for p in spec.promises if spec.kind is GoalKind.TARGET else ():
                    promise = held.promises[p]
                    short = promise.need - float(values[held.achieved(p)])
                    missing[promise.segment] = max(0.0, round(short, LP_DECIMALS))
    except NoAnswerError:
        return {}
    return missing


def unattainable_notes(held: LockedModel, missing: Mapping[int, float]) -> list[str]:
    """Say which targets cannot be reached, tier by tier; nothing where all can."""
    parties, said = held.problem.segments, []
    for tier in held.problem.tiers:
        ordered = (parties["tier"] == tier) & (parties["total"] > 0)
        mine = [row for row in missing if ordered[row]]
        short = [row for row in mine if missing[row] > 0]
        if short:
            due = (parties["target"] * (parties["total"] + parties["ordered_before"]))[mine].sum()
            share = 1.0 - sum(missing[row] for row in short) / due
            said.append(
                f"Tested first: the targets of tier {tier} cannot all be reached. Even if units "
                f"could be split, {len(short):,} of {several(len(mine), 'contract')} would miss "
                f"theirs, with {100 * share:.1f} % of what is due in the period."
            )
    return said
