"""Rows that are alike but for their units are one supply, and are added up."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from models.tables import TABLES
from models.tolerances import UNIT_DECIMALS
from optimizer.reading.raw_table import RawTable


def add_up(
    frames: Mapping[str, pd.DataFrame], raws: Mapping[str, RawTable]
) -> tuple[dict[str, pd.DataFrame], tuple[str, ...]]:
    """Add up the rows that are alike but for their units, in the tables where that is allowed.

    Parameters
    ----------
    frames
        The typed tables, without faults.
    raws
        The tables as they were read, row by row as in ``frames``.

    Returns
    -------
    frames
        All tables; a row that is added to an earlier one is not in them any more.
    notes
        A sentence for each table with such rows: how many, and where the first one is.
    """
    summed, notes = dict(frames), []
    for name, raw in raws.items():
        units = TABLES[name].adds_up
        alike = like_earlier(name, frames[name]) if units else None
        if alike is None or not alike.any():
            continue
        frame = frames[name]
        sums = frame.groupby(_others(name), sort=False)[units].transform("sum").round(UNIT_DECIMALS)
        summed[name] = frame.assign(**{units: sums})[~alike].reset_index(drop=True)
        first = f"{raw.file}:{raw.lines()[alike.argmax()]}"
        notes.append(_note(name, units, int(alike.sum()), first))
    return summed, tuple(notes)


def like_earlier(name: str, frame: pd.DataFrame) -> pd.Series:
    """Tell which rows of a table are like an earlier one but for their units, shape (rows,)."""
    return frame.duplicated(_others(name))


def sums_so_far(name: str, frame: pd.DataFrame) -> pd.Series:
    """Add up the units of each row and of the earlier ones like it, shape (rows,)."""
    return frame.groupby(_others(name), sort=False)[TABLES[name].adds_up].cumsum()


def _others(name: str) -> list[str]:
    """Name the columns of a table but for its units."""
    return [column for column in TABLES[name].columns if column != TABLES[name].adds_up]


def _note(name: str, units: str, count: int, first: str) -> str:
    if count == 1:
        return (
            f"1 row of {name} is like an earlier one but for {units}, and is added to it: {first}."
        )
    return (
        f"{count:,} rows of {name} are like earlier ones but for {units}, and are added to them, "
        f"{first} first."
    )
