"""Where a run folder goes: what it may replace, and how it takes its place, whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from models.errors import UsageError
from models.scenario import Scenario
from optimizer.runs.run_id import run_id
from optimizer.runs.run_reader import is_run_folder

Guard = Callable[[Path], AbstractContextManager[None]]
"""Refuses a folder that stays as it is; while the block runs, nobody decides that it does."""


def no_guard(_: Path) -> AbstractContextManager[None]:
    """Let every folder be replaced."""
    return nullcontext()


def default_folder(scenario: Scenario, policy: str) -> Path:
    """Return where a run goes when nobody says: ``runs/<scenario>-<run id>``."""
    return Path("runs") / f"{scenario.settings.name}-{run_id(scenario, policy)}"


def check_destination(folder: Path, guard: Guard = no_guard) -> None:
    """Refuse a destination that a run may not replace, before somebody waits for a plan.

    Parameters
    ----------
    folder
        May be new, empty, or a run folder.
    guard
        Refuses run folders that stay.

    Raises
    ------
    UsageError
        When anything else is there, the guard refuses it, or nothing can be written there.
    """
    try:
        occupied = folder.exists() and not (folder.is_dir() and not any(folder.iterdir()))
        parent = next(path for path in folder.absolute().parents if path.exists())
    except OSError as error:
        raise _not_writable(folder, error) from error
    if occupied and not is_run_folder(folder):
        msg = f"{folder} is in the way: it is no run folder; name a new or empty folder"
        raise UsageError(msg)
    if not (parent.is_dir() and os.access(parent, os.W_OK | os.X_OK)):
        msg = f"cannot write {folder}: {parent} is no folder that you may write to"
        raise UsageError(msg)
    with guard(folder):
        pass


@contextmanager
def replacement(target: Path, guard: Guard = no_guard) -> Iterator[Path]:
    """Lend a new folder that takes the target's place when all went well, and vanishes if not.

    It lies hidden beside the target, is flushed to disk and renamed, so that nobody ever sees half
    a run.

    Parameters
    ----------
    target
        The folder that is made or replaced.
    guard
        Asked again when the new folder takes its place.

    Raises
    ------
    UsageError
        When the guard refuses, or the folder cannot be written.
    """
    target = target.resolve()
    new = target.with_name(f".{target.name}-{secrets.token_hex(4)}")
    try:
        new.mkdir(parents=True)
        yield new
        _flush(new)
        with guard(target):
            _take_place(new, target)
        _flush_entry(target.parent)
    except OSError as error:
        raise _not_writable(target, error) from error
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


def _not_writable(folder: Path, error: OSError) -> UsageError:
    return UsageError(f"cannot write {folder}: {error.strerror or error}")
