"""Open days: which sites ship, services run, customers and regions receive, on which day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

import holidays
import numpy as np
import pandas as pd

LONGEST_CLOSURE = 400
"""Days of waiting after which a parcel that nobody accepts counts as undeliverable [day]."""
Days = TypeVar("Days", int, np.ndarray)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, eq=False)
class Calendars:
    """Open days of everything that has a calendar.

    Parameters
    ----------
    open_days
        Bool array over the days from the start, by kind and id; what is not in it is always open.
    days
        Number of days.
    """

    open_days: Mapping[tuple[str, str], np.ndarray]
    days: int

    def of(self, kind: str, ids: np.ndarray) -> np.ndarray:
        """Open days of each id: bool array of shape (len(ids), days)."""
        always = np.ones(self.days, dtype=bool)
        rows = [self.open_days.get((kind, name), always) for name in ids]
        return np.array(rows, dtype=bool).reshape(len(ids), self.days)


def read_calendars(table: pd.DataFrame, start: pd.Timestamp, days: int) -> Calendars:
    """Expand the rows of the table over ``days`` days from ``start``; rows of one id add up."""
    dates = pd.date_range(start, periods=days, unit="s")
    years = sorted({day.year for day in (dates[0], dates[-1])})
    span = range(years[0], years[-1] + 1)
    feasts = {
        code: dates.isin(pd.DatetimeIndex(_holidays(code, span), dtype=dates.dtype))
        for code in set(table["holidays"]) - {""}
    }
    open_days: dict[tuple[str, str], np.ndarray] = {}
    columns = (table[name] for name in ("of", "id", "weekdays", "holidays", "closed"))
    for kind, name, weekdays, code, closed in zip(*columns, strict=True):
        is_open = open_days.setdefault((kind, name), np.ones(days, dtype=bool))
        if weekdays:
            is_open &= dates.day_of_week.isin([WEEKDAYS.index(day) for day in weekdays.split()])
        if code:
            is_open &= ~feasts[code]
        if not pd.isna(closed):
            is_open &= dates != closed
    return Calendars(open_days, days)


def _holidays(code: str, years: range) -> list[date]:
    """List the public holidays of a country, or of a part of it, in some years."""
    country, _, part = code.partition("-")
    return list(holidays.country_holidays(country, subdiv=part or None, years=years))


def working_span(transit: Days) -> Days:
    """Days within which so many working days are over, or never are [day].

    A service that runs on one weekday needs a week for each of them, and has closed days.
    """
    return 7 * transit + LONGEST_CLOSURE


def end_of_transit(runs: np.ndarray, days: int, transit: np.ndarray) -> np.ndarray:
    """Day on which a service that ships on each day has run on so many further days.

    Parameters
    ----------
    runs
        Whether each service runs on each day, shape (services, all days).
    days
        Number of ship days.
    transit
        Further days of each service, shape (services,).

    Returns
    -------
    numpy.ndarray
        Shape (services, days): the ship day itself for a transit of 0; the number of all days
        where the service runs too seldom.
    """
    services, known = runs.shape
    run = np.cumsum(runs, axis=1, dtype=np.int64)
    apart = (known + int(transit.max(initial=0)) + 1) * np.arange(services)[:, None]
    sought = run[:, :days] + transit[:, None] + apart
    place = np.searchsorted((run + apart).ravel(), sought.ravel()).reshape(sought.shape)
    found = place - known * np.arange(services)[:, None]
    late = found - np.arange(days) > working_span(transit[:, None])
    return np.where(late, known, np.clip(found, np.arange(days), known))


def next_open(is_open: np.ndarray) -> np.ndarray:
    """For each day the first open day from it on; the number of days where none follows.

    Parameters
    ----------
    is_open
        Bool array, days in the last axis.
    """
    days = is_open.shape[-1]
    stepped = np.where(is_open, np.arange(days), days)
    return np.minimum.accumulate(stepped[..., ::-1], axis=-1)[..., ::-1]
