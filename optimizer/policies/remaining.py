"""Stock and capacity that a plan in the making leaves: what one more unit by an option may use."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from models.problem import Problem
from optimizer.common.kernels import held, seen
from optimizer.policies.greedy_state import GreedyState


def opened(problem: Problem, limit: str = "limit") -> GreedyState:
    """Open the book of a plan that ships nothing yet.

    Parameters
    ----------
    problem
        Integer-coded.
    limit
        Column of the limits that hold: ``most`` where only frozen promises are shipped.

    Returns
    -------
    GreedyState
        For loops of :mod:`optimizer.policies.greedy_state`.
    """
    options, epochs, parcels = problem.options, problem.epochs, problem.parcels
    work = len(options)
    pair = epochs["pair"].to_numpy()
    ints = {
        name: seen(work, options[name], np.int32)
        for name in ("line", "epoch", "site_day", "lane_day", "lane_total")
    }
    floats = {
        name: seen(work, options[name], np.float64) for name in ("upper", "step", "gives", "effort")
    }
    promise = options["frozen"].to_numpy()
    first, quota = _quotas(problem)
    return GreedyState(
        shipped=held(work, np.zeros(work), np.float64),
        parcel=seen(work, np.where(promise < 0, options["parcel"], -1), np.int32),
        promise=seen(work, promise, np.int32),
        first_quota=seen(work, first, np.int64),
        quota=seen(work, quota, np.int64),
        atp=held(work, epochs.groupby("pair")["arriving"].cumsum(), np.float64),
        end=seen(work, np.searchsorted(pair, pair, side="right"), np.int64),
        site_left=held(work, np.append(problem.site_days[limit], np.inf), np.float64),
        lane_left=held(work, np.append(problem.lane_days[limit], np.inf), np.float64),
        quota_left=held(work, problem.quotas[limit], np.float64),
        inside=held(work, np.zeros(len(parcels) + 1), np.float64),
        owner=seen(work, np.append(parcels["order"], len(problem.orders)), np.int64),
        sent=held(work, np.zeros(len(problem.orders) + 1), np.int64),
        most_sent=seen(work, np.append(problem.orders["max_shipments"], np.inf), np.float64),
        **ints,
        **floats,
    )


def _quotas(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """List the quotas that each option uses: first place by option, and quotas."""
    uses = problem.quota_uses.sort_values("option")
    every = np.arange(len(problem.options) + 1)
    return np.searchsorted(uses["option"].to_numpy(), every), uses["quota"].to_numpy()


def restocked(problem: Problem, moved: np.ndarray) -> Problem:
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


def limited(problem: Problem, limits: np.ndarray, row: np.ndarray) -> Problem:
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


def starts(problem: Problem) -> np.ndarray:
    """First option of each line, and one more at the end, shape (lines + 1,)."""
    lines = np.arange(len(problem.lines) + 1)
    return np.searchsorted(problem.options["line"].to_numpy(), lines)


def first_lines(problem: Problem) -> np.ndarray:
    """First line of each order, and one more at the end, shape (orders + 1,)."""
    orders = np.arange(len(problem.orders) + 1)
    return np.searchsorted(problem.lines["order"].to_numpy(), orders)
