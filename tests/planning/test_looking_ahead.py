"""Looking ahead: what is held for orders that are expected, and what it may never touch."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from rich.console import Console

from models.forecast import is_virtual, with_forecast
from models.judge import judge
from models.scenario import Scenario
from models.solution import FRAMES, RESERVE, Solution, Status
from models.tables import TABLES
from optimizer import plan
from optimizer.cli.plan_text import print_summary
from optimizer.common.words import HELD_COUNTS
from optimizer.explaining import LineExplainer
from optimizer.planning.business_rules import rules_of
from optimizer.planning.rule_prices import rule_prices
from optimizer.policies import allocate_all
from optimizer.preparing import prepare
from optimizer.runs.run_reader import read_run
from tests.support.forecast_scenarios import forecast_scenario
from tests.support.mixed_scenarios import mixed_scenario
from tests.support.scenarios_as_text import make_scenario

SEGMENTS: dict[str, dict[str, Any]] = {
    "gold": {
        "tier": 1,
        "services": ["standard"],
        "target": {"measure": "unit_otif", "level": 1},
    },
    "silver": {
        "tier": 2,
        "services": ["standard"],
        "target": {"measure": "unit_otif", "level": 1},
    },
}


def today_ten(forecast: str, **header: object) -> Scenario:
    """Ten on hand; an order of silver wants all of them today."""
    return make_scenario(
        {"segments": SEGMENTS, **header},
        customers="customer,segment,region\nBOLT,silver,north",
        orders="order,customer,requested\nS,BOLT,2026-11-24",
        lines="order,line,item,quantity,unit_value\nS,1,pump,10,5",
        lanes="site,region,service,transit_days,cost_per_unit\nLYON,north,standard,1,1",
        stock="site,item,on_hand\nLYON,pump,10",
        forecast=f"segment,region,item,requested,quantity\n{forecast}",
    )


GOLD = "gold,north,pump,2026-11-25,6"


def goals(solution: Solution) -> dict[str, float]:
    return {goal.name: goal.value for goal in solution.goals}


def test_tomorrows_order_of_a_better_tier_keeps_its_stock_today() -> None:
    found = plan(today_ten(GOLD), diagnose=False).solution
    assert found.status is Status.OPTIMAL
    assert goals(found) == {
        "commitments": 0,
        "target:1": 0,
        "reserve:1": 0,
        "target:2": 6,
        "value": 10 * 4,
    }
    assert found.shipments["quantity"].tolist() == [4]
    assert found.lines["reason"].tolist() == ["reserve"]
    assert found.shortages[["reason", "site", "units"]].iloc[0].tolist() == ["reserve", "LYON", 6]
    assert found.totals["delivered_units"] == 4
    assert found.totals["delivered_value"] == 20
    (held,) = found.reserve.to_dict("records")
    days = {n: f"{held[n]:%d}" for n in ("requested", "ship_date", "arrival_date")}
    assert days == {"requested": "25", "ship_date": "24", "arrival_date": "25"}
    assert (held["quantity"], held["unit_value"], held["bid_price"]) == (6, 5, 4)


@pytest.mark.parametrize(
    ("forecast", "shipped", "held"),
    [
        ("silver,north,pump,2026-11-25,6", 10, 0),  # real orders of a tier come first
        ("gold,north,pump,2026-11-25,2.5", 7, 2.5),  # a mean is held, half a pump is nobody's
        ("gold,south,pump,2026-11-25,6", 10, 0),  # no lane
        ("gold,north,hose,2026-11-25,6", 10, 0),  # no supply
        ("gold,north,pump,2026-11-22,6", 10, 0),  # late whatever happens, and worth less then
    ],
)
def test_only_what_a_tier_can_use_is_held(forecast: str, shipped: float, held: float) -> None:
    found = plan(today_ten(forecast), diagnose=False).solution
    assert found.totals["delivered_units"] == shipped
    assert found.reserve["quantity"].sum() == held


def test_in_lines_and_orders_a_row_counts_with_the_share_that_is_held() -> None:
    segments = {
        name: segment | {"target": {"measure": "line_otif", "level": 1}}
        for name, segment in SEGMENTS.items()
    }
    found = plan(
        today_ten("gold,north,pump,2026-11-25,40", segments=segments), diagnose=False
    ).solution
    assert goals(found)["reserve:1"] == pytest.approx(0.75)
    assert found.reserve["quantity"].tolist() == [10]


def test_the_past_counts_for_a_segment_that_is_expected_to_order() -> None:
    scenario = today_ten(GOLD)
    ledger = pd.DataFrame(
        {"segment": ["gold"], "customer": [""], "ordered": [4.0], "served": [6.0]}
    ).astype(TABLES["ledger"].empty().dtypes)
    found = plan(
        replace(scenario, tables={**scenario.tables, "ledger": ledger}), diagnose=False
    ).solution
    assert found.reserve["quantity"].tolist() == [4]  # 4 + 6 less the 6 that were served


def test_a_segment_without_target_has_stock_held_by_value_only() -> None:
    gold = {"tier": 1, "services": ["standard"]}
    silver = {"tier": 2, "services": ["standard"]}
    scenario = today_ten(GOLD, segments={"gold": gold, "silver": silver})
    dear = scenario["forecast"].assign(unit_value=9.0)
    found = plan(
        replace(scenario, tables={**scenario.tables, "forecast": dear}), diagnose=False
    ).solution
    assert "reserve:1" not in goals(found)
    assert found.reserve["quantity"].tolist() == [6]
    assert goals(found)["value"] == 6 * 8 + 4 * 4


def test_policies_do_not_look_ahead() -> None:
    scenario = today_ten(GOLD)
    x = allocate_all(prepare(scenario))
    plain = allocate_all(prepare(scenario).real())
    for policy, shipped in x.items():
        assert shipped[: len(plain[policy])].tolist() == plain[policy].tolist()
        assert not shipped[len(plain[policy]) :].any()
    found = plan(scenario, "fair_share", diagnose=False).solution
    assert found.reserve.empty
    assert goals(found)["reserve:1"] == 6


@pytest.mark.parametrize("seed", range(6))
def test_real_demand_is_prepared_as_without_a_forecast(seed: int) -> None:
    scenario = forecast_scenario(seed)
    empty = {**scenario.tables, "forecast": TABLES["forecast"].empty()}
    plain, real = prepare(replace(scenario, tables=empty)), prepare(scenario).real()
    new = ["forecast", "reserve_base", "reserve_need"]
    pd.testing.assert_frame_equal(plain.lines, real.lines)
    pd.testing.assert_frame_equal(plain.orders, real.orders)
    pd.testing.assert_frame_equal(
        plain.options,
        real.options.assign(
            **{name: plain.options[name] for name in ("site_day", "lane_day", "lane_total")}
        ),
    )
    pd.testing.assert_frame_equal(plain.segments.drop(columns=new), real.segments.drop(columns=new))


def test_without_a_forecast_nothing_is_held_and_nothing_is_spelled_out() -> None:
    scenario = mixed_scenario(3)
    assert with_forecast(scenario) is scenario
    found = plan(scenario, diagnose=False).solution
    assert found.reserve.empty
    assert not any(goal.name.startswith("reserve") for goal in found.goals)
    assert found.reserve.dtypes.astype(str).to_dict() == dict(FRAMES["reserve"])


def spoiled(solution: Solution, column: str, value: str | float | pd.Timestamp) -> Solution:
    table = solution.reserve.assign(**{column: value}).astype(RESERVE)
    return replace(solution, reserve=table)


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("quantity", 6.5, "exceed"),
        ("item", "hose", "nothing like it is forecast"),
        ("bid_price", -1.0, "bid_price -1 is not a price"),
        ("unit_value", 7.0, "unit_value is 7, must be 5"),
        ("arrival_date", pd.Timestamp("2026-11-26"), "arrival_date is 2026-11-26, must be"),
        ("ship_date", pd.Timestamp("2026-12-26"), "the ship date is outside the horizon"),
        ("service", "express", "the services have no express"),
        ("quantity", 5.0, "goal reserve:1: value is 0, the shipments make 1"),
    ],
)
def test_the_judge_holds_the_reserve_to_the_rules(
    column: str, value: str | float | pd.Timestamp, said: str
) -> None:
    scenario = today_ten(GOLD)
    found = plan(scenario, diagnose=False).solution
    assert judge(scenario, found) == []
    assert any(said in finding for finding in judge(scenario, spoiled(found, column, value)))


def test_shipments_and_reserve_use_the_same_stock() -> None:
    scenario = today_ten(GOLD)
    found = plan(scenario, diagnose=False).solution
    more = replace(found, shipments=found.shipments.assign(quantity=5.0, cost=5.0))
    assert any("exceed stock and receipts" in finding for finding in judge(scenario, more))


def test_a_run_folder_keeps_the_reserve(tmp_path: Path) -> None:
    found = plan(today_ten(GOLD), diagnose=False)
    folder = found.write(tmp_path / "run")
    scenario, read = read_run(folder)
    pd.testing.assert_frame_equal(read.reserve, found.solution.reserve)
    assert judge(scenario, read) == []
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Held for orders that are expected" in page
    assert "the forecast of gold, north, pump, 2026-11-25: 6" in page
    told = StringIO()
    print_summary(Console(file=told, width=200), found, folder)
    for shown in (page, told.getvalue()):
        assert HELD_COUNTS in " ".join(shown.split())


def test_an_explanation_names_the_forecast_and_what_it_would_pay() -> None:
    scenario = today_ten(GOLD)
    with LineExplainer(scenario, plan(scenario, diagnose=False).solution) as explainer:
        told = explainer.explain("S", "1")
    (row,) = told.ledger.to_dict("records")
    assert (row["reason"], row["units"]) == ("reserve", 6)
    assert is_virtual(pd.Series([row["order"]])).all()
    assert told.payment is not None
    assert told.payment.losers["units"].tolist() == [6]
    assert set(told.payment.goals["goal"]) == {"reserve:1", "target:2"}
    assert "the forecast of gold, north, pump, 2026-11-25" in repr(told)


def test_a_forecast_is_a_rule_with_a_price() -> None:
    scenario = today_ten(GOLD)
    found = plan(scenario, diagnose=False).solution
    rules = [rule for rule in rules_of(scenario) if "forecast" in rule.words]
    assert [rule.words for rule in rules] == ["the forecast of segment gold"]
    (row,) = rule_prices(scenario, found, rules).to_dict("records")
    assert (row["goal"], row["better"], row["units"], row["proved"]) == ("target:2", 6, 6, True)


def test_what_is_held_is_in_no_real_units_way() -> None:
    scenario = make_scenario(
        {"segments": SEGMENTS},
        customers="customer,segment,region\nBOLT,silver,north",
        orders="order,customer,requested\nS,BOLT,2026-11-27",
        lines="order,line,item,quantity,unit_value\nS,1,pump,4,5",
        lanes="site,region,service,transit_days,cost_per_unit\nLYON,north,standard,1,1",
        stock="site,item,on_hand\nLYON,pump,10",
        forecast="segment,region,item,requested,quantity\ngold,north,pump,2026-11-27,6",
        site_capacity="site,units\nLYON,4",
    )
    found = plan(scenario, diagnose=False).solution
    assert found.shipments["ship_date"].dt.strftime("%d").tolist() == ["23"]
    assert found.reserve["ship_date"].dt.strftime("%d").tolist() == ["25", "26"]


def test_the_picture_of_policies_shows_what_they_take_from_the_forecast() -> None:
    """Without it the plan that holds stock would look worse in everything that is drawn."""
    drawn = plan(today_ten(GOLD), diagnose=False).plot("policies").to_dict()
    shown = {row["goal"] for rows in drawn["datasets"].values() for row in rows}
    assert "reserve:1" in shown
