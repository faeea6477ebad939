"""Prices put to the test: the plan once more with a unit less, for what a line finds scarce."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

import pandas as pd

from models.settings import Settings
from optimizer.common.words import goal_unit
from optimizer.explaining.scarcity import BINDING, VERIFIED
from optimizer.planning.unit_less import UnitLess

Limit = Mapping[Hashable, Any]


def with_verified(
    scarce: pd.DataFrame, settings: Settings, plan_again: Callable[[Limit], UnitLess | None]
) -> pd.DataFrame:
    """Say of each price what a unit less really changes.

    Parameters
    ----------
    scarce
        Of :func:`optimizer.explaining.scarcity.binding_limits`.
    settings
        For the units of goals.
    plan_again
        Plans with a unit less of a row of prices.
    """
    rows = [
        row | _found(settings, plan_again(row)) if row["goal"] else row
        for row in scarce.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=BINDING)


def _found(settings: Settings, found: UnitLess | None) -> dict[Hashable, Any]:
    """Give the columns :data:`optimizer.explaining.scarcity.VERIFIED`."""
    if found is None:
        return {"verified": "impossible"}
    if not found.proved:  # how far such a plan came says nothing of the unit
        return {"verified": "unproved"}
    goal = found.first
    if not goal:
        return {"verified": "proved", "real_price": found.net}
    told = ("proved", goal, goal_unit(settings, goal), found.goals[goal], found.net)
    return dict(zip(VERIFIED, told, strict=True))
