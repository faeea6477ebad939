"""Orders of a book that is longer than the horizon, and lines that can no longer be on time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from models.judge import broken_rules, judge
from models.scenario import Scenario
from models.settings import Policy
from optimizer import Plan, plan, read_scenario
from optimizer.backtesting.deciders import PolicyDecider
from optimizer.backtesting.policy_state import Dispatch, PolicyState
from optimizer.backtesting.walk import walk
from optimizer.backtesting.worlds import world_of
from optimizer.explaining import LineExplainer
from optimizer.explaining.explanation import Explanation
from optimizer.jobs import read_job
from optimizer.jobs.proposal_text import proposal_lines
from optimizer.preparing import prepare
from optimizer.reporting.headline import not_due_sentences
from optimizer.scenario.table_edits import with_table
from tests.independent.optimum import goal_vector
from tests.support.answers_as_text import shipments_of
from tests.support.cases import case_folder
from tests.support.forecast_scenarios import forecast_scenario
from tests.support.job_folders import SOURCES, approve, propose_job, write_job
from tests.support.mixed_scenarios import mixed_scenario
from tests.support.scenarios_as_text import make_scenario
from tests.support.seeds import seeds
from tests.support.small_worlds import small, small_history

GOALS = ["commitments", "floors", "targets", "fill", "value"]
TARGET = {"measure": "unit_otif", "level": 0.95}
HEADER: dict[str, Any] = {
    "goals": GOALS,
    "segments": {
        "gold": {"tier": 1, "services": ["standard"], "target": TARGET},
        "silver": {"tier": 2, "services": ["standard"], "target": TARGET},
    },
}
TABLES = {
    "customers": "customer,segment,region\nkonzern,gold,north\nwerkstatt,silver,north",
    "orders": "order,customer,requested\nFEB,konzern,2027-02-01\nNOW,werkstatt,2026-11-25",
    "lines": "order,line,item,quantity,unit_value\nFEB,1,pump,10,100\nNOW,1,pump,10,100",
    "lanes": "site,region,service,transit_days,cost_per_unit\nplant,north,standard,1,1",
    "stock": "site,item,on_hand\nplant,pump,10",
}


def case(name: str) -> Scenario:
    """Read a case that planners reported; it lies beside the project."""
    return read_scenario(case_folder(name))


def delivered(made: Plan) -> dict[str, float]:
    """Units by order."""
    return {str(k): float(v) for k, v in made.lines.set_index("order")["delivered"].items()}


def explained(made: Plan, order: str, line: str = "1") -> Explanation:
    """Explain a line of a plan."""
    with LineExplainer(made.scenario, made.solution) as explainer:
        return explainer.explain(order, line)


def assert_waits(made: Plan, order: str, units: float) -> None:
    """Hold a line to what is said of lines that are not due."""
    row = made.lines.set_index("order").loc[order]
    assert (row["status"], row["reason"], row["short"]) == ("not_due", "", 0.0)
    for table in (made.solution.shortages, made.solution.remedies, made.shipments):
        assert order not in set(table["order"])
    assert not made.solution.notices["orders"].str.contains(order).any()
    assert made.solution.totals["not_due_units"] == units
    assert "not due" in explained(made, order).sentences()[0]
    assert judge(made.scenario, made.solution) == []


@pytest.mark.parametrize("policy", list(Policy))
def test_an_order_for_february_takes_nothing_from_one_for_this_week(policy: Policy) -> None:
    made = plan(make_scenario(HEADER, **TABLES), policy, diagnose=False)
    assert delivered(made) == {"FEB": 0.0, "NOW": 10.0}
    assert_waits(made, "FEB", 10.0)
    totals = made.solution.totals
    assert (totals["lines"], totals["ordered_units"], totals["not_due_lines"]) == (1, 10, 1)
    assert made.solution.contracts["segment"].tolist() == ["silver"]
    assert "1 line with 10 open units" in not_due_sentences(made.solution)[0]


def test_the_case_that_was_reported() -> None:
    made = plan(case("37-far-future-order/as-in-erp"), diagnose=False)
    assert delivered(made) == {"FEB-1": 0.0, "NOW-1": 10.0}
    assert_waits(made, "FEB-1", 10.0)
    made = plan(case("37-far-future-order/due-next-week"), diagnose=False)
    assert_waits(made, "DEC-1", 10.0)


def test_with_earliest_it_is_not_due_either() -> None:
    orders = (
        "order,customer,requested,earliest\nFEB,konzern,2027-02-01,2027-01-25"
        "\nNOW,werkstatt,2026-11-25,"
    )
    assert_waits(plan(make_scenario(HEADER, **TABLES | {"orders": orders})), "FEB", 10.0)


@pytest.mark.parametrize(
    ("requested", "is_due"), [("2026-11-28", True), ("2026-11-29", False), ("2026-11-23", True)]
)
def test_the_last_arrival_is_that_of_the_last_ship_day(requested: str, is_due: bool) -> None:
    orders = TABLES["orders"].replace("2027-02-01", requested)
    made = plan(make_scenario(HEADER, **TABLES | {"orders": orders}))
    assert (made.lines["status"][0] != "not_due") == is_due


def test_a_complete_order_is_due_as_soon_as_one_line_is() -> None:
    overrides = "order,line,action\nFEB,1,expedite"
    tables = TABLES | {
        "orders": "order,customer,requested,ship_complete\nFEB,konzern,2026-12-01,true",
        "lines": TABLES["lines"].replace("NOW,1", "FEB,2"),
        "lanes": TABLES["lanes"] + "\nplant,north,slow,9,1",
        "stock": "site,item,on_hand\nplant,pump,20",
        "overrides": overrides,
    }
    header = HEADER | {"services": {"standard": {}, "slow": {}}}
    made = plan(make_scenario(header, **tables))
    assert made.lines["status"].tolist() == ["on_time", "on_time"]
    apart = plan(make_scenario(header, **tables | {"orders": tables["orders"].replace("true", "")}))
    assert apart.lines["status"].tolist() == ["on_time", "not_due"]
    measures = apart.solution.service.set_index(["segment", "measure"])["achieved"]
    assert measures["gold", "order_otif"] == measures["gold", "unit_otif"] == 1.0


COMMITTED = "order,line,site,service,ship_date,quantity,frozen\nFEB,1,plant,standard,2026-11-24,4,"


def test_what_was_promised_of_it_ships_all_the_same_and_counts_for_nothing_else() -> None:
    made = plan(make_scenario(HEADER, **TABLES, commitments=COMMITTED + "true"))
    assert delivered(made) == {"FEB": 4.0, "NOW": 6.0}
    assert made.lines["status"].tolist() == ["not_due", "partial"]
    totals = made.solution.totals
    assert (totals["delivered_units"], totals["not_due_units"]) == (6.0, 6.0)
    assert made.goals.set_index("name")["value"]["commitments"] == 0.0
    assert "4 promised beforehand" in explained(made, "FEB").sentences()[0]
    assert judge(made.scenario, made.solution) == []


def test_a_plan_of_yesterday_for_it_is_no_change_of_today() -> None:
    header = HEADER | {"goals": [*GOALS, "stability"], "stability": {"max_changed_lines": 0}}
    made = plan(make_scenario(header, **TABLES, commitments=COMMITTED + "false"))
    assert made.goals.set_index("name")["value"]["commitments"] == 0.0
    assert_waits(made, "FEB", 10.0)


def test_the_judge_refuses_what_ships_for_it() -> None:
    ships = shipments_of("FEB/1 1 pump plant standard 23")
    assert any("not due" in each for each in broken_rules(make_scenario(HEADER, **TABLES), ships))


def test_nothing_at_all_is_due() -> None:
    orders = TABLES["orders"].replace("2026-11-25", "2027-11-25")
    made = plan(make_scenario(HEADER, **TABLES | {"orders": orders}))
    assert made.shipments.empty
    assert judge(made.scenario, made.solution) == []


def later(scenario: Scenario, seed: int) -> Scenario:
    """Ask for some orders and some of the forecast ten days later, and for nothing too early."""
    dice = np.random.default_rng(seed)
    for table in ("orders", "forecast"):
        rows = scenario[table]
        moved = pd.to_timedelta(10.0 * (dice.random(len(rows)) < 0.35), unit="D")
        scenario = with_table(
            scenario,
            table,
            rows.assign(requested=(rows["requested"] + moved).astype(rows["requested"].dtype)),
        )
    segments = {
        name: each.model_copy(update={"max_days_early": [None, 0, 1, 2][dice.integers(4)]})
        for name, each in scenario.settings.segments.items()
    }
    return replace(scenario, settings=scenario.settings.model_copy(update={"segments": segments}))


@pytest.mark.parametrize("make", [mixed_scenario, forecast_scenario])
@pytest.mark.parametrize("seed", seeds(2, 100))
def test_books_longer_than_the_horizon_reach_the_independent_optimum(make: Any, seed: int) -> None:
    scenario = later(make(seed), seed)
    made = plan(scenario, diagnose=False)
    assert judge(made.scenario, made.solution) == []
    found = {goal.name: goal.value for goal in made.solution.goals}
    assert found == pytest.approx(goal_vector(scenario), abs=1e-4, rel=1e-6)
    for policy in (Policy.SEGMENT_PRIORITY, Policy.FAIR_SHARE):
        by_rule = plan(scenario, policy, diagnose=False)
        assert judge(by_rule.scenario, by_rule.solution) == []


EARLY = HEADER | {
    "segments": {
        "gold": HEADER["segments"]["gold"] | {"max_days_early": 1, "max_days_late": 0},
        "silver": HEADER["segments"]["silver"],
    }
}


def test_no_delivery_comes_more_days_early_than_accepted() -> None:
    tables = TABLES | {"orders": TABLES["orders"].replace("2027-02-01", "2026-11-27")}
    made = plan(make_scenario(EARLY, **tables))
    assert made.shipments.set_index("order")["arrival_date"]["FEB"] >= pd.Timestamp("2026-11-26")
    stock = "site,item,on_hand\nplant,pump,20"
    twice = tables | {"calendars": "of,id,weekdays\nsite,plant,mon fri", "stock": stock}
    short = plan(make_scenario(EARLY, **twice))
    assert delivered(short) == {"FEB": 0.0, "NOW": 10.0}
    assert short.lines["reason"][0] == "too_early"
    words = [fill.words for fill in explained(short, "FEB").fills]
    assert any("any earlier day is accepted" in each for each in words)
    ships = shipments_of("FEB/1 1 pump plant standard 24")
    refused = broken_rules(make_scenario(EARLY, **tables), ships)
    assert any("2 days early, segment gold accepts 1" in each for each in refused)


OVERDUE = {
    "orders": "order,customer,requested\nFEB,konzern,2026-11-16\nNOW,werkstatt,2026-11-25",
    "lines": TABLES["lines"].replace("FEB,1,pump,10", "FEB,1,pump,12"),
    "stock": "site,item,on_hand\nplant,pump,20",
}


def test_what_would_deliver_an_overdue_line_late() -> None:
    told = explained(plan(make_scenario(HEADER, **TABLES | OVERDUE)), "FEB")
    assert told.dates is not None
    assert told.dates.out_of_reach
    text = "\n".join(told.sentences())
    assert "On time is out of reach: it is requested on 2026-11-16" in text
    assert "before 2026-11-24" in text
    assert [(fill.kind, fill.units) for fill in told.fills] == [("supply", 2.0)]
    again = plan(
        told.fills[0].applied(
            make_scenario(HEADER, **TABLES | OVERDUE),
            plan(make_scenario(HEADER, **TABLES | OVERDUE)).shipments,
        )
    )
    assert delivered(again)["FEB"] == 12.0


def test_an_overdue_line_delivered_in_full_is_overdue_not_cancelled() -> None:
    orders = OVERDUE["orders"].replace("2026-11-16", "2026-11-23")
    made = plan(
        make_scenario(HEADER, **TABLES | OVERDUE | {"orders": orders, "lines": TABLES["lines"]})
    )
    assert made.lines[["status", "reason"]].to_numpy().tolist()[0] == ["late", "overdue"]
    text = "\n".join(explained(made, "FEB").sentences())
    assert "On time is out of reach" in text
    assert "cannot be filled" not in text


def test_the_cases_of_overdue_lines_that_were_reported() -> None:
    told = explained(plan(case("17-old-backorder-starves/alone-short-of-2")), "OLD-1")
    assert [fill.words for fill in told.fills] == ["2 more of VALVE at HAM by 2026-11-27"]
    short = case("17-old-backorder-starves/week")
    made = plan(short)
    told = explained(made, "OLD-1")
    assert told.dates is not None
    assert told.dates.out_of_reach


def test_day_by_day_what_was_not_due_comes_due_by_itself() -> None:
    orders = TABLES["orders"].replace("2027-02-01", "2026-12-02")
    tables = TABLES | {"orders": orders, "stock": "site,item,on_hand\nplant,pump,20"}
    found = {}
    for day in ("25", "26", "27", "30"):
        header = HEADER | {"horizon": {"start": f"2026-11-{day}", "days": 5}}
        made = plan(make_scenario(header, **tables), diagnose=False)
        found[day] = made.lines.set_index("order")["status"]["FEB"]
    assert found == {"25": "not_due", "26": "not_due", "27": "on_time", "30": "on_time"}


def test_a_job_carries_what_is_not_due_until_it_is(tmp_path: Path) -> None:
    orders = SOURCES["orders"].replace("A2,bert,2026-11-25", "A2,bert,2026-11-30")
    job = write_job(tmp_path, orders=orders, stock=SOURCES["stock"].replace("PUMP,8", "PUMP,20"))
    monday = propose_job(job)
    assert monday.solution.lines.set_index("order")["status"]["A2"] == "not_due"
    assert any("1 line with 4 open units" in text for text in proposal_lines(monday))
    approve(read_job(job), monday.run)
    friday = propose_job(job, date(2026, 11, 27))
    assert friday.solution.lines.set_index("order")["status"]["A2"] == "on_time"
    mine = friday.changes[friday.changes["order"] == "A2"]
    assert mine["change"].tolist() == ["more"]


class Watching(PolicyDecider):
    """Notes on which day what leaves, and what was not due on each morning."""

    waiting: set[tuple[int, str]]
    sent: set[tuple[int, str]]

    def decide(
        self, scenario: Scenario, lines: np.ndarray, state: PolicyState, day: int
    ) -> Dispatch:
        """Decide as the policy does."""
        problem = prepare(scenario)
        named = problem.orders["order"].to_numpy()[problem.lines["order"]]
        self.waiting = getattr(self, "waiting", set()) | {
            (day, name) for name in named[~problem.lines["due"]]
        }
        made = super().decide(scenario, lines, state, day)
        left = state.world.lines["order"].to_numpy()[made.line]
        self.sent = getattr(self, "sent", set()) | {(day, name) for name in left}
        return made


def test_in_a_backtest_it_waits_and_is_not_missed() -> None:
    scenario = small(supply=3.0, horizon={"start": "2026-03-02", "days": 2})
    world = world_of(scenario, small_history(), 7, 1)
    watching = Watching(Policy.SEGMENT_PRIORITY)
    walk(world, watching)
    assert watching.waiting
    assert not watching.waiting & watching.sent
    waited = {name for _, name in watching.waiting}
    assert waited & {name for _, name in watching.sent}


HELD = {"overrides": "order,line,action\nNOW,,hold"}


def test_a_hold_is_the_only_cause_where_stock_is_on_the_shelf() -> None:
    told = explained(plan(make_scenario(HEADER, **TABLES | HELD)), "NOW")
    text = "\n".join(told.sentences())
    assert "is the only reason: without it, it can be filled" in text
    assert "cannot be filled" not in text
    assert [fill.kind for fill in told.fills] == ["rule"]
    less = TABLES | HELD | {"stock": "site,item,on_hand\nplant,pump,7"}
    made = plan(make_scenario(HEADER, **less))
    told = explained(made, "NOW")
    assert [fill.units for fill in told.fills] == [3.0]
    assert told.fills[0].words.startswith("the hold or cap by hand is taken back, and 3 more")
    filled = plan(told.fills[0].applied(made.scenario, made.shipments))
    assert delivered(filled)["NOW"] == 10.0


@pytest.mark.parametrize("folder", ["scenario", "stock-8", "stock-20"])
def test_the_case_of_a_hold_that_was_reported(folder: str) -> None:
    made = plan(case(f"46-payment-hold/{folder}"))
    assert delivered(made) == {"H-1": 0.0, "H-2": 6.0}
    text = "\n".join(explained(made, "H-1").sentences())
    assert "cannot be filled" not in text
    assert ("is the only reason" in text) == (folder == "stock-20")


def test_supply_of_next_week_is_told_as_such() -> None:
    tables = TABLES | {
        "orders": TABLES["orders"].replace("2027-02-01", "2026-11-27"),
        "stock": "site,item,on_hand\nplant,pump,0",
        "receipts": "site,item,date,quantity\nplant,pump,2026-11-30,10",
    }
    made = plan(make_scenario(HEADER, **tables))
    assert set(made.lines["reason"]) == {"next_receipt"}
    assert "later than planned" not in made.solution.notices["text"][0]
