"""Times of a time zone: the day on the clock at the sites, where the header says where they are."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models.columns import Column, Kind
from optimizer.forecasting import read_history
from optimizer.reading import read_scenario
from optimizer.reading.values import MisreadError, parse_date
from tests.support.cases import case_folder
from tests.support.scenario_folders import BASE, HEADER, faults_of, the_fault, write_folder
from tests.support.sql_folders import from_rows

BERLIN = HEADER + "time_zone: Europe/Berlin\n"
DAYS = {
    "2026-11-25T23:30:00Z": "2026-11-26",
    "2026-11-25T23:30:00+01:00": "2026-11-25",
    "2026-11-25 23:30:00+00": "2026-11-26",
    "2026-11-25T00:00:00.000Z": "2026-11-25",
    "2026-11-25 23:30 UTC": "2026-11-26",
    "2026-11-25 22:59:59,999 GMT": "2026-11-25",
    "2026-11-25T23:30:00-0500": "2026-11-26",
    "2026-11-26T02:00+05:30": "2026-11-25",
    "2026-11-25T23:30+01:00[Europe/Berlin]": "2026-11-25",
    "2026-11-26": "2026-11-26",
}
"""Times as they are written, and their days in Berlin in winter."""


NAMED = [
    *("25/11/2026", "11/25/2026", "20261125", "25-Nov-2026", "25 Nov 26", "2026-W48-3"),
    *("25.11.26", "2026/11/25", "Nov 25, 2026", "2026-11-25 "),
]
"""Other forms, of which the day is certain."""


def refused(text: str) -> str:
    """Say what a planner is told to do about a text that is no date."""
    with pytest.raises(MisreadError) as caught:
        parse_date(text, Column(Kind.DATE, "any date"))
    return caught.value.remedy


def orders(*requested: str) -> list[dict[str, str]]:
    base = {**BASE["orders"], "earliest": "", "cancel": ""}
    return [{**base, "order": f"O{n}", "requested": day} for n, day in enumerate(requested, 1)]


def days_of(folder: Path, *said: str) -> list[str]:
    return list(read_scenario(folder, said)["orders"]["requested"].dt.strftime("%Y-%m-%d"))


def test_a_moment_is_the_day_at_the_sites(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, BERLIN, orders=orders(*DAYS))
    assert days_of(folder) == list(DAYS.values())


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Asia/Tokyo", "2026-07-01"),
        ("America/New_York", "2026-06-30"),
        ("Europe/London", "2026-07-01"),
        ("UTC", "2026-06-30"),
    ],
)
def test_the_day_is_that_of_the_zone_in_summer_too(zone: str, day: str, tmp_path: Path) -> None:
    folder = write_folder(tmp_path, orders=orders("2026-06-30T23:30:00Z"))
    assert days_of(folder, f"time_zone={zone}") == [day]


def test_moments_of_workbooks_databases_and_parquet(tmp_path: Path) -> None:
    rows = orders("2026-11-25T23:30:00Z")
    sheets = write_folder(tmp_path / "book", BERLIN, orders=None)
    book = openpyxl.Workbook()
    book.worksheets[0].title = "orders"
    for row in (list(rows[0]), list(rows[0].values())):
        book.worksheets[0].append(row)
    book.save(sheets / "book.xlsx")
    assert days_of(sheets) == ["2026-11-26"]
    from_rows(tmp_path / "sql", "orders", *rows)
    assert days_of(tmp_path / "sql", "time_zone=Europe/Berlin") == ["2026-11-26"]


@pytest.mark.parametrize("zone", ["UTC", "+01:00", "Etc/GMT+5", "America/New_York"])
@pytest.mark.parametrize("unit", ["s", "us", "ns"])
def test_typed_moments_of_parquet(zone: str, unit: str, tmp_path: Path) -> None:
    moments = [datetime(2026, 11, 25, 23, 30, tzinfo=UTC), None]
    table = {
        "order": ["O1", "O2"],
        "customer": ["C1", "C1"],
        "requested": ["2026-11-25"] * 2,
        "cancel": pa.array(moments, pa.timestamp(unit, zone)),
    }
    folder = write_folder(tmp_path, orders=None)
    pq.write_table(pa.table(table), folder / "orders.parquet")
    found = read_scenario(folder, ["time_zone=Europe/Berlin"])["orders"]["cancel"]
    assert found.tolist() == [pd.Timestamp("2026-11-26"), pd.NaT]
    assert faults_of(folder)


def test_a_last_day_in_a_zone_is_no_date_still(tmp_path: Path) -> None:
    last = datetime(9999, 12, 31, tzinfo=timezone(timedelta(hours=1)))
    table = {
        "order": ["O1"],
        "customer": ["C1"],
        "requested": ["2026-11-25"],
        "earliest": ["9999-12-31T23:59:59Z"],
        "cancel": pa.array([last], pa.timestamp("us", "Europe/Berlin")),
    }
    folder = write_folder(tmp_path, BERLIN, orders=None)
    pq.write_table(pa.table(table), folder / "orders.parquet")
    assert read_scenario(folder)["orders"][["earliest", "cancel"]].isna().all().all()
    needed = write_folder(tmp_path / "b", BERLIN, orders=orders("9999-12-31T23:59:59Z"))
    assert "stands for no date" in the_fault(needed)


@pytest.mark.parametrize(
    "text",
    ["2026-11-25 23:30 CET", "2026-11-25 23:30 Europe/Berlin", "2026-11-25T25:30:00Z"],
)
def test_what_is_no_moment_is_said(text: str, tmp_path: Path) -> None:
    fault = the_fault(write_folder(tmp_path, BERLIN, orders=orders(text)))
    assert fault.endswith("write an hour that exists, and the zone as Z or +01:00")


@pytest.mark.parametrize("zone", ["Europe/Berlni", "MEZ", "../etc", "Europe"])
def test_the_zone_is_checked(zone: str, tmp_path: Path) -> None:
    fault = the_fault(write_folder(tmp_path, HEADER + f"time_zone: {zone}\n"))
    assert f"time_zone: '{zone}' is no time zone; write one as Europe/Berlin" in fault


def test_a_time_without_a_zone_is_still_no_day(tmp_path: Path) -> None:
    fault = the_fault(write_folder(tmp_path, BERLIN, orders=orders("2026-11-25T23:30:00")))
    assert fault.endswith("leave out the time of day: write 2026-11-25")


def test_history_has_days_of_the_zone_too(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    path.write_text(
        "ordered,requested,segment,region,item,quantity\n"
        "2026-11-02T23:30:00Z,2026-11-04,gold,north,A,2\n",
        encoding="utf-8",
    )
    rows = read_history(path, time_zone="Europe/Berlin")
    assert rows["ordered"].tolist() == [pd.Timestamp("2026-11-03")]


def test_every_form_of_the_case(tmp_path: Path) -> None:
    case = case_folder("26-date-forms", "scenario") / "orders.csv"
    with case.open(encoding="utf-8", newline="") as file:
        texts = [row["requested"] for row in csv.DictReader(file)]
    read = {
        "2026-11-25": "2026-11-25",
        "2026-11-25T23:30:00Z": "2026-11-26",
        "2026-11-25T23:30:00+01:00": "2026-11-25",
        "2026-11-25 23:30:00+00": "2026-11-26",
        "2026-11-25T00:00:00.000Z": "2026-11-25",
    }
    assert days_of(write_folder(tmp_path / "a", BERLIN, orders=orders(*read))) == [*read.values()]
    others = {text: refused(text) for text in texts if text not in read and text[:4] != "1900"}
    assert {t: said for t, said in others.items() if "2026-11-25" in said} == dict.fromkeys(
        NAMED, "write 2026-11-25"
    ) | {
        "46351": "this is a spreadsheet's day count; if it means 2026-11-25, write 2026-11-25",
        "46351.5": "this is a spreadsheet's day count; if it means 2026-11-25, write 2026-11-25",
        "2026-11-25 00:00:00": "leave out the time of day: write 2026-11-25",
        "2026-11-25T00:00:00": "leave out the time of day: write 2026-11-25",
        "25.11.2026 00:00": "leave out the time of day: write 2026-11-25",
        "11/25/26 0:00": "leave out the time of day: write 2026-11-25",
    }
    assert others["2026-330"] == "write 2026-11-26"
    assert others["2026-11-5"] == "write 2026-11-05"
    assert others["2026-02-30"] == "correct the date"
    for text in ("05/12/2026", "asap", "tomorrow", "KW48", "0", "-", "NULL", "Wed 25.11."):
        assert others[text] == "write the date as year-month-day, for example 2026-11-23"
