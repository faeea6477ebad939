"""Planning processes that hang, die, fail or talk too much, for tests of the job."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

Tell = Callable[[object], None]


def forever(argument: object, cancel: threading.Event, tell: Tell) -> None:
    """Say that it began, and neither end nor listen."""
    tell(os.getpid())
    while True:
        time.sleep(60)


def family(argument: object, cancel: threading.Event, tell: Tell) -> None:
    """Have a child in the same group, and hang."""
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    tell((os.getpid(), other.pid))
    forever(argument, cancel, tell)


def until_cancelled(argument: object, cancel: threading.Event, tell: Tell) -> str:
    """End when asked."""
    tell("waiting")
    cancel.wait()
    return f"{argument} so far"


def die(argument: object, cancel: threading.Event, tell: Tell) -> None:
    """Die as for want of memory."""
    tell("dying")
    os.kill(os.getpid(), signal.SIGKILL)


def fail(argument: object, cancel: threading.Event, tell: Tell) -> None:
    """Raise."""
    raise ValueError(argument)


def chat(argument: object, cancel: threading.Event, tell: Tell) -> object:
    """Print where answers go, and answer."""
    print("not an answer")  # noqa: T201
    print("nor this", file=sys.stderr)  # noqa: T201
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGINT)
    return argument


def note(argument: object, cancel: threading.Event, tell: Tell) -> None:
    """Write the number of this process where the test looks for it, and hang."""
    Path(str(argument)).write_text(str(os.getpid()), encoding="utf-8")
    forever(argument, cancel, tell)
