"""An answer beside what scenario and shipments say: what every check of a statement is given."""

from __future__ import annotations

from dataclasses import dataclass

from models.judge.figures import Figures, figures_of
from models.judge.lookup import Lookup, open_lookup, with_reserve
from models.scenario import Scenario
from models.settings import Settings
from models.solution import Solution


@dataclass(frozen=True, eq=False)
class JudgedAnswer:
    """An answer, and all that the judge knows about it.

    Parameters
    ----------
    scenario
        The question.
    solution
        The answer.
    lookup
        Its shipments and transfers, looked up.
    whole
        The same with what is held for forecast demand.
    figures
        What they achieve, recomputed.
    """

    scenario: Scenario
    solution: Solution
    lookup: Lookup
    whole: Lookup
    figures: Figures

    @property
    def settings(self) -> Settings:
        """The header of the scenario."""
        return self.scenario.settings


def look_at(scenario: Scenario, solution: Solution) -> JudgedAnswer:
    """Look an answer up and recompute its figures."""
    shipments, transfers = solution.shipments, solution.transfers
    lookup = open_lookup(scenario, shipments, transfers)
    whole = with_reserve(lookup, shipments, solution.reserve, transfers)
    figures = figures_of(lookup, whole, solution.fairness)
    return JudgedAnswer(scenario, solution, lookup, whole, figures)
