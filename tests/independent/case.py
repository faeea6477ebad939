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
from tests.independent.lots import lots_at
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
    must: date | None = None
    """Day by which a planner wants it complete."""
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
    """Units that must be shipped if stock allows; 0 = none, not on this day."""
    promise: int = -1
    """Number of the commitment that it keeps, or moves; -1 = a free shipment."""
    delay: int = 0
    """Days by which it moves a commitment."""
    sure: bool = False
    """Whether its units have to be certain although they are frozen."""

    @property
    def frozen(self) -> bool:
        """Whether these are frozen units, shipped on their day or moved."""
        return self.promise >= 0

    @property
    def kept(self) -> bool:
        """Whether these are frozen units on their day."""
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
        kept = [row for row in self.rows["commitments"] if self._keeps(row)]
        frozen = [self._frozen(f, row) for f, row in enumerate(kept)]
        self.promised = [(o, self._promised(row)) for o, row in zip(frozen, kept, strict=True)]
        """Frozen units as they were committed, and when they were to arrive."""
        doubted = [f for f, row in enumerate(kept) if self._in_doubt(row, kept)]
        self.in_doubt = bool(doubted)
        """Whether commitments may have to be moved."""
        self.fixed = [
            total(o.committed * o.each for o in frozen if o.line == k)
            for k in range(len(self.lines))
        ]
        """Ordered units of each line that commitments freeze."""
        free = [o for k in range(len(self.lines)) for o in self._free(k)]
        moved = [o for f in doubted for o in self._moved(f, kept[f])]
        self.options = frozen + moved + free

    def _line(self, row: Row) -> Line:
        order = self.rows.one("orders", order=row["order"])
        customer = self.rows.one("customers", customer=order["customer"])
        quantity = exact(row["quantity"])
        said = {
            action: self._overrides(row, action)
            for action in ("lock", "hold", "expedite", "tier", "quantity", "must")
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
            must=self._must(said["must"], order["requested"].date()),
        )

    def _must(self, said: list[Row], requested: date) -> date | None:
        """Return the day by which a line must be complete: its own before that of its order."""
        own = sorted(said, key=lambda o: o["line"] == "")
        return day_of(own[0]["until"], requested) if own else None

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
        if not self.due[k]:
            return
        for way in self._ways(line):
            for lane in self.rows.all("lanes", region=line.region):
                if lane["site"] not in self.rows.open_sites:
                    continue
                if not self._usable(line, segment, lane, way):
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

    @cached_property
    def due(self) -> list[bool]:
        """Whether each line is requested in its window, or ships with one that is."""
        late = [
            line.requested > last for line, (_, last) in zip(self.lines, self.windows, strict=True)
        ]
        return [
            not late[k]
            or (
                line.ship_complete
                and not all(
                    late[n] for n, other in enumerate(self.lines) if other.order == line.order
                )
            )
            for k, line in enumerate(self.lines)
        ]

    def counts(self, k: int) -> bool:
        """Tell whether a line was ordered and is due."""
        return self.due[k] and not self.lines[k].expected

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

    def _usable(self, line: Line, segment: Segment, lane: Row, way: Way) -> bool:
        """Tell whether a line may use a lane for an item, at its cost."""
        share, cost = segment.max_cost_share, self._cost(lane, way)
        dear = share is not None and cost * way.ratio > exact(share) * line.unit_value
        return self._admitted(line, segment, lane["service"]) and not dear

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
        services = self.header.services
        known = lane["service"] in services
        surcharge = exact(services[lane["service"]].surcharge_per_unit) if known else Fraction(0)
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
        if segment.max_days_early is not None and -late > segment.max_days_early:
            return False
        return segment.max_days_late is None or late <= segment.max_days_late

    def _keeps(self, commitment: Row) -> bool:
        line = self.lines[self.numbers[commitment["order"], commitment["line"]]]
        return commitment["frozen"] or line.locked

    def _frozen(self, f: int, row: Row) -> Option:
        """Make the option of a frozen row, which need not fill packs.

        Nothing can be kept at a site that is not open, by no lane, or on a day that is past.
        """
        k = self.numbers[row["order"], row["line"]]
        line, committed, ship = self.lines[k], exact(row["quantity"]), row["ship_date"].date()
        lane = self._lane(row)
        leaves = lane is not None and ship >= self.start
        way = self._way(line, row["item"])
        plain = {"site": row["site"], "service": row["service"], "cost_per_unit": 0}
        lane = lane if leaves else plain
        free = self._option(k, way, lane or plain, ship, self._promised(row))
        most = committed if leaves and row["site"] in self.rows.open_sites else Fraction(0)
        return replace(free, step=self._unit(row), most=most, committed=committed, promise=f)

    def _unit(self, row: Row) -> Fraction:
        """Return the step of frozen units."""
        item = row["item"] or self.lines[self.numbers[row["order"], row["line"]]].item
        any_amount = row["order"].startswith(" ")  # forecast
        return Fraction(0) if any_amount else self.rows.item(item).unit

    def _lane(self, row: Row) -> Row | None:
        region = self.lines[self.numbers[row["order"], row["line"]]].region
        scope = {"site": row["site"], "region": region, "service": row["service"]}
        return next(self.rows.all("lanes", **scope), None)

    def _in_doubt(self, row: Row, kept: list[Row]) -> bool:
        """Tell whether a frozen row has no way, or stock runs out by its day or a later one."""
        if self._lane(row) is None or row["ship_date"].date() < self.start:
            return True
        k = self.numbers[row["order"], row["line"]]
        place = row["site"], row["item"] or self.lines[k].item
        later = [day for day in self.days if day >= row["ship_date"].date()]
        return any(self._there(*place, day) < self._taken(*place, day, kept) for day in later)

    def _there(self, site: str, item: str, day: date) -> Fraction:
        if site not in self.rows.open_sites:
            return Fraction(0)
        until = (day - self.start).days
        return total(lot.quantity for lot in lots_at(self, site, item) if lot.day <= until)

    def _taken(self, site: str, item: str, day: date, kept: list[Row]) -> Fraction:
        return total(
            exact(row["quantity"])
            for row in kept
            if row["site"] == site
            and (row["item"] or self.lines[self.numbers[row["order"], row["line"]]].item) == item
            and self.start <= row["ship_date"].date() <= day
            and self._lane(row) is not None
        )

    def _moved(self, f: int, row: Row) -> Iterator[Option]:
        """Yield the ways to ship a frozen row on another day, or another way."""
        k = self.numbers[row["order"], row["line"]]
        line, way = self.lines[k], self._way(self.lines[k], row["item"])
        segment, due = self.header.segments[line.segment], self._promised(row)
        for lane in self.rows.all("lanes", region=line.region):
            own = (lane["site"], lane["service"]) == (row["site"], row["service"])
            if lane["site"] not in self.rows.open_sites:
                continue
            if not own and not self._usable(line, segment, lane, way):
                continue
            for ship in self.days:
                arrival = self._arrival(line, lane, ship)
                when = row["ship_date"].date()
                if (
                    arrival
                    and (ship > when or arrival >= due)
                    and not (own and ship == when)
                    and self.rows.is_open("site", lane["site"], ship)
                    and self._accepted(line, segment, arrival)
                ):
                    option = self._option(k, way, lane, ship, arrival)
                    delay, most = max(0, (arrival - due).days), exact(row["quantity"])
                    yield replace(option, step=self._unit(row), most=most, promise=f, delay=delay)

    def lost_days(self, f: int) -> int:
        """Return the delay of a unit of a commitment that never comes."""
        option, due = self.promised[f]
        return self.days_of_never(self.lines[option.line], due)

    def days_of_never(self, line: Line, due: date) -> int:
        """Return the delay of a unit that was due to a line on a day and never comes."""
        last = self.days[-1]
        lanes = self.rows.all("lanes", region=line.region)
        arrivals = [
            self._arrival(line, lane, last) or last + timedelta(days=lane["transit_days"])
            for lane in lanes
        ]
        return max(0, (max(arrivals, default=last) - due).days) + 1

    @cached_property
    def profiles(self) -> dict[int, dict[date, Fraction]]:
        """What commitments promise, in ordered units by arrival, of each line that may change."""
        found: dict[int, dict[date, Fraction]] = {}
        for row in self.rows["commitments"]:
            k = self.numbers[row["order"], row["line"]]
            if not self._keeps(row) and self.due[k]:
                found.setdefault(k, {})
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
        lane = next(self.rows.all("lanes", **scope), None)
        return exact(lane["cost_per_shipment"]) if lane else Fraction(0)

    @cached_property
    def parcel_limits(self) -> dict[str, int]:
        """How many parcels of an order may carry anything that is not frozen."""
        return {
            row["order"]: int(row["max_shipments"])
            for row in self.rows["orders"]
            if row["max_shipments"] == row["max_shipments"]  # not blank
        }
