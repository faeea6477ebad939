"""A title above the names of the columns is one fault, which says so."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from tests.support.scenario_folders import BASE, as_csv, faults_of, the_fault, write_folder

LINES = as_csv([BASE["lines"]])
HEADER, ROW = LINES.splitlines()
REPORT = """\
Open orders per 23.11.2026,,,,
,,,,
Order,Line,Item,Quantity,Unit_Value
O1,10,A,30,5
,,,,
Total,,,"1,230",
"""
ABOVE = "the first row must be the names of the columns -> delete the rows above the names"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (REPORT, "'Open orders per 23.11.2026' is a title"),
        (f"Open orders\n\n{LINES}", "'Open orders' is a title"),
        (f"Open orders,per 23.11.,,,,,\n{LINES}", "'Open orders' is a title"),
        (f"Lines,,,,,,\n{LINES}", "'Lines' is a title"),
        (f"Customer,ACME,,Date,23.11.,,\n{LINES}", "'Customer' is a title"),
        (f",,,,,,\n{LINES}", "the row is blank"),
        (f"sep=,\n{LINES}", "'sep=' is a note for spreadsheets"),
        (f"\ufeffSEP=,\n{LINES}", "'SEP=' is a note for spreadsheets"),
        ("sep=;\n" + LINES.replace(",", ";"), "'sep=' is a note for spreadsheets"),
        ("Open orders\n" + LINES.replace(",", ";"), "'Open orders' is a title"),
        ("Open orders\n" + LINES.replace(",", "\t"), "'Open orders' is a title"),
        (f"Report\nAuftrag,Position,Material,Menge\n{ROW}\n", "'Report' is a title"),
    ],
)
def test_a_title_is_one_fault(text: str, said: str, tmp_path: Path) -> None:
    assert f"lines.csv:1: {said}, and {ABOVE}" in the_fault(write_folder(tmp_path, lines=text))


def test_the_row_of_a_title_is_counted_as_an_editor_does(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, lines=f"\n\nOpen orders\n\n{LINES}")
    assert the_fault(folder).startswith("lines.csv:3: 'Open orders' is a title")


def test_a_title_in_a_workbook_is_one_fault(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, lines=None)
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "lines"
    sheet["B2"] = "Open orders per 23.11.2026"
    for number, line in enumerate((HEADER, ROW), start=4):
        for column, cell in enumerate(line.split(","), start=1):
            sheet.cell(number, column, cell)
    book.save(folder / "book.xlsx")
    said = "book.xlsx[lines]:2: 'Open orders per 23.11.2026' is a title"
    assert the_fault(folder).startswith(said)


@pytest.mark.parametrize(
    "header",
    [
        "ordr,line,item,quantity",
        "Order,Line,Item,Quantity",
        "Auftrag,Position,Material,Menge",
        "order,line,item,",
    ],
)
def test_names_that_are_wrong_are_no_title(header: str, tmp_path: Path) -> None:
    faults = faults_of(write_folder(tmp_path, lines=f"{header}\nO1,1,A,5\n"))
    assert not any("title" in fault.problem for fault in faults)


def test_a_file_of_one_word_is_no_title(tmp_path: Path) -> None:
    faults = faults_of(write_folder(tmp_path, lines="Open orders\n"))
    assert "unknown column 'Open orders'" in faults[0].problem
