"""The relationship with customers: segments by rule, stages, contracts and their ledger."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from models.fields import LARGEST, Count, Header, Identifier, Money, Share, Written


class StageName(StrEnum):
    """Where the relationship with a customer stands."""

    COMMIT = "commit"
    """As the segment says."""
    DEVELOP = "develop"
    """As the segment says; what is planned together is kept for the customer by `quotas`."""
    CRISIS = "crisis"
    """Repeated failures: served before others for a while, within a cap."""
    RECOVERY = "recovery"
    """After a crisis: a floor makes sure that nothing goes wrong again."""


class Delivery(StrEnum):
    """Kinds of signals that a plan makes for tomorrow; all others come from elsewhere."""

    ON_TIME = "on_time_delivery"
    """An order is all on its way and arrives on time."""
    LATE = "late_delivery"
    """An order is all on its way and arrives late; the value says how late [day]."""
    MISSED = "missed_date"
    """An order was to be there and is not all there; the value says what is missing [unit]."""


class StaleCommitments(StrEnum):
    """What becomes of commitments that do not fit the orders and ways of today."""

    ADJUST = "adjust"
    """They shrink with their order, go with it, or move; each kind is counted and named."""
    REFUSE = "refuse"
    """The scenario is refused."""


class PastCommitments(StrEnum):
    """What is said of frozen commitments that were to ship before the start."""

    MOVE = "move"
    """They are overdue, and move to the earliest date that can still be served."""
    SHIPPED = "shipped"
    """They have shipped."""


class Stage(Header):
    """What a stage of the relationship changes for its customers."""

    tier_shift: Annotated[int, Field(ge=-1, le=0), Written] = 0
    """-1 serves them one tier earlier, 0 in their segment's tier."""
    floor: Share | None = None
    """Guaranteed minimum of their orders, in their segment's measure."""
    supply_share_cap: Share | None = None
    """Share of each item's supply that all customers in the stage may take together."""
    expires_after_days: Annotated[int, Field(ge=1, le=3660), Written] | None = None
    """The stage has no effect from so many days after `stage_since` on [day]."""
    lends_services: tuple[Identifier, ...] = ()
    """Services that they may use beside those of their segment."""

    @property
    def is_apart(self) -> bool:
        """Whether promises to its customers are counted apart from those to their segment."""
        return bool(self.floor) or self.tier_shift != 0


STAGES: dict[StageName, dict[str, object]] = {
    StageName.COMMIT: {},
    StageName.DEVELOP: {},
    StageName.CRISIS: {
        "tier_shift": -1,
        "floor": 0.9,
        "supply_share_cap": 0.08,
        "expires_after_days": 30,
    },
    StageName.RECOVERY: {"floor": 0.9, "expires_after_days": 60},
}
"""What each stage means where the scenario does not say otherwise."""
AFTER = dict.fromkeys(STAGES, StageName.COMMIT) | {StageName.RECOVERY: StageName.DEVELOP}
"""The stage that counts when one has expired."""


Signed = Annotated[float, Field(ge=-LARGEST, le=LARGEST, allow_inf_nan=False), Written]
Days = Annotated[int, Field(ge=1, le=3660), Written]


