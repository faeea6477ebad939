"""The files of a run folder: declared once, told to people, and each may be left out."""

from __future__ import annotations

from pathlib import Path

from models.solution import FRAMES
from optimizer.runs.run_files import PAGE, RUN_FILES, WORKBOOK
from optimizer.runs.run_reader import read_run
from optimizer.runs.run_writer import write_run
from optimizer.runs.sealing import changes
from tests.cli.test_plan_text import SEGMENTS, TABLES
from tests.support.folders import ROOT
from tests.support.scenarios_as_text import make_scenario
from tests.support.solverless_plans import plan_by_rule

PAGES = (ROOT / "README.md", ROOT / "scenarios" / "daily" / "README.md")


def test_names_are_unique_and_every_frame_of_the_solution_is_a_file() -> None:
    names = [file.name for file in RUN_FILES]
    assert len(names) == len(set(names))
    assert {f"{name}.csv" for name in FRAMES} <= set(names)


def test_every_file_that_is_written_stands_in_a_table_for_people() -> None:
    rows = [
        line.split("|")[1]
        for page in PAGES
        for line in page.read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
    ]
    told = {name.strip(" `/") for row in rows for name in row.split(",")}
    assert {file.name for file in RUN_FILES if file.write} <= told


def test_files_can_be_left_out(tmp_path: Path) -> None:
    plan = plan_by_rule(make_scenario({"segments": SEGMENTS}, **TABLES))
    files = [file for file in RUN_FILES if not file.for_people]
    folder = write_run(plan, tmp_path / "run", files=files)
    names = {path.name for path in folder.iterdir()}
    assert {PAGE.name, WORKBOOK.name}.isdisjoint(names)
    assert changes(folder) == []
    read_run(folder)
