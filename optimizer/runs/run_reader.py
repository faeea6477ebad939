"""A run folder read back, for whoever verifies, compares or explains it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, ValidationError

from models.errors import UsageError
from models.scenario import Scenario
from models.solution import FRAMES, Goal, Solution, Status
from optimizer.reading import read_scenario
from optimizer.runs.run_writer import RUN_FILES

POLICIES = {"policy": "str", "goal": "str", "value": "float64"}


class _Result(BaseModel):
    model_config = ConfigDict(extra="forbid")

    scenario: str
    policy: str
    status: Status
    goals: tuple[Goal, ...]
    totals: dict[str, float]


def read_run(folder: str | Path) -> tuple[Scenario, Solution]:
    """Read a run folder.

    Parameters
    ----------
    folder
        As :func:`optimizer.runs.run_writer.write_run` wrote it.

    Returns
    -------
    Scenario, Solution
        The question and the answer, exactly as the files say; nothing is judged here.

    Raises
    ------
    UsageError
        When the folder is no run folder, or a file of it is missing or cannot be read.
    ScenarioError
        When its scenario is not valid.
    """
    folder = Path(folder)
    check_run_folder(folder)
    if not (folder / "scenario").is_dir():
        raise _torn(folder / "scenario", "the folder is missing")
    result = _read_result(folder / "result.json")
    frames = {name: _read_frame(folder, name, columns) for name, columns in FRAMES.items()}
    solution = Solution(**(dict(result) | frames))
    return read_scenario(folder / "scenario"), solution


def read_policies(folder: str | Path) -> pd.DataFrame:
    """Read what each policy would have reached: columns ``policy``, ``goal``, ``value``.

    Raises
    ------
    UsageError
        When the file is missing or cannot be read.
    """
    return _read_frame(Path(folder), "policies", POLICIES)


def check_run_folder(folder: Path) -> None:
    """Refuse a folder in which no run was written.

    Raises
    ------
    UsageError
        When it does not hold the files that every run folder has.
    """
    missing = [name for name in RUN_FILES if not (folder / name).is_file()]
    if missing:
        msg = f"{folder} is no run folder: it has no {' and no '.join(missing)}"
        raise UsageError(msg)


def _torn(path: Path, problem: object) -> UsageError:
    return UsageError(f"the run folder is damaged: {path}: {problem}; run the scenario again")


def _read_result(path: Path) -> _Result:
    try:
        return _Result.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise _torn(path, f"{place}: {first['msg']}" if place else first["msg"]) from error
    except OSError as error:
        raise _torn(path, error.strerror) from error


def _read_frame(folder: Path, name: str, columns: Mapping[str, str]) -> pd.DataFrame:
    path = folder / f"{name}.parquet"
    if not path.is_file():
        path = folder / f"{name}.csv"
    try:
        if path.suffix == ".csv":
            raw = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8")
        else:
            raw = pq.read_table(path).to_pandas(date_as_object=False)
        if list(raw.columns) != list(columns):
            raise _torn(path, f"its columns must be {', '.join(columns)}")
        read = {column: _unwritten(raw[column], dtype) for column, dtype in columns.items()}
        return pd.DataFrame(read).astype(dict(columns))
    except FileNotFoundError as error:
        raise _torn(path, "the file is missing") from error
    except (OSError, ValueError, pa.ArrowException) as error:
        raise _torn(path, error) from error


def _unwritten(column: pd.Series, dtype: str) -> pd.Series:
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
