"""Parts of a plan decided anew: orders that want the same items, and never for the worse."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from models.settings import Policy
from optimizer.common.clock import Clock
from optimizer.policies import allocate
from optimizer.solving import lns
from optimizer.solving.goal_search import Search
from optimizer.solving.highs import SolverProcess
from optimizer.solving.lns import improve
from optimizer.solving.locked_model import LockedModel
from optimizer.solving.lp import KeptLP
from tests.support.locked_models import goal, search_for, week

LONG = 60.0


def begun(held: LockedModel) -> Search:
    """Begin from the plan of a rule."""
    x = allocate(held.problem, Policy.SEGMENT_PRIORITY)
    return search_for(held, goal(held, "value"), held.vector_of(x))


def improved(search: Search, seconds: float, *, rounds: int = 99) -> None:
    """Decide parts anew for some time, or for so many improvements."""
    first, told = search.value, [0]

    def closed() -> bool:
        told[0] += 1
        return told[0] > rounds or search.value < first - 1.0

    with SolverProcess(threading.Event()) as for_lp, SolverProcess(threading.Event()) as aside:
        relaxed = KeptLP(for_lp).solve(search.held, search.spec, search.cost, search.best, LONG)
        improve(search, aside, relaxed, 0.0, Clock(seconds), closed)


def test_a_part_decided_anew_is_worth_more_and_obeys_every_rule() -> None:
    search = begun(week(200, 51, parcels=True))
    before = search.value
    improved(search, LONG)
    assert search.value < before - 1.0
    assert search.held.accepts(search.best)


def test_nothing_is_decided_without_time_or_once_the_gap_is_closed() -> None:
    search = begun(week(120, 52, parcels=True))
    before = search.best
    improved(search, 0.0)
    improved(search, LONG, rounds=0)
    np.testing.assert_array_equal(search.best, before)


@pytest.mark.parametrize("many", [7, 40, 10_000])
def test_orders_are_decided_together_that_want_the_same_items(
    many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lns, "ORDERS", many)
    search = begun(week(200, 53, parcels=True))
    lines = search.held.problem.lines
    chosen = lns._together(search, np.random.default_rng(3))  # noqa: SLF001
    assert len(np.unique(chosen)) == len(chosen) == min(many, len(search.held.problem.orders))
    items = lines.groupby("order")["item"].agg(set)
    first = items[chosen[0]]
    assert items[chosen[1]] & first
    shared = [bool(set.union(*items[chosen[:n]]) & items[chosen[n]]) for n in range(1, 7)]
    assert all(shared)
