"""Promises: what each party ordered and got.

A party is a segment's customers whose promise is counted together: all of one tier, but for those
at a stage that shifts the tier or has a floor, and for single customers with a ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from models.judge.lookup import Lookup
from models.relationship import Stage, StageName
from models.scenario import Scenario
from models.settings import Measure, Segment, Settings


@dataclass(frozen=True, slots=True)
class Guarantee:
    """A floor: a share of what was ordered, and how it counts."""

    level: float
    measure: Measure
    waived: bool
    """Whether what is overdue counts as on time."""

    @property
    def counted(self) -> str:
        """Name of what is achieved of it."""
        return f"{self.measure}, overdue or not" if self.waived else str(self.measure)


@dataclass(frozen=True, slots=True)
class PartyService:
    """What a party, or a segment as a whole, ordered and got, in all measures."""

    name: str
    segment: Segment
    tier: int
    """Of the lines; the segment's own for the segment as a whole."""
    achieved: Mapping[str, float]
    """By measure [base units]."""
    ordered: Mapping[str, float]
    """By base: ``unit``, ``value``, ``line``, ``order``; and the ``backlog``."""
    floors: tuple[Guarantee, ...]
    """Guaranteed levels of segment and stage."""
    before: tuple[float, float] = (0.0, 0.0)
    """Ordered and served in the review period before today [base units]."""
    stage: str = ""
    """Of its customers, if promises to them are counted apart."""
    customer: str = ""
    """The only one, if the segment's ledger is kept by customer."""

    @property
    def base(self) -> float:
        """Base total of the segment's own measure."""
        return self.ordered[self.segment.measure.whole_of]

    @property
    def to_date(self) -> float:
        """Base total of the review period so far."""
        return self.base + self.before[0]

    def below_floor(self, floor: Guarantee) -> float:
        """Count the base units that are missing to a floor."""
        whole = self.ordered[floor.measure.whole_of]
        return max(0.0, floor.level * whole - self.achieved[floor.counted])

    def below_target(self, level: float) -> float:
        """Count the base units that are missing to a target, period to date."""
        got = self.before[1] + self.achieved[self.segment.measure]
        return max(0.0, level * self.to_date - got)


def service_by_party(lookup: Lookup) -> list[PartyService]:
    """Measure each party's due lines, by tier; all parties of lines are there, and all segments."""
    segments = lookup.scenario.settings.segments
    keys = _parties(lookup.scenario, lookup.lines)
    due = lookup.lines["due"]
    achieved, ordered = (
        part.where(due, 0.0).groupby([keys[name] for name in keys]).sum()
        for part in (_achieved(lookup.lines), _bases(lookup.lines))
    )
    own = pd.MultiIndex.from_tuples([(name, s.tier, "", "") for name, s in segments.items()])
    parties = own.append(achieved.index.difference(own, sort=False))
    figures = (_records(part.reindex(parties, fill_value=0.0)) for part in (achieved, ordered))
    served = [
        _served(lookup.scenario, party, got, whole)
        for party, got, whole in zip(parties, *figures, strict=True)
    ]
    return sorted(served, key=lambda promise: promise.tier)


def _parties(scenario: Scenario, lines: pd.DataFrame) -> pd.DataFrame:
    """Name the party of each line by segment, tier, stage and customer.

    Forecast demand belongs to its segment as such.
    """
    ledger, stages = scenario["ledger"], scenario.settings.stages
    apart = [name for name, stage in stages.items() if stage.is_apart]
    known = scenario["customers"].set_index("customer")["segment"]
    single = known.reindex(ledger.loc[ledger["customer"] != "", "customer"])
    return pd.DataFrame(
        {
            "segment": lines["segment"],
            "tier": lines["tier"].astype(int),
            "stage": lines["stage"].where(lines["stage"].isin(apart) & ~lines["virtual"], ""),
            "customer": lines["customer"].where(
                lines["segment"].isin(single) & ~lines["virtual"], ""
            ),
        }
    )


def _served(
    scenario: Scenario,
    party: tuple[str, int, str, str],
    achieved: Mapping[str, float],
    ordered: Mapping[str, float],
) -> PartyService:
    """Put together what a party was promised and what it got.

    The ledger counts where lines are in their usual tier, and only for whoever orders now.
    """
    name, tier, stage, customer = party
    settings, segment = scenario.settings, scenario.settings.segments[name]
    usual = settings.tier_of(name, StageName(stage or StageName.COMMIT))
    floors = _guarantees(segment, stage, settings.stages)
    now = PartyService(
        name, segment, tier, achieved, ordered, floors, stage=stage, customer=customer
    )
    if tier != usual or now.base == 0 or (stage and not customer):
        return now
    ledger = scenario["ledger"]
    whose = ledger["customer"] == customer if customer else ledger["segment"] == name
    rows = ledger[whose]
    return replace(now, before=(float(rows["ordered"].sum()), float(rows["served"].sum())))


