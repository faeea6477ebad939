"""Databases, tables and queries that cannot be read; passwords that are never shown."""

from __future__ import annotations

import logging
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from models.errors import SourceUnavailableError
from optimizer import cli
from optimizer.reading import databases, read_scenario, sql_tables
from tests.support.scenario_folders import BASE, faults_of, the_fault
from tests.support.sql_folders import STOCK, fill, folder_with

SECRET = "s3cret/p@ss"  # noqa: S105 - to be looked for
SERVER = "postgresql+psycopg://ada:s3cret%2Fp%40ss@127.0.0.1:9/erp"
"""Nothing listens there."""


@pytest.fixture(autouse=True)
def _no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(databases.VARIABLE, raising=False)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ("'S1', ' A', 1", "2:item: ' A' has blanks around it -> write 'A'"),
        ("'S1', null, 1", "2:item: item is blank -> write its value: what"),
        (
            "'S9', 'A', 1",
            "2:site: 'S9' is not among the sites -> use one of: S1; or add it to sites",
        ),
        (
            "'S1', 'B', '7,5'",
            "2:on_hand: '7,5' is not a number -> write the decimal comma as a point: 7.5; "
            'or say csv: {decimal: ","} in the header',
        ),
        (
            "'S1', 'B', 7.5",
            "2:on_hand: on_hand 7.5 is not whole"
            " -> write whole units, or make item 'B' divisible in the table items",
        ),
        (
            "'S1', 'B', -2e9",
            "2:on_hand: '-2000000000.0' is too small"
            " -> write a number that is at least -1,000,000,000",
        ),
        (
            "'S1', 'B', 1e999",
            "2:on_hand: 'inf' is not a number"
            " -> write a finite number, or leave the cell blank where the column allows it",
        ),
        (
            "'S1', x'41', 1",
            "item: column 'item' has the type bytes -> answer text, numbers, dates or true/false",
        ),
    ],
)
def test_a_fault_is_named_by_record_and_column(record: str, said: str, tmp_path: Path) -> None:
    rows = f"insert into stock values ('S1', 'A', 7), ({record})"  # noqa: S608
    folder = folder_with(
        tmp_path, "create table stock (site, item, on_hand)", rows, stock="sql:stock"
    )
    assert the_fault(folder) == f"sql:stock:{said}"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            "select site, item, on_hand, 1 as price from stock",
            "sql:query of stock:price: unknown column 'price' -> use one of: site, item, on_hand",
        ),
        (
            "select site, site, item, on_hand from stock",
            "sql:query of stock:site: column 'site' is there twice -> keep one of the two",
        ),
        (
            "select site, item from stock",
            "sql:query of stock:on_hand: required column 'on_hand' is missing"
            " -> add a column 'on_hand': available; below 0 = owed",
        ),
        (
            "select site, item, onhand from stock",
            "sql:query of stock: the query is refused: no such column: onhand -> correct the query",
        ),
        (
            "with x as (select 1) insert into stock select 1, 2, 3",
            "sql:query of stock: the query is refused: attempt to write a readonly database"
            " -> correct the query",
        ),
        (
            "stok",
            "sql:stok: there is no table or view 'stok' -> did you mean 'stock'?",
        ),
        (
            "erp.stock",
            "sql:erp.stock: the table is refused: no such table: erp.stock"
            " -> correct it, or allow reading it",
        ),
        (
            "select 1; drop table stock",
            "scenario.yaml:14:10: 'sql:select 1; drop table stock' holds a semicolon"
            " -> write one query without semicolons",
        ),
        (
            "delete from stock",
            "scenario.yaml:14:10: 'sql:delete from stock' is neither a name nor a query -> write"
            " sql: and the name of a table or view, or a query that begins with select",
        ),
        (
            "",
            "scenario.yaml:14:10: 'sql:' is neither a name nor a query -> write sql: and the name"
            " of a table or view, or a query that begins with select",
        ),
    ],
)
def test_a_source_that_is_none_is_refused(source: str, said: str, tmp_path: Path) -> None:
    folder = folder_with(tmp_path, STOCK, stock=f"sql:{source}")
    assert str(faults_of(folder)[0]) == said
    with closing(sqlite3.connect(folder / "scenario.db")) as base:
        assert base.execute("select count(*) from stock").fetchone() == (0,)


def test_a_required_table_has_rows(tmp_path: Path) -> None:
    names = ", ".join(f'"{name}" text' for name in BASE["lines"])
    folder = folder_with(tmp_path, f"create table lines ({names})", lines="sql:lines")
    assert str(faults_of(folder)[0]) == (
        "sql:lines: table 'lines' has no rows -> write at least one row"
    )


