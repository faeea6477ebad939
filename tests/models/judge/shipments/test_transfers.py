"""Transfers: stock that moves between sites, and what it costs."""

from __future__ import annotations

import pandas as pd
import pytest

from models.judge import broken_rules, recompute
from tests.support.answers_as_text import Case, assert_limit, one_line, shipments_of, transfers_of

HEAD = "from_site,to_site,item,transit_days,cost_per_unit,units_per_day\n"
TABLES = {
    "lanes": "site,region,service,transit_days\n"
    "LYON,north,standard,1\nOSLO,north,standard,1\nROMA,north,standard,1",
    "stock": "site,item,on_hand\nOSLO,pump,10\nOSLO,valve,10",
    "transfers": HEAD + "OSLO,LYON,,1,0.5,\nLYON,OSLO,,1,0.5,\nOSLO,ROMA,,0,1,",
}
FROM_LYON = "SO1/1 {} pump LYON standard {}"
STOCK = {
    "from the day of arrival": Case(
        TABLES,
        FROM_LYON.format(4, 24),
        FROM_LYON.format(4, 23),
        "site LYON item pump: shipments and transfers up to 2026-11-23 exceed .* by 4",
        moves="4 pump OSLO LYON 23",
    ),
    "no more than came": Case(
        TABLES,
        FROM_LYON.format(4, 24),
        FROM_LYON.format(5, 24),
        "LYON item pump: .* up to 2026-11-24 exceed stock and receipts by 1",
        moves="4 pump OSLO LYON 23",
    ),
    "gone from where it was": Case(
        TABLES,
        "SO1/1 6 pump OSLO standard 23",
        "SO1/1 7 pump OSLO standard 23",
        "OSLO item pump: .* up to 2026-11-24 exceed stock and receipts by 1",
        moves="4 pump OSLO LYON 24",
    ),
    "the item that was moved": Case(
        TABLES | {"substitutes": "item,substitute\npump,valve"},
        "SO1/1 4 valve LYON standard 24",
        FROM_LYON.format(4, 24),
        "LYON item pump: .* by 4",
        moves="4 valve OSLO LYON 23",
    ),
    "on within the day without transit": Case(
        TABLES,
        "SO1/1 4 pump ROMA standard 23",
        "SO1/1 5 pump ROMA standard 23",
        "ROMA item pump: .* by 1",
        moves="4 pump OSLO ROMA 23",
    ),
    "there and back": Case(
        TABLES,
        "SO1/1 10 pump OSLO standard 25",
        "SO1/1 10 pump OSLO standard 24",
        "OSLO item pump: .* up to 2026-11-24 exceed stock and receipts by 4",
        moves="4 pump OSLO LYON 23, 4 pump LYON OSLO 24",
    ),
    "a receipt on its day": Case(
        TABLES | {"receipts": "site,item,date,quantity\nOSLO,pump,2026-11-24,3"},
        FROM_LYON.format(10, 25) + ", SO2/1 3 pump OSLO standard 24",
        FROM_LYON.format(10, 25) + ", SO2/1 3 pump OSLO standard 23",
        "OSLO item pump: .* up to 2026-11-23 exceed stock and receipts by 3",
        moves="10 pump OSLO LYON 23",
    ),
}
TWO_ORDERS = {
    "orders": "order,customer,requested\nSO1,ACME,2026-11-25\nSO2,ACME,2026-11-25",
    "lines": "order,line,item,quantity\nSO1,1,pump,10\nSO2,1,pump,10",
}


@pytest.mark.parametrize("name", STOCK)
def test_moved_stock_is_there_when_it_has_arrived(name: str) -> None:
    case = STOCK[name]
    assert_limit(case._replace(tables=case.tables | TWO_ORDERS))


