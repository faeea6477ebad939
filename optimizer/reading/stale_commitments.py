"""Commitments that do not fit the orders and ways of today: they shrink, go, or move, and are told.

What moves is left as it was made: nothing can keep it, and the plan says where it goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.relationship import PastCommitments, StaleCommitments
from models.settings import Settings
from models.tolerances import UNIT
from optimizer.common.membership import is_among, values_at
from optimizer.common.steps import step_by_item, steps_within
from optimizer.common.words import number
from optimizer.reading.commitment_checks import CommitmentFacts, facts_of
from optimizer.reading.raw_table import RawTable
from optimizer.reading.table_checks import Mask

MOVES = "to the earliest date that can still be served"


def settle_commitments(
    frames: Mapping[str, pd.DataFrame], raws: Mapping[str, RawTable], settings: Settings
) -> tuple[dict[str, pd.DataFrame], tuple[str, ...]]:
    """Let commitments follow what became of their orders, lines and ways.

    Parameters
    ----------
    frames
        The typed tables, without faults.
    raws
        The tables as they were read, row by row as in ``frames``.
    settings
        What is asked for: ``commitments_stale`` and ``commitments_past``.

    Returns
    -------
    frames
        All tables; commitments without those that are let go, and with those that shrink.
    notes
        A sentence for each kind of what was done: how many, and which is the first.
    """
    table, raw = frames["commitments"], raws.get("commitments")
    if raw is None or table.empty or settings.commitments_stale is StaleCommitments.REFUSE:
        return dict(frames), ()
    facts = facts_of(table, frames)
    stale = _Stale.of(table, facts, frames, settings)
    left = _units_left(table, facts, frames, stale.goes)
    shrinks = ~stale.goes & (left < table["quantity"] - UNIT).to_numpy()
    less = float((table["quantity"] - left)[shrinks].sum())
    start = f"{settings.horizon.start:%Y-%m-%d}"
    told = (
        (stale.gone, "to an order or line that is gone", "let go"),
        (stale.shipped, f"of before {start} and frozen", "let go as shipped"),
        (
            shrinks,
            "larger than its order leaves it",
            f"made smaller, by {number(less)} units in all",
        ),
        (stale.overdue, f"of before {start} and frozen", f"moved {MOVES}"),
        (stale.wayless, "by a lane, site or service that is gone", f"moved {MOVES}"),
    )
    notes = tuple(_note(mask, what, done, table, raw) for mask, what, done in told if mask.any())
    stays = ~stale.goes & (left > UNIT).to_numpy()
    kept = table.assign(quantity=left)[stays].reset_index(drop=True)
    return {**frames, "commitments": kept}, notes


@dataclass(frozen=True, eq=False)
class _Stale:
    """Which commitments are stale, and how; shape (commitments,) each."""

    gone: Mask
    """Their order or line is gone."""
    shipped: Mask
    """Frozen and past, and said to have shipped."""
    overdue: Mask
    """Frozen and past, and said to be overdue."""
    wayless: Mask
    """Frozen, and without a lane to their region."""

    @classmethod
    def of(
        cls,
        table: pd.DataFrame,
        facts: CommitmentFacts,
        frames: Mapping[str, pd.DataFrame],
        settings: Settings,
    ) -> _Stale:
        """Find them."""
        gone = facts.line < 0
        frozen = facts.frozen.to_numpy() & ~gone
        past = frozen & (table["ship_date"] < pd.Timestamp(settings.horizon.start)).to_numpy()
        has_shipped = settings.commitments_past is PastCommitments.SHIPPED
        known = is_among(table["site"], frames["sites"]["site"])
        known &= is_among(table["service"], list(settings.services))
        wayless = frozen & ~past & ((facts.journeys.lane < 0) | ~known)
        never = np.zeros_like(past)
        return cls(gone, past if has_shipped else never, never if has_shipped else past, wayless)

    @property
    def goes(self) -> Mask:
        """Which are let go."""
        return self.gone | self.shipped


def _units_left(
    table: pd.DataFrame, facts: CommitmentFacts, frames: Mapping[str, pd.DataFrame], goes: Mask
) -> pd.Series:
    """Units of each commitment that its line has room for, the earliest ship dates first [unit]."""
    frozen = facts.frozen.to_numpy() & ~goes
    order = np.argsort(table["ship_date"].to_numpy(), kind="stable")
    units = (table["quantity"] / facts.ratio).where(frozen, 0.0)
    line = pd.Series(facts.line, index=table.index)
    before = units.iloc[order].groupby(line.iloc[order]).cumsum().reindex(table.index) - units
    ordered = values_at(frames["lines"]["quantity"], facts.line)
    room = (ordered - before).clip(lower=0.0) * facts.ratio
    step = step_by_item(frames["items"], facts.shipped)
    room = pd.Series(steps_within(room.fillna(0.0).to_numpy(), step), index=table.index)
    fits = ~frozen | (table["quantity"] <= room + UNIT)
    return table["quantity"].where(fits, room)


def _note(mask: Mask, what: str, done: str, table: pd.DataFrame, raw: RawTable) -> str:
    at, count = int(mask.argmax()), int(mask.sum())
    first = table.iloc[at]
    place = (
        f"that of order {first['order']!r} line {first['line']!r} ({raw.file}:{raw.lines()[at]})"
    )
    if count == 1:
        return f"1 commitment is {what}, and is {done}: {place}."
    return f"{count:,} commitments are {what}, and are {done}, {place} first."
