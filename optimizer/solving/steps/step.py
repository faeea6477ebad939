"""What a step of the search for a goal is."""

from __future__ import annotations

from typing import Protocol

from models.allocation import GoalSpec
from optimizer.common.clock import Clock
from optimizer.solving.restricted_mip import Stop
from optimizer.solving.search import Search
from optimizer.solving.session import Session
from optimizer.solving.strategy import Strategy


class Step(Protocol):
    """Improves the best answer or the bound of a search."""

    def supports(self, strategy: Strategy) -> bool:
        """Whether the step is for such a problem."""

    def enough_gap(self, goal: GoalSpec, strategy: Strategy) -> float:
        """Relative gap from which on neither the step nor any later one is needed."""

    def run(self, search: Search, session: Session, clock: Clock, stop: Stop) -> None:
        """Improve the search.

        Parameters
        ----------
        search
            For one goal.
        session
            Where LPs and MIPs run.
        clock
            Time of the goal.
        stop
            Ends the step early.

        Raises
        ------
        NoAnswerError
            When no later step can go on without an answer of this one.
        """
