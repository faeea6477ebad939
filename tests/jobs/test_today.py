"""Which day it is: time zones, daylight saving both ways, leap days, clocks that change."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from optimizer.common.clock import Clock
from optimizer.jobs.today import day_of, today
from tests.support.job_folders import MONDAY, SOURCES, Remembering, propose_job, write_job

BERLIN, LORD_HOWE, KIRITIMATI = "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Kiritimati"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        (BERLIN, "2026-03-28T22:59:59+00:00", "2026-03-28"),
        (BERLIN, "2026-03-28T23:00:00+00:00", "2026-03-29"),  # the clock goes forward at 01:00 UTC
        (BERLIN, "2026-03-29T00:59:59+00:00", "2026-03-29"),
        (BERLIN, "2026-03-29T01:00:00+00:00", "2026-03-29"),
        (BERLIN, "2026-03-29T21:59:59+00:00", "2026-03-29"),
        (BERLIN, "2026-03-29T22:00:00+00:00", "2026-03-30"),  # a day of 23 hours
        (BERLIN, "2026-10-24T21:59:59+00:00", "2026-10-24"),
        (BERLIN, "2026-10-24T22:00:00+00:00", "2026-10-25"),
        (BERLIN, "2026-10-25T00:30:00+00:00", "2026-10-25"),  # half past two, for the first time
        (BERLIN, "2026-10-25T01:30:00+00:00", "2026-10-25"),  # and for the second
        (BERLIN, "2026-10-25T22:59:59+00:00", "2026-10-25"),
        (BERLIN, "2026-10-25T23:00:00+00:00", "2026-10-26"),  # a day of 25 hours
        (BERLIN, "2028-02-28T23:00:00+00:00", "2028-02-29"),
        (BERLIN, "2028-02-29T23:00:00+00:00", "2028-03-01"),
        (BERLIN, "2026-12-31T23:00:00+00:00", "2027-01-01"),
        ("UTC", "2026-12-31T23:59:59+00:00", "2026-12-31"),
        (LORD_HOWE, "2026-10-03T13:29:59+00:00", "2026-10-03"),  # its clock moves by half an hour
        (LORD_HOWE, "2026-10-03T13:30:00+00:00", "2026-10-04"),
        (KIRITIMATI, "2026-11-23T10:00:00+00:00", "2026-11-24"),
        ("America/Los_Angeles", "2026-11-01T06:59:59+00:00", "2026-10-31"),
        ("America/Los_Angeles", "2026-11-02T07:59:59+00:00", "2026-11-01"),
    ],
)
def test_the_day_is_that_of_the_time_zone(zone: str, at: str, day: str) -> None:
    assert today(zone, moment(at)) == date.fromisoformat(day)


@pytest.mark.parametrize("zone", [BERLIN, LORD_HOWE, "America/St_Johns", "Africa/Casablanca"])
def test_every_day_of_years_comes_once_and_in_order(zone: str) -> None:
    start = moment("2026-01-01T12:00:00+00:00")
    days = [today(zone, start + timedelta(hours=6 * k)) for k in range(4 * 366 * 3)]
    distinct = sorted(set(days))
    assert days == sorted(days)
    assert [day.toordinal() for day in distinct] == list(
        range(distinct[0].toordinal(), distinct[-1].toordinal() + 1)
    )


@pytest.mark.parametrize("text", ["2028-02-29", "2026-11-23", "2000-02-29"])
def test_a_day_is_read_as_written(text: str) -> None:
    assert day_of(text).isoformat() == text


def test_a_horizon_over_a_leap_day_has_it(tmp_path: Path) -> None:
    orders = SOURCES["orders"].replace("2026-11-25", "2028-02-29").replace("2026-11-2", "2028-02-1")
    path = write_job(tmp_path / "job", orders=orders)
    made = propose_job(path, date(2028, 2, 28))
    ships = made.solution.shipments
    first = ships[ships["ship_date"] == pd.Timestamp("2028-02-28")]
    assert set(first["arrival_date"]) == {pd.Timestamp("2028-02-29")}
    assert made.scenario.settings.horizon.start == date(2028, 2, 28)
    again = propose_job(path, date(2028, 2, 29))
    assert again.solution.shipments["ship_date"].min() == pd.Timestamp("2028-02-29")
    assert again.run != made.run


@pytest.mark.parametrize("day", [date(2026, 3, 28), date(2026, 3, 29), date(2026, 10, 25)])
def test_horizons_count_calendar_days_whatever_the_clock_does(tmp_path: Path, day: date) -> None:
    soon = (day + timedelta(days=2)).isoformat()
    orders = f"order,customer,requested\nA1,anna,{soon}\n"
    lines = "order,line,item,quantity\nA1,10,PUMP,5\n"
    made = propose_job(write_job(tmp_path / "job", orders=orders, lines=lines), day)
    (row,) = made.solution.shipments.to_dict("records")
    assert row["arrival_date"] - row["ship_date"] == pd.Timedelta(days=1)
    assert row["on_time"]


def test_a_clock_that_is_set_changes_neither_the_run_nor_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, plans = write_job(tmp_path / "job"), Remembering()
    made = propose_job(path, MONDAY, plans)
    clock = Clock(60)
    now = time.time()
    for moved in (now - 86400 * 400, now + 86400 * 400):
        monkeypatch.setattr(time, "time", partial(float, moved))
        assert 50 < clock.left <= 60
        again = propose_job(path, MONDAY, plans)
        assert (again.run, again.new) == (made.run, False)
