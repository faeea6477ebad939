"""Fairness between customers: shares of what each could get alone, and the goals that follow.

What a customer could get alone (``reachable``) depends on the dates and ways of all its lines and
is taken as the answer claims it, within what can be said without a model: no less than is
delivered, no more than was ordered, and no more than the supply of what its lines may ship.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from models.goals import GoalKind
from models.judge.lookup import Lookup
from models.settings import Fairness, Settings
from models.solution import FAIRNESS

KEYS = ["segment", "customer"]


def customer_shares(lookup: Lookup, claimed: pd.DataFrame | None) -> pd.DataFrame:
    """Say what each customer got, where its segment asks for fairness and it ordered anything.

    Parameters
    ----------
    lookup
        The plan.
    claimed
        What customers could get alone: ``segment``, ``customer`` and ``reachable`` [unit].

    Returns
    -------
    pandas.DataFrame
        The columns of :data:`models.solution.FAIRNESS`; ``reachable`` is NaN where it was not
        claimed. Sorted by segment and customer.
    """
    segments = lookup.scenario.settings.segments.items()
    asks = [name for name, segment in segments if segment.fairness != Fairness.NONE]
    lines = lookup.lines[lookup.lines["segment"].isin(asks) & lookup.lines["due"]]
    rows = lines.groupby(KEYS)[["ordered", "delivered"]].sum().reset_index()
    if claimed is None:
        claimed = rows.assign(reachable=np.nan)
    known = claimed.drop_duplicates(KEYS)[[*KEYS, "reachable"]]
    rows = rows.merge(known, on=KEYS, how="left").sort_values(KEYS, ignore_index=True)
    rows["share"] = rows["delivered"] / rows["reachable"].where(rows["reachable"] > 0)
    return rows[list(FAIRNESS)].astype(FAIRNESS)


def fairness_parts(settings: Settings, shares: pd.DataFrame) -> Iterator[tuple[str, float, float]]:
    """Yield goal, value and base for each segment that asks, in the order of the header.

    There is nothing to be fair about between fewer than two customers who could get something.
    """
    for name, segment in settings.segments.items():
        mine = shares[(shares["segment"] == name) & (shares["reachable"] > 0)]
        reachable, share = mine["reachable"].to_numpy(), mine["share"].to_numpy()
        goal = GoalKind.FAIRNESS.named(name)
        if segment.fairness == Fairness.PROPORTIONAL:
            base = float(reachable.sum())
            overall = float(mine["delivered"].sum()) / base if base else 0.0
            behind = np.maximum(reachable * (overall - share), 0.0)
            yield goal, float(behind.sum()) if len(mine) > 1 else 0.0, base
        elif segment.fairness == Fairness.MAX_MIN:
            yield goal, 1.0 - float(share.min()) if len(mine) > 1 else 0.0, 1.0
