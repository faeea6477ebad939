"""There is a plan whatever happens to the solver; it says how it was got and obeys the rules."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.errors import NoPlanError
from models.judge import judge
from models.scenario import Scenario
from models.settings import Policy
from models.solution import Status
from optimizer.common.clock import Clock
from optimizer.jobs import read_job, watchdog
from optimizer.jobs.ingest import ingest
from optimizer.jobs.ladder import Attempt, LadderResult, Rung, Tell, attempt, climb_down, in_child
from optimizer.jobs.past import Past
from optimizer.jobs.watchdog import EndedError, call_in_child
from optimizer.planning.judged_plan import JudgedPlan
from optimizer.solving.lexicographic import Progress
from tests.support.folders import ROOT
from tests.support.job_folders import MONDAY, TUESDAY, approve, here, propose_job, write_job

HANGING = "tests.support.hanging_children"


def silent(_: object) -> None:
    """Take a message."""


def gone(number: int) -> bool:
    """Whether a process ends within some seconds."""
    for _ in range(200):
        try:
            state = Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2]
        except OSError:
            return True
        if state.split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


def call(name: str, seconds: float = 60, cancel: threading.Event | None = None) -> object:
    """Call a function of ``hanging_children`` in a process of its own."""
    return call_in_child(
        f"{HANGING}:{name}",
        "argument",
        Clock(seconds),
        cancel or threading.Event(),
        silent,
    )


def test_a_process_that_hangs_is_ended_with_its_children() -> None:
    numbers: list[tuple[int, int]] = []
    with pytest.raises(EndedError, match="its time was over"):
        call_in_child(
            f"{HANGING}:family",
            None,
            Clock(15),
            threading.Event(),
            numbers.append,
        )
    assert all(gone(number) for number in numbers[0])


@pytest.mark.parametrize(
    ("name", "words"), [("die", "died with code -9"), ("fail", "ValueError: argument")]
)
def test_a_process_that_dies_or_fails_says_so(name: str, words: str) -> None:
    with pytest.raises(EndedError, match=words):
        call(name)


def test_what_a_process_prints_is_no_answer_and_signals_are_the_parents_business(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        assert call("chat") == "argument"
    assert "planner: not an answer" in caplog.messages
    assert "planner: nor this" in caplog.messages


def test_a_cancelled_process_may_give_its_answer() -> None:
    cancel = threading.Event()
    cancel.set()
    assert call("until_cancelled", cancel=cancel) == "argument so far"


def test_one_that_does_not_listen_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "GRACE", 0.5)
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(EndedError, match="was ended"):
        call("forever", cancel=cancel)


def test_a_child_dies_with_its_parent(tmp_path: Path) -> None:
    file = tmp_path / "number"
    program = (
        "import threading; from optimizer.common.clock import Clock; "
        "from optimizer.jobs.watchdog import call_in_child; "
        f"call_in_child('{HANGING}:note', {str(file)!r}, Clock(99), threading.Event(), print)"
    )
    parent = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", program], env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    while not (file.exists() and file.read_text()):
        time.sleep(0.05)
    child = int(file.read_text())
    parent.kill()
    parent.wait()
    assert gone(child)


def question(folder: Path) -> Scenario:
    """Read Tuesday's scenario, with Monday's plan approved."""
    path = write_job(folder)
    config = path.read_text(encoding="utf-8").replace("set: {policy: segment_priority}\n", "")
    path.write_text(config, encoding="utf-8")
    monday = propose_job(path, MONDAY, here)
    run = approve(read_job(path), monday.run)
    past = Past(run, monday.scenario, monday.solution)
    return ingest(read_job(path), TUESDAY, lambda _: past)[0].scenario


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return question(tmp_path_factory.mktemp("ladder") / "job")


class Broken:
    """Fails at some rungs, or after some goals."""

    def __init__(self, *rungs: Rung, goals: int = 0) -> None:
        self.rungs, self.goals = rungs, goals

    def __call__(
        self, asked: Attempt, clock: Clock, cancel: threading.Event, tell: Tell
    ) -> JudgedPlan:
        """Plan here, or fail."""
        told: list[Progress] = []
        if asked.rung is Rung.EXACT and self.goals:
            attempt(asked, cancel, told.append)
            for step in told[: self.goals]:
                tell(step)
        if asked.rung in self.rungs:
            msg = "broken"
            raise EndedError(msg)
        try:
            return attempt(asked, cancel, tell)
        except NoPlanError as error:
            raise EndedError(str(error)) from error


def climbed(asked: Scenario, broken: Broken) -> tuple[LadderResult, list[Rung]]:
    failed: list[Rung] = []
    found = climb_down(
        asked, Clock(60), threading.Event(), silent, lambda rung, _: failed.append(rung), broken
    )
    assert judge(asked, found.plan.solution) == []
    assert found.plan.solution.policy == "optimal"
    return found, failed


def test_all_goals_proved_is_exact(asked: Scenario) -> None:
    found, failed = climbed(asked, Broken())
    assert (found.rung, found.plan.status, failed) == (Rung.EXACT, Status.OPTIMAL, [])


def test_an_ended_solver_leaves_the_answer_to_its_last_goal(asked: Scenario) -> None:
    exact, _ = climbed(asked, Broken())
    names = [goal.name for goal in exact.plan.solution.goals]
    for goals in range(1, len(names) + 1):
        found, failed = climbed(asked, Broken(Rung.EXACT, goals=goals))
        assert (found.rung, failed) == (Rung.LAST_GOAL, [Rung.EXACT])
        proved = [goal.status for goal in found.plan.solution.goals]
        assert proved[:1] == [Status.OPTIMAL]
        same = zip(exact.plan.solution.goals[:goals], found.plan.solution.goals, strict=False)
        assert all(abs(one.value - other.value) < 1e-6 for one, other in same)
        assert any("last goal" in note for note in found.plan.notes)


def test_without_an_answer_the_plan_is_greedy(asked: Scenario) -> None:
    found, failed = climbed(asked, Broken(Rung.EXACT))
    assert (found.rung, found.plan.status) == (Rung.GREEDY, Status.FALLBACK)
    again, failed = climbed(asked, Broken(Rung.EXACT, Rung.LAST_GOAL, goals=1))
    assert (again.rung, failed) == (Rung.GREEDY, [Rung.EXACT, Rung.LAST_GOAL])
    assert again.plan.shipments.equals(found.plan.shipments)


def test_an_incumbent_rule_whose_process_dies_has_a_fallback_too(asked: Scenario) -> None:
    settings = asked.settings.model_copy(update={"policy": Policy.FCFS})
    found = climb_down(
        replace(asked, settings=settings),
        Clock(60),
        threading.Event(),
        silent,
        lambda *_: None,
        Broken(Rung.EXACT),
    )
    assert found.rung is Rung.GREEDY
    assert judge(found.plan.scenario, found.plan.solution) == []


def test_without_a_rule_the_plan_is_yesterdays(asked: Scenario) -> None:
    found, _ = climbed(asked, Broken(Rung.EXACT, Rung.GREEDY))
    assert (found.rung, found.plan.status) == (Rung.YESTERDAY, Status.FALLBACK)
    promised = asked["commitments"].groupby(["order", "line"])["quantity"].sum()
    shipped = found.plan.shipments.groupby(["order", "line"])["quantity"].sum()
    assert len(shipped)
    assert (shipped <= promised.reindex(shipped.index, fill_value=0)).all()


def test_yesterdays_plan_is_cut_to_todays_stock(asked: Scenario) -> None:
    tables = dict(asked.tables)
    none = pd.Series(np.zeros(len(tables["receipts"])))
    tables["receipts"] = tables["receipts"].assign(quantity=none)
    found, _ = climbed(replace(asked, tables=tables), Broken(Rung.EXACT, Rung.GREEDY))
    whole, _ = climbed(asked, Broken(Rung.EXACT, Rung.GREEDY))
    amounts = [plan.plan.shipments["quantity"].sum() for plan in (found, whole)]
    assert amounts[0] < amounts[1]


def test_without_anything_there_is_no_plan(asked: Scenario) -> None:
    broken = Broken(*Rung)
    with pytest.raises(NoPlanError, match="deadline_seconds"):
        climb_down(asked, Clock(60), threading.Event(), silent, lambda *_: None, broken)
    alone = dict(asked.tables) | {"commitments": asked["commitments"].iloc[:0]}
    never = Broken(Rung.EXACT, Rung.GREEDY)
    with pytest.raises(NoPlanError):
        climb_down(
            replace(asked, tables=alone),
            Clock(60),
            threading.Event(),
            silent,
            lambda *_: None,
            never,
        )


@pytest.mark.slow
def test_a_plan_comes_back_whole_from_its_process(asked: Scenario) -> None:
    steps: list[Progress] = []
    made = in_child(Attempt(asked, Rung.EXACT), Clock(120), threading.Event(), steps.append)
    same = attempt(Attempt(asked, Rung.EXACT), threading.Event(), silent)
    assert made.shipments.equals(same.shipments)
    names = [goal.name for goal in made.solution.goals]
    assert [step.goal for step in steps] == [*(n for n in names if n != "commitments"), "ties"]
    assert all(step.answer is not None for step in steps)


@pytest.mark.long
def test_a_solver_past_the_deadline_is_ended_and_a_plan_comes(asked: Scenario) -> None:
    began = time.monotonic()
    failed: list[str] = []
    found = climb_down(
        asked,
        Clock(60),
        threading.Event(),
        silent,
        lambda _, why: failed.append(why),
        lambda a, c, x, t: in_child(a, c if a.rung is not Rung.EXACT else Clock(0.2), x, t),
    )
    assert found.rung is Rung.GREEDY
    assert failed == ["was ended when its time was over"]
    assert time.monotonic() - began < 60
