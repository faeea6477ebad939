"""Demand is held to the step of a divisible item; supply, limits and means are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.reading import read_scenario
from tests.support.scenario_folders import BASE, TWO_SITES, Row, the_fault, write_folder

REMEDY = " -> write a multiple, or give the item a smaller step in the table items"


def folder_with(path: Path, step: str, table: str, **cells: str) -> Path:
    """Write the good scenario with a divisible item and one changed row of a table."""
    item: Row = {**BASE["items"], "pack": "1", "divisible": "true", "step": step}
    items = [{**item, **cells}] if table == "items" else [item]
    rows = {} if table == "items" else {table: [{**BASE[table], **cells}]}
    return write_folder(path, **({"sites": TWO_SITES, "items": items} | rows))


@pytest.mark.parametrize(
    ("step", "table", "column", "value", "shown"),
    [
        ("0.001", "lines", "quantity", "12.3456", "12.3456 is no multiple of 0.001"),
        ("", "lines", "quantity", "2.0005", "2.0005 is no multiple of 0.001"),
        ("0.25", "lines", "quantity", "12.3", "12.3 is no multiple of 0.25"),
        ("5", "lines", "quantity", "12", "12 is no multiple of 5"),
        ("0.5", "items", "pack", "1.25", "1.25 is no multiple of 0.5"),
        ("0.5", "commitments", "quantity", "1.2", "1.2 is no multiple of 0.5"),
    ],
)
def test_demand_off_the_step_is_refused(
    step: str, table: str, column: str, value: str, shown: str, tmp_path: Path
) -> None:
    fault = the_fault(folder_with(tmp_path, step, table, **{column: value}))
    assert fault == f"{table}.csv:2:{column}: {column} {shown}, the step of item 'A'{REMEDY}"


@pytest.mark.parametrize(("value", "shown"), [("1.2", "1.2"), ("0.75", "0.75")])
def test_a_cap_off_the_step_is_refused(value: str, shown: str, tmp_path: Path) -> None:
    fault = the_fault(folder_with(tmp_path, "0.5", "overrides", action="quantity", value=value))
    said = f"value {shown} is no multiple of 0.5, the step of item 'A'"
    assert fault == f"overrides.csv:2:value: {said}{REMEDY}"


@pytest.mark.parametrize(
    ("step", "table", "column", "value"),
    [
        ("0.001", "lines", "quantity", "12.34"),
        ("0.1", "lines", "quantity", "0.3"),
        ("0.1", "lines", "quantity", "1000000.7"),
        ("0.00001", "lines", "quantity", "12.34567"),
        ("0.001", "stock", "on_hand", "12.3456"),
        ("0.25", "receipts", "quantity", "12.3456"),
        ("0.25", "quotas", "at_most", "12.3456"),
        ("0.25", "site_capacity", "units", "12.3456"),
    ],
)
def test_what_is_on_the_step_or_need_not_be_is_read(
    step: str, table: str, column: str, value: str, tmp_path: Path
) -> None:
    frame = read_scenario(folder_with(tmp_path, step, table, **{column: value}))[table]
    assert frame[column].tolist() == [float(value)]


def test_a_step_below_the_finest_is_refused(tmp_path: Path) -> None:
    fault = the_fault(folder_with(tmp_path, "0.000001", "items"))
    assert fault.startswith("items.csv:2:step: ")
