"""Why a line is not on time: every reason there is, declared once.

Add a reason: a member here, and the place in :mod:`optimizer.answering` that finds it. The judge,
the summary, the page, the workbook and the notices read the rest from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, StrEnum, auto
from typing import Self

SCARCITY = "We cannot have all of it ready in time."
"""What a customer reads where the reason concerns nobody but us."""


class Holder(Enum):
    """Who has the units that a line misses."""

    NOBODY = auto()
    """They are not there, or a rule or a limit keeps them."""
    ORDERS = auto()
    """Other orders, named by the reason: the judge counts what those got."""
    FORECAST = auto()
    """Nobody yet: they are held for orders that are expected. The judge counts these, too."""
    LOWER_TIERS = auto()
    """Orders of lower tiers, or nobody where the line is not worth its cost."""


class Reason(StrEnum):
    """Code of a reason in ``lines.csv`` and ``shortages.csv``."""

    words: str
    """For a planner."""
    notice: str
    """Sentence for the customer; names nobody else and no rule of ours."""
    holder: Holder
    """Who has the units."""

    def __new__(
        cls, code: str, words: str, notice: str = SCARCITY, holder: Holder = Holder.NOBODY
    ) -> Self:
        """Declare a reason."""
        reason = str.__new__(cls, code)
        reason._value_ = code
        reason.words, reason.notice, reason.holder = words, notice, holder
        return reason

    STOCK = "stock", "no stock left that may be used"
    LATE_RECEIPT = (
        "late_receipt",
        "supply arrives too late",
        "Our own supply of it arrives too late for this date.",
    )
    NEXT_RECEIPT = (
        "next_receipt",
        "the next supply arrives after the last ship day",
        "We have no more of it until our next delivery.",
    )
    SITE_CAPACITY = (
        "site_capacity",
        "sites are full",
        "We cannot get all of it on its way in time.",
    )
    LANE_CAPACITY = (
        "lane_capacity",
        "lanes are full",
        "There is no more room for delivery on these days.",
    )
    NO_LANE = (
        "no_lane",
        "no lane, or none fast enough",
        "We cannot deliver to you by this date.",
    )
    ENTITLEMENT = (
        "entitlement",
        "only by services they may not use",
        "The delivery you have agreed with us takes longer.",
    )
    WINDOW = (
        "window",
        "customer does not receive in the delivery window",
        "We cannot deliver within your hours of receipt by this date.",
    )
    OVERDUE = (
        "overdue",
        "requested before the first day on which anything can arrive",
        "We cannot deliver by this date.",
    )
    TOO_EARLY = (
        "too_early",
        "it could only arrive before they accept it",
        "We cannot deliver on the dates you accept.",
    )
    CANCEL_DATE = (
        "cancel_date",
        "it could only arrive after their cancel date",
        "We cannot deliver by this date.",
    )
    CLOSED = (
        "closed",
        "sites, services or receivers are closed on all days that would do",
        "We cannot deliver by this date.",
    )
    ORDER_RULE = (
        "order_rule",
        "all or nothing, or so many parcels, and not all was there",
        "We cannot deliver all of it together, as you asked, by this date.",
    )
    PACK = "pack", "less than a pack is missing", "What is left does not fill a pack."
    QUOTA = "quota", "quotas leave no more"
    CONFIDENCE = "confidence", "only supply that is not certain enough"
    HOLD = (
        "hold",
        "held or capped by hand",
        "We are checking the order and will confirm it.",
    )
    COMMITMENT = "commitment", "units were promised to others beforehand", SCARCITY, Holder.ORDERS
    HIGHER_TIER = "higher_tier", "units went to a better tier", SCARCITY, Holder.ORDERS
    SAME_TIER = "same_tier", "units went to the same tier", SCARCITY, Holder.ORDERS
    RESERVE = "reserve", "units are held for orders that are expected", SCARCITY, Holder.FORECAST
    VALUE = "value", "went to lower tiers, or is not worth its cost", SCARCITY, Holder.LOWER_TIERS


def reasons_held_by(*holders: Holder) -> tuple[str, ...]:
    """List the codes of the reasons whose units one of the holders has."""
    return tuple(reason.value for reason in Reason if reason.holder in holders)


REASON_WORDS: Mapping[str, str] = {reason.value: reason.words for reason in Reason}
"""Words for a planner by code."""
