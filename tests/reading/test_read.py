"""Scenarios that are accepted, and how blanks and defaults are completed."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models.settings import Measure, Policy
from models.tables import TABLES
from optimizer.reading import read_scenario
from tests.support.scenario_folders import BASE, HEADER, as_csv, every_table, write_folder

NAMES = ["1E5", "00123", "NA", "null", "nan", "true", "=1+1", "-", "a b", 'Grün, 5"', "1.0", "0x1"]


def test_a_good_folder_is_typed_as_the_tables_say(tmp_path: Path) -> None:
    scenario = read_scenario(write_folder(tmp_path, **every_table()))
    assert scenario.warnings == ()
    assert scenario.settings.segments["gold"].services == ("express", "standard")
    assert scenario["lines"].to_dict("records") == [
        {
            "order": "O1",
            "line": "1",
            "item": "A",
            "quantity": 10.0,
            "unit_value": 2.5,
            "min_fill": 0.5,
            "complete": True,
        }
    ]
    assert scenario["orders"].loc[0, "cancel"] == pd.Timestamp("2026-12-10")
    assert scenario["calendars"].loc[0, "weekdays"] == "mon tue wed thu fri"


def test_the_yaml_file_may_be_named_itself(tmp_path: Path) -> None:
    folder = write_folder(tmp_path)
    (folder / "scenario.yaml").rename(folder / "peak.yml")
    assert read_scenario(str(folder / "peak.yml")).settings.name == "small"


def test_blanks_and_missing_columns_hold_their_defaults(tmp_path: Path) -> None:
    blank = {c: "" for c, spec in TABLES["orders"].columns.items() if not spec.required}
    scenario = read_scenario(
        write_folder(
            tmp_path,
            orders=as_csv([{**BASE["orders"], **blank}]),
            lines="order,line,item,quantity\nO1,1,A,4\n",
        )
    )
    order, line = scenario["orders"].loc[0], scenario["lines"].loc[0]
    assert order["ordered"] == pd.Timestamp("2026-11-23")
    assert pd.isna(order["cancel"])
    assert pd.isna(order["earliest"])
    assert not order["ship_complete"]
    assert pd.isna(order["max_shipments"])
    assert order["service"] == ""
    assert (line["unit_value"], line["min_fill"], line["complete"]) == (1.0, 0.0, False)
    assert scenario["receipts"].empty
    assert scenario["sites"].to_dict("list")["site"] == ["S1"]
    assert scenario["sites"]["open"].tolist() == [True]


@pytest.mark.parametrize("sites", [None, "site,open\n"])
def test_sites_that_are_not_listed_are_those_of_the_lanes(
    sites: str | None, tmp_path: Path
) -> None:
    lanes = [{**BASE["lanes"], "site": site} for site in ("S9", "S1")]
    scenario = read_scenario(write_folder(tmp_path, lanes=as_csv(lanes), sites=sites))
    assert scenario["sites"]["site"].tolist() == ["S1", "S9"]
    assert scenario["sites"]["fixed_cost_per_day"].tolist() == [0.0, 0.0]


def test_ids_stay_the_text_that_was_written(tmp_path: Path) -> None:
    lines = [{**BASE["lines"], "line": name, "item": name} for name in NAMES]
    scenario = read_scenario(write_folder(tmp_path, lines=as_csv(lines)))
    assert scenario["lines"]["line"].tolist() == NAMES
    assert scenario["lines"]["item"].tolist() == NAMES


def test_ids_of_the_header_stay_the_text_that_was_written(tmp_path: Path) -> None:
    header = HEADER.replace("gold:", "00123:").replace("express", "1E5").replace("core:", "true:")
    customers = as_csv([{**BASE["customers"], "segment": "00123"}])
    scenario = read_scenario(write_folder(tmp_path, header, customers=customers))
    assert list(scenario.settings.segments) == ["00123", "true"]
    assert scenario.settings.segments["00123"].services == ("1E5", "standard")


def test_byte_order_mark_line_ends_blank_lines_and_quoted_breaks_are_fine(tmp_path: Path) -> None:
    text = '\ufeffsite,item,on_hand\r\n\r\nS1,"a\nb",1\r\n,,\r\n"S1","say ""c""",2\r\n\r\n'
    stock = read_scenario(write_folder(tmp_path, stock=text))["stock"]
    assert stock["item"].tolist() == ["a\nb", 'say "c"']
    assert stock["on_hand"].tolist() == [1.0, 2.0]
    assert stock.index.tolist() == [0, 1]


