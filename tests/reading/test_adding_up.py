"""Stock and receipts in several rows are one supply: added up, counted and named; nothing else."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from models.tables import TABLES
from optimizer import plan, read_scenario
from optimizer.scenario.scenario_writer import Tables, write_scenario
from tests.support.scenario_folders import BASE, TWO_SITES, Row, the_fault, write_folder
from tests.support.sql_folders import folder_with

LOCATIONS = "site,item,on_hand\nS1,A,12\nS1,B,1\nS1,A,20\nS1,A,0\n"
"""A plant and item on three storage locations."""
TOLD = "2 rows of stock are like earlier ones but for on_hand, and are added to them, "


def receipt(**cells: str) -> Row:
    """Return the good receipt with some cells changed."""
    return {**BASE["receipts"], **cells}


def units(frame: pd.DataFrame, column: str) -> list[float]:
    return [float(amount) for amount in frame[column]]


def test_stock_on_several_storage_locations_is_added_up(tmp_path: Path) -> None:
    scenario = read_scenario(write_folder(tmp_path, stock=LOCATIONS))
    assert scenario["stock"].to_numpy().tolist() == [["S1", "A", 32], ["S1", "B", 1]]
    assert scenario["stock"].index.equals(pd.RangeIndex(2))
    assert scenario.warnings == (f"{TOLD}stock.csv:4 first.",)


def test_all_of_it_is_planned_with(tmp_path: Path) -> None:
    """As in a case of SAP's MARD: 12 and 20 and nothing at one plant, 30 wanted."""
    lines = [{**BASE["lines"], "quantity": "30", "complete": "false"}]
    folder = write_folder(
        tmp_path, stock=LOCATIONS, lines=lines, items=None, receipts=None, lane_capacity=None
    )
    assert plan(read_scenario(folder)).solution.lines["delivered"].tolist() == [30]


def test_receipts_that_differ_in_anything_else_stay_apart(tmp_path: Path) -> None:
    others = {"date": "2026-11-25", "kind": "production", "confidence": "0.5", "item": "B"}
    rows = [receipt(), *(receipt(**{column: other}) for column, other in others.items())]
    scenario = read_scenario(write_folder(tmp_path, receipts=[*rows, receipt(quantity="4")]))
    assert units(scenario["receipts"], "quantity") == [7, 3, 3, 3, 3]
    assert scenario.warnings == (
        "1 row of receipts is like an earlier one but for quantity, and is added to it: "
        "receipts.csv:7.",
    )


def test_a_blank_is_like_what_it_stands_for(tmp_path: Path) -> None:
    rows = [receipt(confidence="1"), receipt(confidence="", kind="")]
    assert len(read_scenario(write_folder(tmp_path, receipts=rows))["receipts"]) == 1


def test_sums_have_no_dust_and_no_order(tmp_path: Path) -> None:
    items = [{**BASE["items"], "divisible": "true"}]
    for nth, amounts in enumerate([("0.1", "0.2", "0.7"), ("0.7", "0.2", "0.1")]):
        stock = [{**BASE["stock"], "on_hand": amount} for amount in amounts]
        folder = write_folder(tmp_path / str(nth), stock=stock, items=items)
        assert units(read_scenario(folder)["stock"], "on_hand") == [1.0]


@pytest.mark.parametrize("tables", ["parquet", "csv", "xlsx"])
def test_what_is_written_is_the_sum_and_is_read_back_without_a_note(
    tables: Tables, tmp_path: Path
) -> None:
    scenario = read_scenario(write_folder(tmp_path / "given", stock=LOCATIONS))
    write_scenario(scenario, tmp_path / "written", tables)
    again = read_scenario(tmp_path / "written")
    assert units(again["stock"], "on_hand") == [32, 1]
    assert again.warnings == ()


def test_rows_of_a_database_are_named_by_record(tmp_path: Path) -> None:
    rows = "insert into stock values ('S1', 'A', 12), ('S1', 'A', 20), ('S1', 'A', 0)"
    create = "create table stock (site, item, on_hand)"
    scenario = read_scenario(folder_with(tmp_path, create, rows, stock="sql:stock"))
    assert units(scenario["stock"], "on_hand") == [32]
    assert scenario.warnings == (f"{TOLD}sql:stock:2 first.",)


def test_a_sum_is_no_more_than_a_row_may_be(tmp_path: Path) -> None:
    stock = [{**BASE["stock"], "on_hand": "400000000"}] * 4
    assert the_fault(write_folder(tmp_path, stock=stock)) == (
        "stock.csv:4:on_hand: the rows like this one, of item 'A', add up to 1,200,000,000 up to"
        " here -> count in a larger unit: the sum is at most 1,000,000,000"
    )


def test_a_fault_in_one_of_the_rows_is_told_of_that_row_alone(tmp_path: Path) -> None:
    stock = "site,item,on_hand\nS1,A,12\nS1,A,2.5\nS1,A,3\n"
    said = the_fault(write_folder(tmp_path, stock=stock, sites=TWO_SITES))
    assert said.startswith("stock.csv:3:on_hand: on_hand 2.5 is not whole")


def test_only_supply_is_added_up() -> None:
    assert [name for name, table in TABLES.items() if table.adds_up] == ["stock", "receipts"]
    others = set(TABLES["stock"].columns) - {"on_hand"}
    assert others == set(TABLES["stock"].key), "a key never stands for rows that differ"
