"""Random scenarios in which days on the way are working days of the service."""

from __future__ import annotations

from models.scenario import Scenario
from tests.support.mixed_scenarios import mixed_draft
from tests.support.tiny_scenarios import Dice

FIRST_SEED = 120_000
WEEK = "mon tue wed thu fri"


def working_scenario(seed: int) -> Scenario:
    """Make a mixed scenario some of whose lanes count working days."""
    dice, draft = Dice(FIRST_SEED + seed), mixed_draft(seed)
    for lane in draft.tables["lanes"]:
        lane["transit"] = dice.one_of(["working", "working", "calendar", ""])
    for service in draft.header["services"]:
        weekdays = " ".join(day for day in WEEK.split() if dice.chance(0.7)) or "tue"
        draft.add("calendars", of="service", id=service, weekdays=weekdays)
    return draft.scenario()
