"""The order in which the warehouse works."""

from __future__ import annotations

import pandas as pd
import pytest

from optimizer.answering.ranking import rank_shipments

PROMISED = ["promised_ship_date", "promised_arrival_date"]
KEYS = ["ship_date", "tier", "value", "order", "line", "site", "service", "item", *PROMISED]
FIRST = ("2026-11-23", 1, 50.0, "B", "2", "hub", "standard", "pump", "2026-11-20", "2026-11-21")
LEAST = ("2026-11-22", 0, 99.0, "A", "1", "a", "a", "a", "2026-11-18", "2026-11-19")
"""Better than ``FIRST`` in every key."""


def rows(*values: tuple[object, ...]) -> pd.DataFrame:
    dates = dict.fromkeys(["ship_date", *PROMISED], "datetime64[s]")
    return pd.DataFrame(values, columns=KEYS).astype(dates)


@pytest.mark.parametrize(
    ("column", "later"),
    [
        ("ship_date", "2026-11-24"),
        ("tier", 2),
        ("value", 49.0),
        ("order", "C"),
        ("line", "3"),
        ("site", "mill"),
        ("service", "truck"),
        ("item", "valve"),
        ("promised_ship_date", "2026-11-22"),
        ("promised_ship_date", None),
        ("promised_arrival_date", "2026-11-23"),
    ],
)
def test_each_key_decides_where_those_before_it_are_equal(column: str, later: object) -> None:
    place = KEYS.index(column)
    second = (*FIRST[:place], later, *LEAST[place + 1 :])
    work = rank_shipments(rows(second, FIRST))
    assert work["rank"].tolist() == [1, 2]
    assert work[KEYS].iloc[0].tolist() == rows(FIRST).iloc[0].tolist()


def test_noise_in_the_value_settles_no_rank() -> None:
    noisy = (*FIRST[:2], 50.0 + 1e-12, "C", *FIRST[4:])
    assert rank_shipments(rows(noisy, FIRST))["order"].tolist() == ["B", "C"]


def test_no_shipments_are_a_list_too() -> None:
    assert rank_shipments(rows()).columns[0] == "rank"
