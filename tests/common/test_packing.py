"""Codes sort as their columns do, whatever the columns hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from optimizer.common.packing import row_keys

COLUMNS = {
    "days": [3, -2, 3, 3, -2, 10**6],
    "prices": [0.5, -1.25, 0.25, 0.5, -1.25, 1e9],
    "span": [0, 2**31, 5, 7, 2**31, 1],
    "wide": [2**40, 0, 2**40, -(2**40), 1, 2**41],
}


@pytest.mark.parametrize(
    "names", [["days"], ["prices", "days"], ["days", "wide", "prices", "days", "span", "span"]]
)
def test_codes_sort_as_the_rows_do(names: list[str]) -> None:
    code = row_keys(*(pd.Series(COLUMNS[name]) for name in names))
    rows = list(zip(*(COLUMNS[name] for name in names), strict=True))
    assert (code >= 0).all()
    for one, this in enumerate(rows):
        for two, that in enumerate(rows):
            assert np.sign(code[one] - code[two]) == (this > that) - (this < that)


def test_small_codes_of_large_numbers_do_not_overflow() -> None:
    days = pd.Series([2**31 - 1, -(2**31)], dtype="int32")
    assert row_keys(days).tolist() == [2**32 - 1, 0]


def test_nothing_packs_to_nothing() -> None:
    assert row_keys(pd.Series([], dtype="float64"), pd.Series([], dtype="int64")).shape == (0,)
