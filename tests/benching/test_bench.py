"""``allocore bench``: each case end to end at tiny sizes, and that contenders build one model."""

from __future__ import annotations

import importlib.util
import json
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from models.allocation import declare
from models.errors import UsageError
from models.problem import Problem
from optimizer.benching import cases, measurement
from optimizer.benching.bench_report import draw, report, results, table, write
from optimizer.benching.cases import CASES, LARGEST, reason_to_skip
from optimizer.benching.floor import arrays, hand_over
from optimizer.benching.measurement import Task, measure_all
from optimizer.benching.peak_week import generate
from optimizer.benching.stopwatch import Stopwatch
from optimizer.cli import main
from optimizer.compiling import Matrix, compile_matrix
from tests.support.solverless_plans import prepared
from tests.support.tiny_scenarios import tiny_scenario

LINOPY = importlib.util.find_spec("linopy") is not None
ALTAIR = all(importlib.util.find_spec(name) for name in ("altair", "vl_convert"))


def problems() -> list[Problem]:
    """Prepare tiny scenarios with every feature, and a peak week."""
    return [*(prepared(tiny_scenario(seed)) for seed in range(25)), prepared(generate(300, seed=5))]


def test_the_floor_equals_the_compiler_entry_by_entry() -> None:
    for problem in problems():
        ours, floor = compile_matrix(declare(problem)), arrays(problem)
        np.testing.assert_array_equal(ours.a.indptr, floor["start"])
        np.testing.assert_array_equal(ours.a.indices, floor["index"])
        np.testing.assert_array_equal(ours.a.data, floor["value"])
        np.testing.assert_array_equal(ours.row_lower, floor["row_lower"])
        np.testing.assert_array_equal(ours.row_upper, floor["row_upper"])
        np.testing.assert_array_equal(ours.upper, floor["upper"])
        np.testing.assert_array_equal(ours.goals["loss"][0].toarray().ravel(), floor["cost"])


def test_what_arrives_at_highs_is_counted() -> None:
    problem = prepared(generate(300, seed=5))
    matrix, h = compile_matrix(declare(problem)), hand_over(problem)
    assert (h.getNumRow(), h.getNumCol()) == matrix.a.shape
    assert h.getNumNz() == matrix.a.nnz


def lp_of(h: Any) -> tuple[sp.csc_array, np.ndarray, np.ndarray, np.ndarray]:
    """Read an LP back: coefficients and row bounds with ``>=`` turned into ``<=``, and costs."""
    lp = h.getLp()
    m = lp.a_matrix_
    kind = sp.csc_array if str(m.format_) == "MatrixFormat.kColwise" else sp.csr_array
    a = kind((m.value_, m.index_, m.start_), shape=(lp.num_row_, lp.num_col_))
    low, high = np.array(lp.row_lower_), np.array(lp.row_upper_)
    sign = np.where(np.isinf(high), -1.0, 1.0)
    low, high = np.sort([sign * low, sign * high], axis=0)
    return sp.diags_array(sign) @ a, low, high, np.array(lp.col_cost_)


def assert_same_lp(h: Any, ours: Matrix) -> None:
    """Compare an LP in HiGHS with a matrix entry by entry; equations may have either sign."""
    a, low, high, cost = lp_of(h)
    equal = ours.row_lower == ours.row_upper
    turned = np.where(
        equal & (np.asarray((a - ours.a).power(2).sum(axis=1)).ravel() > 0), -1.0, 1.0
    )
    assert abs(sp.diags_array(turned) @ a - ours.a).sum() == 0
    np.testing.assert_array_equal(np.where(equal, turned * low, low), ours.row_lower)
    np.testing.assert_array_equal(np.where(equal, turned * high, high), ours.row_upper)
    np.testing.assert_array_equal(cost, ours.goals["loss"][0].toarray().ravel())


