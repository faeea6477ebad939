"""Ctrl-C and SIGTERM: the first asks for the best answer so far, the second ends at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass
class Stop:
    """Set by the first signal: the run is to end, and with which exit code."""

    cancel: threading.Event = field(default_factory=threading.Event)
    exit_code: int = 0
    """128 plus the signal, as shells report it: 130 for Ctrl-C, 143 for SIGTERM."""


@contextmanager
def catch_signals(announce: Callable[[str], None]) -> Iterator[Stop]:
    """Catch the signals while the block runs.

    Parameters
    ----------
    announce
        Tells the user that the first signal was heard.

    Raises
    ------
    SystemExit
        At the second signal.
    """
    stop = Stop()

    def handle(number: int, _: FrameType | None) -> None:
        if stop.cancel.is_set():
            raise SystemExit(128 + number)
        stop.exit_code = 128 + number
        stop.cancel.set()
        announce("stopping with the best answer so far; once more to end at once")

    before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
