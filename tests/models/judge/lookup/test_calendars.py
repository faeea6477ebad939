"""Calendars, as the judge reads them: when sites ship and when shipments arrive.

November 2026: the 23rd is a Monday, the 28th and 29th a weekend; the 25th and 26th of December
(Friday, Saturday) are holidays in Germany.
"""

from __future__ import annotations

import pandas as pd
import pytest

from models.judge import broken_rules, recompute
from tests.support.answers_as_text import one_line, shipments_of

HEAD = "of,id,weekdays,holidays,closed\n"
WEEK = "mon tue wed thu fri"


def arrival(calendars: str, day: str, start: str = "2026-11-23", transit: int = 1) -> str:
    """When a shipment of one day arrives; blank if it never does."""
    scenario = one_line(
        {"horizon": {"start": start, "days": 30}},
        calendars=HEAD + calendars,
        lanes=f"site,region,service,transit_days\nLYON,north,standard,{transit}",
    )
    shipments = shipments_of("SO1/1 10 pump LYON standard 23")
    shipments["ship_date"] = pd.Series([day], dtype="datetime64[s]")
    last = recompute(scenario, shipments).lines["last_arrival"].iloc[0]
    return "" if pd.isna(last) else str(last.date())


@pytest.mark.parametrize("of", ["service,standard", "customer,ACME", "region,north"])
def test_an_arrival_rolls_over_the_weekend(of: str) -> None:
    assert arrival(f"{of},{WEEK},,", "2026-11-26") == "2026-11-27"
    assert arrival(f"{of},{WEEK},,", "2026-11-27") == "2026-11-30"
    assert arrival(f"{of},{WEEK},,", "2026-11-28") == "2026-11-30"


def test_an_arrival_rolls_until_all_are_open() -> None:
    calendars = (
        f"service,standard,{WEEK},,\ncustomer,ACME,,,2026-11-30\n"
        "customer,ACME,,,2026-12-01\nregion,north,thu fri sat,,\n"
    )
    assert arrival(calendars, "2026-11-27") == "2026-12-03"


def test_rows_of_one_calendar_hold_together() -> None:
    calendars = "region,north,mon tue wed,,\nregion,north,wed thu,,2026-11-25\n"
    assert arrival(calendars, "2026-11-23") == "2026-12-02"


def test_calendars_of_others_and_of_sites_do_not_delay() -> None:
    calendars = "region,south,sun,,\ncustomer,BOLT,sun,,\nsite,LYON,mon,,\nservice,ACME,sun,,"
    assert arrival(calendars, "2026-11-23") == "2026-11-24"


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-12-23", "2026-12-24"),
        ("2026-12-24", "2026-12-27"),
        ("2026-12-30", "2026-12-31"),
        ("2026-12-31", "2027-01-02"),
    ],
)
def test_public_holidays_are_closed_in_every_year_in_use(day: str, expected: str) -> None:
    assert arrival("region,north,,DE,", day, start="2026-12-07") == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [("DE-BY", "2027-01-07"), ("DE-SN", "2027-01-06"), ("DE", "2027-01-06"), ("AT", "2027-01-07")],
)
def test_holidays_of_a_part_of_a_country_are_closed_there(code: str, expected: str) -> None:
    """Epiphany, 6 January, is one in Bavaria and in all of Austria, not in Saxony."""
    assert arrival(f"region,north,,{code},", "2027-01-05", start="2026-12-20") == expected


def test_transit_counts_calendar_days_and_no_open_day_in_between() -> None:
    calendars = f"service,standard,{WEEK},,"
    assert arrival(calendars, "2026-11-27", transit=3) == "2026-11-30"
    assert arrival(calendars, "2026-11-27", transit=0) == "2026-11-27"


def test_what_finds_no_common_day_never_arrives() -> None:
    calendars = "service,standard,mon,,\ncustomer,ACME,tue,,"
    assert arrival(calendars, "2026-11-23") == ""
    scenario = one_line(calendars=HEAD + calendars)
    findings = broken_rules(scenario, shipments_of("SO1/1 10 pump LYON standard 23"))
    assert len(findings) == 1
    assert "never arrives" in findings[0]


@pytest.mark.parametrize(
    ("calendar", "open_day", "closed_day"),
    [
        ("LYON,mon tue,,", "24", "25"),
        ("LYON,,,2026-11-26", "25", "26"),
        ("LYON,,US,", "25", "26"),  # Thanksgiving
    ],
)
def test_a_site_ships_on_its_open_days(calendar: str, open_day: str, closed_day: str) -> None:
    scenario = one_line(calendars=f"{HEAD}site,{calendar}")
    assert broken_rules(scenario, shipments_of(f"SO1/1 10 pump LYON standard {open_day}")) == []
    findings = broken_rules(scenario, shipments_of(f"SO1/1 10 pump LYON standard {closed_day}"))
    assert len(findings) == 1
    assert "site LYON is closed that day" in findings[0]


def test_a_site_of_its_own_calendar_closes_no_other() -> None:
    scenario = one_line(calendars=HEAD + "site,OSLO,sun,,")
    assert broken_rules(scenario, shipments_of("SO1/1 10 pump LYON standard 23")) == []
