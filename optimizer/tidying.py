"""Tidy a plan without losing any goal: no needless parcel, no needless wait, nearest site first.

Moves are tried in a fixed order until none is left, so that one input has one plan. A move keeps
what each line gets in all, never lowers what it gets on time, never costs more than it brings, and
uses only stock and capacity that nobody else uses. The result is tidy against every single move;
it does not claim the fewest parcels that any combination of moves could reach.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from models.problem import Problem
from optimizer.remaining import TINY, Remaining

Place = tuple[int, int, int]  # site, service, ship day
PASSES = 10
"""Most rounds of moves; two or three are usual."""


def tidy(problem: Problem, x: np.ndarray) -> np.ndarray:
    """Merge parcels and move them earlier where nothing else changes.

    Parameters
    ----------
    problem
        Integer-coded.
    x
        Shipped units by option [unit], shape (options,).

    Returns
    -------
    numpy.ndarray
        The same delivered units by line; on time and value not less.
    """
    plan = _Parcels(problem, x)
    for _ in range(PASSES):
        moved = [plan.improve(order) for order in range(len(problem.orders))]
        if not any(moved):
            break
    return plan.remaining.shipped


@dataclass(frozen=True, slots=True)
class _Move:
    """Units of one option go by another."""

    source: int
    target: int
    units: float


class _Parcels:
    """The plan as parcels: what each order ships from one site by one service on one day."""

    def __init__(self, problem: Problem, x: np.ndarray) -> None:
        options = problem.options
        self.line = options["line"].tolist()
        self.place = list(zip(options["site"], options["service"], options["day"], strict=True))
        self.margin = (options["unit_worth"] - options["unit_cost"]).tolist()
        self.on_time = options["on_time"].tolist()
        wishes = options[["arrival", "day", "transit", "site", "service"]]
        self.wish = list(wishes.itertuples(index=False, name=None))
        self.remaining = Remaining(problem)
        self.parcels: list[dict[Place, list[int]]] = [{} for _ in range(len(problem.orders))]
        order = problem.lines["order"].to_numpy()[options["line"]]
        for option in np.flatnonzero(x > 0).tolist():
            self.remaining.book(option, float(x[option]))
            self.parcels[order[option]].setdefault(self.place[option], []).append(option)
        self.by_line: defaultdict[int, dict[Place, int]] = defaultdict(dict)
        for option, line in enumerate(self.line):
            self.by_line[line][self.place[option]] = option

    def improve(self, order: int) -> bool:
        """Try every move of one order's parcels; say whether any was made."""
        moved = False
        for place in sorted(self.parcels[order]):
            if place in self.parcels[order]:
                moved |= self._dissolve(order, place) or self._hasten(order, place)
        return moved

    def _dissolve(self, order: int, place: Place) -> bool:
        """Spread a parcel's rows over the order's other parcels."""
        others = [other for other in self.parcels[order] if other != place]
        return bool(others) and self._move(order, place, others)

    def _hasten(self, order: int, place: Place) -> bool:
        """Send a parcel another way that arrives earlier, or ships earlier or from nearer."""
        rows = self.parcels[order][place]
        latest = max(self.wish[row] for row in rows)
        common = set.intersection(*(set(self.by_line[self.line[row]]) for row in rows))
        ways = [
            (max(self.wish[self.by_line[self.line[row]][way]] for row in rows), way)
            for way in common
        ]
        return any(self._move(order, place, [way]) for wish, way in sorted(ways) if wish < latest)

    def _move(self, order: int, place: Place, targets: list[Place]) -> bool:
        """Move all rows of a parcel to the target places, or nothing if one row finds none."""
        rows = list(self.parcels[order][place])
        moves: list[_Move] = []
        for row in rows:
            units = float(self.remaining.shipped[row])
            self.remaining.book(row, -units)
            moves.append(_Move(row, row, units))
        made: list[_Move] = []
        for old in moves:
            target = self._best_target(old, targets)
            if target is None:
                break
            self.remaining.book(target, old.units)
            made.append(_Move(old.source, target, old.units))
        gain = sum((self.margin[m.target] - self.margin[m.source]) * m.units for m in made)
        if len(made) < len(rows) or gain < -TINY:
            for move in made:
                self.remaining.book(move.target, -move.units)
            for old in moves:
                self.remaining.book(old.source, old.units)
            return False
        self._rename(order, place, made)
        return True

    def _best_target(self, move: _Move, targets: list[Place]) -> int | None:
        """Find the most wished option of the row's line at the targets that has room for it."""
        options = self.by_line[self.line[move.source]]
        able = [
            options[target]
            for target in targets
            if target in options
            and self.on_time[options[target]] >= self.on_time[move.source]
            and self.remaining.free(options[target]) >= move.units - TINY
        ]
        return min(able, key=lambda option: self.wish[option], default=None)

    def _rename(self, order: int, place: Place, made: list[_Move]) -> None:
        del self.parcels[order][place]
        for move in made:
            rows = self.parcels[order].setdefault(self.place[move.target], [])
            if move.target not in rows:
                rows.append(move.target)
