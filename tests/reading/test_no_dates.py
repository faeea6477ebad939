"""Dates that mean "no date" are blank and counted; moments of a time zone have no day."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from optimizer.reading import read_scenario
from tests.support.cases import case_folder
from tests.support.scenario_folders import BASE, as_csv, faults_of, the_fault, write_folder
from tests.support.sql_folders import from_rows

NO_DATES = [
    "31.12.9999",
    "9999-12-31",
    "9999/12/31",
    "31/12/9999",
    "12/31/9999",
    "99991231",
    "9999-12-31 00:00:00",
    "9999-12-31T23:59:59Z",
    "00000000",
    "0000-00-00",
    "0000-00-00 00:00:00",
    "00.00.0000",
    "00/00/0000",
    "31.12.9999 ",
    "  00000000",
]
DATES = ["2026-12-10", "31.12.9999", "", "00000000", "9999-12-31"]
"""What stands in the column ``cancel`` of five orders."""


def orders(column: str, texts: list[str]) -> list[dict[str, str]]:
    return [{**BASE["orders"], "order": f"O{n}", column: t} for n, t in enumerate(texts, 1)]


def as_csv_file(folder: Path, rows: list[dict[str, str]]) -> str:
    write_folder(folder, orders=rows)
    return "orders.csv: 3 cells of cancel stand for no date and are read as blank, '31.12.9999' i"


def as_parquet(folder: Path, rows: list[dict[str, str]]) -> str:
    write_folder(folder, orders=None)
    pq.write_table(
        pa.table({c: [row[c] or None for row in rows] for c in rows[0] if c not in UNTYPED}),
        folder / "orders.parquet",
    )
    return "orders.parquet: 3 cells of cancel stand for no date and are read as blank, '31.12.9999"


def as_workbook(folder: Path, rows: list[dict[str, str]]) -> str:
    write_folder(folder, orders=None)
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "orders"
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append(list(row.values()))
    book.save(folder / "book.xlsx")
    return "book.xlsx[orders]: 3 cells of cancel stand for no date and are read as blank, '31.12.9"


def as_sql(folder: Path, rows: list[dict[str, str]]) -> str:
    from_rows(folder, "orders", *rows)
    return "sql:orders: 3 cells of cancel stand for no date and are read as blank, '31.12.9999' in"


UNTYPED = ("ship_complete", "max_shipments")


@pytest.mark.parametrize("write", [as_csv_file, as_parquet, as_workbook, as_sql])
def test_no_dates_are_blank_and_counted_in_every_form(
    write: Callable[[Path, list[dict[str, str]]], str], tmp_path: Path
) -> None:
    said = write(tmp_path, orders("cancel", DATES))
    scenario = read_scenario(tmp_path)
    assert scenario["orders"]["cancel"].isna().tolist() == [False, True, True, True, True]
    assert scenario.warnings[0].startswith(said)
    row = 2 if write is as_sql else 3
    assert scenario.warnings[0].endswith(f"'31.12.9999' in row {row} first.")
    assert not any("stand" in warning for warning in scenario.warnings[1:])


@pytest.mark.parametrize("text", NO_DATES)
def test_every_way_of_writing_no_date(text: str, tmp_path: Path) -> None:
    folder = write_folder(tmp_path, orders=orders("earliest", [text]))
    scenario = read_scenario(folder)
    assert scenario["orders"]["earliest"].isna().all()
    assert scenario.warnings == (
        "orders.csv: 1 cell of earliest stands for no date and is read as blank: "
        f"'{text}' in row 2.",
    )


@pytest.mark.parametrize("text", NO_DATES)
def test_a_date_that_is_needed_cannot_be_no_date(text: str, tmp_path: Path) -> None:
    folder = write_folder(tmp_path, orders=orders("requested", [text]))
    said = f"orders.csv:2:requested: '{text}' stands for no date -> write the date: delivery date "
    assert the_fault(folder).startswith(said)


@pytest.mark.parametrize("text", ["31.12.2099", "0", "30.12.9999", "000000", "01.01.0001", "-"])
def test_other_texts_are_faults_as_before(text: str, tmp_path: Path) -> None:
    assert "stand" not in the_fault(write_folder(tmp_path, orders=orders("cancel", [text])))


@pytest.mark.parametrize(
    "last",
    [
        pa.array([date(9999, 12, 31), date(2026, 12, 10)]),
        pa.array([datetime(9999, 12, 31, 23, 59), datetime(2026, 12, 10)], pa.timestamp("us")),
    ],
)
def test_typed_no_dates_of_parquet(last: pa.Array, tmp_path: Path) -> None:
    folder = write_folder(tmp_path, orders=None)
    table: dict[str, Any] = {"order": ["O1", "O2"], "customer": ["C1"] * 2, "cancel": last}
    pq.write_table(pa.table(table | {"requested": ["2026-11-25"] * 2}), folder / "orders.parquet")
    scenario = read_scenario(folder)
    assert scenario["orders"]["cancel"].tolist() == [pd.NaT, pd.Timestamp("2026-12-10")]
    assert "1 cell of cancel stands for no date" in scenario.warnings[0]
    pq.write_table(pa.table(table | {"requested": last}), folder / "orders.parquet")
    assert [str(f) for f in faults_of(folder) if "stands for no date" in f.problem]


def test_a_real_date_of_a_workbook_may_be_no_date(tmp_path: Path) -> None:
    row: dict[str, Any] = {**BASE["orders"], "cancel": date(9999, 12, 31)}
    as_workbook(tmp_path, [row])
    scenario = read_scenario(tmp_path)
    assert scenario["orders"]["cancel"].isna().all()
    assert "book.xlsx[orders]: 1 cell of cancel stands for no date" in scenario.warnings[0]


def test_each_table_and_column_is_counted_by_itself(tmp_path: Path) -> None:
    quotas = [{**BASE["quotas"], "from": "00000000", "to": "31.12.9999"}]
    rows = [{**BASE["orders"], "ordered": "00.00.0000"}]
    warnings = read_scenario(write_folder(tmp_path, orders=rows, quotas=quotas)).warnings
    found = [" ".join(w.split()[:5]) for w in warnings if "no date" in w]
    assert found == [
        "orders.csv: 1 cell of ordered",
        "quotas.csv: 1 cell of from",
        "quotas.csv: 1 cell of to",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-25T23:30:00Z",
        "2026-11-25T23:30:00+01:00",
        "2026-11-25 23:30:00+00",
        "2026-11-25T00:00:00.000Z",
        "2026-11-25 23:30 UTC",
        "2026-11-25T23:30:00-0500",
    ],
)
@pytest.mark.parametrize("column", ["requested", "cancel"])
def test_a_moment_of_a_time_zone_has_no_day(column: str, text: str, tmp_path: Path) -> None:
    fault = the_fault(write_folder(tmp_path, orders=orders(column, [text])))
    assert f"{column}: the day of '{text}' depends on the time zone -> write the day a" in fault
    assert fault.endswith("or say in the header where they are, as time_zone: Europe/Berlin")


@pytest.mark.parametrize("text", ["2026-11-25T00:00:00", "2026-11-25 00:00:00"])
def test_midnight_without_a_zone_is_asked_for_as_a_day(text: str, tmp_path: Path) -> None:
    fault = the_fault(write_folder(tmp_path, orders=orders("requested", [text])))
    assert fault.endswith("leave out the time of day: write 2026-11-25")


@pytest.mark.parametrize("zone", ["UTC", "Etc/UTC", "+01:00"])
def test_a_parquet_moment_of_no_place_has_no_day(zone: str, tmp_path: Path) -> None:
    moments = pa.array([datetime(2026, 11, 25, tzinfo=UTC)], pa.timestamp("us", zone))
    table = {"site": ["S1"], "item": ["A"], "quantity": [1], "date": moments}
    pq.write_table(pa.table(table), write_folder(tmp_path) / "receipts.parquet")
    assert "depends on the time zone" in the_fault(tmp_path)


def test_the_case_of_the_date_forms(tmp_path: Path) -> None:
    case = case_folder("26-date-forms", "scenario") / "orders.csv"
    with case.open(encoding="utf-8", newline="") as file:
        texts = [row["requested"] for row in csv.DictReader(file)]
    noes = {"00.00.0000", "00000000", "0000-00-00", "31.12.9999", "9999-12-31"}
    assert noes < set(texts)
    rows = orders("cancel", [text for text in texts if text in noes])
    (warning, *_) = read_scenario(write_folder(tmp_path / "few", orders=as_csv(rows))).warnings
    assert "orders.csv: 5 cells of cancel stand for no date" in warning
