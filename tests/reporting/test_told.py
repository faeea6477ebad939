"""What customers are to be told: the same rows in page, workbook, terminal and file."""

from __future__ import annotations

import io
import re
from html import unescape
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from rich.console import Console

from optimizer import Plan, plan, read_scenario
from optimizer.cli.plan_text import print_summary
from optimizer.reporting.page import MOST
from optimizer.reporting.told import HEADINGS
from tests.support.folders import ROOT


@pytest.fixture(scope="module", params=["quickstart", "peak-week"])
def made(request: pytest.FixtureRequest) -> Plan:
    return plan(read_scenario(ROOT / "scenarios" / request.param), "segment_priority")


@pytest.fixture(scope="module")
def run(made: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made.write(tmp_path_factory.mktemp("told") / "run")


def in_file(run: Path) -> list[list[str]]:
    table = pd.read_csv(run / "notices.csv", dtype="str", keep_default_na=False)
    return [list(row) for row in table[list(HEADINGS)].itertuples(index=False, name=None)]


@pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning")
def test_page_and_workbook_show_the_rows_of_the_file(run: Path) -> None:
    told = in_file(run)
    page = (run / "report.html").read_text(encoding="utf-8")
    section = page.split("<h2>What to tell customers</h2>")[1].split("<h2>")[0]
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in section.split("<tr>")[2:]]
    assert [[unescape(cell) for cell in row] for row in rows] == told[:MOST]
    assert ("more are in plan.xlsx" in section) == (len(told) > MOST)
    sheet = openpyxl.load_workbook(run / "plan.xlsx")["Notices"]
    head, *cells = sheet.iter_rows(values_only=True)
    assert list(head) == [*HEADINGS.values(), "Text"]
    written = [
        ["" if cell is None else re.sub(" 00:00:00$", "", str(cell)) for cell in row]
        for row in cells
    ]
    assert [row[:-1] for row in written] == told
    texts = pd.read_csv(run / "notices.csv", dtype="str", keep_default_na=False)["text"]
    assert [row[-1] for row in written] == texts.tolist()


def test_the_terminal_counts_orders_and_customers(made: Plan) -> None:
    printed = io.StringIO()
    print_summary(Console(file=printed, width=200), made, Path("run"))
    notices = made.solution.notices
    counts = f"{len(notices)} orders of {notices['customer'].nunique()} customers to be told"
    assert counts in printed.getvalue()
