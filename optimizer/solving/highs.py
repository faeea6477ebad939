"""The parent's side of the solver process: requests under a deadline; trouble means no answer."""

from __future__ import annotations

import logging
import math
import os
import pickle
import queue
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self

import numpy as np

log = logging.getLogger(__name__)

WORKER = Path(__file__).with_name("highs_worker.py")
GRACE = 2.0
"""Time past its limit after which a solve is ended from outside [s]."""
TICK = 0.1
"""How often a waiting parent looks at the clock and for a cancellation [s]."""
NO_NODE_LIMIT = 2**31 - 1
"""Nodes of a MIP that is solved to its end."""


class NoAnswerError(Exception):
    """The solver crashed, hung, failed or was cancelled; never leaves :mod:`optimizer`."""


class LateError(NoAnswerError):
    """The time was up, or nobody waits any more: an end that is expected of a search."""


@dataclass(frozen=True, slots=True)
class MipLimits:
    """When a MIP is solved far enough.

    Parameters
    ----------
    seconds
        Its time [s].
    gap
        Absolute distance of answer and bound that is enough.
    target
        Objective that is enough.
    nodes
        Of the search tree.
    """

    seconds: float
    gap: float = 0.0
    target: float = -math.inf
    nodes: int = NO_NODE_LIMIT


class SolverProcess:
    """HiGHS in a process of its own.

    Parameters
    ----------
    cancel
        When set, the solve at hand is ended at once.
    """

    def __init__(self, cancel: threading.Event) -> None:
        self.cancel = cancel
        self.process: subprocess.Popen[bytes] | None = None
        self.answers: queue.Queue[Any] = queue.Queue()

    def __enter__(self) -> Self:
        """Nothing to start: the first request does."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self.stop()

    @property
    def alive(self) -> bool:
        """Whether the process and what it keeps are still there."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start as a program of its own: no fork, nothing of the caller imported."""
        self.process = subprocess.Popen(  # noqa: S603  our own file
            [sys.executable, "-P", str(WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # none is needed; they cost time
        )
        self.answers = queue.Queue()
        reader = threading.Thread(
            target=_read, args=(self.process.stdout, self.answers), daemon=True
        )
        reader.start()

    def stop(self) -> None:
        """Kill the process; what it kept is gone."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            for pipe in (self.process.stdin, self.process.stdout):
                if pipe:
                    with suppress(OSError):  # what was still to be sent is lost anyway
                        pipe.close()
            self.process = None

    def ask(
        self,
        request: str,
        within: float,
        better: Callable[[dict[str, Any]], None] | None = None,
        stop: Callable[[], bool] = lambda: False,
        **content: Any,
    ) -> dict[str, Any]:
        """Send a request and wait for its answer.

        Parameters
        ----------
        request
            Name of a method of the worker.
        within
            The process is killed ``GRACE`` after so much time [s].
        better
            Called with each better answer, or better bound, on the way.
        stop
            Called now and then; the solve is ended when it is true.
        content
            Arguments of the method.

        Returns
        -------
        dict
            What the worker answered.

        Raises
        ------
        NoAnswerError
            On death by signal, failure, time-out or cancellation; at once when no time is left.
        """
        if within <= 0 or self.cancel.is_set():
            msg = "cancelled" if self.cancel.is_set() else "no time left"
            raise NoAnswerError(msg)
        deadline = time.monotonic() + within + GRACE
        try:
            if not self.alive:
                self.stop()
                self.start()
            self._send((request, content))
            while True:
                kind, answer = self._next(deadline, stop)
                if kind == "done":
                    return answer
                if better is not None:
                    better(answer)
        except (NoAnswerError, OSError) as error:
            self.stop()
            expected = isinstance(error, LateError)
            level = logging.INFO if expected else logging.WARNING
            log.log(level, "%s: no answer from the solver: %s", request, error)
            raise NoAnswerError(str(error)) from error

    def solve_mip(
        self,
        arrays: Mapping[str, Any],
        limits: MipLimits,
        start: np.ndarray | None = None,
        *,
        again: bool = False,
        better: Callable[[dict[str, Any]], None] | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> dict[str, Any]:
        """Minimise a MIP.

        Parameters
        ----------
        arrays
            As :meth:`optimizer.solving.locked_model.LockedModel.mip_arrays` gives them.
        limits
            End it.
        start
            An answer to begin with, shape (columns,).
        again
            Whether to solve it another way, after a failure.
        better, stop
            As in :meth:`ask`.

        Returns
        -------
        dict
            ``values`` (None without an answer), ``bound``, ``status``, ``cut``, ``infeasible``.

        Raises
        ------
        NoAnswerError
            As in :meth:`ask`.
        """
        return self.ask(
            "mip",
            limits.seconds,
            better=better,
            stop=stop,
            model=arrays,
            start=start,
            limits=asdict(limits),
            again=again,
        )

    def _send(self, message: Any) -> None:
        body = pickle.dumps(message, protocol=5)
        if self.process is None or self.process.stdin is None:
            msg = "no process"
            raise NoAnswerError(msg)
        threading.Thread(target=_write, args=(self.process.stdin, body), daemon=True).start()

    def _next(self, deadline: float, stop: Callable[[], bool]) -> tuple[str, dict[str, Any]]:
        """Wait for the next message; end the wait on deadline, death or cancellation."""
        while True:
            if stop():
                msg = "no longer needed"
                raise LateError(msg)
            try:
                message: tuple[str, dict[str, Any]] | None = self.answers.get(timeout=TICK)
            except queue.Empty:
                if self.cancel.is_set():
                    msg = "cancelled"
                    raise LateError(msg) from None
                if time.monotonic() > deadline:
                    msg = "ran past its time limit and was ended"
                    raise LateError(msg) from None
                continue
            if message is None:
                raise NoAnswerError(self._last_words())
            if message[0] == "failed":
                raise NoAnswerError(message[1]["reason"])
            return message

    def _last_words(self) -> str:
        """Why nothing more comes from the process; one that lives on without a pipe is killed."""
        if self.process is None:
            return "no process"
        self.process.kill()
        return f"the process died with code {self.process.wait()}"


def _write(pipe: BinaryIO, body: bytes) -> None:
    """Send a message, however long a process that does not read keeps it waiting."""
    with suppress(OSError, ValueError):  # a dead process is noticed by who reads from it
        pipe.write(struct.pack("<q", len(body)) + body)
        pipe.flush()


def _read(pipe: BinaryIO, answers: queue.Queue[Any]) -> None:
    """Move messages from the pipe to the queue; None when the pipe ends."""
    try:
        while len(head := pipe.read(8)) == 8:
            answers.put(pickle.loads(pipe.read(struct.unpack("<q", head)[0])))  # noqa: S301
    except Exception as error:
        log.debug("the solver's pipe broke: %s", error)
    answers.put(None)
