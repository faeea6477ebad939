"""Stay near yesterday's plan: exactly what must change does, proved, told and kept in the run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest

from models.judge import judge
from models.scenario import Scenario
from models.solution import Solution
from optimizer import Plan, plan, read_scenario
from optimizer.cli import main
from optimizer.reading.stay_near import stay_near
from optimizer.scenario.bundled import copy_bundled
from optimizer.scenario.table_edits import complete_rows, with_table
from optimizer.store import Store

LINE = ["order", "line"]
TOLERANCE = 1e-6
PROVED = "proved least, no plan that reaches the goals before changes fewer"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_bundled("quickstart", tmp_path_factory.mktemp("book") / "quickstart")


@pytest.fixture(scope="module")
def scenario(book: Path) -> Scenario:
    return read_scenario(book)


@pytest.fixture(scope="module")
def yesterday(scenario: Scenario) -> Plan:
    return plan(scenario, diagnose=False)


def five_days_late(scenario: Scenario, nth: int) -> Scenario:
    receipts = scenario["receipts"]
    late = receipts["date"].where(receipts.index != nth, receipts["date"] + pd.Timedelta(days=5))
    return with_table(scenario, "receipts", receipts.assign(date=late))


def one_unit_more(scenario: Scenario) -> Scenario:
    stock = scenario["stock"]
    more = stock["on_hand"].where(stock.index != 0, stock["on_hand"] + 1)
    return with_table(scenario, "stock", stock.assign(on_hand=more))


def changed(before: Solution, after: Solution) -> set[tuple[str, str]]:
    """Lines that get other units, or on other days."""
    units = [
        s.shipments.groupby([*LINE, "arrival_date"])["quantity"].sum() for s in (before, after)
    ]
    both = pd.concat(units, axis=1, keys=["was", "is"]).fillna(0.0)
    rows = both[(both["was"] - both["is"]).abs() > TOLERANCE].reset_index()[LINE]
    return set(rows.itertuples(index=False, name=None))


def loses_a_goal(near: Plan, may_change: set[tuple[str, str]]) -> bool:
    """Whether a plan in which only these lines change is worse in a goal than the one at hand.

    All other commitments are frozen, which allows no less than keeping them does.
    """
    table = near.scenario["commitments"]
    named = list(table[LINE].itertuples(index=False, name=None))
    kept = table.assign(frozen=[name not in may_change for name in named])
    other = plan(with_table(near.scenario, "commitments", kept), diagnose=False)
    reached = {goal.name: goal for goal in other.solution.goals}
    for goal in near.solution.goals:
        if goal.name == "stability":
            return False
        best = reached[goal.name].bound
        assert best is not None
        if goal.name == "value":
            return best < goal.value - TOLERANCE
        if best > goal.value + TOLERANCE:
            return True
        if reached[goal.name].value < goal.value - TOLERANCE:
            return False
    return False


@pytest.mark.parametrize(("nth", "must"), [(0, 2), (1, 1)])
def test_of_a_late_receipt_exactly_what_must_change_does(
    scenario: Scenario, yesterday: Plan, nth: int, must: int
) -> None:
    """Fewer changes, whichever lines they are of, cost a goal more than the plan has lost."""
    near = plan(five_days_late(scenario, nth), after=yesterday, diagnose=False)
    lines = changed(yesterday.solution, near.solution)
    assert judge(near.scenario, near.solution) == []
    assert len(lines) == must
    assert any(PROVED in note and note.startswith(f"{must} of 12 lines") for note in near.notes)
    known = set(near.scenario["commitments"][LINE].itertuples(index=False, name=None))
    for few in combinations(sorted(known), must - 1):
        assert loses_a_goal(near, set(few))


def test_without_it_more_changes(scenario: Scenario, yesterday: Plan) -> None:
    """The same morning planned afresh moves a line that need not."""
    afresh = plan(five_days_late(scenario, 0), diagnose=False)
    assert len(changed(yesterday.solution, afresh.solution)) == 3


@pytest.mark.parametrize("today", [lambda s: s, one_unit_more], ids=["the same", "a unit more"])
def test_what_need_not_change_does_not(
    scenario: Scenario, yesterday: Plan, today: Callable[[Scenario], Scenario]
) -> None:
    near = plan(today(scenario), after=yesterday, diagnose=False)
    assert changed(yesterday.solution, near.solution) == set()
    assert "No line of the earlier plan changes, of 12." in near.notes


def test_its_own_share_of_value_and_goals(scenario: Scenario, yesterday: Plan) -> None:
    """A larger share of the header stands; ``value_after: 0`` gives nothing up."""
    near = stay_near(scenario, yesterday.solution).settings
    assert near.give_up.value == 0.001
    assert near.goals == (*scenario.settings.goals, "stability")
    for given, taken in (({"value": 0.02}, 0.02), ({"value_after": 0.0}, 0.0)):
        share = scenario.settings.give_up.model_copy(update=given)
        own = replace(scenario, settings=scenario.settings.model_copy(update={"give_up": share}))
        assert stay_near(own, yesterday.solution).settings.give_up.value == taken


def test_what_has_left_or_is_gone_is_none(scenario: Scenario, yesterday: Plan) -> None:
    """Shipments before today are no commitments; those of lines that are gone are named."""
    first = yesterday.shipments.iloc[-1]
    horizon = scenario.settings.horizon
    later = horizon.model_copy(update={"start": horizon.start.replace(day=24)})
    lines = scenario["lines"]
    gone = (lines["order"] == first["order"]) & (lines["line"] == first["line"])
    today = with_table(scenario, "lines", lines[~gone].reset_index(drop=True))
    today = replace(today, settings=scenario.settings.model_copy(update={"horizon": later}))
    near = stay_near(today, yesterday.solution)
    rows = near["commitments"]
    assert (rows["ship_date"] >= pd.Timestamp("2026-11-24")).all()
    assert not ((rows["order"] == first["order"]) & (rows["line"] == first["line"])).any()
    assert any("of the earlier plan left out" in said for said in near.warnings)
    assert not rows["frozen"].any()


def test_what_is_frozen_today_stays(scenario: Scenario, yesterday: Plan) -> None:
    """Frozen commitments of today are kept, others give way to the earlier plan."""
    rows = stay_near(scenario, yesterday.solution)["commitments"]
    firm = rows.iloc[[0]].assign(frozen=True)
    other = rows.iloc[[1]].assign(ship_date=pd.Timestamp("2026-11-29"), frozen=False)
    both = complete_rows("commitments", pd.concat([firm, other], ignore_index=True))
    own = with_table(scenario, "commitments", both)
    near = stay_near(own, yesterday.solution)["commitments"]
    assert near["frozen"].tolist() == [True, *[False] * (len(rows) - 1)]
    pd.testing.assert_frame_equal(
        near.drop(columns="frozen").sort_values(LINE, ignore_index=True),
        rows.drop(columns="frozen").sort_values(LINE, ignore_index=True),
    )


def test_by_folder_and_by_id_of_the_store(
    book: Path, yesterday: Plan, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command finds the run either way; its copy is planned again the same, and verified."""
    folder = yesterday.write(tmp_path / "yesterday")
    with Store.open(str(tmp_path / "store.db")) as store:
        start = yesterday.scenario.settings.horizon.start
        run = store.register(folder, as_of=start, rung="exact").run
    by_folder, by_id, again = (tmp_path / name for name in ("folder", "id", "again"))
    at = ["--store", str(tmp_path / "store.db")]
    late = ["run", str(book), "-q", "--set", "horizon.days=6"]
    assert main([*late, "--after", str(folder), "--out", str(by_folder)]) == 0
    assert "of the earlier plan" in capsys.readouterr().out
    assert main([*late, "--after", run[:8], *at, "--out", str(by_id)]) == 0
    assert main(["run", str(by_id / "scenario"), "-q", "--out", str(again)]) == 0
    assert main(["verify", str(by_id)]) == 0
    shipments = [(path / "shipments.csv").read_bytes() for path in (by_folder, by_id, again)]
    assert shipments[0] == shipments[1] == shipments[2]
    assert main([*late, "--after", "no-such-run", *at]) == 2
