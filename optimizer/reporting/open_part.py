"""What a plan has still to ship on a later day: what left before is delivered, not promised."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd

from models.scenario import Scenario
from models.solution import Solution

LINE = ["order", "line"]


def open_shipments(solution: Solution, as_of: date) -> pd.DataFrame:
    """Return the shipments of a plan that leave on a day or later."""
    rows = solution.shipments
    return rows[rows["ship_date"] >= pd.Timestamp(as_of)].reset_index(drop=True)


def open_part(scenario: Scenario, solution: Solution, as_of: date) -> Solution:
    """Reduce a plan to what it has still to ship; lines that had everything before are done."""
    rows = open_shipments(solution, as_of)
    lines = solution.lines
    swaps = scenario["substitutes"].set_index(["item", "substitute"])["ratio"]
    ordered = rows[LINE].merge(lines[[*LINE, "item"]], on=LINE, how="left")["item"]
    pairs = pd.MultiIndex.from_arrays([ordered, rows["item"]])
    ratio = swaps.reindex(pairs).fillna(1.0).to_numpy()
    rows = rows.assign(units=rows["quantity"] / ratio)
    rows["in_time"] = rows["units"].where(rows["on_time"], 0.0)
    sums = rows.groupby(LINE).agg(
        delivered=("units", "sum"),
        delivered_on_time=("in_time", "sum"),
        last_arrival=("arrival_date", "max"),
    )
    left = lines[LINE].join(sums, on=LINE)
    amounts = ["delivered", "delivered_on_time"]
    left[amounts] = left[amounts].fillna(0.0)
    return replace(solution, lines=lines.assign(**{name: left[name] for name in sums.columns}))
