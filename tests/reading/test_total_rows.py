"""A total below the table is one fault, which says so; whoever is called Total is none."""

from __future__ import annotations

import shutil
from pathlib import Path

import openpyxl
import pytest

from optimizer.reading import read_scenario
from optimizer.reading.faults import Faults
from optimizer.reading.feeds import Feed
from optimizer.reading.quarantine import quarantine
from optimizer.reading.read import read_unchecked
from tests.support.cases import case_folder
from tests.support.scenario_folders import BASE, faults_of, the_fault, write_folder

LINES = "order,line,item,quantity,unit_value\nO1,1,A,30,5\nO1,2,B,12,5\n"
SAID = "the row looks like a total -> leave it out"


@pytest.mark.parametrize(
    "row",
    [
        "Total,,,42,",
        ",,,42,",
        "Summe,,,42,10",
        ",,Gesamtsumme:,42,",
        "Grand Total,,,43,",
        "Sub-total O1,,,42,",
        "TOTAL (EUR),,,,210",
        "Somme,,,42,",
        "\u03a3,,,42,",
        "Total,2,,42,",
        "Zwischensumme,,,abc,",
        ",,,42,17",
    ],
)
def test_a_total_is_one_fault(row: str, tmp_path: Path) -> None:
    folder = write_folder(tmp_path, lines=f"{LINES},,,,\n{row}\n")
    assert the_fault(folder) == f"lines.csv:5: {SAID}"


def test_each_subtotal_is_one_fault(tmp_path: Path) -> None:
    lines = f"{LINES}Subtotal O1,,,42,\nO1,3,C,1,5\nTotal,,,43,\n"
    faults = faults_of(write_folder(tmp_path, lines=lines))
    assert [str(fault) for fault in faults] == [f"lines.csv:{n}: {SAID}" for n in (4, 6)]


@pytest.mark.parametrize(
    ("table", "text", "row"),
    [
        ("stock", "site,item,on_hand\nS1,A,7\nS1,B,3\nTotal,,10\n", 4),
        ("stock", "site;item;on_hand\nS1;A;7,5\nS1;B;2,5\n;;10\n", 4),
        ("orders", "order,customer,requested\nO1,C1,2026-11-25\nTotal: 1,,\n", 3),
        ("customers", "customer,segment,region,value\nC1,gold,north,7\nSumme,,,7\n", 3),
    ],
)
def test_totals_of_other_tables(table: str, text: str, row: int, tmp_path: Path) -> None:
    folder = write_folder(tmp_path, **{table: text}, items="item,divisible\nA,true\nB,true\n")
    assert the_fault(folder) == f"{table}.csv:{row}: {SAID}"


def test_a_total_of_a_workbook_is_one_fault(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, stock=None)
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "stock"
    for row in (["site", "item", "on_hand"], ["S1", "A", 7], ["S1", "B", 3], [None, "Summe", 10]):
        sheet.append(row)
    book.save(folder / "book.xlsx")
    assert the_fault(folder) == f"book.xlsx[stock]:4: {SAID}"


def test_who_is_called_total_is_read(tmp_path: Path) -> None:
    names = {"customers": "customer", "orders": "order", "lines": "item"}
    rows = {table: [{**BASE[table], column: "Total"}] for table, column in names.items()}
    rows["orders"][0]["customer"] = rows["lines"][0]["order"] = "Total"
    scenario = read_scenario(write_folder(tmp_path, **rows))
    assert scenario["lines"]["item"].tolist() == ["Total"]


@pytest.mark.parametrize(
    "row", ["O1,3,Total care,,5", ",,,41,", "O1,,SUM-100,42,5", ",,C,42,", "Totally,,,7,"]
)
def test_other_rows_have_their_own_faults(row: str, tmp_path: Path) -> None:
    faults = faults_of(write_folder(tmp_path, lines=f"{LINES}{row}\n"))
    assert not any("total" in fault.problem for fault in faults)


def test_a_job_sets_a_total_aside_with_broken_orders(tmp_path: Path) -> None:
    orders = [BASE["orders"], {**BASE["orders"], "order": "O2"}]
    folder = write_folder(tmp_path, orders=orders, lines=f"{LINES}Total,,,42,\n")
    faults = Faults()
    aside = quarantine(read_unchecked(folder, (), Feed(folder), faults), 1.0)
    assert aside.faults["problem"].tolist() == ["the row looks like a total"]
    assert len(aside.scenario["lines"]) == 2


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("1-title-and-total", ["lines.csv:1: 'Open orders per 23.11.2026' is a title, and the"]),
        ("2-header-first", [f"lines.csv:1:{n}: unknown column" for n in ("Order", "Line", "Item")]),
        ("3-total-row-only", [f"lines.csv:6: {SAID}"]),
    ],
)
def test_the_case_of_the_report(name: str, said: list[str], tmp_path: Path) -> None:
    folder = shutil.copytree(case_folder("29-report-like-file", name), tmp_path / "case")
    found = [str(fault) for fault in faults_of(folder) if fault.file == "lines.csv"]
    assert all(fault.startswith(begin) for fault, begin in zip(found, said, strict=False))
    assert len(found) == (5 if name == "2-header-first" else 1)
    path = folder / "lines.csv"
    text = path.read_text(encoding="utf-8")
    text = text.removeprefix("Open orders per 23.11.2026,,,,\n,,,,\n")
    head, _, rest = text.partition("\n")
    path.write_text(f"{head.lower()}\n{rest}", encoding="utf-8")
    faults = [str(fault) for fault in faults_of(folder, 'csv.thousands=","')]
    assert len(faults) == 1
    assert faults[0].endswith(SAID)
