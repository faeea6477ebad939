"""Restricted MIPs near the LP: its columns, those of the best answer, and some more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.allocation import GoalSpec
from optimizer.common.clock import Clock
from optimizer.solving.neighbourhoods import lines_served_differently, used_columns
from optimizer.solving.restricted_mip import RestrictedMip, Stop, solve_restricted
from optimizer.solving.search import Search
from optimizer.solving.session import Session
from optimizer.solving.strategy import Strategy


@dataclass(frozen=True)
class NearStep:
    """Looks for an answer of whole orders near the LP's, then once more near the best so far."""

    def supports(self, strategy: Strategy) -> bool:
        """Whether a book is small enough to be left to the solver."""
        return not strategy.large

    def enough_gap(self, goal: GoalSpec, strategy: Strategy) -> float:
        """Stop where no better answer is looked for."""
        return strategy.close_gap(goal)

    def run(self, search: Search, session: Session, clock: Clock, stop: Stop) -> None:
        """Solve both MIPs, each within its share of the time."""
        if search.guide is None:
            return
        strategy, model, values = session.strategy, search.model, search.guide.values
        close = strategy.close_gap(search.goal)
        for wider in (False, True):
            if search.gap <= (strategy.relative_gap if wider else close) or stop():
                continue
            other = search.best if wider else np.round(values)
            free = used_columns(model, values, search.best)
            free |= lines_served_differently(model, values, other)
            mip = RestrictedMip(free, search.guide.cost, gap=close, nodes=strategy.mips.nodes)
            near = Clock(clock.left * strategy.shares.near)
            solve_restricted(search, mip, session.for_mips, near, stop)
