"""What is held for forecast demand: what it is worth, and how far it keeps promises."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.judge.figures.promises import PartyService, service_by_party
from models.judge.lookup import Lookup
from models.relationship import StageName
from models.scenario import Scenario


@dataclass(frozen=True)
class ReserveFigures:
    """What the reserve adds to the goals.

    Parameters
    ----------
    promises
        Parties with a target in tiers in which one of them has a forecast: what each ordered or is
        to order, and what it gets of shipments and reserve.
    worth, cost
        Of what is held [currency].
    """

    promises: list[PartyService]
    worth: float
    cost: float


def reserve_figures(whole: Lookup) -> ReserveFigures:
    """Work out what the reserve adds; ``whole`` is the lookup of shipments and reserve."""
    lines = whole.lines
    if not lines["virtual"].any():
        return ReserveFigures([], 0.0, 0.0)
    expecting = set(lines.loc[lines["virtual"] & lines["due"], "segment"])
    mine = [own for own in service_by_party(whole) if own.segment.target]
    tiers = {own.tier for own in mine if own.name in expecting and own.tier == own.segment.tier}
    held = whole.placed[whole.placed["virtual"].eq(other=True)]
    return ReserveFigures(
        promises=[own for own in mine if own.tier in tiers],
        worth=float(held["value"].sum()),
        cost=float((held["units"] * _cheapest(whole.scenario, held)).sum()),
    )


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
