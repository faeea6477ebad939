"""Rows that contradict one another, or name what does not exist, are refused with a remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.tables import TABLES
from optimizer.reading import read_scenario
from tests.support.scenario_folders import (
    BASE,
    HEADER,
    TWO_SITES,
    Row,
    as_csv,
    faults_of,
    the_fault,
    write_folder,
)

STRICT = [name for name, table in TABLES.items() if table.key and not table.adds_up]
"""Tables in which a second row for one thing is a fault."""


def changed(table: str, **cells: str) -> Row:
    """Return the good row of a table with some cells changed."""
    return {**BASE[table], **cells}


def added(table: str, **cells: str) -> list[Row]:
    """Return the good row of a table and a changed one."""
    return [BASE[table], changed(table, **cells)]


@pytest.mark.parametrize("table", STRICT)
def test_a_key_is_given_once(table: str, tmp_path: Path) -> None:
    rows = [BASE[table], BASE[table], BASE[table]]
    issues = faults_of(write_folder(tmp_path, **({"sites": TWO_SITES} | {table: rows})))
    key = TABLES[table].key
    what = ", ".join(f"{column} '{BASE[table][column]}'" for column in key)
    assert [str(issue) for issue in issues] == [
        f"{table}.csv:{row}:{key[-1]}: {what} is already given in row 2 -> keep one of the two rows"
        for row in (3, 4)
    ]


@pytest.mark.parametrize(
    ("table", "blank"),
    [
        ("site_capacity", "date"),
        ("lane_capacity", "region"),
        ("transfers", "item"),
        ("overrides", "line"),
    ],
)
def test_a_blank_part_of_a_key_is_given_once_too(table: str, blank: str, tmp_path: Path) -> None:
    row = changed(table, **{blank: ""})
    folder = write_folder(tmp_path, sites=TWO_SITES, **{table: [BASE[table], row, row]})
    key = TABLES[table].key
    what = ", ".join(f"{column} '{row[column]}'" for column in key)
    assert the_fault(folder) == (
        f"{table}.csv:4:{key[-1]}: {what} is already given in row 3 -> keep one of the two rows"
    )


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        (
            {"customers": added("customers", customer="C2", segment="glod")},
            "customers.csv:3:segment: 'glod' is not among the segments -> did you mean 'gold'?",
        ),
        (
            {"orders": added("orders", order="O2", customer="C11")},
            "orders.csv:3:customer: 'C11' is not among the customers -> did you mean 'C1'?; or add",
        ),
        (
            {"lines": added("lines", order="O11")},
            "lines.csv:3:order: 'O11' is not among the orders -> did you mean 'O1'?; or add it to",
        ),
        (
            {"lanes": added("lanes", service="standrad")},
            "lanes.csv:3:service: 'standrad' is not among the services -> did you mean 'standard'?",
        ),
        (
            {"stock": added("stock", site="S11")},
            "stock.csv:3:site: 'S11' is not among the sites -> did you mean 'S1'?; or add it to si",
        ),
        (
            {"sites": added("sites", site="S2"), "lanes": added("lanes", site="S3")},
            "lanes.csv:3:site: 'S3' is not among the sites -> use one of: S1, S2",
        ),
        (
            {"lane_capacity": added("lane_capacity", region="nord")},
            "lane_capacity.csv:3:region: 'nord' is not among the regions of customers and lanes ->",
        ),
        (
            {"calendars": added("calendars", id="north")},
            "calendars.csv:3:id: 'north' is not among the sites -> use one of: S1; or add it to s",
        ),
        (
            {"calendars": added("calendars", of="region", id="nord")},
            "calendars.csv:3:id: 'nord' is not among the regions of customers and lanes -> did you",
        ),
        (
            {"calendars": added("calendars", of="customer", id="S1")},
            "calendars.csv:3:id: 'S1' is not among the customers -> use one of: C1; or add it to c",
        ),
        (
            {"calendars": added("calendars", of="service", id="expres")},
            "calendars.csv:3:id: 'expres' is not among the services -> did you mean 'express'?",
        ),
        (
            {"orders": added("orders", order="O2", service="overnight")},
            "orders.csv:3:service: 'overnight' is not among the services -> use one of: express,",
        ),
        (
            {"orders": added("orders", order="O2", earliest="2026-12-11")},
            "orders.csv:3:earliest: earliest 2026-12-11 is after cancel 2026-12-10: no delivery is",
        ),
        (
            {
                "customers": added("customers", customer="C2", segment="core"),
                "orders": added("orders", order="O2", customer="C2", service="express"),
            },
            "orders.csv:3:service: service 'express' is not one that segment 'core' is entitled to",
        ),
    ],
)
def test_what_is_named_exists_and_agrees(
    tables: dict[str, list[Row]], said: str, tmp_path: Path
) -> None:
    assert the_fault(write_folder(tmp_path, **tables)).startswith(said)


@pytest.mark.parametrize(
    ("table", "column"), [("lines", "quantity"), ("stock", "on_hand"), ("receipts", "quantity")]
)
def test_units_are_whole_unless_the_item_is_divisible(
    table: str, column: str, tmp_path: Path
) -> None:
    rows = [changed(table, **{column: "2.5"})]
    fault = the_fault(write_folder(tmp_path / "whole", **{table: rows}))
    assert fault.startswith(
        f"{table}.csv:2:{column}: {column} 2.5 is not whole -> write whole units"
    )
    items = [changed("items", divisible="true")]
    spoilt = [changed(table, **{column: "-2.5"})]
    folder = write_folder(tmp_path / "divisible", items=items, **{table: spoilt})
    if table == "stock":  # below zero it is owed
        assert read_scenario(folder)["stock"]["on_hand"].tolist() == [-2.5]
    else:
        assert len(faults_of(folder)) == 1, "2.5 of a divisible item is fine, below zero is not"


def test_one_mistyped_id_is_one_fault_and_not_one_for_each_row_that_names_it(
    tmp_path: Path,
) -> None:
    lines = [changed("lines", line=str(n)) for n in range(50)]
    fault = the_fault(write_folder(tmp_path, orders=[changed("orders", order="O1 ")], lines=lines))
    assert fault == "orders.csv:2:order: 'O1 ' has blanks around it -> write 'O1'"


def test_a_table_that_cannot_be_read_makes_no_faults_elsewhere(tmp_path: Path) -> None:
    text = as_csv([BASE["customers"]]) + "C2,gold\n"
    assert "the row has 2 cells" in the_fault(write_folder(tmp_path, customers=text))


def test_a_header_that_cannot_be_read_makes_no_faults_in_the_tables(tmp_path: Path) -> None:
    assert "this is not YAML" in the_fault(write_folder(tmp_path, HEADER + "]"))


def test_a_book_worth_more_than_a_solver_can_add_up_is_refused(tmp_path: Path) -> None:
    large = changed("lines", quantity="1000000000", unit_value="1000000", line="99")
    fault = the_fault(write_folder(tmp_path, lines=[BASE["lines"], large]))
    assert fault == (
        "lines.csv:3:unit_value: the lines up to here are worth 1e+15, above 1e+12"
        " -> count money in a larger unit, such as thousands"
    )
