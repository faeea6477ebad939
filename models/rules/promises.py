"""Promises: what each segment ordered and got in each tier, and the goals that follow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from models.rules.book import Book
from models.rules.fairness import fairness_reached
from models.rules.keeping import kept
from models.settings import GoalName, Measure, Segment, Settings


@dataclass(frozen=True, slots=True)
class Served:
    """What a segment, or its lines of one tier, ordered and got, in all measures."""

    name: str
    segment: Segment
    tier: int
    """Of the lines; the segment's own for the segment as a whole."""
    achieved: Mapping[str, float]
    """By measure [base units]."""
    ordered: Mapping[str, float]
    """By base: ``unit``, ``value``, ``line``, ``order``."""

    @property
    def base(self) -> float:
        """Base total of the segment's own measure."""
        return self.ordered[self.segment.measure.base]

    def shortfall(self, level: float) -> float:
        """Count the base units that are missing to a level of the segment's own measure."""
        return max(0.0, level * self.base - self.achieved[self.segment.measure])


def by_promise(book: Book) -> list[Served]:
    """Measure each segment's lines of each tier, by tier; own tiers without lines are there too."""
    segments = book.scenario.settings.segments
    keys = [book.lines["segment"], book.lines["tier"].astype(int)]
    achieved, ordered = (
        part.groupby(keys).sum() for part in (_achieved(book.lines), _bases(book.lines))
    )
    own = pd.MultiIndex.from_tuples([(name, s.tier) for name, s in segments.items()])
    pairs = own.append(achieved.index.difference(own, sort=False))
    figures = (_records(part.reindex(pairs, fill_value=0.0)) for part in (achieved, ordered))
    served = [
        Served(name, segments[name], tier, got, whole)
        for (name, tier), got, whole in zip(pairs, *figures, strict=True)
    ]
    return sorted(served, key=lambda promise: promise.tier)


def _records(figures: pd.DataFrame) -> list[dict[str, float]]:
    names = [str(name) for name in figures.columns]
    return [dict(zip(names, row, strict=True)) for row in figures.to_numpy().tolist()]


def by_segment(settings: Settings, promises: list[Served]) -> list[Served]:
    """Add up each segment's promises, in the order of the header."""
    whole = []
    for name, segment in settings.segments.items():
        own = [promise for promise in promises if promise.name == name]
        achieved = {key: sum(p.achieved[key] for p in own) for key in own[0].achieved}
        ordered = {key: sum(p.ordered[key] for p in own) for key in own[0].ordered}
        whole.append(Served(name, segment, segment.tier, achieved, ordered))
    return whole


def _achieved(lines: pd.DataFrame) -> pd.DataFrame:
    """Count each measure by line; an order counts once, in its best tier."""
    once, worth = _once(lines), lines["unit_value"]
    orders = lines[["full", "full_on_time"]].groupby(lines["order"]).transform("all")
    return pd.DataFrame(
        {
            Measure.UNIT_FILL: lines["delivered"],
            Measure.UNIT_OTIF: lines["delivered_on_time"],
            Measure.VALUE_FILL: lines["delivered"] * worth,
            Measure.VALUE_OTIF: lines["delivered_on_time"] * worth,
            Measure.LINE_FILL: lines["full"],
            Measure.LINE_OTIF: lines["full_on_time"],
            Measure.ORDER_FILL: orders["full"] & once,
            Measure.ORDER_OTIF: orders["full_on_time"] & once,
        }
    ).astype(float)


def _bases(lines: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "unit": lines["ordered"],
            "value": lines["ordered"] * lines["unit_value"],
            "line": 1.0,
            "order": _once(lines),
        }
    ).astype(float)


def _once(lines: pd.DataFrame) -> pd.Series:
    """Mark one line of each order, in the best of its lines' tiers."""
    best = lines["tier"] == lines.groupby("order")["tier"].transform("min")
    return best & ~lines["order"].where(best).duplicated()


def goals_reached(
    book: Book, promises: list[Served], totals: Mapping[str, float], shares: pd.DataFrame
) -> Iterator[tuple[str, float, float]]:
    """Yield goal, value and base of each part of a goal, in order of importance.

    ``shares`` is what :func:`models.rules.fairness.shared` makes of the customers.
    """
    account = kept(book)
    for family in book.scenario.settings.goals:
        if family == GoalName.VALUE:
            worth = totals["delivered_value"]
            net = worth - totals["cost"]
            yield "value", net, worth if worth > 0 else abs(net)
        elif family == GoalName.COMMITMENTS:
            beyond = account.beyond(book.scenario.settings.stability)
            yield "commitments", account.broken + beyond, account.frozen + account.counted
        elif family == GoalName.FAIRNESS:
            yield from fairness_reached(book.scenario.settings, shares)
        elif family == GoalName.STABILITY and account.counted:
            yield "stability", account.changed, account.counted
        else:
            yield from _promised(family, promises)


def _promised(family: GoalName, promises: list[Served]) -> Iterator[tuple[str, float, float]]:
    """Yield each promise's part in a family of goals, by the tier of its lines."""
    for own in promises:
        tier, floor, target = own.tier, own.segment.floor, own.segment.target
        if family == GoalName.FLOORS and floor is not None:
            yield f"floor:{tier}", own.shortfall(floor), own.base
        elif family == GoalName.TARGETS and target is not None:
            yield f"target:{tier}", own.shortfall(target.level), own.base
        elif family == GoalName.FILL:
            units = own.ordered["unit"]
            yield f"fill:{tier}", units - own.achieved[Measure.UNIT_FILL], units
