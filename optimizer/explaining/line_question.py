"""The line in question, the plan, and what must be delivered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from models.problem import Problem
from models.scenario import Scenario
from models.tolerances import UNIT
from optimizer.explaining.freezing import freeze_others
from optimizer.explaining.input_changes import Change
from optimizer.explaining.residual_model import Demand, ResidualModel, line_row
from optimizer.scenario.frozen_commitments import frozen_shipments


@dataclass(frozen=True, eq=False)
class LineQuestion:
    """The line in question, and the plan.

    Parameters
    ----------
    scenario, shipments, lines
        The inputs and the plan's frames.
    order, line
        Which.
    ever
        Whether the line is asked for whenever it may arrive, as on time is out of reach.
    """

    scenario: Scenario
    shipments: pd.DataFrame
    lines: pd.DataFrame
    order: str
    line: str
    ever: bool = False

    @property
    def orders(self) -> tuple[str, ...]:
        """Orders that are planned anew."""
        return (self.order,)

    @property
    def segment(self) -> str:
        """Segment that the line counts in."""
        of, line = self.lines["order"] == self.order, self.lines["line"] == self.line
        return str(self.lines.loc[of & line, "segment"].iloc[0])

    def model(self, change: Change | None = None) -> ResidualModel:
        """Open what is left beside all others, of the inputs or of changed ones."""
        inputs = change(self.scenario) if change else self.scenario
        return ResidualModel.beside_others(
            freeze_others(inputs, self.shipments, self.orders),
            self.orders,
            frozen_shipments(inputs, self.shipments),
        )

    def demands(self, problem: Problem, until: int | None = None) -> list[Demand]:
        """Ask for the line in full, in time or until a day, and for no less of its siblings."""
        options, days = problem.options, problem.options["arrival"].to_numpy()
        line, on_time = options["line"].to_numpy(), options["on_time"].to_numpy()
        demands = []
        for name, delivered, punctual, ordered in self._siblings():
            mine = line == line_row(problem, self.order, name)
            if name == self.line:
                there = on_time | self.ever if until is None else days <= until
                demands.append(Demand(mine & there, ordered))
                continue
            demands += [Demand(mine, delivered), Demand(mine & on_time, punctual)]
        return [each for each in demands if each.units > UNIT]

    def demands_to_others(self, problem: Problem) -> list[Demand]:
        """Ask the same for all lines of a ship-complete order: full, and in time if it can be."""
        orders, options = problem.orders, problem.options
        whole = orders.loc[orders["order"] == self.order, "ship_complete"].any()
        if not whole:
            return self.demands(problem)
        line, on_time = options["line"].to_numpy(), options["on_time"].to_numpy()
        demands = []
        for name, _, _, ordered in self._siblings():
            mine = line == line_row(problem, self.order, name)
            punctual = mine & on_time
            demands.append(Demand(punctual if punctual.any() else mine, ordered))
        return demands

    def _siblings(self) -> Iterator[tuple[str, float, float, float]]:
        mine = self.lines[self.lines["order"] == self.order]
        columns = ("line", "delivered", "delivered_on_time", "ordered")
        yield from mine[list(columns)].itertuples(index=False, name=None)
