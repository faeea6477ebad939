"""Published examples and real orders beside the project: what came out there comes out here.

The folders are no part of the project. Without them these tests are skipped, in CI they fail.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from models.judge import judge
from models.scenario import Scenario
from optimizer import Plan, plan, read_scenario
from optimizer.preparing import prepare
from tests.support.folders import SHARED

GIVEN = SHARED / "data" / "given"
LARGE = 500
"""Lines from which a scenario counts as slow."""

Check = Mapping[str, Any]


def _folders() -> list[Any]:
    if not GIVEN.is_dir():
        return ["none"]
    return [_marked(folder) for folder in sorted(GIVEN.iterdir()) if folder.is_dir()]


def _marked(folder: Path) -> Any:
    large = _expected(folder)["size"]["lines"] >= LARGE
    return pytest.param(folder.name, marks=[pytest.mark.slow] if large else [])


def _expected(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    return content


@pytest.fixture
def given(request: pytest.FixtureRequest) -> Path:
    """Return the folder of one given scenario."""
    if not GIVEN.is_dir():
        absent = "the given scenarios (../shared/data/given) are not beside the project"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(absent)
    return GIVEN / str(request.param)


@pytest.mark.parametrize("given", _folders(), indirect=True)
def test_a_given_scenario_comes_out_as_expected(given: Path) -> None:
    expected = _expected(given)
    scenario = _all_due(read_scenario(given))
    result = plan(scenario)
    assert judge(result.scenario, result.solution) == []
    assert [fault for check in expected["checks"] for fault in _faults(check, result)] == []


def _all_due(scenario: Scenario) -> Scenario:
    """Ask for what is requested after the horizon on the last day on which it can arrive.

    Published books are planned as a whole. Until that day everything arrives on time, before and
    after: what they ask for is the same.
    """
    problem = prepare(scenario)
    waiting = problem.lines[~problem.lines["due"]].drop_duplicates("order")
    names = problem.orders["order"].to_numpy()[waiting["order"]]
    asked = dict(zip(names, problem.dates(waiting["last_arrival"]), strict=True))
    orders = scenario["orders"]
    requested = orders["order"].map(asked).astype(orders["requested"].dtype)
    brought = orders.assign(requested=requested.fillna(orders["requested"]))
    return replace(scenario, tables={**scenario.tables, "orders": brought})


def _faults(check: Check, result: Plan) -> Iterator[str]:
    """Compare one expectation with the plan."""
    match check["what"]:
        case "goal":
            found = {goal.name: goal.value for goal in result.solution.goals}[check["name"]]
            yield from _compared(check, f"goal {check['name']}", found)
        case "total":
            yield from _compared(check, f"total {check['name']}", result.totals[check["name"]])
        case "shipped":
            found = _units(_matching(result.shipments, check["where"]))
            yield from _compared(check, f"shipped {check['where']}", found)
        case "line":
            yield from _line_faults(check, result)
        case other:
            yield f"unknown kind of check: {other}"


def _compared(check: Check, what: str, found: float) -> Iterator[str]:
    value = float(check["value"])
    allowed = max(check.get("abs", 1e-6), check.get("rel", 0) * abs(value))
    least = {"at_most": float("-inf")}.get(check["op"], value - allowed)
    most = {"at_least": float("inf")}.get(check["op"], value + allowed)
    if check["op"] not in ("eq", "at_most", "at_least"):
        yield f"{what}: unknown comparison {check['op']}"
    elif not least <= found <= most:
        yield f"{what}: {found} is not {check['op']} {value} (within {allowed})"


def _line_faults(check: Check, result: Plan) -> Iterator[str]:
    key = {"order": check["order"], "line": check["line"]}
    delivered = _matching(result.lines, key)["delivered"].tolist()
    rows = _matching(result.shipments, key)
    days = rows["arrival_date"].dt.strftime("%Y-%m-%d")
    arrivals = rows.groupby(days)["quantity"].sum().to_dict()
    if delivered != pytest.approx([check["delivered"]]):
        yield f"line {key}: delivered {delivered}, expected {check['delivered']}"
    if arrivals != pytest.approx(check["arrivals"]):
        yield f"line {key}: arrivals {arrivals}, expected {check['arrivals']}"


def _matching(frame: pd.DataFrame, where: Mapping[str, object]) -> pd.DataFrame:
    for column, value in where.items():
        frame = frame[frame[column].astype("str") == str(value)]
    return frame


def _units(rows: pd.DataFrame) -> float:
    return float(rows["quantity"].sum())
