"""What could be reached of each missed target: by its segment alone, and after the tiers before."""

from __future__ import annotations

import numpy as np

from models.allocation import Family, GoalSpec
from models.goals import GoalKind, GoalName, parse
from models.tolerances import DECIMALS, FEASIBILITY
from optimizer.common.clock import Clock
from optimizer.outcome import Reachable
from optimizer.solving.locked_model import LockedModel
from optimizer.solving.search import Search
from optimizer.solving.session import Session
from optimizer.solving.snapping import search_on_steps

ALONE = (GoalName.COMMITMENTS, GoalName.FLOORS)
"""Families that stay before a segment that is looked at alone."""


def reachable_levels(
    model: LockedModel,
    goals: list[GoalSpec],
    vectors: list[np.ndarray],
    session: Session,
    clock: Clock,
) -> tuple[dict[str, Reachable], bool]:
    """Search how much of its measure each segment that misses a target could reach, uncut.

    Once as if it came right after commitments and floors, and once after the goals before its
    tier, as they are in the plan.

    Parameters
    ----------
    model
        With no goal locked; not changed.
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
        By segment that misses a target.
    cut : bool
        Whether a limit or a failure cut any search short.
    """
    plan = vectors[0]
    missed = dict[str, GoalSpec]()
    for goal in goals:
        if goal.kind is GoalKind.TARGET:
            for name in _segments_that_miss(model, goal, plan):
                missed.setdefault(name, goal)
    alone = _locked(model, [g for g in goals if g.kind and g.kind.facts.family in ALONE], plan)
    levels, cut = dict[str, Reachable](), False
    for nth, (name, goal) in enumerate(missed.items()):
        after = _locked(model, _before_its_tier(goals, goal), plan)
        together = _search(after, name, vectors)
        search_on_steps(together, session, Clock(clock.left / (2 * (len(missed) - nth))))
        first = _search(alone, name, [*vectors, together.best])
        search_on_steps(first, session, Clock(clock.left / (2 * (len(missed) - nth) - 1)))
        cut |= together.cut or first.cut
        levels[name] = Reachable(
            alone=_level(model, name, first.value),
            bound=_level(model, name, first.bound),
            together=_level(model, name, together.value),
        )
    return levels, cut


def _segments_that_miss(model: LockedModel, goal: GoalSpec, plan: np.ndarray) -> list[str]:
    """Segments of a goal's promises that are not kept, each once."""
    rows = [
        model.promises[promise].segment
        for promise in goal.promises
        if plan[model.short(promise)] > FEASIBILITY
    ]
    return list(model.problem.segments["segment"].iloc[rows].astype(str).unique())


def _before_its_tier(goals: list[GoalSpec], target: GoalSpec) -> list[GoalSpec]:
    """Goals before a target's tier: not what its own tier counts before the target."""

    def own(goal: GoalSpec) -> bool:
        same = goal.kind is not None and goal.kind.facts.family is GoalName.TARGETS
        return same and parse(goal.name)[1] == parse(target.name)[1]

    return [goal for goal in goals[: goals.index(target)] if not own(goal)]


def _locked(model: LockedModel, goals: list[GoalSpec], plan: np.ndarray) -> LockedModel:
    """Lock goals at what the plan reaches of them."""
    locked = model.copy()
    for goal in goals:
        if goal.expression:
            locked.lock(goal, plan)
    return locked


def _targets(model: LockedModel, name: str) -> list[int]:
    """Promises that are targets of a segment, of all its parties."""
    names = model.problem.segments["segment"].to_numpy()
    return [
        nth
        for nth, promise in enumerate(model.promises)
        if promise.family is Family.TARGETS and names[promise.segment] == name
    ]


def _search(model: LockedModel, name: str, vectors: list[np.ndarray]) -> Search:
    """Begin to search what a segment does not reach of all that it ordered."""
    promises = _targets(model, name)
    cost = np.zeros(len(model.lower))
    cost[[model.achieved(promise) for promise in promises]] = -1.0
    whole = sum(model.promises[promise].total for promise in promises)
    goal = GoalSpec(f"reach:{name}", "", 0, whole, tuple(promises))
    starts = [vectors[0], *(vector for vector in vectors[1:] if model.accepts(vector))]
    return Search(goal, model, cost, whole, min(starts, key=lambda v: float(cost @ v)), 0.0)


def _level(model: LockedModel, name: str, missing: float) -> float:
    """Level of a segment, period to date, that misses so much of all it ordered [base unit]."""
    mine = model.problem.segments[model.problem.segments["segment"] == name]
    ordered = float((mine["total"] + mine["ordered_before"]).sum())
    served = float(mine["served_before"].sum() + mine["total"].sum()) - missing
    return round(served / ordered, DECIMALS)
