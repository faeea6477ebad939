"""The line that is asked about, the plan, and what must be delivered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from models.problem import Problem
from models.scenario import Scenario
from models.tolerances import UNIT
from optimizer.explaining.free_room import Room, Wanted, row_of
from optimizer.explaining.frozen_others import others_kept
from optimizer.explaining.input_changes import Change


@dataclass(frozen=True, eq=False)
class Asked:
    """The line in question, and the plan.

    Parameters
    ----------
    scenario, shipments, lines
        The inputs and the plan's frames.
    order, line
        Which.
    """

    scenario: Scenario
    shipments: pd.DataFrame
    lines: pd.DataFrame
    order: str
    line: str

    @property
    def orders(self) -> tuple[str, ...]:
        """Orders that are planned anew."""
        return (self.order,)

    def room(self, change: Change | None = None) -> Room:
        """Open what is left beside all others, of the inputs or of changed ones."""
        inputs = change(self.scenario) if change else self.scenario
        return Room.beside_others(others_kept(inputs, self.shipments, self.orders), self.orders)

    def wanted(self, problem: Problem, until: int | None = None) -> list[Wanted]:
        """Ask for the line in full, on time or until a day, and for no less of its siblings."""
        options, days = problem.options, problem.options["arrival"].to_numpy()
        line, on_time = options["line"].to_numpy(), options["on_time"].to_numpy()
        asked = []
        for name, delivered, punctual, ordered in self._siblings():
            mine = line == row_of(problem, self.order, name)
            if name == self.line:
                there = on_time if until is None else days <= until
                asked.append(Wanted(mine & there, ordered))
                continue
            asked += [Wanted(mine, delivered), Wanted(mine & on_time, punctual)]
        return [each for each in asked if each.units > UNIT]

    def _siblings(self) -> Iterator[tuple[str, float, float, float]]:
        mine = self.lines[self.lines["order"] == self.order]
        columns = ("line", "delivered", "delivered_on_time", "ordered")
        yield from mine[list(columns)].itertuples(index=False, name=None)
