"""Codes for names, days for dates, and rows of one table looked up in another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.scenario import Scenario

NEVER = 10**6
"""A day that no arrival reaches."""


@dataclass(frozen=True, eq=False)
class Names:
    """Names by code, each sorted; a code is a position."""

    sites: np.ndarray
    services: np.ndarray
    items: np.ndarray
    regions: np.ndarray
    segments: np.ndarray
    """In the order of the header."""


def names_of(scenario: Scenario) -> Names:
    """List all names of a scenario."""
    lanes, lines, stock, receipts = (
        scenario[table] for table in ("lanes", "lines", "stock", "receipts")
    )
    return Names(
        sites=_sorted(scenario["sites"]["site"]),
        services=np.array(sorted(scenario.settings.services), dtype=object),
        items=_sorted(lines["item"], stock["item"], receipts["item"]),
        regions=_sorted(scenario["customers"]["region"], lanes["region"]),
        segments=np.array(list(scenario.settings.segments), dtype=object),
    )


def _sorted(*columns: pd.Series) -> np.ndarray:
    return np.array(sorted(set().union(*(column.unique() for column in columns))), dtype=object)


def code(names: np.ndarray, values: pd.Series) -> np.ndarray:
    """Position of each value in ``names``, shape (values,); -1 where it is not there."""
    row, distinct = pd.factorize(values)
    place = pd.Index(names, dtype=object).get_indexer(pd.Index(distinct, dtype=object))
    return np.append(place, -1)[row]


def day_of(scenario: Scenario, dates: pd.Series, blank: int) -> np.ndarray:
    """Day of each date, counted from the start of the horizon; ``blank`` where there is no date."""
    start = np.datetime64(scenario.settings.horizon.start, "D")
    days = dates.to_numpy(dtype="datetime64[D]")
    offset = np.where(np.isnat(days), blank, (days - start).astype("int64"))
    return np.clip(offset, -NEVER, NEVER)


def rows_of(table: pd.DataFrame, keys: list[str], sought: pd.DataFrame) -> np.ndarray:
    """Row of ``table`` with the same keys as each row of ``sought``; -1 where there is none.

    Keys of ``table`` must be unique.
    """
    known = pd.MultiIndex.from_frame(table[keys])
    rows: np.ndarray = known.get_indexer(pd.MultiIndex.from_frame(sought[keys]))
    return rows
