"""What the values of a header may be: numbers, days, names, and the base of all its parts.

A number written as an identifier stays the text that was written.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, LiteralString
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

LARGEST = 1e9
"""Largest magnitude that any number of a scenario may have; beyond it solvers lose rows."""

NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
"""A number as it may be written: digits with a decimal point, no separators."""
FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Years that any date of a scenario may have."""


NOT_A_NUMBER: LiteralString = "plain_number"
NOT_A_DAY: LiteralString = "calendar_day"
"""Error types of pydantic for texts that are no number or date."""


def _plain_number(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(NUMBER, value):
        raise PydanticCustomError(NOT_A_NUMBER, "not a number in plain digits")
    return value


def _calendar_day(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise PydanticCustomError(NOT_A_DAY, "not a date as 2026-11-23")
    return value


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        msg = f"{name!r} is no time zone; write one as Europe/Berlin"
        raise ValueError(msg) from error
    return name


Written = BeforeValidator(_plain_number)
"""Text becomes a number only where it is one: no underscores, blanks, infinities."""
Day = Annotated[
    date,
    Field(ge=date(FIRST_YEAR, 1, 1), le=date(LAST_YEAR, 12, 31)),
    BeforeValidator(_calendar_day),
]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.-]*$", max_length=64)]
Identifier = Annotated[
    str,
    Field(pattern=r"^\S([^\x00-\x1f\x7f-\x9f\u2028\u2029]*\S)?$", max_length=128),
]
OneLine = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$")]
TimeZone = Annotated[OneLine, AfterValidator(_known_zone)]
"""Name of a time zone, as Europe/Berlin."""
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False), Written]
Money = Annotated[float, Field(ge=0, le=LARGEST, allow_inf_nan=False), Written]
Count = Annotated[int, Field(ge=0, le=LARGEST), Written]
Window = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]|24):[0-5]\d$")]


class Header(BaseModel):
    """Base of all parts of the header: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def minutes(window: str) -> tuple[int, int]:
    """Turn ``07:00-12:00`` into minutes since midnight, opening and closing."""
    opens, closes = ((int(t[:2]) * 60 + int(t[3:])) for t in window.split("-"))
    return opens, closes
