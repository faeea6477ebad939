"""The bundled peak week: proved within its default time; every count exact without order rules."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.scenario import Scenario
from models.solution import Status
from optimizer import plan, read_scenario
from tests.support.folders import ROOT

PEAK_WEEK = ROOT / "scenarios" / "peak-week"


@pytest.fixture(scope="module")
def peak_week() -> Scenario:
    return read_scenario(PEAK_WEEK)


@pytest.mark.slow
def test_every_goal_is_proved_within_the_default_time(peak_week: Scenario) -> None:
    assert peak_week.settings.solver.seconds == 60
    assert peak_week["orders"]["ship_complete"].any()
    result = plan(peak_week)
    assert result.goals["gap"].max() <= 0.005


@pytest.mark.slow
def test_without_order_rules_every_count_is_exact(peak_week: Scenario) -> None:
    lines = peak_week["lines"].assign(complete=False, min_fill=0.0)
    orders = peak_week["orders"].assign(ship_complete=False)
    solver = peak_week.settings.solver.model_copy(update={"relative_gap": 1e-4, "seconds": 240})
    free = replace(
        peak_week,
        settings=peak_week.settings.model_copy(update={"solver": solver}),
        tables={**peak_week.tables, "lines": lines, "orders": orders},
    )
    result = plan(free)
    assert result.status == Status.OPTIMAL
    counts = result.goals[result.goals["name"] != "value"]
    assert (counts["gap"] == 0).all()
