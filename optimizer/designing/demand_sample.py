"""Demand days: the scenario's own, those of history, and days drawn from it.

The same day is the same for every design (common random numbers): what differs between two designs
on it is due to the designs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from models.errors import UsageError
from models.scenario import Scenario
from optimizer.scenario.table_edits import cast_rows

OWN = "own"
"""Name of the scenario's own day."""
DATES = ("requested", "ordered", "earliest", "cancel")
BOOK = ("customers", "orders", "lines", "commitments", "overrides")
"""Tables that a day brings along."""
COPY = "~"
"""Between the id of an order and the number of its copy."""


@dataclass(frozen=True, eq=False)
class DemandDay:
    """An order book to be served on a demand day.

    Parameters
    ----------
    name
        ``own``, the name of a scenario of history, or ``day-1`` ...
    book
        The tables of :data:`BOOK` instead of the scenario's; None for its own.
    """

    name: str
    book: dict[str, pd.DataFrame] | None = None

    def of(self, scenario: Scenario) -> Scenario:
        """Put the order book into a scenario; tests of its plan are about its own orders only."""
        if self.book is None:
            return scenario
        settings = scenario.settings.model_copy(update={"expect": ()})
        return replace(scenario, settings=settings, tables={**scenario.tables, **self.book})


def demand_days(
    scenario: Scenario, count: int, seed: int = 1, history: Sequence[Scenario] = ()
) -> list[DemandDay]:
    """List the days on which designs are tried: the scenario's own first.

    Parameters
    ----------
    scenario
        Whose orders are drawn from.
    count
        Days drawn beside its own and those of history.
    seed
        Of what is drawn.
    history
        Scenarios whose customers and orders are days, too; their dates are shifted to the
        scenario's start.

    Raises
    ------
    UsageError
        When a day of history has a segment or a region that the scenario does not know.
    """
    past = [_day_of_history(scenario, day) for day in history]
    drawn = [_draw_day(scenario, np.random.default_rng([seed, n]), n + 1) for n in range(count)]
    return [DemandDay(OWN), *past, *drawn]


def _draw_day(scenario: Scenario, rng: np.random.Generator, nth: int) -> DemandDay:
    """Draw each order as often as Poisson's law with mean 1 says; at least one order."""
    orders, lines = scenario["orders"], scenario["lines"]
    times = rng.poisson(1.0, len(orders))
    if not times.any():
        times[rng.integers(len(orders))] = 1
    named = {}
    for table, frame in (("orders", orders), ("lines", lines)):
        often = pd.Series(times, index=orders["order"])
        repeated = frame.loc[frame.index.repeat(often.loc[frame["order"]].to_numpy())]
        keys = [name for name in ("order", "line") if name in frame]
        copy = repeated.groupby(keys, sort=False).cumcount()
        suffix = np.where(copy == 0, "", COPY + (copy + 1).astype(str))
        named[table] = cast_rows(table, repeated.assign(order=repeated["order"] + suffix))
    there = orders["order"][times > 0]
    for table in ("commitments", "overrides"):
        frame = scenario[table]
        named[table] = frame[frame["order"].isin(there)].reset_index(drop=True)
    return DemandDay(f"day-{nth}", named)


def _day_of_history(scenario: Scenario, day: Scenario) -> DemandDay:
    """Take the order book of another scenario, as if its first day were this one's."""
    segments, known = set(day["customers"]["segment"]), set(scenario.settings.segments)
    regions = set(day["customers"]["region"]) - set(scenario["lanes"]["region"])
    for what, unknown in (("segments", segments - known), ("regions", regions)):
        if unknown:
            names = ", ".join(sorted(unknown))
            msg = f"the day {day.settings.name!r} has {what} that the scenario has not: {names}"
            raise UsageError(msg)
    starts = (pd.Timestamp(each.settings.horizon.start) for each in (scenario, day))
    own, its = starts
    shift = own - its
    book = {table: day[table] for table in BOOK}
    orders = book["orders"].assign(**{name: book["orders"][name] + shift for name in DATES})
    late = book["commitments"].assign(ship_date=book["commitments"]["ship_date"] + shift)
    book |= {"orders": cast_rows("orders", orders), "commitments": cast_rows("commitments", late)}
    return DemandDay(day.settings.name, book)
