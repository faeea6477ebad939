"""How a finding is worded: one sentence for each rule, with the worst offender and a count."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Mask = pd.Series | NDArray[np.bool_]

TOLERANCE = 1e-6
"""Slack of every rule and figure [unit, currency, line, order]."""
RELATIVE = 1e-9
"""Slack of a recomputed figure or gap, as a share: sums in another order differ by less."""
DOUBLE = 1e-12
"""Slack of a limit as a share of it: rounding error of a few operations."""
STEP_SHARE = 1e-3
"""Slack of a multiple as a share of the step: it stays far below a step, however fine."""
DECIMALS = 9
"""Figures are rounded to so many decimals, to remove the rounding error of sums."""
UNIT_DECIMALS = 6
"""Decimals to which values of rows are compared, where rows are sorted or named by them."""
ROW = "row {row} (order {order} line {line}, {item} from {site} by {service} on {ship_date})"
"""How a sentence names a shipment."""


def refuse(
    rows: pd.DataFrame, wrong: Mask, sentence: str, worst: str = "", **extra: pd.Series
) -> list[str]:
    """Word the rows that break one rule as at most one sentence.

    Parameters
    ----------
    rows
        All rows that the rule is about.
    wrong
        Which of them break it.
    sentence
        Text with the columns of ``rows`` and ``extra`` in braces.
    worst
        Column whose largest value marks the row to name; the first row without it.
    extra
        More columns, aligned with ``rows``.
    """
    if not wrong.any():
        return []
    offenders = rows.assign(**extra)[wrong]
    place = int(np.argmax(offenders[worst].to_numpy())) if worst else 0
    named = {str(name): text(value) for name, value in offenders.iloc[place].items()}
    others = len(offenders) - 1
    return [sentence.format_map(named) + (f" (and {others:,} more like it)" if others else "")]


def text(value: object) -> str:
    """Write a cell as a planner reads it: ISO dates, plain numbers, ``blank`` for nothing."""
    if value is None or value is pd.NaT or value == "" or value != value:
        return "blank"
    if isinstance(value, pd.Timestamp):
        return value.isoformat().removesuffix("T00:00:00")
    if isinstance(value, bool | np.bool_):
        return str(value).lower()
    if isinstance(value, float | np.floating):
        return f"{value:,.10g}"
    return str(value)


def exceeds(amount: pd.Series, limit: pd.Series) -> pd.Series:
    """Say where an amount is above its limit; a missing limit (NaN) is no limit."""
    return amount > limit + TOLERANCE + DOUBLE * limit.abs()


def in_steps(amount: pd.Series, step: pd.Series) -> pd.Series:
    """Say which amounts are multiples of their step, but for rounding error of their sums."""
    apart = (amount - (amount / step).round() * step).abs()
    return apart <= np.minimum(TOLERANCE, STEP_SHARE * step) + DOUBLE * amount.abs()


def differs(given: pd.Series, expected: pd.Series) -> NDArray[np.bool_]:
    """Say where two columns disagree: numbers beyond the tolerance, all else at all.

    Blanks agree with blanks only.
    """
    if expected.dtype.kind != "f":
        same = (given == expected) | (given.isna() & expected.isna())
        return ~same.fillna(value=False).to_numpy(dtype=bool)
    a, b = given.to_numpy(dtype=float), expected.to_numpy(dtype=float)
    same_number: NDArray[np.bool_] = np.isclose(a, b, RELATIVE, TOLERANCE, equal_nan=True)
    return ~same_number
