"""No rule that companies use today beats the optimal plan, and each rule's plan obeys the rules."""

from __future__ import annotations

import pytest

from models.judge import judge
from models.scenario import Scenario
from models.settings import Policy
from models.solution import Status
from optimizer import Plan, plan, read_scenario
from tests.support.folders import ROOT
from tests.support.seeds import seeds
from tests.support.tiny_scenarios import tiny_scenario

POLICIES = [policy for policy in Policy if policy is not Policy.OPTIMAL]
PEAK_WEEK = ROOT / "scenarios" / "peak-week"

EXACT, DIVISIBLE = 1e-6, 1e-4
"""Noise of a value, as a share of it and absolutely."""


@pytest.mark.parametrize("seed", seeds(2, 4))
def test_no_policy_beats_the_optimum_of_a_tiny_scenario(seed: int) -> None:
    scenario = tiny_scenario(1000 + seed)
    best = plan(scenario, diagnose=False)
    assert best.status == Status.OPTIMAL
    for policy in POLICIES:
        assert_no_better(scenario, best, policy)


@pytest.mark.slow
def test_no_policy_beats_the_optimum_of_the_peak_week_and_the_best_falls_far_behind() -> None:
    scenario = read_scenario(PEAK_WEEK, ["solver.seconds=300"])  # time to prove it while busy
    optimum = plan(scenario, diagnose=False)
    assert optimum.status == Status.OPTIMAL
    plans = {policy: assert_no_better(scenario, optimum, policy) for policy in POLICIES}
    rule = plans[Policy.SEGMENT_PRIORITY]
    best, worse = values(optimum), values(rule)
    promises = [name for name in best if name.startswith(("floor", "target"))]
    kept = {name for name in promises if best[name] == 0}
    assert kept >= {"floor:1", "floor:3", "target:1"}
    assert best["target:2"] < 1e-4 * worse["target:2"]
    assert {name for name in promises if worse[name] == 0} == {"floor:1", "floor:3"}
    assert on_time_share(optimum) > on_time_share(rule) + 0.10
    assert best["value"] > 1.05 * worse["value"]


def values(result: Plan) -> dict[str, float]:
    return {goal.name: goal.value for goal in result.solution.goals}


def on_time_share(result: Plan) -> float:
    return result.totals["on_time_units"] / result.totals["ordered_units"]


def assert_no_better(scenario: Scenario, best: Plan, policy: Policy) -> Plan:
    """Hold a policy's plan to the rules, and to what the optimal plan proved to be possible."""
    result = plan(scenario, policy=policy.value, diagnose=False)
    assert judge(result.scenario, result.solution) == []
    assert result.status == Status.FEASIBLE
    assert [goal.bound for goal in result.solution.goals] == [None] * len(best.solution.goals)
    noise = DIVISIBLE if scenario["items"]["divisible"].any() else EXACT
    assert first_gain(best, result, noise) is None, f"{policy.value} on {scenario.settings.name}"
    return result


def first_gain(best: Plan, other: Plan, noise: float) -> str | None:
    """Name the first goal in which ``other`` does better than ``best`` proved possible.

    A bound holds for plans that keep the goals before it, so the search ends where ``other`` falls
    behind.
    """
    for ours, theirs in zip(best.solution.goals, other.solution.goals, strict=True):
        assert ours.name == theirs.name
        assert ours.bound is not None
        allowed = noise * (1 + abs(ours.value))
        sign = -1 if ours.name == "value" else 1
        if sign * (theirs.value - ours.bound) < -allowed:
            return ours.name
        if sign * (theirs.value - ours.value) > allowed:
            return None
    return None
