"""What people read: the summary after a run, the progress during it."""

from __future__ import annotations

import re
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from models.settings import Settings
from models.solution import Goal, Status
from optimizer import Plan
from optimizer.cli.plan_text import print_summary
from optimizer.cli.progress import progress_display
from optimizer.common.words import listed, number, percent
from optimizer.reporting.closest_policy import closest, contrast
from optimizer.reporting.headline import headline
from optimizer.solving.lexicographic import Progress
from tests.support.scenarios_as_text import make_scenario
from tests.support.solverless_plans import plan_by_rule

SEGMENTS = {
    "gold": {
        "tier": 1,
        "services": ["standard"],
        "target": {"measure": "unit_otif", "level": 0.9},
        "floor": 0.2,
    },
    "base": {
        "tier": 2,
        "services": ["standard"],
        "target": {"measure": "line_fill", "level": 0.5},
    },
    "rest": {"tier": 3, "services": ["standard"]},
}
TABLES = {
    "customers": "customer,segment,region\nG,gold,north\nB,base,north",
    "orders": "order,customer,requested,ordered\nO1,B,2026-11-24,2026-11-20\n"
    "O2,G,2026-11-24,2026-11-21",
    "lines": "order,line,item,quantity,unit_value\nO1,1,pump,6,10\nO2,1,pump,6,10\nO2,2,hose,1,10",
    "lanes": "site,region,service,transit_days,cost_per_unit\nhub,north,standard,1,0.25",
    "stock": "site,item,on_hand\nhub,pump,9",
}


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_by_rule(make_scenario({"segments": SEGMENTS}, **TABLES))


@pytest.fixture(scope="module")
def settings(plan: Plan) -> Settings:
    return plan.scenario.settings


def console(*, terminal: bool = False, width: int = 100) -> Console:
    return Console(file=StringIO(), width=width, force_terminal=terminal)


def written(screen: Console) -> str:
    assert isinstance(screen.file, StringIO)
    return screen.file.getvalue()


def summary(plan: Plan, width: int = 100) -> str:
    screen = console(width=width)
    print_summary(screen, plan, Path("runs/test-1"))
    return written(screen)


def test_the_summary_says_what_a_planner_asks(plan: Plan) -> None:
    text = summary(plan)
    squeezed = [re.sub(r" +", " ", line).strip() for line in text.splitlines()]
    for expected in (
        "Plan for test: made by the rule fcfs, which proves nothing.",
        "Of 3 lines: 1 on time, 0 late, 1 partial and 1 unfilled. Of 13 units: 9 delivered, "
        "9 on time.",
        "Note: a note",
        "gold unit_otif 1 90.0 % 42.8 % 3.30 units 20.0 % kept",
        "base line_fill 2 50.0 % 100.0 % -",
        "rest unit_otif 3 - no orders -",
        "went to lower tiers, or is not worth its cost (value) 1 3 0",
        "no stock left that may be used (stock) 1 1 0",
        "Delivered value 90 EUR at a cost of 2.25 EUR, net 87.75 EUR; 0 kg CO2.",
        "edd 0 3.30 / 0 88",
        "fcfs 0 3.30 / 0 88",
        "edd comes closest: it reaches every goal just as well.",
        "runs/test-1",
    ):
        assert expected in squeezed


@pytest.mark.parametrize("width", [100, 180])
def test_the_summary_fits_a_hundred_columns(plan: Plan, width: int) -> None:
    assert max(len(line) for line in summary(plan, width).splitlines()) <= 100


def test_names_are_not_markup(plan: Plan) -> None:
    solution = replace(plan.solution, scenario="[bold]x[/bold]")
    assert "[bold]x[/bold]" in summary(replace(plan, solution=solution))


def test_a_plan_without_a_comparison_has_none(plan: Plan) -> None:
    alone = plan.policies[plan.policies["policy"] == "fcfs"]
    assert "Policies" not in summary(replace(plan, policies=alone))


def test_nothing_late_needs_no_reasons(plan: Plan) -> None:
    lines = plan.lines.assign(status="on_time", reason="")
    solved = replace(plan, solution=replace(plan.solution, lines=lines))
    assert "Not on time" not in summary(solved)


