"""Sweeps: many scenarios, or values of one, in one tidy frame."""

from __future__ import annotations

import pytest

from models.errors import ScenarioError, UsageError
from optimizer import plan, read_scenario, sweep
from optimizer.studies.scenario_sweep import SWEEP
from tests.support.folders import ROOT

FOLDER = ROOT / "scenarios" / "quickstart"


def test_a_sweep_is_a_tidy_frame_in_the_order_asked() -> None:
    frame = sweep(FOLDER, ["policy=fcfs", "policy=edd"], processes=1, quiet=True)
    assert list(frame) == list(SWEEP)
    assert list(dict.fromkeys(frame["run"])) == ["policy=fcfs", "policy=edd"]
    one = plan(read_scenario(FOLDER, ["policy=edd"])).totals
    mine = frame[(frame["run"] == "policy=edd") & (frame["kind"] == "total")]
    assert dict(zip(mine["figure"], mine["value"], strict=True)) == one
    with pytest.raises(ScenarioError):
        sweep(FOLDER, ["policy=nonsense"])


def test_wrong_calls_are_said() -> None:
    with pytest.raises(UsageError, match="of one scenario folder"):
        sweep([FOLDER], ["policy=fcfs"])
    with pytest.raises(UsageError, match="nothing to plan"):
        sweep({})
