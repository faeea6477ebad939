"""``shipments.csv`` of a run given as commitments, as it is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from optimizer import plan, read_scenario
from optimizer.scenario.bundled import copy_bundled
from optimizer.scenario.table_edits import SHIPMENT
from tests.support.scenario_folders import BASE, HEADER, faults_of, write_folder

RUN_ROW = {
    "rank": "1",
    **{name: cell for name, cell in BASE["commitments"].items() if name != "frozen"},
    "arrival_date": "2026-11-27",
    "on_time": "true",
    "reason": "target",
    "promised_ship_date": "",
}
"""A row as a run has it; it says nothing of what is frozen."""


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_shipments_of_a_run_are_yesterdays_plan(tmp_path: Path, suffix: str) -> None:
    """A whole file is read as it is: the same shipments, none of them frozen."""
    folder = copy_bundled("quickstart", tmp_path / "book")
    made = plan(read_scenario(folder))
    run = made.write(tmp_path / "run", file_format="csv" if suffix == "csv" else "parquet")
    shutil.copy(run / f"shipments.{suffix}", folder / f"commitments.{suffix}")
    read = read_scenario(folder)["commitments"]
    expected = made.shipments[[*SHIPMENT, "quantity"]].reset_index(drop=True)
    pd.testing.assert_frame_equal(read[[*SHIPMENT, "quantity"]], expected, check_dtype=False)
    assert not read["frozen"].any()


@pytest.mark.parametrize(
    ("change", "frozen"),
    [({}, False), ({"rank": ""}, True), ({"frozen": "true"}, True), ({"frozen": "false"}, False)],
    ids=["ranked", "no rank", "ranked, but frozen", "ranked, and free"],
)
def test_a_rank_means_not_frozen(tmp_path: Path, change: dict[str, str], frozen: bool) -> None:
    """A row without a rank is as it was; what a row says itself goes before its rank."""
    read = read_scenario(write_folder(tmp_path, HEADER, commitments=[{**RUN_ROW, **change}]))
    assert read["commitments"]["frozen"].tolist() == [frozen]


def test_a_moved_promise_and_its_neighbour_are_one_shipment(tmp_path: Path) -> None:
    """A run has two rows for one shipment where a promise was moved there; together they are it."""
    moved = {**RUN_ROW, "rank": "2", "quantity": "3", "promised_ship_date": "2026-11-23"}
    read = read_scenario(write_folder(tmp_path, HEADER, commitments=[RUN_ROW, moved]))
    assert read["commitments"]["quantity"].tolist() == [float(RUN_ROW["quantity"]) + 3]


def test_faults_keep_their_place(tmp_path: Path) -> None:
    """Two rows without rank of one shipment, a wrong cell and an unknown column are faults."""
    doubled = [{**RUN_ROW, "rank": ""}] * 2
    assert any("already given in row 2" in fault for fault in _faults(tmp_path / "a", doubled))
    wrong = [{**RUN_ROW, "quantity": "many"}]
    assert any("commitments.csv:2:quantity" in fault for fault in _faults(tmp_path / "b", wrong))
    unknown = [{**RUN_ROW, "colour": "red"}]
    assert any("unknown column 'colour'" in fault for fault in _faults(tmp_path / "c", unknown))
    unranked = {name: cell for name, cell in RUN_ROW.items() if name != "rank"}
    faults = _faults(tmp_path / "d", [unranked])
    assert any("unknown column 'arrival_date'" in fault for fault in faults)


def _faults(folder: Path, rows: list[dict[str, str]]) -> list[str]:
    return [str(fault) for fault in faults_of(write_folder(folder, HEADER, commitments=rows))]
