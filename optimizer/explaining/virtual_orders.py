"""A plan with its forecast spelled out: what is held are shipments of virtual orders."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.forecast import BLANK, LINE, as_shipments, forecast_rows, with_forecast
from models.scenario import Scenario
from models.solution import LINES, SHIPMENTS, Solution

RESERVE = "reserve"
"""The reason of what is held."""


def with_virtual_orders(
    scenario: Scenario, solution: Solution
) -> tuple[Scenario, pd.DataFrame, pd.DataFrame]:
    """Give the inputs, the shipments and the lines with virtual orders among them.

    Parameters
    ----------
    scenario, solution
        The inputs and the plan.

    Returns
    -------
    scenario : Scenario
        Without a forecast table.
    shipments, lines : pandas.DataFrame
        As in ``shipments.csv`` and ``lines.csv``, virtual ones last; what is held has the reason
        ``reserve``.
    """
    if scenario["forecast"].empty:
        return scenario, solution.shipments, solution.lines
    known = forecast_rows(scenario).set_index("order")
    tiers = {name: segment.tier for name, segment in scenario.settings.segments.items()}
    return (
        with_forecast(scenario),
        _shipments(scenario, solution, known, tiers),
        _lines(scenario, solution, known, tiers),
    )


def _shipments(
    scenario: Scenario, solution: Solution, known: pd.DataFrame, tiers: dict[str, int]
) -> pd.DataFrame:
    held, first = as_shipments(scenario, solution.reserve), len(solution.shipments) + 1
    forecast = known.loc[held["order"]].reset_index(drop=True)
    arrival = solution.reserve["arrival_date"].reset_index(drop=True)
    late = (arrival - forecast["requested"]).dt.days.clip(lower=0)
    shipped = held.assign(
        rank=np.arange(first, first + len(held)),
        arrival_date=arrival,
        on_time=late == 0,
        days_late=late,
        tier=forecast["segment"].map(tiers),
        cost=0.0,
        reason=RESERVE,
        promised_ship_date=None,
        promised_arrival_date=None,
    )
    return pd.concat(
        [solution.shipments, shipped[list(SHIPMENTS)].astype(SHIPMENTS)], ignore_index=True
    )


def _lines(
    scenario: Scenario, solution: Solution, known: pd.DataFrame, tiers: dict[str, int]
) -> pd.DataFrame:
    held = as_shipments(scenario, solution.reserve)
    arrival = solution.reserve["arrival_date"].reset_index(drop=True)
    punctual = arrival <= known.loc[held["order"], "requested"].to_numpy()
    units = held["quantity"].groupby(held["order"]).sum().reindex(known.index, fill_value=0.0)
    in_time = held["quantity"].where(punctual, 0.0).groupby(held["order"]).sum()
    lines = known.reset_index().assign(
        line=LINE,
        stage="commit",
        tier=known["segment"].map(tiers).to_numpy(),
        ordered=known["quantity"].to_numpy(),
        delivered=units.to_numpy(),
        delivered_on_time=in_time.reindex(known.index, fill_value=0.0).to_numpy(),
        short=(known["quantity"] - units).to_numpy(),
        last_arrival=np.datetime64("NaT"),
        status="partial",
        reason="",
        promised_before=np.datetime64("NaT"),
        new_date=np.datetime64("NaT"),
    )
    return pd.concat([solution.lines, lines[list(LINES)].astype(LINES)], ignore_index=True)


def holder_name(order: str, line: str = "") -> str:
    """Name who has units: an order or line, or a forecast by segment, region, item and date."""
    if order.startswith(BLANK):
        return f"the forecast of {order.split(maxsplit=1)[1]}"
    return f"{order} line {line}" if line else order
