"""The answer: tidy frames with fixed columns, a status that is data, and a readable face."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from models.columns import dtypes_of

SHIPMENTS = {
    "rank": "int64",
    "order": "str",
    "line": "str",
    "item": "str",
    "site": "str",
    "service": "str",
    "ship_date": "datetime64[s]",
    "arrival_date": "datetime64[s]",
    "quantity": "float64",
    "on_time": "bool",
    "days_late": "int64",
    "tier": "int64",
    "cost": "float64",
    "reason": "str",
    "promised_ship_date": "datetime64[s]",
    "promised_arrival_date": "datetime64[s]",
}
LINES = {
    "order": "str",
    "line": "str",
    "customer": "str",
    "segment": "str",
    "stage": "str",
    "tier": "int64",
    "item": "str",
    "ordered": "float64",
    "delivered": "float64",
    "delivered_on_time": "float64",
    "short": "float64",
    "last_arrival": "datetime64[s]",
    "status": "str",
    "reason": "str",
    "requested": "datetime64[s]",
    "promised_before": "datetime64[s]",
    "new_date": "datetime64[s]",
}
SHORTAGES = {
    "order": "str",
    "line": "str",
    "reason": "str",
    "item": "str",
    "site": "str",
    "until": "datetime64[s]",
    "units": "float64",
    "kind": "str",
}
SERVICE = {
    "segment": "str",
    "measure": "str",
    "target": "float64",
    "floor": "float64",
    "achieved": "float64",
    "best_reachable": "float64",
    "shortfall": "float64",
    "reachable": "float64",
    "reachable_bound": "float64",
    "reachable_together": "float64",
}
REACHABLE_LEVELS = ("best_reachable", "reachable", "reachable_bound", "reachable_together")
"""Columns of service that say what could be reached of a missed target."""
PRICES = {
    "resource": "str",
    "site": "str",
    "item": "str",
    "region": "str",
    "service": "str",
    "confidence": "float64",
    "row": "float64",
    "date": "datetime64[s]",
    "price": "float64",
    "slack": "float64",
    "goal": "str",
    "by": "float64",
}
TRANSFERS = {
    "from_site": "str",
    "to_site": "str",
    "item": "str",
    "ship_date": "datetime64[s]",
    "arrival_date": "datetime64[s]",
    "quantity": "float64",
}
RESERVE = {
    "segment": "str",
    "region": "str",
    "item": "str",
    "requested": "datetime64[s]",
    "site": "str",
    "service": "str",
    "ship_date": "datetime64[s]",
    "arrival_date": "datetime64[s]",
    "quantity": "float64",
    "unit_value": "float64",
    "bid_price": "float64",
}
FAIRNESS = {
    "segment": "str",
    "customer": "str",
    "ordered": "float64",
    "reachable": "float64",
    "delivered": "float64",
    "share": "float64",
}
METRICS = {
    "segment": "str",
    "stage": "str",
    "region": "str",
    "metric": "str",
    "value": "float64",
}
CONTRACTS = {
    "segment": "str",
    "tier": "int64",
    "stage": "str",
    "customer": "str",
    "measure": "str",
    "target": "float64",
    "period_start": "datetime64[s]",
    "period_end": "datetime64[s]",
    "ordered_before": "float64",
    "served_before": "float64",
    "ordered": "float64",
    "served": "float64",
    "level": "float64",
    "attainable": "float64",
    "shortfall": "float64",
    "met": "bool",
    "penalty": "float64",
}
STAGES = {
    "customer": "str",
    "date": "datetime64[s]",
    "from_stage": "str",
    "to_stage": "str",
    "reason": "str",
}
SIGNALS = {
    "customer": "str",
    "date": "datetime64[s]",
    "kind": "str",
    "value": "float64",
}
REMEDIES = {
    "order": "str",
    "line": "str",
    "remedy": "str",
    "state": "str",
    "item": "str",
    "site": "str",
    "service": "str",
    "ship_date": "datetime64[s]",
    "arrival_date": "datetime64[s]",
    "quantity": "float64",
    "on_time": "bool",
    "cost": "float64",
}
NOTICES = {
    "customer": "str",
    "orders": "str",
    "kind": "str",
    "promised": "datetime64[s]",
    "new_date": "datetime64[s]",
    "reason": "str",
    "recovery": "str",
    "text": "str",
    "order": "str",
    "what": "str",
    "know_by": "datetime64[s]",
    "offer": "str",
    "reference": "str",
}
FRAMES: Mapping[str, Mapping[str, str]] = {
    "shipments": SHIPMENTS,
    "lines": LINES,
    "shortages": SHORTAGES,
    "service": SERVICE,
    "transfers": TRANSFERS,
    "reserve": RESERVE,
    "prices": PRICES,
    "fairness": FAIRNESS,
    "metrics": METRICS,
    "contracts": CONTRACTS,
    "stages": STAGES,
    "signals": SIGNALS,
    "remedies": REMEDIES,
    "notices": NOTICES,
}
"""Columns and dtypes of each frame: the contract of every reader, empty frames included."""
ADDED = {
    "lines": ("requested", "promised_before", "new_date"),
    "service": ("reachable", "reachable_bound", "reachable_together"),
    "shipments": ("promised_ship_date", "promised_arrival_date"),
    "prices": ("goal", "by"),
    "shortages": ("kind",),
    "notices": ("order", "what", "know_by", "offer", "reference"),
}
"""Columns that older run folders do not have; they are read as blank."""

TOTALS = (
    "lines",
    "ordered_units",
    "delivered_units",
    "on_time_units",
    "delivered_value",
    "cost",
    "kg_co2",
    "not_due_lines",
    "not_due_units",
)
"""Lines and units are those of what is due; money and CO2 those of all that ships."""


ELSEWHERE = " (measured elsewhere)"
"""End of the name of a metric that comes from signals: the mean of customers' latest values."""


