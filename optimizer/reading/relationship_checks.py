"""Checks of what is known about the relationship with customers: stages and the ledger."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.relationship import StageName
from models.settings import Settings
from optimizer.common.membership import is_among, positions, values_at
from optimizer.reading.faults import Faults
from optimizer.reading.table_checks import Mask, TypedTables
from optimizer.scenario.stages import stages_today


def check_stages(tables: TypedTables, faults: Faults) -> None:
    """Check that the floor of a stage counts what others count in the same tier.

    It counts units where the segment has neither target nor floor.
    """
    settings, customers = tables.settings, tables.frames["customers"]
    if settings is None:
        return
    mixed = {
        (name, str(stage)): _other_base(settings, name, stage)
        for name, own in settings.segments.items()
        for stage, effects in settings.stages.items()
        if effects.floor
    }
    stages = stages_today(settings, tables.frames)
    keys = list(zip(customers["segment"], stages, strict=True))
    wrong = np.array([bool(mixed.get(key)) for key in keys], dtype=bool)

    def explain(row: int) -> tuple[str, str]:
        name, stage = keys[row]
        own = settings.segments[name]
        problem = (
            f"stage {stage} has a floor in {own.measure.base}s, but tier {own.tier} of "
            f"segment {name!r} counts {mixed[keys[row]]}s"
        )
        return problem, "give the segment a target, another tier, or the stage a floor of 0"

    faults.add_cells(tables.raws["customers"], "stage", wrong, explain)


def _other_base(settings: Settings, name: str, stage: StageName) -> str:
    """Name what is counted in the tier of a segment at a stage, if not what the segment counts."""
    own = settings.segments[name].measure.base
    tier = settings.tier_of(name, stage)
    there = [b for s in settings.segments.values() if s.tier == tier for b in s.bases.values()]
    return next((base for base in there if base != own), "")


def check_ledger(tables: TypedTables, faults: Faults) -> None:
    """Check that rows name a segment or a customer, one kind for each segment, and add up."""
    frame = tables.frames["ledger"]
    one, whole = frame["customer"] != "", frame["segment"] != ""
    both = (one == whole).to_numpy()
    customers = tables.frames["customers"]
    at = positions(frame["customer"], customers["customer"])
    segment = frame["segment"].where(~one, values_at(customers["segment"], at))
    twofold = one.to_numpy() & ~both & is_among(segment, frame.loc[whole & ~one, "segment"])

    def explain_both(row: int) -> tuple[str, str]:
        given = (
            "both a segment and a customer are" if one.iloc[row] else "no segment or customer is"
        )
        return f"{given} named", "name one of the two"

    def explain_twofold(row: int) -> tuple[str, str]:
        problem = f"segment {segment.iloc[row]!r} of the customer has a row of its own"
        return problem, "keep the ledger of a segment as a whole or by customer"

    faults.add_cells(tables.raws["ledger"], "ordered", both, explain_both)
    faults.add_cells(tables.raws["ledger"], "customer", twofold, explain_twofold)
    _check_served(frame, tables, faults)
    _check_targets(segment, ~both, tables, faults)


def _check_served(frame: pd.DataFrame, tables: TypedTables, faults: Faults) -> None:
    more = (frame["served"] > frame["ordered"]).to_numpy()

    def explain(row: int) -> tuple[str, str]:
        served, ordered = (f"{frame[name].iloc[row]:.12g}" for name in ("served", "ordered"))
        return f"{served} were served of {ordered} ordered", "correct one of the two"

    faults.add_cells(tables.raws["ledger"], "served", more, explain)


def _check_targets(segment: pd.Series, single: Mask, tables: TypedTables, faults: Faults) -> None:
    """Check that there is a target that the ledger can count for."""
    if tables.settings is None:
        return
    none = [name for name, s in tables.settings.segments.items() if s.target is None]
    idle = single & is_among(segment, none)

    def explain(row: int) -> tuple[str, str]:
        problem = f"segment {segment.iloc[row]!r} has no target, for which a ledger could count"
        return problem, "give the segment a target, or delete the row"

    faults.add_cells(tables.raws["ledger"], "ordered", idle, explain)
