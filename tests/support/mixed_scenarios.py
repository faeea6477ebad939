"""Tiny scenarios with substitutes, packs, parcels, commitments, quotas, transfers and the like.

>>> mixed(7)
Scenario 'mixed-7': 3 lines of 2 orders, 3 customers in 3 segments, 4 days from 2026-11-23
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from functools import cache, cached_property
from io import StringIO
from typing import Any

from models.scenario import Scenario
from models.settings import Horizon
from models.tables import TABLES
from tests.independent.rows import Rows, exact
from tests.support.scenarios_as_text import make_scenario, make_table
from tests.support.tiny_scenarios import START, Dice, draw

FIRST_SEED = 20_000
"""Keeps the dice apart from those of :func:`tiny.tiny`."""
FAIR_SEED = 50_000
"""Keeps those of fairness apart from all others, which so stay as they fell before."""

GOALS = (
    ["commitments", "floors", "targets", "value", "fairness", "stability"],
    ["commitments", "floors", "targets", "fill", "value", "fairness", "stability"],
    ["commitments", "stability", "floors", "targets", "fill", "value"],
    ["commitments", "value", "stability"],
)
GOALS_ODDS = (0.4, 0.3, 0.2, 0.1)

SPARE = "spare"
"""An item that nobody orders."""

SHIPMENT = ("order", "line", "item", "site", "service", "ship_date")
"""Key of a commitment."""

COMMITTED: tuple[list[str], ...] = ([], ["true"], ["false"], ["false"], ["false", ""], ["", ""])
"""What is frozen of a line's commitments."""

ACTIONS = ("lock", "hold", "expedite", "expedite", "tier", "tier", "quantity")

Cells = dict[str, Any]
"""A row by column; a missing column is blank."""


@dataclass
class Draft:
    """A scenario while features are added to it."""

    header: dict[str, Any]
    tables: dict[str, list[Cells]]

    def column(self, table: str, name: str) -> list[str]:
        """Return the different texts of a column, sorted."""
        return sorted({str(row[name]) for row in self.tables[table]})

    def add(self, table: str, **cells: object) -> None:
        """Add a row."""
        self.tables.setdefault(table, []).append(cells)

    def scenario(self) -> Scenario:
        """Build the scenario."""
        texts = {name: _csv(rows) for name, rows in self.tables.items() if rows}
        return make_scenario(self.header, **texts)

    @cached_property
    def places(self) -> Rows:
        """Lanes, calendars and days as they are when this is first asked."""
        frames = {
            name: make_table(TABLES[name], _csv(self.tables[name]), {})
            for name in ("lanes", "calendars")
            if self.tables[name]
        }
        return Rows(frames, Horizon.model_validate(self.header["horizon"]))


@cache
def mixed_scenario(seed: int) -> Scenario:
    """Make one scenario: at most 4 orders, 6 lines, 2 sites, 4 days, any mix of features.

    Parameters
    ----------
    seed
        The same seed gives the same scenario.

    Returns
    -------
    Scenario
        Valid, with relative gap 0. Levels, values and costs have at most two decimals, ratios are
        0.5, 1 or 2; half of them are small enough to try every plan.
    """
    return mixed_draft(seed).scenario()


def mixed_draft(seed: int) -> Draft:
    """Make one scenario that more can be added to."""
    dice = Dice(FIRST_SEED + seed)
    header, texts = draw(dice, f"mixed-{seed}")
    tables: dict[str, list[Cells]] = {
        name: [dict(row) for row in csv.DictReader(StringIO(text))] for name, text in texts.items()
    }
    draft = Draft(header | {"goals": dice.one_of(GOALS, GOALS_ODDS)}, tables)
    if dice.chance(0.5):
        _shrink(dice, draft)
    if dice.chance(0.7):
        _loosen(draft)
    fair_dice = Dice(FAIR_SEED + seed)
    if fair_dice.chance(0.17):
        _fairness(fair_dice, draft)
    for feature, share in (
        (_packs, 0.35),
        (_substitutes, 0.5),
        (_parcels, 0.45),
        (_confidence, 0.4),
        (_transfers, 0.5),
        (_quotas, 0.5),
        (_commitments, 0.6),
        (_overrides, 0.5),
        (_budgets, 0.4),
    ):
        if dice.chance(share):
            feature(dice, draft)
    return draft


