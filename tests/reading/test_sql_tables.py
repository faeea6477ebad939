"""Tables from a database: what is read, and how its values arrive."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pandas as pd
import pytest

from models.columns import Kind
from models.tables import TABLES
from optimizer.reading import databases, read_scenario, sql_tables
from optimizer.reading.faults import Faults
from tests.support.scenario_folders import BASE, TWO_SITES, the_fault, write_folder
from tests.support.sql_folders import STOCK, fill, folder_with, from_rows


@pytest.fixture(autouse=True)
def _no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(databases.VARIABLE, raising=False)


@pytest.mark.parametrize(
    "source",
    [
        "sql:stock",
        "sql: v_stock ",
        "sql:main.stock",
        "sql:select site, item, on_hand from stock",
        "sql:SELECT item, on_hand, site FROM v_stock WHERE site LIKE ''S%'' -- mine",
        "sql:With x as (select * from stock) select site, item, on_hand from x;",
    ],
)
def test_a_table_a_view_or_a_query_feeds_a_table(source: str, tmp_path: Path) -> None:
    rows = "insert into stock values ('S1', '00123', 7), ('S1', 12, 8.0)"
    view = "create view v_stock as select * from stock"
    stock = read_scenario(folder_with(tmp_path, STOCK, rows, view, stock=source))["stock"]
    assert stock.to_dict("list") == {
        "site": ["S1", "S1"],
        "item": ["00123", "12"],
        "on_hand": [7.0, 8.0],
    }


@pytest.mark.parametrize("table", TABLES)
def test_every_table_can_be_read_as_text(table: str, tmp_path: Path) -> None:
    sites = {} if table == "sites" else {"sites": TWO_SITES}
    plain = read_scenario(write_folder(tmp_path / "csv", **(sites | {table: [BASE[table]]})))
    folder = from_rows(tmp_path / "sql", table, BASE[table])
    for text in sites.values():
        (folder / "sites.csv").write_text(text, encoding="utf-8")
    pd.testing.assert_frame_equal(read_scenario(folder)[table], plain[table])


def test_blanks_are_null_or_empty(tmp_path: Path) -> None:
    rows = [{**BASE["lines"], "line": str(n), "unit_value": ""} for n in range(2)]
    folder = from_rows(tmp_path, "lines", *rows)
    fill(folder / "scenario.db", "update lines set unit_value = null, complete = null where line=1")
    lines = read_scenario(folder)["lines"]
    assert lines["unit_value"].tolist() == [1.0, 1.0]
    assert lines["complete"].tolist() == [True, False]


def test_batches_that_differ_in_type_are_joined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_tables, "BATCH", 1)
    rows = "insert into base values ('S1', 'A', null), ('S1', 7, 7), ('S1', 8.0, '8'), ('S1', 9, 9)"
    folder = folder_with(
        tmp_path,
        "create table base (site, item, on_hand)",
        rows,
        stock="sql:select site, item, coalesce(on_hand, 0) as on_hand from base",
        receipts="sql:select site, item, ''2026-11-24'' as date, on_hand as quantity from base "
        "where on_hand is not null".replace("''", "'" * 2),
    )
    scenario = read_scenario(folder)
    assert scenario["stock"]["item"].tolist() == ["A", "7", "8", "9"]
    assert scenario["stock"]["on_hand"].tolist() == [0.0, 7.0, 8.0, 9.0]
    assert scenario["receipts"]["quantity"].tolist() == [7.0, 8.0, 9.0]


MOMENT = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
CLOCK = MOMENT.replace(tzinfo=None)
CODE = UUID(int=7)


@pytest.mark.parametrize(
    ("kind", "values", "kept"),
    [
        (Kind.NUMBER, [Decimal("2.50"), None, 3], [2.5, None, 3.0]),
        (Kind.NUMBER, ["2.50", None, 3], ["2.50", None, "3"]),
        (Kind.NUMBER, [True, 1], ["true", "1"]),
        (Kind.NUMBER, [None, None], [None, None]),
        (Kind.ID, [Decimal("123"), Decimal("1E+3")], ["123", "1000"]),
        (Kind.ID, [123.0, 0.5, 1e15], ["123", "0.5", "1000000000000000.0"]),
        (Kind.ID, [CODE, None], [str(CODE), None]),
        (Kind.ID, [True, False], ["true", "false"]),
        (Kind.TEXT, [date(2026, 11, 23), MOMENT], ["2026-11-23", "2026-11-23 23:30:00+00:00"]),
        (Kind.DATE, [date(2026, 11, 23), None], [date(2026, 11, 23), None]),
        (Kind.DATE, [CLOCK, None], [CLOCK, None]),
        (Kind.DATE, [MOMENT, CLOCK], ["2026-11-23 23:30:00+00:00", "2026-11-23 23:30:00"]),
        (Kind.DATE, [date(2026, 11, 23), "2026-11-24"], ["2026-11-23", "2026-11-24"]),
        (Kind.FLAG, [0, 1, None], [False, True, None]),
        (Kind.FLAG, [False, 1, None], [False, True, None]),
        (Kind.FLAG, [2, None], ["2", None]),
    ],
)
def test_values_arrive_as_they_are_or_as_text(
    kind: Kind, values: list[Any], kept: list[Any]
) -> None:
    kinds = set(map(type, values)) - {type(None)}
    assert sql_tables.array_of(values, kinds, kind).to_pylist() == kept


def test_all_tables_show_one_moment(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "pragma journal_mode=wal", STOCK, stock="sql:stock")
    faults = Faults()
    with databases.Databases(folder) as opened:
        connection = opened.beside(folder, faults)
        assert connection is not None
        assert connection is opened.beside(folder, faults)
        count = "select count(*) from stock"
        before = connection.exec_driver_sql(count).scalar()
        fill(folder / "scenario.db", "insert into stock values ('S1', 'A', 7)")
        assert (before, connection.exec_driver_sql(count).scalar()) == (0, 0)
    assert connection.closed
    assert len(read_scenario(folder)["stock"]) == 1


def test_the_database_lies_beside_the_file_that_names_it(tmp_path: Path) -> None:
    folder_with(
        tmp_path / "base", STOCK, "insert into stock values ('S1', 'A', 1)", stock="sql:stock"
    )
    (tmp_path / "child").mkdir()
    (tmp_path / "child" / "scenario.yaml").write_text("extends: ../base\n", encoding="utf-8")
    assert read_scenario(tmp_path / "child")["stock"]["on_hand"].tolist() == [1.0]
    with_own = "extends: ../base\ntables: {stock: sql:stock}\n"
    (tmp_path / "child" / "scenario.yaml").write_text(with_own, encoding="utf-8")
    fill(tmp_path / "child" / "scenario.db", STOCK, "insert into stock values ('S1', 'A', 2)")
    assert read_scenario(tmp_path / "child")["stock"]["on_hand"].tolist() == [2.0]
    (tmp_path / "base" / "scenario.db").unlink()
    (tmp_path / "child" / "scenario.yaml").write_text("extends: ../base\n", encoding="utf-8")
    assert the_fault(tmp_path / "child") == (
        "../base/scenario.db: there is no such file -> put the database there, or name one in the"
        " environment variable ALLOCORE_DATABASE"
    )


def test_the_variable_names_the_database_of_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_with(tmp_path / "in", stock="sql:stock", items="sql:items")
    items = "create table items (item text, pack real)"
    erp = fill(tmp_path / "erp #1.db", STOCK, items, "insert into items values ('A', 5)")
    monkeypatch.setenv(databases.VARIABLE, f"sqlite:///{erp}")
    assert read_scenario(folder)["items"]["pack"].tolist() == [5.0]
    erp.unlink()
    assert the_fault(folder) == (
        f"{erp}: there is no such file -> put the database there, or name one in the environment"
        " variable ALLOCORE_DATABASE"
    )
