"""The run folder: written whole or not at all, and read back.

Everything is written into a hidden folder beside the destination, flushed to disk and renamed, so
that nobody ever sees half a run. The same input gives the same bytes, ``run.json`` aside.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from models.errors import UsageError
from models.scenario import Scenario
from models.solution import FRAMES, Solution
from optimizer.common.versions import version_of, versions
from optimizer.reporting.figures import figures
from optimizer.runs.sealing import seal
from optimizer.scenario.scenario_writer import write_scenario

if TYPE_CHECKING:
    from optimizer.planning import JudgedPlan

Format = Literal["csv", "parquet"]
RUN_FILES = ("run.json", "result.json")
"""A folder that holds these is a run folder."""


def run_id(scenario: Scenario, policy: str) -> str:
    """Name a run by its content: the same inputs, policy and version give the same id."""
    parts = [*input_hashes(scenario).values(), policy, version_of("allocore")]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:10]


def input_hashes(scenario: Scenario) -> dict[str, str]:
    """Hash the header and each table that has rows, in whatever order these are."""
    header = scenario.settings.model_dump_json().encode()
    rows = {
        name: np.sort(pd.util.hash_pandas_object(frame, index=False).to_numpy()).tobytes()
        for name, frame in sorted(scenario.tables.items())
        if len(frame)
    }
    hashed = {"scenario": header} | rows
    return {name: hashlib.sha256(content).hexdigest() for name, content in hashed.items()}


def default_folder(scenario: Scenario, policy: str) -> Path:
    """Return where a run goes when nobody says: ``runs/<scenario>-<run id>``."""
    return Path("runs") / f"{scenario.settings.name}-{run_id(scenario, policy)}"


def check_destination(folder: Path) -> None:
    """Refuse a destination that a run may not replace.

    Parameters
    ----------
    folder
        May be new, empty, or a run folder.

    Raises
    ------
    UsageError
        When anything else is there, an approved run is, or nothing can be written there.
    """
    try:
        occupied = folder.exists() and not (folder.is_dir() and not any(folder.iterdir()))
        parent = next(path for path in folder.absolute().parents if path.exists())
    except OSError as error:
        raise _unwritable(folder, error) from error
    if occupied and not all((folder / name).is_file() for name in RUN_FILES):
        msg = f"{folder} is in the way: it is no run folder; name a new or empty folder"
        raise UsageError(msg)
    if not (parent.is_dir() and os.access(parent, os.W_OK | os.X_OK)):
        msg = f"cannot write {folder}: {parent} is no folder that you may write to"
        raise UsageError(msg)
    with _guarded(folder):  # before somebody waits for a plan
        pass


@contextmanager
def _guarded(folder: Path) -> Iterator[None]:
    """Keep the folder of an approved run from being replaced, where there is a store."""
    from optimizer.store.address import is_here

    if (folder / RUN_FILES[0]).exists() and is_here():
        from optimizer.store.guarding import guarding

        with guarding(folder):
            yield
    else:
        yield


def write_run(
    plan: JudgedPlan,
    folder: Path | None = None,
    file_format: Format = "csv",
    beside: Callable[[Path], None] | None = None,
) -> Path:
    """Write a plan as a run folder.

    Parameters
    ----------
    plan
        Judged.
    folder
        The run folder itself; a run folder there is replaced as a whole. Default
        :func:`default_folder`.
    file_format
        Of the frames.
    beside
        Writes further files of the run into the folder it is given.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    UsageError
        When the destination is in the way or cannot be written.
    """
    solution = plan.solution
    target = folder or default_folder(plan.scenario, solution.policy)
    check_destination(target)
    frames = {name: getattr(solution, name) for name in FRAMES} | {"policies": plan.policies}
    frames["figures"] = figures(plan.scenario, solution)
    run = run_id(plan.scenario, solution.policy)
    with _replacing(target) as new:
        for name, frame in frames.items():
            write_frame(frame, new / f"{name}.{file_format}")
        _write_for_people(plan, run, new)
        write_json(result_of(solution), new / "result.json")
        write_scenario(plan.scenario, new / "scenario", "parquet")
        if beside:
            beside(new)
        write_json(_run(plan, file_format) | {"files": seal(new)}, new / "run.json")
    return target


def _write_for_people(plan: JudgedPlan, run: str, folder: Path) -> None:
    """Write the page and the workbook."""
    from optimizer.reporting import page, workbook

    scenario, solution, policies = plan.scenario, plan.solution, plan.policies
    page.write_report(scenario, solution, policies, plan.notes, run, folder / page.FILE)
    workbook.write_workbook(scenario.settings, solution, policies, run, folder / workbook.FILE)


def result_of(solution: Solution) -> dict[str, Any]:
    """Tell goals and totals as ``result.json`` does."""
    return {
        "scenario": solution.scenario,
        "policy": solution.policy,
        "status": solution.status,
        "goals": [asdict(goal) for goal in solution.goals],
        "totals": dict(solution.totals),
    }


def _run(plan: JudgedPlan, file_format: Format) -> dict[str, Any]:
    policy = plan.solution.policy
    return {
        "run": run_id(plan.scenario, policy),
        "scenario": plan.solution.scenario,
        "inputs": input_hashes(plan.scenario),
        "versions": versions(),
        "options": {
            "policy": policy,
            "format": file_format,
            **plan.scenario.settings.solver.model_dump(mode="json"),
        },
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(plan.seconds, 3),
        "cancelled": plan.cancelled,
        "notes": list(plan.notes),
    }


def write_json(content: dict[str, Any], path: Path) -> None:
    """Write one JSON document."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write one frame, as CSV or Parquet by the file's name; blanks stay blank."""
    if path.suffix == ".parquet":
        columns = {n: pa.array(c, _ARROW[str(c.dtype)], from_pandas=True) for n, c in frame.items()}
        pq.write_table(pa.table(columns), path)
        return
    text = pd.DataFrame({name: _text(column) for name, column in frame.items()})
    text.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


