"""A MIP in which amounts in fine steps are whole numbers of steps, each near some number of them.

Columns count steps from that number on: what is near it is small, however many steps there are.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from optimizer.common.clock import Clock
from optimizer.solving.highs import NO_NODE_LIMIT, MipLimits, NoAnswerError, SolverProcess
from optimizer.solving.locked_model import total
from optimizer.solving.search import Search

Take = Callable[[np.ndarray], None]
"""Takes an answer, one value a column."""


@dataclass(frozen=True, eq=False)
class SteppedMip:
    """What is asked of the solver.

    Parameters
    ----------
    free
        Columns that it decides, bool array (columns,).
    fixed_at
        Values of all others, shape (columns,).
    steps
        Fine step of each column; 0 = it has none, shape (columns,).
    base
        Steps that a column is counted from, shape (columns,).
    reach
        Steps that it may be away from there, up and down.
    gap
        Relative gap that is enough.
    nodes
        Of the search tree that are enough.
    start
        An answer to begin with, if there is one, shape (columns,).
    """

    free: np.ndarray
    fixed_at: np.ndarray
    steps: np.ndarray
    base: np.ndarray
    reach: float = np.inf
    gap: float = 0.0
    nodes: int = NO_NODE_LIMIT
    start: np.ndarray | None = None


def solve_stepped(
    search: Search, mip: SteppedMip, take: Take, process: SolverProcess, clock: Clock
) -> float:
    """Solve a MIP in steps.

    Parameters
    ----------
    search
        For one goal; its cost is minimised, and its bound ends the search.
    mip
        What to solve.
    take
        Called with each better answer.
    process
        Solves it.
    clock
        Ends it.

    Returns
    -------
    float
        Its bound, in the unit of the goal; minus infinity without any answer of the solver.
    """
    free = mip.free & ((search.model.matrix.upper > 0) | (mip.fixed_at > 0))
    fixed_at = np.where(free, 0.0, mip.fixed_at)
    fine, unit = mip.steps[free] > 0, np.where(mip.steps > 0, mip.steps, 1.0)[free]
    base = np.where(fine, mip.base[free], 0.0)
    arrays = _in_steps(search.model.mip_arrays(free, fixed_at, search.cost), unit, base)
    arrays["whole"] = arrays["whole"] | fine
    arrays["lower"] = np.where(fine, np.maximum(arrays["lower"], -mip.reach), arrays["lower"])
    arrays["upper"] = np.where(fine, np.minimum(arrays["upper"], mip.reach), arrays["upper"])
    offset = total(search.cost, fixed_at) + search.constant
    offset += total(search.cost[free], unit * base)

    def report(answer: dict[str, Any]) -> None:
        if answer["values"] is not None:
            vector = fixed_at.copy()
            values = answer["values"]
            vector[free] = unit * (base + np.where(fine, np.rint(values), values))
            take(vector)

    gap = mip.gap * search.base
    target = search.bound + gap + search.noise - offset
    start = None if mip.start is None else mip.start[free] / unit - base
    for again in (False, True):
        with suppress(NoAnswerError):
            limits = MipLimits(clock.left, gap, target, mip.nodes)
            answer = process.solve_mip(arrays, limits, start, again=again, better=report)
            report(answer)
            return float(answer["bound"]) + offset
    return -np.inf


def _in_steps(arrays: dict[str, Any], unit: np.ndarray, base: np.ndarray) -> dict[str, Any]:
    """Count the columns of a MIP in units of theirs, from some number of them on."""
    shape = (len(arrays["row_lower"]), len(unit))
    a = sp.csc_array((arrays["value"], arrays["index"], arrays["start"]), shape=shape)
    moved = a @ (unit * base)
    return arrays | {
        "cost": arrays["cost"] * unit,
        "lower": arrays["lower"] / unit - base,
        "upper": arrays["upper"] / unit - base,
        "row_lower": arrays["row_lower"] - moved,
        "row_upper": arrays["row_upper"] - moved,
        "value": arrays["value"] * np.repeat(unit, np.diff(arrays["start"])),
    }
