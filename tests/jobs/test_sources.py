"""Where a job has its tables from: files, sheets and databases elsewhere."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from models.errors import ScenarioError, SourceUnavailableError, UsageError
from optimizer.jobs import read_job
from optimizer.reading import databases
from optimizer.store import database
from tests.support.job_folders import (
    CONFIG,
    MONDAY,
    SOURCES,
    Remembering,
    approve,
    propose_error,
    propose_job,
    run_ids,
    state,
    write_job,
)

SOURCE = "orders: orders.csv"


def rows_of(table: str) -> list[list[str]]:
    return [line.split(",") for line in SOURCES[table].splitlines()]


def lent(folder: Path, source: str, more: str = "") -> Path:
    """Write a job that has its orders from somewhere else, outside its folder."""
    config = CONFIG.replace(SOURCE, source) + more
    path = write_job(folder / "job", config)
    (folder / "job" / "orders.csv").unlink()
    return path


def fill(file: Path) -> Path:
    """Write the orders into an SQLite file."""
    head, *rows = rows_of("orders")
    names = ", ".join(f'"{name}"' for name in head)
    with closing(sqlite3.connect(file)) as base:
        base.execute(f"create table open_orders ({names})")
        base.executemany("insert into open_orders values (?, ?, ?, ?)", rows)
        base.commit()
    return file


@pytest.fixture(scope="module")
def as_ever(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Run id of the job with CSV files."""
    return propose_job(write_job(tmp_path_factory.mktemp("ever") / "job")).run


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ALLOCORE_DATABASE", "ALLOCORE_STORE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("kind", ["csv", "parquet", "xlsx", "sheet", "sql", "query"])
def test_the_same_rows_from_anywhere_are_the_same_run(
    tmp_path: Path, as_ever: str, kind: str
) -> None:
    outside = tmp_path / "extracts"
    outside.mkdir()
    head, *rows = rows_of("orders")
    frame = pd.DataFrame(rows, columns=head)
    source = f"../extracts/open.{kind}"
    more = ""
    if kind == "csv":
        (outside / "open.csv").write_text(SOURCES["orders"], encoding="utf-8")
    elif kind == "parquet":
        frame.to_parquet(outside / "open.parquet")
    elif kind in ("xlsx", "sheet"):
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.title = "orders" if kind == "xlsx" else "Open items"
        for row in rows_of("orders"):
            sheet.append(row)
        book.save(outside / "open.xlsx")
        source = "../extracts/open.xlsx" + ("[Open items]" if kind == "sheet" else "")
    else:
        fill(outside / "erp.db")
        query = "select * from open_orders where customer <> 'zoe'"
        source = "sql:open_orders" if kind == "sql" else f"sql:{query}"
        more = "database: sqlite:///../extracts/erp.db\n"
    made = propose_job(lent(tmp_path, f'orders: "{source}"', more))
    assert made.run == as_ever


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("orders: nowhere.csv", "no such file"),
        ("orders: nowhere.xlsx", "no such file"),
        ("orders: orders.txt", "neither CSV, Parquet, Excel nor sql:"),
        ("ordres: orders.csv", "did you mean 'orders'?"),
        ('orders: "sql:drop table x"', "neither a name nor a query"),
        ('orders: "sql:open_orders"', "no such file"),
    ],
)
def test_a_source_that_is_none_is_a_fault(tmp_path: Path, source: str, words: str) -> None:
    error = propose_error(lent(tmp_path, source))
    assert isinstance(error, ScenarioError)
    assert words in str(error)


def test_a_sheet_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    path = lent(tmp_path, 'orders: "book.xlsx[Open]"')
    openpyxl.Workbook().save(tmp_path / "job" / "book.xlsx")
    assert "there is no sheet 'Open'" in str(propose_error(path))


def test_a_csv_without_a_last_line_break_may_be_cut_off(tmp_path: Path) -> None:
    path = write_job(tmp_path / "job", stock=SOURCES["stock"].rstrip("\n"))
    assert "may be cut off" in str(propose_error(path))


