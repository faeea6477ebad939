"""Forecast demand, spelled out as virtual orders: so all that ships obeys the same rules.

A row of the table is a virtual order of one line, from a virtual customer of its segment in its
region. Virtual ids begin with a blank, which no id of an input can.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from models.scenario import Scenario
from models.tables import TABLES

BLANK = " "
"""What virtual ids begin with."""
LINE = "1"
"""The only line of a virtual order."""
KEY = ["segment", "region", "item", "requested"]
"""What tells rows of the table apart."""


def is_virtual(ids: pd.Series) -> pd.Series:
    """Say which orders or customers stand for forecast demand."""
    return ids.str.startswith(BLANK).astype(bool)


def forecast_rows(scenario: Scenario) -> pd.DataFrame:
    """List the forecast, sorted by its key.

    Returns
    -------
    pandas.DataFrame
        The columns of the table, ``unit_value`` without blanks (the mean of the item's order lines,
        by quantity; 1 where there are none), and the virtual ``order`` and ``customer``.
    """
    rows = scenario["forecast"].sort_values(KEY, ignore_index=True)
    lines = scenario["lines"]
    worth = (lines["quantity"] * lines["unit_value"]).groupby(lines["item"]).sum()
    mean = worth / lines.groupby("item")["quantity"].sum()
    rows["unit_value"] = rows["unit_value"].fillna(rows["item"].map(mean)).fillna(1.0)
    who = rows.groupby(["segment", "region"]).ngroup()
    dates = rows["requested"].dt.strftime("%Y-%m-%d")
    names = rows["segment"] + ", " + rows["region"]
    rows["customer"] = _ids(who, names)
    rows["order"] = _ids(pd.Series(rows.index), names + ", " + rows["item"] + ", " + dates)
    return rows


def _ids(numbers: pd.Series, names: pd.Series) -> pd.Series:
    """Make ids that sort by number and that people can read."""
    parts = zip(numbers, names, strict=True)
    return pd.Series([f"{BLANK}{number:07d} {name}" for number, name in parts], dtype="str")


def with_forecast(scenario: Scenario) -> Scenario:
    """Spell the forecast out: virtual customers, orders and lines, and no forecast any more.

    Parameters
    ----------
    scenario
        Validated.

    Returns
    -------
    Scenario
        The same object where nothing is forecast.
    """
    if scenario["forecast"].empty:
        return scenario
    rows = forecast_rows(scenario).assign(line=LINE)
    added = {
        "customers": rows.drop_duplicates("customer")[["customer", "segment", "region"]],
        "orders": rows[["order", "customer", "requested"]],
        "lines": rows[["order", "line", "item", "quantity", "unit_value"]],
    }
    tables = {name: _extended(scenario.tables, name, frame) for name, frame in added.items()}
    forecast = TABLES["forecast"].empty()
    return replace(scenario, tables={**scenario.tables, **tables, "forecast": forecast})


def _extended(tables: Mapping[str, pd.DataFrame], name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Add rows to a table, with the defaults of all columns that are not given."""
    columns = TABLES[name].columns
    blanks = {c: np.full(len(rows), spec.blank) for c, spec in columns.items() if c not in rows}
    whole = rows.assign(**blanks)[list(columns)]
    whole = whole.astype({c: spec.kind.dtype for c, spec in columns.items()})
    return pd.concat([tables[name], whole], ignore_index=True)


def as_shipments(scenario: Scenario, reserve: pd.DataFrame) -> pd.DataFrame:
    """Tell what is held for the forecast as shipments to its virtual orders.

    Parameters
    ----------
    scenario
        With its forecast.
    reserve
        As in ``reserve.csv``; rows that belong to no forecast are left out.

    Returns
    -------
    pandas.DataFrame
        The columns ``order``, ``line``, ``item``, ``site``, ``service``, ``ship_date`` and
        ``quantity``, in the order of the reserve.
    """
    known = forecast_rows(scenario)[[*KEY, "order"]]
    held = reserve.merge(known, on=KEY, how="inner").assign(line=LINE)
    return held[["order", "line", "item", "site", "service", "ship_date", "quantity"]]
