"""The problem as integer-coded frames: what formulations and policies read and nothing else.

All preprocessing ends here: whoever reads a Problem never parses, defaults or looks up a date.
Every frame has a RangeIndex; a column that names another frame's row holds its position, -1 means
none. Days count from the start of the horizon (0).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from models.columns import dtypes_of
from models.settings import Settings

SEGMENTS = {
    "segment": "str",
    "of": "int64",  # position in the header
    "tier": "int64",
    "base": "str",  # unit, value, line, order
    "on_time": "bool",  # only deliveries on time count
    "stage": "str",  # of its customers, if promises to them are counted apart
    "customer": "str",  # the only one, if its ledger is kept by customer
    "backlog": "bool",  # only lines that are overdue on the first day
    "target": "float64",  # share, NaN = none
    "total": "float64",  # what was ordered [base unit]
    "ordered_before": "float64",  # in the review period before today [base unit]
    "served_before": "float64",
    "target_need": "float64",  # what must be delivered for it [base unit]; NaN = nothing promised
    "forecast": "float64",  # expected and not ordered yet [base unit]
    "reserve_base": "float64",  # ordered in the period, before and today, and forecast [base unit]
    "reserve_need": "float64",  # what must be delivered or held for the target, forecast included
}
FLOORS = {  # in order of their segments
    "segment": "int64",
    "base": "str",
    "on_time": "bool",
    "backlog": "bool",
    "waived": "bool",  # what is overdue counts as on time
    "total": "float64",
    "need": "float64",  # what must be delivered for it [base unit]
}
ORDERS = {
    "order": "str",
    "customer": "str",
    "stage": "str",  # that counts today
    "segment": "int64",
    "ship_complete": "bool",
    "max_shipments": "float64",  # parcels, inf = no limit
}
LINES = {
    "order": "int64",
    "line": "str",
    "item": "int64",
    "segment": "int64",
    "tier": "int64",
    "quantity": "float64",  # ordered [unit]
    "unit_value": "float64",  # [currency/unit]
    "limit": "float64",  # ordered, or allowed by a planner [unit]
    "most": "float64",  # no plan delivers more: the limit, or what is frozen if that is more
    "frozen": "float64",  # of that, promised beforehand [unit]
    "least": "float64",  # smallest delivery beyond it that is not nothing [unit]; 0 = any
    "complete": "bool",  # all that is left beyond it, or nothing
    "held": "bool",  # nothing beyond it
    "step": "float64",  # delivered in multiples of it [unit]; 0 = in any amount
    "enough": "float64",  # a line that is delivered so much is full [unit]
    "whole": "bool",  # delivered in whole units
    "virtual": "bool",  # stands for forecast demand; such lines are the last ones
    "requested": "int64",  # day
    "ordered_on": "int64",  # day
    "first_arrival": "int64",  # day, the first of its due window: whatever the supply
    "last_arrival": "int64",  # day, the last of it, when shipping within the horizon
    "precedence": "float64",  # 0 to 1, the higher, the earlier among equals; 0 = none
    "must_by": "float64",  # day by which a planner wants it complete, NaN = nobody does
    "must_lost": "float64",  # days of delay of a unit of such a line that never comes, else 0
    "due": "bool",  # not requested after it; of what is not due only promises ship
}
PAIRS = {
    "site": "int64",
    "item": "int64",
    "level": "int64",  # certainty, 0 the least
    "supply": "float64",  # whole horizon [unit]
}
EPOCHS = {
    "pair": "int64",
    "day": "int64",  # supply that arrives on this day can be shipped from it on
    "arriving": "float64",  # [unit]
    "reach": "float64",  # no plan draws more from the pair until the next epoch [unit]
    "previous": "int64",  # epoch before, of the same pair
}
SITE_DAYS = {
    "site": "int64",
    "day": "int64",
    "limit": "float64",  # [unit x pick effort]
    "most": "float64",  # no plan uses more: the limit, or what is frozen if that is more
}
LANE_DAYS = {
    "site": "int64",
    "region": "int64",  # -1 = all regions together
    "service": "int64",
    "day": "int64",
    "limit": "float64",  # [unit]
    "most": "float64",
}
QUOTAS = {
    "limit": "float64",  # of units shipped by certain options [unit]
    "most": "float64",
    "row": "int64",  # of the scenario's table; -1 = a stage's cap, or a rule of today
}
QUOTA_USES = {"quota": "int64", "option": "int64"}
PARCELS = {
    "order": "int64",
    "site": "int64",
    "service": "int64",
    "day": "int64",
    "cost": "float64",  # [currency]
}
FROZEN = {
    "line": "int64",
    "quantity": "float64",  # [unit of the item shipped]
    "gives": "float64",
    "day": "int64",  # ship day; before 0 where it is past
    "arrival": "int64",  # day
    "lost": "int64",  # days of delay of a unit that never comes; 0 = stock keeps all promises
}
COMMITTED = {  # of the lines whose changes count
    "line": "int64",
    "item": "int64",
    "site": "int64",
    "service": "int64",
    "day": "int64",
    "arrival": "int64",  # day
    "quantity": "float64",  # [unit of the item shipped]
    "gives": "float64",
    "frozen": "bool",
}
MOVES = {
    "from_epoch": "int64",
    "to_epoch": "int64",
    "day": "int64",  # leaves
    "arrival": "int64",
    "move_day": "int64",  # -1 = no limit
    "unit_cost": "float64",  # [currency/unit]
    "upper": "float64",  # [unit]
    "step": "float64",  # moved in multiples of it [unit]
}
MOVE_DAYS = {"limit": "float64"}  # [unit]
OPTIONS = {
    "line": "int32",
    "item": "int32",  # shipped
    "site": "int32",
    "service": "int32",
    "day": "int32",  # ship day
    "transit": "int32",  # days on the way as its lane counts them, without waiting for open days
    "arrival": "int32",  # day
    "preference": "int32",  # place of the service in the segment's list, 0 = the first
    "days_late": "int32",
    "on_time": "bool",
    "epoch": "int32",
    "site_day": "int32",
    "lane_day": "int32",
    "lane_total": "int32",  # the lane_day row over all regions
    "parcel": "int32",  # where parcels are counted or paid for
    "frozen": "int32",  # the promise that it keeps, or moves
    "moves": "bool",  # it moves the promise to another day or way
    "delay": "int32",  # days after the promised arrival; 0 = moves none, or arrives no later
    "gives": "float64",  # units delivered by a unit shipped
    "step": "float64",  # ships in multiples of it [unit]; 0 = any amount, held for forecasts
    "effort": "float64",  # site capacity used by a unit
    "unit_cost": "float64",  # lane, surcharge and penalty [currency/unit]
    "unit_worth": "float64",  # unit value after lateness [currency/unit]
    "kg_co2": "float64",  # [kg/unit]
    "upper": "float64",  # no answer ships more [unit]
}
"""Columns and dtypes of each frame, empty ones included; units of options are units shipped."""

CONTRACTS = {
    "segments": SEGMENTS,
    "floors": FLOORS,
    "orders": ORDERS,
    "lines": LINES,
    "pairs": PAIRS,
    "epochs": EPOCHS,
    "site_days": SITE_DAYS,
    "lane_days": LANE_DAYS,
    "quotas": QUOTAS,
    "quota_uses": QUOTA_USES,
    "parcels": PARCELS,
    "frozen": FROZEN,
    "committed": COMMITTED,
    "moves": MOVES,
    "move_days": MOVE_DAYS,
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
        rows changes nothing; forecast demand comes last. A segment has a row for its own tier, and
        one more for each other tier, stage or customer of it that promises are counted apart for.
    floors
        Guaranteed minima of the segments; one may have several, in other measures.
    pairs
        Item at site by certainty, with any supply that can be shipped within the horizon.
    epochs
        Days on which a pair's supply grows, sorted by pair and day; day 0 holds stock on hand.
    site_days, lane_days, quotas, quota_uses
        Limits that some option uses; of quotas any option may use several. Frozen promises may use
        more than a limit; nothing free does.
    parcels
        Order, site, service and day, where they are counted or paid for.
    frozen
        Promises made beforehand, as they were made; where stock may not keep one on its day,
        options of other days belong to it, too.
    committed
        What counted lines were promised, frozen or not.
    moves, move_days
        Transfers between pairs, and their daily limits.
    options
        Every possible shipment, sorted by line, pair, service, ship day and promise.
    sites, services, items, regions
        Names by code.

    Raises
    ------
    ValueError
        When a frame breaks its contract of columns and dtypes.
    """

    settings: Settings
    segments: pd.DataFrame
    floors: pd.DataFrame
    orders: pd.DataFrame
    lines: pd.DataFrame
    pairs: pd.DataFrame
    epochs: pd.DataFrame
    site_days: pd.DataFrame
    lane_days: pd.DataFrame
    quotas: pd.DataFrame
    quota_uses: pd.DataFrame
    parcels: pd.DataFrame
    frozen: pd.DataFrame
    committed: pd.DataFrame
    moves: pd.DataFrame
    move_days: pd.DataFrame
    options: pd.DataFrame
    sites: np.ndarray
    services: np.ndarray
    items: np.ndarray
    regions: np.ndarray

    def __post_init__(self) -> None:
        """Hold the frames to their contract."""
        for name, contract in CONTRACTS.items():
            found = dtypes_of(getattr(self, name))
            if found != contract:
                msg = f"{name}: expected columns {contract}, got {found}"
                raise ValueError(msg)

    def dates(self, days: pd.Series) -> pd.Series:
        """Turn days into dates; blank days into blank dates."""
        start = pd.Timestamp(self.settings.horizon.start)
        return (start + pd.to_timedelta(days, unit="D")).astype("datetime64[s]")

    def real(self) -> Problem:
        """Give the problem without forecast demand; limits and supply stay as they are.

        What is left are the first rows of orders, lines and options.
        """
        lines = self.lines[: int((~self.lines["virtual"]).sum())]
        if len(lines) == len(self.lines):
            return self
        orders = int(lines["order"].max()) + 1 if len(lines) else 0
        options = int(np.searchsorted(self.options["line"], len(lines)))
        uses = self.quota_uses[self.quota_uses["option"] < options]
        return replace(
            self,
            lines=lines,
            orders=self.orders[:orders],
            options=self.options[:options],
            quota_uses=uses.reset_index(drop=True),
        )

    @property
    def overdue(self) -> np.ndarray:
        """Lines requested before their first possible arrival, no virtual ones: bool (lines,)."""
        lines = self.lines
        return (lines["requested"] < lines["first_arrival"]).to_numpy() & ~lines[
            "virtual"
        ].to_numpy()

    @property
    def counted(self) -> np.ndarray:
        """Lines that promises, measures and shortages count: ordered and due, shape (lines,)."""
        counted: np.ndarray = (self.lines["due"] & ~self.lines["virtual"]).to_numpy()
        return counted

    @property
    def tiers(self) -> list[int]:
        """Tiers of segments and lines, first one first."""
        return sorted({int(tier) for tier in self.segments["tier"]})
