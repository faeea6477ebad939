"""Mixed scenarios whose customers are at different stages and have ledgers.

>>> related(7)
Scenario 'mixed-7': 3 lines of 2 orders, 3 customers in 3 segments, 4 days from 2026-11-23
"""

from __future__ import annotations

from functools import cache

from models.scenario import Scenario
from tests.support.mixed_scenarios import Draft, mixed_draft
from tests.support.tiny_scenarios import Dice

FIRST_SEED = 80_000
"""Keeps the dice apart from those of :func:`tests.support.mixed_scenarios.mixed_scenario`."""
STAGES = ("commit", "develop", "crisis", "crisis", "recovery")


@cache
def relationship_scenario(seed: int) -> Scenario:
    """Make one scenario: as ``mixed_scenario`` does, with stages and mostly with ledgers."""
    return relationship_draft(seed).scenario()


def relationship_draft(seed: int) -> Draft:
    """Make one scenario that more can be added to."""
    dice, draft = Dice(FIRST_SEED + seed), mixed_draft(seed)
    for customer in draft.tables["customers"]:
        customer["stage"] = dice.one_of(STAGES)
        customer["stage_since"] = dice.one_of(["", dice.day(-70, 0).isoformat()], [0.4, 0.6])
    if dice.chance(0.8):
        _effects(dice, draft)
    if dice.chance(0.7):
        _ledger(dice, draft)
    if dice.chance(0.6):
        _signals(dice, draft)
    if dice.chance(0.6):
        _terms(dice, draft)
    return draft


def _effects(dice: Dice, draft: Draft) -> None:
    """Say what some stages do; tiny books need caps of other sizes than large ones."""
    stages = draft.header.setdefault("stages", {})
    stages["crisis"] = {"supply_share_cap": dice.one_of([0.3, 0.6, 1.0])}
    for name in dice.some_of(["develop", "crisis", "recovery"]):
        effects = {
            "tier_shift": dice.between(-1, 0),
            "floor": dice.cents(1),
            "supply_share_cap": dice.cents(1),
            "expires_after_days": dice.between(1, 70),
            "lends_services": dice.some_of(list(draft.header["services"])),
        }
        chosen = dice.some_of(list(effects))
        stages[name] = stages.get(name, {}) | {key: effects[key] for key in chosen}


def _ledger(dice: Dice, draft: Draft) -> None:
    """Say what segments, or some of their customers, ordered and got before."""
    for name, segment in draft.header["segments"].items():
        if "target" not in segment or dice.chance(0.3):
            continue
        mine = [c["customer"] for c in draft.tables["customers"] if c["segment"] == name]
        whole = not mine or dice.chance(0.4)
        for who in [""] if whole else dice.some_of(mine):
            ordered = dice.between(0, 12)
            row = {"ordered": ordered, "served": dice.between(0, ordered)}
            draft.add("ledger", segment=name if whole else "", customer=who, **row)


def _terms(dice: Dice, draft: Draft) -> None:
    """Say what contracts cost that are missed, and what counts first."""
    draft.header["ledger"] = {"mode": dice.one_of(["shortfall", "compliance", "max_min"])}
    for segment in draft.header["segments"].values():
        if "target" in segment and dice.chance(0.7):
            segment["penalty"] = {"flat": dice.between(0, 40), "per_unit": dice.between(0, 9)}
            segment["credit"] = dice.cents(0.3)
            segment["review_period"] = dice.one_of(["week", "month", "quarter", "year"])


KINDS = ("late_delivery", "complaint", "nps")


def _signals(dice: Dice, draft: Draft) -> None:
    """Say what happened to customers, and what follows."""
    for customer in draft.tables["customers"]:
        for _ in range(dice.between(0, 5)):
            cells = {"date": dice.day(-30, 2).isoformat(), "kind": dice.one_of(KINDS)}
            value = dice.one_of(["", dice.between(-5, 10)])
            draft.add("signals", customer=customer["customer"], value=value, **cells)
    draft.header["stage_rules"] = [_rule(dice) for _ in range(dice.between(1, 4))]


def _rule(dice: Dice) -> dict[str, object]:
    to = dice.one_of(STAGES)
    rule: dict[str, object] = {"to": to}
    if dice.chance(0.6):
        rule["stages"] = dice.some_of(sorted(set(STAGES) - {to}))
    if dice.chance(0.7):
        rule["kinds"] = dice.some_of(KINDS)
    if dice.chance(0.4):
        rule[dice.one_of(["value_at_least", "value_at_most"])] = dice.between(-3, 6)
    if dice.chance(0.3):
        return rule | {"quiet_days": dice.between(1, 20)}
    return rule | {"count": dice.between(1, 3), "within_days": dice.between(1, 20)}
