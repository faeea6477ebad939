"""The time of a run and of its parts."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Clock:
    """So many seconds from now on."""

    seconds: float
    began: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> float:
        """Seconds until the limit, not below 0."""
        return max(0.0, self.began + self.seconds - time.monotonic())
