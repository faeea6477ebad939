"""The search for one goal: bounds, then ever better answers, then a proof, within its time."""

from __future__ import annotations

from optimizer.common.clock import Clock
from optimizer.solving.highs import NoAnswerError
from optimizer.solving.restricted_mip import never
from optimizer.solving.search import Search
from optimizer.solving.session import Session
from optimizer.solving.steps.dive_step import DiveStep
from optimizer.solving.steps.lagrangian_step import LagrangianStep
from optimizer.solving.steps.lns_step import LnsStep
from optimizer.solving.steps.lp_step import LPStep
from optimizer.solving.steps.near_step import NearStep
from optimizer.solving.steps.proof_step import ProofStep
from optimizer.solving.steps.race_step import RaceStep
from optimizer.solving.steps.return_step import ReturnStep
from optimizer.solving.steps.step import Step

STEPS: tuple[Step, ...] = (
    LagrangianStep(),
    LPStep(),
    ReturnStep(),
    DiveStep(),
    RaceStep(parcels=LnsStep(), others=NearStep(), proof=ProofStep(beside=True)),
    NearStep(),
    ProofStep(),
)
STEPS_BETWEEN_EQUALS: tuple[Step, ...] = (LPStep(), DiveStep(), NearStep(), ProofStep(brief=True))
"""Of goals that only settle ties: nothing is proved of them, so that they end by work."""


def search_goal(search: Search, session: Session, clock: Clock) -> None:
    """Improve answer and bound until the gap is closed or the time is spent.

    Parameters
    ----------
    search
        For one goal.
    session
        Where LPs and MIPs run.
    clock
        Time of the goal.
    """
    if search.gap <= 0:
        return
    x = search.model.matrix.columns["x"]
    if not search.model.matrix.upper[x].any():  # nothing can be shipped
        search.raise_bound(search.value)
        search.answered = True
        return
    for step in STEPS_BETWEEN_EQUALS if search.goal.settles else STEPS:
        if not step.supports(session.strategy):
            continue
        if search.gap <= step.enough_gap(search.goal, session.strategy):
            break
        try:
            step.run(search, session, clock, never)
        except NoAnswerError:
            search.cut = True
            return
    search.answered = True
