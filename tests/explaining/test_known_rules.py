"""Whatever limits shipments is known to explanations: a new rule fails here until it is."""

from __future__ import annotations

from models.allocation import RULES, CountingRule, Rule, ShippingRule
from models.shared_limits import SHARED_LIMITS
from optimizer.explaining.least_raises import RAISABLE
from optimizer.explaining.relaxations import LIFTS
from optimizer.preparing.quotas import GROUP_LIMITS


def test_every_rule_says_whether_it_limits_shipments() -> None:
    rules: tuple[Rule, ...] = RULES
    plain = [rule for rule in rules if not isinstance(rule, ShippingRule | CountingRule)]
    assert plain == []


def test_every_limit_that_inputs_can_raise_is_tried() -> None:
    tables = {rule.raised_by for rule in RULES if isinstance(rule, ShippingRule)} - {""}
    assert tables == {"receipts", *RAISABLE}


def test_every_limit_of_groups_can_be_lifted() -> None:
    assert set(LIFTS) == set(GROUP_LIMITS)


def test_every_shared_limit_is_a_rule_of_what_ships() -> None:
    shipping = {rule.name for rule in RULES if isinstance(rule, ShippingRule)}
    assert {limit.rule for limit in SHARED_LIMITS} <= shipping
