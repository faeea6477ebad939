"""Scenarios whose supply slips after promises were made: later receipts, less stock, lost lanes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from models.scenario import Scenario
from tests.support.mixed_scenarios import mixed_scenario

DAY = pd.Timedelta(days=1)


def slipped_scenario(seed: int) -> Scenario:
    """Make a mixed scenario, and let happen to it what makes promises impossible to keep."""
    dice, scenario = np.random.default_rng(seed), mixed_scenario(seed)
    tables = dict(scenario.tables)
    stock, receipts, lanes = (tables[name] for name in ("stock", "receipts", "lanes"))
    promises = tables["commitments"]
    slips = pd.to_timedelta(dice.integers(0, 3, len(receipts)), unit="D")
    tables["receipts"] = receipts.assign(date=(receipts["date"] + slips).astype("datetime64[s]"))
    shrinks = dice.random(len(stock)) < 0.5
    fewer = np.where(shrinks, np.floor(stock["on_hand"] / 2), stock["on_hand"])
    tables["stock"] = stock.assign(on_hand=fewer)
    if dice.random() < 0.3 and len(lanes) > 1:
        tables["lanes"] = lanes.drop(index=dice.integers(len(lanes))).reset_index(drop=True)
    if dice.random() < 0.3:
        early = promises["ship_date"] - DAY * int(dice.integers(1, 3))
        past = early.where(dice.random(len(promises)) < 0.4, promises["ship_date"])
        tables["commitments"] = promises.assign(ship_date=past.astype("datetime64[s]"))
    return replace(scenario, tables=tables)