def _guarantees(
    segment: Segment, stage: str, stages: Mapping[StageName, Stage]
) -> tuple[Guarantee, ...]:
    """List the floors of a party: where segment and stage count the same, the larger one alone.

    That of a stage counts what is overdue as served in time when it is delivered.
    """
    lent = stages[StageName(stage)].floor if stage else None
    own = segment.floor_level
    alike = segment.floor_measure == segment.measure
    given = []
    if lent:
        level = max(lent, own) if own is not None and alike else lent
        given.append(Guarantee(level, segment.measure, waived=True))
    if own is not None and not (lent and alike):
        given.append(Guarantee(own, segment.floor_measure, waived=False))
    return tuple(given)


def _records(figures: pd.DataFrame) -> list[dict[str, float]]:
    names = [str(name) for name in figures.columns]
    return [dict(zip(names, row, strict=True)) for row in figures.to_numpy().tolist()]


def service_by_segment(
    settings: Settings, promises: list[PartyService]
) -> list[tuple[PartyService, float]]:
    """Add up each segment's parties, in the order of the header; with what its target misses.

    That is the sum over its customers, if its ledger is kept by customer.
    """
    whole = []
    for name, segment in settings.segments.items():
        own = [promise for promise in promises if promise.name == name]
        level = segment.target.level if segment.target else 0.0
        customers = {promise.customer for promise in own}
        parts = [_together([p for p in own if p.customer == each]) for each in sorted(customers)]
        whole.append((_together(own), sum(part.below_target(level) for part in parts)))
    return whole


def _together(own: list[PartyService]) -> PartyService:
    """Add up parties of one segment."""
    name, segment = own[0].name, own[0].segment
    achieved = {key: sum(p.achieved[key] for p in own) for key in own[0].achieved}
    ordered = {key: sum(p.ordered[key] for p in own) for key in own[0].ordered}
    before = sum(p.before[0] for p in own), sum(p.before[1] for p in own)
    floors = _guarantees(segment, "", {})
    return PartyService(name, segment, segment.tier, achieved, ordered, floors, before)


def _achieved(lines: pd.DataFrame) -> pd.DataFrame:
    """Count each measure by line, and once more with all that is overdue taken for on time."""
    strict, late = lines["delivered_on_time"], lines["delivered"]
    overdue = _overdue(lines)
    waived = lines.assign(
        delivered_on_time=late.where(overdue, strict),
        full_on_time=lines["full"].where(overdue, lines["full_on_time"]),
    )
    strictly, kindly = _by_measure(lines), _by_measure(waived)
    kindly.columns = [Guarantee(0.0, Measure(m), waived=True).counted for m in kindly.columns]
    return pd.concat([strictly, kindly], axis=1)


def _overdue(lines: pd.DataFrame) -> pd.Series:
    """Say which lines were requested before their first possible arrival; no expected ones."""
    return (lines["requested"] < lines["first_due"]) & ~lines["virtual"]


def _by_measure(lines: pd.DataFrame) -> pd.DataFrame:
    """Count each measure by line; an order counts once, in its best tier.

    Of forecast demand that counts as a line or an order, the share held counts.
    """
    once, worth, virtual = _once(lines), lines["unit_value"], lines["virtual"]
    orders = lines[["full", "full_on_time"]].where(lines["due"], other=True)
    orders = orders.groupby(lines["order"]).transform("all")
    held, in_time = (lines[name] / lines["ordered"] for name in ("delivered", "delivered_on_time"))
    return pd.DataFrame(
        {
            Measure.UNIT_FILL: lines["delivered"],
            Measure.UNIT_OTIF: lines["delivered_on_time"],
            Measure.VALUE_FILL: lines["delivered"] * worth,
            Measure.VALUE_OTIF: lines["delivered_on_time"] * worth,
            Measure.LINE_FILL: held.where(virtual, lines["full"].astype(float)),
            Measure.LINE_OTIF: in_time.where(virtual, lines["full_on_time"].astype(float)),
            Measure.ORDER_FILL: held.where(virtual, (orders["full"] & once).astype(float)),
            Measure.ORDER_OTIF: in_time.where(
                virtual, (orders["full_on_time"] & once).astype(float)
            ),
            Measure.BACKLOG_FILL: lines["delivered"].where(_overdue(lines), 0.0),
        }
    ).astype(float)


def _bases(lines: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "unit": lines["ordered"],
            "value": lines["ordered"] * lines["unit_value"],
            "line": 1.0,
            "order": _once(lines),
            "backlog": lines["ordered"].where(_overdue(lines), 0.0),
        }
    ).astype(float)


def _once(lines: pd.DataFrame) -> pd.Series:
    """Mark one due line of each order, in the best of their tiers."""
    tier = lines["tier"].where(lines["due"])
    best = tier == tier.groupby(lines["order"]).transform("min")
    return best & ~lines["order"].where(best).duplicated()
