"""A plan whatever happens: the optimiser's, or the best of what is left, and always named.

Each rung is tried in a process of its own. The solver's may take ``SOLVE_SHARE`` of the time; every
further rung half of what is left then. Every plan was accepted by the judge before it comes back.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

import numpy as np

from models.errors import NoPlanError
from models.scenario import Scenario
from models.settings import Policy
from models.solution import Status
from optimizer.common.clock import Clock
from optimizer.jobs.watchdog import EndedError, call_in_child
from optimizer.outcome import Outcome, outcome_without_transfers
from optimizer.planning.judged_plan import JudgedPlan
from optimizer.planning.planner import plan_outcome, plan_scenario
from optimizer.policies import allocate
from optimizer.policies.commitment_keeping import match_commitments, unfrozen_commitments
from optimizer.solving.evaluation import evaluate_goals
from optimizer.solving.lexicographic import GoalAnswer, Progress, trivial_bound
from optimizer.solving.locked_model import LockedModel

SOLVE_SHARE = 0.7
"""Share of the time for the solver; the rest is for plans without it."""
AFTER_CANCEL = 45.0
"""Time for all further rungs once somebody waits for the job's end [s]."""
CALL = "optimizer.jobs.ladder:attempt"
Tell = Callable[[Progress], None]


class Rung(StrEnum):
    """How a plan was got, best first."""

    EXACT = "exact"
    """All goals proved."""
    WITHIN_LIMIT = "within_limit"
    """The best answer, its proof open; also the plan of an incumbent rule, which proves nothing."""
    LAST_GOAL = "last_goal"
    """The solver was ended: the answer when the last goal was done with."""
    GREEDY = "greedy"
    """The plan of ``segment_priority``, or of the incumbent rule that was asked for."""
    YESTERDAY = "yesterday"
    """What was promised before, as far as today's inputs allow."""


@dataclass(frozen=True, eq=False)
class Attempt:
    """What a process is asked for.

    Parameters
    ----------
    scenario
        The question.
    rung
        ``EXACT`` for the optimiser.
    answer
        For ``LAST_GOAL``.
    """

    scenario: Scenario
    rung: Rung
    answer: GoalAnswer | None = None


@dataclass(frozen=True, eq=False)
class LadderResult:
    """A plan, and how it was got."""

    plan: JudgedPlan
    rung: Rung


Watch = Callable[[Attempt, Clock, threading.Event, Tell], JudgedPlan]


def in_child(attempt: Attempt, clock: Clock, cancel: threading.Event, tell: Tell) -> JudgedPlan:
    """Make an attempt in a process of its own."""
    made: JudgedPlan = call_in_child(CALL, attempt, clock, cancel, tell)
    return made


def climb_down(
    scenario: Scenario,
    clock: Clock,
    cancel: threading.Event,
    tell: Tell,
    failed: Callable[[Rung, str], None],
    watch: Watch = in_child,
) -> LadderResult:
    """Plan; where that fails, take the next rung.

    Parameters
    ----------
    scenario
        The question.
    clock
        Time until there must be a plan.
    cancel
        When set, the best answer so far is taken.
    tell
        Told when a goal is done with.
    failed
        Told of each rung that gave no plan, and why.
    watch
        How an attempt is made.

    Raises
    ------
    NoPlanError
        When no rung gave a plan.
    """
    best: list[GoalAnswer] = []

    def receive(step: Progress) -> None:
        if step.answer is not None:
            best[:] = [step.answer]
        tell(step)

    solving = Clock(clock.left * SOLVE_SHARE)
    try:
        made = watch(Attempt(scenario, Rung.EXACT), solving, cancel, receive)
        return LadderResult(made, _rung_of(made))
    except EndedError as error:
        failed(Rung.EXACT, str(error))
    cancelled, never = cancel.is_set(), threading.Event()
    clock = Clock(min(clock.left, AFTER_CANCEL)) if cancelled else clock
    rungs = [Attempt(scenario, rung) for rung in (Rung.GREEDY, Rung.YESTERDAY)]
    if best:
        rungs.insert(0, Attempt(scenario, Rung.LAST_GOAL, best[0]))
    for attempt in rungs:
        share = 1.0 if attempt is rungs[-1] else 0.5
        try:
            made = watch(attempt, Clock(clock.left * share), never, receive)
            return LadderResult(replace(made, cancelled=cancelled), attempt.rung)
        except EndedError as error:
            failed(attempt.rung, str(error))
    msg = "no plan within the deadline, not even that of segment_priority; raise deadline_seconds"
    raise NoPlanError(msg)


def _rung_of(made: JudgedPlan) -> Rung:
    by_status = {Status.OPTIMAL: Rung.EXACT, Status.FALLBACK: Rung.GREEDY}
    return by_status.get(made.status, Rung.WITHIN_LIMIT)


def attempt(request: Attempt, cancel: threading.Event, tell: Tell) -> JudgedPlan:
    """Make the plan of a rung, here."""
    if request.rung is Rung.EXACT:
        return plan_scenario(
            request.scenario, cancel=cancel, progress=partial(_answers_alone, tell)
        )
    if request.rung is Rung.LAST_GOAL and request.answer is not None:
        note = "The solver was ended from outside: this is its answer to the last goal it was done "
        return plan_outcome(request.scenario, partial(_last, request.answer), note + "with.")
    if request.rung is Rung.GREEDY:
        rule = _rule(request.scenario.settings.policy)
        note = f"No answer in time: this is the plan of {rule}."
        return plan_outcome(request.scenario, _greedy, note)
    note = "No answer of the optimiser, nor of a rule: what was promised before, where it can be."
    return plan_outcome(request.scenario, _yesterday, note)


def _answers_alone(tell: Tell, step: Progress) -> None:
    if step.answer is not None:
        tell(step)


def _last(answer: GoalAnswer, model: LockedModel) -> Outcome:
    known = {spec.name: trivial_bound(model, spec) for spec in model.goals}
    goals = evaluate_goals(model, answer.x, known | dict(answer.bounds), answer.moved)
    proved = all(goal.status is Status.OPTIMAL for goal in goals)
    status = Status.OPTIMAL if proved else Status.FEASIBLE
    return Outcome(model.problem, answer.x, answer.moved, goals, status, cut=True)


def _greedy(model: LockedModel) -> Outcome:
    problem = model.problem
    return _fallback(model, allocate(problem, _rule(problem.settings.policy)))


def _rule(policy: Policy) -> Policy:
    """Say which rule stands in for a policy."""
    return Policy.SEGMENT_PRIORITY if policy is Policy.OPTIMAL else policy


def _yesterday(model: LockedModel) -> Outcome:
    """Ship what was promised by the very options that were promised, and nothing else."""
    problem = model.problem
    rows = unfrozen_commitments(problem)
    if rows.empty and problem.frozen.empty:
        msg = "nothing was promised before"
        raise NoPlanError(msg)
    promise = match_commitments(problem, rows)
    units = np.append(rows["quantity"].to_numpy(), 0.0)[promise]
    frozen = problem.options["frozen"].to_numpy() >= 0
    upper = problem.options["upper"].to_numpy()
    most = np.where(frozen, upper, np.minimum(upper, units))
    only = replace(problem, options=problem.options.assign(upper=most))
    return _fallback(model, allocate(only, Policy.SEGMENT_PRIORITY))


def _fallback(model: LockedModel, x: np.ndarray) -> Outcome:
    optimal = model.problem.settings.policy is Policy.OPTIMAL
    status = Status.FALLBACK if optimal else Status.FEASIBLE
    return outcome_without_transfers(model.problem, x, evaluate_goals(model, x), status, cut=True)
