"""By how much each goal gets worse with a unit less: duals, less what earlier goals give way.

An LP with earlier goals locked says what a unit is worth if none of them moves. Where one has to
move, it gives way, and takes with it what its lock cost this goal. See the maths card, "Prices".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from models.allocation import GoalSpec
from optimizer.solving.locked_model import LockedModel
from optimizer.solving.lp import LPSolution


def goal_changes(
    model: LockedModel,
    steps: Sequence[GoalSpec],
    lps: Mapping[str, LPSolution],
    rows: np.ndarray,
) -> np.ndarray:
    """Say how much worse each goal gets for each unit less of what limits a row.

    Parameters
    ----------
    model
        With all steps locked.
    steps
        Goals and what is searched beside them, in their order.
    lps
        The LP of each step for which one was solved, with the steps before it locked, by name.
    rows
        Rows of the matrix, shape (rows,).

    Returns
    -------
    numpy.ndarray
        Shape (steps, rows) [goal, minimised]; 0 for a step without an LP, whose bound nothing but
        its own sense gives.
    """
    count = model.matrix.a.shape[0]
    changes = np.zeros((len(steps), len(rows)))
    for nth, step in enumerate(steps):
        lp = lps.get(step.name)
        if lp is not None and len(lp.duals) >= count:
            prices = _lock_prices(model, steps[:nth], lp)
            changes[nth] = -lp.duals[rows] - prices @ changes[:nth]
    return changes


def _lock_prices(model: LockedModel, before: Sequence[GoalSpec], lp: LPSolution) -> np.ndarray:
    """Say what each unit that an earlier step may not lose costs this one, shape (before,)."""
    prices = np.zeros(len(before))
    holder: dict[int, int] = {}
    rows = -lp.duals[model.matrix.a.shape[0] :]
    for nth, step in enumerate(before):
        if step.name in model.places:
            place = model.places[step.name]
            prices[nth] = rows[place] if place < len(rows) else 0.0  # none: held by nothing
        else:
            holder |= dict.fromkeys(map(model.achieved, step.promises), nth)
    for column, nth in holder.items():
        prices[nth] += max(0.0, lp.reduced[column])
    return prices
