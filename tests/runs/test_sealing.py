"""Whatever is changed in a run folder by hand, ``verify`` says so."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from optimizer.cli import main
from optimizer.runs.run_writer import write_run
from optimizer.runs.sealing import changes
from optimizer.scenario.scenario_writer import write_scenario
from tests.cli.test_plan_text import SEGMENTS, TABLES
from tests.support.scenarios_as_text import make_scenario
from tests.support.solverless_plans import plan_by_rule

Change = Callable[[Path], object]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scenario = make_scenario({"segments": SEGMENTS}, **TABLES)
    return write_run(plan_by_rule(scenario), tmp_path_factory.mktemp("sealed") / "run")


@pytest.fixture
def run(written: Path, tmp_path: Path) -> Path:
    """Copy the run folder, to be changed by hand."""
    return shutil.copytree(written, tmp_path / "run")


def edit(file: str, old: str, new: str) -> Change:
    def change(run: Path) -> None:
        text = (run / file).read_text()
        assert old in text
        (run / file).write_text(text.replace(old, new, 1))

    return change


def more_stock(run: Path) -> None:
    """Ask about other stock than was planned with."""
    lavish = make_scenario({"segments": SEGMENTS}, **TABLES | {"stock": TABLES["stock"] + "0"})
    write_scenario(lavish, run / "other", "parquet")
    (run / "other" / "stock.parquet").replace(run / "scenario" / "stock.parquet")


def shadow(run: Path) -> None:
    (run / "lines.parquet").write_bytes(b"")


CHANGES: dict[str, tuple[Change, str]] = {
    "more stock": (more_stock, "scenario/stock.parquet was changed after the run"),
    "a limit": (
        edit("scenario/scenario.yaml", "seconds:", "seconds: 1"),
        "scenario.yaml was changed",
    ),
    "a reason": (edit("lines.csv", ",stock,", ",same_tier,"), "lines.csv was changed"),
    "a policy's figure": (edit("policies.csv", "edd,", "edd,x"), "policies.csv was changed"),
    "no policies": (lambda run: (run / "policies.csv").unlink(), "policies.csv is missing"),
    "no lines": (lambda run: (run / "lines.csv").unlink(), "lines.csv is missing"),
    "no number": (edit("lines.csv", ",6,", ",six,"), "lines.csv was changed"),
    "a broken header": (
        edit("scenario/scenario.yaml", "name:", "name"),
        "scenario.yaml was changed",
    ),
    "no record": (lambda run: (run / "run.json").write_text("?"), "run.json was changed"),
    "no hashes": (lambda run: (run / "run.json").write_text("{}"), "run.json was changed"),
    "a shadow": (shadow, "lines.parquet was added after the run"),
    "a table more": (
        lambda run: (run / "scenario" / "items.csv").write_text("item\n"),
        "scenario/items.csv was added after the run",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_by_hand_is_found(run: Path, capfd: pytest.CaptureFixture[str], name: str) -> None:
    change, sentence = CHANGES[name]
    change(run)
    assert main(["verify", str(run), "--json"]) == 5
    assert any(sentence in finding for finding in json.loads(capfd.readouterr().out)["findings"])


def test_an_untouched_run_and_notes_beside_it_are_fine(run: Path) -> None:
    assert changes(run) == []
    (run / "approved by Anna.txt").write_text("yes")
    assert changes(run) == []
    assert main(["verify", str(run)]) == 0


@pytest.mark.parametrize("missing", ["run.json", "result.json"])
def test_a_folder_without_a_run_is_wrong_usage(
    run: Path, capfd: pytest.CaptureFixture[str], missing: str
) -> None:
    (run / missing).unlink()
    assert main(["verify", str(run)]) == 2
    assert f"has no {missing}" in capfd.readouterr().err
