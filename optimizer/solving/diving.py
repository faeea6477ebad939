"""From an LP to whole orders: fix the clearest decision, solve again, until none is left open.

Rounding all at once misses locked goals by a percent or so, because nobody makes up for what whole
orders cost. Here the LP does, after every step: locked goals stay kept all the way down.

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
from optimizer.solving.strategy import DiveParameters

NO, YES = 0.0, 1.0


@dataclass(eq=False)
class Dive:
    """The LP of a goal on its way down.

    Parameters
    ----------
    lp
        Solved for this cost with the goals locked so far.
    model
        With these goals.
    cost
        To minimise, shape (columns,).
    costly
        A step that costs more is compared with its opposite.
    clock
        Ends it early.
    parameters
        How much is fixed at once.
    """

    lp: KeptLP
    model: LockedModel
    cost: np.ndarray
    costly: float
    clock: Clock
    parameters: DiveParameters = field(default_factory=DiveParameters)
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
        self.order = order_of_parcel(self.model)
        self.parcels = self.order >= 0
        self.open = decisions(self.model.matrix) & ~self.parcels

    def run(self, tight: np.ndarray, best: np.ndarray) -> np.ndarray | None:
        """Fix one decision after another in the LP, which is left as it was.

        Parameters
        ----------
        tight
            Bool array (columns,): decisions that stay as in ``best``.
        best
            An answer that keeps the locked goals, shape (columns,).

        Returns
        -------
        numpy.ndarray or None
            Value of each column, shape (columns,); a decision that locked goals allow neither way
            may still be fractional, and so may be amounts, and everything that was open when time
            was up. None without any answer.
        """
        with suppress(NoAnswerError):
            self.settle(tight, best)
            self.down()
        self.leave()
        return self.values

    def settle(self, settled: np.ndarray, as_in: np.ndarray) -> None:
        """Leave some decisions as they are in an answer that keeps the locked goals."""
        columns = np.flatnonzero(self.open & settled)
        self._fix(columns, np.round(as_in[columns]))
        self.open[columns] = False

    def down(self) -> np.ndarray | None:
        """Fix one decision after another, parcels last; None where the LP had no answer."""
        self.values = self._solve()
        while self.values is not None:
            if len(clearest := self._clearest(self.values)):
                self.values = self._decide(self.values, clearest)
            elif len(fullest := self._fullest(self.values)):
                self.values = self._open_parcels(self.values, fullest)
            else:
                break
        return self.values

    def _decide(self, values: np.ndarray, clearest: np.ndarray) -> np.ndarray:
        """Fix some clear decisions, or the clearest."""
        clear = clearest[np.abs(values - np.round(values))[clearest] <= self.parameters.clear]
        together = self._fix_together(values, clear)
        return self._fix_one(values, clearest[:1]) if together is None else together

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
        share = int(self.parameters.parcels * len(fullest))
        most = max(self.parameters.least_parcels, share)
        batch: np.ndarray = fullest[np.sort(first)[:most]]
        return batch

    def _open_parcels(self, values: np.ndarray, batch: np.ndarray) -> np.ndarray:
        """Open parcels together; if that cannot be, the fullest one, or close that."""
        for chosen, at in ((batch, YES), (batch[:1], YES), (batch[:1], NO)):
            then = self._try(chosen, np.full(len(chosen), at))
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
            self.lp.process.stop()

    def _fix_together(self, values: np.ndarray, clear: np.ndarray) -> np.ndarray | None:
        """Fix some clear decisions at once, if that costs next to nothing."""
        batch = clear[: int(np.ceil(self.parameters.batch * len(clear)))]
        if not len(batch):
            return None
        then = self._try(batch, np.round(values[batch]))
        if then is None or self._loss(values, then) <= self.costly:
            return then
        self._release(batch)
        return None

    def _fix_one(self, values: np.ndarray, one: np.ndarray) -> np.ndarray:
        """Fix a decision the way that costs less; one that can go neither way is left open."""
        self.open[one] = False
        likely = np.round(values[one])
        then = self._try(one, likely)
        if then is not None and self._loss(values, then) <= self.costly:
            return then
        other = self._try(one, YES - likely)
        if then is None:
            return values if other is None else other
        if other is None or self.cost @ other > self.cost @ then:
            self._fix(one, likely)
            return then
        return other

    def _loss(self, values: np.ndarray, then: np.ndarray) -> float:
        return float(self.cost @ then - self.cost @ values)

    def _try(self, columns: np.ndarray, at: np.ndarray) -> np.ndarray | None:
        """Fix columns and solve; released again if that leaves no answer."""
        self._fix(columns, at)
        then = self._solve()
        if then is None:
            self._release(columns)
        return then

    def _solve(self) -> np.ndarray | None:
        return self.lp.optimum(self.cost, self.clock, "down")

    def _fix(self, columns: np.ndarray, at: np.ndarray) -> None:
        self.fixed.append(columns)
        self.lp.bound(columns, at, at)

    def _release(self, columns: np.ndarray) -> None:
        lower, upper = self.model.lower_for("lp"), self.model.matrix.upper
        self.lp.bound(columns, lower[columns], upper[columns])
