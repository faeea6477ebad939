"""The policy ``optimal``: goals one after another, then what was reachable, then a tidy plan."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping

import numpy as np

from models.allocation import GoalSpec, search_steps
from models.goals import GoalKind
from models.settings import Policy
from models.solution import Status
from optimizer.common.clock import Clock
from optimizer.outcome import Outcome, outcome_without_transfers
from optimizer.policies import keep_commitments
from optimizer.preparing.dominance import dominating_options, ship_by_dominating
from optimizer.solving.attainable import missed_targets, unattainable_notes
from optimizer.solving.evaluation import evaluate_goals
from optimizer.solving.finishing import fill_up, move_least, tidy_up
from optimizer.solving.just_kept import just_kept
from optimizer.solving.lexicographic import Report, solve_goals
from optimizer.solving.locked_model import LockedModel
from optimizer.solving.reachable import reachable_levels
from optimizer.solving.session import Session, open_session
from optimizer.solving.shadow_prices import shadow_prices
from optimizer.solving.strategy import Strategy

log = logging.getLogger(__name__)


def optimise(
    model: LockedModel,
    starts: Mapping[Policy, np.ndarray],
    clock: Clock,
    cancel: threading.Event,
    report: Report,
    strategy: Strategy | None = None,
) -> Outcome:
    """Find and prove the best plan within the time.

    Parameters
    ----------
    model
        With no goal locked; not changed.
    starts
        Plans of the policies, as shipped units by option.
    clock
        Time of everything here.
    cancel
        When set, the best answer so far is taken.
    report
        Called at every step.
    strategy
        Of the problem; that of its size by default.
    """
    strategy = strategy or Strategy.of(model.problem)
    full = model
    if strategy.lean:
        model, starts = _without_dominated(model, starts)
    vectors = [model.vector_of(x) for x in starts.values()] + _plan_from_before(model)
    goals = search_steps(model.problem)
    with open_session(strategy, cancel) as session:
        time = Clock(clock.left * _share_of_goals(goals, strategy))
        attainable = _test_targets(model, goals, vectors[0], session, clock)
        locked = model.copy()
        result = solve_goals(locked, goals, vectors, session, time, report)
        if not result.answered:
            x = starts[Policy.SEGMENT_PRIORITY]
            reached = evaluate_goals(model, x)
            return outcome_without_transfers(full.problem, x, reached, Status.FALLBACK, cut=True)
        vector = fill_up(model, goals, result.vector) if result.cut else result.vector
        vector = move_least(locked, vector, session, clock)
        levels, cut = reachable_levels(model.copy(), goals, [vector, *vectors], session, clock)
        lps = {**result.lps, **just_kept(model, goals, result, session, clock)}
    moved = model.moved(vector)
    x = tidy_up(full, locked, vector, clock.left)
    reached = evaluate_goals(model, x, result.bounds, moved)
    proved = all(goal.status is Status.OPTIMAL for goal in reached)
    return Outcome(
        problem=full.problem,
        x=x,
        moved=moved,
        goals=reached,
        status=Status.OPTIMAL if proved else Status.FEASIBLE,
        reachable=levels,
        cut=result.cut or cut,
        attainable=attainable,
        prices=shadow_prices(locked, goals, lps, reached),
    )


def _without_dominated(
    model: LockedModel, starts: Mapping[Policy, np.ndarray]
) -> tuple[LockedModel, Mapping[Policy, np.ndarray]]:
    """Leave the dominated options of a large book to tidying."""
    stand_in = dominating_options(model.problem)
    lean = model.without_options(stand_in != np.arange(len(stand_in)))
    return lean, {policy: ship_by_dominating(x, stand_in) for policy, x in starts.items()}


def _plan_from_before(model: LockedModel) -> list[np.ndarray]:
    """Begin with yesterday's plan, too, where it can still be carried out."""
    if model.problem.committed.empty:
        return []
    before = model.vector_of(keep_commitments(model.problem))
    return [before] if model.accepts(before) else []


def _share_of_goals(goals: list[GoalSpec], strategy: Strategy) -> float:
    """Share of the time for the goals: all of it where no target's best level is searched after."""
    targets = any(goal.kind is GoalKind.TARGET for goal in goals)
    return strategy.shares.goals if targets else 1.0


def _test_targets(
    model: LockedModel, goals: list[GoalSpec], start: np.ndarray, session: Session, clock: Clock
) -> Mapping[int, float]:
    """Find what targets miss in fractions at least, and say so while the goals are solved."""
    testing = Clock(clock.left * session.strategy.shares.attainability)
    attainable = missed_targets(model, goals, start, session.lp, testing)
    for words in unattainable_notes(model.problem, attainable):
        log.info(words)
    return attainable