_ARROW = {
    "str": pa.string(),
    "float64": pa.float64(),
    "int64": pa.int64(),
    "bool": pa.bool_(),
    "datetime64[s]": pa.date32(),
}


def _text(column: pd.Series) -> pd.Series:
    kind = column.dtype.kind
    if kind == "b":
        column = column.map({True: "true", False: "false"})
    elif kind == "M":
        column = column.dt.strftime("%Y-%m-%d")
    elif kind == "f":
        column = column.map(_number)
    return column


def _number(value: float) -> str:
    if value != value:
        return ""
    return str(int(value)) if value.is_integer() else repr(value)


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """Lend a new folder that takes the target's place when all went well, and vanishes if not."""
    target = target.resolve()
    new = target.with_name(f".{target.name}-{secrets.token_hex(4)}")
    try:
        new.mkdir(parents=True)
        yield new
        _flush(new)
        with _guarded(target):
            _take_place(new, target)
        _flush_entry(target.parent)
    except OSError as error:
        raise _unwritable(target, error) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _take_place(new: Path, target: Path) -> None:
    if not target.exists() or not any(target.iterdir()):
        new.replace(target)
        return
    old = new.with_name(f"{new.name}.old")
    target.rename(old)
    try:
        new.rename(target)
    except BaseException:
        old.rename(target)
        raise
    shutil.rmtree(old)


def _flush(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        _flush_entry(path)
    _flush_entry(folder)


def _flush_entry(path: Path) -> None:
    entry = os.open(path, os.O_RDONLY)
    try:
        os.fsync(entry)
    finally:
        os.close(entry)


def _unwritable(folder: Path, error: OSError) -> UsageError:
    return UsageError(f"cannot write {folder}: {error.strerror or error}")