@pytest.mark.parametrize("flag", ["true", "TRUE", "True"])
def test_true_may_be_written_in_any_case(flag: str, tmp_path: Path) -> None:
    orders = as_csv([{**BASE["orders"], "ship_complete": flag}])
    assert read_scenario(write_folder(tmp_path, orders=orders))["orders"]["ship_complete"].all()


@pytest.mark.parametrize(
    ("text", "number"), [("7", 7), ("7.0", 7), ("+7", 7), ("7e0", 7), ("-0", 0), (".7e1", 7)]
)
def test_numbers_may_be_written_in_several_ways(text: str, number: int, tmp_path: Path) -> None:
    stock = read_scenario(write_folder(tmp_path, stock=f"site,item,on_hand\nS1,A,{text}\n"))[
        "stock"
    ]
    assert str(stock["on_hand"].iloc[0]) == str(float(number))


def test_fractions_of_a_divisible_item_are_fine(tmp_path: Path) -> None:
    items = as_csv([{**BASE["items"], "divisible": "true"}])
    folder = write_folder(tmp_path, items=items, stock="site,item,on_hand\nS1,A,2.5\n")
    assert read_scenario(folder)["stock"]["on_hand"].tolist() == [2.5]


def test_parquet_may_hold_native_types(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, orders=None, lines=None)
    orders = {
        "order": pa.array([123, 124]),
        "customer": pa.array(["C1", "C1"]).dictionary_encode(),
        "requested": pa.array([datetime(2026, 11, 25), datetime(2026, 11, 26)]),
        "ordered": pa.array([date(2026, 11, 20), None]),
        "cancel": pa.array(["2026-12-01", None], pa.large_string()),
        "ship_complete": pa.array([True, None]),
        "max_shipments": pa.array([3, None]),
        "earliest": pa.nulls(2),
    }
    lines = {
        "order": pa.array([123.0, 124.0]),
        "line": pa.array([1, 1], pa.int8()),
        "item": pa.array(["A", "B"]),
        "quantity": pa.array([5, 6], pa.uint16()),
        "unit_value": pa.array([2.5, None], pa.float32()),
    }
    pq.write_table(pa.table(orders), folder / "orders.parquet")
    pq.write_table(pa.table(lines), folder / "lines.parquet")
    scenario = read_scenario(folder)
    assert scenario["orders"]["order"].tolist() == ["123", "124"]
    assert scenario["orders"]["requested"].dt.day.tolist() == [25, 26]
    assert scenario["orders"]["ordered"].dt.day.tolist() == [20, 23]
    assert scenario["orders"]["cancel"].isna().tolist() == [False, True]
    assert scenario["orders"]["ship_complete"].tolist() == [True, False]
    assert scenario["orders"]["max_shipments"].fillna(0).tolist() == [3.0, 0.0]
    assert scenario["lines"]["order"].tolist() == ["123", "124"]
    assert scenario["lines"]["unit_value"].tolist() == [2.5, 1.0]


def test_a_parquet_time_of_another_zone_is_the_day_on_its_clock(tmp_path: Path) -> None:
    zone = pa.timestamp("s", "Asia/Tokyo")
    moment = pa.array([datetime(2026, 11, 23, 15)]).cast(pa.timestamp("s")).cast(zone)
    columns = {"site": ["S1"], "item": ["A"], "date": moment, "quantity": [1]}
    folder = write_folder(tmp_path)
    pq.write_table(pa.table(columns), folder / "receipts.parquet")
    assert read_scenario(folder)["receipts"]["date"].tolist() == [pd.Timestamp("2026-11-24")]