def _shrink(dice: Dice, draft: Draft) -> None:
    """Keep two or three lines and two days."""
    draft.tables["lines"] = draft.tables["lines"][: dice.between(2, 3)]
    kept = draft.column("lines", "order")
    draft.tables["orders"] = [row for row in draft.tables["orders"] if row["order"] in kept]
    draft.header["horizon"]["days"] = 2
    for line in draft.tables["lines"]:
        line["quantity"] = min(float(line["quantity"]), 4)


def _loosen(draft: Draft) -> None:
    """Drop what limits tiny scenarios, so that other things do."""
    for table in ("calendars", "site_capacity", "lane_capacity"):
        draft.tables[table] = []
    for customer in draft.tables["customers"]:
        customer["receives"] = ""
    for order in draft.tables["orders"]:
        order |= {"earliest": "", "cancel": ""}
    for segment in draft.header["segments"].values():
        segment["services"] = list(draft.header["services"])
        segment.pop("max_cost_share", None)


def _fairness(dice: Dice, draft: Draft) -> None:
    """Ask a segment for fairness, give it all customers, and often let it cost some value."""
    segments, customers = draft.header["segments"], draft.tables["customers"]
    if len(customers) == 1:
        draft.add("customers", **(customers[0] | {"customer": "another"}))
    name = dice.one_of(list(segments))
    segments[name]["fairness"] = dice.one_of(["max_min", "max_min", "proportional"])
    segments[name]["services"] = list(draft.header["services"])  # whatever their orders pin
    for customer in customers:
        customer["segment"] = name
    for n, order in enumerate(draft.tables["orders"]):
        order["customer"] = customers[n % len(customers)]["customer"]
    if "fairness" not in draft.header["goals"] or dice.chance(0.3):
        draft.header["goals"] = ["commitments", "floors", "fairness", "value", "stability"]
    if dice.chance(0.7):
        draft.header["give_up"] = {"value": dice.one_of([0.05, 0.2, 0.5, 1])}


def _packs(dice: Dice, draft: Draft) -> None:
    for name in dice.some_of(draft.column("lines", "item")):
        item = _item(draft, name)
        item["pack"] = dice.one_of([0.5, 2] if item.get("divisible") == "true" else [2, 2, 3])


def _item(draft: Draft, name: str) -> Cells:
    """Return the row of an item, which is added if there is none."""
    if not any(row["item"] == name for row in draft.tables["items"]):
        draft.add("items", item=name)
    return next(row for row in draft.tables["items"] if row["item"] == name)


def _substitutes(dice: Dice, draft: Draft) -> None:
    """Let items be replaced by each other, and by one that nobody orders."""
    items = draft.column("lines", "item")
    for site in draft.column("sites", "site"):
        draft.add("stock", site=site, item=SPARE, on_hand=dice.between(0, 5))
    if dice.chance(0.3):
        _item(draft, SPARE)["pack"] = 2
    if dice.chance(0.3):
        _item(draft, SPARE)["pick_effort"] = dice.one_of([0.5, 2])
    for item in dice.some_of(items):
        others = [SPARE, *(other for other in items if other != item)]
        for substitute in dice.some_of(others)[:2]:
            segments = list(draft.header["segments"])
            draft.add(
                "substitutes",
                item=item,
                substitute=substitute,
                ratio=dice.one_of([0.5, 1, 2]),
                penalty_per_unit=dice.one_of(["", dice.cents(4)]),
                segments=" ".join(dice.one_of([[], segments[:1], segments[-1:], segments[:2]])),
            )


def _parcels(dice: Dice, draft: Draft) -> None:
    """Limit the parcels of orders, or let them cost; supply comes in small portions."""
    if dice.chance(0.7):
        for order in draft.tables["orders"]:
            order["max_shipments"] = dice.one_of(["", 1, 1, 1, 2])
        for row in draft.tables["stock"]:
            later = float(row["on_hand"]) // 2
            row["on_hand"] = float(row["on_hand"]) - later
            draft.add(
                "receipts",
                site=dice.one_of(draft.column("sites", "site")),
                item=row["item"],
                date=dice.day(0, 1),
                quantity=later,
            )
    if dice.chance(0.7):
        for lane in draft.tables["lanes"]:
            lane["cost_per_shipment"] = dice.one_of(["", dice.cents(12), dice.cents(30)])