def test_a_locked_database_is_unavailable_for_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, as_ever: str
) -> None:
    monkeypatch.setattr(databases, "PATIENCE", 0.05)
    path = lent(tmp_path, "orders: sql:open_orders", "database: sqlite:///erp.db\n")
    file = fill(tmp_path / "job" / "erp.db")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("begin exclusive")
        assert isinstance(propose_error(path), SourceUnavailableError)
    assert propose_job(path).run == as_ever


def test_a_lost_server_is_unavailable_and_its_password_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERP_PASSWORD", "hushhush")
    more = "database: postgresql+psycopg://u:${ERP_PASSWORD}@127.0.0.1:1/erp\n"
    error = propose_error(lent(tmp_path, "orders: sql:open_orders", more))
    assert isinstance(error, SourceUnavailableError)
    assert "hushhush" not in str(error)


@pytest.mark.parametrize("damage", ["missing", "empty", "noise", "cut"])
def test_a_damaged_database_is_a_fault(tmp_path: Path, damage: str, as_ever: str) -> None:
    path = lent(tmp_path, "orders: sql:open_orders", "database: sqlite:///erp.db\n")
    file = fill(tmp_path / "job" / "erp.db")
    whole = file.read_bytes()
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes({"empty": b"", "noise": b"\x07" * 5000, "cut": whole[:1500]}[damage])
    assert isinstance(propose_error(path), ScenarioError)
    assert run_ids(read_job(path)) == []
    file.write_bytes(whole)
    assert propose_job(path).run == as_ever


def test_a_store_that_others_write_for_long_is_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, plans = write_job(tmp_path / "job"), Remembering()
    made = propose_job(path, MONDAY, plans)
    monkeypatch.setattr(database, "PATIENCE", 0.05)
    (tmp_path / "job" / "stock.csv").write_text("site,item,on_hand\nHAM,PUMP,9\n", encoding="utf-8")
    file = tmp_path / "job" / "allocore.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("begin immediate")
        assert isinstance(propose_error(path, MONDAY, plans), SourceUnavailableError)
        assert run_ids(read_job(path)) == [made.run]  # a reader is not held up
    again = propose_job(path, MONDAY, plans)
    assert again.new
    assert run_ids(read_job(path)) == sorted([made.run, again.run])


def test_a_store_that_is_lost_is_made_anew_from_the_run_folder(tmp_path: Path) -> None:
    path, plans = write_job(tmp_path / "job"), Remembering()
    made = propose_job(path, MONDAY, plans)
    before = state(made.folder)
    for file in (tmp_path / "job").glob("allocore.db*"):
        file.unlink()
    again = propose_job(path, MONDAY, plans)
    assert (again.run, again.new) == (made.run, False)
    assert state(made.folder) == before
    assert run_ids(read_job(path)) == [made.run]


def test_a_store_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = write_job(tmp_path / "job")
    (tmp_path / "job" / "allocore.db").write_bytes(b"\x07" * 5000)
    assert isinstance(propose_error(path), UsageError)
    assert (tmp_path / "job" / "allocore.db").read_bytes() == b"\x07" * 5000


def test_a_proposal_that_lost_its_files_is_made_again_and_an_approved_one_is_not(
    tmp_path: Path,
) -> None:
    path, plans = write_job(tmp_path / "job"), Remembering()
    made = propose_job(path, MONDAY, plans)
    whole = (made.folder / "shipments.csv").read_bytes()
    (made.folder / "shipments.csv").write_bytes(whole[:-20])
    again = propose_job(path, MONDAY, plans)
    assert again.new
    assert (made.folder / "shipments.csv").read_bytes() == whole
    approve(read_job(path), made.run)
    (made.folder / "shipments.csv").write_bytes(whole[:-20])
    error = propose_error(path, MONDAY, plans)
    assert "is approved and was changed since" in str(error)
    assert (made.folder / "shipments.csv").read_bytes() == whole[:-20]
