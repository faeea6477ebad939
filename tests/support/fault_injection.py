"""Faults at the n-th step of work that writes, in a forked process, so that it may be killed."""

from __future__ import annotations

import errno
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Engine, event

Fault = Literal["kill", "full"]
CHANGES = ("os.rename", "os.mkdir", "os.remove", "os.rmdir")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
FINE, RAISED = 0, 17


class Steps:
    """Counts the steps that write below a folder; at one of them the fault happens.

    A step is a file opened to be written, a rename, a new or removed entry, a flush to disk, an SQL
    statement or its commit; the fault happens instead of it.
    """

    def __init__(self, folder: Path, at: int | None, fault: Fault) -> None:
        self.folder, self.at, self.fault = str(folder), at, fault
        self.count = 0

    def install(self) -> None:
        """Listen until the process ends."""
        sys.addaudithook(self.audited)
        fsync = os.fsync

        def flushed(entry: Any) -> None:
            self.step()
            fsync(entry)

        setattr(os, "fsync", flushed)  # noqa: B010 - not as its type is declared
        event.listen(Engine, "before_cursor_execute", lambda *_: self.step())
        event.listen(Engine, "commit", lambda *_: self.step())

    def audited(self, name: str, arguments: tuple[Any, ...]) -> None:
        """Take an event of the interpreter."""
        opened = name == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING
        if (opened or name in CHANGES) and str(arguments[0]).startswith(self.folder):
            self.step()

    def step(self) -> None:
        """Count, or fail."""
        self.count += 1
        if self.count != self.at:
            return
        if self.fault == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def forked(
    work: Callable[[], object], folder: Path, at: int | None = None, fault: Fault = "kill"
) -> tuple[int, int]:
    """Do the work in a forked process with a fault at its n-th step.

    Returns
    -------
    int, int
        How it ended: 0, ``RAISED`` with an exception, minus the signal; and the steps it took, 0
        where it was killed.
    """
    source, sink = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # threads of the test's own tools are not used there
        child = os.fork()
    if child == 0:
        code = RAISED
        try:
            steps = Steps(folder, at, fault)
            steps.install()
            work()
            code = FINE
        except BaseException:
            os.write(2, traceback.format_exc().encode())
        finally:
            os.write(sink, steps.count.to_bytes(4, "big"))
            os._exit(code)
    os.close(sink)
    told = os.read(source, 4)
    os.close(source)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), int.from_bytes(told, "big")
