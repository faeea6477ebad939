"""Rules on stock: what was there, what came in, what was moved, what has left."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.judge.findings import TOLERANCE, refuse
from models.judge.lookup import Lookup
from models.judge.lookup.supply import PLACE, supply


def balances(lookup: Lookup, items: pd.Index | None = None) -> pd.DataFrame:
    """Keep the accounts of each site and item (all, or some items) on each day of a change.

    Returns
    -------
    DataFrame
        Index site, item, day, sorted. ``left`` at the end of the day; ``opening``: what was there
        before anything left that day or came and went on by a transfer without transit [unit].
    """
    there, gone, moved = (
        part if items is None else part[part["item"].isin(items)]
        for part in (supply(lookup.scenario), lookup.placed, lookup.moved)
    )
    changes = [
        there.assign(left=there["quantity"], back=0.0),
        gone.assign(day=gone["ship_date"], left=-gone["quantity"], back=gone["quantity"]),
    ]
    if len(moved):
        units, in_time = moved["quantity"], moved["transit_days"] == 0
        sent = {"site": moved["from_site"], "day": moved["ship_date"], "left": -units}
        arrived = {"site": moved["to_site"], "day": moved["arrival"], "left": units}
        changes.append(moved.assign(**sent, back=units))
        changes.append(moved.assign(**arrived, back=-units.where(in_time, 0.0)))
    columns = [*PLACE, "left", "back"]
    by_day = pd.concat([part[columns] for part in changes]).groupby(PLACE).sum()
    left = by_day["left"].groupby(level=["site", "item"]).cumsum()
    return pd.DataFrame({"left": left, "opening": left + by_day["back"]})


def stock_suffices(lookup: Lookup) -> list[str]:
    """Refuse more of an item from a site, up to any day, than was on hand and came in."""
    missing = -balances(lookup)["left"]
    what = "shipments and transfers" if len(lookup.moved) else "shipments"
    return refuse(
        missing.rename("quantity").reset_index(),
        (missing > TOLERANCE).to_numpy(),
        f"site {{site}} item {{item}}: {what} up to {{day}} exceed stock and receipts by"
        " {quantity}",
        worst="quantity",
    )


def no_transfer_lifts_itself(lookup: Lookup) -> list[str]:
    """Refuse transfers round a circle within a day that no unit can begin.

    Where no day leaves less than nothing at a site, all transfers of the day can be carried out in
    some order exactly if each site that sends has a unit at first, or gets one by transfers from a
    site that has.
    """
    quick = lookup.moved[lookup.moved["transit_days"] == 0]
    if quick.empty:
        return []
    accounts = balances(lookup, pd.Index(quick["item"].unique()))
    sender, receiver = (
        accounts.index.get_indexer(
            pd.MultiIndex.from_frame(quick[[end, "item", "ship_date"]], names=PLACE)
        )
        for end in ("from_site", "to_site")
    )
    reached = np.array(accounts["opening"] > TOLERANCE)
    covered = accounts["left"].to_numpy() >= -TOLERANCE
    while (new := reached[sender] & ~reached[receiver]).any():
        reached[receiver[new]] = True
    return refuse(
        quick,
        ~reached[sender] & covered[sender],
        "transfer {row} ({item} from {from_site} to {to_site} on {ship_date}): goes round in a"
        " circle, no stock is there to begin with",
    )
