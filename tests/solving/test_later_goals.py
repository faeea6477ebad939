"""Searches of large books look at later goals, with weights that never outweigh their own."""

from __future__ import annotations

import numpy as np
import pytest

from models.allocation import GoalSpec
from models.goals import GoalKind
from optimizer.solving.later_goals import cost_of_later_goals
from optimizer.solving.strategy import LookAheadWeights
from tests.support.locked_models import goals_with_cost, search_for, week

WEIGHTS = LookAheadWeights()


def test_later_goals_weigh_less_and_less_and_earlier_ones_nothing() -> None:
    model = week(250, 41)
    nothing = model.vector_of(np.zeros(len(model.problem.options)))
    targets = [spec for spec in goals_with_cost(model) if spec.kind is GoalKind.TARGET]
    for nth, spec in enumerate(targets):
        search = search_for(model, spec, nothing)
        looked = cost_of_later_goals(search, WEIGHTS)
        weights = [0.0] * (nth + 1) + [WEIGHTS.next_goal**n for n in range(1, len(targets) - nth)]
        for other, weight in zip(targets, weights, strict=True):
            (promise,) = other.promises
            share = looked[model.short(promise)] * other.base / spec.base
            assert share == pytest.approx(weight)


def test_nothing_comes_after_the_last_goal_or_one_asked_apart() -> None:
    model = week(100, 42)
    nothing = model.vector_of(np.zeros(len(model.problem.options)))
    specs = list(goals_with_cost(model))
    assert not cost_of_later_goals(search_for(model, specs[-1], nothing), WEIGHTS).any()
    apart = GoalSpec("reach:0", "shortfall", specs[0].row, specs[0].base, specs[0].promises)
    assert not cost_of_later_goals(search_for(model, apart, nothing), WEIGHTS).any()
    assert cost_of_later_goals(search_for(model, specs[0], nothing), WEIGHTS).any()
