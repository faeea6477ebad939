"""The problem as integer-coded frames: what formulations and policies read and nothing else.

All preprocessing ends here: whoever reads a Problem never parses, defaults or looks up a date.
Every frame has a RangeIndex; a column that names another frame's row holds its position, -1 means
none. Days count from the start of the horizon (0).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.settings import Settings

FULL = 1e-6
"""Units that a full line may miss; below any quantity a planner ships [unit]."""

SEGMENTS = {
    "segment": "str",
    "tier": "int64",
    "base": "str",  # unit, value, line, order
    "on_time": "bool",  # only deliveries on time count
    "target": "float64",  # share, NaN = none
    "floor": "float64",
    "total": "float64",  # what was ordered, in base units
}
ORDERS = {"order": "str", "segment": "int64", "ship_complete": "bool"}
LINES = {
    "order": "int64",
    "line": "str",
    "item": "int64",
    "segment": "int64",
    "tier": "int64",
    "quantity": "float64",  # ordered [unit]
    "unit_value": "float64",  # [currency/unit]
    "least": "float64",  # smallest delivery that is not nothing [unit]; 0 = any
    "whole": "bool",  # ships in whole units
    "requested": "int64",  # day
    "ordered_on": "int64",  # day
}
PAIRS = {"site": "int64", "item": "int64", "supply": "float64"}  # whole horizon [unit]
EPOCHS = {
    "pair": "int64",
    "day": "int64",  # supply that arrives on this day can be shipped from it on
    "arriving": "float64",  # [unit]
    "previous": "int64",  # epoch before, of the same pair
}
SITE_DAYS = {"site": "int64", "day": "int64", "limit": "float64"}  # [unit x pick effort]
LANE_DAYS = {
    "site": "int64",
    "region": "int64",  # -1 = all regions together
    "service": "int64",
    "day": "int64",
    "limit": "float64",  # [unit]
}
OPTIONS = {
    "line": "int32",
    "site": "int32",
    "service": "int32",
    "day": "int32",  # ship day
    "transit": "int32",  # days on the way, without waiting for open days
    "arrival": "int32",  # day
    "days_late": "int32",
    "on_time": "bool",
    "epoch": "int32",
    "site_day": "int32",
    "lane_day": "int32",
    "lane_total": "int32",  # the lane_day row over all regions
    "effort": "float64",  # site capacity used by a unit
    "unit_cost": "float64",  # lane and surcharge [currency/unit]
    "unit_worth": "float64",  # unit value after lateness [currency/unit]
    "kg_co2": "float64",  # [kg/unit]
    "upper": "float64",  # no answer ships more [unit]
}
"""Columns and dtypes of each frame, empty ones included."""

CONTRACTS = {
    "segments": SEGMENTS,
    "orders": ORDERS,
    "lines": LINES,
    "pairs": PAIRS,
    "epochs": EPOCHS,
    "site_days": SITE_DAYS,
    "lane_days": LANE_DAYS,
    "options": OPTIONS,
}


@dataclass(frozen=True, eq=False)
class Problem:
    """Index sets and parameters of the allocation problem.

    Parameters
    ----------
    settings
        The scenario's header.
    segments, orders, lines
        Who ordered what; lines sorted by order and line id, so that the order of the source's
        rows changes nothing.
    pairs
        Item at site combinations with any supply that can be shipped within the horizon.
    epochs
        Days on which a pair's supply grows, sorted by pair and day; day 0 holds stock on hand.
    site_days, lane_days
        Capacities that some option uses.
    options
        Every possible shipment, sorted by line, site, service and ship day.
    sites, services, items, regions
        Names by code.

    Raises
    ------
    ValueError
        When a frame breaks its contract of columns and dtypes.
    """

    settings: Settings
    segments: pd.DataFrame
    orders: pd.DataFrame
    lines: pd.DataFrame
    pairs: pd.DataFrame
    epochs: pd.DataFrame
    site_days: pd.DataFrame
    lane_days: pd.DataFrame
    options: pd.DataFrame
    sites: np.ndarray
    services: np.ndarray
    items: np.ndarray
    regions: np.ndarray

    def __post_init__(self) -> None:
        """Hold the frames to their contract."""
        for name, contract in CONTRACTS.items():
            found = getattr(self, name).dtypes.astype(str).to_dict()
            if found != contract:
                msg = f"{name}: expected columns {contract}, got {found}"
                raise ValueError(msg)

    @property
    def tiers(self) -> list[int]:
        """Tiers of the header, first one first."""
        return sorted({int(tier) for tier in self.segments["tier"]})
