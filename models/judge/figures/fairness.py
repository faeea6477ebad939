"""Fairness between customers: shares of what each could get alone, and the goals that follow.

What a customer could get alone (``reachable``) depends on the dates and ways of all its lines and
is taken as the answer claims it, within what can be said without a model: no less than is
delivered, no more than was ordered, and no more than the supply of what its lines may ship.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from models.judge.findings import exceeds, found
from models.judge.lookup.scenario_lookup import Lookup
from models.judge.shipments.supply import supply_by_item
from models.settings import Fairness, Settings
from models.solution import FAIRNESS

KEYS = ["segment", "customer"]


def shared(book: Lookup, claimed: pd.DataFrame | None) -> pd.DataFrame:
    """Say what each customer got, where its segment asks for fairness and it ordered anything.

    Parameters
    ----------
    book
        The plan.
    claimed
        What customers could get alone: ``segment``, ``customer`` and ``reachable`` [unit].

    Returns
    -------
    pandas.DataFrame
        The columns of :data:`models.solution.FAIRNESS`; ``reachable`` is NaN where it was not
        claimed. Sorted by segment and customer.
    """
    segments = book.scenario.settings.segments.items()
    asks = [name for name, segment in segments if segment.fairness != Fairness.NONE]
    lines = book.lines[book.lines["segment"].isin(asks)]
    rows = lines.groupby(KEYS)[["ordered", "delivered"]].sum().reset_index()
    if claimed is None:
        claimed = rows.assign(reachable=np.nan)
    known = claimed.drop_duplicates(KEYS)[[*KEYS, "reachable"]]
    rows = rows.merge(known, on=KEYS, how="left").sort_values(KEYS, ignore_index=True)
    rows["share"] = rows["delivered"] / rows["reachable"].where(rows["reachable"] > 0)
    return rows[list(FAIRNESS)].astype(FAIRNESS)


def fairness_reached(
    settings: Settings, shares: pd.DataFrame
) -> Iterator[tuple[str, float, float]]:
    """Yield goal, value and base for each segment that asks, in the order of the header.

    There is nothing to be fair about between fewer than two customers who could get something.
    """
    for name, segment in settings.segments.items():
        mine = shares[(shares["segment"] == name) & (shares["reachable"] > 0)]
        reachable, share = mine["reachable"].to_numpy(), mine["share"].to_numpy()
        if segment.fairness == Fairness.PROPORTIONAL:
            base = float(reachable.sum())
            overall = float(mine["delivered"].sum()) / base if base else 0.0
            behind = np.maximum(reachable * (overall - share), 0.0)
            yield f"fairness:{name}", float(behind.sum()) if len(mine) > 1 else 0.0, base
        elif segment.fairness == Fairness.MAX_MIN:
            yield f"fairness:{name}", 1.0 - float(share.min()) if len(mine) > 1 else 0.0, 1.0


def reachable_is_possible(book: Lookup, shares: pd.DataFrame) -> list[str]:
    """Ask for what customers could get alone within what they got, ordered and stock allows."""
    if shares.empty:
        return []
    who = "fairness: segment {segment}, customer {customer}: reachable is {reachable}, "
    most = shares[KEYS].merge(_supplied(book), on=KEYS, how="left")["most"]
    reachable, ordered = shares["reachable"], shares["ordered"]
    return [
        *found(shares, reachable.isna(), who + "must be a number"),
        *found(shares, exceeds(-reachable, 0.0 * reachable), who + "must not be negative"),
        *found(shares, exceeds(shares["delivered"], reachable), who + "got {delivered}"),
        *found(shares, exceeds(reachable, ordered), who + "ordered {ordered}"),
        *found(
            shares,
            exceeds(reachable, most) & ~exceeds(reachable, ordered),
            who + "supply allows {most}",
            most=most,
        ),
    ]


def _supplied(book: Lookup) -> pd.DataFrame:
    """Add up by customer what its lines ordered, or all supply of what they may ship if less."""
    scenario, lines = book.scenario, book.lines
    units = supply_by_item(scenario)
    own = units.reindex(lines["item"], fill_value=0.0).to_numpy()
    swaps = scenario["substitutes"]
    each = units.reindex(swaps["substitute"], fill_value=0.0).to_numpy() / swaps["ratio"]
    swaps = swaps.assign(each=each, named=swaps["segments"].str.split())
    asked = lines[["place", "item", "segment", "frozen_units"]].merge(swaps, on="item")
    named = [
        not names or segment in names
        for names, segment in zip(asked["named"], asked["segment"], strict=True)
    ]
    allowed = asked[np.array(named, dtype=bool) | (asked["frozen_units"] > 0)]
    other = allowed.groupby("place")["each"].sum().reindex(lines["place"], fill_value=0.0)
    most = np.minimum(lines["ordered"], own + other.to_numpy())
    return most.groupby([lines[key] for key in KEYS]).sum().rename("most").reset_index()