WAYS: dict[str, tuple[str, str, str, dict[str, str]]] = {
    "a way": (
        "4 pump OSLO LYON 23",
        "4 pump OSLO BERN 23",
        r"transfer 1 \(pump from OSLO to BERN on 2026-11-23\): the scenario has no such way",
        {},
    ),
    "one way": ("4 pump OSLO ROMA 23", "4 pump ROMA OSLO 23", "no such way", {}),
    "a way of the item": (
        "4 pump OSLO LYON 23",
        "4 valve OSLO LYON 23",
        "no such way",
        {"transfers": HEAD + "OSLO,LYON,pump,1,,"},
    ),
    "in the horizon": (
        "4 pump OSLO LYON 27",
        "4 pump OSLO LYON 28",
        "the ship date is outside the horizon, 5 days from 2026-11-23",
        {},
    ),
    "not before it": ("4 pump OSLO LYON 23", "4 pump OSLO LYON 22", "outside the horizon", {}),
    "an open site to leave": (
        "4 pump OSLO LYON 24",
        "4 pump OSLO LYON 23",
        "site OSLO is closed that day",
        {"calendars": "of,id,closed\nsite,OSLO,2026-11-23\nsite,LYON,2026-11-24"},
    ),
    "an open site to go to": (
        "4 pump OSLO LYON 23",
        "4 pump OSLO ROMA 23",
        "both sites must be open, one is not",
        {"sites": "site,open\nLYON,true\nOSLO,true\nROMA,false"},
    ),
    "something": ("1 pump OSLO LYON 23", "0 pump OSLO LYON 23", "must be above 0", {}),
    "a number": ("1 pump OSLO LYON 23", "nan pump OSLO LYON 23", "blank must be above 0", {}),
    "whole units": ("2 pump OSLO LYON 23", "2.5 pump OSLO LYON 23", "2.5 must be whole", {}),
    "once": (
        "2 pump OSLO LYON 23, 2 pump OSLO LYON 24",
        "2 pump OSLO LYON 23, 2 pump OSLO LYON 23",
        "transfer 2 .*: repeats an earlier row",
        {},
    ),
    "units in a day": (
        "2 pump OSLO LYON 23, 2 valve OSLO LYON 23, 4 pump OSLO LYON 24",
        "2 pump OSLO LYON 23, 3 valve OSLO LYON 23, 4 pump OSLO LYON 24",
        "transfers from OSLO to LYON carry 5 on 2026-11-23, at most 4 may",
        {"transfers": HEAD + "OSLO,LYON,,1,,4"},
    ),
    "units in a day, of an item of its own": (
        "5 pump OSLO LYON 23, 2 valve OSLO LYON 23",
        "4 pump OSLO LYON 23, 3 valve OSLO LYON 23",
        "transfers from OSLO to LYON carry 3 on 2026-11-23, at most 2 may",
        {"transfers": HEAD + "OSLO,LYON,,1,,2\nOSLO,LYON,pump,1,,5"},
    ),
}
"""Transfers on both sides of a limit, the words of the finding, tables of its own."""


@pytest.mark.parametrize("name", WAYS)
def test_a_transfer_goes_by_a_way_of_the_scenario(name: str) -> None:
    allowed, refused, words, tables = WAYS[name]
    scenario = one_line(None, **(TABLES | tables))
    assert broken_rules(scenario, shipments_of(""), transfers_of(allowed)) == []
    findings = broken_rules(scenario, shipments_of(""), transfers_of(refused))
    assert len(findings) == 1, findings
    assert pd.Series(findings).str.contains(words).all(), findings


def test_packs_do_not_matter_and_divisible_items_move_in_fractions() -> None:
    items = "item,pack,divisible\npump,4,false\nvalve,4,true"
    scenario = one_line(None, **TABLES, items=items)
    moves = transfers_of("3 pump OSLO LYON 23, 2.5 valve OSLO LYON 23")
    assert broken_rules(scenario, shipments_of(""), moves) == []


def test_divisible_items_move_in_steps() -> None:
    items = "item,pack,divisible,step\nvalve,4,true,0.25"
    scenario = one_line(None, **TABLES, items=items)
    (finding,) = broken_rules(scenario, shipments_of(""), transfers_of("2.3 valve OSLO LYON 23"))
    assert "quantity 2.3 must be a multiple of 0.25, the step of valve" in finding


