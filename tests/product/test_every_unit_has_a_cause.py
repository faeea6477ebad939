"""Units that are late or short by reason: the same in terminal, page, workbook and files."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from rich.console import Console

from models.shortages import main_units
from optimizer import Plan, plan, read_scenario
from optimizer.cli.plan_text import print_summary
from optimizer.reporting.charts import missing
from optimizer.reporting.figures import by_reason
from optimizer.reporting.workbook import write_workbook
from tests.support.folders import ROOT

BUNDLED = sorted(path.parent.name for path in (ROOT / "scenarios").glob("*/scenario.yaml"))


def in_terminal(made: Plan) -> dict[str, float]:
    printed = io.StringIO()
    print_summary(Console(file=printed, width=200), made, Path("run"))
    _, _, rest = printed.getvalue().partition("Not on time, by reason")
    table, _, _ = rest.partition("As customers")
    reasons = re.findall(r"\((\w+)\)", table)  # long words go on in the next row
    amounts = re.findall(r" [\d,.]+ +([\d,.]+) +([\d,.]+) *\n", table)
    units = [sum(float(figure.replace(",", "")) for figure in both) for both in amounts]
    return dict(zip(reasons, units, strict=True))


def in_workbook(made: Plan, path: Path) -> dict[str, float]:
    write_workbook(made.scenario.settings, made.solution, made.policies, "run", path)
    head, *rows = openpyxl.load_workbook(path)["Reasons"].iter_rows(values_only=True)
    told = pd.DataFrame(rows, columns=head)
    return dict(zip(told["reason"], told["units"], strict=True))


def on_page(made: Plan) -> dict[str, float]:
    chart = missing(made.solution)
    rows = [] if chart is None else next(iter(chart.to_dict()["datasets"].values()))
    return {row["reason"]: row["units"] for row in rows}


@pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning")
@pytest.mark.parametrize("scenario", BUNDLED)
def test_units_by_reason_are_equal_everywhere_and_are_all(scenario: str, tmp_path: Path) -> None:
    made = plan(read_scenario(ROOT / "scenarios" / scenario), "segment_priority")
    lines = made.lines[~made.lines["status"].isin(["on_time", "not_due"])]
    table = made.solution.shortages
    units = table.groupby("kind")["units"].sum().reindex(["short", "late"], fill_value=0.0)
    late = (lines["delivered"] - lines["delivered_on_time"]).sum()
    assert units.to_list() == pytest.approx([lines["short"].sum(), late])
    expected = table.groupby("reason")["units"].sum().to_dict()
    assert on_page(made) == pytest.approx(expected)
    assert in_workbook(made, tmp_path / "plan.xlsx") == pytest.approx(expected)
    assert in_terminal(made) == pytest.approx(expected, abs=1)
    assert not (pd.isna(table["reason"]) | (table["reason"] == "")).any()


def test_runs_written_before_units_had_a_kind_are_told_as_they_were() -> None:
    """Units of lines in full come late, all others are short."""
    solution = plan(read_scenario(ROOT / "scenarios" / "quickstart"), "segment_priority").solution
    before = replace(solution, shortages=main_units(solution.shortages).assign(kind=""))
    told = by_reason(before)
    lines = solution.lines
    assert told["short"].sum() == pytest.approx(lines["short"].sum())
    in_full = lines[lines["status"] == "late"]
    late = (in_full["delivered"] - in_full["delivered_on_time"]).sum()
    assert told["late"].sum() == pytest.approx(late)
    assert late > 0
