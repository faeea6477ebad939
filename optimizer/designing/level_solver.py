"""Networks of several levels of service, each solved from the one above it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

import numpy as np
from tqdm import tqdm

from optimizer.common.clock import Clock
from optimizer.designing.benders import DecomposedDesign
from optimizer.designing.compiled_network import CompiledNetwork, Floats
from optimizer.designing.design_answer import DesignAnswer
from optimizer.designing.design_solver import solve_design
from optimizer.solving.highs import SolverProcess


@dataclass(frozen=True, eq=False)
class LevelSolver:
    """Finds the cheapest networks.

    Parameters
    ----------
    compiled
        The network; its levels differ from question to question.
    relative_gap
        Enough, as a share of the cost.
    apart
        Whether days are solved apart from the network (Benders).
    quiet
        No progress.
    """

    compiled: CompiledNetwork
    relative_gap: float
    apart: bool
    quiet: bool

    def solve(self, levels: dict[float, Floats], clock: Clock) -> dict[float, DesignAnswer]:
        """Solve from the highest level down: a network that keeps more keeps less, too.

        So each answer starts the next, and costs and bounds are monotone also where a gap is left.

        Parameters
        ----------
        levels
            Promised share of each segment, shape (segments,), by the level of the point.
        clock
            Time for all of them.

        Raises
        ------
        NoPlanError
            When a network was not found in time.
        """
        answers: dict[float, DesignAnswer] = {}
        parts = DecomposedDesign(self.compiled) if self.apart else None
        with SolverProcess(threading.Event()) as process:
            bar = tqdm(sorted(levels, reverse=True), desc="frontier", disable=self.quiet)
            before: float | None = None
            for nth, level in enumerate(bar):
                bar.set_postfix_str(f"level {level:.1%}")
                mine = Clock(clock.left / (len(levels) - nth))
                start = None
                if before is not None and _keeps(answers[before], levels[before], levels[level]):
                    start = answers[before]
                answer = solve_design(
                    self.compiled.with_levels(levels[level]),
                    process,
                    mine,
                    self.relative_gap,
                    start=start,
                    parts=parts,
                )
                if start is not None and start.cost < answer.cost:
                    answer = replace(answer, vector=start.vector, cost=start.cost)
                answers[level], before = answer, level
        return _with_monotone_bounds(answers)


def _keeps(answer: DesignAnswer, its_levels: Floats, levels: Floats) -> bool:
    """Whether an answer to its own levels keeps other ones, too."""
    return not answer.short.any() and bool((its_levels >= levels).all())


def _with_monotone_bounds(answers: dict[float, DesignAnswer]) -> dict[float, DesignAnswer]:
    """Raise each bound to that of the levels below, which are no harder to keep."""
    least = -np.inf
    raised = {}
    for level in sorted(answers):
        answer = answers[level]
        least = max(least, answer.bound)
        raised[level] = replace(answer, bound=min(least, answer.cost))
    return raised
