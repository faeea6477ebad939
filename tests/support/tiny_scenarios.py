"""Tiny scenarios by the hundred: every feature of the format, scarce more often than not.

>>> tiny(7)
Scenario 'tiny-7': 4 lines of 2 orders, 2 customers in 3 segments, 3 days from 2026-11-23
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any, TypeVar

import numpy as np

from models.scenario import Scenario
from tests.support.scenarios_as_text import make_scenario

START = date(2026, 11, 23)
"""A Monday, a holiday in Japan; the Thursday of the same week is one in the United States."""

BASES = ("unit", "value", "line", "order")
SEGMENTS = ("gold", "silver", "bronze")
GOALS = (
    ["commitments", "floors", "targets", "value", "fairness", "stability"],
    ["commitments", "floors", "targets", "fill", "value", "fairness", "stability"],
    ["commitments", "floors", "fill", "targets", "value"],
    ["commitments", "targets", "floors", "value", "fill"],
    ["commitments", "value", "targets"],
)
GOALS_ODDS = (0.4, 0.4, 0.08, 0.06, 0.06)

CAPACITIES = (0.0, 1.0, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.5, 9.0)

Row = Sequence[object]
T = TypeVar("T")


class Dice:
    """Random choices in the words of the generator."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)

    def chance(self, share: float) -> bool:
        """Tell whether something happens that does in this share of the cases."""
        return bool(self._rng.random() < share)

    def between(self, least: int, most: int) -> int:
        """Draw a whole number, both ends included."""
        return int(self._rng.integers(least, most + 1))

    def one_of(self, choices: Sequence[T], odds: Sequence[float] | None = None) -> T:
        """Draw one of the choices."""
        return choices[int(self._rng.choice(len(choices), p=odds))]

    def some_of(self, choices: Sequence[T]) -> list[T]:
        """Draw at least one of the choices, in random order."""
        order = self._rng.permutation(len(choices))
        return [choices[int(k)] for k in order[: self.between(1, len(choices))]]

    def cents(self, most: float) -> str:
        """Draw money, or a share, with two decimals."""
        return f"{self.between(0, round(most * 100)) / 100:.2f}"

    def day(self, first: int, last: int) -> date:
        """Draw a date by its distance from the start."""
        return START + timedelta(days=self.between(first, last))


@cache
def tiny_scenario(seed: int) -> Scenario:
    """Make one scenario: at most 4 orders, 6 lines, 2 sites, 2 services, 2 regions, 4 days.

    Parameters
    ----------
    seed
        The same seed gives the same scenario.

    Returns
    -------
    Scenario
        Valid, with relative gap 0. Levels, values and costs have at most two decimals; one in
        eight has divisible items, and halves among their quantities.
    """
    header, tables = draw(Dice(seed), f"tiny-{seed}")
    return make_scenario(header, **tables)


