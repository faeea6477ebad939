"""What a search ends with is moved to the steps: by a repair, by the rules, or not at all."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from optimizer.common.clock import Clock
from optimizer.solving import snapping
from optimizer.solving.locked_model import LockedModel
from optimizer.solving.search import Search
from optimizer.solving.session import Session, open_session
from optimizer.solving.snapping import move_to_steps
from optimizer.solving.strategy import Strategy
from tests.support.locked_models import goal, model_of
from tests.support.scenarios_as_text import make_scenario

BOOK = {
    "customers": "customer,segment,region\nacme,gold,NORTH\nbolt,silver,NORTH",
    "orders": "order,customer,requested\n1,acme,2026-11-25\n2,bolt,2026-11-25",
    "lanes": "site,region,service,transit_days,cost_per_unit\nHAM,NORTH,standard,2,1",
    "stock": "site,item,on_hand\nHAM,OIL,100",
    "items": "item,divisible,step,pick_effort\nOIL,true,0.001,3",
    "lines": "order,line,item,quantity,unit_value\n1,1,OIL,12.5,2\n2,1,OIL,12.5,2",
    "site_capacity": "site,date,units\nHAM,,50",
}
"""After 12.5 for gold, there is capacity for 4.16666... of silver."""
LARGE = Strategy(relative_gap=0.0, sifts=True)
"""Of books too large for a proof in steps."""


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with open_session(LARGE, threading.Event()) as opened:
        yield opened


def locked() -> LockedModel:
    """Pose the book, with the target of gold held at 12.5."""
    target = {"measure": "unit_otif", "level": 1}
    segments = {
        "gold": {"tier": 1, "services": ["standard"], "target": target},
        "silver": {"tier": 2, "services": ["standard"], "target": target},
    }
    header = {"horizon": {"start": "2026-11-23", "days": 1}, "segments": segments}
    model = model_of(make_scenario(header, **BOOK))
    model.lock(goal(model, "target:1"), model.vector_of(np.array([12.5, 0.0])))
    return model


def searched(model: LockedModel, gold: float, silver: float) -> tuple[Search, np.ndarray]:
    """Begin with nothing for silver, and say that a search ended with some amounts."""
    before = model.vector_of(np.array([12.5, 0.0]))
    search = Search.of(goal(model, "target:2"), model, before, 12.5 - 50 / 3 + 12.5)
    search.best = model.vector_of(np.array([gold, silver]))
    return search, before


@pytest.mark.parametrize(
    ("gold", "silver"), [(12.5, 25 / 6), (12.4999992, 25 / 6), (12.5, 4.1660004)]
)
def test_what_is_off_the_steps_is_repaired(
    gold: float, silver: float, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapping, "_round_greedily", lambda *_: None)
    model = locked()
    search, before = searched(model, gold, silver)
    move_to_steps(search, before, session, Clock(20.0))
    assert model.shipped(search.best).tolist() == [12.5, 4.166]


def test_without_time_the_greedy_rules_know_steps(session: Session) -> None:
    model = locked()
    search, before = searched(model, 12.5, 25 / 6)
    move_to_steps(search, before, session, Clock(0.0))
    assert model.shipped(search.best).tolist() == [12.5, 4.166]


def test_what_is_on_the_steps_stays_as_it_is(session: Session) -> None:
    model = locked()
    search, before = searched(model, 12.5, 3.25)
    best = search.best
    move_to_steps(search, before, session, Clock(0.0))
    assert search.best is best
