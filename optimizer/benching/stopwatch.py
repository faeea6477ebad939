"""CPU time, wall time and peak memory of this process."""

from __future__ import annotations

import resource
import sys
import time
from typing import Self

MEGABYTE = 1e6
"""Bytes."""


class Stopwatch:
    """CPU time of this process and its children, and wall time, inside ``with``."""

    cpu = 0.0
    wall = 0.0
    base = 0.0
    """Peak memory before: imports and the input [MB]."""

    def __enter__(self) -> Self:
        """Start."""
        self.base = peak_megabytes()
        self._began = time.perf_counter(), self._spent()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        wall, cpu = self._began
        self.wall, self.cpu = time.perf_counter() - wall, self._spent() - cpu

    @staticmethod
    def _spent() -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.process_time() + children.ru_utime + children.ru_stime


def peak_megabytes() -> float:
    """Peak memory of this process until now [MB]."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak) * (1.0 if sys.platform == "darwin" else 1024.0) / MEGABYTE
