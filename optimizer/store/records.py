"""A run as the store knows it, and what is read of its folder to be registered."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Row, Table, insert, select

from models.errors import ChangedRunError, UsageError
from models.scenario import Scenario
from models.solution import Solution
from optimizer.answering.plan_tests import run_plan_tests
from optimizer.runs.run_files import RECORD
from optimizer.runs.run_reader import check_run_folder, read_run
from optimizer.runs.sealing import changes, differences, seal
from optimizer.store.tables import FILES, GOALS, OVERRIDES, RUNS, SERVICE, TESTS, TOTALS

RUNGS = ("exact", "within_limit", "last_goal", "greedy", "yesterday")
"""How a plan was got, best first."""
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Run:
    """A registered run."""

    run: str
    """Run id."""
    scenario: str
    """Name of the scenario."""
    as_of: date
    """Day that the plan is for."""
    policy: str
    status: str
    """``proposed``, ``approved`` or ``rejected``."""
    published: bool
    rung: str
    """How the plan was got: one of :data:`RUNGS`."""
    plan_status: str
    """``optimal``, ``feasible`` or ``fallback``."""
    folder: Path
    """Run folder, absolute."""
    created: datetime
    """When it was registered first, UTC."""
    version: str
    """Version of allocore that planned it."""


@dataclass(frozen=True, slots=True)
class StoreChange:
    """What a decision or a publication did."""

    run: Run
    """As it is now."""
    changed: bool
    """Whether anything is other than before."""
    text: str
    """A sentence for people."""


@dataclass(frozen=True, slots=True)
class Content:
    """Everything of a run folder that the store keeps."""

    run: str
    row: Mapping[str, Any]
    """Of the table ``runs``, but ``as_of``, ``rung``, ``status`` and ``created``."""
    parts: Mapping[Table, Rows]
    """Rows of the other tables."""
    digest: str
    """SHA-256 over the names and hashes of its files."""


def run_id_in(folder: Path) -> str | None:
    """Return the id of the run that is in a folder; None when there is none."""
    try:
        return str(json.loads(RECORD.path(folder).read_bytes())["run"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def content_of(folder: Path) -> Content:
    """Read a complete run folder.

    Raises
    ------
    UsageError
        When it is no run folder, or a file of it cannot be read.
    ScenarioError
        When its scenario is not valid.
    ChangedRunError
        When its files are not those that the run wrote.
    """
    check_run_folder(folder)
    if changed := changes(folder):
        raise changed_run_error(folder, changed)
    told = json.loads(RECORD.path(folder).read_bytes())
    scenario, solution = read_run(folder)
    row = {
        "run": told["run"],
        "scenario": solution.scenario,
        "policy": solution.policy,
        "plan_status": solution.status.value,
        "folder": str(folder.resolve()),
        "version": told["versions"]["allocore"],
    }
    files = [_file(folder, name, digest) for name, digest in sorted(told["files"].items())]
    parts = _parts(scenario, solution) | {FILES: files}
    return Content(told["run"], row, parts, digest_of(files))


def digest_of(files: Rows) -> str:
    """Hash what files a run has, by their names and hashes."""
    names = json.dumps(sorted((row["name"], row["sha256"]) for row in files))
    return hashlib.sha256(names.encode()).hexdigest()


def record_of(folder: Path) -> dict[str, Any]:
    """Describe ``run.json``, which alone differs each time that the same run is written."""
    content = RECORD.path(folder).read_bytes()
    return _file(folder, RECORD.name, hashlib.sha256(content).hexdigest())


def changed_run_error(
    folder: Path, changed: Sequence[str], status: str = "proposed"
) -> ChangedRunError:
    """Make the error that says which files are not as they were."""
    listed = "\n".join(f" * {sentence}" for sentence in changed)
    again = "propose it again: a proposal whose files are not whole is replaced"
    remedy = f"-> {again if status == 'proposed' else 'restore the folder from a backup'}"
    return ChangedRunError(f"{folder} is not what the run wrote:\n{listed}\n{remedy}")


def current_hashes(folder: Path) -> dict[str, str]:
    """Hash the files of a run folder, ``run.json`` too; nothing where there is no folder."""
    try:
        return seal(folder) | {RECORD.name: record_of(folder)["sha256"]}
    except OSError:
        return {}


def changes_of(connection: Connection, run: Run) -> list[str]:
    """Say which files of a registered run are not as they were registered."""
    files = {row["name"]: row["sha256"] for row in files_of(connection, run.run)}
    return differences(files, current_hashes(run.folder))


def files_of(connection: Connection, run: str) -> Rows:
    """Return the registered files of a run."""
    rows = connection.execute(select(FILES).where(FILES.c.run == run).order_by(FILES.c.name))
    return [row._asdict() for row in rows]


def find(connection: Connection, run: str) -> Run | None:
    """Return a registered run by its id."""
    row = connection.execute(select(RUNS).where(RUNS.c.run == run)).first()
    return run_of(row) if row else None


def run_by_id(connection: Connection, run: str) -> Run:
    """Return a registered run by its id.

    Raises
    ------
    UsageError
        When it is not registered.
    """
    there = find(connection, run)
    if there is None:
        msg = f"{run} is not registered; `allocore runs list` names what is"
        raise UsageError(msg)
    return there


def run_of(row: Row[Any]) -> Run:
    """Read a row of the table ``runs``."""
    values = row._asdict()
    values["folder"] = Path(values["folder"])
    values["created"] = datetime.fromisoformat(values["created"])
    return Run(**values)


def write_parts(connection: Connection, content: Content) -> None:
    """Write what a run consists of, beside its own row."""
    for table, rows in content.parts.items():
        if rows:
            connection.execute(insert(table), [{"run": content.run} | row for row in rows])


def _parts(scenario: Scenario, solution: Solution) -> dict[Table, Rows]:
    columns = ["order", "line", "action", "value"]
    overrides = scenario["overrides"][columns].to_dict("records")
    return {
        GOALS: _numbered([asdict(goal) | {"status": goal.status.value} for goal in solution.goals]),
        SERVICE: _rows(solution.service),
        TOTALS: [{"name": n, "value": float(v)} for n, v in solution.totals.items()],
        TESTS: _numbered([asdict(test) for test in run_plan_tests(scenario, solution)]),
        OVERRIDES: _numbered([_blanks(row) for row in overrides]),
    }


def _file(folder: Path, name: str, digest: str) -> dict[str, Any]:
    return {"name": name, "size": (folder / name).stat().st_size, "sha256": digest}


def _numbered(rows: Rows) -> Rows:
    return [{"position": nth} | row for nth, row in enumerate(rows, start=1)]


def _rows(frame: pd.DataFrame) -> Rows:
    return [_blanks(row) for row in frame.to_dict("records")]


def _blanks(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Write blanks as null; a plain dictionary."""
    return {str(name): None if pd.isna(value) else value for name, value in row.items()}