def test_a_workbook_is_read_as_a_planner_fills_it_in(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, stock=None)
    book = openpyxl.Workbook()
    stock = book.worksheets[0]
    stock.title = "stock"
    stock["B3"], stock["C3"], stock["D3"] = "site", "item", "on_hand"
    book.save(folder / "book.xlsx")
    receipts = book.create_sheet("receipts")
    for row in (
        ["site", "item", "date", "quantity", None],
        ["S1", 123, date(2026, 11, 24), 5],
        [],
        ["S1", "00123", datetime(2026, 11, 25), 6.0],
        ["S1", "=1+1", "2026-11-26", "7"],
    ):
        receipts.append(row)
    receipts["B5"].data_type = "s"
    del book["stock"]
    stock = book.create_sheet("stock")
    stock["A3"], stock["B3"], stock["C3"] = "site", "item", "on_hand"
    stock["A5"], stock["B5"], stock["C5"] = "S1", "A", 7
    book.save(folder / "book.xlsx")
    scenario = read_scenario(folder)
    assert scenario["stock"].to_dict("records") == [{"site": "S1", "item": "A", "on_hand": 7.0}]
    assert scenario["receipts"]["item"].tolist() == ["123", "00123", "=1+1"]
    assert scenario["receipts"]["date"].dt.day.tolist() == [24, 25, 26]
    assert scenario["receipts"]["quantity"].tolist() == [5.0, 6.0, 7.0]


def test_overrides_replace_values_of_the_header(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, HEADER.replace("core:", "eu.core:"))
    settings = read_scenario(
        folder,
        [
            "horizon.days=7",
            "segments.gold.target.level=0.95",
            "segments.gold.services=[standard]",
            "segments.eu.core.floor=0.5",
            "segments.gold.max_days_late=~",
            "policy=fcfs",
            "horizon.days=8",
        ],
    ).settings
    assert settings.horizon.days == 8
    assert settings.segments["gold"].services == ("standard",)
    assert settings.segments["gold"].target is not None
    assert settings.segments["gold"].target.level == 0.95
    assert settings.segments["eu.core"].floor == 0.5
    assert settings.segments["gold"].max_days_late is None
    assert settings.policy is Policy.FCFS


def test_a_child_is_laid_over_its_parent(tmp_path: Path) -> None:
    write_folder(tmp_path / "base", receipts=as_csv([BASE["receipts"]]))
    child = tmp_path / "children" / "peak"
    child.mkdir(parents=True)
    (child / "scenario.yaml").write_text(
        "extends: ../../base\nname: peak\nhorizon: {days: 3}\n"
        "segments:\n  gold: {target: {level: 0.99}, services: [standard]}\n"
    )
    (child / "stock.csv").write_text("site,item,on_hand\nS1,A,99\n")
    scenario = read_scenario(child)
    gold = scenario.settings.segments["gold"]
    assert scenario.settings.name == "peak"
    assert scenario.settings.title == "A small good scenario"
    assert (scenario.settings.horizon.days, scenario.settings.horizon.start.day) == (3, 23)
    assert gold.target is not None
    assert (gold.target.measure, gold.target.level) == (Measure.UNIT_OTIF, 0.99)
    assert gold.services == ("standard",)
    assert list(scenario.settings.segments) == ["gold", "core"]
    assert scenario["stock"]["on_hand"].tolist() == [99.0]
    assert scenario["receipts"]["quantity"].tolist() == [3.0]


def test_a_child_may_lie_beside_its_parent(tmp_path: Path) -> None:
    folder = write_folder(tmp_path)
    (folder / "peak.csv").write_text("site,item,on_hand\nS1,A,99\n")
    (folder / "peak.yaml").write_text(
        "extends: scenario.yaml\nname: peak\ntables: {stock: peak.csv}\n"
    )
    (folder / "peaker.yaml").write_text("extends: peak.yaml\nsegments: {gold: {target: ~}}\n")
    scenario = read_scenario(folder / "peaker.yaml")
    assert scenario["stock"]["on_hand"].tolist() == [99.0]
    assert scenario.settings.segments["gold"].target is None
    assert read_scenario(folder / "peak.yaml")["stock"].equals(scenario["stock"])


def test_aliases_are_fine(tmp_path: Path) -> None:
    header = HEADER.replace("[express, standard]", "&all [express, standard]")
    header = header.replace("services: [standard]", "services: *all")
    segments = read_scenario(write_folder(tmp_path, header)).settings.segments
    assert segments["core"].services == segments["gold"].services == ("express", "standard")