def test_an_arrival_is_after_the_transit_of_the_items_own_way() -> None:
    table = HEAD + "OSLO,LYON,,1,0.5,\nOSLO,LYON,pump,3,2,"
    scenario = one_line(None, **(TABLES | {"transfers": table}))
    moves = transfers_of("2 pump OSLO LYON 23, 2 valve OSLO LYON 23")
    arrivals = [pd.Timestamp("2026-11-26"), pd.Timestamp("2026-11-24")]
    assert broken_rules(scenario, shipments_of(""), moves.assign(arrival_date=arrivals)) == []
    findings = broken_rules(scenario, shipments_of(""), moves.assign(arrival_date=arrivals[::-1]))
    assert len(findings) == 1
    assert "arrival_date is 2026-11-24, must be 2026-11-26 (and 1 more like it)" in findings[0]
    assert recompute(scenario, shipments_of(""), moves).totals["cost"] == 2 * 2 + 2 * 0.5


def test_a_ship_date_of_a_transfer_has_no_time() -> None:
    moves = transfers_of("4 pump OSLO LYON 23")
    moves["ship_date"] += pd.Timedelta(hours=6)
    (finding,) = broken_rules(one_line(None, **TABLES), shipments_of(""), moves)
    assert "the ship date must be a day without a time" in finding


def test_transfers_cost_money_and_nothing_else() -> None:
    scenario = one_line(None, **TABLES, site_capacity="site,units\nOSLO,0\nLYON,4")
    figures = recompute(
        scenario, shipments_of(FROM_LYON.format(4, 24)), transfers_of("4 pump OSLO LYON 23")
    )
    assert (
        broken_rules(
            scenario, shipments_of(FROM_LYON.format(4, 24)), transfers_of("4 pump OSLO LYON 23")
        )
        == []
    )
    assert figures.totals["cost"] == 2
    assert figures.totals["kg_co2"] == 0
    assert figures.goals["value"] == 4 - 2


def test_a_transfer_that_cannot_leave_counts_nowhere() -> None:
    moves = transfers_of("4 pump ROMA LYON 23, 4 pump OSLO LYON 28")
    assert recompute(one_line(None, **TABLES), shipments_of(""), moves).totals["cost"] == 0


CIRCLE = HEAD + "OSLO,LYON,,0,,\nLYON,ROMA,,0,,\nROMA,LYON,,0,,\nROMA,OSLO,,1,,"


@pytest.mark.parametrize(
    ("moves", "circle"),
    [
        ("5 pump LYON ROMA 23, 5 pump ROMA LYON 23", True),
        ("1 pump OSLO LYON 23, 5 pump LYON ROMA 23, 5 pump ROMA LYON 23", False),
        ("1 valve OSLO LYON 23, 5 pump LYON ROMA 23, 5 pump ROMA LYON 23", True),
        ("1 pump OSLO LYON 24, 5 pump LYON ROMA 23, 5 pump ROMA LYON 23", True),
        ("1 pump OSLO LYON 23, 5 pump LYON ROMA 24, 5 pump ROMA LYON 24", False),
        ("1 pump OSLO LYON 23, 1 pump LYON ROMA 23, 1 pump ROMA OSLO 23", False),
    ],
)
def test_no_circle_within_a_day_begins_with_nothing(moves: str, *, circle: bool) -> None:
    scenario = one_line(None, **(TABLES | {"transfers": CIRCLE}))
    findings = broken_rules(scenario, shipments_of(""), transfers_of(moves))
    assert ["goes round in a circle" in finding for finding in findings] == [True] * circle


def test_a_circle_creates_no_stock() -> None:
    scenario = one_line(None, **(TABLES | {"transfers": CIRCLE}))
    moves = transfers_of("5 pump LYON ROMA 23, 5 pump ROMA LYON 23")
    findings = broken_rules(scenario, shipments_of(FROM_LYON.format(1, 23)), moves)
    assert any("LYON item pump: " in finding for finding in findings)
