"""Stages of relationships: which one counts today."""

from __future__ import annotations

import pandas as pd

from models.scenario import Scenario


def stages_that_count(scenario: Scenario) -> pd.Series:
    """Name the stage of each customer on the first day, by customer.

    A recovery that is over counts as develop, any other stage that is over as commit.
    """
    customers = scenario["customers"].set_index("customer")
    start = pd.Timestamp(scenario.settings.horizon.start)
    stages = customers["stage"].copy()
    for name, stage in scenario.settings.stages.items():
        days, after = stage.expires_after_days, "develop" if name == "recovery" else "commit"
        if days is not None:
            ends = customers["stage_since"].fillna(start) + pd.Timedelta(days=days)
            stages = stages.mask((customers["stage"] == name) & (ends <= start), after)
    return stages
