"""Write a scenario as a folder that ``read_scenario`` reads back unchanged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Literal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from ruamel.yaml import YAML
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from models.errors import UsageError
from models.scenario import Scenario
from models.settings import Settings
from models.tables import TABLES
from optimizer.common.number_text import number_text

Tables = Literal["parquet", "csv", "xlsx"]
MOST_SHEET_ROWS = 1_048_575
"""Rows of a spreadsheet, less the header."""
FIRST_SHEET_DAY = date(1900, 3, 1)
"""Spreadsheets count a 29 February 1900; earlier dates are written as text."""
NEVER_CHANGES = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""Creation date written into workbooks, so that equal scenarios give equal bytes."""


def write_scenario(scenario: Scenario, folder: str | Path, tables: Tables) -> None:
    """Write header, tables and templates, normalised; equal scenarios give equal bytes.

    Parameters
    ----------
    scenario
        What to write. Optional tables without rows are left out.
    folder
        A new or empty folder.
    tables
        ``parquet`` or ``csv`` for a file per table, ``xlsx`` for one workbook with a sheet each.

    Raises
    ------
    UsageError
        When the folder holds something, or a table is too long for a workbook.
    """
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        msg = f"{folder} is not an empty folder; name a new one"
        raise UsageError(msg)
    frames = {
        name: scenario[name]
        for name, table in TABLES.items()
        if table.required or len(scenario[name])
    }
    longest = max(frames, key=lambda name: len(frames[name]))
    if tables == "xlsx" and len(frames[longest]) > MOST_SHEET_ROWS:
        msg = f"table {longest!r} is too long for a workbook; write parquet or csv"
        raise UsageError(msg)
    folder.mkdir(parents=True, exist_ok=True)
    _write_header(scenario.settings, folder / "scenario.yaml")
    _write_templates(scenario.templates, folder / "notices")
    if tables == "xlsx":
        _write_workbook(frames, folder / "scenario.xlsx")
        return
    for name, frame in frames.items():
        path = folder / f"{name}.{tables}"
        if tables == "csv":
            _write_csv(frame, scenario.settings.csv.mark, path)
        else:
            _write_parquet(frame, path)


def _write_header(settings: Settings, path: Path) -> None:
    yaml = YAML()
    yaml.width = 10_000
    with path.open("w", encoding="utf-8", newline="\n") as target:
        yaml.dump(settings.model_dump(mode="json", exclude_none=True), target)


def _write_templates(templates: Mapping[str, str], folder: Path) -> None:
    for language, text in templates.items():
        folder.mkdir(exist_ok=True)
        (folder / f"{language}.jinja").write_text(text, encoding="utf-8", newline="\n")


def _write_csv(frame: pd.DataFrame, mark: str | None, path: Path) -> None:
    columns = {
        name: values.map(partial(number_text, mark=mark)) if values.dtype == "float64" else values
        for name, values in frame.items()
    }
    text = pd.DataFrame(columns)
    for name, values in frame.items():
        if values.dtype == "bool":
            text[name] = values.map({True: "true", False: "false"})
    text.to_csv(path, index=False, lineterminator="\n", date_format="%Y-%m-%d")


def _write_parquet(frame: pd.DataFrame, path: Path) -> None:
    fields = {name: _arrow(str(values.dtype)) for name, values in frame.items()}
    columns = [pa.array(frame[name], kind, from_pandas=True) for name, kind in fields.items()]
    pq.write_table(pa.table(columns, names=list(fields)), path)


def _arrow(dtype: str) -> pa.DataType:
    kinds = {"str": pa.string(), "float64": pa.float64(), "int64": pa.int64(), "bool": pa.bool_()}
    return kinds.get(dtype, pa.date32())


def _write_workbook(frames: dict[str, pd.DataFrame], path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"created": NEVER_CHANGES})
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        for name, frame in frames.items():
            sheet = book.add_worksheet(name)
            for column, (header, values) in enumerate(frame.items()):
                sheet.write_string(0, column, str(header), bold)
                width = _write_column(sheet, column, values, day)
                sheet.set_column(column, column, min(40, max(width, len(str(header))) + 3))
            sheet.freeze_panes(1, 0)
            sheet.autofilter(0, 0, max(1, len(frame)), len(frame.columns) - 1)


class _Exact(float):
    """A number that a workbook keeps to its last digit; the library would write 16 of 17."""

    def __format__(self, _: str) -> str:
        return repr(float(self))


def _write_column(sheet: Worksheet, column: int, values: pd.Series, day: Format) -> int:
    """Write one column, text never as a formula, blanks not at all; return its longest text."""
    widest = 0
    for row, value in enumerate(values.tolist(), start=1):
        if value == "" or pd.isna(value):
            continue
        if isinstance(value, bool):
            sheet.write_boolean(row, column, value)
        elif isinstance(value, pd.Timestamp) and value.date() >= FIRST_SHEET_DAY:
            sheet.write_datetime(row, column, value.to_pydatetime(), day)
        elif isinstance(value, pd.Timestamp | str):
            sheet.write_string(
                row, column, str(value)[:10] if isinstance(value, pd.Timestamp) else value
            )
        else:
            sheet.write_number(row, column, _Exact(value))
        widest = max(
            widest, len(f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else str(value))
        )
    return widest