NOT_DUE = "not_due"
"""Status of a line that nothing is decided for yet: what was promised of it ships, no more."""
AS_ASKED = ("on_time", NOT_DUE)
"""Statuses of lines that miss nothing."""


class Status(StrEnum):
    """How far the answer, or one goal of it, can be trusted."""

    OPTIMAL = "optimal"
    """Proved to within the relative gap."""
    FEASIBLE = "feasible"
    """Obeys every rule; the proof is not complete, or no proof was asked for."""
    FALLBACK = "fallback"
    """A limit came before any answer of the optimiser: the plan of ``segment_priority``."""


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal of the lexicographic list, as reached by the plan."""

    name: str
    """``commitments``, ``floor:1``, ``target:1``, ``reserve:1``, ``fill:1``, ``value`` ..."""
    value: float
    """Reached value: a shortfall in base units, or money for ``value``."""
    bound: float | None
    """Proved: no plan that holds the goals before it is better. None for policies."""
    gap: float | None
    """Distance of value and bound as a share of the goal's base; None without a bound."""
    status: Status


@dataclass(frozen=True, eq=False)
class Solution:
    """What was decided, and how well each promise is kept: the content of a run folder.

    Parameters
    ----------
    scenario
        Name of the scenario.
    policy
        How the plan was made.
    status
        Proof level of the weakest goal.
    goals
        In order of importance.
    totals
        The keys of :data:`TOTALS`.
    shipments, lines, shortages, service, transfers, reserve, prices, fairness, metrics, contracts,
    stages, signals, remedies, notices
        Frames as declared by :data:`FRAMES`: shipments by rank (those of a promise that is moved in
        rows of their own, with the dates that were promised; blank in all others), lines in the
        order of the scenario's lines sorted by order and line, shortages (what each line that is
        not on time misses, by reason, and the item, the site and the last day that this is about,
        blank where it is about none) likewise, service by segment (in the order of the header) and
        measure (in the order of :class:`models.settings.Measure`), transfers sorted by their
        columns, reserve (what is held for forecast demand; ``bid_price`` is what an order has to
        bring for a unit of the item at the site on the ship date, 0 where no price is known)
        likewise, prices (what a unit less of supply, site capacity, lane capacity or quota changes:
        the first ``goal`` that is worse and ``by`` how much [its unit], with the goals before it as
        they are, less ``slack`` once, at least; and the net value that goes with it, ``price``
        [currency], NaN where value is no goal; what no goal needs is left out) by the columns that
        name the limit, fairness (each customer of a segment that asks for it) by segment and
        customer; its ``share`` is delivered by reachable, NaN where nothing can be reached. Metrics
        of all (segment, stage and region blank), then of each segment, each of its stages and each
        of its regions, where anybody ordered. Contracts has each target of a party that ordered
        anything, by tier, period to date; ``attainable`` is its level in a plan in fractions that
        misses as little as possible, NaN where no ledger asks for that test. Stages has each move
        of a customer from one to another until today, by customer and date; signals what becomes
        certain today of deliveries, to be known tomorrow. Remedies has, by order and line, what the
        plan does beside the usual for a line (``chosen``) and what could still be offered for one
        that is late or short (``offer``), each alone; quantities in units of the ordered item.
        Notices has one row for each order with a promise that is missed or moved, by customer and
        order.

    Raises
    ------
    ValueError
        When a frame breaks its contract of columns and dtypes.
    """

    scenario: str
    policy: str
    status: Status
    goals: tuple[Goal, ...]
    totals: Mapping[str, float]
    shipments: pd.DataFrame
    lines: pd.DataFrame
    shortages: pd.DataFrame
    service: pd.DataFrame
    transfers: pd.DataFrame
    reserve: pd.DataFrame
    prices: pd.DataFrame
    fairness: pd.DataFrame
    metrics: pd.DataFrame
    contracts: pd.DataFrame
    stages: pd.DataFrame
    signals: pd.DataFrame
    remedies: pd.DataFrame
    notices: pd.DataFrame

    def __post_init__(self) -> None:
        """Hold the frames to their contract."""
        for name, contract in FRAMES.items():
            given: pd.DataFrame = getattr(self, name)
            found = dtypes_of(given)
            if found != dict(contract):
                msg = f"{name}: expected columns {dict(contract)}, got {found}"
                raise ValueError(msg)
