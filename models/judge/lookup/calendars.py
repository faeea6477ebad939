"""Open days: weekdays, public holidays and closed days of sites, services and receivers."""

from __future__ import annotations

from dataclasses import dataclass

import holidays
import numpy as np
import pandas as pd
from numpy.typing import NDArray

LONGEST_WAIT = 800
"""A shipment that meets no open day within so many days after its transit never arrives [day]."""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Days = NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Open days of everything of one sort (``site``, ``service``, ``customer``, ``region``)."""

    ids: pd.Index
    """Those that have a calendar; all others are always open."""
    first: np.datetime64
    """Day of the first column of ``is_open``."""
    is_open: NDArray[np.bool_]
    """Row for each of ``ids`` and a last one that is always open; column for each day."""

    @classmethod
    def of(cls, calendars: pd.DataFrame, sort: str, first: np.datetime64, days: int) -> Calendar:
        """Expand the rows of one sort over ``days`` days from ``first``; all rows hold together."""
        own = calendars[calendars["of"] == sort]
        codes, ids = pd.factorize(own["id"])
        span = first + np.arange(days)
        is_open = np.ones((len(ids) + 1, days), dtype=bool)
        for names in filter(None, own["weekdays"].unique()):
            is_open[codes[own["weekdays"] == names]] &= _on_weekdays(names, span)
        for code in filter(None, own["holidays"].unique()):
            is_open[codes[own["holidays"] == code]] &= ~_public_holidays(code, span)
        closed = (own["closed"].to_numpy("datetime64[D]") - first).astype(float)
        seen = (closed >= 0) & (closed < days)
        is_open[codes[seen], closed[seen].astype(int)] = False
        return cls(pd.Index(ids), first, is_open)

    def open_on(self, ids: pd.Series, days: Days) -> NDArray[np.bool_]:
        """Say for each id and day whether it is open."""
        rows = self.ids.get_indexer(pd.Index(ids))
        answers: NDArray[np.bool_] = self.is_open[rows, (days - self.first).astype(int)]
        return answers


def _on_weekdays(names: str, span: Days) -> NDArray[np.bool_]:
    wanted = [WEEKDAYS.index(name) for name in names.split()]
    weekday = (span.astype(int) + 3) % 7  # day 0, 1970-01-01, was a Thursday
    return np.isin(weekday, wanted)


def _public_holidays(code: str, span: Days) -> NDArray[np.bool_]:
    """Tell the holidays of a country, as ``DE``, or of a part of it, as ``DE-BY``."""
    country, _, part = code.partition("-")
    years = range(span[0].item().year, span[-1].item().year + 1)
    dates = holidays.country_holidays(country, subdiv=part or None, years=years)
    return np.isin(span, np.array(sorted(dates), dtype="datetime64[D]"))


def open_sites(calendars: pd.DataFrame, rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Say for each shipment whether its site ships on its ``ship_date``."""
    days = rows["ship_date"].to_numpy("datetime64[D]")
    if not len(days):
        return np.ones(0, dtype=bool)
    span = int((days.max() - days.min()).astype(int)) + 1
    return Calendar.of(calendars, "site", days.min(), span).open_on(rows["site"], days)


def arrivals(calendars: pd.DataFrame, rows: pd.DataFrame) -> Days:
    """Work out when each shipment arrives.

    Ship date plus transit, in calendar days or in days on which the service runs; then on to the
    first day on which service, customer and region are all open. NaT if there is none within
    :data:`LONGEST_WAIT` days, or the service does not run so often in a week for each day of
    transit and :data:`LONGEST_WAIT` days more.

    Parameters
    ----------
    calendars
        The scenario's table.
    rows
        Columns ``ship_date``, ``transit_days``, ``transit``, ``service``, ``customer``,
        ``region``, no blanks.
    """
    sent, transit = rows["ship_date"].to_numpy("datetime64[D]"), rows["transit_days"].to_numpy()
    if not len(sent):
        return sent
    working = (rows["transit"] == "working").to_numpy()
    latest = sent + np.where(working, 7 * transit + LONGEST_WAIT, transit).astype(int)
    span = int((latest.max() - sent.min()).astype(int)) + 2 + LONGEST_WAIT
    sorts = ("service", "customer", "region")
    calendars_of = {sort: Calendar.of(calendars, sort, sent.min(), span) for sort in sorts}
    days: Days = sent + np.where(working, 0, transit).astype(int)
    left = np.where(working, transit, 0)
    while (going := np.flatnonzero((left > 0) & (days < latest))).size:
        days[going] += 1
        left[going] -= calendars_of["service"].open_on(rows["service"].iloc[going], days[going])
    waiting = np.flatnonzero(left == 0)
    days[left > 0] = np.datetime64("NaT")
    for _ in range(LONGEST_WAIT + 1):
        ready = np.ones(len(waiting), dtype=bool)
        for sort, calendar in calendars_of.items():
            ready &= calendar.open_on(rows[sort].iloc[waiting], days[waiting])
        waiting = waiting[~ready]
        if not len(waiting):
            return days
        days[waiting] += 1
    days[waiting] = np.datetime64("NaT")
    return days
