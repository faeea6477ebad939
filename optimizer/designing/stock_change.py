"""What a design does to today's stock, and what that costs: one definition for every network."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from models.design.candidates import StockChoice
from models.scenario import Scenario
from optimizer.scenario.free_supply import with_free_supply

PLACE = ["site", "item"]


@dataclass(frozen=True, slots=True)
class StockChange:
    """How the supply of a design differs from today's.

    Parameters
    ----------
    cost
        Of moving, buying and holding stock for a horizon, as the design model counts it
        [currency].
    moved
        Units that another site has instead of today's [unit].
    added, removed
        Units in stock and receipts that are more, or less, than today's, item by item [unit].
    stranded
        Units in stock at sites that are closed [unit].
    """

    cost: float = 0.0
    moved: float = 0.0
    added: float = 0.0
    removed: float = 0.0
    stranded: float = 0.0


UNCHANGED = StockChange()
"""Of a design with today's supply, where holding it costs nothing and every site is open."""


def stock_change(today: Scenario, then: Scenario, prices: StockChoice | None = None) -> StockChange:
    """Hold the supply of a design against today's.

    Parameters
    ----------
    today, then
        The scenario, with the supply that is free, and the design's.
    prices
        What moving, buying and holding cost; None = nothing.
    """
    prices, then = prices or StockChoice(), with_free_supply(then)
    more = _more(today, then, "stock", "on_hand", PLACE)
    gained, lost = more.clip(lower=0.0), (-more).clip(lower=0.0)
    both = pd.DataFrame({"gained": gained, "lost": lost}).groupby(level="item").sum()
    bought = (both["gained"] - both["lost"]).clip(lower=0.0).sum()
    received = _more(today, then, "receipts", "quantity", ["item"])
    supply = more.groupby(level="item").sum().add(received, fill_value=0.0)
    stock, sites = then["stock"], then["sites"]
    is_open = stock["site"].isin(sites.loc[sites["open"], "site"])
    return StockChange(
        cost=float(
            prices.move_cost_per_unit * gained.sum()
            + prices.buy_cost_per_unit * bought
            + prices.hold_cost_per_unit * stock["on_hand"].sum()
        ),
        moved=float(both.min(axis=1).sum()),
        added=float(supply.clip(lower=0.0).sum()),
        removed=float((-supply).clip(lower=0.0).sum()),
        stranded=float(stock.loc[~is_open, "on_hand"].sum()),
    )


def _more(today: Scenario, then: Scenario, table: str, column: str, keys: list[str]) -> pd.Series:
    """Units more than today in a table, by its keys; negative where there are less [unit]."""
    before, after = (each[table].groupby(keys)[column].sum() for each in (today, then))
    return after.sub(before, fill_value=0.0)
