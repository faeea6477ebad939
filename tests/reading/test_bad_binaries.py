"""Parquet files and workbooks that are damaged, foreign, too large, or not what they seem."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from optimizer.reading import read_scenario, workbooks
from tests.support.scenario_folders import faults_of, the_fault, write_folder

GOOD = {"site": ["S1"], "item": ["A"], "on_hand": [7]}


def with_parquet(folder: Path, columns: dict[str, Any]) -> Path:
    """Write the good scenario with its stock as Parquet."""
    write_folder(folder, stock=None)
    pq.write_table(pa.table(columns), folder / "stock.parquet")
    return folder


def with_book(folder: Path, *sheets: tuple[str, list[list[Any]]]) -> Path:
    """Write the good scenario with the stock and other sheets in a workbook."""
    write_folder(folder, stock=None)
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(folder / "book.xlsx")
    return folder


def stock_sheet(*rows: list[Any]) -> tuple[str, list[list[Any]]]:
    return "stock", [["site", "item", "on_hand"], *rows]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda data: b"", "stock.parquet: the file is empty -> write the table again"),
        (lambda data: data[:-20], "stock.parquet: the file cannot be read as Parquet: "),
        (
            lambda data: data[: len(data) // 2],
            "stock.parquet: the file cannot be read as Parquet: ",
        ),
        (lambda data: b"site,item\n", "stock.parquet: the file cannot be read as Parquet: "),
        (
            lambda data: data[:4] + b"\xff" * 40 + data[44:],
            "stock.parquet: the file cannot be read",
        ),
    ],
)
def test_a_damaged_parquet_file(spoil: Callable[[bytes], bytes], said: str, tmp_path: Path) -> None:
    folder = with_parquet(tmp_path, GOOD)
    file = folder / "stock.parquet"
    file.write_bytes(spoil(file.read_bytes()))
    assert the_fault(folder).startswith(said)


@pytest.mark.parametrize(
    ("column", "values", "said"),
    [
        (
            "on_hand",
            [7.5],
            "stock.parquet:2:on_hand: on_hand 7.5 is not whole -> write whole units",
        ),
        (
            "on_hand",
            [float("nan")],
            "stock.parquet:2:on_hand: 'nan' is not a number -> write a fin",
        ),
        (
            "on_hand",
            [float("inf")],
            "stock.parquet:2:on_hand: 'inf' is not a number -> write a fin",
        ),
        (
            "on_hand",
            [-(2**40)],
            "stock.parquet:2:on_hand: '-1099511627776.0' is too small -> write",
        ),
        ("on_hand", [2**40], "is too large -> write a number of at most 1,000,000,000"),
        ("on_hand", [None], "stock.parquet:2:on_hand: on_hand is blank -> write its value"),
        ("on_hand", [True], "stock.parquet:2:on_hand: 'true' is not a number -> write digits"),
        ("on_hand", [date(2026, 11, 23)], "'2026-11-23' is not a number -> write digits"),
        ("on_hand", ["seven"], "stock.parquet:2:on_hand: 'seven' is not a number -> write digits"),
        ("on_hand", [[1]], "stock.parquet:1:on_hand: column 'on_hand' has the type list<"),
        ("on_hand", [{"a": 1}], "stock.parquet:1:on_hand: column 'on_hand' has the type struct<"),
        ("item", [b"A"], "stock.parquet:1:item: column 'item' has the type binary -> write text"),
        ("item", [None], "stock.parquet:2:item: item is blank -> write its value"),
        ("item", [" A"], "stock.parquet:2:item: ' A' has blanks around it -> write 'A'"),
        ("__index_level_0__", [0], "stock.parquet:1:__index_level_0__: unknown column"),
    ],
)
def test_a_parquet_value_that_does_not_fit(
    column: str, values: list[Any], said: str, tmp_path: Path
) -> None:
    assert said in the_fault(with_parquet(tmp_path, GOOD | {column: values}))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (pa.array([datetime(2026, 11, 23, 8)]), "'2026-11-23T08:00:00.000000' is not an ISO date"),
        (pa.array([46349]), "'46349' is not an ISO date -> this is a spreadsheet's day count"),
        (pa.array([date(1899, 12, 31)]), "'1899-12-31' is not between 1900 and 2200"),
        (pa.array([2**22], pa.date32()), "is not an ISO date"),
    ],
)
def test_a_parquet_date_that_is_none(values: pa.Array, said: str, tmp_path: Path) -> None:
    folder = write_folder(tmp_path)
    columns = {"site": ["S1"], "item": ["A"], "date": values, "quantity": [1]}
    pq.write_table(pa.table(columns), folder / "receipts.parquet")
    fault = the_fault(folder)
    assert fault.startswith("receipts.parquet:2:date: ")
    assert said in fault


def test_a_parquet_column_given_twice_is_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, stock=None)
    table = pa.table([["S1"], ["A"], [7], [7]], names=["site", "item", "on_hand", "on_hand"])
    pq.write_table(table, folder / "stock.parquet")
    assert the_fault(folder).startswith("stock.parquet:1:on_hand: column 'on_hand' is there twice")


def test_a_table_of_more_than_ten_million_rows_is_refused_unread(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, stock=None)
    table = pa.table({"site": pa.nulls(10_000_001)})
    pq.write_table(table, folder / "stock.parquet")
    assert the_fault(folder) == (
        "stock.parquet: 10,000,001 rows, more than 10,000,000 -> split the scenario"
    )


@pytest.mark.parametrize(
    ("cell", "column", "said"),
    [
        ("7,5", "on_hand", "'7,5' is not a number -> write the decimal comma as a point: 7.5"),
        (7.5, "on_hand", "on_hand 7.5 is not whole -> write whole units"),
        (True, "on_hand", "'true' is not a number"),
        (date(2026, 11, 23), "on_hand", "'2026-11-23' is not a number"),
        ("=1/0", "on_hand", "the cell holds a formula without a stored result -> write the value"),
        (None, "on_hand", "on_hand is blank -> write its value"),
        (" A", "item", "' A' has blanks around it -> write 'A'"),
        (True, "item", "the spreadsheet made true of this text -> format the column as text"),
        (
            date(2026, 3, 1),
            "item",
            "the spreadsheet made 2026-03-01 of this text -> format the col",
        ),
        (time(7, 0), "item", "the spreadsheet made 07:00:00 of this text -> format the column as"),
        (12345678901234567890, "item", "of which spreadsheets keep 15 digits only -> format the"),
    ],
)
def test_a_workbook_cell_that_does_not_fit(
    cell: Any,
    column: str,
    said: str,
    tmp_path: Path,
) -> None:
    row = {"site": "S1", "item": "A", "on_hand": 7, column: cell}
    fault = str(faults_of(with_book(tmp_path, stock_sheet([], list(row.values()))))[0])
    assert fault.startswith(f"book.xlsx[stock]:3:{column}: ")
    assert said in fault


def test_a_serial_number_in_a_date_column_says_which_day_it_would_be(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["site", "item", "date", "quantity"], ["S1", "A", 46349, 1]]
    fault = the_fault(with_book(tmp_path, stock_sheet(["S1", "A", 1]), ("receipts", rows)))
    assert fault.startswith("book.xlsx[receipts]:2:date: '46349' is not an ISO date -> this is a")
    assert "if it means 2026-11-23, write 2026-11-23" in fault


def test_an_error_value_is_not_read_as_a_blank(tmp_path: Path) -> None:
    folder = with_book(tmp_path, stock_sheet(["S1", "A", 1]))
    book = openpyxl.load_workbook(folder / "book.xlsx")
    book["stock"]["C2"].value = "#N/A"
    assert book["stock"]["C2"].data_type == "e"
    book.save(folder / "book.xlsx")
    fault = str(faults_of(folder)[0])
    assert (
        fault
        == "book.xlsx[stock]:2:on_hand: the cell holds an error value -> write the value itself"
    )


def test_sheets_are_tables_or_for_people(tmp_path: Path) -> None:
    notes: list[tuple[str, list[list[Any]]]] = [
        (name, [["anything"]]) for name in ("notes", "README", "_old")
    ]
    folder = with_book(tmp_path / "good", stock_sheet(["S1", "A", 1]), *notes)
    assert read_scenario(folder)["stock"]["on_hand"].tolist() == [1.0]
    folder = with_book(tmp_path / "bad", stock_sheet(["S1", "A", 1]), ("Ordrs", [["order"]]))
    fault = the_fault(folder)
    assert fault.startswith("book.xlsx[Ordrs]: unknown table 'Ordrs' -> did you mean 'orders'?")


def test_an_empty_sheet_is_named(tmp_path: Path) -> None:
    assert the_fault(with_book(tmp_path, ("stock", []))) == (
        "book.xlsx[stock]: the sheet is empty -> write the header row, or delete the sheet"
    )


def test_a_table_in_a_workbook_and_in_a_file_has_two_sources(tmp_path: Path) -> None:
    folder = with_book(tmp_path, stock_sheet(["S1", "A", 1]))
    (folder / "stock.csv").write_text("site,item,on_hand\nS1,A,1\n")
    fault = the_fault(folder)
    assert fault.startswith("book.xlsx[stock]: table 'stock' has two sources: stock.csv and book.x")


def test_two_workbooks_are_one_too_many(tmp_path: Path) -> None:
    folder = with_book(tmp_path, stock_sheet(["S1", "A", 1]))
    (folder / "copy.xlsx").write_bytes((folder / "book.xlsx").read_bytes())
    assert the_fault(folder).startswith("book.xlsx: there are several workbooks: book.xlsx, copy")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"",
        lambda data: b"not a workbook",
        lambda data: data[: len(data) // 2],
        lambda data: data[:300] + b"\0" * 100 + data[400:],
    ],
)
def test_a_damaged_workbook(spoil: Callable[[bytes], bytes], tmp_path: Path) -> None:
    folder = with_book(tmp_path, stock_sheet(["S1", "A", 1]))
    (folder / "book.xlsx").write_bytes(spoil((folder / "book.xlsx").read_bytes()))
    fault = the_fault(folder)
    assert fault.startswith("book.xlsx: the workbook cannot be read: ")
    assert fault.endswith("-> save it again as .xlsx")


def test_a_workbook_that_unpacks_to_too_much_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = with_book(tmp_path, stock_sheet(["S1", "A", 1]))
    with zipfile.ZipFile(folder / "book.xlsx", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/bomb", bytes(5_000_000))
    assert read_scenario(folder)["stock"]["on_hand"].tolist() == [1.0]
    monkeypatch.setattr(workbooks, "MOST_BYTES", 5_000_000)
    fault = the_fault(folder)
    assert fault.startswith("book.xlsx: the workbook has 5,0")
    assert fault.endswith(
        "bytes unpacked, more than 5,000,000 -> give the tables as CSV or Parquet"
    )


@pytest.mark.parametrize("far", ["XFD1048576", "AB1048576", "AAA30000"])
def test_a_stray_cell_far_away_does_not_take_all_memory(far: str, tmp_path: Path) -> None:
    folder = with_book(tmp_path, stock_sheet(["S1", "A", 1]))
    book = openpyxl.load_workbook(folder / "book.xlsx")
    book["stock"][far] = "x"
    book.save(folder / "book.xlsx")
    fault = the_fault(folder)
    assert fault.startswith("book.xlsx[stock]: cells reach to row ")
    assert "delete what stands below and beside the table" in fault
