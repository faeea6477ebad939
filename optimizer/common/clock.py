"""How much time a run, or a part of it, still has."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Clock:
    """A limit of so many seconds, counted from when the object is made."""

    seconds: float
    began: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> float:
        """Seconds until the limit, not below 0."""
        return max(0.0, self.began + self.seconds - time.monotonic())
