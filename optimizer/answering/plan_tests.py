"""Tests of the plan that the scenario asks for under ``expect``."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from models.scenario import Scenario
from models.settings import Expectation, Measure
from models.solution import NOT_DUE, Solution
from models.tolerances import ROUNDING, UNIT
from optimizer.common.words import few, number


@dataclass(frozen=True, slots=True)
class PlanTest:
    """One test of a plan."""

    text: str
    """What was expected, and what came out."""
    kept: bool


def run_plan_tests(scenario: Scenario, solution: Solution) -> list[PlanTest]:
    """Hold a plan against what the scenario expects of it.

    Parameters
    ----------
    scenario
        With its ``expect``.
    solution
        Its plan.

    Returns
    -------
    list
        In the order of the scenario.
    """
    return [
        _arrival(test, pd.Timestamp(test.arrives_by), solution)
        if test.arrives_by
        else _level(test, solution)
        for test in scenario.settings.expect
    ]


def failed_tests(scenario: Scenario, solution: Solution) -> list[str]:
    """Say in a sentence each what a plan misses of what the scenario expects of it."""
    return [test.text for test in run_plan_tests(scenario, solution) if not test.kept]


def _level(expected: Expectation, solution: Solution) -> PlanTest:
    """Compare with the level that was reached; without orders there is nothing to miss."""
    service, least = solution.service, expected.at_least or 0.0
    mine = (service["segment"] == expected.segment) & (service["measure"] == expected.measure)
    reached = float(service.loc[mine, "achieved"].iloc[0])
    nothing = (
        "there is no backlog" if expected.measure == Measure.BACKLOG_FILL else "there are no orders"
    )
    came = nothing if math.isnan(reached) else f"{_percent(reached)} is reached"
    text = (
        f"{expected.segment}: {expected.measure} of at least {_percent(least)} is expected, {came}."
    )
    return PlanTest(text, kept=not reached < least - ROUNDING)


def _arrival(expected: Expectation, latest: pd.Timestamp, solution: Solution) -> PlanTest:
    """Ask that each line of an order, or one of them, is full and arrives by a date."""
    lines = solution.lines[solution.lines["order"] == expected.order]
    if expected.line:
        lines = lines[lines["line"] == expected.line]
    faults = [text for line in lines.to_dict("records") if (text := _fault(line, latest))]
    last = lines["last_arrival"].max()
    kept = "there are no lines" if pd.isna(last) else f"it arrives on {last.date()}"
    name = f"line {expected.order}/{expected.line}" if expected.line else f"order {expected.order}"
    text = f"{name}: all of it is expected by {latest.date()}, {few(faults) or kept}."
    return PlanTest(text, kept=not faults)


def _fault(line: dict[Hashable, Any], latest: pd.Timestamp) -> str:
    """Say what keeps a line from being full by a date; nothing if it is."""
    if line["status"] == NOT_DUE and line["delivered"] < line["ordered"] - UNIT:
        return f"line {line['line']} is not due yet"
    if line["short"] > UNIT:
        return f"line {line['line']} is {number(line['short'])} units short"
    if line["last_arrival"] > latest:
        return f"line {line['line']} arrives on {line['last_arrival'].date()}"
    return ""


def _percent(share: float) -> str:
    """Write a share to a thousandth of a percent, so that it never looks better than it is."""
    return f"{math.floor(share * 1e5 + 1e-3) / 1e3:g} %"
