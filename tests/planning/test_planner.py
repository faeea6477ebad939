"""What a run says about itself: how long it took, and why it has no better plan."""

from __future__ import annotations

import threading

import pytest

from models.errors import UsageError
from models.scenario import Scenario
from models.solution import Status
from optimizer import plan
from tests.support.tiny_scenarios import tiny_scenario


def hurried(seconds: float) -> Scenario:
    scenario = tiny_scenario(7)
    limit = scenario.settings.solver.model_copy(update={"seconds": seconds})
    settings = scenario.settings.model_copy(update={"solver": limit})
    return Scenario(settings, scenario.tables)


def test_a_run_that_takes_longer_than_its_limit_says_so() -> None:
    made = plan(hurried(1e-6))
    assert made.status == Status.FALLBACK
    assert made.seconds > 1e-3
    assert any("within 1e-06 s" in note and "Raise" in note for note in made.notes)


def test_a_cancelled_run_blames_no_time_limit() -> None:
    cancel = threading.Event()
    cancel.set()
    made = plan(hurried(60), cancel=cancel)
    assert (made.status, made.cancelled) == (Status.FALLBACK, True)
    assert made.notes == (
        "The run was cancelled; this is the best answer found until then.",
        "No answer of the optimiser until then: this is the plan of segment_priority.",
    )


def test_a_plan_shows_its_pictures_and_explains_its_lines() -> None:
    made = plan(tiny_scenario(7), "fcfs")
    assert made.plot("flows").to_dict()["mark"] == {"type": "bar"}
    with pytest.raises(UsageError, match=r"no picture 'flow'; it has .*flows"):
        made.plot("flow")
    late = made.lines[made.lines["status"] != "on_time"].iloc[0]
    told = made.explain(late["order"], late["line"])
    assert told.ledger["units"].sum() == pytest.approx(late["ordered"] - late["delivered_on_time"])
