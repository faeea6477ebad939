"""Candidate designs of a network: each a scenario that differs from today's in some rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from models.design.candidates import Choices
from models.scenario import Scenario
from optimizer.common.words import several
from optimizer.designing.stock_change import UNCHANGED, StockChange

TODAY = "today"
"""Name of the design without any change."""


@dataclass(frozen=True, eq=False)
class Design:
    """A network to be tried.

    Parameters
    ----------
    scenario
        With the design's sites, stock, lanes, services and capacities.
    title
        In a few words.
    extra_per_day
        What it costs a day beside its open sites [currency/day].
    stock
        What it does to today's stock, and what that costs.
    """

    scenario: Scenario
    title: str = ""
    extra_per_day: float = 0.0
    stock: StockChange = UNCHANGED

    @property
    def fixed_cost(self) -> float:
        """Cost of being there for a horizon: open sites and whatever else is fixed [currency]."""
        sites = self.scenario["sites"]
        per_day = float(sites.loc[sites["open"], "fixed_cost_per_day"].sum()) + self.extra_per_day
        return per_day * self.scenario.settings.horizon.days


@dataclass(frozen=True, eq=False)
class Designs:
    """Candidate designs and what may be chosen.

    Parameters
    ----------
    scenario
        Today's network and order book.
    candidates
        By name; others are held against the first.
    choices
        What the design model may decide; None where it may decide nothing.
    lanes
        Lanes that may be run: the columns of the table, and ``fixed_cost_per_day``.
    """

    scenario: Scenario
    candidates: Mapping[str, Design]
    choices: Choices | None = None
    lanes: pd.DataFrame = field(default_factory=pd.DataFrame)

    def __repr__(self) -> str:
        """Name the designs."""
        titles = [f"  {n}: {d.title}".rstrip(": ") for n, d in self.candidates.items()]
        return "\n".join(
            [f"{several(len(titles), 'design')} of {self.scenario.settings.name!r}", *titles]
        )
