"""From a scenario to a judged plan: posed, solved, answered, judged or replaced, diagnosed."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from models.judge import assert_obeys, judge
from models.scenario import Scenario
from models.settings import Policy, policy_named
from models.solution import Goal, Solution, Status
from optimizer.answering.solution import solution_of
from optimizer.common.clock import Clock
from optimizer.common.words import lagging
from optimizer.outcome import Outcome, outcome_without_transfers
from optimizer.planning.diagnosis import Diagnosis, diagnose, trust_notes
from optimizer.planning.judged_plan import JudgedPlan
from optimizer.planning.must_notes import must_notes
from optimizer.planning.pose import pose
from optimizer.planning.promise_notes import promise_notes
from optimizer.policies import allocate, allocate_all, exceptions
from optimizer.solving.attainable import unattainable_notes
from optimizer.solving.evaluation import evaluate_goals
from optimizer.solving.lexicographic import Progress, Report
from optimizer.solving.locked_model import LockedModel
from optimizer.solving.optimise import optimise

log = logging.getLogger(__name__)

SOLVE_SHARE = 0.9
"""Share of the run's time for solving; judging and writing need the rest."""
STAND_IN = Policy.SEGMENT_PRIORITY
"""The policy whose plan is taken where the optimiser has none."""


@dataclass(frozen=True, eq=False)
class _Answer:
    """An outcome in frames that the judge accepted, and whether another was thrown away."""

    outcome: Outcome
    solution: Solution
    rejected: bool = False


def plan_scenario(
    scenario: Scenario,
    policy: str | None = None,
    *,
    progress: Report | None = None,
    cancel: threading.Event | None = None,
    diagnosing: bool = True,
) -> JudgedPlan:
    """Plan a scenario; the parameters are those of :func:`optimizer.plan`.

    Raises
    ------
    UsageError
        For a policy that does not exist.
    RuleViolationError
        When the judge rejects the plan: a defect of ours.
    """
    clock = Clock(scenario.settings.solver.seconds)
    cancel = cancel or threading.Event()
    scenario = _with_policy(scenario, policy)
    chosen = scenario.settings.policy
    model = pose(scenario).model()
    by_policy = _policies(model, chosen)
    if chosen is Policy.OPTIMAL:
        starts = {each: outcome.x for each, outcome in by_policy.items()}
        time_to_solve = Clock(clock.left * SOLVE_SHARE)
        outcome = optimise(model, starts, time_to_solve, cancel, progress or _silent)
        answer = _judged_or_replaced(scenario, outcome, by_policy[STAND_IN])
    else:
        answer = _judged(scenario, by_policy[chosen])
    further = chosen is Policy.OPTIMAL and diagnosing
    diagnosis = diagnose(scenario, answer.outcome, clock, cancel) if further else Diagnosis()
    goals = {each: outcome.goals for each, outcome in by_policy.items()}
    return JudgedPlan(
        scenario=scenario,
        solution=answer.solution,
        policies=_compared(goals | {chosen: answer.outcome.goals}),
        notes=(*_notes(model, answer, clock, cancel.is_set(), scenario), *diagnosis.notes),
        conflict=diagnosis.conflict,
        seconds=time.monotonic() - clock.began,
        cancelled=cancel.is_set(),
    )


def plan_outcome(
    scenario: Scenario, outcome_of: Callable[[LockedModel], Outcome], *notes: str
) -> JudgedPlan:
    """Make a plan of an answer that was found otherwise.

    Parameters
    ----------
    scenario
        What was asked.
    outcome_of
        Given the model with nothing locked, what is shipped and moved.
    notes
        What a planner should know of it.

    Raises
    ------
    RuleViolationError
        When the judge rejects it.
    """
    clock = Clock(scenario.settings.solver.seconds)
    answer = _judged(scenario, outcome_of(pose(scenario).model()))
    return JudgedPlan(
        scenario=scenario,
        solution=answer.solution,
        policies=_compared({scenario.settings.policy: answer.outcome.goals}),
        notes=(*notes, *exceptions(scenario.settings, answer.solution)),
        conflict=None,
        seconds=time.monotonic() - clock.began,
        cancelled=False,
    )


def _policies(model: LockedModel, chosen: Policy) -> Mapping[Policy, Outcome]:
    """Plan by each policy, and by the chosen one where it is not among those that always are."""
    problem = model.problem
    plans = allocate_all(problem)
    if chosen not in (Policy.OPTIMAL, *plans):
        plans[chosen] = allocate(problem, chosen)
    return {
        policy: outcome_without_transfers(problem, x, evaluate_goals(model, x), Status.FEASIBLE)
        for policy, x in plans.items()
    }


def _judged(scenario: Scenario, outcome: Outcome) -> _Answer:
    """Answer, and let the judge see it."""
    solution = solution_of(scenario, outcome)
    assert_obeys(scenario, solution)
    return _Answer(outcome, solution)


def _judged_or_replaced(scenario: Scenario, outcome: Outcome, stand_in: Outcome) -> _Answer:
    """Take the optimiser's answer, or another one where the judge rejects it."""
    solution = solution_of(scenario, outcome)
    violations = judge(scenario, solution)
    if not violations:
        return _Answer(outcome, solution)
    log.error("the judge rejects the optimiser's answer: %s", "; ".join(violations))
    return replace(_judged(scenario, replace(stand_in, status=Status.FALLBACK)), rejected=True)


def _notes(
    model: LockedModel, answer: _Answer, clock: Clock, cancelled: bool, scenario: Scenario
) -> tuple[str, ...]:
    """Say what a planner should know of the run, most general first."""
    rejected, settings = answer.rejected, scenario.settings
    return (
        *unattainable_notes(model.problem, answer.outcome.attainable),
        *promise_notes(scenario, answer.solution),
        *trust_notes(answer.outcome, scenario, clock, cancelled=cancelled, rejected=rejected),
        *must_notes(model.problem, answer.solution, answer.outcome.x),
        *exceptions(settings, answer.solution),
        *lagging(settings, answer.solution.goals),
    )


def _silent(_: Progress) -> None:
    """Nobody asked to be told."""


def _with_policy(scenario: Scenario, policy: str | None) -> Scenario:
    if policy is None:
        return scenario
    settings = scenario.settings.model_copy(update={"policy": policy_named(policy)})
    return replace(scenario, settings=settings)


def _compared(values: Mapping[Policy, tuple[Goal, ...]]) -> pd.DataFrame:
    """Put what each policy reaches of each goal side by side."""
    rows = [(p.value, g.name, g.value) for p in Policy for g in values.get(p, ())]
    return pd.DataFrame(rows, columns=["policy", "goal", "value"]).astype(
        {"policy": "str", "goal": "str", "value": "float64"}
    )
