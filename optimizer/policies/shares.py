"""Shares of each item's supply: the same for all lines, or one for each segment."""

from __future__ import annotations

import numpy as np

from models.problem import Problem
from models.tolerances import ROUNDING, UNIT_DECIMALS
from optimizer.policies.problem_variants import with_limits


def fair_shares(problem: Problem) -> np.ndarray:
    """Units of each line under the same share of its item's supply for all; none of whole lots."""
    lines = problem.lines
    demand = lines[~lines["virtual"]].groupby("item")["quantity"].sum()
    supply = problem.pairs.groupby("item")["supply"].sum().reindex(demand.index, fill_value=0.0)
    share = (supply / demand).clip(upper=1.0).reindex(lines["item"], fill_value=0.0).to_numpy()
    bound = problem.orders["ship_complete"].to_numpy()[lines["order"]] | (lines["least"] > 0)
    units = share * lines["quantity"].to_numpy()
    units = np.where(lines["whole"], np.floor(units + ROUNDING), units)
    open_ = np.minimum(units, lines["most"].to_numpy()) - lines["frozen"].to_numpy()
    return np.where(bound, 0.0, np.maximum(open_, 0.0))


def has_segment_quotas(problem: Problem) -> bool:
    """Whether any segment has a share of supply set aside for it."""
    return any(s.quota_share is not None for s in problem.settings.segments.values())


def with_segment_quotas(problem: Problem) -> Problem:
    """Limit what each segment takes of each item to its share of the supply.

    Segments without a share have together what the shares leave. Supply is that of all sites over
    the whole horizon; items that are not divisible ship whole, which rounds their shares down.

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
    items = len(problem.items)
    supply = np.bincount(problem.pairs["item"], problem.pairs["supply"], items)
    of = problem.segments["of"].to_numpy()[problem.lines["segment"]]
    row = np.array(owner)[of] * items
    return with_limits(
        problem,
        np.round(np.outer(shares, supply).ravel(), UNIT_DECIMALS),
        row[problem.options["line"]] + problem.options["item"].to_numpy(),
    )
