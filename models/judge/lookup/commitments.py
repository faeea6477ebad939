"""What was promised before: commitments looked up, and the units that they freeze."""

from __future__ import annotations

import pandas as pd

from models.judge.lookup.lines import IDS, arrivals_of, look_up
from models.scenario import Scenario


def look_up_commitments(scenario: Scenario, lines: pd.DataFrame) -> pd.DataFrame:
    """Look the commitments up: what they deliver, when they arrive, which are ``frozen``.

    All commitments of a locked line are frozen. One that cannot leave any more, for want of a lane
    or because its day is past, counts as arriving after its transit, without calendars.
    """
    table = scenario["commitments"]
    items = table.merge(
        lines[["order", "line", "item"]], on=["order", "line"], how="left", suffixes=("", "_due")
    )
    table = table.assign(item=table["item"].where(table["item"] != "", items["item_due"]))
    rows = look_up(scenario, lines, table)
    rows["frozen"] |= rows["locked"]
    start = pd.Timestamp(scenario.settings.horizon.start)
    leaves = rows["transit_days"].notna() & (rows["ship_date"] >= start)
    transit = pd.to_timedelta(rows["transit_days"].fillna(0.0), unit="D")
    without = (rows["ship_date"] + transit).astype("datetime64[s]")
    rows["arrival"] = arrivals_of(scenario, rows, leaves).fillna(without)
    return rows


def add_frozen_units(lines: pd.DataFrame, commitments: pd.DataFrame) -> pd.DataFrame:
    """Add the ``frozen_units`` of each line [ordered unit]."""
    frozen = commitments[commitments["frozen"]]
    units = frozen["units"].groupby(frozen["place"].astype("int64")).sum()
    return lines.assign(frozen_units=units.reindex(lines.index, fill_value=0.0))


def split_frozen(rows: pd.DataFrame, commitments: pd.DataFrame) -> pd.DataFrame:
    """Split each shipment's quantity in ``frozen`` and ``free`` units [shipped unit].

    Frozen are the units up to what commitments of the same option froze: ``promised``.
    """
    if not commitments["frozen"].any():
        return rows.assign(promised=0.0, frozen=0.0, free=rows["quantity"])
    due = commitments[commitments["frozen"]].groupby(IDS, as_index=False)["quantity"].sum()
    known = rows[IDS].merge(due, on=IDS, how="left")["quantity"].fillna(0.0)
    frozen = rows["quantity"].clip(upper=known).clip(lower=0.0)
    return rows.assign(promised=known, frozen=frozen, free=rows["quantity"] - frozen)
