"""What a planner wants complete by a day and is not: when it comes, and what stands in the way."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from models.allocation import days_after
from models.goals import GoalKind
from models.problem import Problem
from models.reasons import REASON_WORDS
from models.solution import Solution
from models.tolerances import UNIT
from optimizer.common.words import number

MOST = 10
"""Lines that are told one by one."""


def must_notes(problem: Problem, solution: Solution, x: np.ndarray) -> Iterator[str]:
    """Say of each line that is not complete by its day when it is, and why not before.

    Parameters
    ----------
    problem
        Whose lines may have a day.
    solution
        Its plan.
    x
        Units shipped by option, shape (options,).
    """
    late = _late_lines(problem, x)
    reasons = solution.lines.set_index(["order", "line"])["reason"]
    start = problem.settings.horizon.start
    for row in late.head(MOST).to_dict("records"):
        day = start + timedelta(days=int(row["must_by"]))
        yield (
            f"Order {row['name']} line {row['line']} is not complete by {day}: "
            f"{number(row['there'])} of {number(row['quantity'])} units are there then, "
            f"{_rest(row, start)}.{_why(row, reasons.get((row['name'], row['line']), ''))}"
        )
    if len(late) > MOST:
        yield f"So it is with {len(late) - MOST} more lines that must be complete by a day."
    if len(late) and any(g.name == GoalKind.MUST and g.bound == g.value for g in solution.goals):
        yield (
            "Proved: no plan that keeps the commitments as well has less delay of what must be "
            "complete by a day, in unit-days."
        )


def _late_lines(problem: Problem, x: np.ndarray) -> pd.DataFrame:
    """List the lines that are not complete by their day: what is there then, in all, the last day.

    Columns ``there`` and ``comes`` [unit], ``last`` (day, -1 = never), ``name`` of the order.
    """
    lines, options = problem.lines, problem.options
    of = options["line"].to_numpy()
    units = x * options["gives"].to_numpy()
    last = np.full(len(lines), -1, dtype=np.int64)
    shipped = units > UNIT
    np.maximum.at(last, of[shipped], options["arrival"].to_numpy(dtype=np.int64)[shipped])
    early = units * (days_after(problem) == 0)
    told = lines.assign(
        name=problem.orders["order"].to_numpy()[lines["order"]],
        there=np.bincount(of, early, len(lines)),
        comes=np.bincount(of, units, len(lines)),
        last=last,
    )
    return told[told["must_by"].notna() & (told["there"] < told["enough"] - UNIT)]


def _rest(row: Mapping[Hashable, Any], start: date) -> str:
    """Say when what is missing by the day comes."""
    day = start + timedelta(days=int(row["last"]))
    if row["comes"] >= row["enough"] - UNIT:
        return f"and all of them on {day}"
    never = f"{number(row['quantity'] - row['comes'])} are not delivered within this plan"
    more = row["comes"] - row["there"]
    return f"{number(more)} more by {day}, and {never}" if more > UNIT else f"and {never}"


def _why(row: Mapping[Hashable, Any], reason: str) -> str:
    """Say what stands in the way, as far as the plan knows it of just this line and day."""
    short = row["comes"] < row["enough"] - UNIT
    if reason and (short or row["must_by"] == row["requested"]):
        return f" In the way: {REASON_WORDS[reason]}."
    return ""
