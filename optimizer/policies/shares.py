"""Shares of each item's supply: the same for all lines, or one for each segment.

What ships in steps (units, packs) is divided by largest remainders (Hamilton): everybody has the
whole steps of its share, and the steps that are left go to those of whose share most was cut off.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.problem import Problem
from models.settings import Policy
from models.tolerances import ROUNDING, UNIT, UNIT_DECIMALS
from optimizer.policies.fill_order import sequence_of
from optimizer.policies.problem_variants import with_limits

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def fair_shares(problem: Problem) -> Floats:
    """Units of each line under the same share of its item's supply for all; none of whole lots.

    Of equal remainders that of the line comes first that the segments' ties name first.
    """
    lines = problem.lines
    item, quantity = lines["item"].to_numpy(), lines["quantity"].to_numpy()
    asks = problem.counted
    items = len(problem.items)
    demand = _sums(quantity[asks], item[asks], items)
    supply = _supply(problem)
    share = np.minimum(supply / np.maximum(demand, UNIT), 1.0)
    bound = problem.orders["ship_complete"].to_numpy()[lines["order"]] | (lines["least"] > 0)
    most = np.where(bound, 0.0, lines["most"])
    place = np.argsort(np.asarray(sequence_of(problem, [])))
    exact = np.where(asks, share[item] * quantity, 0.0)
    units = _in_steps(exact, most, item, _steps(problem), place)
    return np.maximum(np.minimum(units, most) - lines["frozen"].to_numpy(), 0.0)


def has_segment_quotas(problem: Problem) -> bool:
    """Whether any segment has a share of supply set aside for it."""
    return any(s.quota_share is not None for s in problem.settings.segments.values())


def with_policy_limits(problem: Problem) -> Problem:
    """Give the problem with what its policy limits: shares of segments, under ``quota``."""
    if problem.settings.policy is Policy.QUOTA and has_segment_quotas(problem):
        return with_segment_quotas(problem)
    return problem


def with_segment_quotas(problem: Problem) -> Problem:
    """Limit what each segment takes of each item to its share of the supply.

    Segments without a share have together what the shares leave. Supply is that of all sites over
    the whole horizon. Of equal remainders that of the better tier comes first, then that of the
    segment that the header names first; nobody has a remainder that it could not use.

    Parameters
    ----------
    problem
        Integer-coded.

    Returns
    -------
    Problem
        With further limits; frozen promises use them up like all other shipments.
    """
    segments = list(problem.settings.segments.values())
    owner = [len(segments) if s.quota_share is None else n for n, s in enumerate(segments)]
    shares = [s.quota_share or 0.0 for s in segments]
    shares.append(max(0.0, 1.0 - sum(shares)))
    owners, items = len(shares), len(problem.items)
    supply = _supply(problem)
    of = problem.segments["of"].to_numpy()[problem.lines["segment"]]
    row = (np.array(owner) * items)[of][problem.options["line"]] + problem.options["item"]
    best = np.argsort(np.argsort([*(s.tier for s in segments), np.inf], kind="stable"))
    limits = _in_steps(
        np.outer(shares, supply).ravel(),
        _wanted(problem, row.to_numpy(), owners * items),
        np.tile(np.arange(items), owners),
        _steps(problem),
        np.repeat(best, items),
    )
    return with_limits(problem, limits, row.to_numpy())


def _in_steps(
    exact: Floats, most: Floats, item: np.ndarray, step: Floats, place: np.ndarray
) -> Floats:
    """Round shares of items to whole steps, by largest remainders.

    Parameters
    ----------
    exact
        Unrounded shares [unit], shape (shares,).
    most
        What each share can use: there is no remainder beyond it [unit], shape (shares,).
    item, place
        Item of each share, and its place among equals, shape (shares,).
    step
        By item [unit]; 0 = any amount.
    """
    each = np.where(step > 0, step, 1.0)
    steps = exact / each[item]
    whole = _floor(steps)
    left = _floor(_sums(steps, item, len(step))) - _sums(whole, item, len(step))
    remainder = np.round(np.maximum(steps - whole, 0.0), UNIT_DECIMALS)
    uses = (remainder > 0) & ((whole + 1) * each[item] <= most + UNIT)
    order = np.lexsort([place, -remainder, ~uses, item])
    first = np.searchsorted(item[order], np.arange(len(step)))
    rank = np.empty(len(exact), dtype=np.int64)
    rank[order] = np.arange(len(exact)) - first[item[order]]
    rounded = (whole + (uses & (rank < left[item]))) * each[item]
    return np.where(step[item] > 0, rounded, np.round(exact, UNIT_DECIMALS))


def _floor(steps: Floats) -> Floats:
    """Round down, but what noise of multiplying put below a whole number."""
    return np.floor(np.round(steps, UNIT_DECIMALS) + ROUNDING)


def _steps(problem: Problem) -> Floats:
    """Step in which each item ships freely [unit], shape (items,); 0 = any amount."""
    options = problem.options
    step = np.zeros(len(problem.items))
    free = (options["frozen"] < 0).to_numpy()
    np.maximum.at(step, options["item"].to_numpy()[free], options["step"].to_numpy()[free])
    return step


def _supply(problem: Problem) -> Floats:
    """Supply of each item at all sites over the whole horizon [unit], shape (items,)."""
    pairs = problem.pairs
    return _sums(pairs["supply"].to_numpy(), pairs["item"].to_numpy(), len(problem.items))


def _wanted(problem: Problem, row: np.ndarray, rows: int) -> Floats:
    """Units shipped that lines could use of each row's item, shape (rows,)."""
    options = problem.options
    pair = options["line"].to_numpy(dtype=np.int64) * len(problem.items) + options["item"]
    _, at = np.unique(pair, return_index=True)
    most = problem.lines["most"].to_numpy()[options["line"].to_numpy()[at]]
    return _sums(most / options["gives"].to_numpy()[at], row[at], rows)


def _sums(amounts: Floats, row: np.ndarray, rows: int) -> Floats:
    """Add up amounts by row, shape (rows,)."""
    return np.bincount(row, amounts, rows).astype(np.float64)
