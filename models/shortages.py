"""What lines miss: units that are short, and units that come late."""

from __future__ import annotations

import pandas as pd

KINDS = SHORT, LATE = "short", "late"
"""What happens to units that are missing: not delivered at all, or delivered late."""


def main_units(shortages: pd.DataFrame) -> pd.DataFrame:
    """Keep the units that the reason of a line is about: the short ones of lines that have any.

    Parameters
    ----------
    shortages
        The columns of :data:`models.solution.SHORTAGES`; runs written before there was a ``kind``
        have it blank, and the units of one kind alone.
    """
    keys = ["order", "line"]
    is_short = shortages["kind"] == SHORT
    names = pd.MultiIndex.from_frame(shortages[keys])
    return shortages[is_short | ~names.isin(names[is_short])]
