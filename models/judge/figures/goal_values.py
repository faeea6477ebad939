"""Goals: what a plan reaches of each, in order of importance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import assert_never

import pandas as pd

from models.goals import GoalKind, GoalName
from models.judge.figures.commitment_account import CommitmentAccount, commitment_account
from models.judge.figures.contracts import target_parts
from models.judge.figures.fairness import fairness_parts
from models.judge.figures.must import must_delay
from models.judge.figures.promises import PartyService
from models.judge.figures.reserve import ReserveFigures
from models.judge.lookup import Lookup
from models.settings import Measure

GoalPart = tuple[str, float, float]
"""Name of a goal, and what a part of the plan adds to its value and to its base."""


@dataclass(frozen=True, eq=False)
class GoalFigures:
    """What goals are measured by.

    Parameters
    ----------
    lookup
        Shipments and transfers.
    promises
        What each party ordered and got.
    totals
        The keys of :data:`models.solution.TOTALS`.
    shares
        What :func:`models.judge.figures.fairness.customer_shares` makes of the customers.
    reserve
        What is held for forecast demand.
    """

    lookup: Lookup
    promises: list[PartyService]
    totals: Mapping[str, float]
    shares: pd.DataFrame
    reserve: ReserveFigures

    @cached_property
    def account(self) -> CommitmentAccount:
        """How far commitments are kept."""
        return commitment_account(self.lookup)


def goal_parts(figures: GoalFigures) -> Iterator[GoalPart]:
    """Yield goal, value and base of each part of a goal, in order of importance."""
    settings = figures.lookup.scenario.settings
    for family in settings.goals:
        match family:
            case GoalName.COMMITMENTS:
                yield from _commitments(figures)
            case GoalName.FLOORS:
                yield from _floors(figures.promises)
            case GoalName.TARGETS:
                yield from target_parts(settings, figures.promises, figures.reserve.promises)
            case GoalName.FILL:
                yield from _fill(figures.promises)
            case GoalName.VALUE:
                yield _value(figures)
            case GoalName.FAIRNESS:
                yield from fairness_parts(settings, figures.shares)
            case GoalName.STABILITY:
                yield from _stability(figures.account)
            case _:
                assert_never(family)


def _commitments(figures: GoalFigures) -> Iterator[GoalPart]:
    """Yield frozen units that do not ship, and lines changed beyond the budget for them.

    Then, where not all of these units can ship as they were frozen, the delay of the others; then
    that of lines which a planner wants complete by a day.
    """
    account = figures.account
    beyond = account.beyond(figures.lookup.scenario.settings.stability)
    yield GoalKind.COMMITMENTS.named(), account.broken + beyond, account.frozen + account.counted
    if account.in_doubt:
        yield GoalKind.COMMITMENTS_DELAY.named(), account.delay, account.frozen
    delay, units = must_delay(figures.lookup)
    if units:
        yield GoalKind.MUST.named(), delay, units


def _floors(promises: list[PartyService]) -> Iterator[GoalPart]:
    """Yield what each party misses of its floor, by the tier of its lines."""
    for own in promises:
        for floor in own.floors:
            whole = own.ordered[floor.measure.whole_of]
            yield GoalKind.FLOOR.named(own.tier), own.below_floor(floor), whole


def _fill(promises: list[PartyService]) -> Iterator[GoalPart]:
    """Yield the units that each party does not get, by the tier of its lines."""
    for own in promises:
        units = own.ordered["unit"]
        yield GoalKind.FILL.named(own.tier), units - own.achieved[Measure.UNIT_FILL], units


def _value(figures: GoalFigures) -> GoalPart:
    """Sum up what is delivered and held, less all cost."""
    worth = figures.totals["delivered_value"] + figures.reserve.worth
    net = worth - figures.totals["cost"] - figures.reserve.cost
    return GoalKind.VALUE.named(), net, worth if worth > 0 else abs(net)


def _stability(account: CommitmentAccount) -> Iterator[GoalPart]:
    """Yield the changed lines, if any line may change."""
    if account.counted:
        yield GoalKind.STABILITY.named(), account.changed, account.counted
