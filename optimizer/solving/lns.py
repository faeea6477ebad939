"""Parts of a plan decided anew: some orders that want the same items, all others as they are.

What a dive leaves to gain in a book in parcels is mostly money paid for parcels that are half
empty. To fill them, several orders have to change at once, but never many: small MIPs find it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from optimizer.common.clock import Clock
from optimizer.solving.highs import SolverProcess
from optimizer.solving.lp import Relaxed
from optimizer.solving.neighbourhoods import WORK, near, with_decisions

if TYPE_CHECKING:
    from optimizer.solving.goal_search import Search

ORDERS, SECONDS = 40, 3.0
"""Orders that are decided together, and time for them [s]."""


def improve(
    search: Search,
    process: SolverProcess,
    relaxed: Relaxed,
    close: float,
    clock: Clock,
    closed: Callable[[], bool],
) -> None:
    """Decide one part of the plan after another anew until time is up.

    Parameters
    ----------
    search
        Has an answer; takes better ones.
    process
        Solves the MIPs.
    relaxed
        The LP: its reduced costs say which options are worth a look.
    close
        Relative gap that is enough, of the whole goal.
    clock
        Ends it.
    closed
        Ends it, too.
    """
    held, dice = search.held, np.random.default_rng(0)
    order = held.problem.lines["order"].to_numpy()[held.problem.options["line"]]
    x = held.matrix.columns["x"]
    while clock.left > 0 and not closed():
        open_ = near(held, relaxed, search.best)
        shipments = np.zeros(len(open_), dtype=bool)
        shipments[x] = open_[x] & np.isin(order, _together(search, dice))
        free = ~held.matrix.whole | with_decisions(held.matrix, shipments)
        part = Clock(min(SECONDS, clock.left))
        search.mip(process, free, part, cost=search.cost, close=close, nodes=WORK, closed=closed)


def _together(search: Search, dice: np.random.Generator) -> np.ndarray:
    """Choose orders that want the same items: one by chance, and others that want what it wants."""
    lines = search.held.problem.lines
    order, item = lines["order"].to_numpy(), lines["item"].to_numpy()
    chosen = dice.choice(order, 1)
    while len(chosen) < min(ORDERS, len(search.held.problem.orders)):
        wanted = np.isin(item, item[np.isin(order, chosen)])
        others = np.setdiff1d(order[wanted], chosen)
        if not len(others):
            others = np.setdiff1d(order, chosen)
        chosen = np.append(chosen, dice.permutation(others)[: len(chosen)])
    return chosen[:ORDERS]
