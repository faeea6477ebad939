"""What a plan leaves of stock and of shared limits: as a state that loops change, and as amounts.

Greedy rules, the reasons of missing units and quotes all ask here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.problem import Problem
from models.shared_limits import SHARED_LIMITS
from optimizer.common.kernels import loop_input, loop_state
from optimizer.policies.greedy_state import GreedyState

Floats = NDArray[np.float64]


def cumulative_supply(problem: Problem) -> Floats:
    """Supply of each epoch's pair up to the epoch [unit], shape (epochs,)."""
    supply: Floats = problem.epochs.groupby("pair")["arriving"].cumsum().to_numpy()
    return supply


def empty_state(problem: Problem, limit: str = "limit") -> GreedyState:
    """Make the state of a plan that ships nothing yet.

    Parameters
    ----------
    problem
        Integer-coded.
    limit
        Column of the limits that hold: ``most`` where only frozen commitments are shipped.

    Returns
    -------
    GreedyState
        For loops of :mod:`optimizer.policies.greedy_state`.
    """
    options, epochs, parcels = problem.options, problem.epochs, problem.parcels
    work = len(options)
    pair = epochs["pair"].to_numpy()
    ints = {name: loop_input(work, options[name], np.int32) for name in ("line", "epoch")}
    floats = {
        name: loop_input(work, options[name], np.float64) for name in ("upper", "step", "gives")
    }
    commitment = options["frozen"].to_numpy()
    return GreedyState(
        shipped=loop_state(work, np.zeros(work), np.float64),
        parcel=loop_input(work, np.where(commitment < 0, options["parcel"], -1), np.int32),
        commitment=loop_input(work, commitment, np.int32),
        atp=loop_state(work, cumulative_supply(problem), np.float64),
        end=loop_input(work, np.searchsorted(pair, pair, side="right"), np.int64),
        inside=loop_state(work, np.zeros(len(parcels) + 1), np.float64),
        owner=loop_input(work, np.append(parcels["order"], len(problem.orders)), np.int64),
        sent=loop_state(work, np.zeros(len(problem.orders) + 1), np.int64),
        most_sent=loop_input(work, np.append(problem.orders["max_shipments"], np.inf), np.float64),
        **ints,
        **floats,
        **_limits(problem, limit),
    )


def _limits(problem: Problem, column: str) -> dict[str, Any]:
    """Fields of the state for all shared limits, whose rows are numbered one after another."""
    work, count = len(problem.options), 0
    rows, options, amounts, limits = [], [], [], []
    for limit in SHARED_LIMITS:
        uses, own = limit.uses_of(problem), limit.rows(problem)[column].to_numpy(dtype="float64")
        used = np.flatnonzero(uses.amount)
        rows.append(uses.row[used] + count)
        options.append(uses.option[used])
        amounts.append(uses.amount[used])
        limits.append(own)
        count += len(own)
    option = np.concatenate(options)
    by_option = np.argsort(option, kind="stable")
    first = np.searchsorted(option[by_option], np.arange(work + 1))
    return {
        "first_use": loop_input(work, first, np.int64),
        "limit": loop_input(work, np.concatenate(rows)[by_option], np.int32),
        "amount": loop_input(work, np.concatenate(amounts)[by_option], np.float64),
        "limit_left": loop_state(work, np.concatenate(limits), np.float64),
    }
