"""Contracts: which targets are met, period to date, and what missing them costs."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from models.goals import GoalKind
from models.judge.figures.promises import PartyService
from models.judge.findings import DECIMALS, TOLERANCE
from models.relationship import LedgerMode
from models.settings import Settings, Target
from models.solution import CONTRACTS


def contracts(settings: Settings, promises: list[PartyService]) -> pd.DataFrame:
    """Tell each target of a party that ordered anything: the columns of ``contracts.csv``.

    All but ``attainable``.
    """
    rows = []
    position = list(settings.segments).index
    for own, target in sorted(
        with_target(promises),
        key=lambda pair: (pair[0].tier, position(pair[0].name), pair[0].stage, pair[0].customer),
    ):
        period = own.segment.review_period
        span = period.around(settings.horizon.start) if period else ("NaT", "NaT")
        missing, served = own.below_target(target.level), own.achieved[target.measure]
        rows.append(
            {
                "segment": own.name,
                "tier": own.tier,
                "stage": own.stage,
                "customer": own.customer,
                "measure": str(target.measure),
                "target": target.level,
                "period_start": pd.Timestamp(span[0]),
                "period_end": pd.Timestamp(span[1]),
                "ordered_before": own.before[0],
                "served_before": own.before[1],
                "ordered": own.base,
                "served": served,
                "level": (own.before[1] + served) / own.to_date,
                "shortfall": missing,
                "met": missing <= TOLERANCE,
                "penalty": penalty(own),
            }
        )
    columns = {name: dtype for name, dtype in CONTRACTS.items() if name != "attainable"}
    table = pd.DataFrame(rows, columns=list(columns)).astype(columns)
    amounts = [name for name, dtype in columns.items() if dtype == "float64"]
    table[amounts] = table[amounts].round(DECIMALS)
    return table


def with_target(promises: list[PartyService]) -> Iterator[tuple[PartyService, Target]]:
    """Yield the parties with a target that ordered anything."""
    for own in promises:
        if own.segment.target and own.base > 0:
            yield own, own.segment.target


def penalty(own: PartyService) -> float:
    """Work out what missing a target costs [currency]."""
    terms, target = own.segment.penalty, own.segment.target
    if terms is None or target is None or own.base == 0:
        return 0.0
    missing = own.below_target(target.level)
    return terms.per_unit * missing + terms.flat * (missing > TOLERANCE)


def target_parts(
    settings: Settings, promises: list[PartyService], ahead: list[PartyService]
) -> Iterator[tuple[str, float, float]]:
    """Yield the targets of each tier, what the ledger's mode counts before them, and the reserve.

    Goal, value and base of each part of a goal. ``ahead`` are the parties with their forecast, of
    tiers that have any.
    """
    mode = settings.ledger.mode
    mine = [own for own in promises if own.segment.target]
    for tier in sorted({own.tier for own in mine}):
        gaps = [_gap(own) for own, _ in with_target(mine) if own.tier == tier]
        if mode == LedgerMode.COMPLIANCE:
            yield (
                GoalKind.CONTRACTS.named(tier),
                float(sum(short > TOLERANCE for short, _ in gaps)),
                len(gaps),
            )
        elif mode == LedgerMode.MAX_MIN:
            distances = [short / due for short, due in gaps if short > TOLERANCE]
            yield GoalKind.LEAST.named(tier), max(distances, default=0.0), 1.0
        for kind, parties in ((GoalKind.TARGET, mine), (GoalKind.RESERVE, ahead)):
            yield from ((kind.named(tier), *_part(own)) for own in parties if own.tier == tier)


def _gap(own: PartyService) -> tuple[float, float]:
    """Say what is missing to a target, and of how much."""
    level = own.segment.target.level if own.segment.target else 0.0
    return own.below_target(level), level * own.to_date


def _part(own: PartyService) -> tuple[float, float]:
    """Part of a party in the goal of its tier's targets, and in its base."""
    return _gap(own)[0], own.to_date
