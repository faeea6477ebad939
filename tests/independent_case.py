"""A tiny scenario read a second time: options, limits, promises and counting, in plain loops.

Written from the contract alone: it shares the scenario with the product and nothing else. Levels,
money and costs are taken as the decimals that were written, so that every number is exact. Nothing
here is meant for more than a few lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cache, cached_property
from math import ceil
from typing import Any

import holidays
import pandas as pd

from models.scenario import Scenario
from models.settings import Segment

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_CLOSURE = 400
"""Days after which a place that is still closed counts as closed for ever."""

Expression = Mapping[int, Fraction]
"""Coefficients by option."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """An order line with all that its order, customer and item say about it."""

    order: str
    item: str
    region: str
    customer: str
    segment: str
    quantity: Fraction
    unit_value: Fraction
    least: Fraction
    """Smallest quantity that may be delivered at all."""
    ship_complete: bool
    requested: date
    divisible: bool
    effort: Fraction


@dataclass(frozen=True)
class Option:
    """A possible shipment."""

    line: int
    site: str
    service: str
    ship: date
    on_time: bool
    margin: Fraction
    """Value kept less cost of one unit."""


@dataclass(frozen=True)
class Promise:
    """A target or floor of a segment: what is needed of its measure."""

    goal: str
    segment: str
    measure: str
    need: Fraction


class Case:
    """The scenario as plain lists: lines, options, limits, promises."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.header = scenario.settings
        self.rows = {name: list(_records(frame)) for name, frame in scenario.tables.items()}
        self.start = self.header.horizon.start
        self.days = [self.start + timedelta(days=k) for k in range(self.header.horizon.days)]
        self.lines = [self._line(row) for row in self.rows["lines"]]
        self.options = [o for k in range(len(self.lines)) for o in self._options(k)]

    def _line(self, row: Row) -> Line:
        order = self._row("orders", "order", row["order"])
        customer = self._row("customers", "customer", order["customer"])
        items = [item for item in self.rows["items"] if item["item"] == row["item"]]
        item: Row = items[0] if items else {"pick_effort": 1, "divisible": False}
        quantity = exact(row["quantity"])
        least = quantity if row["complete"] else exact(row["min_fill"]) * quantity
        return Line(
            order=row["order"],
            item=row["item"],
            region=customer["region"],
            customer=order["customer"],
            segment=customer["segment"],
            quantity=quantity,
            unit_value=exact(row["unit_value"]),
            least=least if item["divisible"] else Fraction(ceil(least)),
            ship_complete=order["ship_complete"],
            requested=order["requested"].date(),
            divisible=item["divisible"],
            effort=exact(item["pick_effort"]),
        )

    def _row(self, table: str, column: str, value: str) -> Row:
        return next(row for row in self.rows[table] if row[column] == value)

    def _options(self, k: int) -> Iterator[Option]:
        line = self.lines[k]
        segment = self.header.segments[line.segment]
        for lane in self.rows["lanes"]:
            if lane["region"] != line.region or not self._entitled(line, segment, lane["service"]):
                continue
            if not self._row("sites", "site", lane["site"])["open"]:
                continue
            surcharge = exact(self.header.services[lane["service"]].surcharge_per_unit)
            cost = exact(lane["cost_per_unit"]) + surcharge
            share = segment.max_cost_share
            if share is not None and cost > exact(share) * line.unit_value:
                continue
            for ship in self.days:
                arrival = self._arrival(line, lane, ship)
                if arrival is None or not self._accepted(line, segment, arrival):
                    continue
                late = max(0, (arrival - line.requested).days)
                kept = exact(segment.value_kept_per_day_late) ** late
                margin = line.unit_value * kept - cost
                yield Option(k, lane["site"], lane["service"], ship, late == 0, margin)

    def _entitled(self, line: Line, segment: Segment, service: str) -> bool:
        pinned = self._row("orders", "order", line.order)["service"]
        if service not in segment.services or pinned not in ("", service):
            return False
        window = self.header.services[service].window
        receives = self._row("customers", "customer", line.customer)["receives"]
        if not window or not receives:
            return True
        (opens, closes), (first, last) = window.split("-"), receives.split("-")
        return bool(opens < last and first < closes)

    def _arrival(self, line: Line, lane: Row, ship: date) -> date | None:
        """Roll the arrival on until service, customer and region are open; None if never."""
        if not self._open("site", lane["site"], ship):
            return None
        first = ship + timedelta(days=lane["transit_days"])
        receivers = {
            "service": lane["service"],
            "customer": line.customer,
            "region": line.region,
        }
        for wait in range(LONGEST_CLOSURE):
            day = first + timedelta(days=wait)
            if all(self._open(of, name, day) for of, name in receivers.items()):
                return day
        return None

    def _open(self, of: str, name: str, day: date) -> bool:
        for row in self.rows["calendars"]:
            if row["of"] != of or row["id"] != name:
                continue
            if row["weekdays"] and WEEKDAYS[day.weekday()] not in row["weekdays"].split():
                return False
            if row["holidays"] and day in public_holidays(row["holidays"], day.year):
                return False
            if is_date(row["closed"]) and row["closed"].date() == day:
                return False
        return True

    def _accepted(self, line: Line, segment: Segment, arrival: date) -> bool:
        order = self._row("orders", "order", line.order)
        if is_date(order["earliest"]) and arrival < order["earliest"].date():
            return False
        if is_date(order["cancel"]) and arrival > order["cancel"].date():
            return False
        late = (arrival - line.requested).days
        return segment.max_days_late is None or late <= segment.max_days_late

    @cached_property
    def limits(self) -> list[tuple[Expression, Fraction]]:
        """Stock by day, site capacity and lane capacity, as ``expression <= limit``."""
        return [*self._stock(), *self._site_capacity(), *self._lane_capacity()]

    def _stock(self) -> Iterator[tuple[Expression, Fraction]]:
        items = {line.item for line in self.lines}
        for site, item in sorted({(o.site, i) for o in self.options for i in items}):
            for day in self.days:
                here = [r for r in self.rows["stock"] if (r["site"], r["item"]) == (site, item)]
                due = [
                    r
                    for r in self.rows["receipts"]
                    if (r["site"], r["item"]) == (site, item) and r["date"].date() <= day
                ]
                supply = [exact(r["on_hand"]) for r in here] + [exact(r["quantity"]) for r in due]
                taken = {
                    j: Fraction(1)
                    for j, o in enumerate(self.options)
                    if o.site == site and self.lines[o.line].item == item and o.ship <= day
                }
                yield taken, sum(supply, Fraction(0))

    def _site_capacity(self) -> Iterator[tuple[Expression, Fraction]]:
        for row, day in self._in_force("site_capacity", "site"):
            effort = {
                j: self.lines[o.line].effort
                for j, o in enumerate(self.options)
                if (o.site, o.ship) == (row["site"], day)
            }
            yield effort, exact(row["units"])

    def _lane_capacity(self) -> Iterator[tuple[Expression, Fraction]]:
        for row, day in self._in_force("lane_capacity", "site", "region", "service"):
            carried = {
                j: Fraction(1)
                for j, o in enumerate(self.options)
                if (o.site, o.service, o.ship) == (row["site"], row["service"], day)
                and row["region"] in ("", self.lines[o.line].region)
            }
            yield carried, exact(row["units"])

    def _in_force(self, table: str, *scope: str) -> Iterator[tuple[Row, date]]:
        """Each capacity row with each day on which it holds."""
        dated = {
            (*(row[c] for c in scope), row["date"].date())
            for row in self.rows[table]
            if is_date(row["date"])
        }
        for row in self.rows[table]:
            for day in self.days:
                replaced = (*(row[c] for c in scope), day) in dated
                if (row["date"].date() == day) if is_date(row["date"]) else not replaced:
                    yield row, day

    @cached_property
    def promises(self) -> list[Promise]:
        """What each segment is promised, by goal."""
        found = []
        for name, segment in self.header.segments.items():
            measure = segment.target.measure.value if segment.target else "unit_otif"
            total = self.total(name, measure)
            if segment.floor is not None:
                need = exact(segment.floor) * total
                found.append(Promise(f"floor:{segment.tier}", name, measure, need))
            if segment.target is not None:
                need = exact(segment.target.level) * total
                found.append(Promise(f"target:{segment.tier}", name, measure, need))
        return found

    def total(self, segment: str, measure: str) -> Fraction:
        """Add up what was ordered, in the measure's base."""
        lines = [line for line in self.lines if line.segment == segment]
        base = measure.split("_")[0]
        if base == "unit":
            return sum((line.quantity for line in lines), Fraction(0))
        if base == "value":
            return sum((line.quantity * line.unit_value for line in lines), Fraction(0))
        return Fraction(len(lines) if base == "line" else len({line.order for line in lines}))

    @cached_property
    def goals(self) -> list[str]:
        """Names in order of importance."""
        tiers = sorted({segment.tier for segment in self.header.segments.values()})
        promised = {promise.goal for promise in self.promises}
        found = []
        for family in self.header.goals:
            if family in ("commitments", "value"):
                found.append(family.value)
            elif family in ("floors", "targets", "fill"):
                names = [f"{family.value.rstrip('s')}:{tier}" for tier in tiers]
                found += [name for name in names if family == "fill" or name in promised]
        return found

    def counted(self, shipped: Sequence[Fraction]) -> dict[str, Fraction]:
        """Count the goal vector of given quantities by the definitions of the measures."""
        every, on_time = self._delivered(shipped)
        values = dict.fromkeys(self.goals, Fraction(0))
        for promise in self.promises:
            got = on_time if promise.measure.endswith("otif") else every
            if promise.goal in values:
                achieved = self._achieved(promise, got)
                values[promise.goal] += max(Fraction(0), promise.need - achieved)
        for line, delivered in zip(self.lines, every, strict=True):
            goal = f"fill:{self.header.segments[line.segment].tier}"
            if goal in values:
                values[goal] += line.quantity - delivered
        if "value" in values:
            gains = (x * o.margin for x, o in zip(shipped, self.options, strict=True))
            values["value"] = sum(gains, Fraction(0))
        return values

    def _delivered(self, shipped: Sequence[Fraction]) -> tuple[list[Fraction], list[Fraction]]:
        every, on_time = ([Fraction(0)] * len(self.lines) for _ in range(2))
        for x, option in zip(shipped, self.options, strict=True):
            every[option.line] += x
            on_time[option.line] += x * option.on_time
        return every, on_time

    def _achieved(self, promise: Promise, got: Sequence[Fraction]) -> Fraction:
        mine = [k for k, line in enumerate(self.lines) if line.segment == promise.segment]
        base = promise.measure.split("_")[0]
        if base == "unit":
            return sum((got[k] for k in mine), Fraction(0))
        if base == "value":
            return sum((got[k] * self.lines[k].unit_value for k in mine), Fraction(0))
        short = [k for k in mine if abs(got[k] - self.lines[k].quantity) > Fraction(1, 10**6)]
        if base == "line":
            return Fraction(len(mine) - len(short))
        orders, missed = ({self.lines[k].order for k in some} for some in (mine, short))
        return Fraction(len(orders - missed))


@cache
def public_holidays(country: str, year: int) -> frozenset[date]:
    """Days on which a country is closed."""
    return frozenset(holidays.country_holidays(country, years=year))


def exact(number: float) -> Fraction:
    """Read a number as the decimals that were written."""
    return Fraction(str(number))


def is_date(value: pd.Timestamp) -> bool:
    """Tell a date from a blank."""
    return not pd.isna(value)


def _records(frame: pd.DataFrame) -> Iterator[Row]:
    columns = [str(column) for column in frame.columns]
    for values in frame.itertuples(index=False, name=None):
        yield dict(zip(columns, values, strict=True))
