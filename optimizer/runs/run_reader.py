"""A run folder read back, for whoever verifies, compares or explains it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import pandas as pd

from models.errors import UsageError
from models.scenario import Scenario
from models.solution import ADDED, FRAMES, Solution
from optimizer.reading import read_scenario
from optimizer.runs.file_formats import read_frame
from optimizer.runs.result_json import RunResult, read_result
from optimizer.runs.run_files import POLICIES, RECORD, RESULT, SCENARIO

POLICY_COLUMNS = {"policy": "str", "goal": "str", "value": "float64"}


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
    scenario = SCENARIO.path(folder)
    if not scenario.is_dir():
        raise _damaged(scenario, "the folder is missing")
    result = _result(RESULT.path(folder))
    frames = {
        name: _frame(folder, name, columns, ADDED.get(name, ())) for name, columns in FRAMES.items()
    }
    solution = Solution(**(dict(result) | frames))
    return read_scenario(scenario), solution


def read_policies(folder: str | Path) -> pd.DataFrame:
    """Read what each policy would have reached: columns ``policy``, ``goal``, ``value``.

    Raises
    ------
    UsageError
        When the file is missing or cannot be read.
    """
    return _frame(Path(folder), Path(POLICIES.name).stem, POLICY_COLUMNS)


def is_run_folder(folder: Path) -> bool:
    """Whether a run was written there."""
    return not _missing(folder)


def check_run_folder(folder: Path) -> None:
    """Refuse a folder in which no run was written.

    Raises
    ------
    UsageError
        When it does not hold the files that every run folder has.
    """
    if missing := _missing(folder):
        msg = f"{folder} is no run folder: it has no {' and no '.join(missing)}"
        raise UsageError(msg)


def _missing(folder: Path) -> list[str]:
    """Name the files that make a folder a run folder and are not there."""
    return [file.name for file in (RECORD, RESULT) if not file.path(folder).is_file()]


def _damaged(path: Path, problem: object) -> UsageError:
    return UsageError(f"the run folder is damaged: {path}: {problem}; run the scenario again")


def _result(path: Path) -> RunResult:
    try:
        return read_result(path)
    except ValueError as error:
        raise _damaged(path, error) from error
    except OSError as error:
        raise _damaged(path, error.strerror) from error


def _frame(
    folder: Path, name: str, columns: Mapping[str, str], added: Collection[str] = ()
) -> pd.DataFrame:
    path = folder / f"{name}.parquet"
    if not path.is_file():
        path = folder / f"{name}.csv"
    try:
        return read_frame(path, columns, added)
    except FileNotFoundError as error:
        raise _damaged(path, "the file is missing") from error
    except (OSError, ValueError) as error:
        raise _damaged(path, error) from error