@pytest.mark.skipif(not LINOPY, reason="linopy is not installed: pip install 'allocore[bench]'")
@pytest.mark.parametrize("sparse", [True, False])
@pytest.mark.filterwarnings("default")
def test_linopy_is_given_the_same_model(sparse: bool) -> None:
    from optimizer.benching import linopy_model

    for problem in (prepared(generate(300, seed=5)), prepared(generate(120, seed=6))):
        declared = declare(problem)
        h = linopy_model.hand_over(declared, sparse=sparse)
        assert_same_lp(h, compile_matrix(declared))


def test_every_case_runs_end_to_end() -> None:
    chosen = [case for case in CASES if case != "plan"]  # plan-value and plan-lp vary it
    figures = measure_all(chosen, [40], [3], 4.0, lambda _: None)
    ran = {(f["case"], f["contender"]): f for f in figures}
    assert list(ran) == [(case, name) for case in chosen for name in CASES[case].contenders]
    for (_, name), found in ran.items():
        if name.startswith("linopy") and not LINOPY:
            assert found["note"] == "not installed"
            continue
        assert found["note"] == ""
        assert found["cpu_seconds"] > 0
        assert found["wall_seconds"] > 0
        assert found["peak_megabytes"] > found["added_megabytes"] >= 0
    assert_one_size([f for f in figures if f["case"] == "build" and not f["note"]])
    for case in ("plan-value", "plan-lp"):
        assert_gains_are_told(ran[case, "allocore"], ran[case, "greedy"])
    assert 0.5 < ran["plan-value", "allocore"]["share"] <= 1
    assert ran["lp", "dual simplex"]["status"] == "optimal"


def assert_one_size(built: list[dict[str, Any]]) -> None:
    """All builders bring the same numbers of rows, columns and nonzeros to HiGHS."""
    assert len({(f["rows"], f["columns"], f["nonzeros"]) for f in built}) == 1
    assert built[0]["nonzeros"] > 1000


def assert_gains_are_told(ours: dict[str, Any], greedy: dict[str, Any]) -> None:
    """Gaps of all goals, and the greedy's value beside ours."""
    assert ours["status"] in ("optimal", "feasible")
    assert ours["gap"] == max(goal["gap"] for goal in ours["goals"])
    (value,) = (goal for goal in ours["goals"] if goal["name"] == "value")
    assert value["greedy"] == pytest.approx(greedy["value"])


def test_a_contender_that_fails_says_so(tmp_path: Path) -> None:
    found = measurement._run(Task("build", "nobody", 40, 3, 1.0), tmp_path)  # noqa: SLF001
    assert found == {"note": "failed with code 1: KeyError: 'nobody'"}


def test_an_unknown_case_is_answered_with_the_names() -> None:
    with pytest.raises(UsageError, match="no case nothing; known are build, lp"):
        measure_all(["nothing"], [40], [3], 1.0, lambda _: None)


def test_slow_and_missing_contenders_are_left_out_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reason_to_skip("pyomo", LARGEST["pyomo"]) == ""
    assert reason_to_skip("pyomo", LARGEST["pyomo"] + 1) == "left out above 10,000 lines"
    assert reason_to_skip("allocore", 10**9) == ""
    monkeypatch.setattr(cases, "NEEDS", {"allocore": "no_such_package"})
    assert reason_to_skip("allocore", 1) == "not installed"


def test_contenders_of_the_tables_exist() -> None:
    known = {name for case in CASES.values() for name in case.contenders}
    assert set(LARGEST) | set(cases.NEEDS) <= known


def test_the_stopwatch_counts_children() -> None:
    watch = Stopwatch()
    with watch:
        work = [sys.executable, "-c", "sum(range(5_000_000))"]
        subprocess.run(work, check=True)  # noqa: S603
    assert watch.cpu > 0.03
    assert watch.wall > 0.03


def figure(contender: str, seed: int, cpu: float, **more: object) -> dict[str, Any]:
    head = {"case": "build", "contender": contender, "lines": 1000, "seed": seed, "note": ""}
    sizes = {"wall_seconds": cpu, "peak_megabytes": 100 * cpu, "added_megabytes": 10 * cpu}
    return head | {"cpu_seconds": cpu} | sizes | more


