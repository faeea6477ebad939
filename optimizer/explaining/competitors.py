"""Who competes with an order: whose shipments stand where it could ship."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.problem import Problem
from models.shared_limits import SHARED_LIMITS
from models.tolerances import UNIT
from optimizer.policies.commitment_keeping import keep_frozen

Flags = NDArray[np.bool_]


def competitors(problem: Problem, shipments: pd.DataFrame, order: str) -> list[str]:
    """List the orders that use stock, a capacity or a quota that an order could use.

    Stock is shared where both can have the same item from the same site, or from any site where
    stock may be moved. A capacity or quota is shared where what all others leave of it is less
    than the whole order.

    Parameters
    ----------
    problem
        Of the plan in which all other orders are frozen.
    shipments
        Of the plan.
    order
        Which.

    Returns
    -------
    list
        Names, those that matter least first.
    """
    line = problem.options["line"].to_numpy()
    names = problem.orders["order"].to_numpy()[problem.lines["order"]]
    own, x = (names == order)[line], keep_frozen(problem)
    others = (x > UNIT) & ~own
    shared = np.zeros(len(x), dtype=bool)
    need = float(problem.lines.loc[names == order, "quantity"].sum())
    for each in (_same_stock(problem, own), *_same_limits(problem, own, x, need)):
        shared |= each
    found = set(names[line[shared & others]])
    ranked = shipments.sort_values(["tier", "rank"], ascending=False)["order"]
    return [name for name in dict.fromkeys(ranked) if name in found]


def _same_stock(problem: Problem, own: Flags) -> Flags:
    """Options that draw on stock of an item that own options draw on, too."""
    where = ["item"] if len(problem.moves) else ["item", "site"]
    keys = pd.MultiIndex.from_frame(problem.options[where].assign(one=0))
    same: Flags = keys.isin(keys[own].unique())
    return same


def _same_limits(
    problem: Problem, own: Flags, x: NDArray[np.float64], need: float
) -> Iterator[Flags]:
    """Options that use a limit that own options use and that is short for the whole order."""
    for limit in SHARED_LIMITS:
        uses, left = limit.uses_of(problem), limit.left(problem, x)
        mine = own[uses.option]
        full = np.zeros(len(left), dtype=bool)
        asked = need * uses.amount[mine]
        full[uses.row[mine]] |= left[uses.row[mine]] < asked - UNIT
        shared = np.zeros(len(own), dtype=bool)
        shared[uses.option[full[uses.row]]] = True
        yield shared
