"""Rules on what is held for forecast demand, apart from those that it shares with shipments."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.forecast import KEY, forecast_rows
from models.judge.findings import differs, refuse
from models.judge.lookup import Lookup
from models.scenario import Scenario
from models.solution import RESERVE

NAME = "reserve: segment {segment}, region {region}, item {item}, requested {requested}"
"""How a sentence names a row."""


def reserve_holds(scenario: Scenario, reserve: pd.DataFrame, whole: Lookup) -> list[str]:
    """Hold the reserve to the forecast, and its columns to what follows from the others.

    ``scenario`` has its forecast, ``whole`` is the lookup of shipments and reserve.
    """
    rows = reserve.reset_index(drop=True)
    known = forecast_rows(scenario).set_index(KEY)
    there = pd.MultiIndex.from_frame(rows[KEY]).isin(known.index)
    keys = [name for name in RESERVE if name not in ("quantity", "unit_value", "bid_price")]
    findings = refuse(rows, ~there, NAME + ": nothing like it is forecast")
    if not rows.sort_values(keys).index.equals(rows.index):
        findings.append(f"reserve: rows are not sorted by {', '.join(keys)}")
    priced = rows["bid_price"].between(0.0, np.inf, inclusive="left")
    findings += refuse(rows, ~priced, NAME + ": bid_price {bid_price} is not a price")
    rows = rows[there].reset_index(drop=True)
    known_rows = whole.rows.tail(len(rows)).reset_index(drop=True)
    for column, expected in (("arrival_date", "arrival"), ("unit_value", "unit_value")):
        wrong = differs(rows[column], known_rows[expected])
        findings += refuse(
            rows,
            wrong,
            NAME + f": {column} is {{given}}, must be {{known}}",
            given=rows[column],
            known=known_rows[expected],
        )
    return findings
