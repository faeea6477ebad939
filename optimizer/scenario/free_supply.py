"""Stock and receipts as orders may have them: what is owed is taken off, what is overdue settled.

A site whose stock of an item is below zero owes these units: they come out of its next receipts.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from models.scenario import Scenario
from models.settings import OverdueReceipts
from models.tolerances import UNIT_DECIMALS
from optimizer.scenario.table_edits import complete_rows, with_table

PLACE = ["site", "item"]


def with_free_supply(scenario: Scenario) -> Scenario:
    """Return the scenario with stock of 0 at least and no receipt before the start.

    Doing it twice is doing it once.

    Parameters
    ----------
    scenario
        As planners wrote it.
    """
    receipts = _receipts_to_come(scenario)
    owed = _owed(scenario)
    if len(owed):
        receipts = _without_owed(receipts, owed)
        stock = scenario["stock"]
        scenario = with_table(scenario, "stock", stock.assign(on_hand=stock["on_hand"].clip(0.0)))
    if receipts is scenario["receipts"]:
        return scenario
    return with_table(scenario, "receipts", receipts)


def still_owed(scenario: Scenario, place: Mapping[Hashable, Any], least: float) -> float:
    """Units that a site owes of an item on a day, after the receipts until then [unit].

    Parameters
    ----------
    scenario
        As planners wrote it.
    place
        ``site``, ``item`` and ``date``.
    least
        Only receipts that are so certain pay.
    """
    receipts = _receipts_to_come(scenario)
    pays = (receipts["site"] == place["site"]) & (receipts["item"] == place["item"])
    pays &= (receipts["date"] <= place["date"]) & (receipts["confidence"] >= least)
    owed = float(_owed(scenario).get((place["site"], place["item"]), 0.0))
    return max(0.0, owed - float(receipts.loc[pays, "quantity"].sum()))


def overdue_uncounted(scenario: Scenario) -> pd.DataFrame:
    """Receipts that should have come before the start and are not counted: rows of the table."""
    settings = scenario.settings
    if settings.receipts_overdue is not OverdueReceipts.IGNORE:
        return scenario["receipts"].iloc[:0]
    return scenario["receipts"][_is_overdue(scenario)]


def _is_overdue(scenario: Scenario) -> pd.Series:
    """Tell which receipts are dated before the start, shape (receipts,)."""
    return scenario["receipts"]["date"] < pd.Timestamp(scenario.settings.horizon.start)


def _receipts_to_come(scenario: Scenario) -> pd.DataFrame:
    """Receipts, those before the start as the header says."""
    receipts, settings = scenario["receipts"], scenario.settings
    start, overdue = pd.Timestamp(settings.horizon.start), _is_overdue(scenario)
    if not overdue.any():
        return receipts
    if settings.receipts_overdue is OverdueReceipts.IGNORE:
        return receipts[~overdue].reset_index(drop=True)
    on_start = receipts["date"].mask(overdue, start).astype(receipts["date"].dtype)
    if settings.receipts_overdue is OverdueReceipts.START:
        return receipts.assign(date=on_start)
    return receipts.assign(date=on_start, confidence=receipts["confidence"].mask(overdue, 1.0))


def _owed(scenario: Scenario) -> pd.Series:
    """Units owed by site and item, where stock is below zero [unit]."""
    stock = scenario["stock"]
    below = stock[stock["on_hand"] < 0]
    owed: pd.Series = -below.set_index(PLACE)["on_hand"]
    return owed


def _without_owed(receipts: pd.DataFrame, owed: pd.Series) -> pd.DataFrame:
    """Take what is owed out of the receipts of its site and item, the first ones first.

    Whatever certainty is looked at, the receipts that are at least so certain must pay all that is
    owed. So what a certain receipt pays in case an uncertain one never comes is free, once it does
    come: with the certainty of the uncertain one, from the later of their days on.
    """
    pays = pd.MultiIndex.from_frame(receipts[PLACE]).isin(owed.index)
    due = receipts[pays].sort_values("date", kind="stable")
    parts, more_certain = [receipts[~pays]], pd.Series(dtype="float64")
    for least in sorted(due["confidence"].unique(), reverse=True):
        free = _free(due[due["confidence"] >= least], owed)
        units = free.sub(more_certain.reindex(free.index, fill_value=0.0)).round(UNIT_DECIMALS)
        rows = units.rename("quantity").reset_index().assign(confidence=least)
        parts.append(complete_rows("receipts", rows[rows["quantity"] > 0]))
        more_certain = free
    return pd.concat(parts, ignore_index=True)


def _free(receipts: pd.DataFrame, owed: pd.Series) -> pd.Series:
    """Add up what receipts, sorted by date, leave when they alone pay: by place and date [unit]."""
    before = receipts.groupby(PLACE)["quantity"].cumsum() - receipts["quantity"]
    due = owed.reindex(pd.MultiIndex.from_frame(receipts[PLACE])).set_axis(receipts.index)
    paid = (due - before).clip(lower=0.0)
    left = (receipts["quantity"] - paid).clip(lower=0.0)
    units: pd.Series = left.groupby([receipts[name] for name in (*PLACE, "date")]).sum()
    return units
