"""Explanations are true: ledgers balance, changes fill the line, and a unit less does not."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from models.goals import GoalName
from models.scenario import Scenario
from models.solution import AS_ASKED
from optimizer import plan
from optimizer.cli import main
from optimizer.explaining import Explanation, LineExplainer
from optimizer.explaining.scarcity import binding_limits
from tests.support.forecast_scenarios import forecast_scenario
from tests.support.mixed_scenarios import mixed_scenario
from tests.support.relationship_scenarios import relationship_scenario
from tests.support.scenarios_as_text import make_scenario
from tests.support.seeds import seeds
from tests.support.told_lines import assert_true

SEEDS = seeds(4, 160)
POLICIES = ("optimal", "segment_priority")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("draw", [mixed_scenario, relationship_scenario, forecast_scenario])
def test_what_is_told_of_lines_is_true(draw: Callable[[int], Scenario], seed: int) -> None:
    scenario = draw(seed)
    solution = plan(scenario, POLICIES[seed % 2]).solution
    late = solution.lines[~solution.lines["status"].isin(AS_ASKED)]
    with LineExplainer(scenario, solution) as explainer:
        for order, line in late[["order", "line"]].itertuples(index=False, name=None):
            assert_true(scenario, solution, explainer.explain(order, line))


def book(**tables: str) -> Scenario:
    """Gold takes six of eight pumps; base wants nine in two orders."""
    segments = {
        "gold": {"tier": 1, "services": ["standard"]},
        "base": {"tier": 2, "services": ["standard"]},
    }
    basis = {
        "customers": "customer,segment,region\nG,gold,north\nB,base,north",
        "orders": "order,customer,requested\nO1,G,2026-11-25\nO2,B,2026-11-25\nO3,B,2026-11-25",
        "lines": "order,line,item,quantity,unit_value\nO1,1,pump,6,2\nO2,1,pump,5,5\nO3,1,pump,4,3",
        "lanes": "site,region,service,transit_days\nhub,north,standard,1",
        "stock": "site,item,on_hand\nhub,pump,8",
    }
    goals = ["commitments", "floors", "targets", "fill", "value"]
    return make_scenario({"segments": segments, "goals": goals}, **(basis | tables))


@pytest.mark.parametrize("unsure", [0, 3, 10])
@pytest.mark.parametrize("sure", [5, 7])
def test_what_others_need_of_certain_supply_stays_theirs(unsure: int, sure: int) -> None:
    """Both orders want nine certain units; however many uncertain ones come, the rest is missing.

    Planned again with what was told, both are full, and with a unit less they are not.
    """
    certain = {"tier": 1, "services": ["standard"], "min_confidence": 0.9}
    scenario = make_scenario(
        {"segments": {"gold": certain}, "goals": ["commitments", "fill", "value"]},
        customers="customer,segment,region\nG,gold,north\nH,gold,north",
        orders="order,customer,requested\nO1,G,2026-11-25\nO2,H,2026-11-25",
        lines="order,line,item,quantity,unit_value\nO1,1,pump,5,2\nO2,1,pump,4,2",
        lanes="site,region,service,transit_days\nhub,north,standard,1",
        receipts="site,item,date,quantity,confidence\n"
        + f"hub,pump,2026-11-23,{unsure},0.5\nhub,pump,2026-11-24,{sure},1",
    )
    told = explained(scenario, "O2")
    (fill,) = (fill for fill in told.fills if fill.kind == "supply")
    assert fill.units == 9 - sure
    for more, short in ((fill, 0), (fill.less(1), 1)):
        again = plan(more.change(scenario)).solution.lines
        assert again["short"].sum() == pytest.approx(short)


def test_parcels_of_others_are_no_obstacle() -> None:
    """The lane charges for each parcel; others keep theirs, and what is missing is the units."""
    priced = "site,region,service,transit_days,cost_per_shipment\nhub,north,standard,1,0.5"
    told = explained(book(lanes=priced), "O3")
    assert told.known
    assert [fill.words for fill in told.fills] == ["4 more of pump at hub by 2026-11-24"]


@pytest.mark.parametrize("late", [None, 0, 1])
@pytest.mark.parametrize("early", [None, 0])
def test_the_date_to_promise_is_the_first_that_fits(late: int | None, early: int | None) -> None:
    """Pumps come on the 26th; how late or early a delivery may be, a date can be moved."""
    scenario = book(receipts="site,item,date,quantity\nhub,pump,2026-11-26,20")
    segments, terms = scenario.settings.segments, {"max_days_late": late, "max_days_early": early}
    segments = segments | {"base": segments["base"].model_copy(update=terms)}
    settings = scenario.settings.model_copy(update={"segments": segments})
    scenario = replace(scenario, settings=settings)
    (date,) = (fill for fill in explained(scenario, "O3").fills if fill.kind == "date")
    assert date.words == "promise it for 2026-11-27, 2 days later than requested"


def explained(scenario: Scenario, order: str) -> Explanation:
    with LineExplainer(scenario, plan(scenario).solution) as explainer:
        ((name, line),) = explainer.lines_of(order)
        return explainer.explain(name, line)


def test_it_names_who_has_the_units_what_would_fill_it_and_who_would_pay() -> None:
    told = explained(book(), "O3")
    assert told.ledger[["order", "units", "tier"]].to_numpy().tolist() == [["O1", 4.0, 1]]
    assert [fill.words for fill in told.fills] == ["4 more of pump at hub by 2026-11-24"]
    assert told.payment is not None
    losers = told.payment.losers[["order", "units"]].to_numpy().tolist()
    assert sum(units for _, units in losers) == 4 - told.line["delivered"]
    words = repr(told)
    assert "Order O3 line 1: 4 of pump for B (segment base, tier 2): 4 short." in words
    assert "O1 line 1 4 (tier 1)" in words
    assert "fill of tier 2 missed by at least 1 unit more; worth about 5 EUR." in words


def test_what_no_known_supply_can_fill_is_said() -> None:
    told = explained(book(stock="site,item,on_hand\nhub,pump,3"), "O2")
    assert told.known is False
    assert told.payment is None
    assert "It cannot be filled on time with known supply" in repr(told)
    assert [fill.kind for fill in told.fills] == ["supply"]


def test_a_rule_of_the_order_a_date_and_a_dock_are_found() -> None:
    whole = "order,customer,requested,ship_complete\nO1,B,2026-11-25,true"
    both = "order,line,item,quantity\nO1,1,pump,5\nO1,2,hose,2"
    scenario = book(orders=whole, lines=both)
    with LineExplainer(scenario, plan(scenario).solution) as explainer:
        told = explainer.explain("O1", "1")
    assert "the order may ship in parts (ship_complete)" in [fill.words for fill in told.fills]
    receipt = "site,item,date,quantity\nhub,pump,2026-11-26,9"
    late = explained(book(receipts=receipt), "O3")
    assert [fill.kind for fill in late.fills] == ["supply", "date"]
    assert late.fills[1].words.startswith("promise it for 2026-11-27, 2 days later")
    docks = "site,date,units\nhub,2026-11-23,8\nhub,2026-11-24,0\nhub,,9"
    tight = explained(book(stock="site,item,on_hand\nhub,pump,99", site_capacity=docks), "O3")
    assert tight.fills[0].kind == "site_capacity"
    assert tight.fills[0].units == 4 - tight.line["delivered_on_time"]


def test_what_is_there_but_not_worth_it_needs_a_promise() -> None:
    dear = "site,region,service,transit_days,cost_per_unit\nhub,north,standard,1,9"
    scenario = book(lanes=dear)
    settings = scenario.settings.model_copy(update={"goals": (GoalName.VALUE,)})
    told = explained(replace(scenario, settings=settings), "O3")
    assert [fill.kind for fill in told.fills] == ["promise"]
    assert told.fills[0].words.startswith("Nothing is missing: commit 4 of pump from hub")


def test_the_command_explains_and_keeps_what_it_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = plan(book()).write(tmp_path / "run")
    assert main(["explain", str(run), "O3/1"]) == 0
    told = capsys.readouterr().out
    assert "4 more of pump at hub by 2026-11-24" in told
    kept = json.loads((run / "explanations" / "O3_1.json").read_text())
    assert kept["words"] == told.rstrip("\n").split("\n")
    assert main(["verify", str(run)]) == 0
    capsys.readouterr()
    assert main(["explain", str(run), "O2", "--json"]) == 0
    (record,) = json.loads(capsys.readouterr().out)
    assert sum(row["units"] for row in record["ledger"]) == 5 - record["line"]["delivered"]
    assert main(["explain", str(run), "O33"]) == 2
    assert "did you mean O3, with lines 1?" in capsys.readouterr().err


def test_the_price_is_of_the_supply_that_the_line_may_use() -> None:
    columns = ["resource", "site", "item", "confidence", "date", "by", "slack"]
    day = pd.Timestamp("2026-11-23")
    prices = pd.DataFrame(
        [
            ("stock", "hub", "pump", 0.0, day, 2.0, 0.0),
            ("stock", "hub", "pump", 0.9, day, 5.0, 0.0),
        ],
        columns=columns,
    ).assign(service="", region="", row=math.nan, goal="value", price=lambda rows: rows["by"])
    missing = pd.DataFrame(
        {"reason": ["same_tier"], "site": "hub", "item": "pump", "until": day, "units": 3.0}
    )
    settings = book().settings
    assert binding_limits(missing, prices, settings, 0.0)["at_least"].tolist() == [6.0]
    assert binding_limits(missing, prices, settings, 0.9)["at_least"].tolist() == [15.0]


def test_a_plan_by_a_rule_says_that_it_has_no_prices() -> None:
    made = plan(book(), "segment_priority")
    late = made.lines[made.lines["status"] != "on_time"].iloc[0]
    with LineExplainer(made.scenario, made.solution) as explainer:
        assert "this run has no prices" in repr(explainer.explain(late["order"], late["line"]))
