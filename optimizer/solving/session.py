"""Where a run solves: one LP that is kept through all goals, and processes for MIPs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from optimizer.solving.highs import SolverProcess
from optimizer.solving.lp import KeptLP
from optimizer.solving.strategy import Strategy


@dataclass(eq=False)
class Session:
    """The solver processes of a run, and its strategy.

    Parameters
    ----------
    strategy
        Of the problem.
    for_lp
        Keeps the LP.
    for_mips
        Solves MIPs; may be killed without the LP's basis being lost.
    for_proofs
        Of large books: raises the bound while ``for_mips`` looks for answers.
    """

    strategy: Strategy
    for_lp: SolverProcess
    for_mips: SolverProcess
    for_proofs: SolverProcess
    lp: KeptLP = field(init=False)

    def __post_init__(self) -> None:
        """Begin with an LP that is still to be loaded."""
        self.lp = KeptLP(self.for_lp, self.strategy)


@contextmanager
def open_session(strategy: Strategy, cancel: threading.Event) -> Iterator[Session]:
    """Open a session whose processes end with it.

    Parameters
    ----------
    strategy
        Of the problem.
    cancel
        When set, whatever is being solved is ended at once.
    """
    with (
        SolverProcess(cancel) as for_lp,
        SolverProcess(cancel) as for_mips,
        SolverProcess(cancel) as for_proofs,
    ):
        yield Session(strategy, for_lp, for_mips, for_proofs)
