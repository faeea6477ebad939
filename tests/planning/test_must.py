"""A line that must be complete by a day comes right after commitments, and never forbids a plan.

One plant, six days, a day on the way; gold is tier 1, core tier 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from models.errors import ScenarioError
from models.judge import judge
from models.scenario import Scenario
from models.settings import Policy
from models.solution import Solution
from optimizer import plan
from optimizer.planning.business_rules import rules_by_hand
from optimizer.policies import allocate
from optimizer.preparing import prepare
from optimizer.reading import read_scenario
from optimizer.scenario.bundled import copy_bundled
from tests.independent.optimum import goal_vector
from tests.support.must_scenarios import must_scenario
from tests.support.scenarios_as_text import make_scenario
from tests.support.seeds import seeds

ALL = {"measure": "unit_otif", "level": 1}
HEADER: dict[str, Any] = {
    "horizon": {"start": "2026-11-23", "days": 6},
    "services": {"standard": {}, "express": {}},
    "segments": {
        "gold": {"tier": 1, "services": ["standard"], "target": ALL},
        "core": {"tier": 2, "services": ["standard"], "target": ALL},
    },
}
LINE = "order,line,item,quantity,unit_value\n"
MUST = "order,line,action,until\n"
TABLES = {
    "customers": "customer,segment,region\ng,gold,north\nc,core,north",
    "orders": "order,customer,requested\nG,g,2026-11-25\nC,c,2026-11-25",
    "lines": LINE + "G,1,pump,3,10\nC,1,pump,3,10\nC,2,pump,1,10",
    "lanes": "site,region,service,transit_days\nplant,north,standard,1",
    "stock": "site,item,on_hand\nplant,pump,3",
    "receipts": "site,item,date,quantity\nplant,pump,2026-11-26,4",
}


def asked(must: str, /, header: Mapping[str, Any] | None = None, **tables: str) -> Scenario:
    """Make the scenario with what a planner wants by a day."""
    return make_scenario(HEADER | dict(header or {}), **(TABLES | tables), overrides=MUST + must)


def planned(scenario: Scenario) -> tuple[dict[str, float], Solution]:
    """Plan; the judge agrees, and the second statement."""
    found = plan(scenario, diagnose=False).solution
    assert found.status == "optimal"
    assert not judge(scenario, found)
    reached = {goal.name: goal.value for goal in found.goals}
    assert reached == pytest.approx(goal_vector(scenario), abs=1e-6)
    return reached, found


def arrivals(found: Solution, order: str, line: str) -> dict[str, float]:
    """Units of a line by the day they arrive."""
    rows = found.shipments
    own = rows[(rows["order"] == order) & (rows["line"] == line)]
    units = own.groupby(own["arrival_date"].dt.strftime("%m-%d"))["quantity"].sum()
    return {str(day): float(total) for day, total in units.items()}


def test_a_line_of_a_lower_tier_that_must_be_there_passes_targets() -> None:
    reached, found = planned(asked("C,1,must,"))
    assert list(reached)[:3] == ["commitments", "must", "target:1"]
    assert (reached["must"], reached["target:1"]) == (0, 3)
    assert arrivals(found, "C", "1") == {"11-24": 3}


def test_a_later_day_leaves_the_others_what_they_need_before() -> None:
    reached, found = planned(asked("C,1,must,2026-11-27"))
    assert (reached["must"], reached["target:1"]) == (0, 0)
    assert arrivals(found, "C", "1") == {"11-27": 3}


def test_what_cannot_be_there_by_its_day_comes_as_early_as_it_can() -> None:
    reached, found = planned(asked("C,,must,2026-11-24"))
    assert reached["must"] == 3  # the fourth unit comes on the 27th
    assert sum(arrivals(found, "C", "1").values()) == 3
    late = arrivals(found, "C", "1").get("11-27", 0) + arrivals(found, "C", "2").get("11-27", 0)
    assert late == 1


def test_what_never_comes_counts_a_day_more_than_the_last_that_there_is() -> None:
    reached, _ = planned(
        asked(
            "C,1,must,2026-11-24",
            receipts="site,item,date,quantity",
            stock="site,item,on_hand\nplant,pump,2",
        )
    )
    assert reached["must"] == 6  # the 29th is five days after the 24th


@pytest.mark.parametrize(("day", "never"), [("11-28", 2), ("11-29", 1), ("11-30", 1), ("12-15", 1)])
def test_a_day_at_the_end_of_the_horizon_or_after_it_is_one(day: str, never: int) -> None:
    """The last arrival is on the 29th; of nine units seven are there on the 27th."""
    lines = LINE + "G,1,pump,3,10\nC,1,pump,9,10"
    reached, _ = planned(asked(f"C,1,must,2026-{day}", lines=lines))
    assert reached["must"] == 2 * never


def test_a_day_of_the_line_wins_over_that_of_its_order() -> None:
    reached, found = planned(asked("C,,must,2026-11-28\nC,1,must,2026-11-24"))
    assert arrivals(found, "C", "1") == {"11-24": 3}
    assert reached["must"] == 0


def test_a_frozen_promise_comes_before() -> None:
    kept = "order,line,item,site,service,ship_date,quantity,frozen\n"
    reached, found = planned(
        asked("C,1,must,", commitments=kept + "G,1,,plant,standard,2026-11-24,3,true")
    )
    assert (reached["commitments"], reached["must"]) == (0, 6)
    assert arrivals(found, "C", "1") == {"11-27": 3}


def test_what_is_not_due_and_what_has_no_way_is_missed_and_forbids_nothing() -> None:
    orders = "order,customer,requested\nG,g,2026-11-25\nC,c,2026-12-25"
    reached, _ = planned(asked("C,1,must,2026-11-25", orders=orders))
    assert reached["must"] == 3 * 5
    reached, _ = planned(
        asked("C,1,must,", customers=TABLES["customers"].replace("c,core,north", "c,core,south"))
    )
    assert reached["must"] > 0


def test_policies_fill_first_what_must_be_there() -> None:
    problem = prepare(asked("C,1,must,"))
    x = allocate(problem, Policy.SEGMENT_PRIORITY)
    line = problem.options["line"].to_numpy()
    early = problem.options["arrival"].to_numpy() <= 2
    own = problem.lines["must_by"].notna().to_numpy()
    assert x[own[line] & early].sum() == 3


def test_what_is_not_complete_by_its_day_is_told_with_when_and_why() -> None:
    notes = plan(asked("C,,must,2026-11-24"), diagnose=False).notes
    said = next(note for note in notes if note.startswith("Order C line"))
    assert "is not complete by 2026-11-24" in said
    assert "and all of them on 2026-11-27" in said
    assert any(note.startswith("Proved: no plan that keeps the commitments") for note in notes)
    assert not [n for n in plan(asked("C,1,must,"), diagnose=False).notes if "Order C" in n]


def test_the_reason_of_a_line_is_what_stands_in_the_way_of_the_day_that_was_asked_for() -> None:
    nothing_comes = "site,item,date,quantity\n"
    stock = "site,item,on_hand\nplant,pump,2"
    notes = plan(asked("C,1,must,", receipts=nothing_comes, stock=stock), diagnose=False).notes
    said = next(note for note in notes if note.startswith("Order C line 1"))
    assert "2 of 3 units are there then, and 1 are not delivered within this plan" in said
    assert "In the way: no stock left that may be used." in said


@pytest.mark.parametrize(
    ("must", "problem"),
    [
        ("C,1,lock,2026-11-24", "lock has no day until"),
        ("C,1,must,\nC,,hold,", "what is held here is to be complete in row 2"),
    ],
)
def test_wrong_decisions_are_refused(must: str, problem: str, tmp_path: Path) -> None:
    copy = copy_bundled("lessons/overrides", tmp_path / "mine")
    rows = must.replace("C,1", "1002,10").replace("C,", "1002,")
    (copy / "overrides.csv").write_text(MUST + rows + "\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match=problem):
        read_scenario(copy)


def test_commitments_must_be_the_first_goal(tmp_path: Path) -> None:
    copy = copy_bundled("lessons/overrides", tmp_path / "mine")
    (copy / "overrides.csv").write_text(MUST + "1002,,must,\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match="lines must be complete by a day"):
        read_scenario(copy, ["goals=[targets, value]"])


@pytest.mark.parametrize("seed", seeds(4, 60))
def test_the_second_statement_agrees_on_books_of_every_kind(seed: int) -> None:
    planned(must_scenario(seed))


def test_the_rule_is_named_with_its_day() -> None:
    rules = [rule.words for rule in rules_by_hand(asked("C,1,must,2026-11-24\nG,,must,"))]
    assert rules == [
        "the completion by 2026-11-24 on order C line 1",
        "the completion by the day requested on order G",
    ]
