"""Stages of the relationship, derived day by day from the signals of each customer.

The table of customers says the first stage. A stage ends on the day on which it expires or on which
a rule of the header holds; where several do on one day, expiry comes first, then the first rule. A
signal counts only for the stage during which it came: after a move, earlier signals do not count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from models.relationship import AFTER, StageName, StageRule
from models.settings import Settings
from models.solution import STAGES

EXPIRED = "expired"
"""Reason of a move that is due to expiry."""
FIRST = date(1970, 1, 1)

Signals = list[tuple[int, str, float]]
"""Of one customer, by day: day, kind, value. Days count from 1970-01-01."""


@dataclass(frozen=True, slots=True)
class _Stay:
    """A stage while it lasts."""

    stage: StageName
    since: int | None
    """First day, if it is known: only then can the stage expire."""
    begun: int
    """Day from which quiet days count."""
    counts: int
    """First day whose signals count."""


@dataclass(frozen=True, slots=True)
class _Move:
    day: int
    to: StageName
    rule: int
    """Position of the rule; -1 for expiry."""


def stage_moves(settings: Settings, customers: pd.DataFrame, signals: pd.DataFrame) -> pd.DataFrame:
    """List each move of each customer until today.

    Parameters
    ----------
    settings
        The header: stages, their rules and the start, which is today.
    customers, signals
        The tables.

    Returns
    -------
    pandas.DataFrame
        The columns of :data:`models.solution.STAGES`, sorted by customer and date.
    """
    today = (settings.horizon.start - FIRST).days
    signals_of = _by_customer(signals, today)
    rows = []
    moving = customers[_may_move(settings, customers, signals_of)]
    since = (moving["stage_since"] - pd.Timestamp(FIRST)).dt.days
    for customer, stage, day in zip(moving["customer"], moving["stage"], since, strict=True):
        stay = _first(stage, day, signals_of.get(customer, []), today)
        for move in _moves(settings, stay, signals_of.get(customer, []), today):
            reason = EXPIRED if move.rule < 0 else _words(settings, move.rule)
            moved_on = FIRST + timedelta(days=move.day)
            rows.append((customer, moved_on, str(stay.stage), str(move.to), reason))
            stay = _after(move)
    frame = pd.DataFrame(rows, columns=list(STAGES)).astype(STAGES)
    return frame.sort_values(["customer", "date"], kind="stable", ignore_index=True)


def stages_today(settings: Settings, tables: Mapping[str, pd.DataFrame]) -> pd.Series:
    """Stage of each customer that counts today, by customer."""
    customers = tables["customers"]
    moves = stage_moves(settings, customers, tables["signals"])
    now = moves.groupby("customer")["to_stage"].last().reindex(customers["customer"])
    return now.fillna(customers["stage"].set_axis(now.index)).astype("str")


def _may_move(
    settings: Settings, customers: pd.DataFrame, signals_of: Mapping[str, Signals]
) -> pd.Series:
    """Say who may move at all."""
    known = customers["stage"].isin(list(settings.stages))
    ends = [name for name, stage in settings.stages.items() if stage.expires_after_days]
    may_end = customers["stage"].isin(ends) & customers["stage_since"].notna()
    if any(rule.quiet_days for rule in settings.stage_rules):
        return known
    return known & (may_end | (customers["customer"].isin(signals_of) & bool(settings.stage_rules)))


def _by_customer(signals: pd.DataFrame, today: int) -> dict[str, Signals]:
    """List the signals of each customer until today, by customer."""
    days = signals["date"].to_numpy().astype("datetime64[D]").astype("int64")
    rows = signals.assign(day=days)[days <= today].sort_values("day", kind="stable")
    found: dict[str, Signals] = {}
    columns = (rows[name] for name in ("customer", "day", "kind", "value"))
    for customer, day, kind, value in zip(*columns, strict=True):
        found.setdefault(customer, []).append((day, kind, value))
    return found


def _first(stage: str, since: float, signals: Signals, today: int) -> _Stay:
    """Begin where the table says, or else with the first signal."""
    known = None if np.isnan(since) else int(since)
    begun = min([today, *(day for day, _, _ in signals[:1])]) if known is None else known
    return _Stay(StageName(stage), known, begun, begun)


def _after(move: _Move) -> _Stay:
    counts = move.day if move.rule < 0 else move.day + 1
    return _Stay(move.to, move.day, move.day, counts)


def _moves(settings: Settings, stay: _Stay, signals: Signals, today: int) -> Iterator[_Move]:
    """Yield one move after the other."""
    while moves := [move for move in _next(settings, stay, signals) if move.day <= today]:
        move = min(moves, key=lambda each: (each.day, each.rule))
        yield move
        stay = _after(move)


def _next(settings: Settings, stay: _Stay, signals: Signals) -> Iterator[_Move]:
    """Yield the first day on which each way out of a stage is open."""
    lasts = settings.stages[stay.stage].expires_after_days
    if lasts is not None and stay.since is not None:
        yield _Move(stay.since + lasts, AFTER[stay.stage], -1)
    for nth, rule in enumerate(settings.stage_rules):
        if rule.to == stay.stage or (rule.stages and stay.stage not in rule.stages):
            continue
        days = [day for day, kind, value in signals if _counts(rule, kind, value)]
        day = _quiet(rule, stay, days) if rule.quiet_days else _often(rule, stay, days)
        if day is not None:
            yield _Move(day, rule.to, nth)


def _counts(rule: StageRule, kind: str, value: float) -> bool:
    """Say whether a signal is one that a rule counts; a blank value is neither large nor small."""
    return (
        (not rule.kinds or kind in rule.kinds)
        and (rule.value_at_least is None or value >= rule.value_at_least)
        and (rule.value_at_most is None or value <= rule.value_at_most)
    )


def _often(rule: StageRule, stay: _Stay, days: Sequence[int]) -> int | None:
    """Find the first day with so many signals behind it."""
    mine = [day for day in days if day >= stay.counts]
    for nth in range(rule.times - 1, len(mine)):
        if mine[nth] - mine[nth - rule.times + 1] < rule.window:
            return mine[nth]
    return None


def _quiet(rule: StageRule, stay: _Stay, days: Sequence[int]) -> int:
    """Find the first day with so many quiet ones behind it."""
    last = stay.begun
    for day in days:
        if day > last + (rule.quiet_days or 0):
            break
        last = max(last, day)
    return last + (rule.quiet_days or 0)


def _words(settings: Settings, rule: int) -> str:
    return f"rule {rule + 1}: {settings.stage_rules[rule].words}"
