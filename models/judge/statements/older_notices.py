"""Notices of older run folders: one for each customer, of all their orders."""

from __future__ import annotations

import pandas as pd

from models.judge.findings import TOLERANCE, refuse
from models.judge.statements.judged_answer import JudgedAnswer


def older_notices_hold(answer: JudgedAnswer) -> list[str]:
    """Ask for one notice for each customer with a line not on time, with its orders and dates.

    Who loses a frozen promise is told, too.
    """
    table, lines = answer.solution.notices.reset_index(drop=True), answer.lookup.lines
    missing = lines[~lines["full_on_time"] & lines["due"]]
    late = missing.groupby("customer")
    missed = table["kind"] == "missed"
    due = late["requested"].min().reindex(table["customer"]).reset_index(drop=True)
    full = late["full"].all().reindex(table["customer"]).reset_index(drop=True)
    told = table.loc[missed, "customer"]
    silent = missing.loc[~missing["customer"].isin(told), "customer"]
    lost = lines[lines["delivered"] < lines["frozen_units"] - TOLERANCE]
    unheard = lost.loc[~lost["customer"].isin(table["customer"]), "customer"]
    owner = dict(zip(lines["order"], lines["customer"], strict=True))
    pairs = zip(table["customer"], table["orders"], strict=True)
    clear = not lines["order"].str.contains(", ", regex=False).any()  # names can be told apart
    alien = [clear and any(owner.get(o) != who for o in text.split(", ")) for who, text in pairs]
    once = table["customer"].is_unique and table["customer"].is_monotonic_increasing
    name = "notices: customer {customer}"
    return [
        *([] if once else ["notices: customers are repeated or not sorted"]),
        *(f"notices: customer {who} is not told" for who in silent.head(1)),
        *(f"notices: customer {who} is not told of a promise" for who in unheard.head(1)),
        *refuse(
            table,
            missed & (due.isna() | (table["promised"] > due)),
            name + ": {promised} is not the first date that is missed",
        ),
        *refuse(table, pd.Series(alien, dtype=bool), name + " is told of orders of others"),
        *refuse(
            table,
            table["new_date"].notna() & (full == 0),
            name + ": {new_date} is a date for what has none",
        ),
    ]
