"""Only what may be a misspelling is suggested."""

from __future__ import annotations

import pytest

from models.tables import TABLES
from optimizer.reading.faults import closest

COLUMNS = sorted({column for table in TABLES.values() for column in table.columns})


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("Order", "order"),
        ("ordr", "order"),
        ("oder", "order"),
        ("orders", "order"),
        ("glod", "gold"),
        ("Custmer", "customer"),
        ("costumer", "customer"),
        ("requestd", "requested"),
        ("request", "requested"),
        ("quantitiy", "quantity"),
        ("Quantiy", "quantity"),
        ("unitvalue", "unit_value"),
        ("Unit Value", "unit_value"),
        ("onhand", "on_hand"),
        ("cancle", "cancel"),
        ("canel", "cancel"),
        ("earlist", "earliest"),
        ("transit_day", "transit_days"),
        ("cost_per_units", "cost_per_unit"),
        ("serivce", "service"),
        ("reigon", "region"),
        ("itme", "item"),
        ("sit", "site"),
        ("dat", "date"),
        ("segmnet", "segment"),
        ("confidense", "confidence"),
    ],
)
def test_near_misses_are_suggested(word: str, meant: str) -> None:
    assert closest(word, [*COLUMNS, "gold"]) == meant


@pytest.mark.parametrize(
    "word",
    [
        "ERZET",
        "ERDAT",
        "VBELN",
        "POSNR",
        "MATNR",
        "KUNNR",
        "NETWR",
        "WAERS",
        "VKORG",
        "LIFSK",
        "VDATU",
        "WERKS",
        "LGORT",
        "Menge",
        "Auftrag",
        "Kunde",
        "Lieferdatum",
        "price",
        "sku",
        "qty",
        "warehouse",
        "material",
        "currency",
        "name",
        "city",
        "mode",
        "status",
        "description",
    ],
)
def test_other_words_are_not(word: str) -> None:
    assert closest(word, COLUMNS) is None
