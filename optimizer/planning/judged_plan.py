"""A plan as data: the scenario, the judged answer, and what was noticed on the way."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from models.scenario import Scenario
from models.solution import Solution, Status
from optimizer.answering.plan_tests import PlanTest, run_plan_tests
from optimizer.planning.conflicts import Conflict


@dataclass(frozen=True, eq=False)
class JudgedPlan:
    """A plan that the judge accepted, and the scenario it answers.

    Parameters
    ----------
    scenario
        What was planned.
    solution
        What was decided; obeys every rule.
    policies
        What each policy would have reached: columns ``policy``, ``goal``, ``value``.
    notes
        What a planner should know of the run.
    conflict
        Rules that exclude each other, where a commitment is broken or a floor missed for that.
    seconds
        Time it took [s].
    cancelled
        Whether it was cut short from outside.
    """

    scenario: Scenario
    solution: Solution
    policies: pd.DataFrame
    notes: tuple[str, ...]
    conflict: Conflict | None
    seconds: float
    cancelled: bool

    @property
    def status(self) -> Status:
        """Proof level of the weakest goal."""
        return self.solution.status

    @property
    def goals(self) -> pd.DataFrame:
        """Goals in order of importance: ``name``, ``value``, ``bound``, ``gap``, ``status``."""
        rows = [(g.name, g.value, g.bound, g.gap, g.status.value) for g in self.solution.goals]
        frame = pd.DataFrame(rows, columns=["name", "value", "bound", "gap", "status"])
        return frame.astype({"value": "float64", "bound": "float64", "gap": "float64"})

    @property
    def shipments(self) -> pd.DataFrame:
        """The priority list, by rank."""
        return self.solution.shipments

    @property
    def lines(self) -> pd.DataFrame:
        """What each order line gets, and why not more."""
        return self.solution.lines

    @property
    def service(self) -> pd.DataFrame:
        """Promised and reached service by segment and measure."""
        return self.solution.service

    @property
    def expectations(self) -> list[PlanTest]:
        """What the scenario expects of the plan, and whether it is kept."""
        return run_plan_tests(self.scenario, self.solution)

    @property
    def totals(self) -> dict[str, float]:
        """Units, value, cost and CO2 of the whole plan."""
        return dict(self.solution.totals)
