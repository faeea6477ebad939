"""Lines that a planner wants complete by a day: how late their units are."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.allocation.declaring import Declared
from models.problem import Problem


def is_must(problem: Problem) -> np.ndarray:
    """Lines with such a day, bool (lines,)."""
    wanted: np.ndarray = problem.lines["must_by"].notna().to_numpy()
    return wanted


def days_after(problem: Problem) -> np.ndarray:
    """Days by which each option arrives after the day of its line, 0 without one (options,)."""
    until = problem.lines["must_by"].to_numpy()[problem.options["line"]]
    late = np.maximum(problem.options["arrival"].to_numpy() - until, 0.0)
    after: np.ndarray = np.nan_to_num(late, nan=0.0)
    return after


def declare_must(d: Declared, p: Problem) -> None:
    """Declare the delay of a plan that ships nothing, and what each option spares of it."""
    chosen = np.flatnonzero(is_must(p)[p.options["line"]])
    lost = p.lines["must_lost"].to_numpy()
    spared = p.options["gives"].to_numpy() * (lost[p.options["line"]] - days_after(p))
    nothing = float((p.lines["quantity"] * p.lines["must_lost"]).sum())
    d.column("must_spared", "OPTIONS", spared, "delay less by a unit shipped [unit-day]")
    d.column("must_nothing", "ALL", [nothing], "delay where nothing ships [unit-day]")
    d.listing("options_of_must", "ALL", np.zeros_like(chosen), chosen, "options of such lines")


def unmet(m: Any, a: int) -> Any:
    """(G13) must_nothing - sum_j must_spared_j x_j: days by which units come after their day."""
    return m.must_nothing[a] - sum(m.must_spared[j] * m.x[j] for j in m.options_of_must[a])
