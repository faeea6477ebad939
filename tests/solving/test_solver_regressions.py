"""The gate for the pinned solver: models on which other versions or options crash, hang or lie.

Each goes through our own worker with exactly our options. The models lie beside the repository;
without them nothing can be said, which is a failure wherever ``CI`` is set.
"""

from __future__ import annotations

import json
import lzma
import os
import threading
from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pytest
import scipy.sparse as sp

from optimizer.solving.highs import MipLimits, SolverProcess
from tests.support.folders import SHARED

FOLDER = SHARED / "data" / "solver_regressions"
MODELS = (
    *("crash12x9", "g50_s5", "g100_s13", "g200_s8", "infeas371x286"),
    *("fuzz670_stage0", "fuzz230_stage0", "fuzz107_stage3", "fuzz411_stage1", "fuzz1297_stage2"),
    *("fuzz744_stage1", "fuzz978_stage1", "fuzz29_stage0"),
)
UNPROVED = "g1000_s10"
AMBIGUOUS = "fuzz1048_stage5"
LARGE = "infeas10k"
SECONDS, LARGE_SECONDS = 12.0, 90.0
CLOSE, FEASIBLE = 2e-5, 1e-6

Model = dict[str, Any]
Answer = dict[str, Any]


@pytest.fixture(scope="module")
def folder() -> Path:
    """Return where the models are."""
    if not FOLDER.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"the solver's regression models are missing: {FOLDER.name}")
        pytest.skip("the solver's regression models are not beside this checkout")
    return FOLDER


@pytest.fixture(scope="module")
def expected(folder: Path) -> dict[str, dict[str, Any]]:
    """Return what is known of each model."""
    known: dict[str, dict[str, Any]] = json.loads((folder / "expected.json").read_text("utf-8"))
    return known


def read_model(folder: Path, name: str, scratch: Path) -> Model:
    """Read a model as the worker takes it; highspy reads the file, nothing is solved here."""
    path = scratch / f"{name}.mps"
    path.write_bytes(lzma.decompress((folder / f"{name}.mps.xz").read_bytes()))
    h: Any = highspy.Highs()
    h.setOptionValue("output_flag", False)
    assert h.readModel(str(path)) == highspy.HighsStatus.kOk
    lp = h.getLp()
    shape = (lp.num_row_, lp.num_col_)
    parts = (lp.a_matrix_.value_, lp.a_matrix_.index_, lp.a_matrix_.start_)
    by_column = lp.a_matrix_.format_ == highspy.MatrixFormat.kColwise
    a = (sp.csc_array if by_column else sp.csr_array)(parts, shape).tocsc()
    assert lp.sense_ == highspy.ObjSense.kMinimize
    return {
        "cost": np.array(lp.col_cost_),
        "lower": np.array(lp.col_lower_),
        "upper": np.array(lp.col_upper_),
        "row_lower": np.array(lp.row_lower_),
        "row_upper": np.array(lp.row_upper_),
        "start": a.indptr,
        "index": a.indices,
        "value": a.data,
        "whole": np.array([kind == highspy.HighsVarType.kInteger for kind in lp.integrality_]),
        "offset": lp.offset_,
    }


def solve(model: Model, seconds: float, gap: float = 0.0) -> Answer:
    """Solve in a worker of its own, which is killed past its time."""
    with SolverProcess(threading.Event()) as process:
        return process.solve_mip(model, MipLimits(seconds, gap))


def violation(model: Model, values: np.ndarray) -> float:
    """Say by how much an answer misses a row, a bound or a whole number, at most."""
    shape = (len(model["row_lower"]), len(model["cost"]))
    activity = sp.csc_array((model["value"], model["index"], model["start"]), shape) @ values
    whole = values[model["whole"]]
    misses = (
        model["row_lower"] - activity,
        activity - model["row_upper"],
        model["lower"] - values,
        values - model["upper"],
        np.abs(whole - np.round(whole)),
    )
    return float(max(miss.max(initial=0.0) for miss in misses))


def objective(model: Model, values: np.ndarray) -> float:
    """Recompute the objective."""
    return float(model["cost"] @ values) + float(model["offset"])


def assert_sound(model: Model, answer: Answer) -> None:
    """Accept no answer that is called infeasible, breaks a row or lies below its own bound."""
    assert not answer["infeasible"]
    assert answer["values"] is not None
    assert violation(model, answer["values"]) <= FEASIBLE
    value = objective(model, answer["values"])
    assert answer["bound"] + model["offset"] <= value + CLOSE * max(1.0, abs(value))


@pytest.mark.parametrize("name", MODELS)
def test_the_optimum_is_found(
    name: str, folder: Path, expected: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    known, model = expected[name], read_model(folder, name, tmp_path)
    assert len(model["row_lower"]) == known["rows"]
    assert (len(model["cost"]), model["whole"].sum()) == (known["cols"], known["ints"])
    answer = solve(model, SECONDS)
    assert answer["status"] == "Optimal"
    assert_sound(model, answer)
    allowed = CLOSE * max(1.0, abs(known["expected"]))
    assert abs(objective(model, answer["values"]) - known["expected"]) <= allowed


def test_a_tolerance_may_hide_an_answer_but_not_call_it_infeasible(
    folder: Path, tmp_path: Path
) -> None:
    model = read_model(folder, AMBIGUOUS, tmp_path)
    answer = solve(model, SECONDS)
    assert answer["status"] == "Optimal"
    assert_sound(model, answer)
    assert 118.9 < objective(model, answer["values"]) < 120.9  # both known answers; no gate


@pytest.mark.slow
def test_a_model_that_nobody_proved_does_not_crash(
    folder: Path, expected: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    model = read_model(folder, UNPROVED, tmp_path)
    answer = solve(model, SECONDS)
    assert_sound(model, answer)
    known = expected[UNPROVED]
    assert objective(model, answer["values"]) >= known["bound"] * (1 - CLOSE)
    assert answer["bound"] + model["offset"] <= known["expected"] * (1 + CLOSE)


@pytest.mark.slow
def test_a_large_model_is_not_called_infeasible(folder: Path, tmp_path: Path) -> None:
    model = read_model(folder, LARGE, tmp_path)
    answer = solve(model, LARGE_SECONDS, gap=1e-2 * 3.1e6)
    assert_sound(model, answer)
    assert objective(model, answer["values"]) >= 3_112_833 * (1 - CLOSE)
    assert answer["bound"] + model["offset"] <= 3_122_391 * (1 + CLOSE)


def test_every_model_of_the_folder_is_used(folder: Path) -> None:
    names = {path.name.removesuffix(".mps.xz") for path in folder.glob("*.mps.xz")}
    assert names == {*MODELS, AMBIGUOUS, UNPROVED, LARGE}
