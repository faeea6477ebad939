"""The tables of a scenario as plain rows, its numbers as the decimals that were written.

Written from the contract alone, like everything named ``independent``: it shares the scenario with
the product and nothing else, and is not meant for more than a few lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cache, cached_property
from typing import Any

import holidays
import pandas as pd

from models.settings import Horizon

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_CLOSURE = 400
"""Days after which a place that is still closed counts as closed for ever."""

Row = Mapping[str, Any]

Expression = Mapping[int, Fraction]
"""Coefficients by the number of an option or variable."""


class Rows:
    """All tables, and the questions that are asked of them."""

    def __init__(self, frames: Mapping[str, pd.DataFrame], horizon: Horizon) -> None:
        self._rows = {name: list(_records(frame)) for name, frame in frames.items()}
        self.start = horizon.start
        self.days = [self.start + timedelta(days=k) for k in range(horizon.days)]

    @cached_property
    def open_sites(self) -> set[str]:
        """The sites that ship at all."""
        return {row["site"] for row in self["sites"] if row["open"]}

    def __getitem__(self, table: str) -> list[Row]:
        """Return the rows of a table."""
        return self._rows.get(table, [])

    def one(self, table: str, **wanted: str) -> Row:
        """Return the first row that has these values."""
        return next(self.all(table, **wanted))

    def all(self, table: str, **wanted: str) -> Iterator[Row]:
        """Yield the rows that have these values."""
        for row in self[table]:
            if all(row[column] == value for column, value in wanted.items()):
                yield row

    def item(self, name: str) -> Item:
        """Return what is known of an item, by default that it ships one by one."""
        plain: Row = {"pick_effort": 1, "pack": 1, "divisible": False, "step": 1}
        row = next(self.all("items", item=name), plain)
        pack = exact(row["pack"])
        unit = exact(row["step"]) if row["divisible"] else Fraction(1)
        half = unit / 2 if row["divisible"] else Fraction(0)
        return Item(exact(row["pick_effort"]), unit if pack == 1 else pack, unit, half)

    def is_open(self, of: str, name: str, day: date) -> bool:
        """Tell whether no calendar closes a place on a day."""
        for row in self.all("calendars", of=of, id=name):
            if row["weekdays"] and WEEKDAYS[day.weekday()] not in row["weekdays"].split():
                return False
            if row["holidays"] and day in public_holidays(row["holidays"], day.year):
                return False
            if is_date(row["closed"]) and row["closed"].date() == day:
                return False
        return True

    def first_open(self, places: Mapping[str, str], day: date) -> date | None:
        """Roll a day on until all places are open, given as id by kind; None if never."""
        for wait in range(LONGEST_CLOSURE):
            later = day + timedelta(days=wait)
            if all(self.is_open(of, name, later) for of, name in places.items()):
                return later
        return None

    def after_running(self, service: str, ship: date, runs: int) -> date | None:
        """Return the day on which a service has run so often since a ship day; None if never."""
        for later in range(7 * runs + LONGEST_CLOSURE + 1):
            day = ship + timedelta(days=later)
            runs -= later > 0 and self.is_open("service", service, day)
            if runs <= 0:
                return day
        return None


@dataclass(frozen=True)
class Item:
    """How an item ships."""

    effort: Fraction
    step: Fraction
    """It ships in multiples of this."""
    unit: Fraction
    """So does what was committed, and what moves between sites; packs do not matter there."""
    half: Fraction
    """What a line of it may miss and be full: half a step of a divisible item."""


@cache
def public_holidays(code: str, year: int) -> frozenset[date]:
    """Days on which a country (``DE``), or a part of it (``DE-BY``), is closed."""
    country, subdivision = code.split("-", 1) if "-" in code else (code, None)
    return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=year))


def exact(number: float) -> Fraction:
    """Read a number as the decimals that were written."""
    return Fraction(str(number))


def is_date(value: pd.Timestamp) -> bool:
    """Tell a date from a blank."""
    return not pd.isna(value)


def day_of(value: pd.Timestamp, otherwise: date) -> date:
    """Return a date, or another where it is blank."""
    return value.date() if is_date(value) else otherwise


def total(parts: Iterable[Fraction]) -> Fraction:
    """Add up fractions."""
    return sum(parts, Fraction(0))


def weighed(weights: Expression, amounts: Sequence[Fraction]) -> Fraction:
    """Return the value of an expression; amounts that are not there yet count nothing."""
    return total(w * amounts[k] for k, w in weights.items() if k < len(amounts) and amounts[k])


def _records(frame: pd.DataFrame) -> Iterator[Row]:
    if frame.empty:
        return
    columns = [str(column) for column in frame.columns]
    for values in zip(*(frame[column].tolist() for column in columns), strict=True):
        yield dict(zip(columns, values, strict=True))
