"""Yesterday's plan: what need not change does not, and a budget of changes is kept or explained."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from models.goals import GoalName
from models.judge import judge
from models.scenario import Scenario
from models.solution import Solution, Status
from optimizer import plan
from optimizer.benching.peak_week import generate
from tests.support.scenarios_as_text import make_scenario
from tests.support.tiny_scenarios import tiny_scenario

KEYS = ["order", "line", "item", "site", "service", "ship_date"]
LAST = GoalName.STABILITY


def as_yesterday(scenario: Scenario, solution: Solution) -> Scenario:
    """Give a plan back as commitments that may change; the last goal is to keep them."""
    asked = scenario["commitments"]
    rows = solution.shipments[[*KEYS, "quantity"]].assign(frozen=False)
    frame = rows[list(asked.columns)].astype(asked.dtypes.to_dict())
    goals = (*(goal for goal in scenario.settings.goals if goal != LAST), LAST)
    settings = scenario.settings.model_copy(update={"goals": goals})
    return replace(scenario, settings=settings, tables={**scenario.tables, "commitments": frame})


def budgeted(scenario: Scenario, **stability: int) -> Scenario:
    """Allow so many changes."""
    checked = type(scenario.settings).model_validate(
        scenario.settings.model_dump(mode="json") | {"stability": stability}
    )
    return replace(scenario, settings=checked)


def profile(solution: Solution) -> dict[str, dict[Any, float]]:
    """Units of each line by the day on which they arrive; the tests know no substitutes."""
    rows = solution.shipments
    key = rows["order"] + "/" + rows["line"]
    by_day = rows["quantity"].groupby([key, rows["arrival_date"]]).sum()
    return {str(line): dict(days.droplevel(0)) for line, days in by_day.groupby(level=0)}


def changed(before: Solution, after: Solution) -> set[str]:
    """Lines of the plan before that get something else after."""
    was, is_now = profile(before), profile(after)
    return {line for line, days in was.items() if is_now.get(line, {}) != days}


@pytest.mark.parametrize("seed", range(0, 80, 20))
def test_the_same_input_again_changes_nothing(seed: int) -> None:
    scenario = tiny_scenario(seed)
    first = plan(scenario, diagnose=False)
    again = plan(as_yesterday(scenario, first.solution), diagnose=False)
    assert changed(first.solution, again.solution) == set()
    kept = [goal.value for goal in again.solution.goals if goal.name == "stability"]
    assert kept == ([0.0] if profile(first.solution) else [])  # no goal where nothing was shipped


def test_the_same_input_again_changes_nothing_in_a_larger_book() -> None:
    scenario = generate(120, seed=12, ship_complete=0.3)
    first = plan(scenario)
    again = plan(as_yesterday(scenario, first.solution))
    assert first.status == Status.OPTIMAL
    assert len(profile(first.solution)) > 40
    assert changed(first.solution, again.solution) == set()
    assert judge(again.scenario, again.solution) == []


SHORT = {
    "customers": "customer,segment,region\nG,gold,north\nS,silver,north",
    "orders": "order,customer,requested\n"
    + "\n".join(
        f"{order},{customer},2026-11-25" for order, customer in zip("ABCDE", "GSSSS", strict=True)
    ),
    "lines": "order,line,item,quantity,unit_value\nA,1,pump,6,9\n"
    + "\n".join(f"{order},1,pump,4,{worth}" for order, worth in zip("BCDE", "5432", strict=True)),
    "lanes": "site,region,service,transit_days\nhub,north,standard,1",
    "stock": "site,item,on_hand\nhub,pump,16",
    "commitments": "order,line,site,service,ship_date,quantity,frozen\n"
    + "\n".join(f"{order},1,hub,standard,2026-11-23,4,false" for order in "BCDE"),
}
"""Four silver orders had four pumps each; gold orders six more today."""


def short(stock: int, **stability: int) -> Scenario:
    header: dict[str, Any] = {
        "segments": {
            "gold": {
                "tier": 1,
                "services": ["standard"],
                "target": {"measure": "unit_fill", "level": 1},
            },
            "silver": {"tier": 2, "services": ["standard"]},
        },
    }
    if stability:
        header["stability"] = stability
    tables = SHORT | {"stock": f"site,item,on_hand\nhub,pump,{stock}"}
    return make_scenario(header, **tables)


def goals_of(
    scenario: Scenario, *, diagnose: bool = True
) -> tuple[dict[str, float], tuple[str, ...]]:
    found = plan(scenario, diagnose=diagnose)
    assert judge(scenario, found.solution) == []
    return {goal.name: goal.value for goal in found.solution.goals}, found.notes


@pytest.mark.parametrize(("budget", "missed"), [(0, 6), (1, 2), (2, 0), (3, 0)])
def test_no_more_lines_change_than_the_budget_allows(budget: int, missed: int) -> None:
    goals, notes = goals_of(short(16, max_changed_lines=budget))
    assert goals["commitments"] == 0
    assert goals["stability"] == min(budget, 2)
    assert goals["target:1"] == missed
    (said,) = notes
    if missed:
        assert said == (
            "The change budget costs service: targets of tier 1 missed by"
            f" {missed} instead of 0 units without it."
        )
    else:
        assert said == "The change budget costs no service."


@pytest.mark.parametrize(("stock", "forced"), [(16, 0), (12, 1), (9, 2), (4, 3), (0, 4)])
def test_lost_stock_forces_as_few_changes_as_can_be_and_they_are_counted(
    stock: int, forced: int
) -> None:
    goals, _ = goals_of(short(stock, max_changed_lines=0), diagnose=False)
    assert goals["commitments"] == forced
    assert goals["stability"] == forced


def test_without_a_budget_only_what_a_goal_gains_by_changes() -> None:
    goals, notes = goals_of(short(16))
    assert (goals["target:1"], goals["stability"]) == (0, 2)
    assert notes == ()


@pytest.mark.parametrize(("worse", "missed"), [(0, 6), (1, 2), (2, 0)])
def test_no_more_promises_worsen_than_the_budget_allows(worse: int, missed: int) -> None:
    goals, _ = goals_of(short(16, max_worse_promises=worse), diagnose=False)
    assert (goals["commitments"], goals["target:1"]) == (0, missed)


def test_budgets_hold_in_a_larger_book() -> None:
    scenario = generate(60, seed=13)
    before = plan(scenario, diagnose=False)
    less = scenario["stock"].assign(on_hand=(scenario["stock"]["on_hand"] * 0.8).round())
    short_of = replace(scenario, tables={**scenario.tables, "stock": less})
    after = plan(
        budgeted(as_yesterday(short_of, before.solution), max_changed_lines=5), diagnose=False
    )
    goals = {goal.name: goal.value for goal in after.solution.goals}
    lines = changed(before.solution, after.solution)
    assert len(lines) == goals["stability"] == 5 + goals["commitments"]
