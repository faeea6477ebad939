"""The solver's process may crash, hang or talk nonsense: the run goes on without an answer."""

from __future__ import annotations

import importlib.util
import os
import random
import signal
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import highspy
import numpy as np
import pytest
from judging import TABLES, one_line
from plans import prepared
from tiny import tiny

from models.allocation import declare
from models.scenario import Scenario
from models.settings import Policy
from models.solution import Status
from optimizer import solver
from optimizer.compiling import compile_matrix
from optimizer.holding import Held
from optimizer.optimising import Outcome, optimise
from optimizer.planning import plan
from optimizer.policies import allocate
from optimizer.searching import Clock
from optimizer.solver import NoAnswerError, SolverProcess

Model = dict[str, Any]
PINNED = "1.15.1"


def model_of(
    cost: list[float], rows: list[list[float]], limits: list[float], *, equal: bool = False
) -> Model:
    """Write ``rows x <= limits`` over columns 0..1, whole, as the worker takes it."""
    a = np.array(rows, dtype=float)
    count = a.shape[1]
    return {
        "cost": np.array(cost, dtype=float),
        "lower": np.zeros(count),
        "upper": np.ones(count),
        "row_lower": np.array(limits, dtype=float) if equal else np.full(len(limits), -np.inf),
        "row_upper": np.array(limits, dtype=float),
        "start": np.arange(count + 1) * len(limits),
        "index": np.tile(np.arange(len(limits)), count),
        "value": a.T.ravel(),
        "whole": np.ones(count, dtype=bool),
    }


EASY = model_of([-6.0, -5.0, -5.0], [[6, 5, 5]], [10])
"""A knapsack: the last two fill it, for -10."""


