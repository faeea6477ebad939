"""Promises that are only just kept: what they lose with a unit less.

The LP of a kept promise has no price of anything, though a unit less may break it. So small books
are solved once more as LPs, with a little less of everything that has a price: duals there are
duals of the plan's own LP, too, and those that count where something is taken away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from models.allocation import GoalSpec
from models.tolerances import FEASIBILITY, ROUNDING, SOLVER
from optimizer.common.clock import Clock
from optimizer.solving.highs import NoAnswerError
from optimizer.solving.lexicographic import GoalsResult
from optimizer.solving.locked_model import LockedModel, LockedRow, Slack, total
from optimizer.solving.lp import KeptLP, LPSolution
from optimizer.solving.priced_limits import priced_limits
from optimizer.solving.session import Session

LARGEST = 5_000
"""Options of the largest book for which it is worth the time: large ones make up elsewhere."""
LESS = 1e-4
"""What is taken away from each limit [unit]: far above the solver's noise, far below a unit."""


def just_kept(
    model: LockedModel,
    steps: Sequence[GoalSpec],
    result: GoalsResult,
    session: Session,
    clock: Clock,
) -> Mapping[str, LPSolution]:
    """Find prices of promises that are just kept, and cost later goals something.

    Parameters
    ----------
    model
        With no goal locked.
    steps
        Goals and what is searched beside them, in their order.
    result
        What came out of them.
    session
        Where LPs run; its kept LP is of no use afterwards.
    clock
        Ends it.

    Returns
    -------
    Mapping[str, LPSolution]
        By name of the goal; the bound is that of the model as it is.
    """
    tight = [nth for nth, step in enumerate(steps) if _is_tight(model, step, result)]
    if not tight or len(model.problem.options) > LARGEST:
        return {}
    limits = priced_limits(model.problem)
    starts = {rule: at.start for rule, at in model.matrix.rows.items()}
    rows = (limits["rule"].map(starts).astype("int64") + limits["nth"]).to_numpy()
    upper = model.matrix.row_upper.copy()
    upper[rows] -= np.minimum(LESS, np.maximum(upper[rows], 0.0))
    taken = model.matrix.row_upper[rows] - upper[rows]
    less = model.copy()
    less.matrix = replace(model.matrix, row_upper=upper)
    kept, found = KeptLP(session.lp.process, session.strategy), {}
    for step in steps[: tight[-1] + 1]:
        if not step.expression:
            continue
        cost, _ = less.cost(step)
        try:
            lp = kept.solve(less, step, cost, result.vector, clock.left)
        except NoAnswerError:
            break
        if steps.index(step) in tight:
            bound = lp.bound + float(taken @ lp.duals[rows])
            free = np.zeros(len(cost))
            found[step.name] = LPSolution(bound, lp.values, free, lp.duals[: len(upper)])
        columns = np.flatnonzero(cost)
        limit = total(cost, lp.values) + ROUNDING
        less.rows.append(LockedRow(columns, cost[columns], limit, Slack(SOLVER, SOLVER)))
    return found


def _is_tight(model: LockedModel, step: GoalSpec, result: GoalsResult) -> bool:
    """Whether a goal is kept, and keeping it costs a later one something."""
    if step.expression != "shortfall":
        return False
    cost, constant = model.cost(step)
    columns = [model.achieved(promise) for promise in step.promises]
    priced = any((lp.reduced[columns] > SOLVER).any() for lp in result.lps.values())
    return priced and total(cost, result.vector) + constant <= FEASIBILITY
