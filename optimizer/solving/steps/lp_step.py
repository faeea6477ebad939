"""The LP relaxation of a goal: a bound, and what searches near it go by."""

from __future__ import annotations

from dataclasses import dataclass

from models.allocation import GoalSpec
from optimizer.common.clock import Clock
from optimizer.solving.restricted_mip import Stop
from optimizer.solving.search import Guide, Search
from optimizer.solving.session import Session
from optimizer.solving.strategy import Strategy


@dataclass(frozen=True)
class LPStep:
    """Solves the LP; without its answer in time the search ends."""

    def supports(self, strategy: Strategy) -> bool:
        """Every problem."""
        del strategy
        return True

    def enough_gap(self, goal: GoalSpec, strategy: Strategy) -> float:
        """Stop where the goal is proved."""
        del goal
        return strategy.relative_gap

    def run(self, search: Search, session: Session, clock: Clock, stop: Stop) -> None:
        """Bound the goal; the LP's answer may be a plan already."""
        del stop
        lp = session.lp.solve(search.model, search.goal, search.cost, search.best, clock.left)
        search.answered, search.lp, search.guide = True, lp, Guide(lp.values)
        search.raise_bound(lp.bound + search.constant)
        if search.gap > session.strategy.close_gap(search.goal):
            search.offer(lp.values)
