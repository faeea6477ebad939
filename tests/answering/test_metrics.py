"""Delivery in the terms of customers: known by hand, and told alike by judge and optimiser."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from models.judge import judge
from models.scenario import Scenario
from models.settings import Policy
from optimizer.policies import allocate
from optimizer.preparing import prepare
from optimizer.preparing.reduction import close_impossible
from tests.support.answers_as_text import one_line
from tests.support.relationship_scenarios import relationship_scenario
from tests.support.scenarios_as_text import make_scenario
from tests.support.solverless_plans import rule_outcome

LINES = """order,line,item,quantity
A,1,pump,10
A,2,valve,4
B,1,pump,6
C,1,pump,4"""
"""Of 14 pumps, A and B get 10 and 4; C, and 2 of B, none. A has 4 valves a day late."""


def scenario(**header: Any) -> Scenario:
    gold = {"tier": 1, "services": ["standard"]}
    segments = {"gold": gold, "core": gold | {"tier": 2}, "none": gold | {"tier": 3}}
    return make_scenario(
        {"segments": segments, "horizon": {"start": "2026-11-23", "days": 4}} | header,
        customers="customer,segment,region,stage,value\n"
        "a,gold,north,commit,500\nb,gold,south,recovery,200\nc,core,north,commit,100",
        orders="order,customer,requested,ordered\n"
        "A,a,2026-11-24,2026-11-20\nB,b,2026-11-25,2026-11-22\nC,c,2026-11-24,2026-11-13",
        lines=LINES,
        sites="site,pick_accuracy\nLYON,0.9\nOSLO,0.8",
        lanes="site,region,service,transit_days\nLYON,north,standard,1\nLYON,south,standard,2\n"
        "OSLO,south,standard,2",
        stock="site,item,on_hand\nLYON,pump,10\nOSLO,pump,4",
        receipts="site,item,date,quantity\nLYON,valve,2026-11-24,4",
    )


def metrics(asked: Scenario) -> dict[tuple[str, str, str, str], float]:
    """Return the metrics of the plan of ``segment_priority``, by group and name."""
    problem = close_impossible(prepare(asked))
    found = rule_outcome(asked, allocate(problem, Policy.SEGMENT_PRIORITY))
    keys = found.metrics[["segment", "stage", "region", "metric"]].itertuples(index=False)
    return dict(zip((tuple(key) for key in keys), found.metrics["value"], strict=True))


ALL = {
    "on_time_rate": 14 / 18,
    "otif": 1 / 4,
    "perfect_order_rate": 0.0,
    "cycle_time_mean": (10 * 4 + 4 * 5 + 4 * 3) / 18,
    "cycle_time_p90": 5.0,
    "backlog_age": (2 * 1 + 4 * 10) / 6,
    "region_spread": 10 / 18 - 4 / 6,
    "value_at_risk": 800.0,
}


def test_every_metric_is_what_it_says() -> None:
    found = metrics(scenario())
    whole = {key[3]: value for key, value in found.items() if key[:3] == ("", "", "")}
    expected = ALL | {"region_spread": abs(ALL["region_spread"])}
    assert whole == pytest.approx(expected)


def test_metrics_are_told_of_segments_their_stages_and_their_regions() -> None:
    found = metrics(scenario())
    groups = list(dict.fromkeys(key[:3] for key in found))
    assert groups == [
        ("", "", ""),
        ("gold", "", ""),
        ("gold", "commit", ""),
        ("gold", "recovery", ""),
        ("gold", "", "north"),
        ("gold", "", "south"),
        ("core", "", ""),
        ("core", "commit", ""),
        ("core", "", "north"),
    ]
    assert found["gold", "recovery", "", "on_time_rate"] == 1
    assert ("core", "", "", "on_time_rate") not in found  # nothing is delivered
    assert found["core", "", "", "backlog_age"] == 10
    assert ("gold", "", "north", "region_spread") not in found


def test_a_perfect_order_is_picked_without_an_error_too() -> None:
    easy = scenario()
    tables = dict(easy.tables)
    lines = tables["lines"]
    tables["lines"] = lines[lines["order"] == "B"].assign(quantity=4.0).reset_index(drop=True)
    found = metrics(Scenario(easy.settings, tables))
    assert found["", "", "", "otif"] == 1
    assert found["", "", "", "perfect_order_rate"] in (0.9, 0.8)


def test_what_is_expected_to_stay_is_not_at_risk() -> None:
    assert metrics(scenario(retention_after_miss=0.75))["", "", "", "value_at_risk"] == 200


def test_nothing_ordered_and_nothing_delivered_have_the_metrics_that_mean_something() -> None:
    nothing = one_line(None, orders="order,customer,requested", lines="order,line,item,quantity")
    assert metrics(nothing) == {}
    found = metrics(one_line(None, stock="site,item,on_hand"))
    assert {key[3] for key in found if key[:3] == ("", "", "")} == {
        *("otif", "perfect_order_rate", "backlog_age", "value_at_risk")
    }


@pytest.mark.parametrize("seed", range(12))
def test_judge_and_optimiser_tell_the_same(seed: int) -> None:
    asked = relationship_scenario(seed)
    problem = close_impossible(prepare(asked))
    for policy in (Policy.EDD, Policy.FAIR_SHARE):
        found = rule_outcome(asked, allocate(problem, policy), policy=policy)
        assert [text for text in judge(asked, found) if text.startswith("metrics")] == []


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda rows: rows.assign(value=rows["value"] + 0.01), "on_time_rate of segment "),
        (lambda rows: rows.iloc[1:], "is missing"),
        (lambda rows: rows.iloc[::-1], "rows are repeated or not sorted"),
    ],
)
def test_a_metric_that_the_shipments_do_not_make_is_found(spoil: Any, said: str) -> None:
    asked = scenario()
    problem = close_impossible(prepare(asked))
    found = rule_outcome(asked, allocate(problem, Policy.FCFS))
    rows: pd.DataFrame = spoil(found.metrics)
    findings = judge(asked, replace(found, metrics=rows))
    assert findings
    assert all(text.startswith("metrics") for text in findings)
    assert said in findings[0]
