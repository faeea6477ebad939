"""Scenarios of divisible items in many steps, made of mixed ones: nothing fits evenly."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.scenario import Scenario
from tests.support.mixed_scenarios import mixed_scenario

STEPS = [0.001, 0.001, 0.01, 0.25, 0.5, 5.0]
UNEVEN = {
    "site_capacity": "units",
    "lane_capacity": "units",
    "transfers": "units_per_day",
    "quotas": "at_most",
}
"""Limits, which need not be on any step."""


def stepped_scenario(seed: int) -> Scenario:
    """Make a mixed scenario whose items are divisible, in steps that differ.

    Orders are multiples of the steps and supply of the packs, limits and efforts are not. Of supply
    that is not, each certainty is packed apart.
    """
    given, dice = mixed_scenario(seed), np.random.default_rng(seed)
    named = [given[table]["item"] for table in ("lines", "stock", "receipts")]
    names = sorted({*pd.concat([*named, given["substitutes"]["substitute"]])})
    packs = given["items"].set_index("item")["pack"].reindex(names).fillna(1.0)
    step = pd.Series(dice.choice(STEPS, len(names)), index=names)
    items = pd.DataFrame(
        {
            "item": names,
            "pick_effort": dice.choice([1.0, 0.7, 1.3, 3.0], len(names)),
            "pack": np.where(
                packs == 1.0, 1.0, np.round(step.to_numpy() * dice.integers(2, 5, len(names)), 3)
            ),
            "divisible": True,
            "step": step.to_numpy(),
            "text": "",
        }
    )
    tables = {**given.tables, "items": items}
    pack = pd.Series(np.where(items["pack"] == 1.0, items["step"], items["pack"]), index=names)
    for table, units, of in (
        ("lines", "quantity", step),
        ("stock", "on_hand", pack),
        ("receipts", "quantity", pack),
    ):
        tables[table] = given[table].copy()
        tables[table][units] = _in_steps(given[table][units], of[given[table]["item"]], dice)
    tables["commitments"] = given["commitments"].iloc[:0]
    for table, column in UNEVEN.items():
        frame = given[table].copy()
        frame[column] = np.round(frame[column] * dice.uniform(0.5, 1.0, len(frame)), 3)
        tables[table] = frame
    return Scenario(given.settings, tables)


def _in_steps(units: pd.Series, step: pd.Series, dice: np.random.Generator) -> np.ndarray:
    """Make uneven amounts of even ones, above 0 where they are, and on the steps."""
    wished = units.to_numpy() * dice.uniform(0.6, 1.4, len(units))
    count = np.maximum(np.rint(wished / step.to_numpy()), units.to_numpy() > 0)
    return np.asarray(np.round(count * step.to_numpy(), 3))
