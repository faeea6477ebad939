"""Goals: what a plan reaches of each, in order of importance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from models.goals import GoalName
from models.judge.figures.contracts import targets_reached
from models.judge.figures.fairness import fairness_reached
from models.judge.figures.kept_commitments import kept
from models.judge.figures.promises import Served
from models.judge.lookup.scenario_lookup import Lookup
from models.judge.shipments.look_ahead import Ahead
from models.settings import Measure


def goals_reached(
    book: Lookup,
    promises: list[Served],
    totals: Mapping[str, float],
    shares: pd.DataFrame,
    ahead: Ahead,
) -> Iterator[tuple[str, float, float]]:
    """Yield goal, value and base of each part of a goal, in order of importance.

    ``shares`` is what :func:`models.judge.figures.fairness.shared` makes of the customers,
    ``ahead`` what is held for forecast demand.
    """
    account = kept(book)
    for family in book.scenario.settings.goals:
        if family == GoalName.VALUE:
            worth = totals["delivered_value"] + ahead.worth
            net = worth - totals["cost"] - ahead.cost
            yield "value", net, worth if worth > 0 else abs(net)
        elif family == GoalName.COMMITMENTS:
            beyond = account.beyond(book.scenario.settings.stability)
            yield "commitments", account.broken + beyond, account.frozen + account.counted
        elif family == GoalName.FAIRNESS:
            yield from fairness_reached(book.scenario.settings, shares)
        elif family == GoalName.STABILITY and account.counted:
            yield "stability", account.changed, account.counted
        elif family == GoalName.TARGETS:
            yield from targets_reached(book.scenario.settings, promises, ahead.with_forecast())
        else:
            yield from _promised(family, promises)


def _promised(family: GoalName, promises: list[Served]) -> Iterator[tuple[str, float, float]]:
    """Yield each promise's part in a family of goals, by the tier of its lines."""
    for own in promises:
        tier, floor = own.tier, own.floor
        if family == GoalName.FLOORS and floor is not None:
            yield f"floor:{tier}", own.below_floor(floor), own.base
        elif family == GoalName.FILL:
            units = own.ordered["unit"]
            yield f"fill:{tier}", units - own.achieved[Measure.UNIT_FILL], units