def hard() -> Model:
    """Make a market split problem, which keeps any branch and bound busy for hours."""
    dice = random.Random(1)  # noqa: S311  no secret
    rows = [[float(dice.randrange(1, 100)) for _ in range(60)] for _ in range(6)]
    model = model_of([float(k % 7) for k in range(60)], rows, [sum(row) // 2 for row in rows])
    model["row_lower"] = model["row_upper"]
    return model


def ask_mip(process: SolverProcess, model: Model, within: float = 20.0) -> dict[str, Any]:
    """Ask for the optimum of a MIP."""
    return process.ask(
        "mip",
        within,
        model=model,
        start=None,
        gap=0.0,
        enough=-np.inf,
        seconds=within,
        nodes=2**31 - 1,
        again=False,
    )


def ask_lp(process: SolverProcess, cost: list[float]) -> dict[str, Any]:
    """Ask for the optimum of the kept LP."""
    nothing = np.empty(0)
    reach = dict.fromkeys(("columns", "lower", "back", "upper"), nothing)
    return process.ask("lp", 20.0, cost=np.array(cost), reach=reach, seconds=20.0, again=False)


@pytest.fixture
def process() -> Iterator[SolverProcess]:
    """Return a process that must leave nothing behind."""
    with SolverProcess(threading.Event()) as process:
        yield process


@pytest.fixture
def pids(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Watch the processes that are started; none may outlive the test."""
    seen: list[int] = []
    start = SolverProcess.start

    def watched(self: SolverProcess) -> None:
        start(self)
        assert self.process is not None
        seen.append(self.process.pid)

    monkeypatch.setattr(SolverProcess, "start", watched)
    yield seen
    assert seen
    for pid in seen:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Put a script in the worker's place; ``REAL`` in it loads the real one as ``worker``."""
    real = (
        "import importlib.util, os, sys, time\n"
        f"spec = importlib.util.spec_from_file_location('worker', {str(solver.WORKER)!r})\n"
        "worker = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(worker)\n"
    )

    def replace(script: str) -> None:
        path = tmp_path / "worker.py"
        path.write_text(script.replace("REAL", real), encoding="utf-8")
        monkeypatch.setattr(solver, "WORKER", path)

    return replace


def assert_gone(pid: int) -> None:
    """Make sure that a process ended, and was waited for."""
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_mip_is_solved_to_its_optimum(process: SolverProcess) -> None:
    better: list[float] = []
    answer = process.ask(
        "mip",
        20.0,
        better=lambda found: better.append(found["objective"]),
        model=model_of([-6.0, -5.0, -4.0], [[6, 5, 5]], [10]),
        start=np.array([0.0, 0.0, 1.0]),
        gap=0.0,
        enough=-np.inf,
        seconds=20.0,
        nodes=2**31 - 1,
        again=False,
    )
    assert answer["status"] == "Optimal"
    assert answer["bound"] == pytest.approx(-9)
    assert answer["values"] == pytest.approx([0, 1, 1])
    assert better[-1] == pytest.approx(-9)


def test_a_mip_without_whole_columns_is_bounded_by_its_optimum(process: SolverProcess) -> None:
    model = model_of([-6.0, -5.0, -5.0], [[6, 5, 5]], [13]) | {"whole": np.zeros(3, dtype=bool)}
    answer = ask_mip(process, model)
    assert answer["bound"] == pytest.approx(-13)


def test_the_kept_lp_takes_new_bounds_costs_and_rows(process: SolverProcess) -> None:
    process.ask("load", 20.0, model={k: v for k, v in EASY.items() if k != "whole"})
    first = ask_lp(process, [-6.0, -5.0, -4.0])
    assert first["optimal"]
    assert first["objective"] == pytest.approx(-10)
    process.ask(
        "change",
        20.0,
        columns=np.array([2]),
        lower=np.array([1.0]),
        upper=np.array([1.0]),
        rows=[(-np.inf, 0.5, np.array([0]), np.array([1.0]))],
    )
    second = ask_lp(process, [-6.0, -5.0, -4.0])
    assert second["objective"] == pytest.approx(-9)
    assert second["values"] == pytest.approx([0, 1, 1])
    assert ask_lp(process, [-7.0, -5.0, -4.0])["objective"] == pytest.approx(-3.5 - 2 - 4)


def test_the_version_that_answers_is_the_one_that_is_pinned(process: SolverProcess) -> None:
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))
    assert f"highspy=={PINNED}" in project["project"]["dependencies"]
    loaded = process.ask("load", 20.0, model={k: v for k, v in EASY.items() if k != "whole"})
    assert loaded["version"] == PINNED


def test_the_worker_imports_numpy_and_highspy_only() -> None:
    tell = "import sys; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    load = f"import runpy; runpy.run_path({str(solver.WORKER)!r}); "

    def modules(script: str) -> set[str]:
        told = subprocess.run(  # noqa: S603  ourselves
            [sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True
        )
        return set(told.stdout.split())

    extra = modules(load + tell) - modules(tell) - sys.stdlib_module_names
    assert {name for name in extra if not name.startswith("_")} == {"numpy", "highspy"}


def test_a_worker_ends_when_its_parent_is_gone(process: SolverProcess) -> None:
    process.start()
    assert process.process is not None
    assert process.process.stdin is not None
    process.process.stdin.close()
    assert process.process.wait(timeout=20) == 0


def test_a_killed_worker_gives_no_answer_and_is_replaced(
    process: SolverProcess, pids: list[int]
) -> None:
    ask_mip(process, EASY)
    timer = threading.Timer(0.5, lambda: os.kill(pids[0], signal.SIGKILL))
    timer.start()
    with pytest.raises(NoAnswerError, match="died with code -9"):
        ask_mip(process, hard())
    timer.join()
    assert ask_mip(process, EASY)["bound"] == pytest.approx(-10)
    assert len(pids) == 2
    process.stop()


def test_a_cancelled_solve_ends_within_two_seconds(pids: list[int]) -> None:
    cancel = threading.Event()
    with SolverProcess(cancel) as process:
        ask_mip(process, EASY)
        threading.Timer(0.5, cancel.set).start()
        began = time.monotonic()
        with pytest.raises(NoAnswerError, match="cancelled"):
            ask_mip(process, hard())
        assert time.monotonic() - began < 2.5
        assert_gone(pids[0])
        with pytest.raises(NoAnswerError, match="cancelled"):
            ask_mip(process, EASY)
    assert len(pids) == 1


def test_a_request_without_time_is_not_made(process: SolverProcess) -> None:
    with pytest.raises(NoAnswerError, match="no time left"):
        ask_mip(process, EASY, within=0.0)
    assert not process.alive


def test_a_time_limit_ends_a_solve_with_the_best_found_so_far(process: SolverProcess) -> None:
    answer = ask_mip(process, hard(), within=0.5)
    assert answer["cut"]
    assert not answer["infeasible"]


def test_a_failure_in_the_worker_is_told(process: SolverProcess) -> None:
    with pytest.raises(NoAnswerError, match="AttributeError"):
        process.ask("nonsense", 20.0)


@pytest.mark.parametrize("zero", [0.0, 1e-10])
def test_numbers_lost_on_the_way_to_highs_are_noticed(process: SolverProcess, zero: float) -> None:
    with pytest.raises(NoAnswerError, match="nonzeros lost"):
        ask_mip(process, EASY | {"value": np.array([6.0, 5.0, zero])})


def test_a_model_that_highs_refuses_is_noticed(process: SolverProcess) -> None:
    with pytest.raises(NoAnswerError, match="does not take the model"):
        ask_mip(process, EASY | {"index": np.array([0, 7, 0])})


def test_a_held_goal_lost_on_the_way_to_highs_is_noticed(process: SolverProcess) -> None:
    process.ask("load", 20.0, model={k: v for k, v in EASY.items() if k != "whole"})
    none = np.empty(0)
    with pytest.raises(NoAnswerError, match="held goal was lost"):
        process.ask(
            "change",
            20.0,
            columns=none,
            lower=none,
            upper=none,
            rows=[(-np.inf, 1.0, np.array([0, 1]), np.array([1.0, 1e-12]))],
        )


def load_worker() -> ModuleType:
    """Load the worker's file to look at its parts; nothing is solved in this process."""
    spec = importlib.util.spec_from_file_location("highs_worker", solver.WORKER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "options",
    [{"no_such_option": 1}, {"presolve": "sometimes"}, {"mip_rel_gap": -1.0}, {"threads": "one"}],
)
def test_options_that_highs_refuses_are_noticed(options: dict[str, Any]) -> None:
    h: Any = highspy.Highs()
    h.setOptionValue("output_flag", False)
    with pytest.raises(RuntimeError, match="does not take option"):
        load_worker().set_options(h, options)


def test_mips_are_presolved_the_only_safe_way() -> None:
    worker = load_worker()
    assert worker.SAFE_MIP["presolve_reduction_limit"] == 0
    assert worker.OPTIONS["threads"] == 1
    h: Any = highspy.Highs()
    worker.set_options(h, worker.OPTIONS | worker.SAFE_MIP | worker.QUICK_MIP)
    assert h.getOptionValue("presolve_reduction_limit")[1] == 0


NONSENSE = {
    "sleeps": "import time; time.sleep(60)",
    "exits": "raise SystemExit(3)",
    "closes its pipe": "import os, time; os.close(1); time.sleep(60)",
    "prints text": "import time; print('Running HiGHS' * 99, flush=True); time.sleep(60)",
    "prints numbers": "import sys; sys.stdout.buffer.write(b'\\x05' + bytes(7) + b'abcde')",
    "raises": "raise RuntimeError('broken installation')",
}


@pytest.mark.parametrize("script", NONSENSE.values(), ids=NONSENSE)
def test_a_worker_that_talks_nonsense_gives_no_answer_in_time(
    script: str,
    worker: Callable[[str], None],
    pids: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worker(script)
    monkeypatch.setattr(solver, "GRACE", 0.2)
    long = model_of([1.0] * 200, [[1.0] * 200] * 400, [1.0] * 400)  # more than a pipe holds
    with SolverProcess(threading.Event()) as process:
        began = time.monotonic()
        with pytest.raises(NoAnswerError):
            ask_mip(process, long, within=1.0)
        assert time.monotonic() - began < 3
        assert_gone(pids[0])


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
    held = Held(problem, declared, compile_matrix(declared))
    rules = (Policy.FCFS, Policy.SEGMENT_PRIORITY)
    starts = {policy: allocate(problem, policy) for policy in rules}
    return optimise(held, starts, Clock(seconds), threading.Event(), lambda _: None)


@pytest.mark.parametrize("script", NONSENSE.values(), ids=NONSENSE)
def test_without_any_answer_the_plan_is_that_of_segment_priority(
    script: str,
    worker: Callable[[str], None],
    pids: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worker(script)
    monkeypatch.setattr(solver, "GRACE", 0.1)
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
    monkeypatch.setattr(solver, "GRACE", 0.1)
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
    worker(
        f"REAL\nreal = worker.Worker.{request_name}\n"
        f"def first(self, again, **content):\n    if not again:\n        {act}\n"
        f"    real(self, again=again, **content)\n"
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
    scenario = tiny(seed)
    limit = scenario.settings.solver.model_copy(update={"seconds": 0.01})
    settings = scenario.settings.model_copy(update={"solver": limit})
    hurried = plan(Scenario(settings, scenario.tables))
    assert hurried.status == Status.FALLBACK
    rule = plan(scenario, policy="segment_priority")
    columns = ["order", "line", "site", "service", "ship_date", "quantity"]
    assert hurried.shipments[columns].equals(rule.shipments[columns])
    assert [goal.bound for goal in hurried.solution.goals] == [None] * len(rule.goals)
    assert "Raise solver.seconds" in hurried.notes[0]
