"""Which day it is for a job: a matter of its time zone, not of the machine's."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from models.errors import UsageError
from models.fields import FIRST_YEAR, LAST_YEAR


def today(time_zone: str, now: datetime | None = None) -> date:
    """Return the day in a time zone.

    Parameters
    ----------
    time_zone
        As ``Europe/Berlin``.
    now
        A moment with its own time zone; by default this one.
    """
    return (now or datetime.now(UTC)).astimezone(ZoneInfo(time_zone)).date()


def day_of(text: str) -> date:
    """Read a day as ``2026-11-23``.

    Raises
    ------
    UsageError
        When it is none.
    """
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        day = date.min
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        msg = f"--as-of {text}: write a day as 2026-11-23"
        raise UsageError(msg)
    return day
