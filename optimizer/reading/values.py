"""One cell's text: its value, or in plain words what is wrong with it and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import NoReturn

import holidays

from models.columns import Column, Kind
from models.fields import FIRST_YEAR, LAST_YEAR, minutes
from models.tolerances import UNIT
from optimizer.reading.date_forms import as_iso
from optimizer.reading.faults import excerpt, suggest
from optimizer.reading.moments import is_moment, moment_of
from optimizer.reading.no_dates import is_no_date
from optimizer.reading.notation import NAMES, OTHER, PLAIN, Notation

WHOLE = (Kind.COUNT, Kind.LIMIT)
"""Kinds of whole numbers, whatever the item."""
LONGEST = 128
"""Characters that a text of a table may have."""
BLANKS = r"[\s\p{Z}\x{FEFF}\x{200B}]"
UNTIDY = rf"^{BLANKS}|{BLANKS}$|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
"""Texts that are refused, as RE2 writes it: blanks around, control characters within."""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WINDOW = re.compile(r"([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)")
NEGATIVE = re.compile(r"([0-9.,]+) ?-|\(([0-9.,]+)\)")
"""Numbers below 0 as ERP systems and accountants write them."""


class MisreadError(Exception):
    """A text that is no value of its column."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.problem, self.remedy = problem, remedy


def _refuse(problem: str, remedy: str) -> NoReturn:
    raise MisreadError(problem, remedy) from None


def parse_text(text: str, spec: Column) -> str:
    """Check an id or another text, against the column's choices where it has some."""
    tidy = text.strip().strip("\u200b\ufeff")
    if text != tidy:
        _refuse(f"{excerpt(text)} has blanks around it", f"write {excerpt(tidy)}")
    if len(text) > LONGEST:
        _refuse(f"{excerpt(text)} has {len(text):,} characters", f"use at most {LONGEST}")
    if found := re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", text):
        problem = f"{excerpt(text)} holds the control character {found.group()!r}"
        _refuse(problem, "delete it")
    if spec.choices and text not in spec.choices:
        _refuse(f"{excerpt(text)} is not a choice", suggest(text, spec.choices))
    return text


def parse_date(text: str, spec: Column) -> date:
    """Read an ISO date."""
    if is_no_date(text):
        remedy = f"write the date: {spec.doc}" if spec.required else "leave the cell blank"
        _refuse(f"{excerpt(text)} stands for no date", remedy)
    if is_moment(text):
        _refuse(f"the day of {excerpt(text)} depends on the time zone", _as_moment(text))
    try:
        day = date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        _refuse(f"{excerpt(text)} is a day that does not exist", "correct the date")
    if day is None:
        _refuse(f"{excerpt(text)} is not an ISO date", as_iso(text))
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        problem = f"{excerpt(text)} is not between {FIRST_YEAR} and {LAST_YEAR}"
        _refuse(problem, "correct the year")
    return day


def _as_moment(text: str) -> str:
    """Say how a moment would have a day."""
    if moment_of(text) is None:
        return "write an hour that exists, and the zone as Z or +01:00"
    return (
        "write the day alone, as the calendar at your sites shows it, for example 2026-11-23; "
        "or say in the header where they are, as time_zone: Europe/Berlin"
    )


def parse_number(text: str, spec: Column, notation: Notation = PLAIN) -> float:
    """Read a number within the column's range."""
    plain = notation.plain_text(text)
    if plain is None:
        _refuse(f"{excerpt(text)} is not a number", _as_number(text, spec, notation))
    value = float(plain)
    if value < spec.least:
        most_least = "above 0" if 0 < spec.least <= UNIT else f"at least {spec.least:,.12g}"
        remedy = spec.if_too_small or f"write a number that is {most_least}"
        _refuse(f"{excerpt(text)} is too small", remedy)
    if value > spec.most:
        _refuse(f"{excerpt(text)} is too large", f"write a number of at most {spec.most:,.12g}")
    if spec.kind in WHOLE and not value.is_integer():
        _refuse(f"{excerpt(text)} is not a whole number", "write a whole number")
    return value


def _as_number(text: str, spec: Column, notation: Notation) -> str:
    """Say what to write in place of a number in another notation."""
    bare = text.strip()
    if found := NEGATIVE.fullmatch(bare):
        return spec.if_too_small or f"write the minus in front: -{found.group(1) or found.group(2)}"
    if bare.lower().lstrip("+-") in ("nan", "inf", "infinity"):
        return "write a finite number, or leave the cell blank where the column allows it"
    if notation.plain_text(bare) is not None:
        return f"leave out the blanks: write {bare}"
    if bare.endswith("%") and (share := notation.plain_text(bare[:-1].strip())) is not None:
        return f"write the share: {float(share) / 100:g}".replace(".", notation.decimal)
    if advice := _in_other_marks(bare, notation):
        return advice
    mark = notation.decimal
    return f"write digits with a decimal {NAMES[mark]}, for example 1234{mark}5"


