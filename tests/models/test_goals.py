"""The registry of goals: names are made and taken apart in one place."""

from __future__ import annotations

import pytest

from models.allocation import goal_list
from models.goals import GoalKind, GoalName, gain, kind_of, parse
from tests.support.mixed_scenarios import mixed_scenario
from tests.support.seeds import seeds
from tests.support.solverless_plans import prepared


@pytest.mark.parametrize("kind", GoalKind)
def test_a_name_is_taken_apart_as_it_was_made(kind: GoalKind) -> None:
    party = "2" if kind.facts.by_party else ""
    assert parse(kind.named(party)) == (kind, party)


def test_every_family_of_a_scenario_has_a_kind() -> None:
    assert {kind.facts.family for kind in GoalKind} == set(GoalName)


def test_a_name_that_no_goal_has_is_refused() -> None:
    with pytest.raises(KeyError):
        parse("speed:1")


@pytest.mark.parametrize(
    ("name", "value", "other", "better"),
    [("target:1", 3.0, 5.0, 2.0), ("stability", 4.0, 1.0, -3.0), ("value", 9.0, 7.0, 2.0)],
)
def test_more_value_is_a_gain_and_more_of_all_else_a_loss(
    name: str, value: float, other: float, better: float
) -> None:
    assert gain(name, value, other) == better


@pytest.mark.parametrize("seed", seeds(3, 20))
def test_goals_of_a_problem_are_of_the_kind_that_their_name_says(seed: int) -> None:
    for goal in goal_list(prepared(mixed_scenario(seed))):
        assert goal.kind is kind_of(goal.name)
        assert goal.sign == (-1.0 if goal.name == "value" else 1.0)
