"""What is missing of a line and what comes when, in numbers: ``18 of 54 on 2 December``."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from models.problem import Problem
from models.tolerances import UNIT_DECIMALS

Delivery = tuple[pd.Timestamp, float]
"""Day of arrival, and what arrives on it [ordered unit]."""


def deliveries_of(problem: Problem, shipped: pd.DataFrame, lines: pd.Index) -> pd.Series:
    """List what arrives of each line by day, as lists of :data:`Delivery` by line.

    Parameters
    ----------
    problem
        For its dates.
    shipped
        Shipments: ``line`` (position), ``arrival`` (day) and ``delivered`` [ordered unit].
    lines
        Positions of those asked for.
    """
    found: dict[int, list[Delivery]] = {int(line): [] for line in lines}
    mine = shipped[shipped["line"].isin(lines)]
    sums = mine.groupby(["line", "arrival"])["delivered"].sum().reset_index()
    dates = problem.dates(sums["arrival"])
    for line, date, units in zip(sums["line"], dates, sums["delivered"], strict=True):
        found[line].append((date, units))
    return pd.Series(found, dtype=object)


def what_is_missing(item: str, ordered: float, missing: float) -> str:
    """Write what of a line is not there when it was expected, of how many ordered."""
    return f"{amount(missing)} of {amount(ordered)} {item}"


def what_comes(ordered: float, deliveries: Iterable[Delivery]) -> str:
    """Write what arrives of a line on which day, of how many ordered."""
    return ", ".join(
        f"{amount(units)} of {amount(ordered)} on {date.day} {date.month_name()}"
        for date, units in deliveries
    )


def amount(units: float) -> str:
    """Write units with all their digits: 1,234.5."""
    return f"{round(units, UNIT_DECIMALS):,.15g}"