def draw(dice: Dice, name: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Draw the header of a scenario and its tables as CSV text."""
    services = ["standard", "express"][: dice.between(1, 2)]
    regions = ["north", "south"][: dice.between(1, 2)]
    sites = ["plant", "depot"][: dice.between(1, 2)]
    items = ["pump", "valve", "hose"][: dice.one_of([1, 1, 1, 2, 2, 3])]
    segments = _segments(dice, services)
    header = {
        "name": name,
        "horizon": {"start": START.isoformat(), "days": dice.between(2, 4)},
        "segments": segments,
        "services": {name: _service(dice) for name in services},
        "goals": dice.one_of(GOALS, GOALS_ODDS),
        "receipts_overdue": "on_hand",
    }
    divisible = dice.some_of(items) if dice.chance(0.125) else []
    customers = _customers(dice, list(segments), regions)
    orders = _orders(dice, customers, segments)
    lines = _lines(dice, [str(order[0]) for order in orders], items, divisible)
    tables = {
        "customers": _csv("customer,segment,region,receives", customers),
        "orders": _csv(
            "order,customer,requested,ordered,earliest,cancel,ship_complete,service", orders
        ),
        "lines": _csv("order,line,item,quantity,unit_value,min_fill,complete", lines),
        "sites": _csv(
            "site,open", ((s, _flag(k == 0 or dice.chance(0.9))) for k, s in enumerate(sites))
        ),
        "lanes": _lanes(dice, sites, regions, services),
        "items": _items(dice, items, divisible),
        **_supply(dice, sites, lines, divisible),
        **_capacities(dice, sites, regions, services),
        "calendars": _calendars(dice, sites, services, customers, regions),
    }
    return header, tables


def _segments(dice: Dice, services: Sequence[str]) -> dict[str, dict[str, Any]]:
    names = SEGMENTS[: dice.one_of([1, 2, 2, 3, 3])]
    tiers = [dice.between(1, len(names)) for _ in names]
    bases = {tier: dice.one_of(BASES) for tier in tiers}
    return {
        name: _segment(dice, services, tier, bases[tier])
        for name, tier in zip(names, tiers, strict=True)
    }


def _segment(dice: Dice, services: Sequence[str], tier: int, base: str) -> dict[str, Any]:
    segment: dict[str, Any] = {"tier": tier, "services": _entitled(dice, services)}
    if dice.chance(0.8):
        measure = f"{base}_{dice.one_of(['fill', 'otif'])}"
        segment["target"] = {"measure": measure, "level": _level(dice)}
    if dice.chance(0.4) and (base == "unit" or "target" in segment):
        segment["floor"] = _level(dice)
    if dice.chance(0.3):
        segment["max_days_late"] = dice.between(0, 2)
    if dice.chance(0.6):
        segment["value_kept_per_day_late"] = dice.one_of([1, 0.9, 0.83, 0.5, 0])
    if dice.chance(0.25):
        segment["max_cost_share"] = dice.between(10, 100) / 100
    return segment


def _entitled(dice: Dice, services: Sequence[str]) -> list[str]:
    return list(services) if dice.chance(0.5) else dice.some_of(services)


def _level(dice: Dice) -> float:
    return dice.one_of([1.0, 0.95, 0.67, 0.5, dice.between(0, 100) / 100])


def _service(dice: Dice) -> dict[str, Any]:
    service: dict[str, Any] = {}
    if dice.chance(0.4):
        service["surcharge_per_unit"] = float(dice.cents(3))
    if dice.chance(0.3):
        service["window"] = dice.one_of(["07:00-12:00", "10:30-18:00"])
    return service


def _customers(dice: Dice, segments: Sequence[str], regions: Sequence[str]) -> list[Row]:
    hours = ["", "", "", "", "", "07:00-10:30", "12:00-24:00", "09:00-13:00"]
    return [
        (f"c{k}", segments[k % len(segments)], dice.one_of(regions), dice.one_of(hours))
        for k in range(dice.one_of([1, 2, 3, 3, 3]))
    ]


def _orders(dice: Dice, customers: Sequence[Row], segments: dict[str, Any]) -> list[Row]:
    orders: list[Row] = []
    for k in range(dice.one_of([1, 2, 3, 4, 4, 4])):
        customer, segment = customers[k % len(customers)][:2]
        requested = dice.day(-1, 2)
        earliest = requested - timedelta(days=dice.between(0, 2)) if dice.chance(0.25) else ""
        cancel = requested + timedelta(days=dice.between(0, 2)) if dice.chance(0.3) else ""
        ordered = dice.day(-5, 0) if dice.chance(0.5) else ""
        entitled = segments[str(segment)]["services"]
        pinned = dice.one_of(entitled) if dice.chance(0.15) else ""
        ship_complete = _flag(dice.chance(0.2))
        orders.append(
            (f"o{k}", customer, requested, ordered, earliest, cancel, ship_complete, pinned)
        )
    return orders


def _lines(
    dice: Dice, orders: Sequence[str], items: Sequence[str], divisible: Sequence[str]
) -> list[Row]:
    lines: list[Row] = []
    for k, order in enumerate(orders):
        least = 0 if k and dice.chance(0.05) else 1
        most = min(3, 6 - len(lines) - (len(orders) - 1 - k))
        for number in range(dice.between(least, most)):
            item = dice.one_of(items)
            half = 0.5 if item in divisible and dice.chance(0.5) else 0
            lines.append(
                (
                    order,
                    number + 1,
                    item,
                    dice.one_of([1, 2, 3, 4, 5, 6, 6]) - half,
                    dice.cents(25),
                    dice.cents(1) if dice.chance(0.2) else "",
                    _flag(dice.chance(0.15)),
                )
            )
    return lines


def _lanes(
    dice: Dice, sites: Sequence[str], regions: Sequence[str], services: Sequence[str]
) -> str:
    every = [(s, r, v) for s in sites for r in regions for v in services]
    kept = [lane for k, lane in enumerate(every) if k == 0 or dice.chance(0.9)]
    return _csv(
        "site,region,service,transit_days,cost_per_unit,kg_co2_per_unit",
        ((*lane, dice.between(0, 2), dice.cents(5), dice.cents(2)) for lane in kept),
    )


def _items(dice: Dice, items: Sequence[str], divisible: Sequence[str]) -> str:
    return _csv(
        "item,pick_effort,divisible",
        (
            (item, dice.one_of(["", 0.5, 1.5, 2, 0]), _flag(item in divisible))
            for item in items
            if item in divisible or dice.chance(0.6)
        ),
    )


def _supply(
    dice: Dice, sites: Sequence[str], lines: Sequence[Row], divisible: Sequence[str]
) -> dict[str, str]:
    """Spread about 90 % of the demand over on hand and receipts, more or less."""
    stock: list[Row] = []
    receipts: list[Row] = []
    for item in sorted({str(line[2]) for line in lines}):
        demand = sum(float(str(line[3])) for line in lines if line[2] == item)
        for site in sites:
            most = round(1.8 * demand / len(sites))
            half = 0.5 if item in divisible and dice.chance(0.5) else 0
            if dice.chance(0.8):
                stock.append((site, item, dice.between(0, most) + half))
            while dice.chance(0.35):
                receipts.append((site, item, dice.day(-1, 4), dice.between(0, max(1, most // 2))))
    return {
        "stock": _csv("site,item,on_hand", stock),
        "receipts": _csv("site,item,date,quantity", receipts),
    }


def _capacities(
    dice: Dice, sites: Sequence[str], regions: Sequence[str], services: Sequence[str]
) -> dict[str, str]:
    site_rows = [(site, *limit) for site in sites for limit in _limits(dice, 0.4)]
    lane_rows = [
        (site, region, service, *limit)
        for site in sites
        for region in [*regions, ""]
        for service in services
        for limit in _limits(dice, 0.12)
    ]
    return {
        "site_capacity": _csv("site,date,units", site_rows),
        "lane_capacity": _csv("site,region,service,date,units", lane_rows),
    }


def _limits(dice: Dice, share: float) -> list[tuple[object, float]]:
    """Draw a limit for every day, and limits for single days."""
    days = [START + timedelta(days=day) for day in range(4)]
    limits: list[tuple[object, float]] = []
    if dice.chance(share):
        limits.append(("", dice.one_of(CAPACITIES)))
    limits += [(day, dice.one_of(CAPACITIES)) for day in days if dice.chance(share / 4)]
    return limits


def _calendars(
    dice: Dice,
    sites: Sequence[str],
    services: Sequence[str],
    customers: Sequence[Row],
    regions: Sequence[str],
) -> str:
    kinds = {
        "site": sites,
        "service": services,
        "customer": [str(customer[0]) for customer in customers],
        "region": regions,
    }
    rows: list[Row] = []
    while dice.chance(0.3):
        of = dice.one_of(list(kinds))
        weekdays = " ".join(
            day for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun") if dice.chance(0.75)
        )
        holidays = dice.one_of(["", "", "JP", "US-CA"])
        closed = dice.day(0, 5) if dice.chance(0.5) else ""
        rows.append((of, dice.one_of(kinds[of]), weekdays, holidays, closed))
    return _csv("of,id,weekdays,holidays,closed", rows)


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _csv(columns: str, rows: Iterable[Row]) -> str:
    return "\n".join([columns, *(",".join(str(cell) for cell in row) for row in rows)])
