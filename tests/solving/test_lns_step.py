"""Parts of a plan decided anew: orders that want the same items, and never for the worse."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

from models.settings import Policy
from optimizer.common.clock import Clock
from optimizer.policies import allocate
from optimizer.solving.locked_model import LockedModel
from optimizer.solving.search import Search
from optimizer.solving.session import open_session
from optimizer.solving.steps.lns_step import LnsStep, orders_together
from optimizer.solving.strategy import LnsParameters, Strategy
from tests.support.locked_models import goal, search_for, week

LONG = 60.0


def begun(model: LockedModel) -> Search:
    """Begin from the plan of a rule."""
    x = allocate(model.problem, Policy.SEGMENT_PRIORITY)
    return search_for(model, goal(model, "value"), model.vector_of(x))


def improved(search: Search, seconds: float, *, rounds: int = 99) -> None:
    """Decide parts anew for some time, or for so many improvements."""
    first, asked = search.value, [0]

    def stop() -> bool:
        asked[0] += 1
        return asked[0] > rounds or search.value < first - 1.0

    exact = replace(Strategy.of(search.model.problem), relative_gap=0.0)
    with open_session(exact, threading.Event()) as session:
        search.lp = session.lp.solve(search.model, search.goal, search.cost, search.best, LONG)
        LnsStep().run(search, session, Clock(seconds), stop)


def test_a_part_decided_anew_is_worth_more_and_obeys_every_rule() -> None:
    search = begun(week(200, 51, parcels=True))
    before = search.value
    improved(search, LONG)
    assert search.value < before - 1.0
    assert search.model.accepts(search.best)


def test_nothing_is_decided_without_time_or_once_the_gap_is_closed() -> None:
    search = begun(week(120, 52, parcels=True))
    before = search.best
    improved(search, 0.0)
    improved(search, LONG, rounds=0)
    np.testing.assert_array_equal(search.best, before)


@pytest.mark.parametrize("many", [7, 40, 10_000])
def test_orders_are_decided_together_that_want_the_same_items(many: int) -> None:
    search = begun(week(200, 53, parcels=True))
    lines = search.model.problem.lines
    strategy = replace(Strategy.of(search.model.problem), lns=LnsParameters(orders=many))
    chosen = orders_together(search, np.random.default_rng(3), strategy)
    assert len(np.unique(chosen)) == len(chosen) == min(many, len(search.model.problem.orders))
    items = lines.groupby("order")["item"].agg(set)
    first = items[chosen[0]]
    assert items[chosen[1]] & first
    shared = [bool(set.union(*items[chosen[:n]]) & items[chosen[n]]) for n in range(1, 7)]
    assert all(shared)
