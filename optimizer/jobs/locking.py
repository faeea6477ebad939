"""One job at a time in a folder of runs; the lock of a dead holder is free.

The operating system holds the lock and lets it go with the process, however that ends: a file
beside it only says who has it.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from models.errors import LockedError, UsageError

LOCK, HOLDER = ".allocore.lock", ".allocore.holder.json"


@contextmanager
def folder_lock(folder: Path, seconds: float) -> Iterator[None]:
    """Hold the lock of a folder while the block runs.

    Parameters
    ----------
    folder
        Made where it is missing.
    seconds
        Time to wait for another holder [s].

    Raises
    ------
    LockedError
        When another process holds it for longer; the message says which.
    UsageError
        When the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK)
        lock.acquire(timeout=seconds)
    except Timeout as error:
        msg = f"another job is at work in {folder}: {_holder(folder)}; wait for its end"
        raise LockedError(msg) from error
    except OSError as error:
        msg = f"cannot write {folder}: {error.strerror or error}"
        raise UsageError(msg) from error
    try:
        _sign(folder)
        yield
    finally:
        with suppress(OSError):
            (folder / HOLDER).unlink()
        lock.release()


def _sign(folder: Path) -> None:
    """Say who holds the lock; a full disk is no reason not to begin."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": now}
    with suppress(OSError):
        (folder / HOLDER).write_text(json.dumps(holder), encoding="utf-8")


def _holder(folder: Path) -> str:
    """Say in words who holds the lock."""
    try:
        holder = json.loads((folder / HOLDER).read_text(encoding="utf-8"))
        return f"process {holder['pid']} on {holder['host']}, since {holder['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "it has not yet said who it is"
