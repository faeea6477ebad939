"""Which columns a restricted MIP searches: the rest stay as they are in some answer."""

from __future__ import annotations

import numpy as np

from models.tolerances import SOLVER
from optimizer.compiling import Matrix
from optimizer.solving.locked_model import LockedModel
from optimizer.solving.lp import Relaxed

WORK = 1000
"""Nodes of a MIP that looks for answers: it ends by work, not by the clock, to end the same."""
NEAR_A_LINE = 4
"""Options, for each line of the book, that stay close to an answer."""
TIGHT = 1e-3
"""A held promise binds an answer that has no more of it than this share above."""


def used(held: LockedModel, *answers: np.ndarray) -> np.ndarray:
    """Columns that any of the answers uses, and all that need not be whole: bool array (columns,).

    Parameters
    ----------
    held
        The model.
    answers
        Value of each column.
    """
    chosen = ~held.matrix.whole
    for values in answers:
        chosen |= values > SOLVER
    return chosen


def lines_apart(held: LockedModel, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Options of the lines that two answers serve differently: bool array (columns,)."""
    x = held.matrix.columns["x"]
    differs = held.matrix.whole[x] & (np.abs(one[x] - other[x]) > SOLVER)
    line = held.problem.options["line"].to_numpy()
    return _shipments(held, np.isin(line, line[differs]))


def near(held: LockedModel, relaxed: Relaxed, best: np.ndarray) -> np.ndarray:
    """Columns of an LP that stays close to an answer: bool array (columns,).

    Options that the LP or the best answer uses, and those that cost least to change to, with the
    parcel that they would need.

    Parameters
    ----------
    held
        The model.
    relaxed
        The LP.
    best
        The best answer so far, shape (columns,).
    """
    x, used = held.matrix.columns["x"], held.matrix.columns["used"]
    parcel, upper = held.problem.options["parcel"].to_numpy(), held.matrix.upper
    fee = np.maximum(relaxed.reduced[used], 0.0) * (relaxed.values[used] <= SOLVER)
    dear = np.maximum(relaxed.reduced[x], 0.0) * upper[x] + np.append(fee, 0.0)[parcel]
    dear[relaxed.values[x] > SOLVER] = -1.0
    closest = np.argsort(dear, kind="stable")[: NEAR_A_LINE * len(held.problem.lines)]
    chosen = np.ones(len(upper), dtype=bool)
    chosen[x] = best[x] > SOLVER
    chosen[x.start + closest] = True
    chosen[used] = False
    chosen[used.start + np.unique(parcel[chosen[x] & (parcel >= 0)])] = True
    return chosen & (upper > 0)


def able(held: LockedModel, relaxed: Relaxed, best: np.ndarray, distance: float) -> np.ndarray:
    """Columns that any better answer may use: a unit of the others costs more than the gap.

    Exact: with LP bound z and reduced cost r_j >= 0 at value 0, every answer costs at least
    z + r_j x_j, so that x_j >= 1 is worse than the best answer if r_j > best - z.

    Parameters
    ----------
    held
        The model.
    relaxed
        The LP.
    best
        The best answer so far, shape (columns,).
    distance
        Between the two, with the solver's noise.
    """
    at_zero = (relaxed.values <= SOLVER) & (best <= SOLVER)
    return ~(held.matrix.whole & (relaxed.reduced > distance) & at_zero)


def settled(held: LockedModel, values: np.ndarray) -> np.ndarray:
    """Yes-or-no columns of the lines whose held promise an answer just keeps.

    Parameters
    ----------
    held
        The model and what is held.
    values
        The answer, shape (columns,).

    Returns
    -------
    numpy.ndarray
        Bool array (columns,).
    """
    x, line = held.matrix.columns["x"], held.problem.options["line"].to_numpy()
    just = [p for p in range(len(held.promises)) if _just_kept(held, p, values)]
    lines = np.zeros(len(held.problem.lines), dtype=bool)
    for row in held.rows:
        if row.coefficients @ values[row.columns] >= row.limit - TIGHT * abs(row.limit):
            just += [p for p in range(len(held.promises)) if held.short(p) in row.columns]
            lines[line[np.isin(np.arange(x.start, x.stop), row.columns)]] = True
    segments = [held.promises[p].segment for p in just]
    lines |= held.problem.lines["segment"].isin(segments).to_numpy()
    return decisions(held.matrix) & with_decisions(held.matrix, _shipments(held, lines[line]))


def _just_kept(held: LockedModel, promise: int, values: np.ndarray) -> bool:
    """Whether an answer has no more of a held promise than it must."""
    achieved = held.achieved(promise)
    least = float(held.lower[achieved])
    return least > 0 and bool(values[achieved] <= least * (1 + TIGHT))


def left_open(held: LockedModel, values: np.ndarray, *, wider: bool) -> np.ndarray:
    """Columns to finish an answer by that is whole but for a few lines: bool array (columns,).

    All options of those lines, others of their items, and every decision about these.

    Parameters
    ----------
    held
        The model.
    values
        The answer, shape (columns,).
    wider
        Whether every option of their items is open, or only those that ship.
    """
    x, line = held.matrix.columns["x"], held.problem.options["line"].to_numpy()
    item = held.problem.lines["item"].to_numpy()
    off = held.matrix.whole[x] & (np.abs(values[x] - np.round(values[x])) > SOLVER)
    unfinished, ships = np.unique(line[off]), values[x] > SOLVER
    same_items = np.isin(item, item[unfinished])[line]
    options = np.isin(line, unfinished) | (same_items & (ships | wider))
    free = ~held.matrix.whole | with_decisions(held.matrix, _shipments(held, options))
    free[held.matrix.columns["moved"]] = True
    return free


def decisions(matrix: Matrix) -> np.ndarray:
    """Yes-or-no columns: bool array (columns,)."""
    chosen = matrix.whole.copy()
    for amount in ("x", "moved"):
        chosen[matrix.columns[amount]] = False
    return chosen


def order_of_parcel(held: LockedModel) -> np.ndarray:
    """Order of each column that says whether a parcel is sent, -1 for others: shape (columns,)."""
    order = np.full(len(held.lower), -1)
    order[held.matrix.columns["used"]] = held.problem.parcels["order"]
    return order


def with_decisions(matrix: Matrix, shipments: np.ndarray) -> np.ndarray:
    """Shipments, and the yes-or-no columns that share a row with them: bool array (columns,)."""
    asked = np.flatnonzero(decisions(matrix))
    rows = abs(matrix.a) @ shipments.astype(float) > 0
    touched = abs(matrix.a[:, asked]).T @ rows.astype(float) > 0
    chosen = shipments.copy()
    chosen[asked[touched]] = True
    return chosen


def _shipments(held: LockedModel, options: np.ndarray) -> np.ndarray:
    """Options as columns."""
    chosen = np.zeros(len(held.lower), dtype=bool)
    chosen[held.matrix.columns["x"]] = options
    return chosen
