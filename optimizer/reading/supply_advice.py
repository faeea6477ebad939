"""What a planner should know about supply that is not as it looks: overdue, or owed."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from models.settings import OverdueReceipts, Settings
from optimizer.common.words import number, several

COUNTED_AS: Mapping[OverdueReceipts, str] = {
    OverdueReceipts.IGNORE: "not counted",
    OverdueReceipts.ON_HAND: "counted as stock on hand",
    OverdueReceipts.START: "counted as coming on the first day",
}
REMEDY: Mapping[OverdueReceipts, str] = {
    OverdueReceipts.IGNORE: " Write the day on which they will come, or set receipts_overdue."
}


def about_overdue(settings: Settings, receipts: pd.DataFrame) -> str:
    """Write of receipts that are dated before the start; blank where none is."""
    rows = receipts[receipts["date"] < pd.Timestamp(settings.horizon.start)]
    if rows.empty:
        return ""
    mode, first = settings.receipts_overdue, rows.iloc[0]
    verb = "is" if len(rows) == 1 else "are"
    return (
        f"{several(len(rows), 'receipt')} ({number(rows['quantity'].sum())} units) {verb} dated "
        f"before the start and {COUNTED_AS[mode]}, {number(first['quantity'])} of "
        f"{first['item']!r} at {first['site']!r} on {first['date']:%Y-%m-%d} first."
        f"{REMEDY.get(mode, '')}"
    )


def about_owed(stock: pd.DataFrame) -> str:
    """Write of stock below zero; blank where none is."""
    rows = stock[stock["on_hand"] < 0]
    if rows.empty:
        return ""
    first, verb = rows.iloc[0], "is" if len(rows) == 1 else "are"
    return (
        f"{several(len(rows), 'row')} of stock ({number(-rows['on_hand'].sum())} units) {verb} "
        f"below zero, {number(first['on_hand'])} of {first['item']!r} at {first['site']!r} first: "
        "what is owed is taken from the next receipts there."
    )
