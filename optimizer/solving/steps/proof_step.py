"""The proof: a MIP that holds every better answer, so that its bound is one of the goal."""

from __future__ import annotations

from dataclasses import dataclass

from models.allocation import GoalSpec
from optimizer.common.clock import Clock
from optimizer.solving.highs import NO_NODE_LIMIT
from optimizer.solving.neighbourhoods import unfixed_columns
from optimizer.solving.restricted_mip import RestrictedMip, Stop, solve_restricted
from optimizer.solving.search import Search
from optimizer.solving.session import Session
from optimizer.solving.strategy import Strategy


@dataclass(frozen=True)
class ProofStep:
    """Proves over the columns that reduced costs do not fix.

    Parameters
    ----------
    beside
        Whether another step looks for answers at the same time: then in a process of its own, and
        only if the MIP is worth its memory.
    brief
        Whether it ends by work, to end the same whatever the clock says.
    """

    beside: bool = False
    brief: bool = False

    def supports(self, strategy: Strategy) -> bool:
        """Whether a book is small enough to be left to the solver, unless another step runs it."""
        return not strategy.large

    def enough_gap(self, goal: GoalSpec, strategy: Strategy) -> float:
        """Stop where the goal is proved."""
        del goal
        return strategy.relative_gap

    def run(self, search: Search, session: Session, clock: Clock, stop: Stop) -> None:
        """Solve the MIP; bounds on the way count, too."""
        if search.lp is None:
            return
        strategy = session.strategy
        distance = search.value - (search.lp.bound + search.constant) + search.noise
        free = unfixed_columns(search.model, search.lp, search.best, distance)
        if self.beside and (stop() or free.sum() > strategy.mips.provable_columns):
            return
        nodes = strategy.mips.nodes if self.brief else NO_NODE_LIMIT
        mip = RestrictedMip(free, gap=strategy.proof_gap, nodes=nodes, proves=True)
        process = session.for_proofs if self.beside else session.for_mips
        search.raise_bound(solve_restricted(search, mip, process, clock, stop))
