"""From an LP to whole orders: fix the clearest decision, solve again, until none is left open.

Rounding all at once misses what is held by a percent or so, because nobody makes up for what whole
orders cost. Here the LP does, after every step: promises held stay held all the way down.

Parcels come last and are only ever opened, the fullest first: the LP has a dozen equally good days
for a parcel that is closed, and would only move on to the next.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from models.tolerances import INTEGRALITY
from optimizer.common.clock import Clock
from optimizer.solving.highs import NoAnswerError
from optimizer.solving.locked_model import LockedModel
from optimizer.solving.lp import KeptLP
from optimizer.solving.neighbourhoods import decisions, order_of_parcel

CLEAR, BATCH = 0.1, 0.25
"""A decision as close to yes or no is clear; share of the clear ones that is fixed at once."""
OPENED, FEW = 0.2, 10
"""Share of the parcels sent in part that is opened at once, and how many at least."""
NO, YES = 0.0, 1.0


def dived(
    kept: KeptLP,
    held: LockedModel,
    cost: np.ndarray,
    dear: float,
    settled: np.ndarray,
    best: np.ndarray,
    clock: Clock,
) -> np.ndarray | None:
    """Fix one decision after another in the LP; it is left as it was.

    Parameters
    ----------
    kept
        Solved for this cost and what is held.
    held
        The model and what is held.
    cost
        To minimise, shape (columns,).
    dear
        A step that costs more is compared with its opposite.
    settled
        Bool array (columns,): decisions that stay as in ``best``, an answer that keeps what is
        held.
    clock
        Ends it early.

    Returns
    -------
    numpy.ndarray or None
        Value of each column, shape (columns,); a decision that the holds allowed neither way may
        still be fractional, and so may be amounts, and everything that was left when time was up.
        None without any answer.
    """
    dive = Dive(kept, held, cost, dear, clock)
    with suppress(NoAnswerError):
        dive.settle(settled, best)
        dive.down()
    dive.leave()
    return dive.values


@dataclass(eq=False)
class Dive:
    """The LP of a goal on its way down."""

    kept: KeptLP
    held: LockedModel
    cost: np.ndarray
    dear: float
    clock: Clock
    open: np.ndarray = field(init=False)
    """Yes-or-no columns that may still be fixed, parcels apart: bool array (columns,)."""
    order: np.ndarray = field(init=False)
    """Of each parcel, shape (columns,)."""
    parcels: np.ndarray = field(init=False)
    """Parcels that may still be opened: bool array (columns,)."""
    fixed: list[np.ndarray] = field(default_factory=list)
    values: np.ndarray | None = None
    """Where the dive stands, shape (columns,)."""

    def __post_init__(self) -> None:
        """Begin with every decision open."""
        self.order = order_of_parcel(self.held)
        self.parcels = self.order >= 0
        self.open = decisions(self.held.matrix) & ~self.parcels

    def settle(self, settled: np.ndarray, as_in: np.ndarray) -> None:
        """Leave some decisions as they are in an answer that keeps what is held."""
        columns = np.flatnonzero(self.open & settled)
        self._fix(columns, np.round(as_in[columns]))
        self.open[columns] = False

    def down(self) -> np.ndarray | None:
        """Fix one decision after another, parcels last; None where the LP had no answer."""
        self.values = self._solved()
        while self.values is not None:
            if len(clearest := self._clearest(self.values)):
                self.values = self._decided(self.values, clearest)
            elif len(fullest := self._fullest(self.values)):
                self.values = self._opened(self.values, fullest)
            else:
                break
        return self.values

    def _decided(self, values: np.ndarray, clearest: np.ndarray) -> np.ndarray:
        """Fix some clear decisions, or the clearest."""
        clear = clearest[np.abs(values - np.round(values))[clearest] <= CLEAR]
        together = self._together(values, clear)
        return self._one(values, clearest[:1]) if together is None else together

    def _clearest(self, values: np.ndarray) -> np.ndarray:
        """List the decisions that are neither yes nor no, clearest first."""
        off = np.where(self.open, np.abs(values - np.round(values)), 0.0)
        unfixed = np.flatnonzero(off > INTEGRALITY)
        clearest: np.ndarray = unfixed[np.argsort(off[unfixed], kind="stable")]
        return clearest

    def _fullest(self, values: np.ndarray) -> np.ndarray:
        """Choose among the parcels sent in part; one of an order, as their limits add up."""
        in_part = np.flatnonzero(
            self.parcels & (values > INTEGRALITY) & (values < YES - INTEGRALITY)
        )
        fullest = in_part[np.argsort(-values[in_part], kind="stable")]
        _, first = np.unique(self.order[fullest], return_index=True)
        batch: np.ndarray = fullest[np.sort(first)[: max(FEW, int(OPENED * len(fullest)))]]
        return batch

    def _opened(self, values: np.ndarray, batch: np.ndarray) -> np.ndarray:
        """Open parcels together; if that cannot be, the fullest one, or close that."""
        for chosen, at in ((batch, YES), (batch[:1], YES), (batch[:1], NO)):
            then = self._tried(chosen, np.full(len(chosen), at))
            self.parcels[chosen] = then is None
            if then is not None:
                return then
        self.parcels[batch[:1]] = False
        return values

    def leave(self) -> None:
        """Give the LP back as it was, or not at all: then it is loaded again."""
        try:
            self._release(np.unique(np.concatenate([np.empty(0, dtype=int), *self.fixed])))
        except NoAnswerError:
            self.kept.process.stop()

    def _together(self, values: np.ndarray, clear: np.ndarray) -> np.ndarray | None:
        """Fix some clear decisions at once, if that costs next to nothing."""
        batch = clear[: int(np.ceil(BATCH * len(clear)))]
        if not len(batch):
            return None
        then = self._tried(batch, np.round(values[batch]))
        if then is None or self._loss(values, then) <= self.dear:
            return then
        self._release(batch)
        return None

    def _one(self, values: np.ndarray, one: np.ndarray) -> np.ndarray:
        """Fix a decision the way that costs less; one that can go neither way is left open."""
        self.open[one] = False
        likely = np.round(values[one])
        then = self._tried(one, likely)
        if then is not None and self._loss(values, then) <= self.dear:
            return then
        other = self._tried(one, YES - likely)
        if then is None:
            return values if other is None else other
        if other is None or self.cost @ other > self.cost @ then:
            self._fix(one, likely)
            return then
        return other

    def _loss(self, values: np.ndarray, then: np.ndarray) -> float:
        return float(self.cost @ then - self.cost @ values)

    def _tried(self, columns: np.ndarray, at: np.ndarray) -> np.ndarray | None:
        """Fix columns and solve; released again if that leaves no answer."""
        self._fix(columns, at)
        then = self._solved()
        if then is None:
            self._release(columns)
        return then

    def _solved(self) -> np.ndarray | None:
        return self.kept.optimum(self.held, self.cost, self.clock, "down")

    def _fix(self, columns: np.ndarray, at: np.ndarray) -> None:
        self.fixed.append(columns)
        self.kept.bound(columns, at, at)

    def _release(self, columns: np.ndarray) -> None:
        lower, upper = self.held.lower_for("lp"), self.held.matrix.upper
        self.kept.bound(columns, lower[columns], upper[columns])
