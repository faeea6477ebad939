"""Supply that the scenario names: stock on hand and receipts, before anything ships or moves."""

from __future__ import annotations

import pandas as pd

from models.judge.findings import DECIMALS
from models.scenario import Scenario
from models.settings import OverdueReceipts

PLACE = ["site", "item", "day"]
"""Where and when stock is."""
AMOUNT = ["quantity", "confidence"]


def supply(scenario: Scenario) -> pd.DataFrame:
    """List all supply: ``site``, ``item``, ``day`` from the start on, ``quantity``, ``confidence``.

    Stock on hand is certain. Stock below zero is owed, by that site and of that item.
    """
    start = pd.Timestamp(scenario.settings.horizon.start).as_unit("s")
    stock = scenario["stock"].assign(day=start, quantity=scenario["stock"]["on_hand"])
    stock = stock.assign(confidence=1.0)[[*PLACE, *AMOUNT]]
    coming = _coming(scenario, start)
    below = stock["quantity"] < 0
    if not below.any():
        return pd.concat([stock, coming], ignore_index=True)
    places = ["site", "item"]
    pays = pd.MultiIndex.from_frame(coming[places]).isin(
        pd.MultiIndex.from_frame(stock.loc[below, places])
    )
    cleared = _cleared(pd.concat([stock[below], coming[pays]]))
    return pd.concat([stock[~below], coming[~pays], cleared], ignore_index=True)


def _coming(scenario: Scenario, start: pd.Timestamp) -> pd.DataFrame:
    """List receipts; one that is overdue counts as ``receipts_overdue`` says."""
    receipts, mode = scenario["receipts"], scenario.settings.receipts_overdue
    overdue = receipts["date"] < start
    receipts = receipts.assign(day=receipts["date"].mask(overdue, start))
    if mode == OverdueReceipts.IGNORE:
        receipts = receipts[~overdue]
    if mode == OverdueReceipts.ON_HAND:
        receipts = receipts.assign(confidence=receipts["confidence"].mask(overdue, 1.0))
    return receipts[[*PLACE, *AMOUNT]]


def _cleared(accounts: pd.DataFrame) -> pd.DataFrame:
    """Follow the accounts of places that owe something: what they are above zero is supply.

    For each certainty there is an account of what is at least so certain; the units of a certainty
    are those of its account that are not in the next.
    """
    table = accounts.pivot_table(
        index=PLACE, columns="confidence", values="quantity", aggfunc="sum"
    )
    table = table.fillna(0.0)[sorted(table.columns, reverse=True)]
    by_place = table.cumsum(axis=1).groupby(level=["site", "item"])
    above = by_place.cumsum().clip(lower=0.0)
    grown = above.sub(above.groupby(level=["site", "item"]).shift(fill_value=0.0))
    own = grown.sub(grown.shift(axis=1, fill_value=0.0))
    units = own.round(DECIMALS).melt(ignore_index=False, value_name="quantity").reset_index()
    return units.loc[units["quantity"] > 0, [*PLACE, *AMOUNT]]


def supply_by_item(scenario: Scenario) -> pd.Series:
    """Add up what open sites have of each item until the last ship day, by item [unit]."""
    sites, horizon, there = scenario["sites"], scenario.settings.horizon, supply(scenario)
    last = pd.Timestamp(horizon.start) + pd.Timedelta(days=horizon.days - 1)
    usable = there["site"].isin(sites["site"][sites["open"]]) & (there["day"] <= last)
    return there[usable].groupby("item")["quantity"].sum()
