"""What could be reached of each missed target: by its segment alone, and after the tiers before."""

from __future__ import annotations

from collections.abc import Iterator

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
    alone = model.copy()
    for goal in goals:
        if goal.kind is not None and goal.kind.facts.family in ALONE and goal.expression:
            alone.lock(goal, plan)
    missed = dict[str, LockedModel]()
    for goal, after in _after_better_tiers(model, goals, plan):
        for name in _segments_that_miss(model, goal, plan):
            missed.setdefault(name, after)
    asked = [*((name, alone) for name in missed), *missed.items()]
    found = []
    for nth, (name, locked) in enumerate(asked):
        search = _search(locked, name, vectors)
        search_on_steps(search, session, Clock(clock.left / (len(asked) - nth)))
        found.append(search)
    first, together = found[: len(missed)], found[len(missed) :]
    levels = {
        name: Reachable(
            alone=_level(model, name, own.value),
            bound=_level(model, name, own.bound),
            together=_level(model, name, left.value),
        )
        for name, own, left in zip(missed, first, together, strict=True)
    }
    return levels, any(search.cut for search in found)


def _after_better_tiers(
    model: LockedModel, goals: list[GoalSpec], plan: np.ndarray
) -> Iterator[tuple[GoalSpec, LockedModel]]:
    """Yield each tier's target with the model in which the goals before its tier are locked.

    What a tier counts before its target is locked after it. One model locks after the other, so
    that an LP that is kept goes on with what it has.
    """
    locked, own = model.copy(), list[GoalSpec]()
    for goal in goals:
        if goal.kind is None or goal.kind.facts.family is not GoalName.TARGETS:
            own.append(goal)
            continue
        for before in own:
            if before.expression and not _same_tier(before, goal):
                locked.lock(before, plan)
        own = [before for before in own if _same_tier(before, goal)] + [goal]
        if goal.kind is GoalKind.TARGET:
            yield goal, locked.copy()


def _same_tier(goal: GoalSpec, target: GoalSpec) -> bool:
    """Whether a goal is one of the targets of the same tier."""
    same = goal.kind is not None and goal.kind.facts.family is GoalName.TARGETS
    return same and parse(goal.name)[1] == parse(target.name)[1]


def _segments_that_miss(model: LockedModel, goal: GoalSpec, plan: np.ndarray) -> list[str]:
    """Segments of a goal's promises that are not kept, each once."""
    rows = [
        model.promises[promise].segment
        for promise in goal.promises
        if plan[model.short(promise)] > FEASIBILITY
    ]
    return list(model.problem.segments["segment"].iloc[rows].astype(str).unique())


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
    goal = GoalSpec(f"reach:{name}", "", 0, whole)  # no promise: to keep its target is not enough
    starts = [vectors[0], *(vector for vector in vectors[1:] if model.accepts(vector))]
    return Search(goal, model, cost, whole, min(starts, key=lambda v: float(cost @ v)), 0.0)


def _level(model: LockedModel, name: str, missing: float) -> float:
    """Level of a segment, period to date, that misses so much of all it ordered [base unit]."""
    mine = model.problem.segments[model.problem.segments["segment"] == name]
    ordered = float((mine["total"] + mine["ordered_before"]).sum())
    served = float(mine["served_before"].sum() + mine["total"].sum()) - missing
    return round(served / ordered, DECIMALS)
