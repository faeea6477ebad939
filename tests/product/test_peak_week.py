"""The bundled peak week: proved within its default time; every count exact without order rules."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from models.scenario import Scenario
from models.solution import Status
from optimizer import plan, read_scenario
from optimizer.planning.unit_less import unit_less
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
    check_prices(peak_week, result.solution.prices)


def check_prices(scenario: Scenario, prices: pd.DataFrame) -> None:
    """No price is above the goods' worth, but with the goal that is why: more units give way."""
    dearest = scenario["lines"].groupby("item")["unit_value"].max()
    own = prices["item"].map(dearest).fillna(dearest.max())
    alone = prices["goal"] == "value"
    assert (prices.loc[alone, "price"] <= own[alone]).all()
    assert (prices["price"] <= 2 * own).all()
    assert (prices.loc[~alone, "goal"] != "").all()
    assert prices["goal"].str.startswith("target").mean() > 0.5


@pytest.mark.long
def test_the_dearest_prices_are_true(peak_week: Scenario) -> None:
    """Planned again with a unit less: no goal before the first named stays, if that one does."""
    solution = plan(peak_week, diagnose=False).solution
    names = [goal.name for goal in solution.goals]
    certain = solution.prices[solution.prices["by"] > solution.prices["slack"] + 1e-4]
    for row in certain.nlargest(4, "price").to_dict("records"):
        found = unit_less(peak_week, solution, row)
        assert found is not None
        if not found.proved:  # a busy machine
            continue
        worse = [found.goals.get(name, 0.0) for name in names[: names.index(row["goal"]) + 1]]
        assert worse > [0.0] * (len(worse) - 1) + [row["by"] - row["slack"] - 1e-4], row


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
