"""What is written is read back unchanged, by equal bytes for equal scenarios."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import get_args

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.errors import UsageError
from models.scenario import Scenario
from models.tables import TABLES
from optimizer.reading import read_scenario
from optimizer.scenario.scenario_writer import Tables, write_scenario
from tests.support.scenario_folders import BASE, HEADER, as_csv, every_table, write_folder

KINDS: tuple[Tables, ...] = get_args(Tables)
NAMES = [
    "1E5",
    "00123",
    "NA",
    "null",
    "nan",
    "true",
    "=1+1",
    "+1",
    "@x",
    "a,b",
    'a"b',
    "a\nb",
    "a\tb",
]
NAMES += [
    "2026-11-23",
    "1.0",
    "_x0041_",
    "é",
    "日本",
    "https://x.example",
    "'quoted'",
    "a;b",
    "#",
    "a\r\nb",
]


SEGMENT_KEYS = """\
    min_confidence: 0.7
    backorder: gain
    quota_share: 0.25"""
NEW_KEYS = """\
policy: bop
give_up: {value: 0.002}
stability: {max_changed_lines: 40}
expect:
  - {segment: 'null', measure: line_otif, at_least: 0.95}
  - {order: O1, line: 00123, arrives_by: 2026-11-28}
"""


def odd_scenario(folder: Path) -> Scenario:
    """Read a scenario with every table, difficult names and difficult numbers."""
    numbers = ["0.1", "2.3255813953488373", "1e-7", "999999999.9999999", "100000000"]
    lines = [
        {**BASE["lines"], "line": name, "item": name, "unit_value": numbers[n % len(numbers)]}
        for n, name in enumerate(NAMES)
    ]
    receipts = [
        {**BASE["receipts"], "date": day, "kind": kind}
        for day, kind in [("1900-01-01", "null"), ("1900-02-28", "=2"), ("2200-12-31", "")]
    ]
    kept = {**BASE["commitments"], "line": "=1+1", "item": ""}
    free = {**kept, "line": "00123", "ship_date": "2026-11-20", "frozen": "false"}
    by_hand = [
        {**BASE["overrides"], "line": "1E5"},
        {**BASE["overrides"], "line": "", "action": "tier", "value": "3", "note": 'a\n"b", é'},
        {**BASE["overrides"], "line": "NA", "action": "quantity", "value": "2.5", "by": ""},
    ]
    tables = every_table() | {
        "lines": as_csv(lines),
        "receipts": as_csv(receipts),
        "substitutes": as_csv([{**BASE["substitutes"], "segments": "null gold"}]),
        "commitments": as_csv([kept, free]),
        "overrides": as_csv(by_hand),
    }
    header = HEADER.replace("A small good scenario", "'1: # é \"'").replace("core:", "'null':")
    header = header.replace("tier: 2", "tier: 2\n" + SEGMENT_KEYS) + NEW_KEYS
    return read_scenario(write_folder(folder, header, **tables))


def assert_same(one: Scenario, other: Scenario) -> None:
    assert one.settings == other.settings
    assert list(one.settings.segments) == list(other.settings.segments)
    assert one.warnings == other.warnings
    for name in TABLES:
        pd.testing.assert_frame_equal(one[name], other[name], check_exact=True)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_read_back(kind: Tables, tmp_path: Path) -> None:
    scenario = odd_scenario(tmp_path / "given")
    assert scenario["lines"]["line"].tolist() == NAMES
    write_scenario(scenario, tmp_path / "written", kind)
    assert_same(read_scenario(tmp_path / "written"), scenario)


@pytest.mark.parametrize("kind", KINDS)
def test_equal_scenarios_give_equal_bytes(kind: Tables, tmp_path: Path) -> None:
    scenario = odd_scenario(tmp_path / "given")
    write_scenario(scenario, tmp_path / "one", kind)
    write_scenario(read_scenario(tmp_path / "one"), tmp_path / "two", kind)
    one, two = (sorted((tmp_path / name).iterdir()) for name in ("one", "two"))
    assert [file.name for file in one] == [file.name for file in two]
    assert [file.read_bytes() for file in one] == [file.read_bytes() for file in two]


@pytest.mark.parametrize("kind", KINDS)
def test_only_tables_with_rows_and_required_ones_are_written(kind: Tables, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "given", stock="site,item,on_hand\n", items="item\n")
    write_scenario(read_scenario(folder), tmp_path / "written", kind)
    if kind == "xlsx":
        names = openpyxl.load_workbook(tmp_path / "written" / "scenario.xlsx").sheetnames
    else:
        names = [file.stem for file in (tmp_path / "written").glob(f"*.{kind}")]
    assert sorted(names) == ["customers", "lanes", "lines", "orders", "sites", "stock"]
    assert read_scenario(tmp_path / "written")["stock"].empty


def test_csv_is_as_short_as_a_planner_would_write_it(tmp_path: Path) -> None:
    write_scenario(read_scenario(write_folder(tmp_path / "given")), tmp_path / "written", "csv")
    assert (tmp_path / "written" / "lines.csv").read_bytes() == (
        b"order,line,item,quantity,unit_value,min_fill,complete\nO1,1,A,10,2.5,0.5,true\n"
    )
    assert (tmp_path / "written" / "sites.csv").read_bytes() == (
        b"site,open,fixed_cost_per_day,pick_accuracy,latitude,longitude\nS1,true,0,1,,\n"
    )


def test_a_workbook_holds_text_as_text_and_dates_as_dates(tmp_path: Path) -> None:
    write_scenario(odd_scenario(tmp_path / "given"), tmp_path / "written", "xlsx")
    book = openpyxl.load_workbook(tmp_path / "written" / "scenario.xlsx")
    lines, orders = book["lines"], book["orders"]
    written = {cell.value: cell.data_type for cell in lines["B"][1:]}
    assert written["=1+1"] == written["00123"] == written["1E5"] == "s"
    assert orders["C2"].is_date
    assert orders["C2"].value.date().isoformat() == "2026-11-25"
    assert lines.freeze_panes == "A2"
    assert lines.auto_filter.ref == f"A1:G{len(NAMES) + 1}"
    assert 10 < orders.column_dimensions["C"].width < 20
    with zipfile.ZipFile(tmp_path / "written" / "scenario.xlsx") as archive:
        assert not any(b"<f>" in archive.read(n) for n in archive.namelist() if "sheet" in n)


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    scenario = read_scenario(write_folder(tmp_path))
    before = sorted(tmp_path.iterdir())
    with pytest.raises(UsageError, match="is not an empty folder; name a new one"):
        write_scenario(scenario, tmp_path, "parquet")
    with pytest.raises(UsageError, match="is not an empty folder"):
        write_scenario(scenario, tmp_path / "orders.csv", "parquet")
    assert sorted(tmp_path.iterdir()) == before


WRITTEN = st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])
ids = st.text(WRITTEN, min_size=1, max_size=9).filter(
    lambda name: name == name.strip().strip("\u200b\ufeff").strip()
)


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(ids, min_size=1, max_size=20, unique=True), title=st.text(WRITTEN, max_size=20)
)
def test_any_text_survives(
    names: list[str], title: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("text")
    good = read_scenario(write_folder(folder / "given"))
    line = good["lines"].iloc[0].to_dict()
    tables = dict(good.tables)
    tables["lines"] = pd.DataFrame([{**line, "line": name, "item": "A"} for name in names])
    settings = good.settings.model_copy(update={"title": title})
    scenario = Scenario(settings, tables, good.warnings)
    for kind in KINDS:
        write_scenario(scenario, folder / kind, kind)
        assert_same(read_scenario(folder / kind), scenario)
