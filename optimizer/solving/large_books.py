"""The road of large books: bounds from prices, answers by rounding and diving, beside a prover."""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING

import numpy as np

from models.allocation import GoalSpec
from models.problem import Problem
from models.tolerances import ROUNDING
from optimizer.common.clock import Clock
from optimizer.solving.diving import dived
from optimizer.solving.highs import NoAnswerError
from optimizer.solving.lagrangian import ROUNDS, Relaxation, ascend, services
from optimizer.solving.lns import improve
from optimizer.solving.lp import Guide, KeptLP, Relaxed, sifts
from optimizer.solving.neighbourhoods import WORK, left_open, near, settled
from optimizer.solving.rounding import Wanted, rounded

if TYPE_CHECKING:
    from optimizer.solving.goal_search import Search, Session

RACED_FROM = 5_000
"""Parcels of a book that takes this road, if it has no more options than others that do not."""
PRICED_FROM, PRICE_SHARE = 500_000, 0.4
"""Options of a book whose goals are bounded by prices first; their share of the goal's time."""
LATER, LATER_VALUE = 0.1, 0.002
"""What the next goal weighs in searches, and the one after it of that; worth of a mean unit."""
PROVABLE = 400_000
"""Columns of the largest MIP that is worth its memory."""
GUIDE_SHARE, DIVE_SHARE, DEAR = 0.5, 0.5, 1e-4
"""Shares of the time of the guide's LP and of a dive; a dive's step that costs more of the base is
compared with its opposite."""
FINISHED = 1e-5
"""Relative gap at which the lines that a dive left in fractions are finished."""


def price(search: Search, clock: Clock) -> None:
    """Bound the goal by prices and round the answer: seconds where the LP takes minutes."""
    pricing = Clock(clock.left * PRICE_SHARE)
    relaxation = Relaxation(search.held, search.cost, search.constant)
    ascent = ascend(relaxation, ROUNDS, lambda: pricing.left > 0)
    search.answered = True
    search.raise_bound(ascent.bound)
    _round(search, ascent.units)
    if search.gap > 0 and search.spec.expression != "loss":
        later = Relaxation(search.held, search.cost + ahead(search))
        _round(search, ascend(later, ROUNDS, lambda: pricing.left > 0).units)


def prices(problem: Problem) -> bool:
    """Say whether goals are bounded by prices first: the LP would take minutes.

    Not with transfers: prices do not know that stock may come from another site.
    """
    return len(problem.options) >= PRICED_FROM and problem.moves.empty


def races(problem: Problem) -> bool:
    """Say whether a book is too large, or has too many parcels, to be left to the solver."""
    return sifts(problem) or _in_parcels(problem)


def _in_parcels(problem: Problem) -> bool:
    """Say whether a book has so many parcels that what a dive leaves is improved part by part."""
    return len(problem.parcels) >= RACED_FROM


def race(
    search: Search, session: Session, relaxed: Relaxed, relative_gap: float, clock: Clock
) -> None:
    """Dive, then look for answers and prove in another process; who closes the gap ends both.

    Not all at once: the LPs of a dive run out of time when they share the machine with a proof.
    """

    def closed() -> bool:
        return search.gap <= relative_gap

    def prove() -> None:
        free = search.able(relaxed)
        if not closed() and free.sum() <= PROVABLE:
            search.prove(session.prover, free, relative_gap, clock, closed)

    if search.gap <= search.close(relative_gap):
        return
    cost = search.cost + ahead(search)
    found = _optimum(search, session.kept, cost, Clock(clock.left * GUIDE_SHARE))
    guide = Guide(relaxed.values if found is None else found, cost)
    if found is not None:
        _dive(search, session, relaxed, guide, Clock(clock.left * DIVE_SHARE))
    _round(search, search.held.units(guide.values))
    proving = threading.Thread(target=prove)
    proving.start()
    if _in_parcels(search.held.problem):
        improve(search, session.aside, relaxed, search.close(relative_gap), clock, closed)
    else:
        search.look_near(session.aside, guide, relative_gap, clock, closed)
    proving.join()


def _round(search: Search, units: np.ndarray) -> None:
    """Round shipments of a relaxation all at once, with and without what is held."""
    owner, serve = services(search.held)
    level = np.append(search.held.lower[search.held.matrix.columns["achieved"]], 0.0)
    level[search.held.declared.arrays["reserved"]] = 0.0  # nobody makes up for a forecast
    for wanted in (np.zeros_like(level), level):
        search.offer_shipped(rounded(search.held.problem, units, Wanted(owner, serve, wanted)))


def _optimum(search: Search, kept: KeptLP, cost: np.ndarray, clock: Clock) -> np.ndarray | None:
    """Of the LP's answers, take one that is good for later goals, too; None without time."""
    try:
        return kept.optimum(search.held, cost, clock, "on")
    except NoAnswerError:
        return None


def _dive(search: Search, session: Session, relaxed: Relaxed, guide: Guide, clock: Clock) -> None:
    """Go down from the LP to whole orders, and finish the few lines that are not whole then."""
    held, cost = search.held, guide.cost
    fixed = settled(held, guide.values)
    try:
        lp = _near(search, session, relaxed, clock)
    except NoAnswerError:
        return
    values = dived(lp, held, cost, DEAR * search.base, fixed, search.best, clock)
    if values is None:
        return
    _round(search, held.units(values))
    outside = np.round(values)
    for wider in (False, True):
        free = left_open(held, values, wider=wider)
        bound = search.mip(
            session.aside, free, clock, cost=cost, outside=outside, close=FINISHED, nodes=WORK
        )
        if np.isfinite(bound):
            return  # there was an answer, better or not


def _near(search: Search, session: Session, relaxed: Relaxed, clock: Clock) -> KeptLP:
    """Dive in the LP that is there, or in a part of it if it has all columns of the book."""
    if sifts(search.held.problem):
        return session.kept
    columns = near(search.held, relaxed, search.best)
    return KeptLP.over(session.aside, search.held, columns, clock)


def ahead(search: Search) -> np.ndarray:
    """Give a cost of missing later goals, far below that of this one: shape (columns,).

    It never enters a bound or a verdict; it only makes the answer a good start for the next.
    """
    total, weight = np.zeros(len(search.cost)), LATER
    for spec in _later(search):
        cost, _ = search.held.cost(spec)
        if spec.expression == "loss":
            worth = search.held.declared.arrays["worth"]
            total += LATER_VALUE * cost / max(float(worth.mean()), ROUNDING)
        else:
            total += weight * search.base / (spec.base or 1.0) * cost
            weight *= LATER
    return total


def _later(search: Search) -> list[GoalSpec]:
    """Goals after this one; none after one that is asked apart from the list."""
    specs = [spec for spec in search.held.goals if spec.expression]
    after = itertools.dropwhile(lambda spec: spec.name != search.spec.name, specs)
    return list(after)[1:]
