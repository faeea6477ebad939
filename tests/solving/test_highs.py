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
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import highspy
import numpy as np
import pytest

from optimizer.solving import highs
from optimizer.solving.highs import MipLimits, NoAnswerError, SolverProcess
from tests.support.folders import ROOT

pytest_plugins = ["tests.support.failing_workers"]

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
    return process.solve_mip(model, MipLimits(within))


def ask_lp(process: SolverProcess, cost: list[float]) -> dict[str, Any]:
    """Ask for the optimum of the kept LP."""
    nothing = np.empty(0)
    reach = dict.fromkeys(("columns", "lower", "back", "upper"), nothing)
    return process.ask("lp", 20.0, cost=np.array(cost), reach=reach, seconds=20.0, way="home")


@pytest.fixture
def process() -> Iterator[SolverProcess]:
    """Return a process that must leave nothing behind."""
    with SolverProcess(threading.Event()) as process:
        yield process


def assert_gone(pid: int) -> None:
    """Make sure that a process ended, and was waited for."""
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_mip_is_solved_to_its_optimum(process: SolverProcess) -> None:
    better: list[float] = []
    answer = process.solve_mip(
        model_of([-6.0, -5.0, -4.0], [[6, 5, 5]], [10]),
        MipLimits(20.0),
        np.array([0.0, 0.0, 1.0]),
        better=lambda report: better.append(report["objective"]),
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
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert f"highspy=={PINNED}" in project["project"]["dependencies"]
    loaded = process.ask("load", 20.0, model={k: v for k, v in EASY.items() if k != "whole"})
    assert loaded["version"] == PINNED


def test_the_worker_imports_numpy_and_highspy_only() -> None:
    tell = "import sys; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    load = f"import runpy; runpy.run_path({str(highs.WORKER)!r}); "

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


def test_a_cancelled_solve_ends_within_two_seconds(
    pids: list[int], caplog: pytest.LogCaptureFixture
) -> None:
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
    assert [r for r in caplog.records if r.levelname == "WARNING"] == []  # it was wanted


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


def test_a_locked_goal_lost_on_the_way_to_highs_is_noticed(process: SolverProcess) -> None:
    process.ask("load", 20.0, model={k: v for k, v in EASY.items() if k != "whole"})
    none = np.empty(0)
    with pytest.raises(NoAnswerError, match="locked goal was lost"):
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
    spec = importlib.util.spec_from_file_location("highs_worker", highs.WORKER)
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


@pytest.mark.usefixtures("nonsense")
def test_a_worker_that_talks_nonsense_gives_no_answer_in_time(
    pids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(highs, "GRACE", 0.2)
    long = model_of([1.0] * 200, [[1.0] * 200] * 400, [1.0] * 400)  # more than a pipe holds
    with SolverProcess(threading.Event()) as process:
        began = time.monotonic()
        with pytest.raises(NoAnswerError):
            ask_mip(process, long, within=1.0)
        assert time.monotonic() - began < 3
        assert_gone(pids[0])
