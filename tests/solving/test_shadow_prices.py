"""Prices of what is scarce: a unit less costs at least as much, or a promise."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from models.scenario import Scenario
from models.solution import Solution
from optimizer import plan
from optimizer.explaining.scarcity import binding_limits
from tests.support.mixed_scenarios import mixed_scenario
from tests.support.scenarios_as_text import make_scenario
from tests.support.seeds import seeds

TABLES = {
    "customers": "customer,segment,region\nC,gold,north",
    "orders": "order,customer,requested\nA,C,2026-11-25\nB,C,2026-11-25\nD,C,2026-11-25",
    "lines": "order,line,item,quantity,unit_value\nA,1,pump,4,9\nB,1,pump,4,7\nD,1,hose,9,3",
    "lanes": "site,region,service,transit_days\nhub,north,standard,1",
    "stock": "site,item,on_hand\nhub,pump,6\nhub,hose,9",
}


def test_the_last_unit_is_worth_what_the_last_taker_pays() -> None:
    solution = plan(make_scenario({}, **TABLES)).solution
    (row,) = solution.prices.to_dict("records")
    assert (row["resource"], row["site"], row["item"]) == ("stock", "hub", "pump")
    assert (row["price"], row["slack"]) == (7.0, 0.0)
    mine = solution.shortages[solution.shortages["order"] == "B"]
    scarce = binding_limits(mine, solution.prices, 0.0)
    assert scarce["at_least"].sum() == pytest.approx(7.0 * mine["units"].sum())


def test_a_full_dock_has_a_price() -> None:
    capacity = "site,date,units\nhub,2026-11-23,5\nhub,2026-11-24,4\nhub,,0"
    solution = plan(make_scenario({}, **TABLES, site_capacity=capacity)).solution
    docks = solution.prices[solution.prices["resource"] == "site_capacity"]
    assert docks["price"].tolist() == [3.0, 3.0]
    stock = solution.prices[solution.prices["resource"] == "stock"]
    assert stock["price"].tolist() == [4.0]


def without_one(scenario: Scenario, row: dict[str, object]) -> Scenario | None:
    """Take a unit of a resource away, of what is there on the day."""
    if row["resource"] == "stock" and row["confidence"] == 0:
        start = pd.Timestamp(scenario.settings.horizon.start)
        tables = (("receipts", "quantity"), ("stock", "on_hand"))
        for table, column in tables:
            frame = scenario[table].copy()
            there = (frame["site"] == row["site"]) & (frame["item"] == row["item"])
            there &= frame[column] >= 1
            if table == "receipts":
                there &= frame["date"].where(frame["date"] > start, start) == row["date"]
            elif row["date"] != start:
                continue
            if there.any():
                frame.loc[frame.index[there][0], column] -= 1
                return replace(scenario, tables={**scenario.tables, table: frame})
    if row["resource"] in ("site_capacity", "lane_capacity"):
        frame = scenario[str(row["resource"])].copy()
        keys = ["site", "region", "service"] if row["resource"] == "lane_capacity" else ["site"]
        same = pd.concat([frame[name] == row[name] for name in keys], axis=1).all(axis=1)
        dated = same & (frame["date"] == row["date"]) & (frame["units"] >= 1)
        if dated.any():
            frame.loc[frame.index[dated][0], "units"] -= 1
            return replace(scenario, tables={**scenario.tables, str(row["resource"]): frame})
    return None


def lost(before: Solution, after: Solution) -> float:
    """Net value lost, infinite where a goal before it is worse."""
    then = {goal.name: goal.value for goal in before.goals}
    for goal in after.goals:
        if goal.name == "value":
            return then["value"] - goal.value
        if goal.value > then.get(goal.name, goal.value) + 1e-6:
            return float("inf")
    return float("inf")


@pytest.mark.parametrize("seed", seeds(8, 120))
def test_a_unit_less_costs_at_least_its_price(seed: int) -> None:
    scenario = mixed_scenario(seed)
    before = plan(scenario, diagnose=False).solution
    for row in before.prices.head(3).to_dict("records"):
        less = without_one(scenario, {str(name): value for name, value in row.items()})
        if less is not None:
            paid = lost(before, plan(less, diagnose=False).solution)
            assert paid >= row["price"] - row["slack"] - 1e-4, row
