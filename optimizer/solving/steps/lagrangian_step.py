"""A Lagrangian bound and a rounded plan, in seconds where the LP takes minutes."""

from __future__ import annotations

from dataclasses import dataclass

from models.allocation import GoalSpec
from optimizer.common.clock import Clock
from optimizer.solving.lagrangian import Relaxation, ascend
from optimizer.solving.later_goals import cost_of_later_goals
from optimizer.solving.restricted_mip import Stop
from optimizer.solving.rounding import offer_rounded
from optimizer.solving.search import Search
from optimizer.solving.session import Session
from optimizer.solving.strategy import Strategy


@dataclass(frozen=True)
class LagrangianStep:
    """Bounds the goal by prices of scarce rows, and rounds what orders take at them."""

    def supports(self, strategy: Strategy) -> bool:
        """Whether a book is so large that its LP takes minutes."""
        return strategy.bounds_by_prices

    def enough_gap(self, goal: GoalSpec, strategy: Strategy) -> float:
        """Stop for nothing but a closed gap."""
        del goal, strategy
        return 0.0

    def run(self, search: Search, session: Session, clock: Clock, stop: Stop) -> None:
        """Bound the goal, and round the answer; then one to prices that look ahead."""
        del stop
        strategy = session.strategy
        pricing = Clock(clock.left * strategy.shares.lagrangian)
        rounds = strategy.sifting.rounds
        ascent = ascend(
            Relaxation(search.model, search.cost, search.constant),
            rounds,
            lambda: pricing.left > 0,
        )
        search.answered = True
        search.raise_bound(ascent.bound)
        offer_rounded(search, ascent.units)
        if search.gap > 0 and search.goal.expression != "loss":
            cost = search.cost + cost_of_later_goals(search, strategy.look_ahead)
            ahead = ascend(Relaxation(search.model, cost), rounds, lambda: pricing.left > 0)
            offer_rounded(search, ahead.units)
