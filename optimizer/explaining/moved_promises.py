"""What became of promises to a line that cannot be kept on their days, and why."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import pandas as pd

from models.scenario import Scenario
from models.tolerances import UNIT
from optimizer.common.words import listed, number
from optimizer.explaining.freezing import KEYS
from optimizer.explaining.input_changes import Row
from optimizer.scenario.free_supply import with_free_supply
from optimizer.scenario.frozen_commitments import frozen_rows, no_way


def moved_promises(
    scenario: Scenario, shipments: pd.DataFrame, order: str, line: str
) -> tuple[str, ...]:
    """Say of each promise to a line that is not kept on its day where it goes, and why.

    Parameters
    ----------
    scenario
        The inputs.
    shipments
        The plan.
    order, line
        Which line.
    """
    promises = frozen_rows(scenario)
    mine = promises[(promises["order"] == order) & (promises["line"] == line)]
    if mine.empty:
        return ()
    own = shipments[(shipments["order"] == order) & (shipments["line"] == line)]
    moves = own["promised_ship_date"].notna()
    moved = own[moves].to_dict("records")
    kept = own[~moves].set_index(KEYS)["quantity"]
    told = []
    for row in mine.reset_index().to_dict("records"):
        there = kept.get(tuple(row[key] for key in KEYS), 0.0)
        missing = row["quantity"] - min(float(there), row["quantity"])
        if missing > UNIT:
            head = (
                f"Promised: {number(row['quantity'])} of {row['item']} from {row['site']} by "
                f"{row['service']} on {row['ship_date']:%Y-%m-%d}. "
            )
            where = listed([*_arrivals(row, moved, missing)])
            told.append(f"{head}{_why(scenario, promises, row)}; {where}.")
    return tuple(told)


def _arrivals(row: Row, moved: list[dict[Hashable, Any]], missing: float) -> Iterator[str]:
    """Say when the units that are not kept arrive; units of alike promises are used up."""
    rest = missing
    for parcel in moved:
        alike = parcel["item"] == row["item"]
        if alike and parcel["promised_ship_date"] == row["ship_date"] and parcel["quantity"] > UNIT:
            units = min(rest, parcel["quantity"])
            parcel["quantity"] -= units
            rest -= units
            if units > UNIT:
                yield f"{number(units)} of them {_arrival(parcel)}"
    if rest > UNIT:
        yield f"{number(rest)} of them cannot be delivered any more"


def _arrival(parcel: Mapping[Hashable, Any]) -> str:
    """Say when a parcel that moves a promise arrives, and how it goes where that is no later."""
    due, day = parcel["promised_arrival_date"], parcel["arrival_date"]
    if day > due:
        return f"arrive {day:%Y-%m-%d} instead of {due:%Y-%m-%d}"
    way = f"from {parcel['site']} by {parcel['service']} on {parcel['ship_date']:%Y-%m-%d}"
    return f"still arrive {day:%Y-%m-%d}, {way}"


def _why(scenario: Scenario, promises: pd.DataFrame, row: Row) -> str:
    """Say what keeps a promise from being kept on its day."""
    if clause := no_way(scenario, promises.loc[[row["index"]]]).iloc[0]:
        return str(clause[0].upper() + clause[1:])
    start, day = pd.Timestamp(scenario.settings.horizon.start), row["ship_date"]
    supply = with_free_supply(scenario)
    there, receipts = _units(supply["stock"], row, "on_hand"), supply["receipts"]
    there += _units(receipts[receipts["date"] <= day], row, "quantity")
    asked = _units(promises[promises["ship_date"].between(start, day)], row, "quantity")
    known = f"{row['site']} has {number(there)} of {row['item']} until then"
    due = f"{number(asked)} are promised"
    later = receipts[(receipts["date"] > day) & _is_there(receipts, row)]
    if later.empty:
        return f"{known}, {due}"
    first = later.sort_values("date").iloc[0]
    return f"{known}, {due}, and the next {number(first['quantity'])} come {first['date']:%Y-%m-%d}"


def _units(table: pd.DataFrame, row: Row, column: str) -> float:
    """Add up what a table has of the item at the site."""
    return float(table.loc[_is_there(table, row), column].sum())


def _is_there(table: pd.DataFrame, row: Row) -> pd.Series:
    """Tell which rows of a table are of the item at the site."""
    return (table["site"] == row["site"]) & (table["item"] == row["item"])
