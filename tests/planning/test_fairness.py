"""Plans that are fair between a segment's customers, known by hand; what is written and said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from pandas.testing import assert_frame_equal

from models.judge import judge
from models.scenario import Scenario
from models.settings import Fairness, GiveUp, Policy
from models.solution import Goal, Status
from optimizer import Plan, plan, read_scenario
from optimizer.common.words import goal_name, goal_unit, lagging
from optimizer.reporting.closest_policy import contrast
from optimizer.runs.run_reader import read_run
from optimizer.runs.run_writer import write_run
from optimizer.runs.sealing import changes
from tests.models.allocation.test_fairness import three
from tests.support.scenario_folders import HEADER, the_fault, write_folder

VALUED = "order,line,item,quantity,unit_value\nA,1,pump,4,10\nB,1,pump,4,9\nC,1,pump,4,8"
"""Everybody wants 4; there are 6."""
GOALS = ("value", "fairness")
NO_TABLES: Mapping[str, str] = {}


def valued(
    way: str,
    give_up: float = 0.0,
    *,
    goals: tuple[str, ...] = GOALS,
    tables: Mapping[str, str] = NO_TABLES,
) -> Scenario:
    """Build three customers, the first of whom pays most and the last least."""
    scenario = three(way, goals, **({"lines": VALUED} | dict(tables)))
    settings = scenario.settings.model_copy(update={"give_up": GiveUp(value=give_up)})
    return replace(scenario, settings=settings)


def delivered(found: Plan) -> list[float]:
    """Return what each customer gets."""
    assert judge(found.scenario, found.solution) == []
    units: list[float] = found.solution.fairness["delivered"].tolist()
    return units


def reached(found: Plan) -> dict[str, float]:
    return {goal.name: goal.value for goal in found.solution.goals}


@pytest.mark.parametrize(
    ("way", "give_up", "units", "value", "fairness"),
    [
        ("max_min", 0, [4, 2, 0], 58, 1),
        ("max_min", 0.03, [4, 1, 1], 57, 0.75),
        ("max_min", 1, [2, 2, 2], 54, 0.5),
        ("proportional", 0, [4, 2, 0], 58, 2),
        ("proportional", 0.04, [3, 2, 1], 56, 1),
        ("proportional", 1, [2, 2, 2], 54, 0),
    ],
)
def test_fairness_costs_no_more_value_than_allowed(
    way: str, give_up: float, units: list[float], value: float, fairness: float
) -> None:
    found = plan(valued(way, give_up))
    assert delivered(found) == units
    assert reached(found) == pytest.approx({"value": value, "fairness:gold": fairness})
    goal = found.solution.goals[1]
    assert goal.bound == pytest.approx(fairness)
    assert goal.status is Status.OPTIMAL


QUOTA = {"quotas": "customer,at_most\na,1"}
"""The first customer gets a share of a quarter, whatever happens."""


def test_the_next_smallest_share_is_raised_after_the_smallest() -> None:
    lines = VALUED.replace("C,1,pump,4,8", "C,1,pump,4,20")
    stock = "site,item,on_hand\nLYON,pump,5"
    found = plan(valued("max_min", 1, tables={"lines": lines, "stock": stock} | QUOTA))
    assert delivered(found) == [1, 2, 2]  # 0.25, 0.5, 0.5 and not 0.25, 0.25, 0.75
    assert reached(found)["fairness:gold"] == 0.75


def test_fairness_before_value_costs_what_it_takes() -> None:
    found = plan(valued("max_min", goals=("fairness", "value")))
    assert delivered(found) == [2, 2, 2]
    assert found.status is Status.OPTIMAL


def test_value_is_given_up_no_further_than_fairness_needs() -> None:
    lines = VALUED + "\nA,2,valve,5,3"
    stock = "site,item,on_hand\nLYON,pump,6\nLYON,valve,5"
    found = plan(valued("max_min", 1, tables={"lines": lines, "stock": stock}))
    assert delivered(found) == [5, 3, 3]
    everything_in_time = 5 * 3 + 3 * 9 + 3 * 8
    assert reached(found) == pytest.approx({"value": everything_in_time, "fairness:gold": 4 / 9})


def test_whole_packs_leave_an_error_that_is_said() -> None:
    packs = {"items": "item,pack\npump,4", "stock": "site,item,on_hand\nLYON,pump,8"}
    found = plan(valued("proportional", goals=("fill", "fairness", "value"), tables=packs))
    assert sorted(delivered(found)) == [0, 4, 4]
    assert reached(found)["fairness:gold"] == pytest.approx(8 / 3)
    assert found.notes == (
        "Customers of segment gold lag behind its share by 2.67 units: whole packs, order rules "
        "and the goals before it leave no less.",
    )


def test_an_error_without_a_proof_is_said_without_a_reason() -> None:
    settings = valued("proportional").settings
    goal = Goal("fairness:gold", 2.0, 1.0, 0.1, Status.FEASIBLE)
    said = ["Customers of segment gold lag behind its share by 2 units."]
    assert lagging(settings, [goal]) == said
    assert lagging(settings, [replace(goal, value=0.0)]) == []
    assert lagging(valued("max_min").settings, [goal]) == []


def test_a_shipment_that_was_promised_counts_as_delivered() -> None:
    head = "order,line,site,service,ship_date,quantity\n"
    promised = {"commitments": head + "A,1,LYON,standard,2026-11-24,3"}
    goals = ("commitments", "fairness", "value")
    found = plan(valued("max_min", goals=goals, tables=promised))
    assert delivered(found) == [3, 2, 1]
    assert found.solution.fairness["share"].tolist() == [0.75, 0.5, 0.25]


@pytest.mark.parametrize("policy", [policy for policy in Policy if policy is not Policy.OPTIMAL])
def test_every_rule_is_measured_by_fairness(policy: Policy) -> None:
    found = plan(valued("max_min"), policy=policy.value)
    assert sum(delivered(found)) <= 6
    missed = 1 - found.solution.fairness["share"].min()
    assert reached(found)["fairness:gold"] == pytest.approx(missed)


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_shares_are_written_read_back_and_sealed(file_format: str, tmp_path: Path) -> None:
    hose = VALUED + "\nC,2,hose,1,1"
    lines = hose.replace("C,1,pump,4,8\n", "")  # nothing of it is there
    found = plan(valued("max_min", 1, tables={"lines": lines}))
    run = write_run(found, tmp_path / "run", "csv" if file_format == "csv" else "parquet")
    scenario, solution = read_run(run)
    assert_frame_equal(solution.fairness, found.solution.fairness)
    assert solution.fairness["share"].isna().tolist() == [False, False, True]
    assert judge(scenario, solution) == []
    assert changes(run) == []
    with (run / f"fairness.{file_format}").open("ab") as file:
        file.write(b" ")
    assert changes(run) == [f"fairness.{file_format} was changed after the run"]


def test_goals_of_fairness_are_named_and_counted_in_words() -> None:
    most, equal = (valued(way).settings for way in ("max_min", "proportional"))
    assert goal_name("fairness:gold") == "fairness in segment gold"
    assert goal_unit(most, "fairness:gold") == "of what can be reached"
    assert goal_unit(equal, "fairness:gold") == "units"
    vectors = {"optimal": {"fairness:gold": 0.5}, "fcfs": {"fairness:gold": 0.75}}
    assert contrast(most, vectors, "optimal", "fcfs").endswith(
        "fairness in segment gold missed by 0.75 of what can be reached instead of 0.50."
    )


@pytest.mark.parametrize("way", Fairness)
def test_the_door_knows_what_is_fair(way: Fairness, tmp_path: Path) -> None:
    header = HEADER.replace("tier: 2", f"tier: 2\n    fairness: {way}")
    scenario = read_scenario(write_folder(tmp_path, header))
    assert scenario.settings.segments["core"].fairness is way


def test_the_door_refuses_what_it_does_not_know_to_be_fair(tmp_path: Path) -> None:
    header = HEADER.replace("tier: 2", "tier: 2\n    fairness: equal")
    fault = the_fault(write_folder(tmp_path, header))
    assert fault.startswith("scenario.yaml:9:15: segments.core.fairness: 'equal'")
    assert all(way in fault for way in Fairness)
