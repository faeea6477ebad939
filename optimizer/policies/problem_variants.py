"""Problems made from a problem: with transfers carried out, or with further limits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from models.problem import Problem


def with_transfers(problem: Problem, moved: np.ndarray) -> Problem:
    """Give the problem with transfers carried out: what is left to decide is shipments.

    Parameters
    ----------
    problem
        Integer-coded.
    moved
        Moved units by transfer [unit], shape (moves,).
    """
    if not moved.any():
        return problem
    moves, epochs = problem.moves, problem.epochs
    arriving = epochs["arriving"].to_numpy(copy=True)
    np.subtract.at(arriving, moves["from_epoch"].to_numpy(), moved)
    np.add.at(arriving, moves["to_epoch"].to_numpy(), moved)
    return replace(problem, epochs=epochs.assign(arriving=arriving))


def with_limits(problem: Problem, limits: np.ndarray, row: np.ndarray) -> Problem:
    """Give the problem with further limits beside its quotas.

    Parameters
    ----------
    problem
        Integer-coded.
    limits
        Of units shipped by certain options [unit], shape (limits,).
    row
        The one of these limits that each option uses, -1 = none, shape (options,).
    """
    used = np.flatnonzero(row >= 0)
    uses = pd.DataFrame({"quota": row[used] + len(problem.quotas), "option": used})
    quotas = [problem.quotas, pd.DataFrame({"limit": limits, "most": limits, "row": -1})]
    return replace(
        problem,
        quotas=pd.concat(quotas, ignore_index=True),
        quota_uses=pd.concat([problem.quota_uses, uses], ignore_index=True),
    )
