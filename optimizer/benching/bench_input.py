"""The input of a contender: written by one process, loaded by others."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # a contender's memory holds only what it imports itself
    from models.problem import Problem
    from models.scenario import Scenario
    from models.solution import Solution


@dataclass(frozen=True, slots=True)
class BenchInput:
    """The input of a contender, as files.

    Parameters
    ----------
    folder
        Holds the input.
    seconds
        Time limit of a plan [s].
    """

    folder: Path
    seconds: float

    def problem(self) -> Problem:
        """Load the prepared problem."""
        return load(self.folder / "problem")

    def scenario(self) -> Scenario:
        """Load the scenario."""
        return load(self.folder / "scenario")

    def run(self) -> tuple[Scenario, Solution]:
        """Load a scenario and its plan."""
        return load(self.folder / "run")


def dump(content: object, path: Path) -> None:
    """Write an input."""
    with path.open("wb") as file:
        pickle.dump(content, file, protocol=5)


def load(path: Path) -> Any:
    """Load an input."""
    with path.open("rb") as file:
        return pickle.load(file)  # noqa: S301  our own, just written
