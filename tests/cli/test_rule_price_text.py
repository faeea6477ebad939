"""What people read of the prices of rules: each price once, the dearest first, the rest counted."""

from __future__ import annotations

from typing import Any

import pandas as pd

from models.settings import Settings
from optimizer.cli.rule_price_text import MOST, rule_price_lines
from optimizer.planning.rule_prices import PRICED
from tests.support.scenarios_as_text import make_scenario

TABLES = {
    "customers": "customer,segment,region\nG,gold,north",
    "orders": "order,customer,requested\nO1,G,2026-11-25",
    "lines": "order,line,item,quantity,unit_value\nO1,1,pump,6,9",
    "lanes": "site,region,service,transit_days\nhub,north,standard,1",
}


def settings() -> Settings:
    header: dict[str, Any] = {"segments": {"gold": {"tier": 1, "services": ["standard"]}}}
    return make_scenario(header, **TABLES).settings


def told(*rows: tuple[str, str, float, bool], every: bool = False) -> list[str]:
    """Say prices of (rule, goal, better, proved)."""
    full = [(rule, goal, by, "units", by, 0.0, 0.0, proved) for rule, goal, by, proved in rows]
    frame = pd.DataFrame(full, columns=list(PRICED)).astype(PRICED)
    return list(rule_price_lines(settings(), frame, every=every))


def test_rules_of_one_price_are_one_sentence_that_names_them() -> None:
    lines = told(
        ("a", "value", 9.0, True),
        ("b", "value", 4.0, True),
        ("c", "value", 4.0, True),
        ("d", "", 0.0, True),
    )
    dearest, equal = (line for line in lines if line.startswith(" * "))
    assert "without a (" in dearest
    assert "without any one of 2: b and c (" in equal
    assert lines[-1] == "1 rule of 4 costs nothing: no plan needs less."


def test_many_prices_are_cut_and_the_rest_is_counted() -> None:
    many = [(f"rule {n}", "value", 100.0 - n, True) for n in range(MOST + 3)]
    lines = told(*many)
    sentences = [line for line in lines if line.startswith(" * ")]
    assert [f"without rule {n} (" in text for n, text in enumerate(sentences)] == [True] * MOST
    assert "3 rules more at lower prices: rule_prices.csv has them all." in lines


def test_decisions_by_hand_have_a_line_each() -> None:
    many = [(f"rule {n}", "value", 5.0, True) for n in range(MOST + 3)]
    lines = told(*many, every=True)
    assert [f"without rule {n} (" in text for n, text in enumerate(lines[1:-1])] == [True] * 13


def test_what_was_not_solved_is_one_sentence() -> None:
    lines = told(*((f"r{n}", "", float("nan"), False) for n in range(7)))
    assert lines[-1] == "Not solved to its end in time: without r0, r1, r2, r3, r4 and 2 more."
