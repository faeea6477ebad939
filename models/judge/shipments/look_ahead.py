"""Looking ahead: what is held for forecast demand, judged with what ships, and what it is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.forecast import KEY, as_shipments, forecast_rows, with_forecast
from models.judge.figures.promises import Served, by_promise
from models.judge.findings import differs, found
from models.judge.lookup.scenario_lookup import Lookup, open_lookup
from models.relationship import StageName
from models.scenario import Scenario
from models.solution import RESERVE

NAME = "reserve: segment {segment}, region {region}, item {item}, requested {requested}"
"""How a sentence names a row."""


@dataclass(frozen=True, eq=False)
class Ahead:
    """What shipments and reserve reach together.

    Parameters
    ----------
    book
        Of the scenario with its forecast spelled out; what is held ships to virtual orders.
    promises
        What each party ordered or is to order, and gets.
    worth, cost
        Of what is held [currency].
    """

    book: Lookup
    promises: list[Served]
    worth: float
    cost: float

    def with_forecast(self) -> list[Served]:
        """List the parties with a target in tiers in which one of them has a forecast."""
        lines = self.book.lines
        expecting = set(lines.loc[lines["virtual"], "segment"])
        mine = [own for own in self.promises if own.segment.target]
        tiers = {own.tier for own in mine if own.name in expecting and own.tier == own.segment.tier}
        return [own for own in mine if own.tier in tiers]


def look_ahead(
    book: Lookup,
    shipments: pd.DataFrame,
    reserve: pd.DataFrame,
    transfers: pd.DataFrame | None = None,
) -> Ahead:
    """Open the book of shipments and reserve together; ``book`` is that of the shipments alone.

    Rows of the reserve that belong to no forecast count nowhere; see :func:`reserve_holds`.
    """
    scenario = book.scenario
    if scenario["forecast"].empty:
        return Ahead(book, [], 0.0, 0.0)
    held = as_shipments(scenario, reserve)
    both = pd.concat([shipments[list(held.columns)], held], ignore_index=True)
    book = open_lookup(with_forecast(scenario), both, transfers)
    ahead = book.placed[book.placed["virtual"].eq(other=True)]
    cost = (ahead["units"] * _cheapest(book.scenario, ahead)).sum()
    return Ahead(book, by_promise(book), float(ahead["value"].sum()), float(cost))


def _cheapest(scenario: Scenario, rows: pd.DataFrame) -> np.ndarray:
    """Cost of a unit by the cheapest lane to each row's region that its segment may use."""
    settings, sites = scenario.settings, scenario["sites"]
    surcharge = {name: service.surcharge_per_unit for name, service in settings.services.items()}
    lanes = scenario["lanes"][scenario["lanes"]["site"].isin(sites["site"][sites["open"]])]
    cost = lanes["cost_per_unit"] + lanes["service"].map(surcharge)
    lent = settings.stages[StageName.COMMIT].lends_services
    least = {
        (name, region): costs.min()
        for name, segment in settings.segments.items()
        for region, costs in cost[lanes["service"].isin((*segment.services, *lent))].groupby(
            lanes["region"]
        )
    }
    whom = zip(rows["segment"], rows["region"], strict=True)
    return np.array([least.get(pair, np.nan) for pair in whom], dtype=float)


def reserve_holds(scenario: Scenario, reserve: pd.DataFrame, ahead: Ahead) -> list[str]:
    """Hold the reserve to the forecast, and its columns to what follows from the others."""
    rows = reserve.reset_index(drop=True)
    known = forecast_rows(scenario).set_index(KEY)
    there = pd.MultiIndex.from_frame(rows[KEY]).isin(known.index)
    keys = [name for name in RESERVE if name not in ("quantity", "unit_value", "bid_price")]
    findings = found(rows, ~there, NAME + ": nothing like it is forecast")
    if not rows.sort_values(keys).index.equals(rows.index):
        findings.append(f"reserve: rows are not sorted by {', '.join(keys)}")
    priced = rows["bid_price"].between(0.0, np.inf, inclusive="left")
    findings += found(rows, ~priced, NAME + ": bid_price {bid_price} is not a price")
    rows = rows[there].reset_index(drop=True)
    looked_up = ahead.book.rows.tail(len(rows)).reset_index(drop=True)
    for column, expected in (("arrival_date", "arrival"), ("unit_value", "unit_value")):
        wrong = differs(rows[column], looked_up[expected])
        findings += found(
            rows,
            wrong,
            NAME + f": {column} is {{given}}, must be {{known}}",
            given=rows[column],
            known=looked_up[expected],
        )
    return findings
