"""Whatever the solver's process does, a run ends in time with a plan."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

from models.allocation import declare
from models.scenario import Scenario
from models.settings import Policy
from models.solution import Status
from optimizer import plan
from optimizer.common.clock import Clock
from optimizer.compiling import compile_matrix
from optimizer.outcome import Outcome
from optimizer.policies import allocate
from optimizer.solving import highs
from optimizer.solving.highs import SolverProcess
from optimizer.solving.locked_model import LockedModel
from optimizer.solving.optimise import optimise
from tests.support.answers_as_text import TABLES, one_line
from tests.support.solverless_plans import prepared
from tests.support.tiny_scenarios import tiny_scenario

pytest_plugins = ["tests.support.failing_workers"]


@cache
def lots() -> Scenario:
    """Build whole lines of which no rule finds the best two, and whose LP is fractional."""
    return one_line(
        None,
        lines="order,line,item,quantity,unit_value,complete\n"
        "SO1,1,pump,6,3,true\nSO1,2,pump,5,2,true\nSO1,3,pump,5,2,true",
        stock=TABLES["stock"].replace("100", "10"),
    )


def optimised(scenario: Scenario, seconds: float = 60.0) -> Outcome:
    """Optimise from the plans of two rules."""
    problem = prepared(scenario)
    declared = declare(problem)
    model = LockedModel(problem, declared, compile_matrix(declared))
    rules = (Policy.FCFS, Policy.SEGMENT_PRIORITY)
    starts = {policy: allocate(problem, policy) for policy in rules}
    return optimise(model, starts, Clock(seconds), threading.Event(), lambda _: None)


@pytest.mark.usefixtures("nonsense")
def test_without_any_answer_the_plan_is_that_of_segment_priority(
    pids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(highs, "GRACE", 0.1)
    outcome = optimised(lots(), seconds=1.0)
    assert outcome.status == Status.FALLBACK
    assert outcome.cut
    fallback = allocate(prepared(lots()), Policy.SEGMENT_PRIORITY)
    np.testing.assert_array_equal(outcome.x, fallback)
    assert pids


ALWAYS = {
    "crashes": "os.kill(os.getpid(), 9)",
    "segfaults": "os.kill(os.getpid(), 11)",
    "raises": "raise ValueError('no')",
    "hangs": "time.sleep(60)",
}


@pytest.mark.parametrize("act", ALWAYS.values(), ids=ALWAYS)
def test_a_mip_that_always_fails_leaves_an_unproved_plan(
    act: str, worker: Callable[[str], None], pids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker(f"REAL\ndef mip(self, **_):\n    {act}\nworker.Worker.mip = mip\nworker.main()")
    monkeypatch.setattr(highs, "GRACE", 0.1)
    outcome = optimised(lots(), seconds=6.0)
    assert outcome.status == Status.FEASIBLE
    assert outcome.cut
    assert outcome.goals[-1].value == pytest.approx(18)  # of the rules' plan
    assert outcome.goals[-1].bound == pytest.approx(18 + 4 * 2)  # of the LP
    assert len(pids) >= 2


@pytest.mark.parametrize("request_name", ["lp", "mip"])
@pytest.mark.parametrize("act", ["os.kill(os.getpid(), 11)", "raise ValueError('no')"])
def test_what_fails_once_is_tried_another_way(
    request_name: str, act: str, worker: Callable[[str], None], pids: list[int]
) -> None:
    name, first = ("again", False) if request_name == "mip" else ("way", "home")
    worker(
        f"REAL\nreal = worker.Worker.{request_name}\n"
        f"def first(self, **content):\n    if content['{name}'] == {first!r}:\n        {act}\n"
        f"    real(self, **content)\n"
        f"worker.Worker.{request_name} = first\nworker.main()"
    )
    outcome = optimised(lots())
    assert outcome.status == Status.OPTIMAL
    assert outcome.goals[-1].value == pytest.approx(20)
    assert len(pids) > 2


def test_what_libraries_print_does_not_disturb_the_answers(
    worker: Callable[[str], None], pids: list[int]
) -> None:
    worker(
        "REAL\nreal = worker.Worker.mip\n"
        "def mip(self, **content):\n    print('HiGHS says', flush=True)\n"
        "    os.write(1, b'so it does')\n    real(self, **content)\n"
        "worker.Worker.mip = mip\nworker.main()"
    )
    assert optimised(lots()).status == Status.OPTIMAL
    assert pids


@pytest.mark.parametrize("always", [False, True])
def test_infeasible_is_no_answer(always: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    ask = SolverProcess.ask

    def lying(self: SolverProcess, request: str, within: float, **content: Any) -> dict[str, Any]:
        if request == "mip":
            asked.append(content["again"])
            if always or not content["again"]:
                return {"infeasible": True, "values": None, "bound": np.inf, "cut": False}
        return ask(self, request, within, **content)

    monkeypatch.setattr(SolverProcess, "ask", lying)
    outcome = optimised(lots())
    assert asked[:2] == [False, True]
    assert outcome.status == (Status.FEASIBLE if always else Status.OPTIMAL)
    assert outcome.goals[-1].value == pytest.approx(18 if always else 20)


@pytest.mark.parametrize("seed", [0, 7])
def test_without_time_the_plan_is_that_of_segment_priority(seed: int) -> None:
    scenario = tiny_scenario(seed)
    limit = scenario.settings.solver.model_copy(update={"seconds": 0.01})
    settings = scenario.settings.model_copy(update={"solver": limit})
    hurried = plan(Scenario(settings, scenario.tables))
    assert hurried.status == Status.FALLBACK
    rule = plan(scenario, policy="segment_priority")
    columns = ["order", "line", "site", "service", "ship_date", "quantity"]
    assert hurried.shipments[columns].equals(rule.shipments[columns])
    assert [goal.bound for goal in hurried.solution.goals] == [None] * len(rule.goals)
    assert "Raise solver.seconds" in hurried.notes[0]
