"""A network to be designed, as integer-coded frames: what the formulation reads and nothing else.

Money and units are those of one *period*: a demand day with its horizon. Several sampled days each
count their share. Every frame has a RangeIndex; a column that names another frame's row holds its
position, -1 means none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

SITES = {
    "site": "str",
    "fixed_cost": "float64",  # of being open [currency/period]
    "may_open": "bool",
    "must_open": "bool",
}
LANES = {  # those that are decided on: with a cost of their own
    "site": "int64",
    "region": "str",
    "service": "str",
    "fixed_cost": "float64",  # of being run [currency/period]
}
ITEMS = {
    "item": "str",
    "total": "float64",  # in stock today [unit]
    "may_buy": "float64",  # beyond it, inf = no limit [unit]
    "buy_cost": "float64",  # [currency/unit and period]
    "hold_cost": "float64",  # of each unit that there is, used or not [currency/unit and period]
}
POSITIONS = {  # where stock is or may be put
    "site": "int64",
    "item": "int64",
    "today": "float64",  # [unit]
    "most": "float64",  # no design puts more there [unit]
    "move_cost": "float64",  # of each unit more than today [currency/unit and period]
}
SEGMENTS = {
    "segment": "str",
    "tier": "int64",  # promises of a first tier are kept before those of a second
    "total": "float64",  # asked for, mean over the days [base unit/period]
    "level": "float64",  # promised share, 0 = none
}
DEMANDS = {
    "day": "int64",  # sampled day
    "segment": "int64",
    "region": "str",
    "item": "str",
    "quantity": "float64",  # [unit]
    "weight": "float64",  # of a unit in the segment's base [base unit/unit]
}
FLOWS = {  # ways to serve a demand so that it counts as its segment's measure asks
    "demand": "int64",
    "site": "int64",
    "lane": "int64",  # row of the decided lanes
    "gives": "float64",  # units of the demand for a unit shipped
    "effort": "float64",  # site capacity used by a unit shipped
    "unit_cost": "float64",  # [currency/unit shipped]
}
SUPPLY = {  # what flows that must leave by some day can draw from a position until then
    "position": "int64",
    "arriving": "float64",  # beside what is positioned [unit]
}
CAPACITY = {  # what a site can pick until some day
    "site": "int64",
    "limit": "float64",  # [unit x effort]
}
LANE_CAPACITY = {"limit": "float64"}  # what a lane can carry until some day [unit]
USES = {"row": "int64", "flow": "int64"}

FRAMES = {
    "sites": SITES,
    "lanes": LANES,
    "items": ITEMS,
    "positions": POSITIONS,
    "segments": SEGMENTS,
    "demands": DEMANDS,
    "flows": FLOWS,
    "supply": SUPPLY,
    "supply_uses": USES,
    "capacity": CAPACITY,
    "capacity_uses": USES,
    "lane_capacity": LANE_CAPACITY,
    "lane_uses": USES,
}
"""Columns and dtypes of each frame, empty ones included."""


def network_frame(name: str, columns: Mapping[str, object]) -> pd.DataFrame:
    """Make a frame of :data:`FRAMES` from columns; one without columns is empty."""
    contract = FRAMES[name]
    return (
        pd.DataFrame(dict(columns), columns=list(contract)).astype(contract).reset_index(drop=True)
    )


@dataclass(frozen=True, eq=False)
class Network:
    """Index sets and parameters of the design problem.

    Parameters
    ----------
    days
        How many sampled days there are; each counts the same share of the mean.
    may_move
        Units that may be put elsewhere than they are today, all together [unit].
    sites, lanes, items, positions, segments, demands, flows
        As declared by :data:`FRAMES`.
    supply, supply_uses, capacity, capacity_uses, lane_capacity, lane_uses
        Limits by site and day of what must have left by then, and the flows that use them: nested,
        so that what fits every row can be shipped day by day.

    Raises
    ------
    ValueError
        When a frame breaks its contract of columns and dtypes.
    """

    days: int
    may_move: float
    sites: pd.DataFrame
    lanes: pd.DataFrame
    items: pd.DataFrame
    positions: pd.DataFrame
    segments: pd.DataFrame
    demands: pd.DataFrame
    flows: pd.DataFrame
    supply: pd.DataFrame
    supply_uses: pd.DataFrame
    capacity: pd.DataFrame
    capacity_uses: pd.DataFrame
    lane_capacity: pd.DataFrame
    lane_uses: pd.DataFrame

    def __post_init__(self) -> None:
        """Hold the frames to their contract."""
        for name, contract in FRAMES.items():
            found = getattr(self, name).dtypes.astype(str).to_dict()
            if found != contract:
                msg = f"{name}: expected columns {contract}, got {found}"
                raise ValueError(msg)
