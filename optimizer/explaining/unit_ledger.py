"""Who has the units that a line misses: every one of them goes to a name or a cause."""

from __future__ import annotations

import pandas as pd

from models.reasons import Holder, reasons_held_by
from models.scenario import Scenario
from models.tolerances import DECIMALS, ROUNDING
from optimizer.explaining.input_changes import Row

LEDGER = ["reason", "item", "site", "until", "units", "order", "line", "tier"]
"""What explains the units, where, and which line has them; blank where nobody has."""
TAKEN = reasons_held_by(Holder.ORDERS, Holder.FORECAST, Holder.LOWER_TIERS)
"""Reasons of units that somebody has."""


def unit_ledger(
    scenario: Scenario,
    shipments: pd.DataFrame,
    lines: pd.DataFrame,
    shortages: pd.DataFrame,
) -> pd.DataFrame:
    """Name who has what a line misses.

    Of those who took an item from a site until the day, the ones that come last in importance are
    named first: lower tiers, then later shipments, until every unit has a name.

    Parameters
    ----------
    scenario
        The inputs.
    shipments, lines
        The plan, with what is held for forecast demand.
    shortages
        Rows of one line.

    Returns
    -------
    pandas.DataFrame
        The columns :data:`LEDGER`; ``units`` add up to what the line misses [its unit].
    """
    rows = []
    left = dict(zip(shipments["rank"], shipments["quantity"], strict=True))
    for missing in shortages.to_dict("records"):
        rest = float(missing["units"])
        takers = _takers(shipments, lines, missing)
        gives = 1.0 / _ratio(scenario, lines, missing)
        for rank, order, line, tier in takers:
            units = min(rest, left[rank] * gives)
            if units <= ROUNDING:
                continue
            left[rank] -= units / gives
            rest -= units
            rows.append({**missing, "units": units, "order": order, "line": line, "tier": tier})
        if rest > ROUNDING:
            rows.append({**missing, "units": rest, "order": "", "line": "", "tier": None})
    ledger = pd.DataFrame(rows, columns=LEDGER)
    ledger["units"] = ledger["units"].astype(float).round(DECIMALS)
    keys = [name for name in LEDGER if name != "units"]
    summed = ledger.groupby(keys, sort=False, dropna=False)["units"].sum().reset_index()
    return summed[LEDGER]


def _takers(
    shipments: pd.DataFrame, lines: pd.DataFrame, missing: Row
) -> list[tuple[int, str, str, int]]:
    """Rank, order, line and tier of who a reason speaks of, the least important first."""
    if missing["reason"] not in TAKEN or not missing["site"]:
        return []
    rows = shipments[
        (shipments["item"] == missing["item"])
        & (shipments["site"] == missing["site"])
        & (shipments["ship_date"] <= missing["until"])
    ]
    own = (rows["order"] == missing["order"]) & (rows["line"] == missing["line"])
    mine = (lines["order"] == missing["order"]) & (lines["line"] == missing["line"])
    tier = int(lines.loc[mine, "tier"].iloc[0])
    held = rows["reason"] == "reserve"
    which = {
        "commitment": rows["reason"] == "commitment",
        "higher_tier": ~held & (rows["tier"] < tier),
        "same_tier": ~held & (rows["tier"] == tier),
        "reserve": held,
        "value": ~held & (rows["tier"] > tier),
    }[str(missing["reason"])]
    rows = rows[which & ~own].sort_values(["tier", "rank"], ascending=False)
    return list(rows[["rank", "order", "line", "tier"]].itertuples(index=False, name=None))


def _ratio(scenario: Scenario, lines: pd.DataFrame, missing: Row) -> float:
    """Units of the item that stand for one of the line's."""
    mine = (lines["order"] == missing["order"]) & (lines["line"] == missing["line"])
    ordered = lines.loc[mine, "item"].iloc[0]
    swaps = scenario["substitutes"]
    own = swaps[(swaps["item"] == ordered) & (swaps["substitute"] == missing["item"])]
    return float(own["ratio"].iloc[0]) if len(own) else 1.0
