"""Dates that are not written as ISO dates: what to write instead, where that is certain."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

DAY_ZERO = date(1899, 12, 30)
"""Day 0 of the day counts of spreadsheets; right from March 1900 on."""
ISO = "write the date as year-month-day, for example 2026-11-23"
FORMS = (
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y-%j", "%G-W%V-%u"),
    *("%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%m/%d/%Y", "%d/%m/%y", "%m/%d/%y", "%y/%m/%d"),
    *("%d-%m-%Y", "%m-%d-%Y", "%d %b %Y", "%d %b %y", "%b %d %Y", "%d %B %Y", "%B %d %Y"),
)
"""How dates are written; those with names of months also with ``-``, ``.`` or ``,`` between."""
TIME = r"[T ]\d{1,2}:\d\d(:\d\d)?([.,]\d+)?( ?[AaPp][Mm])?$"


def as_iso(text: str) -> str:
    """Say how a date would be written, where that is certain."""
    text = text.strip()
    if re.fullmatch(r"\d{5}(\.\d+)?", text):
        day = DAY_ZERO + timedelta(days=int(text[:5]))
        return f"this is a spreadsheet's day count; if it means {day}, write {day}"
    bare = re.sub(TIME, "", text)
    first = re.match(r"(\d{4}-\d\d-\d\d)[T ]", text)
    days = (
        {date.fromisoformat(first.group(1))} if first and _is_day(first.group(1)) else _days(bare)
    )
    if len(days) != 1:
        return ISO
    before = "leave out the time of day: " if bare != text or first else ""
    return f"{before}write {days.pop()}"


def _is_day(text: str) -> bool:
    return bool(_days(text))


def _days(text: str) -> set[date]:
    """Read a date in every form that fits."""
    if re.search("[A-Za-z]{3}", text):
        text = " ".join(re.split(r"[\s.,-]+", text.strip(".")))
    return {day for form in FORMS if (day := _day(text.removesuffix("."), form))}


def _day(text: str, form: str) -> date | None:
    try:
        return datetime.strptime(text, form).date()
    except ValueError:
        return None
