"""A search for answers beside a proof in another process; who closes the gap ends both."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from models.allocation import GoalSpec
from optimizer.common.clock import Clock
from optimizer.solving.restricted_mip import Stop
from optimizer.solving.search import Search
from optimizer.solving.session import Session
from optimizer.solving.steps.step import Step
from optimizer.solving.strategy import Strategy


@dataclass(frozen=True)
class RaceStep:
    """Runs two steps of a large book at once.

    Parameters
    ----------
    parcels, others
        Look for answers: in books in parcels, and in others.
    proof
        Raises the bound.
    """

    parcels: Step
    others: Step
    proof: Step

    def supports(self, strategy: Strategy) -> bool:
        """Whether a book is too large, or has too many parcels, to be left to the solver."""
        return strategy.large

    def enough_gap(self, goal: GoalSpec, strategy: Strategy) -> float:
        """Stop where the goal is proved."""
        del goal
        return strategy.relative_gap

    def run(self, search: Search, session: Session, clock: Clock, stop: Stop) -> None:
        """Run both until the gap is closed or the time is spent."""
        strategy = session.strategy

        def closed() -> bool:
            return search.gap <= strategy.relative_gap or stop()

        proving = threading.Thread(target=self.proof.run, args=(search, session, clock, closed))
        proving.start()
        finder = self.parcels if strategy.in_parcels else self.others
        finder.run(search, session, clock, closed)
        proving.join()
