"""Back to the plan from before: of a plan that keeps all goals, no more is changed than it takes.

The goals before this one lead far away from yesterday's plan, by ways that are no better than
others. The LP does not lead back: its answer changes a little of every line.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.allocation import GoalSpec
from optimizer.common.clock import Clock
from optimizer.policies import keep_commitments
from optimizer.solving.neighbourhoods import lines_served_differently, used_columns
from optimizer.solving.restricted_mip import RestrictedMip, Stop, solve_restricted
from optimizer.solving.search import Search
from optimizer.solving.session import Session
from optimizer.solving.strategy import Strategy

ROUNDS = 5
"""Restricted MIPs at most: two or three find all there is."""


@dataclass(frozen=True)
class ReturnStep:
    """Mixes the best answer with yesterday's plan, then opens the lines on which they differ."""

    def supports(self, strategy: Strategy) -> bool:
        """Whether there is a plan from before."""
        return strategy.changes_plan

    def enough_gap(self, goal: GoalSpec, strategy: Strategy) -> float:
        """Stop where no better answer is looked for."""
        return strategy.close_gap(goal)

    def run(self, search: Search, session: Session, clock: Clock, stop: Stop) -> None:
        """Solve one MIP after another, as long as each leaves fewer lines changed."""
        if search.goal.expression != "changes":
            return
        strategy, model = session.strategy, search.model
        before = model.vector_of(keep_commitments(model.problem))
        for nth in range(ROUNDS):
            changed, free = search.value, used_columns(model, before, search.best)
            if nth > 0:
                free |= lines_served_differently(model, before, search.best)
            mip = RestrictedMip(free, nodes=strategy.mips.nodes)
            part = Clock(clock.left * strategy.shares.near)
            solve_restricted(search, mip, session.for_mips, part, stop)
            if nth > 0 and search.value >= changed:
                break
