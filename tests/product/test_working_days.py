"""Days on the way are working days of the service where the lane says so."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.judge import broken_rules, judge
from models.scenario import Scenario
from models.settings import Policy
from optimizer import plan, read_scenario
from optimizer.scenario.calendars import LONGEST_CLOSURE, end_of_transit
from tests.independent.optimum import goal_vector
from tests.support.cases import case_folder
from tests.support.scenarios_as_text import make_scenario
from tests.support.seeds import seeds
from tests.support.working_scenarios import WEEK, working_scenario

HEADER = {"goals": ["commitments", "floors", "targets", "fill", "value"]}
FRIDAY = "2026-11-27"


def scenario_of(days: int, calendars: str, *, start: str = FRIDAY, **tables: str) -> Scenario:
    """Make a scenario with one order that ships on its only day."""
    frames = {
        "customers": "customer,segment,region\nacme,gold,south",
        "orders": "order,customer,requested\nO,acme,2026-11-20",
        "lines": "order,line,item,quantity,unit_value\nO,1,desk,2,100",
        "lanes": f"site,region,service,transit_days,transit\nHAM,south,standard,{days},working",
        "stock": "site,item,on_hand\nHAM,desk,2",
        "calendars": f"of,id,weekdays,holidays,closed\n{calendars}",
    }
    header = HEADER | {"horizon": {"start": start, "days": 1}}
    return make_scenario(header, **(frames | tables))


RUNS = f"service,standard,{WEEK}"
CASES = [
    ("two days over a weekend", 2, RUNS, FRIDAY, "2026-12-01"),
    ("one day over a weekend", 1, RUNS, FRIDAY, "2026-11-30"),
    ("no days: the ship day itself", 0, RUNS, FRIDAY, "2026-11-27"),
    ("no days, but it does not run: the next run", 0, RUNS, "2026-11-28", "2026-11-30"),
    ("shipped on a Saturday", 2, RUNS, "2026-11-28", "2026-12-01"),
    ("shipped on a Monday", 2, RUNS, "2026-11-23", "2026-11-25"),
    ("a week of five days", 5, RUNS, FRIDAY, "2026-12-04"),
    ("no calendar: every day", 2, "", FRIDAY, "2026-11-29"),
    ("once a week", 2, "service,standard,wed", FRIDAY, "2026-12-09"),
    ("a closed day", 2, f"{RUNS}\nservice,standard,,,2026-11-30", FRIDAY, "2026-12-02"),
    ("Christmas", 2, f"{RUNS},DE", "2026-12-23", "2026-12-28"),
    ("another service's calendar", 2, f"service,express,{WEEK}", FRIDAY, "2026-11-29"),
    ("the region receives on Thursdays", 2, f"{RUNS}\nregion,south,thu", FRIDAY, "2026-12-03"),
    ("the region's calendar is no transit", 2, f"region,south,{WEEK}", FRIDAY, "2026-11-30"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_working_days_are_days_on_which_the_service_runs(
    case: tuple[str, int, str, str, str],
) -> None:
    _, days, calendars, start, arrival = case
    scenario = scenario_of(days, calendars, start=start)
    found = plan(scenario, policy=Policy.EDD)
    assert found.shipments["arrival_date"].dt.strftime("%Y-%m-%d").tolist() == [arrival]
    assert judge(scenario, found.solution) == []


def test_a_service_that_never_runs_delivers_nothing() -> None:
    closed = pd.date_range(FRIDAY, periods=4000)
    rows = "\n".join(f"service,standard,,,{day:%Y-%m-%d}" for day in closed)
    for days in (0, 2):
        found = plan(scenario_of(days, rows), policy=Policy.EDD)
        assert found.shipments.empty


@pytest.mark.parametrize("frozen", ["true", "false"])
def test_a_commitment_arrives_after_working_days(frozen: str) -> None:
    row = f"O,1,HAM,standard,{FRIDAY},2,{frozen}"
    commitments = f"order,line,site,service,ship_date,quantity,frozen\n{row}"
    scenario = scenario_of(2, RUNS, commitments=commitments)
    found = plan(scenario)
    assert judge(scenario, found.solution) == []
    values = {goal.name: goal.value for goal in found.solution.goals}
    assert values == pytest.approx(goal_vector(scenario))
    assert found.shipments["arrival_date"].dt.strftime("%Y-%m-%d").tolist() == ["2026-12-01"]


def test_the_end_of_transit_is_as_counted_day_by_day() -> None:
    rng = np.random.default_rng(5)
    runs = rng.random((40, 900)) < rng.choice([0.02, 0.3, 0.7, 1.0], 40)[:, None]
    transit = rng.integers(0, 9, 40)
    ends = end_of_transit(runs, 12, transit)
    for service, on_days in enumerate(runs):
        for day in range(12):
            later = day + 1 + np.flatnonzero(on_days[day + 1 :])
            end = day if transit[service] == 0 else (*later, *[900] * 9)[transit[service] - 1]
            never = end - day > 7 * transit[service] + LONGEST_CLOSURE
            assert ends[service, day] == (900 if never else end)


@pytest.mark.parametrize("seed", seeds(3, 120))
def test_generated_scenarios_agree_with_the_second_statement(seed: int) -> None:
    scenario = working_scenario(seed)
    found = plan(scenario, diagnose=False)
    assert judge(scenario, found.solution) == []
    values = {goal.name: goal.value for goal in found.solution.goals}
    assert values == pytest.approx(goal_vector(scenario), abs=1e-4)
    ruled = plan(scenario, policy=Policy.SEGMENT_PRIORITY, diagnose=False)
    assert broken_rules(scenario, ruled.shipments, ruled.solution.transfers) == []


def test_two_working_days_from_a_friday(tmp_path: Path) -> None:
    """W-1, due on Monday, is late; W-2, due on Tuesday, is on time."""
    source = case_folder("13-working-day-transit", "scenario")
    for file in source.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (warning,) = read_scenario(tmp_path).warnings
    assert warning.startswith("1 service runs on some weekdays only, but its days on the way count")
    lanes = pd.read_csv(tmp_path / "lanes.csv").assign(transit="working")
    lanes.to_csv(tmp_path / "lanes.csv", index=False)
    found = plan(read_scenario(tmp_path))
    assert found.scenario.warnings == ()
    status = found.lines.set_index("order")["status"].to_dict()
    assert status == {"W-1": "late", "W-2": "on_time"}
    assert set(found.shipments["arrival_date"].dt.date) == {date(2026, 12, 1)}
