"""From the LP to a plan of a large book: a guide that looks ahead, a dive, and a rounded plan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.allocation import GoalSpec
from optimizer.common.clock import Clock
from optimizer.solving.diving import Dive
from optimizer.solving.highs import NoAnswerError
from optimizer.solving.later_goals import cost_of_later_goals
from optimizer.solving.lp import KeptLP
from optimizer.solving.neighbourhoods import near_columns, tight_decisions, unfinished_columns
from optimizer.solving.restricted_mip import RestrictedMip, Stop, solve_restricted
from optimizer.solving.rounding import offer_rounded
from optimizer.solving.search import Guide, Search
from optimizer.solving.session import Session
from optimizer.solving.strategy import Strategy


@dataclass(frozen=True)
class DiveStep:
    """Dives before anything is proved: its LPs run out of time when they share the machine."""

    def supports(self, strategy: Strategy) -> bool:
        """Whether a book is too large, or has too many parcels, to be left to the solver."""
        return strategy.large

    def enough_gap(self, goal: GoalSpec, strategy: Strategy) -> float:
        """Stop where no better answer is looked for."""
        return strategy.close_gap(goal)

    def run(self, search: Search, session: Session, clock: Clock, stop: Stop) -> None:
        """Find a guide, dive from it, and round it."""
        del stop
        if search.lp is None:
            return
        strategy = session.strategy
        cost = search.cost + cost_of_later_goals(search, strategy.look_ahead)
        values = _optimum(session.lp, cost, Clock(clock.left * strategy.shares.guide))
        guide = Guide(search.lp.values if values is None else values, cost)
        search.guide = guide
        if values is not None:
            _dive(search, session, guide, Clock(clock.left * strategy.shares.dive))
        offer_rounded(search, search.model.units(guide.values))


def _optimum(lp: KeptLP, cost: np.ndarray, clock: Clock) -> np.ndarray | None:
    """Of the LP's answers, take one that is good for later goals, too; None without time."""
    try:
        return lp.optimum(cost, clock, "on")
    except NoAnswerError:
        return None


def _dive(search: Search, session: Session, guide: Guide, clock: Clock) -> None:
    """Go down from the LP to whole orders, and finish the few lines that are not whole then."""
    model, parameters = search.model, session.strategy.dives
    cost = search.cost if guide.cost is None else guide.cost
    tight = tight_decisions(model, guide.values, parameters.tight)
    try:
        lp = _lp_to_dive_in(search, session, clock)
    except NoAnswerError:
        return
    dive = Dive(lp, model, cost, parameters.costly * search.base, clock, parameters)
    values = dive.run(tight, search.best)
    if values is not None:
        offer_rounded(search, model.units(values))
        _finish(search, session, Guide(values, cost), clock)


def _finish(search: Search, session: Session, dived: Guide, clock: Clock) -> None:
    """Decide the lines that a dive left in fractions, with as few others as it takes."""
    strategy = session.strategy
    fixed_at = np.round(dived.values)
    for wider in (False, True):
        mip = RestrictedMip(
            unfinished_columns(search.model, dived.values, wider=wider),
            dived.cost,
            fixed_at,
            gap=strategy.dives.finished,
            nodes=strategy.mips.nodes,
        )
        if np.isfinite(solve_restricted(search, mip, session.for_mips, clock)):
            return  # there was an answer, better or not


def _lp_to_dive_in(search: Search, session: Session, clock: Clock) -> KeptLP:
    """Dive in the LP that is there, or in a part of it if it has all columns of the book."""
    strategy = session.strategy
    if strategy.sifts or search.lp is None:
        return session.lp
    columns = near_columns(search.model, search.lp, search.best, strategy.mips.options_per_line)
    lp = KeptLP(session.for_mips, strategy, np.flatnonzero(columns))
    lp.load(search.model, clock)
    return lp