def _confidence(dice: Dice, draft: Draft) -> None:
    for segment in draft.header["segments"].values():
        if dice.chance(0.7):
            segment["min_confidence"] = dice.one_of([0.5, 0.8, 1])
    for receipt in draft.tables["receipts"]:
        if str(receipt["date"]) >= START.isoformat():
            receipt["confidence"] = dice.one_of(["", 0.3, 0.5, 0.8, 0.9])
    for _ in range(dice.between(1, 3)):
        draft.add(
            "receipts",
            site=dice.one_of(draft.column("sites", "site")),
            item=dice.one_of(draft.column("lines", "item")),
            date=dice.day(0, 1),
            quantity=dice.between(1, 3),
            confidence=dice.one_of([0.3, 0.5, 0.6, 0.8]),
        )


def _transfers(dice: Dice, draft: Draft) -> None:
    """Allow moves between the two sites, if there are two; often only one of them delivers."""
    sites = draft.column("sites", "site")
    if len(sites) < 2:
        return
    near = [lane for lane in draft.tables["lanes"] if lane["site"] == "plant"]
    if near and dice.chance(0.6):
        draft.tables["lanes"] = near
    for source, target in dice.some_of([sites, sites[::-1]]):
        items = draft.column("lines", "item")
        for item in dice.one_of([[""], ["", items[0]], [items[-1]]]):
            draft.add(
                "transfers",
                from_site=source,
                to_site=target,
                item=item,
                transit_days=dice.one_of([0, 0, 1, 1, 2]),
                cost_per_unit=dice.one_of(["", dice.cents(5)]),
                units_per_day=dice.one_of(["", 1, 1, 1, 2.5]),
            )


def _quotas(dice: Dice, draft: Draft) -> None:
    for _ in range(dice.between(1, 2)):
        _quota(dice, draft, item=dice.one_of(["", *draft.column("lines", "item")]))
    if dice.chance(0.5):
        item = dice.one_of(draft.column("lines", "item"))
        for _ in range(2):
            _quota(dice, draft, item=item, protected=dice.between(1, 4))


def _quota(dice: Dice, draft: Draft, **given: object) -> None:
    """Add a row; without anything protected it limits, or limits and protects."""
    scope = {
        "segment": list(draft.header["segments"]),
        "customer": draft.column("customers", "customer"),
        "region": draft.column("lanes", "region"),
        "site": draft.column("sites", "site"),
    }
    odds = {"segment": 0.7, "customer": 0.2, "region": 0.1, "site": 0.25}
    row: Cells = {
        column: dice.one_of(names) if dice.chance(odds[column]) else ""
        for column, names in scope.items()
    }
    first, last = sorted([dice.between(0, 3), dice.between(0, 3)])
    row["from"] = START + timedelta(days=first) if dice.chance(0.3) else ""
    row["to"] = START + timedelta(days=last) if dice.chance(0.3) else ""
    if "protected" not in given:
        row["at_most"] = dice.one_of([0, 1, 2, 2, 3, 4, 5, 2.5])
        row["protected"] = dice.one_of(["", "", 1])
    row |= given
    if row["protected"] and not any(row[c] for c in ("segment", "customer", "region")):
        row["segment"] = scope["segment"][0]  # what is protected is protected for somebody
    draft.add("quotas", **row)


def _commitments(dice: Dice, draft: Draft) -> None:
    """Commit some lines: frozen rows that reading accepts, others that need not."""
    for line in draft.tables["lines"]:
        found: dict[tuple[object, ...], Cells] = {}
        for frozen in dice.one_of(COMMITTED):
            row = _commitment(dice, draft, line) | {"frozen": frozen}
            before = [other for other in found.values() if other["frozen"] != "false"]
            if frozen == "false" or _keepable(draft, line, [*before, row]):
                found[tuple(row[column] for column in SHIPMENT)] = row
        draft.tables.setdefault("commitments", []).extend(found.values())


def _commitment(dice: Dice, draft: Draft, line: Cells) -> Cells:
    """Draw a shipment of a line, most often one that is possible."""
    lanes = [
        lane for lane in draft.tables["lanes"] if lane["region"] == _customer(draft, line)["region"]
    ]
    lane = dice.one_of(lanes or draft.tables["lanes"])
    site = dice.one_of(draft.column("sites", "site")) if dice.chance(0.2) else lane["site"]
    substitutes = [
        row["substitute"]
        for row in draft.tables.get("substitutes", [])
        if row["item"] == line["item"]
        and str(row["segments"]) in ("", _customer(draft, line)["segment"])
    ]
    return {
        "order": line["order"],
        "line": line["line"],
        "item": dice.one_of(["", *substitutes]),
        "site": site,
        "service": lane["service"],
        "ship_date": dice.day(-1 if dice.chance(0.15) else 0, draft.header["horizon"]["days"] - 1),
        "quantity": dice.one_of([1, 1, 2, 2, 3, 4]),
    }


