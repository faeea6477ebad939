"""Run stores for tests: runs by the dozen, processes at once, and processes that are killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import traceback
from collections.abc import Callable, Hashable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.pool import NullPool

from models.scenario import Scenario
from models.solution import Solution
from optimizer.runs.destination import Guard, no_guard
from optimizer.runs.run_reader import read_run
from optimizer.runs.run_writer import write_run
from optimizer.store import Run, Store
from tests.cli.test_plan_text import SEGMENTS, TABLES
from tests.support.scenarios_as_text import make_scenario
from tests.support.solverless_plans import plan_by_rule

DAY = date(2026, 11, 23)
KEPT = {"segment": "gold", "measure": "unit_otif", "at_least": 0.1}
MISSED = {"segment": "gold", "measure": "unit_otif", "at_least": 1.0}
OVERRIDES = "order,line,action,value,by,note\nO1,1,quantity,5,Somebody,because she asked"


def make_run(
    folder: Path, *, expect: Sequence[dict[str, Any]] = (KEPT,), guard: Guard = no_guard
) -> Path:
    """Write a run folder, planned by a rule."""
    tables = TABLES | {"overrides": OVERRIDES}
    scenario = make_scenario({"segments": SEGMENTS, "expect": list(expect)}, **tables)
    return write_run(plan_by_rule(scenario), folder, guard=guard)


def twin(template: Path, folder: Path, run: str) -> Path:
    """Copy a run folder under another run id."""
    shutil.copytree(template, folder)
    about = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(about | {"run": run}))
    return folder


def read_once(monkeypatch: pytest.MonkeyPatch, *first: Path) -> None:
    """Read runs of the same scenario once: it takes most of the time and writes nothing.

    Those in ``first`` are read now, before processes are forked off.
    """
    known: dict[bytes, tuple[Scenario, Solution]] = {}

    def read(folder: Path) -> tuple[Scenario, Solution]:
        asked = (folder / "scenario" / "scenario.yaml").read_bytes()
        if asked not in known:
            known[asked] = read_run(folder)
        return known[asked]

    for folder in first:
        read(folder)
    monkeypatch.setattr("optimizer.store.records.read_run", read)
    monkeypatch.setattr("optimizer.store.publishing.read_run", read)


def add(url: str, folder: Path, day: date = DAY, rung: str = "exact") -> Run:
    """Register a run folder."""
    with Store.open(url) as store:
        return store.register(folder, as_of=day, rung=rung)


def rows_of(url: str, table: str = "priorities") -> list[tuple[str, str, int]]:
    """Return scenario, run and rank of all published rows; none where there is no table."""
    engine = create_engine(url if "://" in url else f"sqlite:///{url}", poolclass=NullPool)
    with engine.connect() as connection:
        if not engine.dialect.has_table(connection, table):
            return []
        statement = f"SELECT scenario, run, rank FROM {table} ORDER BY scenario, rank"  # noqa: S608
        return [tuple(row) for row in connection.exec_driver_sql(statement)]


def execute(url: str, statement: str) -> None:
    """Change a database behind the store's back."""
    address = url if "://" in url else f"sqlite:///{url}"
    with create_engine(address, poolclass=NullPool).begin() as connection:
        connection.exec_driver_sql(statement)


def state(url: str) -> dict[str, Any]:
    """Return all that a store says, but times and hashes of entries."""
    with Store.open(url) as store:
        log, runs = store.audit(), store.runs()
        details = {run: store.details(run) for run in runs["run"]}
    told = runs.drop(columns=["created"]).assign(folder=runs["folder"].map(str))
    return {
        "runs": told.sort_values("run").to_dict("records"),
        "events": list(zip(log["event"], log["run"], strict=True)),
        "details": {
            run: {
                name: _records(frame.drop(columns=["at", "seq"], errors="ignore"))
                for name, frame in frames.items()
            }
            for run, frames in details.items()
        },
    }


def _records(frame: pd.DataFrame) -> list[dict[Hashable, Any]]:
    """Rows with blanks that equal each other."""
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def at_once(actions: Sequence[Callable[[], object]]) -> list[str]:
    """Do each in a process of its own, all starting together; what each raised, or nothing."""
    ready, go = os.pipe(), os.pipe()
    answers: list[tuple[int, int]] = []
    for action in actions:
        mine = os.pipe()
        if (child := os.fork()) == 0:
            os.close(go[1])
            os.write(ready[1], b".")
            os.read(go[0], 1)  # until the parent closes it
            os.write(mine[1], _told(action).encode())
            os._exit(0)
        os.close(mine[1])
        answers.append((child, mine[0]))
    for _ in actions:
        os.read(ready[0], 1)
    os.close(go[1])
    said = []
    for child, answer in answers:
        with os.fdopen(answer, "rb") as pipe:
            said.append(pipe.read().decode())
        os.waitpid(child, 0)
    for end in (*ready, go[0]):
        os.close(end)
    return said


def _told(action: Callable[[], object]) -> str:
    try:
        action()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def killed_at(step: int, action: Callable[[], object]) -> bool:
    """Do something in a process that is killed at its n-th step; False when it ends before.

    Steps are: before each SQL statement, before and after each commit, and before and after each
    call that changes a folder.
    """
    child = os.fork()
    if child == 0:
        try:
            _arm(step)
            action()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def _arm(last: int) -> None:
    """Let this process kill itself at a step; nothing is put back, since it ends soon."""
    taken = 0

    def step(*_: object) -> None:
        nonlocal taken
        taken += 1
        if taken == last:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(call: Callable[..., object]) -> Callable[..., object]:
        def done(*arguments: object, **named: object) -> object:
            step()
            answer = call(*arguments, **named)
            step()
            return answer

        return done

    event.listen(Engine, "before_cursor_execute", step)
    DefaultDialect.do_commit = around(DefaultDialect.do_commit)  # type: ignore[method-assign]
    for name in ("rename", "replace", "fsync", "unlink", "rmdir", "mkdir"):
        setattr(os, name, around(getattr(os, name)))
