"""Large neighbourhood search: some orders that want the same items decided anew, all others as is.

What a dive leaves to gain in a book in parcels is mostly money paid for parcels that are half
empty. To fill them, several orders have to change at once, but never many: small MIPs find it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.allocation import GoalSpec
from optimizer.common.clock import Clock
from optimizer.solving.neighbourhoods import near_columns, with_decisions
from optimizer.solving.restricted_mip import RestrictedMip, Stop, solve_restricted
from optimizer.solving.search import Search
from optimizer.solving.session import Session
from optimizer.solving.strategy import Strategy


@dataclass(frozen=True)
class LnsStep:
    """Decides one part of the plan after another anew until time is up."""

    def supports(self, strategy: Strategy) -> bool:
        """Whether there are so many parcels that a plan is improved part by part."""
        return strategy.in_parcels

    def enough_gap(self, goal: GoalSpec, strategy: Strategy) -> float:
        """Stop where the goal is proved."""
        del goal
        return strategy.relative_gap

    def run(self, search: Search, session: Session, clock: Clock, stop: Stop) -> None:
        """Solve one small MIP after another."""
        if search.lp is None:
            return
        strategy, model, dice = session.strategy, search.model, np.random.default_rng(0)
        order = model.problem.lines["order"].to_numpy()[model.problem.options["line"]]
        x = model.matrix.columns["x"]
        while clock.left > 0 and not stop():
            near = near_columns(model, search.lp, search.best, strategy.mips.options_per_line)
            shipments = np.zeros(len(near), dtype=bool)
            shipments[x] = near[x] & np.isin(order, orders_together(search, dice, strategy))
            free = ~model.matrix.whole | with_decisions(model.matrix, shipments)
            gap = strategy.close_gap(search.goal)
            mip = RestrictedMip(free, gap=gap, nodes=strategy.mips.nodes)
            part = Clock(min(strategy.lns.seconds, clock.left))
            solve_restricted(search, mip, session.for_mips, part, stop)


def orders_together(search: Search, dice: np.random.Generator, strategy: Strategy) -> np.ndarray:
    """Choose orders that want the same items: one by chance, and others that want what it wants.

    Parameters
    ----------
    search
        For a goal of the book.
    dice
        Choose.
    strategy
        Says how many.
    """
    lines, most = search.model.problem.lines, strategy.lns.orders
    order, item = lines["order"].to_numpy(), lines["item"].to_numpy()
    chosen = dice.choice(order, 1)
    while len(chosen) < min(most, len(search.model.problem.orders)):
        same_items = np.isin(item, item[np.isin(order, chosen)])
        others = np.setdiff1d(order[same_items], chosen)
        if not len(others):
            others = np.setdiff1d(order, chosen)
        chosen = np.append(chosen, dice.permutation(others)[: len(chosen)])
    return chosen[:most]
