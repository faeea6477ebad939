"""A price in a planner's words: what a unit less changes, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Any

from models.goals import GoalKind, kind_of
from models.tolerances import UNIT
from optimizer.common.words import goal_name, number

COIN = 0.005
"""Less is no money [currency]."""


def price_words(row: Mapping[Hashable, Any]) -> str:
    """Say what a unit less changes, and what a plan without it said, if there is one.

    Parameters
    ----------
    row
        Of what is scarce, with a price: the columns
        :data:`optimizer.explaining.scarcity.BINDING`.
    """
    if row["at_least"] > 0:
        units, least = number(float(row["units"])), number(float(row["at_least"]))
        told = (
            f"{units} units of it are worth at least {least} {row['currency']} to others, "
            "every promise kept as it is."
        )
    elif row["goal"] == GoalKind.VALUE:
        told = f"1 unit less here, every promise kept as it is: {_worth(row['price'], row)}."
    else:
        told = f"1 unit less here, goals before as they are: {_missed(row)}."
    return told + _verified(row)


def _missed(row: Mapping[Hashable, Any]) -> str:
    """Say how much worse the first goal is, at least where that is proved, and the money."""
    proved = row["by"] - row["slack"]
    how, by = ("at least ", proved) if proved > UNIT else ("about ", row["by"])
    money = "" if math.isnan(row["price"]) else f"; {_worth(row['price'], row)}"
    return _worse(row["goal"], by, row["unit"], how) + money


def _worth(price: float, row: Mapping[Hashable, Any]) -> str:
    """Say the money, which is never more than about right."""
    if price < -COIN:
        return f"net value about {number(-price)} {row['currency']} more"
    return f"worth about {number(max(0.0, price))} {row['currency']}"


def _worse(goal: str, by: float, unit: str, how: str = "") -> str:
    """Say by how much a goal is worse, or better."""
    more, amount = ("more" if by > 0 else "less"), abs(by)
    count = number(amount) if amount >= 2 * COIN else f"{amount:.2g}"
    one = unit.removesuffix("s") if count == "1" else unit
    return f"{goal_name(goal)} {kind_of(goal).facts.verb} {how}{count} {one} {more}"


def _verified(row: Mapping[Hashable, Any]) -> str:
    """Say what a plan with a unit less came to."""
    if row["verified"] == "":
        return ""
    if row["verified"] == "impossible":
        return " It was not planned again: no whole unit is there on that day, or no time."
    if row["verified"] == "unproved":
        return (
            " Planned again with 1 unit less: time was up before the end; a run with more "
            "solver.seconds has more for this, too."
        )
    goal, net = row["real_goal"], row["real_price"]
    parts = []
    if goal not in ("", GoalKind.VALUE):
        parts.append(_worse(goal, row["real_by"], row["real_unit"]))
    if abs(net) >= COIN:
        way = "less" if net > 0 else "more"
        parts.append(f"net value {number(abs(net))} {row['currency']} {way}")
    return f" Planned again with 1 unit less: {'; '.join(parts) or 'no goal changes'}."
