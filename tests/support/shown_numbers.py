"""Numbers in what people are shown, and whether the files of a run folder have them."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

SHOWN = re.compile(r"(?<![\w.,/-])[+-]?\d[\d,]*(?:\.\d+)?(?: ?%)?(?![\w/-]|\.\d)")
"""A number that is no part of a name, a date or a path."""

IN_NUMBERS = ("what", "offer")
"""Columns of notices that say amounts and days in words."""


class Known:
    """All numbers that stand in the files of a run folder."""

    def __init__(self, folder: Path) -> None:
        self.values = sorted({abs(value) for value in _values(folder)})

    def has(self, shown: str) -> bool:
        """Whether some file has a number that is shown like this, rounded or in per cent."""
        digits = shown.replace(",", "").lstrip("+-").rstrip(" %")
        scale = 0.01 if shown.endswith("%") else 1.0
        decimals = len(digits.partition(".")[2])
        value, half = float(digits) * scale, 0.5001 * 10.0**-decimals * scale
        most = value + half * (2.0 if shown.endswith("%") else 1.0)  # shares are rounded down
        place = bisect_left(self.values, value - half)
        return place < len(self.values) and self.values[place] <= most


def shown_in(text: str) -> list[str]:
    """List the numbers that a text shows."""
    return [found.group() for found in SHOWN.finditer(text)]


def _values(folder: Path) -> Iterator[float]:
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".json":
            yield from _in(json.loads(path.read_text()))
        elif path.suffix in (".csv", ".parquet"):
            frame = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
            for name in frame.columns:
                cells = frame[name].dropna().unique().tolist()
                yield from (float(cell) for cell in cells if _is_number(cell))
                if name in IN_NUMBERS:
                    yield from (float(n.replace(",", "")) for cell in cells for n in shown_in(cell))
        elif path.suffix == ".yaml":
            yield from (float(found) for found in re.findall(r"\d+(?:\.\d+)?", path.read_text()))


def _is_number(cell: object) -> bool:
    if isinstance(cell, str):
        return bool(re.fullmatch(r"\d+(?:\.\d+)?", cell))
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def _in(content: object) -> Iterator[float]:
    """Numbers of JSON; those in its sentences do not count."""
    if isinstance(content, dict):
        for each in content.values():
            yield from _in(each)
    elif isinstance(content, list):
        for each in content:
            yield from _in(each)
    elif isinstance(content, int | float) and not isinstance(content, bool):
        yield float(content)
