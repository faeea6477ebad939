"""Rules on promises that are moved: what they are, and how far they may be moved."""

from __future__ import annotations

import pandas as pd

from models.judge.findings import ROW, exceeds, refuse
from models.judge.lookup import Lookup
from models.judge.lookup.commitments import PROMISE
from models.judge.lookup.lines import MADE_FOR

DATES = dict(zip(MADE_FOR, ("ship_date", "arrival"), strict=True))
"""Columns of shipments, and what they are of the promise."""


def moved_promises_hold(lookup: Lookup) -> list[str]:
    """Refuse more units than a promise still has, and any that are moved forward.

    What is moved leaves later than promised, or arrives no earlier.
    """
    rows = lookup.rows[lookup.rows["moves"]].drop(columns=list(DATES.values()))
    if rows.empty:
        return []
    due = lookup.frozen.groupby(PROMISE)["quantity"].sum()
    kept = lookup.placed[lookup.placed["kept"] > 0].groupby(PROMISE)["kept"].sum()
    moved = rows.rename(columns=DATES).groupby(PROMISE, dropna=False)["quantity"].sum()
    open_ = due.sub(kept, fill_value=0.0).reindex(moved.index, fill_value=0.0)
    placed = lookup.placed[lookup.placed["moves"]]
    later = placed["ship_date"] > placed[MADE_FOR[0]]
    return [
        *refuse(
            moved.rename("units").reset_index(),
            exceeds(moved, open_).to_numpy(),
            "order {order} line {line}: {units} units of {item} are moved from {ship_date} (arrival"
            " {arrival}), {open} of them were promised and are not kept",
            worst="units",
            open=pd.Series(open_.to_numpy()),
        ),
        *refuse(
            placed,
            ~later & (placed["arrival"] < placed[MADE_FOR[1]]),
            ROW + ": moves a promise for {promised_arrival_date} forward",
        ),
    ]
