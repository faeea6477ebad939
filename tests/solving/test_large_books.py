"""Searches of large books look at later goals, with weights that never outweigh their own."""

from __future__ import annotations

import numpy as np
import pytest

from models.allocation import GoalSpec
from optimizer.solving.large_books import LATER, ahead
from tests.support.locked_models import goals_with_cost, search_for, week


def test_later_goals_weigh_less_and_less_and_earlier_ones_nothing() -> None:
    held = week(250, 41)
    nothing = held.vector_of(np.zeros(len(held.problem.options)))
    targets = [spec for spec in goals_with_cost(held) if spec.name.startswith("target")]
    for nth, spec in enumerate(targets):
        search = search_for(held, spec, nothing)
        looked = ahead(search)
        weights = [0.0] * (nth + 1) + [LATER**n for n in range(1, len(targets) - nth)]
        for other, weight in zip(targets, weights, strict=True):
            (promise,) = other.promises
            share = looked[held.short(promise)] * other.base / spec.base
            assert share == pytest.approx(weight)


def test_nothing_comes_after_the_last_goal_or_one_asked_apart() -> None:
    held = week(100, 42)
    nothing = held.vector_of(np.zeros(len(held.problem.options)))
    specs = list(goals_with_cost(held))
    assert not ahead(search_for(held, specs[-1], nothing)).any()
    apart = GoalSpec("reach:0", "shortfall", specs[0].row, specs[0].base, specs[0].promises)
    assert not ahead(search_for(held, apart, nothing)).any()
    assert ahead(search_for(held, specs[0], nothing)).any()