MADE_UP = [
    figure("floor", 1, 0.1),
    figure("allocore", 1, 0.2),
    {"case": "build", "contender": "linopy", "lines": 1000, "seed": 1, "note": "not installed"},
    figure("floor", 2, 0.2),
    figure("allocore", 2, 0.3),
]


def test_ratios_are_within_a_seed_and_silence_is_said() -> None:
    head, ruled, floor, ours, missing = table(MADE_UP, "build").splitlines()[4:]
    assert "x CPU of floor (worst)" in head
    assert set(ruled) == {"|", "-"}
    assert [cell.strip() for cell in floor.split("|")[1:6]] == [
        "1,000",
        "floor",
        "0.15",
        "",
        "0.15",
    ]
    assert "| 1.75 (2) |" in ours
    assert "not installed" in missing


def test_gaps_and_shares_are_the_worst_of_all_seeds() -> None:
    goals = [{"name": "floor:1", "gap": 0.0}, {"name": "value", "gap": 0.004}]
    wide = [{"name": "floor:1", "gap": 0.01}, {"name": "value", "gap": None}]
    more = {"case": "plan", "status": "feasible"}
    plans = [
        figure("allocore", 1, 1.0, gap=0.004, share=0.99, goals=goals, **more),
        figure("allocore", 2, 1.0, gap=float("inf"), share=None, goals=wide, **more),
    ]
    row = table(plans, "plan").splitlines()[-1]
    assert "| inf% | floor:1 1.000%, value inf% | 99.00% | feasible |" in row


def test_results_keep_cases_that_were_not_measured_again(tmp_path: Path) -> None:
    write(results(MADE_UP[:2]), tmp_path)
    write(results([figure("csv", 1, 0.5) | {"case": "read"}]), tmp_path)
    write(results(MADE_UP), tmp_path)
    written = json.loads((tmp_path / "results.json").read_text())
    counts = [(run["figures"][0]["case"], len(run["figures"])) for run in written["runs"]]
    assert counts == [("read", 1), ("build", 5)]
    text = (tmp_path / "results.md").read_text()
    assert text == report(written)
    assert text.count("Measured on") == 2
    assert written["runs"][0]["machine"]["versions"]["highspy"] == "1.15.1"
    assert len(platform.node()) < 3 or platform.node() not in text


@pytest.mark.skipif(not ALTAIR, reason="altair is not installed: pip install 'allocore[bench]'")
def test_the_picture_is_drawn(tmp_path: Path) -> None:
    draw(MADE_UP, tmp_path)
    assert (tmp_path / "build.svg").read_text().startswith("<svg")
    assert (tmp_path / "build.png").read_bytes().startswith(b"\x89PNG")


def test_without_altair_the_log_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    draw(MADE_UP, tmp_path)
    assert "allocore[bench]" in caplog.text
    assert not list(tmp_path.iterdir())


def test_the_command_measures_prints_and_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    asked: list[Any] = []

    def measured(*arguments: Any) -> list[dict[str, Any]]:
        asked.extend(arguments[:4])
        arguments[4]("a figure")
        return MADE_UP

    monkeypatch.setattr(measurement, "measure_all", measured)
    sizes = ["--lines", "1000", "--seed", "1", "--seed", "2", "--case", "build"]
    assert main(["bench", *sizes, "--out", str(tmp_path / "made")]) == 0
    out, err = capfd.readouterr()
    assert asked == [["build"], [1000], [1, 2], 60.0]
    assert "## build" in out
    assert err == "a figure\n"
    assert (tmp_path / "made" / "results.json").is_file()
    assert main(["bench", "--json", "-q"]) == 0
    out, err = capfd.readouterr()
    assert json.loads(out)["runs"][0]["figures"] == MADE_UP
    assert err == ""


def test_the_command_refuses_an_unknown_case(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--case", "nothing"]) == 2
    assert "no case nothing; known are" in capfd.readouterr().err
