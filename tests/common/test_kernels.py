"""Loops do the same interpreted and compiled; small books compile nothing; no store is needed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from models.problem import Problem
from optimizer.benching.peak_week import generate
from optimizer.common import kernels
from optimizer.policies import allocate_all, top_up
from optimizer.policies.tidying import tidy
from optimizer.preparing import prepare
from tests.support.named_plans import Floats
from tests.support.solverless_plans import prepared
from tests.support.tiny_scenarios import tiny_scenario


def answers(problem: Problem) -> list[Floats]:
    """Let every loop run: plans of the rules, topped up from a half, and tidied."""
    plans = list(allocate_all(problem).values())
    half = (problem.lines["order"].to_numpy() % 2 == 0)[problem.options["line"]]
    more = [top_up(problem, np.where(half, 0.0, x)) for x in plans]
    return [*plans, *more, *(tidy(problem, x) for x in more)]


def test_compiled_loops_do_what_interpreted_ones_do(monkeypatch: pytest.MonkeyPatch) -> None:
    books = [*(prepared(tiny_scenario(seed)) for seed in range(40)), prepare(generate(300, seed=4))]
    interpreted = [answers(book) for book in books]
    monkeypatch.setattr(kernels, "COMPILED_FROM", 0)
    for book, expected in zip(books, interpreted, strict=True):
        for found, wanted in zip(answers(book), expected, strict=True):
            np.testing.assert_array_equal(found, wanted)
    assert all(x.any() for x in interpreted[-1])


def python(code: str, folder: Path, **variables: str) -> str:
    """Run a program of its own."""
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(  # noqa: S603
        command, cwd=folder, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_small_book_compiles_nothing(tmp_path: Path) -> None:
    code = (
        "import sys; from optimizer.benching.peak_week import generate;"
        "from optimizer import plan;"
        "plan(generate(20), policy='fcfs'); print('numba' in sys.modules)"
    )
    assert python(code, tmp_path) == "False"


LOOP = """
from typing import NamedTuple
class LockedModel(NamedTuple):
    sums: object
def add(held, units):
    for row in range(len(held.sums)):
        _add(held, row, units)
def _add(held, row, units):
    held.sums[row] += units
HELPERS = (_add,)
"""
WITHOUT_A_STORE = """
import numpy as np
import kernels
import loop
held = loop.LockedModel(np.zeros(1))
kernels.run_loop(loop.add, held, 1.0)
print(held.sums[0])
"""


@pytest.mark.parametrize("home", ["home", "file"])
def test_no_store_of_compiled_code_is_needed(tmp_path: Path, home: str) -> None:
    shutil.copy(kernels.__file__, tmp_path)
    (tmp_path / "loop.py").write_text(LOOP)
    (tmp_path / "__pycache__").touch()  # so that nothing can be stored beside the source
    (tmp_path / "file").touch()
    place = str(tmp_path / home)
    assert python(WITHOUT_A_STORE, tmp_path, HOME=place, XDG_CACHE_HOME=place) == "1.0"
