"""Files that are damaged, foreign, misplaced or ambiguous are refused by name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from optimizer.reading import read_scenario
from tests.support.scenario_folders import BASE, HEADER, as_csv, faults_of, the_fault, write_folder

STOCK = as_csv([BASE["stock"]])
AS_FILE = "add or remove commas; quote texts that hold a comma, a quote or a line break"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "stock.csv: the file is empty -> write the header line"),
        (b"\n\n", "stock.csv: the file is empty -> write the header line"),
        (
            b"site,item,on_hand\nS1,A,7\nS1,B\n",
            f"3: the row has 2 cells, the header 3 -> {AS_FILE}",
        ),
        (
            b"site,item,on_hand\nS1,A,7,\n",
            f"stock.csv:2: the row has 4 cells, the header 3 -> {AS_FILE}",
        ),
        (
            b'site,item,on_hand\n"S\n1",A,7\n\nS1\n',
            f"5: the row has 1 cells, the header 3 -> {AS_FILE}",
        ),
        (
            b'site,item,on_hand\nS1,A,7\nS1,"B,7\nS1,C,7\n',
            "3: a quote is not closed -> close the quote",
        ),
        (b"site,item,on_hand\nS1,A,7\nS1,\xe9,7\n", "stock.csv:3: byte 0xe9 is not UTF-8 -> save"),
        (
            b"site,item,on_hand\nS1,A,7\nS1,\0,7\n",
            "stock.csv:3: a NUL byte stands here -> write the",
        ),
        (STOCK.encode("utf-16"), "stock.csv:1: the file is UTF-16 -> save it as 'CSV UTF-8'"),
        (STOCK.replace(",", "|").encode(), "stock.csv:1: columns are separated by '|' -> save the"),
        (STOCK.replace(",", "\t").encode(), "stock.csv:1: columns are separated by '\\t' -> save"),
        (b"site,item,on_hand,\nS1,A,7,\n", "stock.csv:1: column number 4 has no name -> name the"),
        (
            b"PAR1 not really",
            "stock.csv:1:PAR1 not really: unknown column 'PAR1 not really' -> use one",
        ),
    ],
)
def test_a_csv_file_that_cannot_be_read(content: bytes, said: str, tmp_path: Path) -> None:
    assert said in str(faults_of(write_folder(tmp_path, stock=content))[0])


def test_a_cell_of_megabytes_is_refused_with_its_row(tmp_path: Path) -> None:
    fault = str(
        faults_of(write_folder(tmp_path, stock=STOCK + "S1," + "x" * 2_000_000 + ",1\n"))[0]
    )
    assert fault.startswith("stock.csv:3:item: 'xxx")
    assert fault.endswith("...' has 2,000,000 characters -> use at most 128")


def test_the_row_of_a_fault_is_the_line_of_an_editor(tmp_path: Path) -> None:
    text = '\nsite,item,on_hand\r\nS1,"A\r\nB",7\r\n\r\n,,\r\nS1,C,many\r\n'
    assert the_fault(write_folder(tmp_path, stock=text)).startswith("stock.csv:7:on_hand: 'many'")


@pytest.mark.parametrize("table", ["customers", "orders", "lines", "lanes"])
def test_a_table_that_needs_rows_has_some(table: str, tmp_path: Path) -> None:
    header = as_csv([BASE[table]]).splitlines()[0]
    first = faults_of(write_folder(tmp_path, **{table: header}))[0]
    assert str(first) == f"{table}.csv: table '{table}' has no rows -> write at least one row"


@pytest.mark.parametrize("table", ["customers", "orders", "lines", "lanes", "stock"])
def test_a_required_table_that_is_missing_is_named(table: str, tmp_path: Path) -> None:
    first = str(faults_of(write_folder(tmp_path, **{table: None}))[0])
    assert first.startswith(
        f"scenario.yaml: required table '{table}' is missing -> add {table}.csv"
    )


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("order.csv", "order.csv: unknown table 'order' -> did you mean 'orders'?"),
        ("Stock.csv", "Stock.csv: unknown table 'Stock' -> did you mean 'stock'?"),
        (
            "export.parquet",
            "export.parquet: unknown table 'export' -> use one of: customers, orders",
        ),
        (
            "stock.parquet",
            "stock.parquet: table 'stock' has two sources: stock.csv and stock.parquet",
        ),
    ],
)
def test_a_file_that_is_no_table_is_refused(file: str, said: str, tmp_path: Path) -> None:
    folder = write_folder(tmp_path)
    (folder / file).write_text("a\n1\n")
    assert said in the_fault(folder)


def test_files_for_people_are_left_alone(tmp_path: Path) -> None:
    folder = write_folder(tmp_path)
    for name in ("_old.csv", "README.md", "expected.json", "_book.xlsx", "~$book.xlsx", ".x.csv"):
        (folder / name).write_text("whatever")
    assert len(read_scenario(folder)["orders"]) == 1


def test_a_folder_in_place_of_a_file_is_named(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, stock=None)
    (folder / "stock.csv").mkdir()
    assert the_fault(folder).startswith(
        "stock.csv: this is not a file -> put the table stock there"
    )


@pytest.mark.parametrize("file", ["stock.csv", "scenario.yaml"])
def test_a_file_that_may_not_be_read_is_named(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_folder(tmp_path)
    plain_open = Path.open

    def guarded(path: Path, *args: Any, **options: Any) -> Any:
        if path.name == file:
            raise PermissionError(13, "Permission denied")
        return plain_open(path, *args, **options)

    monkeypatch.setattr(Path, "open", guarded)
    said = f"{file}: the file cannot be read: Permission denied -> allow reading it"
    assert the_fault(folder) == said


def test_a_pipe_in_place_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, stock=None)
    os.mkfifo(folder / "stock.csv")
    assert the_fault(folder).startswith("stock.csv: this is not a file")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("../stock.csv", "'../stock.csv' lies outside the scenario's folder -> copy it into"),
        ("sub/../../stock.csv", "lies outside the scenario's folder"),
        ("/etc/hosts.csv", "'/etc/hosts.csv' lies outside the scenario's folder"),
        ("link.csv", "'link.csv' lies outside the scenario's folder"),
        ("file:///etc/hosts", "'file:///etc/hosts' is not a file in the folder -> write a name"),
        ("http://host/stock.csv", "'http://host/stock.csv' is not a file in the folder"),
        ("book.xlsx", "'book.xlsx' is neither CSV nor Parquet -> name a .csv or .parquet file"),
        ("nowhere.csv", "nowhere.csv: there is no such file -> put the table stock there"),
        ("", "the file of the table is blank -> write its name"),
        ("[a]", "the file of the table is blank -> write its name"),
    ],
)
def test_a_table_stays_inside_the_folder(path: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "stock.csv").write_text(STOCK)
    folder = write_folder(tmp_path / "in", HEADER + f"tables:\n  stock: {path}\n")
    if path == "link.csv":
        (folder / path).symlink_to(tmp_path / "stock.csv")
    assert said in str(faults_of(folder)[0])


def test_a_table_that_is_a_link_to_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "stock.csv").write_text(STOCK)
    folder = write_folder(tmp_path / "in", stock=None)
    (folder / "stock.csv").symlink_to(tmp_path / "stock.csv")
    assert str(faults_of(folder)[0]).startswith("stock.csv: the file is a link to a place outside")


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ("tables: [stock.csv]", "scenario.yaml:13:9: tables is not a list of keys -> write it as"),
        (
            "tables: {stok: stock.csv}",
            "scenario.yaml:13:16: unknown table 'stok' -> did you mean 'sto",
        ),
    ],
)
def test_the_header_names_only_tables(tables: str, said: str, tmp_path: Path) -> None:
    assert the_fault(write_folder(tmp_path, HEADER + tables + "\n")).startswith(said)
