"""The relationship with customers: its stages, and rules that say who is in which segment."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from models.fields import Count, Header, Identifier, Money, Share, Written


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
