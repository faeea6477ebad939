"""After the goals: nothing left on the shelf, no needless move, a tidy plan."""

from __future__ import annotations

import numpy as np

from models.allocation import GoalSpec
from models.tolerances import FEASIBILITY
from optimizer.common.clock import Clock
from optimizer.policies import top_up
from optimizer.policies.problem_variants import with_transfers
from optimizer.policies.tidying import tidy
from optimizer.solving.locked_model import LockedModel
from optimizer.solving.restricted_mip import RestrictedMip, solve_restricted
from optimizer.solving.search import Search
from optimizer.solving.session import Session
from optimizer.solving.snapping import move_to_steps


def fill_up(model: LockedModel, goals: list[GoalSpec], vector: np.ndarray) -> np.ndarray:
    """Leave nothing on the shelf that a goal not solved to its end would have shipped.

    Parameters
    ----------
    model
        With no goal locked.
    goals
        Most important first; the first one that changes decides.
    vector
        The best answer, shape (columns,).
    """
    moved = model.moved(vector)
    stocked = with_transfers(model.problem, moved)
    better = model.vector_of(top_up(stocked, model.shipped(vector)), moved)
    if not model.accepts(better):
        return vector
    changes = [float(model.cost(goal)[0] @ (better - vector)) for goal in goals if goal.expression]
    first = next((change for change in changes if abs(change) > FEASIBILITY), 0.0)
    return better if first <= 0 else vector


def move_least(
    model: LockedModel, vector: np.ndarray, session: Session, clock: Clock
) -> np.ndarray:
    """Move nothing between sites that the shipments do not need.

    Parameters
    ----------
    model
        With all goals locked.
    vector
        The best answer, shape (columns,).
    session
        Where the MIP runs.
    clock
        Ends it.
    """
    moved = model.matrix.columns["moved"]
    if not vector[moved].any():
        return vector
    cost, free = np.zeros(len(vector)), np.zeros(len(vector), dtype=bool)
    cost[moved] = 1.0
    for variable in ("moved", "carried"):
        free[model.matrix.columns[variable]] = True
    search = Search(GoalSpec("moves", "", 0, 1.0), model, cost, 0.0, vector, 0.0)
    solve_restricted(search, RestrictedMip(free), session.for_mips, clock)
    move_to_steps(search, vector, session, clock)
    return search.best


def tidy_up(
    full: LockedModel, locked: LockedModel, vector: np.ndarray, seconds: float
) -> np.ndarray:
    """Tidy the plan by all options, if rules and goals stand as they did.

    Parameters
    ----------
    full
        The model with every option.
    locked
        With all goals locked, perhaps without dominated options.
    vector
        The best answer, shape (columns,).
    seconds
        Time for it [s].

    Returns
    -------
    numpy.ndarray
        Shipped units by option [unit].
    """
    x, moved = locked.shipped(vector), locked.moved(vector)
    better = tidy(with_transfers(full.problem, moved), x, seconds)
    whole = locked.copy()
    whole.matrix = full.matrix
    return better if whole.accepts(whole.vector_of(better, moved)) else x
