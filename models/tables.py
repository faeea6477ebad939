"""The tables of a scenario: every column with its kind, default, unit and meaning.

The one place where a table or a column is added. Reading, checking, writing and the documentation
follow from it. ``LATER`` names what the format reserves and this version does not plan with yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd


class Kind(StrEnum):
    """What a column holds, and the dtype of its frame column."""

    ID = "id"  # text, exactly as written
    TEXT = "text"
    DATE = "date"
    UNITS = "units"  # whole numbers, unless the item is divisible
    NUMBER = "number"
    SHARE = "share"  # 0 to 1
    COUNT = "count"  # whole number, stored as an integer
    FLAG = "flag"  # true / false
    WINDOW = "window"  # 07:00-16:00
    WEEKDAYS = "weekdays"  # mon tue wed
    COUNTRY = "country"  # holiday calendar of a country, ISO 3166 code

    @property
    def dtype(self) -> str:
        """The pandas dtype of a column of this kind; blanks are ``""``, NaN or NaT."""
        return DTYPES.get(self, "str")


DTYPES = {
    Kind.DATE: "datetime64[s]",
    Kind.UNITS: "float64",
    Kind.NUMBER: "float64",
    Kind.SHARE: "float64",
    Kind.COUNT: "int64",
    Kind.FLAG: "bool",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what it holds, what a blank means, what values are allowed."""

    kind: Kind
    doc: str
    required: bool = False
    default: object = None
    unit: str = ""
    least: float = 0.0
    most: float = 1e9
    choices: tuple[str, ...] = ()
    refers: str = ""
    """Table (or ``segments``/``services`` of the header) that must know the value."""

    @property
    def blank(self) -> object:
        """The stored value of a blank cell."""
        if self.default is not None:
            return self.default
        return {"str": "", "datetime64[s]": pd.NaT, "float64": float("nan")}.get(self.kind.dtype)


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its columns and the columns that identify a row."""

    doc: str
    columns: Mapping[str, Column]
    key: tuple[str, ...] = ()
    required: bool = False

    def empty(self) -> pd.DataFrame:
        """Make a frame without rows that keeps the contract of columns and dtypes."""
        return pd.DataFrame({n: pd.Series(dtype=c.kind.dtype) for n, c in self.columns.items()})


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
                choices=("commit", "develop"),
            ),
            "stage_since": Column(Kind.DATE, "first day of the stage"),
            "value": Column(Kind.NUMBER, "yearly worth", default=0.0, unit="currency"),
            "receives": Column(Kind.WINDOW, "hours of receipt, as 07:00-16:00"),
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
            "service": _id("pins one service", "services", required=False),
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
            "quantity": Column(Kind.UNITS, "ordered", required=True, unit="unit", least=1e-6),
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
                Kind.COUNT, "calendar days on the way", required=True, unit="day", most=3660
            ),
            "cost_per_unit": Column(Kind.NUMBER, "freight", default=0.0, unit="currency/unit"),
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
            "on_hand": Column(Kind.UNITS, "available", required=True, unit="unit"),
        },
        key=("site", "item"),
        required=True,
    ),
    "receipts": Table(
        "Inbound supply; what arrives on a day can be shipped that day.",
        {
            "site": _id("where", "sites"),
            "item": _id("what"),
            "date": Column(Kind.DATE, "day of arrival", required=True),
            "quantity": Column(Kind.UNITS, "arriving", required=True, unit="unit"),
            "kind": Column(Kind.TEXT, "purchase, production, transfer, return", default="purchase"),
        },
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
            "divisible": Column(Kind.FLAG, "may ship in fractions", default=False),
        },
        key=("item",),
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
            "holidays": Column(Kind.COUNTRY, "country whose public holidays are closed"),
            "closed": Column(Kind.DATE, "one closed day; repeat rows for more"),
        },
    ),
}

LATER_TABLES = (
    "segment_views",
    "quotas",
    "substitutes",
    "transfers",
    "commitments",
    "overrides",
    "forecast",
    "ledger",
    "signals",
)
"""Tables that the format reserves and this version refuses by name."""

LATER_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "orders": ("max_shipments",),
    "lanes": ("cost_per_shipment",),
    "receipts": ("confidence",),
    "items": ("pack",),
    "sites": ("pick_accuracy",),
}
"""Columns that the format reserves and this version refuses by name."""

LATER_KEYS: Mapping[str, tuple[str, ...]] = {
    "": ("stages", "give_up", "stability", "expect", "segment_rules", "stage_rules"),
    "segments": (
        "backorder",
        "min_confidence",
        "fairness",
        "quota_share",
        "penalty",
        "review_period",
    ),
}
"""Header keys that the format reserves and this version refuses by name, by their parent."""

LATER_VALUES: Mapping[str, tuple[str, ...]] = {
    "policy": ("bop", "quota"),
    "customers.stage": ("crisis", "recovery"),
}
"""Values that the format reserves and this version refuses by name."""
