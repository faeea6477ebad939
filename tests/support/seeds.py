"""Seeds of generated scenarios: a few in every run, the rest in long ones."""

from __future__ import annotations

from typing import Any

import pytest


def seeds(quick: int, count: int) -> list[Any]:
    """List the seeds of a generator; all but the first ones are for long runs."""
    marks = [[], [pytest.mark.long]]
    return [pytest.param(seed, marks=marks[seed >= quick]) for seed in range(count)]
