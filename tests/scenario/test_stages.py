"""Stages derived from signals: by hand, and three times over on drawn ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from models.judge import judge
from models.judge.lookup.stages import moves_between_stages
from models.scenario import Scenario
from optimizer import plan
from optimizer.preparing import prepare
from optimizer.reading import read_scenario
from optimizer.scenario.scenario_writer import write_scenario
from optimizer.scenario.stages import stage_moves, stages_today
from tests.independent.rows import Rows
from tests.independent.stages import moves_of
from tests.support.answers_as_text import one_line
from tests.support.relationship_scenarios import relationship_scenario
from tests.support.scenario_folders import the_fault, write_folder
from tests.support.solverless_plans import rule_outcome, units

CRISIS = {"to": "crisis", "kinds": ["late_delivery"], "count": 2, "within_days": 10}
BACK = {"to": "recovery", "stages": ["crisis"], "kinds": ["late_delivery"], "quiet_days": 5}


def asked(*rules: dict[str, Any], signals: str, stage: str = ",") -> Scenario:
    """Build one customer, ACME, with a stage (and since when), rules and ``day kind value``."""
    rows = [f"ACME,2026-{part.replace(' ', ',')}" for part in signals.split("; ") if part]
    return one_line(
        {"stage_rules": list(rules)},
        customers=f"customer,segment,region,stage,stage_since\nACME,gold,north,{stage}",
        signals="\n".join(["customer,date,kind,value", *rows]),
    )


def moves(scenario: Scenario) -> list[str]:
    """Tell each move as ``11-20 crisis``, checked against the judge's."""
    found = stage_moves(scenario.settings, scenario["customers"], scenario["signals"])
    assert_frame_equal(found, moves_between_stages(scenario))
    days = found["date"].dt.strftime("%m-%d")
    return [f"{day} {to}" for day, to in zip(days, found["to_stage"], strict=True)]


LATE = "late_delivery "


@pytest.mark.parametrize(
    ("signals", "expected"),
    [
        (f"11-10 {LATE}; 11-19 {LATE}", ["11-19 crisis"]),
        (f"11-09 {LATE}; 11-19 {LATE}", []),  # eleven days, both included
        (f"11-19 {LATE}; 11-19 {LATE}", ["11-19 crisis"]),
        (f"11-18 {LATE}; 11-19 complaint ", []),
        (f"11-22 {LATE}; 11-24 {LATE}", []),  # tomorrow's
        (f"11-22 {LATE}; 11-23 {LATE}", ["11-23 crisis"]),  # today's
        (f"11-01 {LATE}; 11-02 {LATE}; 11-04 {LATE}", ["11-02 crisis", "11-09 recovery"]),
        (f"11-01 {LATE}; 11-02 {LATE}; 11-08 {LATE}", ["11-02 crisis", "11-07 recovery"]),
        (  # what led to a crisis is used up; two more begin another
            f"11-01 {LATE}; 11-02 {LATE}; 11-08 {LATE}; 11-09 {LATE}",
            ["11-02 crisis", "11-07 recovery", "11-09 crisis", "11-14 recovery"],
        ),
    ],
)
def test_signals_move_a_customer_forwards_and_backwards(signals: str, expected: list[str]) -> None:
    assert moves(asked(CRISIS, BACK, signals=signals)) == expected


def test_the_reason_of_a_move_is_its_rule_or_that_the_stage_expired() -> None:
    scenario = asked(CRISIS, signals=f"10-01 {LATE}; 10-02 {LATE}")
    found = stage_moves(scenario.settings, scenario["customers"], scenario["signals"])
    reasons = ["rule 1: 2 x late_delivery within 10 days", "expired"]
    assert found["reason"].tolist() == reasons
    assert moves(scenario) == ["10-02 crisis", "11-01 commit"]  # 30 days


def test_signals_of_the_day_of_expiry_count_for_what_comes_next() -> None:
    again = f"11-22 {LATE}; 11-22 {LATE}"
    scenario = asked(CRISIS, signals=again, stage="crisis,2026-10-23")
    assert moves(scenario) == ["11-22 commit", "11-22 crisis"]
    earlier = asked(CRISIS, signals=again.replace("11-22", "11-21", 1), stage="crisis,2026-10-23")
    assert moves(earlier) == ["11-22 commit"]


@pytest.mark.parametrize(("value", "expected"), [("6", ["11-20 crisis"]), ("7", []), ("", [])])
def test_only_signals_with_such_a_value_count(value: str, expected: list[str]) -> None:
    rule = {"to": "crisis", "kinds": ["nps"], "value_at_most": 6}
    assert moves(asked(rule, signals=f"11-20 nps {value}")) == expected


def test_the_first_rule_that_holds_counts() -> None:
    worse = {"to": "recovery", "kinds": ["complaint"]}
    better = {"to": "develop", "kinds": ["usage"], "value_at_least": 0.8}
    signals = "11-20 usage 0.9; 11-20 complaint "
    assert moves(asked(worse, better, signals=signals)) == ["11-20 recovery"]
    assert moves(asked(better, worse, signals=signals)) == ["11-20 develop"]