class StageRule(Header):
    """A move of customers to another stage, for what happened to them or for what did not."""

    to: StageName
    """The stage that they move to."""
    stages: tuple[StageName, ...] = ()
    """Only customers at one of these stages; all by default."""
    kinds: tuple[Identifier, ...] = ()
    """Counts signals of these kinds; all by default."""
    value_at_least: Signed | None = None
    """Counts signals with at least this value."""
    value_at_most: Signed | None = None
    """Counts signals with at most this value."""
    count: Annotated[int, Field(ge=1, le=9999), Written] | None = None
    """So many such signals move them (1) ..."""
    within_days: Days | None = None
    """... if they are within so many days, the day of the move included (30) [day]."""
    quiet_days: Days | None = None
    """Instead of `count`: so many days at the stage without any such signal [day]."""

    @model_validator(mode="after")
    def _counts_signals_or_quiet_days(self) -> Self:
        counted = self.count is not None or self.within_days is not None
        if self.quiet_days is not None and counted:
            msg = "give count and within_days, or quiet_days, not both"
            raise ValueError(msg)
        if self.to in self.stages:
            msg = f"nobody can move from {self.to} to {self.to}"
            raise ValueError(msg)
        return self

    @property
    def times(self) -> int:
        """How many signals move them."""
        return 1 if self.count is None else self.count

    @property
    def window(self) -> int:
        """Within how many days [day]."""
        return 30 if self.within_days is None else self.within_days

    @property
    def words(self) -> str:
        """What it asks for, in words."""
        limits = ((self.value_at_least, "or more"), (self.value_at_most, "or less"))
        values = " ".join(f"of {limit:g} {words}" for limit, words in limits if limit is not None)
        what = " ".join(part for part in (" or ".join(self.kinds) or "signal", values) if part)
        if self.quiet_days is not None:
            return f"no {what} for {self.quiet_days} days"
        return f"{self.times} x {what} within {self.window} days"


class ReviewPeriod(StrEnum):
    """The calendar period over which a promise is kept or missed."""

    WEEK = "week"
    """Monday to Sunday."""
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    def around(self, day: date) -> tuple[date, date]:
        """First and last day of the period that a day is in."""
        if self is ReviewPeriod.WEEK:
            first = day - timedelta(days=day.weekday())
            return first, first + timedelta(days=6)
        months = {ReviewPeriod.MONTH: 1, ReviewPeriod.QUARTER: 3, ReviewPeriod.YEAR: 12}[self]
        first = date(day.year, (day.month - 1) // months * months + 1, 1)
        month = first.month - 1 + months
        return first, date(first.year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


class Penalty(Header):
    """What a service contract costs if its target is missed, as if the period ended with the plan.

    Due of each contract: the segment's, or that of each customer where the ledger is by customer.
    """

    flat: Money = 0.0
    """Due if the target is missed at all [currency]."""
    per_unit: Money = 0.0
    """Due for what is missing to it [currency/base unit of its measure]."""


class Remedy(StrEnum):
    """What can be done for a line that would be late or short, the first that fits."""

    SUBSTITUTE = "substitute"
    """Another item, where the table `substitutes` allows it to the segment."""
    EXPRESS = "express"
    """A faster service than usual that the customer may use."""
    OTHER_SITE = "other_site"
    """From another site than usual."""
    LATER_DATE = "later_date"
    """Later than asked for, where the order allows it."""
    SHIP_PART = "ship_part"
    """A part now; as an offer where an order rule would have to be waived for it."""
    CREDIT = "credit"
    """Money for what is late or short, where the segment has a `credit`."""


class LedgerMode(StrEnum):
    """What counts first where the targets of a tier cannot all be reached."""

    SHORTFALL = "shortfall"
    """The least is missing in sum; among equals, the fewest contracts are missed."""
    COMPLIANCE = "compliance"
    """The fewest contracts are missed; then the least is missing in sum."""
    MAX_MIN = "max_min"
    """The contract furthest from its target comes as close as can be; then the sum."""


class Ledger(Header):
    """How targets are pursued that cannot all be reached."""

    mode: LedgerMode = LedgerMode.SHORTFALL
    """What counts first: `shortfall`, `compliance` or `max_min`."""


class SegmentRule(Header):
    """Customers that belong to a segment: those for whom all that is given holds."""

    segment: Identifier
    """The segment that they are in."""
    regions: tuple[Identifier, ...] = ()
    """In one of these regions."""
    stages: tuple[StageName, ...] = ()
    """At one of these stages."""
    value_at_least: Money | None = None
    """With so much yearly worth [currency]."""
    orders_at_least: Count | None = None
    """With so many orders in the scenario."""
    ordered_value_at_least: Money | None = None
    """With orders in the scenario worth so much [currency]."""


def with_defaults(given: object) -> object:
    """Complete stages by what they mean where the scenario does not say otherwise."""
    if not isinstance(given, dict):
        return given
    told = {
        name: STAGES[name] | part if name in STAGES and isinstance(part, dict) else part
        for name, part in given.items()
    }
    return STAGES | told
