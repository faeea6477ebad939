"""The proof of an answer: goals, their bounds, gaps and statuses fit together."""

from __future__ import annotations

import math

from models.goals import GoalKind, gain
from models.judge.findings import RELATIVE, TOLERANCE, text
from models.judge.statements.judged_answer import JudgedAnswer
from models.settings import Policy, Settings
from models.solution import Goal, Solution, Status


def goals_agree(answer: JudgedAnswer) -> list[str]:
    """Compare names, values, bounds, gaps and statuses of the goals with the shipments."""
    settings, solution, figures = answer.settings, answer.solution, answer.figures
    given = [goal.name for goal in solution.goals]
    if given not in (list(figures.goals), _before_promises_moved(answer)):
        return [f"goals must be {', '.join(figures.goals)}, in this order; got {', '.join(given)}"]
    findings = []
    for goal in solution.goals:
        value = figures.goals[goal.name]
        slack = TOLERANCE + RELATIVE * figures.bases[goal.name]
        if not math.isclose(goal.value, value, rel_tol=RELATIVE, abs_tol=slack):
            findings.append(
                f"goal {goal.name}: value is {text(goal.value)}, the shipments make {text(value)}"
            )
        if solution.policy == Policy.OPTIMAL:
            findings += _proof(goal, figures.bases[goal.name], settings, solution)
        elif (goal.bound, goal.gap, goal.status) != (None, None, Status.FEASIBLE):
            findings.append(
                f"goal {goal.name}: policy {solution.policy} proves nothing; its bound and gap"
                " must be blank and its status feasible"
            )
    return findings + _status(settings, solution)


def _before_promises_moved(answer: JudgedAnswer) -> list[str]:
    """Name the goals of an answer of an older version, which moves no promise."""
    delay = GoalKind.COMMITMENTS_DELAY.named()
    moves = answer.lookup.rows["moves"].any()
    return [name for name in answer.figures.goals if moves or name != delay]


def _proof(goal: Goal, base: float, settings: Settings, solution: Solution) -> list[str]:
    """Hold bound, gap and status of one goal of the optimiser together."""
    if goal.bound is None or goal.gap is None:
        fallback = solution.status == Status.FALLBACK and goal.status != Status.OPTIMAL
        return (
            []
            if fallback and goal.bound is None and goal.gap is None
            else [f"goal {goal.name}: bound or gap is blank"]
        )
    findings = []
    gap = abs(goal.value - goal.bound) / base
    if not abs(goal.gap - gap) <= TOLERANCE:
        findings.append(
            f"goal {goal.name}: gap is {text(goal.gap)}, value {text(goal.value)} and bound"
            f" {text(goal.bound)} make {text(gap)}"
        )
    if gain(goal.name, goal.value, goal.bound) > TOLERANCE * (1 + base):
        findings.append(
            f"goal {goal.name}: value {text(goal.value)} is better than its bound"
            f" {text(goal.bound)}"
        )
    proved = goal.gap <= settings.solver.relative_gap + RELATIVE
    if (goal.status == Status.OPTIMAL) != proved:
        findings.append(
            f"goal {goal.name}: status {goal.status} does not fit a gap of {text(goal.gap)}"
        )
    if goal.status == Status.FALLBACK != solution.status:
        findings.append(f"goal {goal.name}: a fallback, but the answer is {solution.status}")
    return findings


def _status(settings: Settings, solution: Solution) -> list[str]:
    """Call an answer optimal exactly when every goal is proved; only the optimiser falls back."""
    gaps = [goal.gap for goal in solution.goals]
    limit = settings.solver.relative_gap + RELATIVE
    if solution.policy != Policy.OPTIMAL:
        allowed = {Status.FEASIBLE}
    elif all(gap is not None and gap <= limit for gap in gaps):
        allowed = {Status.OPTIMAL}
    else:
        allowed = {Status.FEASIBLE, Status.FALLBACK}
    if solution.status in allowed:
        return []
    return [
        f"status is {solution.status}; policy {solution.policy} and the gaps of the goals allow"
        f" {' or '.join(sorted(allowed))}"
    ]
