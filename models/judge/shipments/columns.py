"""Rules on the columns of shipments that follow from the others."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.judge.findings import ROW, UNIT_DECIMALS, differs, refuse
from models.judge.lookup import Lookup
from models.judge.lookup.lines import MADE_FOR

DERIVED = {
    "arrival_date": "arrival",
    "on_time": "on_time",
    "days_late": "days_late",
    "tier": "tier",
    "cost": "cost",
}
"""Columns of shipments that are recomputed, and their names in the lookup."""
NAMES = ["order", "line", "site", "service", "item", *MADE_FOR]
"""What settles a rank where date, tier and value do not."""


def columns_follow(lookup: Lookup, shipments: pd.DataFrame) -> list[str]:
    """Hold arrival, lateness, tier, cost and rank to what the scenario makes of the shipment."""
    findings = []
    placed = lookup.placed
    for column, known in DERIVED.items():
        if column in shipments:
            given = shipments[column].set_axis(lookup.rows.index)[placed.index]
            wrong = differs(given, placed[known])
            findings += refuse(
                placed,
                wrong,
                ROW + f": {column} is {{given}}, must be {{known}}",
                given=given,
                known=placed[known],
            )
    if "rank" in shipments:
        findings += shipments_are_ranked(lookup, shipments["rank"])
    return findings


def shipments_are_ranked(lookup: Lookup, ranks: pd.Series) -> list[str]:
    """Ask for rows in the order in which the warehouse works, ranked from 1.

    Ship date, tier, value of the row from high to low, order, line, site, service, item.
    Values are compared as rounded to 6 decimals, with room for noise in the last digit.
    """
    rows = lookup.rows.assign(rank=ranks.to_numpy())
    miscounted = refuse(
        rows, rows["rank"] != rows["row"], "row {row} has rank {rank}; ranks count the rows from 1"
    )
    placed = rows[rows["arrival"].notna()]
    ids = placed[NAMES].reset_index(drop=True)
    name = np.argsort(ids.sort_values(NAMES).index.to_numpy())
    day, tier, value = (placed[c].to_numpy() for c in ("ship_date", "tier", "value"))
    noise = 4 * np.spacing(value)
    high, low = (
        np.round(value + noise, UNIT_DECIMALS)[:-1],
        np.round(value - noise, UNIT_DECIMALS)[1:],
    )
    by_value = (high > low) | ((high == low) & (name[:-1] < name[1:]))
    by_tier = (tier[:-1] < tier[1:]) | ((tier[:-1] == tier[1:]) & by_value)
    good = (day[:-1] < day[1:]) | ((day[:-1] == day[1:]) & by_tier)
    return miscounted + refuse(
        placed.iloc[1:],
        ~good,
        "row {row} (order {order} line {line}) is ranked too late or the row before it too early:"
        " work goes by ship date, tier and value",
    )
