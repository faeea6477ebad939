"""What lines miss: units that are short, and units that come late."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

KINDS = SHORT, LATE = "short", "late"
"""What happens to units that are missing: not delivered at all, or delivered late."""


def main_units(shortages: pd.DataFrame, line: Sequence[str] = ("order", "line")) -> pd.DataFrame:
    """Keep the units that the reason of a line is about: the short ones of lines that have any.

    Parameters
    ----------
    shortages
        The columns of :data:`models.solution.SHORTAGES`; runs written before there was a ``kind``
        have it blank, and the units of one kind alone.
    line
        Columns that name a line.
    """
    is_short = shortages["kind"] == SHORT
    names = pd.MultiIndex.from_frame(shortages[list(line)])
    return shortages[is_short | ~names.isin(names[is_short])]