@pytest.mark.parametrize(
    ("status", "gaps", "expected"),
    [
        (Status.OPTIMAL, [0.0, 0.0005], "every goal is proved optimal"),
        (Status.FEASIBLE, [0.0, 0.0123], "the widest gap is 1.23% (value)"),
        (Status.FALLBACK, [1.0, 1.0], "this is the plan of segment_priority"),
        (Status.FEASIBLE, [None, None], "made by the rule"),
    ],
)
def test_the_headline_says_how_far_to_trust_the_plan(
    plan: Plan, status: Status, gaps: list[float | None], expected: str
) -> None:
    named = zip(("target:1", "value"), gaps, strict=True)
    goals = tuple(Goal(name, 1.0, gap, gap, status) for name, gap in named)
    assert expected in headline(replace(plan.solution, status=status, goals=goals))


BEST = {
    "floor:1": 0.0,
    "target:1": 2.0,
    "target:2": 0.0,
    "fill:1": 3.0,
    "value": 1000.0,
    "stability": 1.0,
}


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"value": 900.0}, "worse: 900 EUR net value instead of 1,000."),
        ({"target:2": 1.0, "value": 2000.0}, "worse: targets of tier 2 missed by 1 lines instead"),
        ({"target:1": 2.5}, "worse: targets of tier 1 missed by 2.50 units instead of 2."),
        ({"fill:1": 3.5}, "worse: fill of tier 1 missed by 3.50 units instead of 3."),
        ({"target:1": 1.0}, "would have done better: targets of tier 1 missed by 1 units"),
        ({"value": 1100.0}, "would have done better: 1,100 EUR"),
        ({"stability": 4.0}, "worse: stability missed by 4 lines instead of 1."),
        ({"value": 1000.0 + 1e-9}, "reaches every goal just as well."),
    ],
)
def test_the_rival_is_contrasted_in_the_first_goal_that_differs(
    settings: Settings, changed: dict[str, float], sentence: str
) -> None:
    vectors = {"optimal": BEST, "edd": BEST | changed}
    assert sentence in contrast(settings, vectors, "optimal", "edd")


def test_the_closest_policy_is_the_best_in_order_of_importance() -> None:
    vectors = {
        "optimal": BEST,
        "fcfs": BEST | {"floor:1": 0.5, "value": 9e9},
        "edd": BEST | {"value": 10.0},
        "revenue": BEST | {"value": 20.0},
    }
    assert closest(vectors, "optimal") == "revenue"
    assert closest({"optimal": BEST}, "optimal") is None


def test_shares_never_look_better_than_they_are() -> None:
    assert [percent(s) for s in (0.9699, 0.97, 1.0, 0.29, float("nan"))] == [
        *("96.9 %", "97.0 %", "100.0 %", "29.0 %", "")
    ]


def test_numbers_and_lists_read_well() -> None:
    assert [number(n) for n in (0.0, 3.3, 12345.6, 7.0)] == ["0", "3.30", "12,346", "7"]
    assert [listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == [
        *("a", "a and b", "a, b and c")
    ]


STEPS = [
    Progress("target:1", 1, 2, 9.0, None, None, 0.2),
    Progress("target:1", 1, 2, 5.5, 5.0, 0.01, 1.0),
    Progress("value", 2, 2, None, None, None, 3.0),
]


def test_without_a_terminal_each_goal_gets_one_line() -> None:
    screen = console()
    with progress_display(screen, quiet=False) as report:
        for step in STEPS:
            report(step)
    assert written(screen).splitlines() == [
        "goal 1 of 2: target:1, value 5.50, bound 5.00, gap 1.00%, 1 s",
        "goal 2 of 2: value, 3 s",
    ]


def test_a_terminal_shows_the_solve_as_it_goes() -> None:
    screen = console(terminal=True)
    with progress_display(screen, quiet=False) as report:
        report(STEPS[1])
    assert "goal 1 of 2: target:1, value 5.50" in written(screen)


def test_quiet_shows_nothing() -> None:
    screen = console(terminal=True)
    with progress_display(screen, quiet=True) as report:
        report(STEPS[1])
    assert written(screen) == ""
