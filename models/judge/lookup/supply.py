"""Supply that the scenario names: stock on hand and receipts, before anything ships or moves."""

from __future__ import annotations

import pandas as pd

from models.scenario import Scenario

PLACE = ["site", "item", "day"]
"""Where and when stock is."""


def supply(scenario: Scenario) -> pd.DataFrame:
    """List all supply: ``site``, ``item``, ``day`` from the start on, ``quantity``, ``confidence``.

    Stock on hand is certain. Receipts before the start can be shipped at the start.
    """
    start = pd.Timestamp(scenario.settings.horizon.start).as_unit("s")
    stock, receipts = scenario["stock"], scenario["receipts"]
    early = receipts["date"] < start
    parts = [
        stock.assign(day=start, quantity=stock["on_hand"], confidence=1.0),
        receipts.assign(day=receipts["date"].mask(early, start)),
    ]
    columns = [*PLACE, "quantity", "confidence"]
    return pd.concat([part[columns] for part in parts], ignore_index=True)


def supply_by_item(scenario: Scenario) -> pd.Series:
    """Add up what open sites have of each item until the last ship day, by item [unit]."""
    sites, horizon, there = scenario["sites"], scenario.settings.horizon, supply(scenario)
    last = pd.Timestamp(horizon.start) + pd.Timedelta(days=horizon.days - 1)
    usable = there["site"].isin(sites["site"][sites["open"]]) & (there["day"] <= last)
    return there[usable].groupby("item")["quantity"].sum()
