"""The tables of a scenario: every column with its kind, default, unit and meaning.

The one place where a table or a column is added. Reading, checking, writing and the documentation
follow from it.
"""

from __future__ import annotations

from collections.abc import Mapping

from models.columns import Column, Kind, Table
from models.tolerances import FINEST_STEP, UNIT

LARGEST_SIGNAL = 1e9
"""Largest magnitude of the value of a signal."""


def _id(doc: str, refers: str = "", *, required: bool = True) -> Column:
    return Column(Kind.ID, doc, required=required, refers=refers)


TABLES: Mapping[str, Table] = {
    "customers": Table(
        "Who orders, and the segment whose promise applies.",
        {
            "customer": _id("customer id"),
            "segment": _id("segment of the header", "segments"),
            "region": _id("ship-to area; lanes serve regions"),
            "stage": Column(
                Kind.TEXT,
                "stage of the relationship",
                default="commit",
                choices=("commit", "develop", "crisis", "recovery"),
            ),
            "stage_since": Column(
                Kind.DATE, "first day of the stage; blank = the start of the horizon"
            ),
            "value": Column(Kind.NUMBER, "yearly worth", default=0.0, unit="currency"),
            "receives": Column(Kind.WINDOW, "hours of receipt, as 07:00-16:00"),
            "language": Column(Kind.TEXT, "language of notices, as de", default="en"),
        },
        key=("customer",),
        required=True,
    ),
    "orders": Table(
        "Customer orders.",
        {
            "order": _id("order id"),
            "customer": _id("who ordered", "customers"),
            "requested": Column(Kind.DATE, "delivery date asked for", required=True),
            "ordered": Column(Kind.DATE, "day of the order; default the start of the horizon"),
            "earliest": Column(Kind.DATE, "first arrival date accepted"),
            "cancel": Column(Kind.DATE, "date after which delivery is refused"),
            "ship_complete": Column(
                Kind.FLAG,
                "all lines in full or nothing, not necessarily on one day",
                default=False,
            ),
            "max_shipments": Column(
                Kind.LIMIT, "parcels at most; a parcel is one site, service and ship day", least=1
            ),
            "service": _id("pins one service", "services", required=False),
            "reference": Column(Kind.TEXT, "the customer's own name of it"),
        },
        key=("order",),
        required=True,
    ),
    "lines": Table(
        "Order lines: one item each.",
        {
            "order": _id("its order", "orders"),
            "line": _id("line id within the order"),
            "item": _id("item ordered"),
            "quantity": Column(
                Kind.UNITS,
                "ordered",
                required=True,
                unit="unit",
                least=UNIT,
                if_too_small="leave the row out, or list it under receipts as a return",
            ),
            "unit_value": Column(Kind.NUMBER, "worth", default=1.0, unit="currency/unit"),
            "min_fill": Column(
                Kind.SHARE, "share below which nothing of the line is shipped", default=0.0, most=1
            ),
            "complete": Column(Kind.FLAG, "the whole line or nothing", default=False),
        },
        key=("order", "line"),
        required=True,
    ),
    "sites": Table(
        "Places that hold stock and ship; without this table every site of the lanes is open.",
        {
            "site": _id("site id"),
            "open": Column(Kind.FLAG, "ships at all", default=True),
            "fixed_cost_per_day": Column(
                Kind.NUMBER, "cost of being open", default=0.0, unit="currency/day"
            ),
            "pick_accuracy": Column(
                Kind.SHARE, "share of picked order lines without an error", default=1.0, most=1
            ),
            "latitude": Column(Kind.NUMBER, "for maps", unit="degree", least=-90, most=90),
            "longitude": Column(Kind.NUMBER, "for maps", unit="degree", least=-180, most=180),
        },
        key=("site",),
    ),
    "lanes": Table(
        "Which site serves which region by which service, how fast and at what cost.",
        {
            "site": _id("from", "sites"),
            "region": _id("to"),
            "service": _id("service of the header", "services"),
            "transit_days": Column(
                Kind.COUNT, "days on the way", required=True, unit="day", most=3660
            ),
            "transit": Column(
                Kind.TEXT,
                "`calendar` counts every day, `working` the days on which the service runs",
                default="calendar",
                choices=("calendar", "working"),
            ),
            "cost_per_unit": Column(Kind.NUMBER, "freight", default=0.0, unit="currency/unit"),
            "cost_per_shipment": Column(
                Kind.NUMBER, "cost of each parcel", default=0.0, unit="currency/parcel"
            ),
            "kg_co2_per_unit": Column(Kind.NUMBER, "emissions", default=0.0, unit="kg/unit"),
        },
        key=("site", "region", "service"),
        required=True,
    ),
    "stock": Table(
        "Stock on hand at the start.",
        {
            "site": _id("where", "sites"),
            "item": _id("what"),
            "on_hand": Column(
                Kind.UNITS,
                "available; below 0 = owed",
                required=True,
                unit="unit",
                least=-1e9,
            ),
        },
        key=("site", "item"),
        required=True,
        adds_up="on_hand",
    ),
    "receipts": Table(
        "Inbound supply; what arrives on a day can be shipped that day.",
        {
            "site": _id("where", "sites"),
            "item": _id("what"),
            "date": Column(Kind.DATE, "day of arrival", required=True),
            "quantity": Column(Kind.UNITS, "arriving", required=True, unit="unit"),
            "kind": Column(Kind.TEXT, "purchase, production, transfer, return", default="purchase"),
            "confidence": Column(
                Kind.SHARE, "how certain it is; segments may ask for more", default=1.0, most=1
            ),
        },
        adds_up="quantity",
    ),
    "site_capacity": Table(
        "Units that a site can pick and ship in a day, weighted by pick effort.",
        {
            "site": _id("where", "sites"),
            "date": Column(Kind.DATE, "the day; blank = every day without a row of its own"),
            "units": Column(Kind.NUMBER, "limit", required=True, unit="unit/day"),
        },
        key=("site", "date"),
    ),
    "lane_capacity": Table(
        "Units that a service can carry from a site in a day.",
        {
            "site": _id("from", "sites"),
            "region": _id("to; blank = a limit over all regions together", required=False),
            "service": _id("service of the header", "services"),
            "date": Column(Kind.DATE, "the day; blank = every day without a row of its own"),
            "units": Column(Kind.NUMBER, "limit", required=True, unit="unit/day"),
        },
        key=("site", "region", "service", "date"),
    ),
    "items": Table(
        "Properties of items; items without a row have the defaults.",
        {
            "item": _id("item id"),
            "pick_effort": Column(Kind.NUMBER, "capacity used by a unit", default=1.0),
            "pack": Column(
                Kind.NUMBER, "ships in multiples of it", default=1.0, unit="unit", least=UNIT
            ),
            "divisible": Column(Kind.FLAG, "may ship in fractions", default=False),
            "step": Column(
                Kind.NUMBER,
                "of a divisible item: it is ordered, moved and shipped in multiples of it",
                default=0.001,
                unit="unit",
                least=FINEST_STEP,
            ),
            "text": Column(Kind.TEXT, "what people call it"),
        },
        key=("item",),
    ),
    "substitutes": Table(
        "Items that may be shipped instead of the one ordered.",
        {
            "item": _id("item ordered"),
            "substitute": _id("item shipped instead"),
            "ratio": Column(
                Kind.NUMBER,
                "units of the substitute that count as one unit of the item",
                default=1.0,
                least=UNIT,
            ),
            "penalty_per_unit": Column(
                Kind.NUMBER,
                "cost of a unit of the substitute, on top of freight",
                default=0.0,
                unit="currency/unit",
            ),
            "segments": Column(
                Kind.TEXT, "only for these, ids separated by blanks; blank = all segments"
            ),
        },
        key=("item", "substitute"),
    ),
    "transfers": Table(
        "Ways to move stock between sites within the horizon.",
        {
            "from_site": _id("from", "sites"),
            "to_site": _id("to", "sites"),
            "item": _id("what; blank = all items without a row of their own", required=False),
            "transit_days": Column(
                Kind.COUNT, "calendar days on the way", required=True, unit="day", most=3660
            ),
            "cost_per_unit": Column(Kind.NUMBER, "freight", default=0.0, unit="currency/unit"),
            "units_per_day": Column(Kind.NUMBER, "limit; blank = none", unit="unit/day"),
        },
        key=("from_site", "to_site", "item"),
    ),
    "quotas": Table(
        "Limits of what a group may get, and supply that is kept for it.",
        {
            "segment": _id("whose customers; blank = all", "segments", required=False),
            "customer": _id("who; blank = all", "customers", required=False),
            "region": _id("where to; blank = all", required=False),
            "item": _id("item shipped; blank = all, of `protected` each", required=False),
            "site": _id("from where; blank = all together", "sites", required=False),
            "from": Column(Kind.DATE, "first ship date; blank = the start"),
            "to": Column(Kind.DATE, "last ship date; blank = the end"),
            "at_most": Column(Kind.NUMBER, "units that may go to the group", unit="unit"),
            "protected": Column(
                Kind.NUMBER, "units of the supply that nobody else may take", unit="unit"
            ),
        },
    ),
    "commitments": Table(
        "What has been promised already: shipments of an earlier plan.",
        {
            "order": _id("its order", "orders"),
            "line": _id("its line"),
            "item": _id("item shipped; blank = the one ordered", required=False),
            "site": _id("from", "sites"),
            "service": _id("service of the header", "services"),
            "ship_date": Column(Kind.DATE, "ship date", required=True),
            "quantity": Column(
                Kind.NUMBER,
                "committed",
                required=True,
                unit="unit",
                least=UNIT,
                if_too_small="leave the row out",
            ),
            "frozen": Column(
                Kind.FLAG, "must be kept; false = yesterday's plan, which may change", default=True
            ),
        },
        key=("order", "line", "item", "site", "service", "ship_date"),
    ),
    "overrides": Table(
        "What a planner decides by hand.",
        {
            "order": _id("which order", "orders"),
            "line": _id("which line; blank = all of the order", required=False),
            "action": Column(
                Kind.TEXT,
                "`lock` keeps its commitments, `hold` ships nothing, `expedite` allows every "
                "service, `tier` moves it, `quantity` caps it, `must` has it complete by a day",
                required=True,
                choices=("lock", "hold", "expedite", "tier", "quantity", "must"),
            ),
            "value": Column(Kind.NUMBER, "the new tier, or the most units"),
            "until": Column(Kind.DATE, "day of `must`; blank = as requested"),
            "by": Column(Kind.TEXT, "who decided it"),
            "note": Column(Kind.TEXT, "why"),
        },
        key=("order", "line", "action"),
    ),
    "ledger": Table(
        "Service in the review period before today, of segments or of single customers.",
        {
            "segment": _id("whose; blank where a customer is named", "segments", required=False),
            "customer": _id("who; blank for a segment as a whole", "customers", required=False),
            "ordered": Column(
                Kind.NUMBER,
                "ordered so far in the period, in what the target's measure counts",
                required=True,
            ),
            "served": Column(Kind.NUMBER, "of that, served as the measure asks", required=True),
        },
        key=("segment", "customer"),
    ),
    "forecast": Table(
        "Demand expected and not ordered yet, for which stock is held back.",
        {
            "segment": _id("whose demand", "segments"),
            "region": _id("ship-to area"),
            "item": _id("item wanted"),
            "requested": Column(Kind.DATE, "delivery date that is expected", required=True),
            "quantity": Column(
                Kind.NUMBER,
                "expected; not whole, as it is a mean",
                required=True,
                unit="unit",
                least=1e-3,
                if_too_small="leave the row out",
            ),
            "unit_value": Column(
                Kind.NUMBER,
                "worth; blank = the mean of the item's order lines, 1 without any",
                unit="currency/unit",
            ),
        },
        key=("segment", "region", "item", "requested"),
    ),
    "signals": Table(
        "What happened between a customer and us; `stage_rules` say what follows from it.",
        {
            "customer": _id("who", "customers"),
            "date": Column(Kind.DATE, "when; later than the start counts only then", required=True),
            "kind": _id("what, as late_delivery, complaint, nps or usage"),
            "value": Column(
                Kind.NUMBER, "how much, as the days late or the score", least=-LARGEST_SIGNAL
            ),
        },
    ),
    "segment_views": Table(
        "How functions of the company see customers; `allocore segments` compares them.",
        {
            "customer": _id("who", "customers"),
            "function": Column(
                Kind.TEXT, "whose view, as sales, care or supply_chain", required=True
            ),
            "segment": _id("the segment in its eyes", "segments"),
            "value": Column(Kind.NUMBER, "yearly worth in its eyes; blank = no other"),
        },
        key=("customer", "function"),
    ),
    "calendars": Table(
        "Days on which sites ship, services run, customers and regions receive.",
        {
            "of": Column(
                Kind.TEXT,
                "whose calendar",
                required=True,
                choices=("site", "service", "customer", "region"),
            ),
            "id": _id("its id"),
            "weekdays": Column(Kind.WEEKDAYS, "open weekdays, as mon tue wed; blank = all"),
            "holidays": Column(
                Kind.COUNTRY, "country, as DE, or part of it, as DE-BY, whose holidays are closed"
            ),
            "closed": Column(Kind.DATE, "one closed day; repeat rows for more"),
        },
    ),
}
