"""A notice read as its customer reads it: every day and amount in its text, and what is left."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
}
NUMBER = r"\d[\d.,]*"
AMOUNT = re.compile(
    rf"^- ({NUMBER}) (?:of|von) ({NUMBER}) (.*?)(?: (?:on|am) (\d{{4}}-\d\d-\d\d))?$"
)


class ReadNotice(NamedTuple):
    """What a text says: units of how many of what, by when if they come, and other days."""

    missing: list[tuple[float, float, str]]
    coming: list[tuple[float, float, str, date]]
    days: list[date]
    rest: str
    """The text without all these."""


def read_notice(text: str, language: str, names: Iterable[str]) -> ReadNotice:
    """Read a text.

    Parameters
    ----------
    text, language
        As it was sent, and in which language.
    names
        Own words of the customer that may hold digits: the order, its reference, who they are.
    """
    for name in filter(None, names):
        text = text.replace(name, "NAME")
    text = _with_iso_days(text, language)
    missing, coming, rest = [], [], []
    for row in text.splitlines():
        found = AMOUNT.fullmatch(row)
        if not found:
            rest.append(row)
            continue
        some, whole = (_number(found[nth], language) for nth in (1, 2))
        if found[4]:
            coming.append((some, whole, found[3], date.fromisoformat(found[4])))
        else:
            missing.append((some, whole, found[3]))
    left = "\n".join(rest)
    days = [date.fromisoformat(day) for day in re.findall(r"\d{4}-\d\d-\d\d", left)]
    return ReadNotice(missing, coming, days, re.sub(r"\d{4}-\d\d-\d\d", "", left))


def _with_iso_days(text: str, language: str) -> str:
    """Write the days of a text as 2026-12-02."""
    months = MONTHS[language].split()
    words = "|".join(months)
    mark = r"\." if language == "de" else ""
    return re.sub(
        rf"\b(\d\d?){mark} ({words}) (\d{{4}})\b",
        lambda day: f"{day[3]}-{months.index(day[2]) + 1:02}-{int(day[1]):02}",
        text,
    )


def _number(text: str, language: str) -> float:
    """Read an amount as the language writes it."""
    groups, mark = (".", ",") if language == "de" else (",", ".")
    return float(text.replace(groups, "").replace(mark, "."))
