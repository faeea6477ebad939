"""Tests of the plan: what was expected, what came out, and what the summary says of it."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from optimizer import Plan
from optimizer.answering.plan_tests import failed_tests
from optimizer.cli.plan_text import print_summary
from tests.support.scenarios_as_text import make_scenario
from tests.support.solverless_plans import plan_by_rule

HEADER = {
    "segments": {
        "gold": {"tier": 1, "services": ["standard"]},
        "base": {"tier": 2, "services": ["standard"]},
        "idle": {"tier": 3, "services": ["standard"]},
    }
}
TABLES = {
    "customers": "customer,segment,region\nG,gold,north\nB,base,north",
    "orders": "order,customer,requested,ordered\nA,G,2026-11-24,2026-11-20\n"
    "B,B,2026-11-24,2026-11-21",
    "lines": "order,line,item,quantity\nA,1,pump,6\nA,2,valve,3\nB,1,pump,6\nB,2,hose,7",
    "lanes": "site,region,service,transit_days\nhub,north,standard,1",
    "stock": "site,item,on_hand\nhub,pump,8\nhub,hose,7",
    "receipts": "site,item,date,quantity\nhub,valve,2026-11-25,3",
}
"""A/1 and B/2 arrive on November 24, A/2 on the 26th, of B/1 only 2 of 6 pumps."""


def made(*tests: dict[str, Any]) -> Plan:
    """Plan by first come, first served."""
    return plan_by_rule(make_scenario(HEADER | {"expect": tests}, **TABLES))


def level(segment: str, measure: str, at_least: float) -> dict[str, Any]:
    return {"segment": segment, "measure": measure, "at_least": at_least}


@pytest.mark.parametrize(
    ("test", "text", "kept"),
    [
        (
            level("gold", "unit_otif", 0.5),
            "gold: unit_otif of at least 50 % is expected, 66.666 % is reached.",
            True,
        ),
        (
            level("gold", "unit_otif", 0.67),
            "gold: unit_otif of at least 67 % is expected, 66.666 % is reached.",
            False,
        ),
        (
            level("base", "unit_fill", 9 / 13),
            "base: unit_fill of at least 69.23 % is expected, 69.23 % is reached.",
            True,
        ),
        (
            level("base", "line_fill", 0.5),
            "base: line_fill of at least 50 % is expected, 50 % is reached.",
            True,
        ),
        (
            level("idle", "unit_fill", 1.0),
            "idle: unit_fill of at least 100 % is expected, there are no orders.",
            True,
        ),
        (
            {"order": "A", "arrives_by": "2026-11-26"},
            "order A: all of it is expected by 2026-11-26, it arrives on 2026-11-26.",
            True,
        ),
        (
            {"order": "A", "arrives_by": "2026-11-25"},
            "order A: all of it is expected by 2026-11-25, line 2 arrives on 2026-11-26.",
            False,
        ),
        (
            {"order": "A", "arrives_by": "2026-11-23"},
            "order A: all of it is expected by 2026-11-23, line 1 arrives on 2026-11-24 and "
            "line 2 arrives on 2026-11-26.",
            False,
        ),
        (
            {"order": "A", "line": "1", "arrives_by": "2026-11-25"},
            "line A/1: all of it is expected by 2026-11-25, it arrives on 2026-11-24.",
            True,
        ),
        (
            {"order": "B", "arrives_by": "2026-12-24"},
            "order B: all of it is expected by 2026-12-24, line 1 is 4 units short.",
            False,
        ),
        (
            {"order": "B", "line": "2", "arrives_by": "2026-11-24"},
            "line B/2: all of it is expected by 2026-11-24, it arrives on 2026-11-24.",
            True,
        ),
    ],
)
def test_a_plan_is_held_against_what_is_expected(
    test: dict[str, Any], text: str, kept: bool
) -> None:
    plan = made(test)
    (found,) = plan.expectations
    assert (found.text, found.kept) == (text, kept)
    assert failed_tests(plan.scenario, plan.solution) == ([] if kept else [text])


def test_an_order_without_lines_has_nothing_to_miss() -> None:
    orders = TABLES["orders"] + "\nC,B,2026-11-24,2026-11-21"
    header = HEADER | {"expect": [{"order": "C", "arrives_by": "2026-11-24"}]}
    (found,) = plan_by_rule(make_scenario(header, **(TABLES | {"orders": orders}))).expectations
    assert found.text == "order C: all of it is expected by 2026-11-24, there are no lines."
    assert found.kept


def test_of_many_lines_the_first_are_named() -> None:
    lines = "order,line,item,quantity\n" + "\n".join(f"B,{n},hat,1" for n in range(1, 8))
    header = HEADER | {"expect": [{"order": "B", "arrives_by": "2026-11-24"}]}
    plan = plan_by_rule(make_scenario(header, **(TABLES | {"lines": lines})))
    (text,) = failed_tests(plan.scenario, plan.solution)
    assert text.endswith("line 5 is 1 units short and 2 more.")


def summary(plan: Plan) -> list[str]:
    screen = Console(file=StringIO(), width=200)
    print_summary(screen, plan, Path("made"))
    assert isinstance(screen.file, StringIO)
    return [line.rstrip() for line in screen.file.getvalue().splitlines()]


def test_the_summary_says_which_tests_failed() -> None:
    good, bad = level("gold", "unit_otif", 0.5), level("base", "unit_otif", 0.7)
    assert not any("Tests of the plan" in line for line in summary(made()))
    assert "Tests of the plan: all 1 kept." in summary(made(good))
    lines = summary(made(good, bad))
    place = lines.index("Tests of the plan: 1 of 2 failed; do not publish it.")
    assert lines[place + 1] == (
        " * base: unit_otif of at least 70 % is expected, 69.23 % is reached."
    )
