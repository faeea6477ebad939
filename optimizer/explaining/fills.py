"""What would fill a line on time while everybody else keeps what they have.

Each change is the smallest of its kind: found by a MIP over the product's own rules that raises
limits as little as possible. So a unit less of it does not fill the line.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from models.problem import Problem
from models.tolerances import UNIT
from optimizer.common.words import listed, number, several
from optimizer.explaining.free_room import NO_COLUMNS, Found, Room, row_of
from optimizer.explaining.frozen_others import KEYS
from optimizer.explaining.input_changes import NO_PARTS, Fill, promised, requested_on
from optimizer.explaining.question import Asked
from optimizer.explaining.raised_limits import Rooms, raising
from optimizer.explaining.relaxed_rules import liftable
from optimizer.solving.highs import SolverProcess


def fits_alone(asked: Asked, rooms: Rooms, process: SolverProcess, frozen: pd.DataFrame) -> bool:
    """Whether the line could be filled from known supply, were nothing but ``frozen`` promised."""
    problem = rooms.room.problem
    options = problem.options[problem.options["frozen"] >= 0].drop_duplicates("frozen")
    names = _names(problem, options)
    promised_before = frozen.groupby(KEYS)["quantity"].sum()
    units = np.zeros(len(problem.frozen))
    before = promised_before.reindex(pd.MultiIndex.from_frame(names)).fillna(0.0)
    own = (names["order"] == asked.order).to_numpy()  # theirs to keep or not
    whole = problem.frozen["quantity"].to_numpy()[options["frozen"]]
    units[options["frozen"]] = np.where(own, whole, before.to_numpy())
    wanted = asked.wanted(problem)
    return rooms.room.promising(units).solve(process, wanted, NO_COLUMNS) is not None


def fills(asked: Asked, rooms: Rooms, process: SolverProcess, reasons: set[str]) -> list[Fill]:
    """List what would fill a line, the simplest first.

    Parameters
    ----------
    asked
        The line and the plan.
    rooms
        What is left beside all others.
    process
        Solves.
    reasons
        Why units of it are missing.

    Raises
    ------
    NoAnswerError
        When the solver says nothing.
    """
    room = rooms.room
    as_it_is = room.solve(process, asked.wanted(room.problem), NO_COLUMNS, shipping=_loss(room))
    if as_it_is is not None:
        return [_promise(asked, room, as_it_is)]
    found = [*raising(asked, rooms, process), *_rules(asked, process, reasons)]
    later = _later(asked, process, room)
    return [*found, later] if later else found


def _loss(room: Room) -> np.ndarray:
    """Cost less worth of a unit shipped by each option [currency/unit]."""
    options = room.problem.options
    loss: np.ndarray = (options["unit_cost"] - options["unit_worth"]).to_numpy()
    return loss


def _promise(asked: Asked, room: Room, found: Found) -> Fill:
    """Say what ships if somebody promises it: it is all there."""
    problem, options = room.problem, room.problem.options
    mine = (found.x > UNIT) & (
        options["line"].to_numpy() == row_of(problem, asked.order, asked.line)
    )
    told = _names(problem, options[mine]).assign(quantity=found.x[mine])
    told = told.groupby(KEYS)["quantity"].sum().reset_index()
    columns = ("quantity", "item", "site", "service", "ship_date")
    shipped = [
        f"{number(units)} of {item} from {site} by {service} on {day:%Y-%m-%d}"
        for units, item, site, service, day in told[list(columns)].itertuples(index=False)
    ]
    words = f"Nothing is missing: commit {listed(shipped)}, and it is full and on time"
    return Fill("promise", words, 0.0, NO_PARTS, asked.orders, promised(told))


def _names(problem: Problem, options: pd.DataFrame) -> pd.DataFrame:
    """Name options: the columns :data:`optimizer.explaining.frozen_others.KEYS`."""
    line = problem.lines.iloc[options["line"]]
    return pd.DataFrame(
        {
            "order": problem.orders["order"].to_numpy()[line["order"]],
            "line": line["line"].to_numpy(),
            "item": problem.items[options["item"]],
            "site": problem.sites[options["site"]],
            "service": problem.services[options["service"]],
            "ship_date": problem.dates(options["day"]).to_numpy(),
        }
    )


def _rules(asked: Asked, process: SolverProcess, reasons: set[str]) -> Iterator[Fill]:
    """Lift one rule after another, each alone."""
    for words, change in liftable(asked.scenario, asked.order, asked.line, reasons):
        room = asked.room(change)
        if room.solve(process, asked.wanted(room.problem), NO_COLUMNS) is not None:
            yield Fill("rule", words, 0.0, NO_PARTS, asked.orders, change)


def _later(asked: Asked, process: SolverProcess, room: Room) -> Fill | None:
    """Find the first day by which the line can be there in full."""
    problem = room.problem
    line = row_of(problem, asked.order, asked.line)
    mine = problem.options["line"].to_numpy() == line
    requested = int(problem.lines["requested"].iloc[line])
    days = np.unique(problem.options["arrival"].to_numpy()[mine])
    days = days[days > requested]

    def fits(day: int) -> bool:
        return room.solve(process, asked.wanted(problem, day), NO_COLUMNS) is not None

    first, last = 0, len(days)
    while first < last:
        middle = (first + last) // 2
        first, last = (first, middle) if fits(int(days[middle])) else (middle + 1, last)
    if first == len(days):
        return None
    day = pd.Timestamp(problem.settings.horizon.start) + pd.Timedelta(days=int(days[first]))
    moved = int(days[first]) - requested
    words = f"promise it for {day:%Y-%m-%d}, {several(moved, 'day')} later than requested"
    change = requested_on(asked.orders, day)
    return Fill("date", words, float(moved), NO_PARTS, asked.orders, change)
