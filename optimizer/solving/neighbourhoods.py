"""Which columns a restricted MIP searches: the rest stay as they are in some answer."""

from __future__ import annotations

import numpy as np

from models.tolerances import SOLVER
from optimizer.compiling import Matrix
from optimizer.solving.locked_model import LockedModel
from optimizer.solving.lp import LPSolution


def used_columns(model: LockedModel, *answers: np.ndarray) -> np.ndarray:
    """Columns that any of the answers uses, and all that need not be whole: bool array (columns,).

    Parameters
    ----------
    model
        The model.
    answers
        Value of each column.
    """
    chosen = ~model.matrix.whole
    for values in answers:
        chosen |= values > SOLVER
    return chosen


def lines_served_differently(model: LockedModel, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Options of these lines of two answers: bool array (columns,)."""
    x = model.matrix.columns["x"]
    differs = model.matrix.whole[x] & (np.abs(one[x] - other[x]) > SOLVER)
    line = model.problem.options["line"].to_numpy()
    return _shipments(model, np.isin(line, line[differs]))


def near_columns(model: LockedModel, lp: LPSolution, best: np.ndarray, per_line: int) -> np.ndarray:
    """Columns of an LP that stays close to an answer: bool array (columns,).

    Options that the LP or the best answer uses, and those that cost least to change to, with the
    parcel that they would need.

    Parameters
    ----------
    model
        The model.
    lp
        Its optimum.
    best
        The best answer so far, shape (columns,).
    per_line
        Options for each line of the book.
    """
    x, used = model.matrix.columns["x"], model.matrix.columns["used"]
    parcel, upper = model.problem.options["parcel"].to_numpy(), model.matrix.upper
    fee = np.maximum(lp.reduced[used], 0.0) * (lp.values[used] <= SOLVER)
    dear = np.maximum(lp.reduced[x], 0.0) * upper[x] + np.append(fee, 0.0)[parcel]
    dear[lp.values[x] > SOLVER] = -1.0
    closest = np.argsort(dear, kind="stable")[: per_line * len(model.problem.lines)]
    chosen = np.ones(len(upper), dtype=bool)
    chosen[x] = best[x] > SOLVER
    chosen[x.start + closest] = True
    chosen[used] = False
    chosen[used.start + np.unique(parcel[chosen[x] & (parcel >= 0)])] = True
    return chosen & (upper > 0)


def unfixed_columns(
    model: LockedModel, lp: LPSolution, best: np.ndarray, distance: float
) -> np.ndarray:
    """Columns that reduced costs do not fix at 0: any better answer uses these alone.

    Exact: with LP bound z and reduced cost r_j >= 0 at value 0, every answer costs at least
    z + r_j x_j, so that x_j >= 1 is worse than the best answer if r_j > best - z.

    Parameters
    ----------
    model
        The model.
    lp
        Its optimum.
    best
        The best answer so far, shape (columns,).
    distance
        Between the two, with the solver's noise.
    """
    at_zero = (lp.values <= SOLVER) & (best <= SOLVER)
    return ~(model.matrix.whole & (lp.reduced > distance) & at_zero)


def tight_decisions(model: LockedModel, values: np.ndarray, tight: float) -> np.ndarray:
    """Yes-or-no columns of the lines whose locked promise an answer only just keeps.

    Parameters
    ----------
    model
        With the goals locked so far.
    values
        The answer, shape (columns,).
    tight
        An answer that has no more than this share above what is locked only just keeps it.

    Returns
    -------
    numpy.ndarray
        Bool array (columns,).
    """
    x, line = model.matrix.columns["x"], model.problem.options["line"].to_numpy()
    just = [p for p in range(len(model.promises)) if _just_kept(model, p, values, tight)]
    lines = np.zeros(len(model.problem.lines), dtype=bool)
    for row in model.rows:
        if row.coefficients @ values[row.columns] >= row.limit - tight * abs(row.limit):
            just += [p for p in range(len(model.promises)) if model.short(p) in row.columns]
            lines[line[np.isin(np.arange(x.start, x.stop), row.columns)]] = True
    segments = [model.promises[p].segment for p in just]
    lines |= model.problem.lines["segment"].isin(segments).to_numpy()
    return decisions(model.matrix) & with_decisions(model.matrix, _shipments(model, lines[line]))


def _just_kept(model: LockedModel, promise: int, values: np.ndarray, tight: float) -> bool:
    """Whether an answer has hardly more of a locked promise than it must."""
    achieved = model.achieved(promise)
    least = float(model.lower[achieved])
    return least > 0 and bool(values[achieved] <= least * (1 + tight))


def unfinished_columns(model: LockedModel, values: np.ndarray, *, wider: bool) -> np.ndarray:
    """Columns to finish an answer by that is whole but for a few lines: bool array (columns,).

    All options of those lines, others of their items, and every decision about these.

    Parameters
    ----------
    model
        The model.
    values
        The answer, shape (columns,).
    wider
        Whether every option of their items is open, or only those that ship.
    """
    x, line = model.matrix.columns["x"], model.problem.options["line"].to_numpy()
    item = model.problem.lines["item"].to_numpy()
    off = model.matrix.whole[x] & (np.abs(values[x] - np.round(values[x])) > SOLVER)
    unfinished, ships = np.unique(line[off]), values[x] > SOLVER
    same_items = np.isin(item, item[unfinished])[line]
    options = np.isin(line, unfinished) | (same_items & (ships | wider))
    free = ~model.matrix.whole | with_decisions(model.matrix, _shipments(model, options))
    free[model.matrix.columns["moved"]] = True
    return free


def decisions(matrix: Matrix) -> np.ndarray:
    """Yes-or-no columns: bool array (columns,)."""
    chosen = matrix.whole.copy()
    for amount in ("x", "moved"):
        chosen[matrix.columns[amount]] = False
    return chosen


def order_of_parcel(model: LockedModel) -> np.ndarray:
    """Order of each column that says whether a parcel is sent, -1 for others: shape (columns,)."""
    order = np.full(len(model.lower), -1)
    order[model.matrix.columns["used"]] = model.problem.parcels["order"]
    return order


def with_decisions(matrix: Matrix, shipments: np.ndarray) -> np.ndarray:
    """Shipments, and the yes-or-no columns that share a row with them: bool array (columns,)."""
    yes_or_no = np.flatnonzero(decisions(matrix))
    rows = abs(matrix.a) @ shipments.astype(float) > 0
    touched = abs(matrix.a[:, yes_or_no]).T @ rows.astype(float) > 0
    chosen = shipments.copy()
    chosen[yes_or_no[touched]] = True
    return chosen


def _shipments(model: LockedModel, options: np.ndarray) -> np.ndarray:
    """Options as columns."""
    chosen = np.zeros(len(model.lower), dtype=bool)
    chosen[model.matrix.columns["x"]] = options
    return chosen