def test_more_rows_than_a_table_may_have_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_tables, "MOST_ROWS", 3)
    rows = "insert into stock values ('S1', 1, 1), ('S1', 2, 1), ('S1', 3, 1), ('S1', 4, 1)"
    folder = folder_with(tmp_path, STOCK, rows, stock="sql:stock")
    assert the_fault(folder) == "sql:stock: more than 3 rows -> split the scenario"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "stock: there is no table or view 'stock' -> none is known"),
        (
            b"no database at all" * 100,
            "the database cannot be read: file is not a database -> write the SQLite file again,"
            " or allow reading it",
        ),
    ],
)
def test_a_file_that_is_no_database_is_refused_once(
    content: bytes, said: str, tmp_path: Path
) -> None:
    folder = folder_with(tmp_path, stock="sql:stock")
    (folder / "scenario.db").write_bytes(content)
    assert the_fault(folder).endswith(f": {said}" if content else f"sql:{said}")


def test_a_folder_or_a_link_to_elsewhere_is_no_database(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "in", stock="sql:stock", items="sql:items")
    erp = fill(tmp_path / "erp.db", STOCK)
    (folder / "scenario.db").symlink_to(erp)
    assert the_fault(folder) == (
        "scenario.db: the file is a link to a place outside the folder -> copy the file into the"
        " folder"
    )
    (folder / "scenario.db").unlink()
    (folder / "scenario.db").mkdir()
    assert the_fault(folder).startswith("scenario.db: this is not a file -> put the database ther")


def test_a_locked_file_is_tried_again_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "PATIENCE", 0.01)
    folder = folder_with(tmp_path, STOCK, stock="sql:stock")
    with closing(sqlite3.connect(folder / "scenario.db")) as writer:
        writer.execute("begin exclusive")
        with pytest.raises(SourceUnavailableError) as caught:
            read_scenario(folder)
    assert str(caught.value) == (
        "scenario.db cannot be reached: database is locked"
        " -> try again later, or correct the address"
    )


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (SECRET, f"this is not the URL of a database -> {databases.AS_URL}"),
        (
            f"postgresql://ada:{SECRET}:x@host:port/erp",
            f"this is not the URL of a database -> {databases.AS_URL}",
        ),
        (
            "ingres://ada:s3cret@host/erp",
            f"'ingres' is no known kind of database -> {databases.AS_URL}",
        ),
        (
            "postgresql+pg8000://ada:s3cret@host/erp",
            "the driver 'pg8000' is not installed -> install pg8000",
        ),
        (
            f"{SERVER}?sslcolour=s3cret",
            "postgresql+psycopg://ada:***@127.0.0.1:9/erp cannot be opened: invalid connection"
            f' option "sslcolour" -> {databases.AS_URL}',
        ),
    ],
)
def test_a_variable_that_names_no_database_is_refused_without_its_value(
    url: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(databases.VARIABLE, url)
    folder = folder_with(tmp_path, stock="sql:stock", items="sql:items")
    fault = the_fault(folder)
    assert fault == f"ALLOCORE_DATABASE: {said}"
    assert "s3cret" not in fault


def test_a_missing_driver_of_the_extra_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(databases.VARIABLE, SERVER)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert the_fault(folder_with(tmp_path, stock="sql:stock")) == (
        "ALLOCORE_DATABASE: the driver 'psycopg' is not installed -> install allocore[postgres]"
    )


@pytest.mark.parametrize("more", ["", "?password=s3cret&connect_timeout=1"])
def test_a_server_out_of_reach_is_exit_75_and_shows_no_password(
    more: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv(databases.VARIABLE, SERVER + more)
    folder = folder_with(tmp_path, stock="sql:stock")
    assert cli.main(["--log-level", "debug", "check", str(folder)]) == 75
    told = capsys.readouterr().err
    assert told.startswith(
        "allocore: postgresql+psycopg://ada:***@127.0.0.1:9/erp cannot be reached: "
    )
    assert told.endswith(" -> try again later, or correct the address\n")
    assert told.count("\n") == 1
    for secret in (SECRET, "s3cret"):
        assert secret not in told + caplog.text


def test_what_a_server_says_is_told_without_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(databases.VARIABLE, f"{SERVER}?sslpassword=t0ken&sslmode=require")
    said = f"\nbad password {SECRET} or t0ken in  require\nhint: {SECRET}"
    assert databases.reason_of(ValueError(said)) == "bad password *** or *** in require"


def test_rows_never_reach_a_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    rows = "insert into stock values ('S1', 'ITEM-7', 7)"
    read_scenario(folder_with(tmp_path, STOCK, rows, stock="sql:stock"))
    assert "ITEM-7" not in caplog.text
