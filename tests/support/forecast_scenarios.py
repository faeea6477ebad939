"""Mixed scenarios with a forecast of demand that nobody ordered yet.

>>> expected(7)
Scenario 'mixed-7': 3 lines of 2 orders, 3 customers in 3 segments, 4 days from 2026-11-23
"""

from __future__ import annotations

from functools import cache

from models.scenario import Scenario
from tests.support.mixed_scenarios import mixed_draft
from tests.support.relationship_scenarios import relationship_draft
from tests.support.tiny_scenarios import Dice

FIRST_SEED = 120_000
"""Keeps the dice apart from those of all others."""


@cache
def forecast_scenario(seed: int) -> Scenario:
    """Make one scenario: every other one with stages and ledgers, all with a forecast."""
    dice = Dice(FIRST_SEED + seed)
    draft = relationship_draft(seed) if seed % 2 else mixed_draft(seed)
    segments = list(draft.header["segments"])
    regions, items = draft.column("lanes", "region"), draft.column("lines", "item")
    rows = {
        (
            dice.one_of(segments),
            dice.one_of(regions),
            dice.one_of(items),
            dice.day(0, 6).isoformat(),
        )
        for _ in range(dice.between(1, 4))
    }
    for segment, region, item, requested in sorted(rows):
        draft.add(
            "forecast",
            segment=segment,
            region=region,
            item=item,
            requested=requested,
            quantity=dice.between(20, 600) / 100,
            unit_value=dice.one_of(["", dice.cents(25)]),
        )
    return draft.scenario()
