"""Stages of relationships and the ledger, read a second time: who is promised service apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from models.relationship import StageRule
from models.settings import Floor, Settings
from tests.independent.rows import Row, Rows, day_of, exact, is_date


@dataclass(frozen=True, order=True)
class Party:
    """Whose promise is counted together."""

    segment: str
    tier: int
    stage: str
    """Blank for stages that change neither tier nor floor."""
    customer: str
    """Blank unless the segment has a ledger by customer."""


def stage_today(header: Settings, rows: Rows, customer: Row) -> str:
    """Return the stage that counts on the first day, one day after the other."""
    return moves_of(header, rows, customer)[-1][1]


def moves_of(header: Settings, rows: Rows, customer: Row) -> list[tuple[date, str]]:
    """Return since when a customer is at which stage, the first one included."""
    signals = [
        (day_of(row["date"], rows.start), row["kind"], row["value"])
        for row in rows.all("signals", customer=customer["customer"])
    ]
    unknown = min([rows.start, *(day for day, _, _ in signals if day <= rows.start)])
    begun = day_of(customer["stage_since"], unknown)
    known = is_date(customer["stage_since"])
    stays = [(begun, customer["stage"])]
    counts, expires, day = begun, known, begun
    while day <= rows.start:
        lasts = next(s.expires_after_days for n, s in header.stages.items() if n == stays[-1][1])
        if expires and lasts is not None and day >= stays[-1][0] + timedelta(days=lasts):
            stays.append((day, "develop" if stays[-1][1] == "recovery" else "commit"))
            counts = day
        for rule in header.stage_rules:
            since, stage = stays[-1]
            if rule.to != stage and (not rule.stages or stage in rule.stages):
                mine = [w for w, kind, value in signals if w <= day and _meant(rule, kind, value)]
                if _asked(rule, day, since, [when for when in mine if when >= counts], mine):
                    stays.append((day, str(rule.to)))
                    counts, expires = day + timedelta(days=1), True
                    break
        expires = expires or len(stays) > 1
        day += timedelta(days=1)
    return stays


def _meant(rule: StageRule, kind: str, value: float) -> bool:
    """Tell whether a rule counts a signal."""
    if rule.kinds and kind not in rule.kinds:
        return False
    least, most = rule.value_at_least, rule.value_at_most
    return not (
        (least is not None and not value >= least) or (most is not None and not value <= most)
    )


def _asked(rule: StageRule, day: date, since: date, fresh: list[date], every: list[date]) -> bool:
    """Tell whether a rule holds on a day."""
    if rule.quiet_days is None:
        first = day - timedelta(days=rule.window - 1)
        return sum(when >= first for when in fresh) >= rule.times
    return (day - max([since, *every])).days >= rule.quiet_days


def party_of(header: Settings, rows: Rows, customer: Row, tier: int | None) -> Party:
    """Return the party of a customer's lines, in a tier chosen by hand or their own."""
    name, stage = customer["segment"], stage_today(header, rows, customer)
    usual = tier_at(header, name, stage)
    effects = next(s for n, s in header.stages.items() if n == stage)
    members = {row["customer"] for row in rows.all("customers", segment=name)}
    alone = any(row["customer"] in members for row in rows["ledger"] if row["customer"])
    return Party(
        segment=name,
        tier=usual if tier is None else tier,
        stage=stage if effects.floor or effects.tier_shift else "",
        customer=customer["customer"] if alone else "",
    )


def tier_at(header: Settings, name: str, stage: str) -> int:
    """Return the tier of a segment's customers at a stage: one up, if that counts the same."""
    segment = header.segments[name]
    shift = next(s.tier_shift for n, s in header.stages.items() if n == stage)
    tier = max(1, segment.tier + shift)
    for other in header.segments.values():
        if other.tier == tier and set(other.bases.values()) - {segment.measure.base}:
            return segment.tier
    return tier


def floors_of(header: Settings, party: Party) -> list[tuple[str, Fraction, bool]]:
    """Return the floors of a party: measure, level, and whether overdue units count as on time.

    That of a stage counts so, and stands alone, at the larger level, beside one in its measure.
    """
    segment = header.segments[party.segment]
    usual = segment.target.measure.value if segment.target else "unit_otif"
    floor, found = segment.floor, []
    if isinstance(floor, Floor):
        measure, own = floor.measure.value, [exact(floor.level)]
    else:
        measure, own = usual, [] if floor is None else [exact(floor)]
    lent = [s.floor for name, s in header.stages.items() if name == party.stage and s.floor]
    if lent:
        beside = own if measure == usual else []
        found.append((usual, max([exact(lent[0]), *beside]), True))
    if own and not (lent and measure == usual):
        found.append((measure, own[0], False))
    return found


def so_far(header: Settings, rows: Rows, party: Party) -> tuple[Fraction, Fraction]:
    """Return what a party ordered and got before, where its lines are in their usual tier."""
    nothing = (Fraction(0), Fraction(0))
    if party.tier != tier_at(header, party.segment, party.stage or "commit"):
        return nothing
    if party.stage and not party.customer:
        return nothing
    wanted = {"customer": party.customer}
    if not party.customer:
        wanted["segment"] = party.segment
    found = list(rows.all("ledger", **wanted))
    return (exact(found[0]["ordered"]), exact(found[0]["served"])) if found else nothing
