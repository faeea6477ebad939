"""Random scenarios with floors and targets in measures of their own, mostly of the backlog."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.scenario import Scenario
from models.settings import Floor, Measure
from tests.support.tiny_scenarios import tiny_scenario


def backlog_scenario(seed: int) -> Scenario:
    """Make a tiny scenario with floors in other measures."""
    return with_other_floors(tiny_scenario(seed), seed)


def with_other_floors(scenario: Scenario, seed: int) -> Scenario:
    """Give each segment a floor in a measure of its own; each has a tier alone."""
    dice, segments = np.random.default_rng(seed), {}
    for nth, (name, segment) in enumerate(scenario.settings.segments.items()):
        measure = [Measure.BACKLOG_FILL, *Measure][int(dice.integers(len(Measure) + 1))]
        floor = Floor(measure=measure, level=[0.25, 0.5, 1][int(dice.integers(3))])
        target = segment.target
        if target and seed % 3 == nth % 3:
            target = target.model_copy(update={"measure": Measure.BACKLOG_FILL})
        own = {"tier": nth + 1, "floor": floor, "target": target}
        segments[name] = segment.model_copy(update=own)
    stages = {
        n: s.model_copy(update={"tier_shift": 0}) for n, s in scenario.settings.stages.items()
    }
    settings = scenario.settings.model_copy(update={"segments": segments, "stages": stages})
    if (scenario["overrides"]["action"] == "tier").any():
        rows = scenario["overrides"]
        tables = dict(scenario.tables) | {"overrides": rows[rows["action"] != "tier"]}
        return replace(scenario, settings=settings, tables=tables)
    return replace(scenario, settings=settings)
