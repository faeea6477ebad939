"""The file of candidate designs (``designs.yaml``): overlays of a scenario, and what may be chosen.

Attribute docstrings say what each key means.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from models.columns import Column, Kind, Table
from models.fields import Header, Identifier, Money, Name, OneLine, Share

OVERLAID = ("sites", "lanes", "stock", "receipts", "site_capacity", "lane_capacity", "transfers")
"""Tables of which a design may change or add rows."""
MOVES = Table(
    "Stock put elsewhere: what one site gets, another gives.",
    {
        "from": Column(Kind.ID, "site that gives", required=True, refers="sites"),
        "to": Column(Kind.ID, "site that gets", required=True, refers="sites"),
        "item": Column(Kind.ID, "what; blank = all items there without a row of their own"),
        "units": Column(Kind.UNITS, "how much, of one item; or `share`", unit="unit"),
        "share": Column(
            Kind.SHARE, "of what is there, rounded down to whole units or steps of the item", most=1
        ),
    },
    key=("from", "to", "item"),
)
"""Rows of ``move_stock``."""
Rows = tuple[dict[str, str | None], ...]
"""Rows of a table as they are written."""


class Without(Header):
    """Rows that a design does not have, each named by its key."""

    lanes: Rows = ()
    """``site``, ``region``, ``service``."""
    transfers: Rows = ()
    """``from_site``, ``to_site``, ``item``."""


class Candidate(Header):
    """One design: what is different from the scenario."""

    title: OneLine = ""
    """In a few words."""
    fixed_cost_per_day: Money = 0.0
    """What it costs a day beside its open sites [currency/day]."""
    header: dict[str, Any] = Field(default_factory=dict)
    """Keys of ``scenario.yaml`` with other values: services added, entitlements, targets."""
    sites: Rows = ()
    """Sites opened (``open: true``), closed or added."""
    lanes: Rows = ()
    """Lanes added or changed."""
    stock: Rows = ()
    """Other stock: ``on_hand`` instead of today's. What is more than today is said."""
    move_stock: Rows = ()
    """Stock positioned elsewhere: the columns of :data:`MOVES`; after ``stock``."""
    receipts: Rows = ()
    """Further receipts."""
    site_capacity: Rows = ()
    """Other capacities of sites."""
    lane_capacity: Rows = ()
    """Other capacities of lanes."""
    transfers: Rows = ()
    """Ways added or changed."""
    without: Without = Without()
    """Rows left out."""


class StockChoice(Header):
    """How stock may be put elsewhere."""

    may_move: Money | None = None
    """Units that may be put where they are not today, all together; blank = no limit."""
    may_buy: Money = 0.0
    """Units of each item that may be bought beyond today's stock."""
    move_cost_per_unit: Money = 0.0
    """Of each unit that a site has more than today [currency/unit]."""
    buy_cost_per_unit: Money = 0.0
    """Of each unit bought [currency/unit]."""
    hold_cost_per_unit: Money = 0.0
    """Of each unit in stock, used or not [currency/unit]."""


class Choices(Header):
    """What the design model may decide, and the levels of the frontier."""

    sites: tuple[Identifier, ...] = ()
    """Sites that may be open or closed; others stay as they are."""
    lanes: Rows = ()
    """Lanes that may be run: the columns of ``lanes``, and ``fixed_cost_per_day``."""
    stock: StockChoice | None = None
    """How stock may be put elsewhere; blank = it stays where it is."""
    segment: Identifier | None = None
    """Whose promise is varied; blank = every target, scaled."""
    levels: Annotated[tuple[Share, ...], Field(min_length=1)] = (0.7, 0.8, 0.85, 0.9, 0.95, 0.98)
    """Promised shares; without a segment, shares of every target."""


class DesignFile(Header):
    """The whole file."""

    format: Annotated[Literal[1], BeforeValidator(lambda v: 1 if v == "1" else v)]
    """Version of the file format."""
    designs: dict[Name, Candidate] = Field(default_factory=dict)
    """Candidates by name; the first is what others are held against."""
    choose: Choices | None = None
    """What the design model may decide; blank = no frontier."""
