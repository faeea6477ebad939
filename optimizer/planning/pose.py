"""From a scenario to the model that is solved: prepared, reduced, declared, compiled."""

from __future__ import annotations

from dataclasses import dataclass

from models.allocation import Declared, declare
from models.problem import Problem
from models.scenario import Scenario
from optimizer.compiling import Matrix, compile_matrix
from optimizer.preparing import prepare
from optimizer.preparing.reduction import close_impossible
from optimizer.solving.locked_model import LockedModel


@dataclass(frozen=True, eq=False)
class Posed:
    """A problem, its declared components and its compiled rules."""

    problem: Problem
    declared: Declared
    matrix: Matrix

    def model(self) -> LockedModel:
        """Make the model with no goal locked yet."""
        return LockedModel(self.problem, self.declared, self.matrix)


def pose(scenario: Scenario) -> Posed:
    """Pose a scenario as a problem to be solved; what no plan can ship is closed.

    Parameters
    ----------
    scenario
        Read and checked.
    """
    return pose_problem(close_impossible(prepare(scenario)))


def pose_problem(problem: Problem, *, fine: bool = False) -> Posed:
    """Pose a problem as it is.

    Parameters
    ----------
    problem
        Prepared, perhaps reduced.
    fine
        Whether amounts in fine steps are whole numbers of steps, too: for small problems.
    """
    declared = declare(problem, fine=fine)
    return Posed(problem, declared, compile_matrix(declared))
