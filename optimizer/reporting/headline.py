"""The first sentences about a plan: how far to trust it, and which of its tests fail."""

from __future__ import annotations

from datetime import timedelta

from models.scenario import Scenario
from models.settings import Settings
from models.solution import Solution, Status
from optimizer.answering.plan_tests import failed_tests
from optimizer.common.words import number, several


def headline(solution: Solution) -> str:
    """Say how far the plan can be trusted, in one sentence."""
    name = f"Plan for {solution.scenario}"
    if solution.status is Status.FALLBACK:
        return f"{name}: no answer of the optimiser in time, this is the plan of segment_priority."
    gaps = {goal.name: goal.gap for goal in solution.goals if goal.gap is not None}
    if not gaps:
        return f"{name}: made by the rule {solution.policy}, which proves nothing."
    if solution.status is Status.OPTIMAL:
        return f"{name}: every goal is proved optimal."
    worst = max(gaps, key=lambda goal: gaps[goal])
    return f"{name}: not every goal is proved; the widest gap is {gaps[worst]:.2%} ({worst})."


def horizon_sentence(settings: Settings) -> str:
    """Say on which days the plan ships."""
    start, days = settings.horizon.start, settings.horizon.days
    last = start + timedelta(days=days - 1)
    return f"Ships from {start:%Y-%m-%d} to {last:%Y-%m-%d} ({several(days, 'day')})."


def not_due_sentences(solution: Solution) -> list[str]:
    """Say how much of the book is not due yet; nothing where all is."""
    lines = int(solution.totals.get("not_due_lines", 0))
    if not lines:
        return []
    units = number(solution.totals["not_due_units"])
    return [
        f"Not due yet: {several(lines, 'line')} with {units} open units, requested later than "
        "anything arrives that ships within the horizon. Nothing is decided for what is not due."
    ]


def plan_test_sentences(scenario: Scenario, solution: Solution) -> list[str]:
    """Say what the plan misses of what was expected of it; nothing where nothing was."""
    tests, missed = len(scenario.settings.expect), failed_tests(scenario, solution)
    if not missed:
        return [f"Tests of the plan: all {tests:,} kept."] if tests else []
    head = f"Tests of the plan: {len(missed):,} of {tests:,} failed; do not publish it."
    return [head, *(f" * {text}" for text in missed)]