def _keepable(draft: Draft, line: Cells, frozen: list[Cells]) -> bool:
    """Tell whether reading lets these rows of a line be frozen."""
    ratios = {
        row["substitute"]: _number(row["ratio"])
        for row in draft.tables.get("substitutes", [])
        if row["item"] == line["item"]
    }
    units = sum(_number(r["quantity"]) / ratios.get(r["item"], 1) for r in frozen)
    return units <= _number(line["quantity"]) and all(_arrives(draft, line, row) for row in frozen)


def _arrives(draft: Draft, line: Cells, commitment: Cells) -> bool:
    """Tell whether a commitment has a lane, a ship date in the horizon, and an arrival."""
    customer, ship = _customer(draft, line), commitment["ship_date"]
    scope = {"site": commitment["site"], "region": customer["region"]}
    places = draft.places
    lane = next(places.all("lanes", **scope, service=commitment["service"]), None)
    if lane is None or ship not in places.days:
        return False
    receivers = {
        "service": str(commitment["service"]),
        "customer": str(customer["customer"]),
        "region": str(customer["region"]),
    }
    return places.first_open(receivers, ship + timedelta(days=lane["transit_days"])) is not None


def _customer(draft: Draft, line: Cells) -> Cells:
    order = next(row for row in draft.tables["orders"] if row["order"] == line["order"])
    customers = draft.tables["customers"]
    return next(row for row in customers if row["customer"] == order["customer"])


def _overrides(dice: Dice, draft: Draft) -> None:
    """Decide about single lines and whole orders; nothing is both locked and held."""
    draft.tables["overrides"] = []
    for line in draft.tables["lines"]:
        if dice.chance(0.5):
            locked = _lockable(draft, line) and dice.chance(0.4)
            action = "lock" if locked else dice.one_of(ACTIONS)
            row = {
                "order": line["order"],
                "line": "" if dice.chance(0.3) else line["line"],
                "action": action,
                "value": {"tier": dice.between(1, 4), "quantity": dice.between(0, 4)}.get(action),
            }
            if action == "expedite":
                _entitle_to_one(draft, _customer(draft, line)["segment"])
            if _sayable(draft, row):
                draft.add("overrides", **{c: "" if v is None else v for c, v in row.items()})


def _entitle_to_one(draft: Draft, segment: str) -> None:
    """Leave a segment one service, and those that its orders pin."""
    orders = draft.tables["orders"]
    pinned = {row["service"] for row in orders if _customer(draft, row)["segment"] == segment}
    services = draft.header["segments"][segment]["services"]
    draft.header["segments"][segment]["services"] = [
        service for service in services if service in {services[-1], *pinned}
    ]


def _sayable(draft: Draft, override: Cells) -> bool:
    """Tell whether reading lets an override stand beside those before it."""
    contrary = {"lock": "hold", "hold": "lock"}.get(override["action"])
    said = [other for other in draft.tables["overrides"] if other["order"] == override["order"]]
    if any((o["line"], o["action"]) == (override["line"], override["action"]) for o in said):
        return False
    for line in draft.tables["lines"]:
        if line["order"] == override["order"] and override["line"] in ("", line["line"]):
            if any(o["action"] == contrary and o["line"] in ("", line["line"]) for o in said):
                return False
            if override["action"] == "lock" and not _lockable(draft, line):
                return False
    return True


def _lockable(draft: Draft, line: Cells) -> bool:
    mine = [
        row
        for row in draft.tables.get("commitments", [])
        if (row["order"], row["line"]) == (line["order"], line["line"])
    ]
    return bool(mine) and _keepable(draft, line, mine)


def _budgets(dice: Dice, draft: Draft) -> None:
    stability = {}
    if dice.chance(0.7):
        stability["max_changed_lines"] = dice.between(0, 2)
    if dice.chance(0.7):
        stability["max_worse_promises"] = dice.between(0, 1)
    draft.header["stability"] = stability


def _number(cell: object) -> Fraction:
    return exact(float(str(cell)))


def _csv(rows: list[Cells]) -> str:
    """Write rows under all columns that any of them has."""
    columns = sorted({column for row in rows for column in row})
    lines = (",".join(str(row.get(column, "")) for column in columns) for row in rows)
    return "\n".join([",".join(columns), *lines])