def _in_other_marks(bare: str, notation: Notation) -> str:
    """Say what to write, or what the header may say, where only the marks are others."""
    mark = notation.decimal
    other = OTHER[mark]
    names = NAMES[other], NAMES[mark]
    if re.fullmatch(rf"[+-]?\d*{re.escape(other)}\d+", bare):
        swapped, joined = bare.replace(other, mark), bare.replace(other, "")
        if Notation(mark, other).plain_text(bare) is not None:
            said = f"{names[0]}s are not allowed: write {joined} or {swapped}, whichever is meant"
            return said + _or_key(bare, notation, Notation(mark, other))
        said = f"write the decimal {names[0]} as a {names[1]}: {swapped}"
        return said + _or_key(bare, notation, Notation(other))
    if re.fullmatch(r"[+-]?\d{1,3}([.,' \u00a0\u2009\u202f\u2019_]\d{3})+([.,]\d+)?", bare):
        last_differs = len(set(re.findall(r"[^\d+-]", bare))) > 1
        has_rest = last_differs or re.search(r"[.,]\d{1,2}$", bare)
        whole = re.sub(r"[.,]\d+$", "", bare) if has_rest else bare
        rest = bare[len(whole) + 1 :]
        digits = re.sub(r"[^\d-]", "", whole)
        said = f"leave out the thousands separators: write {digits}{mark if rest else ''}{rest}"
        marks = [Notation(d, t) for d in (mark, other) for t in (other, mark, " ", "'") if d != t]
        return said + _or_key(bare, notation, *marks)
    return ""


def _or_key(bare: str, notation: Notation, *others: Notation) -> str:
    """Name what the header may say, where it may still say it and the number is written so."""
    keys = [each.key for each in others if each.plain_text(bare) is not None]
    return f"; or say {keys[0]} in the header" if keys and notation.is_open else ""


def parse_flag(text: str, spec: Column) -> bool:
    """Read true or false, in any case."""
    del spec
    if text.lower() not in ("true", "false"):
        _refuse(f"{excerpt(text)} is neither true nor false", "write true or false")
    return text.lower() == "true"


def parse_window(text: str, spec: Column) -> str:
    """Check hours as 07:00-16:00."""
    del spec
    if not WINDOW.fullmatch(text):
        _refuse(f"{excerpt(text)} is not a window of hours", "write it as 07:00-16:00")
    opens, closes = minutes(text)
    if opens >= closes:
        _refuse(f"window {text} closes before it opens", "write the earlier hour first")
    return text


def parse_weekdays(text: str, spec: Column) -> str:
    """Check weekdays as ``mon tue wed``."""
    del spec
    days = text.split(" ")
    for day in days:
        if day not in WEEKDAYS:
            remedy = f"write weekdays with one blank between them, from: {' '.join(WEEKDAYS)}"
            _refuse(f"{excerpt(day)} of {excerpt(text)} is not a weekday", remedy)
    if len(set(days)) < len(days):
        _refuse(f"{excerpt(text)} names a weekday twice", "name each weekday once")
    return text


def parse_country(text: str, spec: Column) -> str:
    """Check the code of a country, or of a part of one, whose public holidays are known."""
    del spec
    country, dash, part = text.partition("-")
    parts = _countries().get(country)
    problem = f"no public holidays are known for {excerpt(text)}"
    if parts is None:
        _refuse(problem, _as_country(text))
    if not parts and dash:
        _refuse(problem, f"write {country}: none are known of its parts")
    if dash and part not in parts:
        remedy = suggest(text, (f"{country}-{name}" for name in parts))
        _refuse(problem, f"{remedy}; or write {country} for holidays of the whole country")
    return text


def _as_country(text: str) -> str:
    """Suggest a code for one whose country is unknown."""
    codes = {f"{country}-{part}" for country, parts in _countries().items() for part in parts}
    tidy = re.sub(r"[\s_/]+", "-", text.strip()).upper()
    if tidy in codes | set(_countries()):
        return f"write {tidy}"
    return "write an ISO 3166 code, for example DE, FR or GB, or DE-BY for a part"


@cache
def _countries() -> Mapping[str, list[str]]:
    """Codes of countries, each with those of its parts."""
    return holidays.list_supported_countries()


PARSERS: Mapping[Kind, Callable[[str, Column], object]] = {
    Kind.ID: parse_text,
    Kind.TEXT: parse_text,
    Kind.DATE: parse_date,
    Kind.UNITS: parse_number,
    Kind.NUMBER: parse_number,
    Kind.SHARE: parse_number,
    Kind.COUNT: parse_number,
    Kind.LIMIT: parse_number,
    Kind.FLAG: parse_flag,
    Kind.WINDOW: parse_window,
    Kind.WEEKDAYS: parse_weekdays,
    Kind.COUNTRY: parse_country,
}
