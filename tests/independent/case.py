"""A tiny scenario read a second time: lines, possible shipments, commitments, in plain loops.

Levels, money and costs are taken as the decimals that were written, so that every number is exact.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property

from models.scenario import Scenario
from models.settings import Segment
from tests.independent.rows import Row, Rows, day_of, exact, total
from tests.independent.stages import Party, party_of, stage_today


@dataclass(frozen=True)
class Line:
    """An order line with all that its order, customer and overrides say about it."""

    order: str
    name: str
    item: str
    region: str
    customer: str
    segment: str
    stage: str
    party: Party
    quantity: Fraction
    enough: Fraction
    """A line that gets so much is full: half a step of a divisible item is not missed."""
    unit_value: Fraction
    least: Fraction
    """Smallest quantity that may be delivered at all."""
    all_or_nothing: bool
    ship_complete: bool
    most: Fraction
    """What overrides leave of the quantity; frozen commitments may be more."""
    requested: date
    any_service: bool
    locked: bool
    expected: bool = False
    """Whether it was not ordered yet: a row of the forecast."""

    @property
    def tier(self) -> int:
        """Tier in whose goals it counts."""
        return self.party.tier


@dataclass(frozen=True)
class Way:
    """An item that may be shipped for a line."""

    item: str
    ratio: Fraction
    penalty: Fraction


@dataclass(frozen=True)
class Option:
    """A possible shipment: of units that are free to choose, or of those that are frozen."""

    line: int
    item: str
    site: str
    service: str
    ship: date
    arrival: date
    on_time: bool
    each: Fraction
    """Ordered units that one unit shipped delivers."""
    margin: Fraction
    """Value kept less cost of one unit shipped."""
    step: Fraction
    """Ships in multiples of this; 0 = in any amount."""
    most: Fraction
    committed: Fraction
    """Units that must be shipped if stock allows; 0 = a free shipment."""

    @property
    def frozen(self) -> bool:
        """Whether these are the frozen units of the shipment."""
        return self.committed > 0

    @property
    def key(self) -> tuple[int, str, str, str, date]:
        """What frozen and free units of one shipment share."""
        return self.line, self.item, self.site, self.service, self.ship


@dataclass(frozen=True)
class Parcel:
    """All options of one order from one site by one service on one day."""

    order: str
    options: tuple[int, ...]
    cost: Fraction


class Case:
    """The scenario as plain lists: lines, options (frozen ones first), parcels, profiles."""

    def __init__(self, scenario: Scenario) -> None:
        self.header = scenario.settings
        self.rows = Rows(scenario.tables, scenario.settings.horizon)
        self.start, self.days = self.rows.start, self.rows.days
        self.lines = [self._line(row) for row in self.rows["lines"]]
        self.lines += [self._expected(row, n) for n, row in enumerate(self.rows["forecast"])]
        self.numbers = {(line.order, line.name): k for k, line in enumerate(self.lines)}
        frozen = [self._frozen(row) for row in self.rows["commitments"] if self._keeps(row)]
        self.fixed = [
            total(o.committed * o.each for o in frozen if o.line == k)
            for k in range(len(self.lines))
        ]
        """Ordered units of each line that commitments freeze."""
        free = [o for k in range(len(self.lines)) for o in self._free(k)]
        self.options = frozen + free

    def _line(self, row: Row) -> Line:
        order = self.rows.one("orders", order=row["order"])
        customer = self.rows.one("customers", customer=order["customer"])
        quantity = exact(row["quantity"])
        said = {
            action: self._overrides(row, action)
            for action in ("lock", "hold", "expedite", "tier", "quantity")
        }
        caps = [exact(o["value"]) for o in said["quantity"]] + [Fraction(0)] * len(said["hold"])
        tiers = sorted(said["tier"], key=lambda o: o["line"] == "")
        tier = int(tiers[0]["value"]) if tiers else None
        return Line(
            order=row["order"],
            name=row["line"],
            item=row["item"],
            region=customer["region"],
            customer=order["customer"],
            segment=customer["segment"],
            stage=stage_today(self.header, self.rows, customer),
            party=party_of(self.header, self.rows, customer, tier),
            quantity=quantity,
            enough=quantity - self.rows.item(row["item"]).half,
            unit_value=exact(row["unit_value"]),
            least=exact(row["min_fill"]) * quantity,
            all_or_nothing=row["complete"] or order["ship_complete"],
            ship_complete=order["ship_complete"],
            most=min([quantity, *caps]),
            requested=order["requested"].date(),
            any_service=bool(said["expedite"]),
            locked=bool(said["lock"]),
        )

    def _expected(self, row: Row, number: int) -> Line:
        """Make the line of demand that nobody ordered yet; it has no order and no customer."""
        segment, worth = row["segment"], row["unit_value"]
        alike = [other for other in self.rows["lines"] if other["item"] == row["item"]]
        if worth != worth:  # blank
            units = total(exact(other["quantity"]) for other in alike)
            money = total(exact(o["quantity"]) * exact(o["unit_value"]) for o in alike)
            worth = money / units if units else 1
        return Line(
            order=f"expected {number}",
            name="",
            item=row["item"],
            region=row["region"],
            customer="",
            segment=segment,
            stage="commit",
            party=Party(segment, self.header.segments[segment].tier, "", ""),
            quantity=exact(row["quantity"]),
            enough=exact(row["quantity"]),
            unit_value=worth if isinstance(worth, Fraction) else exact(worth),
            least=Fraction(0),
            all_or_nothing=False,
            ship_complete=False,
            most=exact(row["quantity"]),
            requested=row["requested"].date(),
            any_service=False,
            locked=False,
            expected=True,
        )

    def _overrides(self, line: Row, action: str) -> list[Row]:
        rows = self.rows.all("overrides", order=line["order"], action=action)
        return [row for row in rows if row["line"] in ("", line["line"])]

    def _free(self, k: int) -> Iterator[Option]:
        line = self.lines[k]
        segment = self.header.segments[line.segment]
        for way in self._ways(line):
            for lane in self.rows.all("lanes", region=line.region):
                if lane["site"] not in self.rows.open_sites:
                    continue
                if not self._admitted(line, segment, lane["service"]):
                    continue
                share, cost = segment.max_cost_share, self._cost(lane, way)
                if share is not None and cost * way.ratio > exact(share) * line.unit_value:
                    continue
                for ship in self.days:
                    arrival = self._arrival(line, lane, ship)
                    if (
                        arrival
                        and self.rows.is_open("site", lane["site"], ship)
                        and self._accepted(line, segment, arrival)
                    ):
                        yield self._option(k, way, lane, ship, arrival)

    @cached_property
    def windows(self) -> list[tuple[date, date]]:
        """First and last date on which each line can arrive, whatever is in stock."""
        return [self._window(line) for line in self.lines]

    def _window(self, line: Line) -> tuple[date, date]:
        segment, first = self.header.segments[line.segment], date.min
        if not line.expected:
            first = day_of(self.rows.one("orders", order=line.order)["earliest"], date.min)
        reached = [
            arrival
            for lane in self.rows.all("lanes", region=line.region)
            if lane["site"] in self.rows.open_sites
            and self._admitted(line, segment, lane["service"])
            for ship in self.days
            if self.rows.is_open("site", lane["site"], ship)
            and (arrival := self._arrival(line, lane, ship))
            and arrival >= first
        ]
        return (min(reached), max(reached)) if reached else (self.days[0], self.days[-1])

    def _ways(self, line: Line) -> Iterator[Way]:
        yield self._way(line, line.item)
        if line.expected:
            return
        for row in self.rows.all("substitutes", item=line.item):
            if not row["segments"] or line.segment in row["segments"].split():
                yield self._way(line, row["substitute"])

    def _way(self, line: Line, item: str) -> Way:
        if item in ("", line.item):
            return Way(line.item, Fraction(1), Fraction(0))
        row = self.rows.one("substitutes", item=line.item, substitute=item)
        return Way(item, exact(row["ratio"]), exact(row["penalty_per_unit"]))

    def _cost(self, lane: Row, way: Way) -> Fraction:
        surcharge = exact(self.header.services[lane["service"]].surcharge_per_unit)
        return exact(lane["cost_per_unit"]) + surcharge + way.penalty

    def _entitled(self, line: Line, segment: Segment, service: str) -> bool:
        lent = next(s.lends_services for n, s in self.header.stages.items() if n == line.stage)
        return service in (*segment.services, *lent)

    def _cheapest(self, line: Line) -> Fraction:
        """Cost of a unit by the cheapest lane to a region, whatever is at its site."""
        way, segment = self._way(line, ""), self.header.segments[line.segment]
        return min(
            self._cost(lane, way)
            for lane in self.rows.all("lanes", region=line.region)
            if lane["site"] in self.rows.open_sites
            and self._entitled(line, segment, lane["service"])
        )

    def _admitted(self, line: Line, segment: Segment, service: str) -> bool:
        entitled = self._entitled(line, segment, service)
        if line.expected:
            return entitled
        pinned = self.rows.one("orders", order=line.order)["service"]
        entitled = entitled and pinned in ("", service)
        if not entitled and not line.any_service:
            return False
        window = self.header.services[service].window
        receives = self.rows.one("customers", customer=line.customer)["receives"]
        if not window or not receives:
            return True
        (opens, closes), (first, last) = window.split("-"), receives.split("-")
        return bool(opens < last and first < closes)

    def _option(self, k: int, way: Way, lane: Row, ship: date, arrival: date) -> Option:
        line = self.lines[k]
        late = max(0, (arrival - line.requested).days)
        losing = max(0, (arrival - max(line.requested, self.windows[k][0])).days)
        kept = exact(self.header.segments[line.segment].value_kept_per_day_late) ** losing
        cost = self._cheapest(line) if line.expected else self._cost(lane, way)
        return Option(
            line=k,
            item=way.item,
            site=lane["site"],
            service=lane["service"],
            ship=ship,
            arrival=arrival,
            on_time=late == 0,
            each=1 / way.ratio,
            margin=line.unit_value * kept / way.ratio - cost,
            step=Fraction(0) if line.expected else self.rows.item(way.item).step,
            most=line.quantity * way.ratio,
            committed=Fraction(0),
        )

    def _arrival(self, line: Line, lane: Row, ship: date) -> date | None:
        """Roll the arrival on until service, customer and region are open; None if never."""
        receivers = {
            "service": lane["service"],
            "customer": line.customer,
            "region": line.region,
        }
        first: date | None = ship + timedelta(days=lane["transit_days"])
        if lane["transit"] == "working":
            first = self.rows.after_running(lane["service"], ship, lane["transit_days"])
        return first and self.rows.first_open(receivers, first)

    def _accepted(self, line: Line, segment: Segment, arrival: date) -> bool:
        if not line.expected:
            order = self.rows.one("orders", order=line.order)
            first, last = day_of(order["earliest"], date.min), day_of(order["cancel"], date.max)
            if not first <= arrival <= last:
                return False
        late = (arrival - line.requested).days
        return segment.max_days_late is None or late <= segment.max_days_late

    def _keeps(self, commitment: Row) -> bool:
        line = self.lines[self.numbers[commitment["order"], commitment["line"]]]
        return commitment["frozen"] or line.locked

    def _frozen(self, row: Row) -> Option:
        """Make the option of a frozen row, which need not fill packs.

        Nothing can be kept at a site that is not open.
        """
        k = self.numbers[row["order"], row["line"]]
        line, committed = self.lines[k], exact(row["quantity"])
        scope = {"site": row["site"], "region": line.region, "service": row["service"]}
        lane, ship = self.rows.one("lanes", **scope), row["ship_date"].date()
        arrival = self._arrival(line, lane, ship)
        assert arrival, "a frozen commitment arrives"
        free = self._option(k, self._way(line, row["item"]), lane, ship, arrival)
        most = committed if row["site"] in self.rows.open_sites else Fraction(0)
        any_amount = row["order"].startswith(" ")  # forecast
        step = Fraction(0) if any_amount else self.rows.item(free.item).unit
        return replace(free, step=step, most=most, committed=committed)

    @cached_property
    def profiles(self) -> dict[int, dict[date, Fraction]]:
        """What commitments promise, in ordered units by arrival, of each line that may change."""
        found: dict[int, dict[date, Fraction]] = {}
        for row in self.rows["commitments"]:
            if not self._keeps(row):
                found.setdefault(self.numbers[row["order"], row["line"]], {})
        for row in self.rows["commitments"]:
            k = self.numbers[row["order"], row["line"]]
            if k in found:
                arrival, way = self._promised(row), self._way(self.lines[k], row["item"])
                units = exact(row["quantity"]) / way.ratio
                found[k][arrival] = found[k].get(arrival, Fraction(0)) + units
        return found

    def _promised(self, row: Row) -> date:
        """Find the arrival that a commitment stands for, whether or not it can be kept."""
        line = self.lines[self.numbers[row["order"], row["line"]]]
        scope = {"site": row["site"], "region": line.region, "service": row["service"]}
        lane = next(self.rows.all("lanes", **scope), None)
        ship = row["ship_date"].date()
        if lane is None:
            return ship
        plain = ship + timedelta(days=lane["transit_days"])
        if ship < self.start:
            return plain
        return self._arrival(line, lane, ship) or plain

    @cached_property
    def parcels(self) -> list[Parcel]:
        """What counts against ``max_shipments`` and costs once."""
        found: dict[tuple[str, str, str, date], list[int]] = {}
        for j, o in enumerate(self.options):
            order = self.lines[o.line].order
            if self.lines[o.line].expected:
                continue
            found.setdefault((order, o.site, o.service, o.ship), []).append(j)
        return [
            Parcel(order, tuple(options), self._parcel_cost(options[0]))
            for (order, *_), options in found.items()
        ]

    def _parcel_cost(self, j: int) -> Fraction:
        option = self.options[j]
        region = self.lines[option.line].region
        scope = {"site": option.site, "region": region, "service": option.service}
        return exact(self.rows.one("lanes", **scope)["cost_per_shipment"])

    @cached_property
    def parcel_limits(self) -> dict[str, int]:
        """How many parcels of an order may carry anything that is not frozen."""
        return {
            row["order"]: int(row["max_shipments"])
            for row in self.rows["orders"]
            if row["max_shipments"] == row["max_shipments"]  # not blank
        }
