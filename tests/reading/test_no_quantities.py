"""Quantities of 0 and below: what to do about them."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.scenario_folders import BASE, as_csv, the_fault, write_folder
from tests.support.sql_folders import from_rows

RETURN = " -> leave the row out, or list it under receipts as a return"
TWO = {**BASE["lines"], "line": "2"}


@pytest.mark.parametrize("text", ["0", "-5", "-0.5", "0.000", "5-", "5 -", "(5)", "1.000,00-"])
def test_a_line_of_nothing_or_less_is_left_out_or_a_return(text: str, tmp_path: Path) -> None:
    lines = as_csv([BASE["lines"], {**TWO, "quantity": text}])
    assert the_fault(write_folder(tmp_path, lines=lines)).endswith(RETURN)


def test_in_parquet_too(tmp_path: Path) -> None:
    lines = {"order": ["O1"] * 2, "line": [1, 2], "item": ["A"] * 2, "quantity": [3, -2]}
    pq.write_table(pa.table(lines), write_folder(tmp_path, lines=None) / "lines.parquet")
    said = f"lines.parquet:3:quantity: '-2.0' is too small{RETURN}"
    assert the_fault(tmp_path) == said


def test_in_a_database_too(tmp_path: Path) -> None:
    from_rows(tmp_path, "lines", BASE["lines"], {**TWO, "quantity": "-2"})
    assert the_fault(tmp_path) == f"sql:lines:2:quantity: '-2' is too small{RETURN}"


@pytest.mark.parametrize("table", ["commitments", "forecast"])
@pytest.mark.parametrize("text", ["0", "-5", "5-"])
def test_a_row_of_nothing_is_left_out(table: str, text: str, tmp_path: Path) -> None:
    folder = write_folder(tmp_path, **{table: [{**BASE[table], "quantity": text}]})
    assert the_fault(folder).endswith(" -> leave the row out")


@pytest.mark.parametrize(("text", "said"), [("5-", "-5"), ("(7.5)", "-7.5")])
def test_a_minus_elsewhere_goes_in_front(text: str, said: str, tmp_path: Path) -> None:
    fault = the_fault(write_folder(tmp_path, signals=[{**BASE["signals"], "value": text}]))
    assert fault.endswith(f"write the minus in front: {said}")
