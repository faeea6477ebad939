"""A MIP over some of the columns of a goal's search, all others as they are in an answer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.tolerances import SOLVER
from optimizer.common.clock import Clock
from optimizer.solving.highs import NO_NODE_LIMIT, MipLimits, NoAnswerError, SolverProcess
from optimizer.solving.locked_model import total
from optimizer.solving.search import Search

Stop = Callable[[], bool]
"""Called now and then; what is being solved is ended when it is true."""


def never() -> bool:
    """Stop for nothing but the clock."""
    return False


@dataclass(frozen=True, eq=False)
class RestrictedMip:
    """What is asked of the solver.

    Parameters
    ----------
    free
        Columns that it decides, bool array (columns,).
    cost
        To minimise instead of the goal, shape (columns,); None for the goal itself.
    fixed_at
        Values of the columns that are not free, if not those of the best answer so far: the MIP
        may have no answer then. If not given, the best answer is the start.
    gap
        Relative gap that is enough.
    nodes
        Of the search tree that are enough.
    proves
        Whether it holds every better answer, so that its bounds are the goal's.
    """

    free: np.ndarray
    cost: np.ndarray | None = None
    fixed_at: np.ndarray | None = None
    gap: float = 0.0
    nodes: int = NO_NODE_LIMIT
    proves: bool = False


def solve_restricted(
    search: Search, mip: RestrictedMip, process: SolverProcess, clock: Clock, stop: Stop = never
) -> float:
    """Solve a restricted MIP; the search takes its better answers.

    Parameters
    ----------
    search
        For one goal.
    mip
        What to solve.
    process
        Solves it.
    clock
        Ends it.
    stop
        Ends it, too.

    Returns
    -------
    float
        Its bound, in the unit of its cost; minus infinity without any answer of the solver.
    """
    cost = search.cost if mip.cost is None else mip.cost
    fixed_at = search.best if mip.fixed_at is None else mip.fixed_at
    start = search.best if mip.fixed_at is None else None
    free = mip.free & ((search.model.matrix.upper > 0) | (fixed_at > SOLVER))
    fixed_at = np.where(free, 0.0, fixed_at)
    offset = total(cost, fixed_at) + search.constant
    gap = mip.gap * search.base
    target = search.bound + gap + search.noise - offset if mip.cost is None else -np.inf

    def take(report: dict[str, Any]) -> None:
        if report["values"] is not None:
            vector = fixed_at.copy()
            vector[free] = report["values"]
            search.offer(vector)
        elif mip.proves:
            search.raise_bound(report["bound"] + offset)

    arrays = search.model.mip_arrays(free, fixed_at, cost)
    given = None if start is None else start[free]

    def ask(again: bool) -> dict[str, Any]:
        limits = MipLimits(clock.left, gap, target, mip.nodes)
        return process.solve_mip(arrays, limits, given, again=again, better=take, stop=stop)

    for again in (False, True):
        with suppress(NoAnswerError):
            answer = ask(again)
            if given is None or not answer["infeasible"]:  # from a start, none is
                take(answer)
                search.cut |= answer["cut"]
                return float(answer["bound"]) + offset
        if clock.left <= 0 or process.cancel.is_set() or stop():
            break
    search.cut = True
    return -np.inf
