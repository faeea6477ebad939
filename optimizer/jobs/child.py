"""The program of the child process: one call, its messages, its result.

Standard input brings the request, and then a byte that asks for the best answer so far; when it
ends, the parent is gone, and so is this process. Standard output takes pickled messages.
"""

from __future__ import annotations

import logging
import os
import pickle
import signal
import struct
import threading
import traceback
from collections.abc import Callable
from importlib import import_module
from typing import Any, BinaryIO

import pandas as pd

from optimizer.common.stopping import SIGNALS


def main() -> None:
    """Carry out the request."""
    source, sink = os.fdopen(os.dup(0), "rb", buffering=0), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    for number in SIGNALS:  # a service manager signals all processes: only the parent decides
        signal.signal(number, signal.SIG_IGN)
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    size = struct.unpack("<q", _exactly(source, 8))[0]
    call, argument, storage = pickle.loads(_exactly(source, size))  # noqa: S301  own parent
    pd.set_option("mode.string_storage", storage)  # frames of both are compared with one another
    cancel = threading.Event()
    threading.Thread(target=_listen, args=(source, cancel), daemon=True).start()
    lock = threading.Lock()

    def send(kind: str, content: object) -> None:
        body = pickle.dumps((kind, content), protocol=5)
        with lock:
            sink.write(struct.pack("<q", len(body)) + body)
            sink.flush()

    try:
        result = _function(call)(argument, cancel, lambda message: send("told", message))
        send("done", result)
    except Exception as error:
        logging.getLogger(__name__).debug("failed: %s", traceback.format_exc())
        send("failed", f"{type(error).__name__}: {error}")


def _function(call: str) -> Callable[..., Any]:
    module, _, name = call.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function


def _exactly(source: BinaryIO, size: int) -> bytes:
    """Read so many bytes, and none of those that follow."""
    data = bytearray()
    while len(data) < size and (more := source.read(size - len(data))):
        data += more
    return bytes(data)


def _listen(source: BinaryIO, cancel: threading.Event) -> None:
    """Take the parent's wish to end; die with it."""
    while source.read(1):
        cancel.set()
    os._exit(1)


if __name__ == "__main__":
    main()
