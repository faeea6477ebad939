"""Mixed scenarios whose stock is partly below zero, and whose receipts are partly overdue."""

from __future__ import annotations

from functools import cache

from models.scenario import Scenario
from models.settings import OverdueReceipts
from tests.support.mixed_scenarios import mixed_draft
from tests.support.tiny_scenarios import Dice

FIRST_SEED = 90_000
"""Keeps the dice apart from those of other scenarios."""


@cache
def owed_scenario(seed: int) -> Scenario:
    """Make one scenario: every stage of settling supply, with any mix of other features."""
    dice, draft = Dice(FIRST_SEED + seed), mixed_draft(seed)
    sites = draft.column("sites", "site")
    for item in draft.column("lines", "item"):
        for site in sites:
            mine = [r for r in draft.tables["stock"] if (r["site"], r["item"]) == (site, item)]
            if dice.chance(0.5):
                below = -dice.between(1, 3)
                if mine:
                    mine[0]["on_hand"] = below
                else:
                    draft.add("stock", site=site, item=item, on_hand=below)
            for _ in range(dice.between(1, 3)):
                draft.add(
                    "receipts",
                    site=site,
                    item=item,
                    date=dice.day(-2, 2),
                    quantity=dice.between(1, 4),
                    confidence=dice.one_of(["", "", 0.3, 0.5, 0.8]),
                )
    mode = dice.one_of(list(OverdueReceipts))
    draft.header["receipts_overdue"] = mode.value
    return draft.scenario()