def test_a_derived_stage_decides_and_is_told() -> None:
    """Two late deliveries put ACME in crisis; its line counts in the floors then."""
    found = plan(asked(CRISIS, signals=f"11-20 {LATE}; 11-21 {LATE}"))
    assert judge(found.scenario, found.solution) == []
    assert found.lines["stage"].tolist() == ["crisis"]
    assert found.goals["name"].tolist()[:2] == ["commitments", "floor:1"]
    told = found.solution.stages
    assert told.iloc[0][["customer", "from_stage", "to_stage"]].tolist() == [
        "ACME",
        "commit",
        "crisis",
    ]


def test_the_judge_finds_a_move_that_is_left_out() -> None:
    found = plan(asked(CRISIS, signals=f"11-20 {LATE}; 11-21 {LATE}"))
    spoiled = replace(found.solution, stages=found.solution.stages.iloc[:0])
    assert any(text.startswith("stages: customer ACME") for text in judge(found.scenario, spoiled))


@pytest.mark.parametrize("seeds", [range(60)])
def test_stages_are_derived_alike_three_times_over(seeds: range) -> None:
    moved = 0
    for seed in seeds:
        scenario = relationship_scenario(seed)
        header = scenario.settings
        rows = Rows(scenario.tables, header.horizon)
        found = stage_moves(header, scenario["customers"], scenario["signals"])
        assert_frame_equal(found, moves_between_stages(scenario))
        moved += len(found)
        for customer in rows["customers"]:
            mine = found[found["customer"] == customer["customer"]]
            told = [
                (day.date(), to) for day, to in mine[["date", "to_stage"]].itertuples(index=False)
            ]
            assert told == moves_of(header, rows, customer)[1:], seed
    assert moved > len(seeds)


def test_nothing_of_the_past_changes_when_a_day_goes_by() -> None:
    """Yesterday's moves are today's first ones."""
    for seed in range(40):
        today = relationship_scenario(seed)
        horizon = today.settings.horizon
        earlier = horizon.model_copy(update={"start": horizon.start - pd.Timedelta(days=3)})
        before = today.settings.model_copy(update={"horizon": earlier})
        known = today["customers"]["stage_since"].notna() | bool(len(today["signals"]))
        customers = today["customers"][known]
        was = stage_moves(before, customers, today["signals"])
        now = stage_moves(today.settings, customers, today["signals"])
        told = now[now["date"] <= pd.Timestamp(earlier.start)].reset_index(drop=True)
        silent = ~customers["customer"].isin(today["signals"]["customer"])
        heard = customers.loc[~(silent & customers["stage_since"].isna()), "customer"]
        assert_frame_equal(
            was[was["customer"].isin(heard)].reset_index(drop=True),
            told[told["customer"].isin(heard)].reset_index(drop=True),
        )


def test_customers_without_signals_stay_where_they_are() -> None:
    scenario = one_line()
    assert stages_today(scenario.settings, scenario.tables).tolist() == ["commit"]


# What a plan adds


def outcome(requested: str, day: str, quantity: int = 10) -> list[tuple[str, str, float]]:
    """Ship some of ACME's 10 units on a day of the horizon; one day later they are there."""
    scenario = one_line(orders=f"order,customer,requested\nSO1,ACME,{requested}")
    made = rule_outcome(scenario, units(prepare(scenario), {f"SO1/1 {day}": quantity}))
    assert [text for text in judge(scenario, made) if text.startswith("signals")] == []
    days = made.signals["date"].dt.strftime("%m-%d")
    return list(zip(days, made.signals["kind"], made.signals["value"], strict=True))


def test_what_leaves_today_is_a_signal_of_the_day_on_which_it_arrives() -> None:
    assert outcome("2026-11-24", "0") == [("11-24", "on_time_delivery", 0)]
    assert outcome("2026-11-22", "0") == [("11-24", "late_delivery", 2)]
    assert outcome("2026-11-25", "1") == []  # tomorrow's business
    assert outcome("2026-11-25", "0", 9) == []


def test_what_is_not_there_today_has_missed_its_date() -> None:
    late = ("11-24", "late_delivery", 1.0)
    assert outcome("2026-11-23", "0") == [("11-23", "missed_date", 10), late]
    assert outcome("2026-11-23", "1", 4) == [("11-23", "missed_date", 10)]


# At the door


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("{to: crisis, count: 2, quiet_days: 3}", "give count and within_days, or quiet_days"),
        ("{to: crisis, stages: [crisis]}", "nobody can move from crisis to crisis"),
        ("{to: angry}", "'angry' is not a choice"),
        ("{to: crisis, kind: nps}", "unknown key 'stage_rules.1.kind'"),
    ],
)
def test_rules_that_mean_nothing_are_refused(rule: str, said: str, tmp_path: Any) -> None:
    from tests.support.scenario_folders import HEADER

    fault = the_fault(write_folder(tmp_path, HEADER + f"stage_rules:\n  - {rule}\n"))
    assert said in fault


def test_rules_that_count_quiet_days_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    scenario = asked(CRISIS, BACK, signals="")
    write_scenario(scenario, tmp_path / "again", "csv")
    assert read_scenario(tmp_path / "again").settings == scenario.settings
