"""Work in a process of its own that is ended, with all its children, when its time is over."""

from __future__ import annotations

import logging
import os
import pickle
import queue
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO

import pandas as pd

from optimizer.common.clock import Clock

log = logging.getLogger(__name__)

TICK = 0.05
"""How often the parent looks at the clock and for a cancellation [s]."""
GRACE = 20.0
"""Time that a cancelled child has to come to its end [s]."""
CANCEL = b"c"
"""What the parent writes to ask for the best answer so far."""


class EndedError(Exception):
    """The child died, failed or was ended; never leaves :mod:`optimizer.jobs`."""


def call_in_child(
    call: str,
    argument: object,
    clock: Clock,
    cancel: threading.Event,
    receive: Callable[[Any], None],
) -> Any:  # noqa: ANN401 - whatever the call returns
    """Call a function in a new process.

    Parameters
    ----------
    call
        ``module:function``; it is given the argument, an event that asks it to end, and a function
        that takes messages.
    argument
        What can be pickled.
    clock
        The process is killed when its time is over.
    cancel
        When set, the function is asked to end, and killed after ``GRACE``.
    receive
        Called with each message of the function.

    Returns
    -------
    object
        What the function returned.

    Raises
    ------
    EndedError
        When nothing came back.
    """
    request = call, argument, pd.get_option("mode.string_storage")
    child = _start_child()
    messages: queue.SimpleQueue[tuple[str, Any] | None] = queue.SimpleQueue()
    asked = threading.Event()
    threads = [
        threading.Thread(target=_read, args=(child.stdout, messages), daemon=True),
        threading.Thread(target=_log_lines, args=(child.stderr,), daemon=True),
        threading.Thread(target=_write, args=(child.stdin, request, asked), daemon=True),
    ]
    try:
        for thread in threads:
            thread.start()
        return _result(child, messages, clock, _Cancel(cancel, asked), receive)
    finally:
        _end(child)
        asked.set()
        for thread in threads:
            thread.join()
        for pipe in (child.stdin, child.stdout, child.stderr):
            with suppress(OSError):
                if pipe:
                    pipe.close()


def _start_child() -> subprocess.Popen[bytes]:
    """Start the child's program, in a group of its own, so that its solvers are ended with it."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "optimizer.jobs.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )


class _Cancel:
    """Passes the wish to end on to the child, and gives it some time."""

    def __init__(self, wish: threading.Event, asked: threading.Event) -> None:
        self.wish, self.asked = wish, asked
        self.grace: Clock | None = None

    def is_over(self) -> bool:
        """Whether the child was asked to end so long ago that it never will."""
        if self.wish.is_set() and self.grace is None:
            self.grace = Clock(GRACE)
            self.asked.set()
        return self.grace is not None and self.grace.left <= 0


def _result(
    child: subprocess.Popen[bytes],
    messages: queue.SimpleQueue[tuple[str, Any] | None],
    clock: Clock,
    cancel: _Cancel,
    receive: Callable[[Any], None],
) -> Any:  # noqa: ANN401
    """Wait for the result; end the wait on death or when the time is over."""
    while True:
        if clock.left <= 0 or cancel.is_over():
            msg = "was ended when its time was over"
            raise EndedError(msg)
        try:
            message = messages.get(timeout=TICK)
        except queue.Empty:
            continue
        if message is None:
            msg = f"the process died with code {child.wait()}"
            raise EndedError(msg)
        kind, content = message
        if kind == "done":
            return content
        if kind == "failed":
            raise EndedError(content)
        receive(content)


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill the process and its group; its solvers notice that they are alone."""
    if sys.platform == "win32":
        child.kill()
    else:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _write(pipe: BinaryIO, request: object, asked: threading.Event) -> None:
    """Send the request, and the wish to end once there is one."""
    body = pickle.dumps(request, protocol=5)
    with suppress(OSError, ValueError):  # a dead process is noticed by who reads from it
        pipe.write(struct.pack("<q", len(body)) + body)
        pipe.flush()
        asked.wait()
        pipe.write(CANCEL)
        pipe.flush()


def _read(pipe: BinaryIO, messages: queue.SimpleQueue[tuple[str, Any] | None]) -> None:
    try:
        while len(head := pipe.read(8)) == 8:
            messages.put(pickle.loads(pipe.read(struct.unpack("<q", head)[0])))  # noqa: S301
    except Exception as error:
        log.debug("the pipe broke: %s", error)
    messages.put(None)


def _log_lines(pipe: BinaryIO) -> None:
    """Pass on what the child says."""
    for line in pipe:
        if text := line.decode(errors="replace").rstrip():
            log.warning("planner: %s", text)
