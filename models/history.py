"""Order history: what forecasts are made of and simulated days are drawn from."""

from __future__ import annotations

from models.columns import Column, Kind, Table
from models.tables import TABLES
from models.tolerances import UNIT

_ORDERS, _LINES = TABLES["orders"].columns, TABLES["lines"].columns

HISTORY = Table(
    "Order lines of the past, one row each, whatever became of them.",
    {
        "ordered": Column(Kind.DATE, "day of the order", required=True),
        "requested": Column(Kind.DATE, "delivery date asked for", required=True),
        "segment": Column(Kind.ID, "segment of the customer", required=True),
        "region": Column(Kind.ID, "ship-to area", required=True),
        "item": Column(Kind.ID, "item ordered", required=True),
        "quantity": Column(
            Kind.UNITS,
            "ordered",
            required=True,
            unit="unit",
            least=UNIT,
            if_too_small="leave the row out",
        ),
        "unit_value": Column(Kind.NUMBER, "worth", default=1.0, unit="currency/unit"),
        "order": Column(Kind.ID, "order id; blank = an order of its own"),
        "customer": Column(Kind.ID, "who ordered; blank = one customer by segment and region"),
        "earliest": _ORDERS["earliest"],
        "cancel": _ORDERS["cancel"],
        "ship_complete": _ORDERS["ship_complete"],
        "max_shipments": _ORDERS["max_shipments"],
        "service": _ORDERS["service"],
        "min_fill": _LINES["min_fill"],
        "complete": _LINES["complete"],
    },
)
"""Orders, lines and customers in one table; only the first six columns are needed."""
