"""A promise that cannot be kept on its day is moved, before anybody else and as little as can be.

A plant, six days; gold is tier 1, core tier 2. Goals are commitments and commitments_delay first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pandas as pd
import pytest

from models.allocation import goal_list
from models.judge import broken_rules, judge, recompute
from models.scenario import Scenario
from models.settings import Policy
from models.solution import Solution
from optimizer import plan
from optimizer.explaining import LineExplainer
from optimizer.explaining.freezing import freeze_others
from optimizer.policies import allocate
from optimizer.preparing import prepare
from tests.independent.case import Case
from tests.independent.optimum import goal_vector
from tests.support.named_plans import shipped_rows
from tests.support.scenarios_as_text import make_scenario
from tests.support.seeds import seeds
from tests.support.slipped_promises import slipped_scenario

ALL = {"measure": "unit_otif", "level": 1}
HEADER: dict[str, Any] = {
    "horizon": {"start": "2026-11-23", "days": 6},
    "services": {"standard": {}, "express": {}},
    "goals": ["commitments", "floors", "targets", "fill", "value"],
    "segments": {
        "gold": {"tier": 1, "services": ["standard"], "target": ALL},
        "core": {"tier": 2, "services": ["standard"], "target": ALL},
    },
}
LINE, RECEIPT = "order,line,item,quantity,unit_value\n", "site,item,date,quantity\n"
PROMISE = "order,line,item,site,service,ship_date,quantity,frozen\n"
LANES = "site,region,service,transit_days\nplant,north,standard,1\n"
TABLES = {
    "customers": "customer,segment,region\ng,gold,north\nc,core,north",
    "orders": "order,customer,requested\nG,g,2026-11-27\nC,c,2026-11-24",
    "lines": LINE + "G,1,pump,3,10\nC,1,pump,3,10",
    "lanes": LANES,
    "receipts": RECEIPT + "plant,pump,2026-11-26,3",
    "commitments": PROMISE + "C,1,,plant,standard,2026-11-23,3,true",
}
SEEDS_IN_DOUBT = (1, 7)


def slipped(header: Mapping[str, Any] | None = None, /, **tables: str) -> Scenario:
    """Make the scenario: three were to come on the 23rd for C; they come on the 26th."""
    return make_scenario(HEADER | dict(header or {}), **(TABLES | tables))


def planned(scenario: Scenario) -> Solution:
    """Plan; the judge agrees, and the second statement."""
    found = plan(scenario, diagnose=False).solution
    assert found.status == "optimal"
    reached = {goal.name: goal.value for goal in found.goals}
    assert reached == pytest.approx(goal_vector(scenario), abs=1e-6)
    return found


@cache
def first_plan() -> tuple[Scenario, Solution]:
    """Plan the scenario as it is; planning takes a second."""
    scenario = slipped()
    return scenario, planned(scenario)


def by_priority(scenario: Scenario) -> tuple[tuple[float, float], list[float]]:
    """Fill by tier, which keeps and moves promises as well as the second statement can.

    Units that are not kept and unit-days of delay, as the judge counts them, and what lines get.
    """
    problem = prepare(scenario)
    rows = shipped_rows(problem, allocate(problem, Policy.SEGMENT_PRIORITY))
    assert broken_rules(scenario, rows) == []
    figures = recompute(scenario, rows)
    reached, best = (
        (goals["commitments"], goals["commitments_delay"])
        for goals in (figures.goals, goal_vector(scenario))
    )
    assert reached == pytest.approx(best, abs=1e-6)
    return reached, figures.lines["delivered"].tolist()


def broken(solution: Solution) -> tuple[float, float]:
    """Units that are not kept, and unit-days of delay."""
    goals = {goal.name: goal.value for goal in solution.goals}
    return goals["commitments"], goals["commitments_delay"]


def shipped(solution: Solution) -> list[tuple[str, str, str, float, str]]:
    """Say of each row whose it is, when it leaves and arrives, and what it was promised for."""
    rows = solution.shipments.sort_values(["order", "line", "ship_date", "quantity"])
    dates = ("ship_date", "arrival_date", "promised_ship_date")
    days = [rows[name].dt.strftime("%d").fillna("") for name in dates]
    columns = (rows["order"] + "/" + rows["line"], *days[:2], rows["quantity"], days[2])
    return list(zip(*columns, strict=True))


def test_a_promise_whose_supply_slips_keeps_its_claim() -> None:
    _, found = first_plan()
    assert shipped(found) == [("C/1", "26", "27", 3, "23")]
    assert broken(found) == (3, 9)
    assert found.shipments["reason"].tolist() == ["commitment"]
    assert found.lines["reason"].tolist() == ["late_receipt", "commitment"]


@pytest.mark.parametrize("policy", [p for p in Policy if p is not Policy.OPTIMAL])
@pytest.mark.parametrize("seed", range(-1, 40, 8))
def test_every_policy_moves_promises_before_anybody_else(policy: Policy, seed: int) -> None:
    scenario = slipped() if seed < 0 else slipped_scenario(seed)
    rows = shipped_rows(problem := prepare(scenario), allocate(problem, policy))
    assert broken_rules(scenario, rows) == []
    if seed < 0:
        assert rows["promised_ship_date"].tolist() == [pd.Timestamp("2026-11-23")]
        assert rows["ship_date"].tolist() == [pd.Timestamp("2026-11-26")]


def test_a_book_whose_promises_can_be_kept_is_as_if_none_could_move() -> None:
    problem = prepare(slipped(receipts=RECEIPT + "plant,pump,2026-11-23,3"))
    assert not problem.options["moves"].any()
    assert (problem.frozen["lost"] == 0).all()
    goals = goal_vector(slipped(receipts=RECEIPT + "plant,pump,2026-11-23,3"))
    assert "commitments_delay" not in goals
    assert "commitments_delay" not in [goal.name for goal in goal_list(problem)]


def test_two_promises_on_one_receipt_are_late_as_little_as_can_be() -> None:
    """Four come on the 25th, three of them promised to gold for that day, and two on the 26th."""
    found, _ = by_priority(
        slipped(
            receipts=RECEIPT + "plant,pump,2026-11-25,4\nplant,pump,2026-11-26,2",
            commitments=PROMISE + "C,1,,plant,standard,2026-11-23,3,true\n"
            "G,1,,plant,standard,2026-11-25,3,true",
        )
    )
    assert found == (3, 2 + 2 * 3)


def test_what_is_there_is_kept_and_the_rest_moved() -> None:
    found = planned(slipped(stock="site,item,on_hand\nplant,pump,1"))
    assert shipped(found) == [
        ("C/1", "23", "24", 1, ""),
        ("C/1", "26", "27", 2, "23"),
        ("G/1", "26", "27", 1, ""),
    ]
    assert broken(found) == (2, 6)


def test_what_never_comes_counts_a_day_more_than_the_last_arrival() -> None:
    found, _ = by_priority(slipped(receipts=RECEIPT + "plant,pump,2026-11-26,1"))
    assert found == (3, 3 + 2 * 6)


@pytest.mark.parametrize(("cancel", "delay", "mine"), [("2026-11-27", 9, 3), ("2026-11-26", 18, 0)])
def test_no_later_than_the_customer_accepts(cancel: str, delay: float, mine: float) -> None:
    orders = f"order,customer,requested,cancel\nG,g,2026-11-27,\nC,c,2026-11-24,{cancel}"
    assert by_priority(slipped(orders=orders)) == ((3, delay), [mine, 3 - mine])


def test_a_promise_moves_whole_lines_orders_holds_and_packs_aside() -> None:
    """A complete line of five, three of them promised; a hold; boxes of two."""
    lines = "order,line,item,quantity,unit_value,complete\nG,1,pump,3,10,\nC,1,pump,5,10,true"
    assert by_priority(slipped(lines=lines)) == ((3, 9), [3, 0])
    held = slipped(overrides="order,line,action\nC,1,hold", items="item,pack\npump,2")
    assert by_priority(held) == ((3, 9), [3, 0])
    whole = "order,customer,requested,ship_complete\nG,g,2026-11-27,\nC,c,2026-11-24,true"
    two = LINE + "G,1,pump,3,10\nC,1,pump,3,10\nC,2,valve,1,10"
    assert by_priority(slipped(orders=whole, lines=two)) == ((3, 9), [3, 0, 0])


def test_capacity_and_quotas_hold_for_what_is_moved() -> None:
    found, _ = by_priority(slipped(site_capacity="site,date,units\nplant,2026-11-26,2"))
    assert found == (3, 2 * 3 + 4)
    assert by_priority(slipped(quotas="segment,at_most\ncore,1")) == ((3, 3 + 2 * 6), [1, 2])


def test_a_substitute_stays_the_one_that_was_promised() -> None:
    found = by_priority(
        slipped(
            substitutes="item,substitute,ratio\npump,valve,2",
            receipts=RECEIPT + "plant,valve,2026-11-25,6\nplant,pump,2026-11-23,3",
            commitments=PROMISE + "C,1,valve,plant,standard,2026-11-23,6,true",
        )
    )
    assert found == ((3, 6), [3, 3])


@pytest.mark.parametrize(
    ("tables", "days", "delivered"),
    [
        ({"sites": "site,open\nplant,false\ndepot,true"}, 0, 3),
        ({"commitments": PROMISE + "C,1,,plant,express,2026-11-23,3,true"}, 1, 6),
        ({"commitments": PROMISE + "C,1,,plant,standard,2026-11-22,3,true"}, 1, 6),
    ],
    ids=["site", "lane", "day"],
)
def test_a_promise_from_a_site_a_lane_or_a_day_that_is_gone_moves(
    tables: dict[str, str], days: int, delivered: float
) -> None:
    given = {
        "lanes": LANES + "depot,north,standard,1",
        "receipts": RECEIPT + "plant,pump,2026-11-23,3\ndepot,pump,2026-11-23,3",
    }
    assert by_priority(slipped(**(given | tables))) == ((3, 3 * days), [3, delivered - 3])


EXPRESS = LANES + "plant,north,express,0\ndepot,north,standard,1"


@pytest.mark.parametrize(
    ("receipt", "arrives"),
    [
        ("plant,pump,2026-11-24,3", ("24", "24")),
        ("plant,pump,2026-11-25,3", ("25", "25")),
        ("depot,pump,2026-11-23,3", ("23", "24")),
        ("plant,pump,2026-11-24,1\ndepot,pump,2026-11-24,2", ("24", "24", "24", "25")),
    ],
    ids=["express", "express, a day late", "another site", "some in time"],
)
def test_a_promise_that_can_still_arrive_on_its_day_does(
    receipt: str, arrives: tuple[str, ...]
) -> None:
    """To arrive on the day promised costs no delay, and a day later does, however units ship."""
    core = HEADER["segments"]["core"] | {"services": ["standard", "express"]}
    segments = {"segments": HEADER["segments"] | {"core": core}}
    found = planned(slipped(segments, lanes=EXPRESS, receipts=RECEIPT + receipt))
    mine = [row for row in shipped(found) if row[0] == "C/1"]
    assert tuple(day for row in mine for day in row[1:3]) == arrives
    late = sum(quantity * (int(arrival) - 24) for _, _, arrival, quantity, _ in mine)
    assert broken(found) == (3, late)


@pytest.mark.parametrize(
    ("there", "new_date", "says"),
    [
        (3, "2026-11-27", "All of it will be there by 27 November 2026."),
        (0, "", "We will tell you more by 28 November 2026."),
        (2, "", "We will tell you more by 28 November 2026."),
    ],
    ids=["moved", "lost", "lost in part"],
)
def test_a_promise_of_an_order_that_is_not_due_is_told_too(
    there: int, new_date: str, says: str
) -> None:
    """The order is of January; three of it were promised for the 24th, and no word of the rest."""
    orders = "order,customer,requested\nG,g,2026-11-27\nC,c,2027-01-20"
    lines = LINE + "G,1,pump,3,10\nC,1,pump,9,10"
    receipts = RECEIPT + f"plant,pump,2026-11-26,{there}"
    scenario = slipped(orders=orders, lines=lines, receipts=receipts)
    found = planned(scenario)
    assert judge(scenario, found) == []
    told = found.notices[found.notices["customer"] == "c"]
    assert told["kind"].tolist() == ["moved"]
    assert told["new_date"].dt.strftime("%Y-%m-%d").fillna("").tolist() == [new_date]
    (text,) = told["text"]
    assert (
        "not all that we promised you for 24 November 2026 of your order C will arrive by then"
        in text
    )
    assert text.removesuffix("\n\nKind regards\nYour customer service").endswith(says)
    silent = replace(found, notices=found.notices.iloc[:0])
    told_of = "notices: order C is not told"
    assert any(text.startswith(told_of) for text in judge(scenario, silent))


@pytest.mark.parametrize("seed", seeds(0, 120))
def test_slipped_books_reach_the_independent_optimum(seed: int) -> None:
    scenario = slipped_scenario(seed)
    if Case(scenario).in_doubt:
        planned(scenario)


@pytest.mark.parametrize("seed", SEEDS_IN_DOUBT)
def test_some_slipped_books_reach_the_independent_optimum(seed: int) -> None:
    scenario = slipped_scenario(seed)
    assert Case(scenario).in_doubt
    planned(scenario)


def test_the_judge_counts_moved_units_for_itself() -> None:
    scenario, found = first_plan()
    assert judge(scenario, found) == []
    blank = found.shipments.assign(promised_ship_date=None, promised_arrival_date=None)
    older = replace(found, shipments=blank.astype(found.shipments.dtypes))
    said = judge(scenario, older)
    assert "goal commitments_delay: value is 9, the shipments make 18" in said
    much = found.shipments.assign(promised_ship_date=pd.Timestamp("2026-11-24"))
    wrong = replace(found, shipments=much.astype(found.shipments.dtypes))
    assert any(
        "0 of them were promised and are not kept" in text for text in judge(scenario, wrong)
    )


def test_an_answer_of_an_older_version_moves_nothing_and_verifies() -> None:
    """It drops what cannot be kept, and has no goal for it."""
    cancelled = "order,customer,requested,cancel\nG,g,2026-11-27,\nC,c,2026-11-24,2026-11-25"
    scenario = slipped(orders=cancelled)
    found = planned(scenario)
    goals = tuple(goal for goal in found.goals if goal.name != "commitments_delay")
    assert judge(scenario, replace(found, goals=goals)) == []


def test_others_keep_what_was_moved_to_them() -> None:
    scenario = slipped(stock="site,item,on_hand\nplant,pump,1")
    beside = freeze_others(scenario, planned(scenario).shipments, ["G"])
    kept = beside["commitments"]
    assert kept["quantity"].tolist() == [1, 2]
    assert (prepare(beside).frozen["lost"] == 0).all()


def test_an_explanation_says_where_a_promise_goes_and_why() -> None:
    scenario, found = first_plan()
    with LineExplainer(scenario, found) as explainer:
        told = explainer.explain("C", "1").promises
    assert told == (
        "Promised: 3 of pump from plant by standard on 2026-11-23. plant has 0 of pump until then,"
        " 3 are promised, and the next 3 come 2026-11-26; 3 of them arrive 2026-11-27 instead of"
        " 2026-11-24.",
    )


def test_a_customer_is_told_of_a_promise_that_moves() -> None:
    """Requested for the 28th, promised for the 24th, and now there on the 27th."""
    late = "order,customer,requested\nG,g,2026-11-27\nC,c,2026-11-28"
    notices = planned(slipped(orders=late)).notices.set_index("customer")
    assert notices.loc["c", "kind"] == "moved"
    assert notices.loc["c", "promised"] == pd.Timestamp("2026-11-24")
    assert notices.loc["c", "new_date"] == pd.Timestamp("2026-11-27")
