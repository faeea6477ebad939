"""Numbers as text that can be read in one way only."""

from __future__ import annotations

import re

GROUPED = re.compile(r"-?[1-9][0-9]{0,2}\.[0-9]{3}")
"""Decimals that might as well be thousands."""


def number_text(value: float, mark: str | None = None) -> str:
    """Write 5.0 as 5, NaN as a blank, and everything else with all its digits.

    Parameters
    ----------
    value
        The number.
    mark
        The decimal mark that the header of the scenario says. Where it says none, 1.125 is written
        as 1.1250, so that nobody takes it for a thousand and something.
    """
    if value != value:
        return ""
    if value.is_integer():
        return str(int(value))
    text = repr(float(value))
    if mark is None:
        return f"{text}0" if GROUPED.fullmatch(text) else text
    return text.replace(".", mark)
