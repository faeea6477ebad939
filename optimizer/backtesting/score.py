"""What a policy made of a world: value, and contracts met."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from models.settings import Segment
from models.tolerances import UNIT, UNIT_DECIMALS
from optimizer.backtesting.policy_state import PolicyState


@dataclass(frozen=True, slots=True)
class Score:
    """One policy in one world."""

    value: float
    """Delivered value less cost [currency]."""
    contracts: int
    """Targets of segments, one for each review period in which something is requested."""
    met: int
    """Contracts met, of them."""
    ordered: float
    """Units ordered."""
    on_time: float
    """Of them, on time."""
    delivered: float
    """Of them, at all."""

    def as_record(self) -> dict[str, float]:
        """Plain numbers."""
        return asdict(self)


def score(state: PolicyState) -> Score:
    """Sum a policy's days up."""
    contracts = [
        met for segment in _segments_with_target(state) for met in _contracts_met(state, *segment)
    ]
    return Score(
        value=round(float(np.sum(state.day_values)), UNIT_DECIMALS),
        contracts=len(contracts),
        met=sum(contracts),
        ordered=float(state.world.lines["quantity"].sum()),
        on_time=float(state.on_time_units.sum()),
        delivered=float(state.delivered_units.sum()),
    )


def _segments_with_target(state: PolicyState) -> list[tuple[str, Segment]]:
    settings = state.world.scenario.settings
    return [(name, own) for name, own in settings.segments.items() if own.target]


def _contracts_met(state: PolicyState, name: str, segment: Segment) -> list[bool]:
    """Whether a segment's target is met, by review period; all days are one if none is given.

    A target of the backlog at the start promises nothing here: a world begins without one.
    """
    world, target = state.world, segment.target
    demand = world.demand
    mine = np.flatnonzero(demand["segment"] == name)
    if target is None or target.measure.backlog or not len(mine):
        return []
    review = segment.review_period
    requested = demand["requested"].iloc[mine]
    period = [review.around(day.date())[0] if review else None for day in requested]
    units = (state.on_time_units if target.measure.on_time else state.delivered_units)[mine]
    rows = pd.DataFrame(
        {
            "period": [str(first) for first in period],
            "order": demand["order"].to_numpy()[mine],
            "ordered": demand["quantity"].to_numpy()[mine],
            "units": units,
            "worth": demand["unit_value"].to_numpy()[mine],
        }
    )
    if target.measure.whole:
        rows["units"] = (rows["units"] >= rows["ordered"] - UNIT).astype("float64")
        rows["ordered"] = 1.0
    if target.measure.base == "order":
        rows = rows.groupby(["period", "order"], as_index=False)[["ordered", "units"]].min()
    elif target.measure.base == "value":
        rows[["ordered", "units"]] = rows[["ordered", "units"]].mul(rows["worth"], axis=0)
    sums = rows.groupby("period")[["ordered", "units"]].sum()
    met: list[bool] = (sums["units"] >= target.level * sums["ordered"] - UNIT).tolist()
    return met
