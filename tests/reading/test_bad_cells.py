"""Every column of every table refuses what its kind cannot hold, with file, row, column, remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.columns import Column, Kind
from models.tables import TABLES
from optimizer.reading import read_scenario
from tests.support.scenario_folders import (
    BASE,
    HEADER,
    TWO_SITES,
    as_csv,
    faults_of,
    write_folder,
)

COLUMNS = [(table, column) for table in TABLES for column in TABLES[table].columns]
NUMBERS = {
    "2,5": "2.5",
    "1,234": "1234 or 1.234",
    "1,234,567": "1234567",
    "1.234,5": "1234.5",
    "1 234": "1234",
    "1_000": "1000",
    " 5": "write 5",
    "50%": "0.5",
    "nan": "finite",
    "NaN": "finite",
    "inf": "finite",
    "-Infinity": "finite",
    "0x1F": "1234.5",
    "ten": "1234.5",
    "1e999": "at most",
    "1000000001": "at most",
}
"""Texts that are no number of any column, and a part of the remedy."""
WRONG = {
    Kind.ID: {" X1": "'X1'", "X1 ": "'X1'", "\u00a0X1": "'X1'", "\t": "''", "X\x07": "delete"},
    Kind.TEXT: {" X1": "'X1'", "X\x7f": "delete"},
    Kind.DATE: {
        "23.11.2026": "2026-11-23",
        "23/11/2026": "2026-11-23",
        "03/11/2026": "year-month-day",
        "20261123": "2026-11-23",
        "2026/11/23": "2026-11-23",
        "2026-1-5": "2026-01-05",
        "46349": "2026-11-23",
        "46349.5": "2026-11-23",
        "2026-11-23T08:00": "2026-11-23",
        "2026-11-23 00:00:00": "2026-11-23",
        "2026-02-30": "correct",
        "1899-12-31": "year",
        "2201-01-01": "year",
        "nan": "year-month-day",
        "soon": "year-month-day",
    },
    Kind.UNITS: NUMBERS | {"-1": "at least 0", "2.5": "whole units"},
    Kind.NUMBER: NUMBERS | {"-181": "at least"},
    Kind.SHARE: NUMBERS | {"-0.1": "at least 0", "1.01": "at most 1"},
    Kind.COUNT: NUMBERS | {"-1": "at least 0", "1.5": "whole number"},
    Kind.LIMIT: NUMBERS | {"0": "at least 1", "-1": "at least 1", "1.5": "whole number"},
    Kind.FLAG: {"1": "true or false", "yes": "true or false", " true": "true or false"},
    Kind.WINDOW: {
        "7:00-12:00": "07:00-16:00",
        "07:00": "07:00-16:00",
        "12:00-07:00": "earlier hour first",
        "07:00-25:00": "07:00-16:00",
    },
    Kind.WEEKDAYS: {"monday": "mon tue", "mon,tue": "mon tue", "mon mon": "once", "Mon": "mon tue"},
    Kind.COUNTRY: {
        "Germany": "write an ISO 3166 code, for example DE, FR or GB, or DE-BY for a part",
        "XX": "ISO 3166",
        "BAY": "ISO 3166",
        "de": "write DE",
        "de by": "write DE-BY",
        "DE-BAY": "did you mean 'DE-BY'?; or write DE for holidays of the whole country",
        "DE-": "or write DE for holidays of the whole country",
        "DE-09": "or write DE for holidays of the whole country",
        "-BY": "ISO 3166",
        "EE-37": "write EE: none are known of its parts",
        "EE-": "write EE: none are known of its parts",
    },
}
"""Texts that each kind of column refuses, and a part of the remedy."""


def wrong_texts(table: str, column: str, spec: Column) -> dict[str, str]:
    """Gather everything that a column must refuse."""
    texts = dict(WRONG[spec.kind])
    if spec.if_too_small or 0 < spec.least <= 1e-6:
        remedy = spec.if_too_small or "above 0"
        texts |= dict.fromkeys(("-1", "-181", "0", "0.0"), remedy)
    if spec.least < -181:
        del texts["-1" if spec.kind is Kind.UNITS else "-181"]
        texts[f"{spec.least - 1:.0f}"] = "at least -"
    if spec.required:
        texts[""] = "write its value"
    if spec.choices:
        texts[spec.choices[0].upper()] = f"did you mean '{spec.choices[0]}'"
    if spec.refers:
        texts["nobody"] = spec.refers
    if spec.kind in (Kind.ID, Kind.TEXT) and not spec.choices:
        texts["X" * 129] = "at most 128"
    return texts


def test_the_good_folder_has_every_table_and_column() -> None:
    assert {name: list(row) for name, row in BASE.items()} == {
        name: list(table.columns) for name, table in TABLES.items()
    }


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_a_column_refuses_what_is_no_value_of_it(table: str, column: str, tmp_path: Path) -> None:
    texts = wrong_texts(table, column, TABLES[table].columns[column])
    rows = [BASE[table], *({**BASE[table], column: text} for text in texts)]
    tables = {"sites": TWO_SITES, table: as_csv(rows)}
    header = HEADER + "commitments_stale: refuse\n"
    issues = faults_of(write_folder(tmp_path, header, **tables))
    found = {
        (i.file, i.row, i.column): i
        for i in reversed(issues)
        if "already" not in i.problem and i.row
    }
    for row, (text, remedy) in enumerate(texts.items(), start=3):
        issue = found[f"{table}.csv", row, column]
        assert remedy in issue.remedy, (text, str(issue))
        shown = text.strip() or "blank"
        assert shown[:50] in issue.problem or repr(shown)[1:-1] in issue.problem, (text, str(issue))
    assert {row for _, row, _ in found} == set(range(3, 3 + len(texts)))


@pytest.mark.parametrize("table", TABLES)
def test_misspelt_columns_are_refused_with_the_right_names(table: str, tmp_path: Path) -> None:
    row = {f"{column}_": value for column, value in BASE[table].items()}
    issues = faults_of(write_folder(tmp_path, **{table: as_csv([row])}))
    found = {i.column: i for i in issues if i.file == f"{table}.csv" and i.row == 1}
    assert list(found) == [f"{column}_" for column in BASE[table]]
    for column in BASE[table]:
        assert found[f"{column}_"].problem == f"unknown column '{column}_'"
        assert found[f"{column}_"].remedy == f"did you mean '{column}'?"


ONE_OF: dict[str, dict[str, str]] = {"quotas": {"at_most": "1"}, "ledger": {"customer": "C1"}}
"""Tables that need one of several columns beside the required ones."""


@pytest.mark.parametrize("table", TABLES)
def test_only_the_required_columns_must_be_there(table: str, tmp_path: Path) -> None:
    required = {c: v for c, v in BASE[table].items() if TABLES[table].columns[c].required}
    few = required | ONE_OF.get(table, {})
    folder = write_folder(tmp_path / "good", **({"sites": TWO_SITES} | {table: as_csv([few])}))
    assert len(read_scenario(folder)[table]) == 1
    optional = {c: v for c, v in BASE[table].items() if c not in required} | {"_": "1"}
    issues = faults_of(write_folder(tmp_path / "bad", **{table: as_csv([optional])}))
    missing = [(i.column, i.row) for i in issues if "is missing" in i.problem]
    assert missing == [(column, 1) for column in required]


@pytest.mark.parametrize("table", TABLES)
def test_a_column_given_twice_is_refused(table: str, tmp_path: Path) -> None:
    text = "\n".join(f"{line},{line.split(',')[0]}" for line in as_csv([BASE[table]]).splitlines())
    first = faults_of(write_folder(tmp_path, **{table: text}))[0]
    column = next(iter(BASE[table]))
    assert str(first).startswith(f"{table}.csv:1:{column}: column '{column}' is there twice -> ")


def test_equal_faults_of_a_column_are_listed_to_twenty_and_then_counted(tmp_path: Path) -> None:
    rows = [{**BASE["lines"], "line": str(n), "quantity": "many"} for n in range(1, 1001)]
    issues = faults_of(write_folder(tmp_path, lines=as_csv(rows)))
    assert [i.row for i in issues] == [*range(2, 22), None]
    assert str(issues[-1]).startswith("lines.csv:quantity: ... and 980 more of the same kind")


def test_several_faults_in_several_files_come_out_together(tmp_path: Path) -> None:
    folder = write_folder(
        tmp_path,
        HEADER.replace("level: 0.9", "level: 1.9").replace("[standard]", "[standrad]"),
        orders=as_csv([{**BASE["orders"], "requested": "25.11.2026", "customer": "C9"}]),
        stock=as_csv([{**BASE["stock"], "on_hand": "-1,5"}]),
        receipts=b"site,item\xff\n",
        items=None,
        lanes=as_csv([{**BASE["lanes"], "service": "expres"}]),
    )
    assert {f"{i.file}:{i.row}:{i.column}" for i in faults_of(folder)} == {
        "scenario.yaml:6:55",
        "scenario.yaml:9:16",
        "orders.csv:2:customer",
        "orders.csv:2:requested",
        "stock.csv:2:on_hand",
        "receipts.csv:1:",
        "lanes.csv:2:service",
    }
