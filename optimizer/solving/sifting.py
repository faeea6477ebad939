"""Which columns a sifted LP begins with, and which of those left out would improve it."""

from __future__ import annotations

import numpy as np

from models.tolerances import SOLVER
from optimizer.common.clock import Clock
from optimizer.solving.lagrangian import Relaxation, ascend
from optimizer.solving.locked_model import LockedModel
from optimizer.solving.strategy import Strategy


def first_columns(model: LockedModel, strategy: Strategy, clock: Clock) -> np.ndarray:
    """Columns to begin with: all of a small book, the best few options a line of a large one.

    Parameters
    ----------
    model
        With the goals locked so far.
    strategy
        Of the problem.
    clock
        Stops the search for prices.

    Returns
    -------
    numpy.ndarray
        Bool array (columns,).
    """
    chosen = np.ones(len(model.lower), dtype=bool)
    if not strategy.sifts or len(model.problem.moves):
        return chosen
    sifting = strategy.sifting
    relaxation = Relaxation(model, model.matrix.goals["loss"][0].toarray().ravel())
    pricing = Clock(clock.left * strategy.shares.first_columns)
    ascent = ascend(relaxation, sifting.rounds, lambda: pricing.left > 0)
    near = np.flatnonzero(ascent.above <= sifting.distance)
    chosen[model.matrix.columns["x"]] = False
    line = model.problem.options["line"].to_numpy()
    chosen[_first_of_each(line, ascent.above, near, sifting.per_line)] = True
    return chosen


def best_of_each_line(
    model: LockedModel, reduced: np.ndarray, among: np.ndarray, most: int
) -> np.ndarray:
    """Options of the lowest reduced cost, so many a line: positions, ascending."""
    return _first_of_each(model.problem.options["line"].to_numpy(), reduced, among, most)


def improving_columns(
    model: LockedModel, reduced: np.ndarray, left_out: np.ndarray
) -> tuple[np.ndarray, float]:
    """Find the columns left out that would improve the LP, and bound by how much.

    Options of a parcel pay together: what they gain must be more than the parcel's own reduced
    cost, which the dual of their link may use up (proof in the maths card).

    Parameters
    ----------
    model
        Of the LP.
    reduced
        Reduced cost of each column, shape (columns,).
    left_out
        Columns that take no part, bool array (columns,).

    Returns
    -------
    columns : numpy.ndarray
        Positions, ascending.
    gained : float
        No answer over all columns is better than the LP by more.
    """
    x = model.matrix.columns["x"]
    options, lines = model.problem.options, model.problem.lines
    out, parcel = left_out[x], options["parcel"].to_numpy()
    fee = np.maximum(reduced[model.matrix.columns["used"]], 0.0)
    sent = np.minimum(parcel_gains(model, reduced, left_out) + fee, 0.0)
    worth = np.append(sent < -SOLVER, True)[parcel]
    pays = np.flatnonzero(out & worth & (reduced[x] < -SOLVER))
    alone = pays[parcel[pays] < 0]
    gives = model.matrix.step[x] * options["gives"].to_numpy()
    best = np.zeros(len(lines))
    np.minimum.at(best, options["line"].to_numpy()[alone], (reduced[x] / gives)[alone])
    return pays, -float(best @ lines["most"]) - float(sent.sum())


def parcel_gains(model: LockedModel, reduced: np.ndarray, left_out: np.ndarray) -> np.ndarray:
    """Say what the options left out would gain in each parcel that is sent: shape (parcels,)."""
    x, parcel = model.matrix.columns["x"], model.problem.options["parcel"].to_numpy()
    gains = np.where(left_out[x], np.minimum(reduced[x], 0.0), 0.0) * model.matrix.upper[x]
    mine = parcel >= 0
    return np.bincount(parcel[mine], gains[mine], len(model.problem.parcels))


def _first_of_each(group: np.ndarray, key: np.ndarray, among: np.ndarray, most: int) -> np.ndarray:
    """Positions of the lowest keys of each group, so many a group, in the order of positions."""
    order = among[np.lexsort((key[among], group[among]))]
    groups = group[order]
    nth = np.arange(len(order)) - np.searchsorted(groups, groups)
    return np.sort(order[nth < most])
