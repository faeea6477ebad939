"""What is told to be reachable of missed targets, against the second opinion.

Of a segment alone: all others promise nothing beyond their floors, and it promises everything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import takewhile

import pandas as pd
import pytest

from models.goals import GoalName
from models.scenario import Scenario
from models.settings import Segment
from optimizer import plan
from optimizer.reading import read_scenario
from tests.independent.optimum import goal_vector
from tests.support.folders import ROOT
from tests.support.mixed_scenarios import mixed_scenario
from tests.support.seeds import seeds
from tests.support.tiny_scenarios import tiny_scenario

FIRST = (GoalName.COMMITMENTS, GoalName.FLOORS)
DRAWS = (tiny_scenario, mixed_scenario)
QUICK = 6


def promising(
    scenario: Scenario, before: tuple[GoalName, ...], levels: dict[str, float]
) -> Scenario:
    """Change the levels of targets, and pursue nothing but these goals and then the targets."""

    def at(name: str, segment: Segment) -> Segment:
        if segment.target is None:
            return segment
        target = segment.target.model_copy(update={"level": levels.get(name, 0.0)})
        return segment.model_copy(update={"target": target})

    settings = scenario.settings
    segments = {name: at(name, segment) for name, segment in settings.segments.items()}
    goals = (*before, GoalName.TARGETS)
    goals = (*before, GoalName.TARGETS)
    changed = settings.model_copy(update={"segments": segments, "goals": goals})
    return replace(scenario, settings=changed)


def level_of(scenario: Scenario, name: str, base: float) -> float:
    """Level that a segment reaches at most in a scenario in which it promises everything."""
    tier = scenario.settings.segments[name].tier
    return 1 - goal_vector(scenario)[f"target:{tier}"] / base


@cache
def missed(draw: Callable[[int], Scenario], seed: int) -> list[tuple[str, float, pd.Series]]:
    """Segments that miss a target: name, base units ordered, row of ``service``.

    None where planners put lines in another tier: such a segment has targets in two tiers.
    """
    scenario = draw(seed)
    if (scenario["overrides"]["action"] == "tier").any():
        return []
    service = plan(scenario).solution.service
    rows = service[service["reachable"].notna()]
    bases = rows["shortfall"] / (rows["target"] - rows["achieved"])
    return list(zip(rows["segment"], bases, (row for _, row in rows.iterrows()), strict=True))


@pytest.mark.parametrize("seed", seeds(QUICK, 300))
@pytest.mark.parametrize("draw", DRAWS)
def test_what_is_reachable_is_what_the_second_opinion_finds(
    draw: Callable[[int], Scenario], seed: int
) -> None:
    scenario = draw(seed)
    settings = scenario.settings
    before = tuple(takewhile(lambda goal: goal is not GoalName.TARGETS, settings.goals))
    for name, base, row in missed(draw, seed):
        tier = settings.segments[name].tier
        better = {
            other: segment.target.level
            for other, segment in settings.segments.items()
            if segment.target is not None and segment.tier < tier
        }
        best = level_of(promising(scenario, FIRST, {name: 1.0}), name, base)
        left = level_of(promising(scenario, before, better | {name: 1.0}), name, base)
        assert row["reachable"] == pytest.approx(best, abs=2e-5), name
        assert row["reachable_bound"] == pytest.approx(best, abs=2e-5), name
        assert row["reachable_together"] == pytest.approx(left, abs=2e-5), name


def test_levels_are_uncut_and_better_tiers_leave_less() -> None:
    """The last segment of the quickstart misses 70 %, alone it reaches all, and 40 % is left."""
    service = plan(read_scenario(ROOT / "scenarios" / "quickstart")).solution.service
    (row,) = service[service["reachable"] > service["target"]].to_dict("records")
    shown = [row[name] for name in ("segment", "target", "best_reachable", "reachable")]
    assert shown == ["marketplace", 0.7, 0.7, 1.0]
    assert row["reachable_bound"] == 1.0
    assert row["reachable_together"] == pytest.approx(0.4)
