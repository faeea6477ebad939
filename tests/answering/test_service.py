"""From shipped units to the frames of a run folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from models.judge import judge
from models.scenario import Scenario
from models.settings import Measure, Policy
from models.solution import Solution
from optimizer.outcome import Reachable
from optimizer.policies import allocate
from tests.support.scenarios_as_text import make_scenario
from tests.support.solverless_plans import prepared, rule_outcome, units
from tests.support.tiny_scenarios import tiny_scenario

TABLES = {
    "customers": "customer,segment,region\nG,gold,north",
    "orders": "order,customer,requested\nO1,G,2026-11-25\nO2,G,2026-11-25",
    "lines": "order,line,item,quantity,unit_value\nO1,1,pump,4,5\nO1,2,valve,6,1\nO2,1,pump,10,5",
    "lanes": "site,region,service,transit_days,cost_per_unit,kg_co2_per_unit\n"
    "hub,north,standard,1,0.1,0.3",
    "stock": "site,item,on_hand\nhub,pump,14\nhub,valve,6",
}


def scenario_of(gold: Mapping[str, Any] | None = None, **header: object) -> Scenario:
    segments = {"gold": {"tier": 1, "services": ["standard"]} | dict(gold or {})}
    return make_scenario({"segments": segments} | header, **TABLES)


def answered(scenario: Scenario, plan: Mapping[str, float], best: float | None = None) -> Solution:
    reachable = {} if best is None else {"gold": Reachable(best, best, best)}
    return rule_outcome(scenario, units(prepared(scenario), plan), reachable=reachable)


PLAN = {"O1/1 0": 4, "O1/2 1": 2, "O1/2 2": 4, "O2/1 1": 5}
"""O1/1 on time; O1/2 full, 4 of 6 a day late; O2/1 half, on time."""


def test_all_eight_measures_are_as_counted_by_hand() -> None:
    service = answered(scenario_of(), PLAN).service.set_index("measure")["achieved"]
    assert service.dropna().round(9).to_dict() == {
        Measure.UNIT_FILL: 15 / 20,
        Measure.UNIT_OTIF: 11 / 20,
        Measure.VALUE_FILL: round(51 / 76, 9),
        Measure.VALUE_OTIF: round(47 / 76, 9),
        Measure.LINE_FILL: round(2 / 3, 9),
        Measure.LINE_OTIF: round(1 / 3, 9),
        Measure.ORDER_FILL: 1 / 2,
        Measure.ORDER_OTIF: 0,
    }


def test_lines_and_totals_are_as_counted_by_hand() -> None:
    solution = answered(scenario_of(), PLAN)
    shown = ["delivered", "delivered_on_time", "short", "status"]
    assert solution.lines[shown].to_numpy().tolist() == [
        [4, 4, 0, "on_time"],
        [6, 2, 0, "late"],
        [5, 5, 5, "partial"],
    ]
    assert solution.lines["last_arrival"].dt.day.tolist() == [24, 26, 25]
    assert solution.totals == {
        "lines": 3,
        "ordered_units": 20,
        "delivered_units": 15,
        "on_time_units": 11,
        "delivered_value": 20 + 2 + 4 * 0.95 + 25,
        "cost": 1.5,
        "kg_co2": 4.5,
        "not_due_lines": 0,
        "not_due_units": 0,
    }


def test_a_row_of_shipments_says_what_to_do() -> None:
    row = answered(scenario_of(), {"O1/2 2": 4}).shipments.iloc[0]
    promised = ["promised_ship_date", "promised_arrival_date"]
    assert row[promised].isna().all()
    assert row.drop(["ship_date", "arrival_date", *promised]).tolist() == [
        *(1, "O1", "2", "valve", "hub", "standard", 4.0, False, 1, 1, 0.4, "value")
    ]
    assert [row["ship_date"].day, row["arrival_date"].day] == [25, 26]


def test_nothing_shipped_and_nothing_possible_keep_the_frames() -> None:
    empty = answered(scenario_of(), {})
    assert empty.lines["status"].eq("short").all()
    tables = TABLES | {"stock": "site,item,on_hand\nhub,hose,1"}
    hopeless = rule_outcome(make_scenario({}, **tables), np.zeros(0))
    assert hopeless.shipments.empty
    assert hopeless.lines["reason"].tolist() == ["stock"] * 3


def reasons(target: Mapping[str, Any], goals: list[str] | None = None) -> list[str]:
    header = {"goals": goals} if goals else {}
    return answered(scenario_of(target, **header), PLAN).shipments["reason"].tolist()


def test_a_shipment_serves_the_first_goal_that_the_rows_before_it_left_open() -> None:
    target = {"measure": "unit_otif", "level": 0.4}
    # By rank: O1/1 4 units, O2/1 5, O1/2 2, and 4 late; floor 2 of 20 units, target 8 of 20.
    assert reasons({"target": target, "floor": 0.1}) == ["floor", "target", "value", "value"]
    assert reasons({"target": target, "floor": 0.3}) == ["floor", "floor", "value", "value"]
    more = {"target": target | {"level": 0.9}, "floor": 0.1}
    assert reasons(more) == ["floor", "target", "target", "value"]


def test_late_units_serve_a_target_that_counts_them() -> None:
    assert reasons({"target": {"measure": "unit_fill", "level": 0.9}}) == ["target"] * 4


def test_only_goals_that_are_asked_for_are_served_in_their_order() -> None:
    promise = {"target": {"measure": "unit_otif", "level": 0.9}, "floor": 0.1}
    assert reasons(promise, ["targets", "floors", "fill", "value"]) == [*["target"] * 3, "fill"]
    assert reasons(promise, ["fill", "floors", "value"]) == ["fill"] * 4
    assert reasons(promise, ["value"]) == ["value"] * 4


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ("line_fill", ["target", "value", "target", "target"]),
        ("line_otif", ["target", "value", "value", "value"]),
        ("order_fill", ["target", "value", "target", "target"]),
        ("order_otif", ["value"] * 4),
        ("value_otif", ["target", "target", "target", "value"]),
    ],
)
def test_parts_of_lines_and_orders_serve_only_if_the_whole_counts(
    measure: str, expected: list[str]
) -> None:
    assert reasons({"target": {"measure": measure, "level": 1.0}}) == expected


def promise(gold: Mapping[str, Any], best: float | None = None) -> pd.Series:
    rows = answered(scenario_of(gold), PLAN, best).service
    (row,) = (r for _, r in rows.iterrows() if r["measure"] == "unit_otif")
    return row[["target", "floor", "best_reachable", "shortfall"]].astype("float64").fillna(-1)


def test_a_missed_target_says_by_how_much_and_what_was_reachable() -> None:
    target = {"target": {"measure": "unit_otif", "level": 0.9}, "floor": 0.2}
    assert promise(target, best=0.7).tolist() == [0.9, 0.2, 0.7, 7]
    assert promise(target, best=0.5).tolist() == [0.9, 0.2, 0.55, 7]  # the plan itself has 0.55
    assert promise(target).tolist() == [0.9, 0.2, -1, 7]


def test_a_kept_target_has_no_best_reachable() -> None:
    target = {"target": {"measure": "unit_otif", "level": 0.5}}
    assert promise(target, best=0.7).tolist() == [0.5, -1, -1, 0]


def test_a_floor_without_a_target_is_in_units_on_time() -> None:
    assert promise({"floor": 0.6}, best=0.7).tolist() == [-1, 0.6, -1, 1]


@pytest.mark.parametrize("seed", range(5))
def test_the_judge_finds_nothing_in_a_rules_plan(seed: int) -> None:
    scenario = tiny_scenario(seed)
    x = allocate(prepared(scenario), Policy.EDD)
    assert judge(scenario, rule_outcome(scenario, x, policy=Policy.EDD)) == []
