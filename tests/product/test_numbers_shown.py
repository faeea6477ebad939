"""Every number shown to a person is found in a file of the run folder."""

from __future__ import annotations

import io
import json
import re
from html import unescape
from pathlib import Path

import pytest
from rich.console import Console

from optimizer import Explainer, Plan, plan, read_scenario
from optimizer.cli.plan_text import print_summary
from optimizer.explaining.explanation_record import as_record, write_record
from optimizer.reporting.charts import pictures
from optimizer.reporting.page import NAMED
from optimizer.reporting.workbook import MOST
from tests.support.folders import ROOT
from tests.support.shown_numbers import Known, shown_in

SCENARIOS = ROOT / "scenarios"
CONSTANTS = {"9", "10", str(NAMED), str(MOST)}
"""Of fixed words: nine in ten."""
GEOMETRY = ("start", "to", "tier")
"""Columns that place a picture's marks and are not shown as numbers."""


def folder_of(made: Plan, folder: Path) -> Path:
    """Write a run, and explain a line of each reason."""
    run = made.write(folder)
    late = made.lines[made.lines["status"] != "on_time"].drop_duplicates("reason")
    with Explainer.of_run(run) as explainer:
        for order, line in late[["order", "line"]].itertuples(index=False, name=None):
            write_record(run / "explanations", as_record(explainer.explain(order, line)))
    return run


def texts(made: Plan, run: Path) -> dict[str, str]:
    """Collect the words of all that people read."""
    printed = io.StringIO()
    print_summary(Console(file=printed, width=200), made, Path("run"))
    page = re.sub(r"<(script|style).*?</\1>", "", (run / "report.html").read_text(), flags=re.S)
    said = {
        path.name: "\n".join(json.loads(path.read_text())["words"])
        for path in sorted((run / "explanations").iterdir())
    }
    return {"summary": printed.getvalue(), "page": unescape(re.sub(r"<[^>]*>", " ", page)), **said}


def drawn(made: Plan) -> dict[str, list[float]]:
    """Collect the figures of the page's pictures."""
    specs = pictures(made.scenario, made.solution, made.policies)
    return {
        name: [
            value
            for rows in picture.to_dict()["datasets"].values()
            for row in rows
            for column, value in row.items()
            if column not in GEOMETRY and isinstance(value, int | float)
        ]
        for name, picture in specs.items()
    }


@pytest.mark.parametrize(
    "scenario",
    [
        "quickstart",
        pytest.param("crisis-recovery", marks=pytest.mark.long),
        pytest.param("peak-week", marks=pytest.mark.long),
    ],
)
def test_every_number_shown_stands_in_a_file(scenario: str, tmp_path: Path) -> None:
    made = plan(read_scenario(SCENARIOS / scenario))
    run = folder_of(made, tmp_path / "run")
    known = Known(run)
    assert not known.has("918,273.6")
    for where, text in texts(made, run).items():
        missing = [n for n in shown_in(text) if not known.has(n) and n not in CONSTANTS]
        assert not missing, f"{where}: {missing}\n{text}"
    for where, values in drawn(made).items():
        assert values
        assert all(known.has(repr(round(abs(value), 6))) for value in values), where
