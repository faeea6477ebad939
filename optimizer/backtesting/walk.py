"""A policy's way through a world, day by day: a morning, a decision, a dispatch."""

from __future__ import annotations

from optimizer.backtesting.deciders import Decider
from optimizer.backtesting.policy_state import PolicyState
from optimizer.backtesting.worlds import World


def walk(world: World, decider: Decider) -> PolicyState:
    """Go through all days of a world by one policy.

    Parameters
    ----------
    world
        What happens.
    decider
        Decides on each morning, from what is known then.
    """
    state = PolicyState(world)
    for day in range(world.days):
        state.receive(day)
        scenario, lines = state.morning(day)
        state.ship(decider.decide(scenario, lines, state, day))
    return state
