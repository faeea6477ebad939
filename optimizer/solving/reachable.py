"""The best level that could be reached of each missed target, if its segment came first."""

from __future__ import annotations

import numpy as np

from models.allocation import GoalSpec
from models.goals import GoalKind
from models.tolerances import DECIMALS, FEASIBILITY
from optimizer.common.clock import Clock
from optimizer.solving.locked_model import LockedModel
from optimizer.solving.search import Search
from optimizer.solving.session import Session
from optimizer.solving.snapping import search_on_steps


def reachable_levels(
    model: LockedModel,
    goals: list[GoalSpec],
    vectors: list[np.ndarray],
    session: Session,
    clock: Clock,
) -> tuple[dict[str, float], bool]:
    """Search the level of each missed target as if it came right after commitments and floors.

    Parameters
    ----------
    model
        With no goal locked; the floors are locked on the way.
    goals
        Most important first.
    vectors
        The plan, and further answers to begin with, one value a column each.
    session
        Where LPs and MIPs run.
    clock
        Ends it; each search gets an equal share.

    Returns
    -------
    levels : dict
        By segment that misses a target; a plan was found that reaches it.
    cut : bool
        Whether a limit or a failure cut any search short.
    """
    for goal in goals:
        if goal.kind is GoalKind.FLOOR:
            model.lock(goal, vectors[0])
    starts = [vectors[0], *(vector for vector in vectors[1:] if model.accepts(vector))]
    missed = [
        (promise, goal)
        for goal in goals
        if goal.kind is GoalKind.TARGET
        for promise in goal.promises
        if vectors[0][model.short(promise)] > FEASIBILITY
    ]
    short_of, cut = dict[str, float](), False
    for nth, (promise, goal) in enumerate(missed):
        search = _search_alone(model, goal, promise, starts)
        search_on_steps(search, session, Clock(clock.left / (len(missed) - nth)))
        cut |= search.cut
        segment = model.promises[promise].segment
        name = str(model.problem.segments["segment"][segment])
        short_of[name] = short_of.get(name, 0.0) + float(search.value)
    return _levels(model, short_of), cut


def _search_alone(
    model: LockedModel, goal: GoalSpec, promise: int, starts: list[np.ndarray]
) -> Search:
    """Begin to search what one promise of a tier misses at least."""
    cost = np.zeros(len(model.lower))
    cost[model.short(promise)] = 1.0
    alone = GoalSpec(f"reach:{promise}", "shortfall", goal.row, goal.base, (promise,))
    best = min(starts, key=lambda vector: float(cost @ vector))
    return Search(alone, model, cost, 0.0, best, 0.0)


def _levels(model: LockedModel, short_of: dict[str, float]) -> dict[str, float]:
    """Levels of segments from what they miss [base unit]."""
    segments = model.problem.segments
    base = (segments["total"] + segments["ordered_before"]).groupby(segments["segment"]).sum()
    target = segments.groupby("segment")["target"].first()
    return {
        name: round(float(target[name] - short / base[name]), DECIMALS)
        for name, short in short_of.items()
    }
