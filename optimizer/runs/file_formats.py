"""JSON documents and frames as files: one way to write each, and to read a frame back."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from optimizer.common.number_text import number_text

Format = Literal["csv", "parquet"]
_ARROW = {
    "str": pa.string(),
    "float64": pa.float64(),
    "int64": pa.int64(),
    "bool": pa.bool_(),
    "datetime64[s]": pa.date32(),
}


def write_json(content: Mapping[str, Any], path: Path) -> None:
    """Write one JSON document."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write one frame, as CSV or Parquet by the file's name; blanks stay blank."""
    if path.suffix == ".parquet":
        columns = {n: pa.array(c, _ARROW[str(c.dtype)], from_pandas=True) for n, c in frame.items()}
        pq.write_table(pa.table(columns), path)
        return
    text = pd.DataFrame({name: _as_text(column) for name, column in frame.items()})
    text.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def read_frame(path: Path, columns: Mapping[str, str], added: Collection[str] = ()) -> pd.DataFrame:
    """Read one frame as :func:`write_frame` wrote it.

    Parameters
    ----------
    path
        CSV or Parquet, by the file's name.
    columns
        Names in their order, and dtypes.
    added
        The last columns, which a file of an older version does not have; they are blank then.

    Raises
    ------
    OSError, ValueError
        When the file is missing, cannot be read, or has other columns.
    """
    try:
        if path.suffix == ".csv":
            raw = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8")
        else:
            raw = pq.read_table(path).to_pandas(date_as_object=False)
    except pa.ArrowException as error:
        raise ValueError(str(error)) from error
    if added and not raw.columns.isin(list(added)).any():
        raw = raw.assign(**dict.fromkeys(added, ""))
    if list(raw.columns) != list(columns):
        msg = f"its columns must be {', '.join(columns)}"
        raise ValueError(msg)
    values = {column: _from_text(raw[column], dtype) for column, dtype in columns.items()}
    return pd.DataFrame(values).astype(dict(columns))


def _as_text(column: pd.Series) -> pd.Series:
    kind = column.dtype.kind
    if kind == "b":
        column = column.map({True: "true", False: "false"})
    elif kind == "M":
        column = column.dt.strftime("%Y-%m-%d")
    elif kind == "f":
        column = column.map(number_text)
    return column


def _from_text(column: pd.Series, dtype: str) -> pd.Series:
    """Turn the text of flags, dates and blanks into values."""
    if column.dtype != "str":
        return column
    if dtype == "bool":
        column = column.map({"true": True, "false": False})
        if column.isna().any():
            msg = f"column {column.name} must hold true or false"
            raise ValueError(msg)
    elif dtype == "datetime64[s]":
        column = pd.to_datetime(column.mask(column == ""), format="%Y-%m-%d")
    elif dtype == "float64":
        column = column.mask(column == "", "nan")
    return column
