"""How a problem is solved: which steps its goals take, with every threshold and share of time.

``Strategy.of(problem)`` decides once, by the size of the book; everything else reads it.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.allocation import GoalSpec, accounts
from models.problem import Problem


@dataclass(frozen=True)
class Sizes:
    """Sizes of a book from which on a part of the strategy pays.

    Parameters
    ----------
    sifting, sifting_parcels
        Options of a book whose LPs begin with a part of the columns, and of one in parcels. A
        parcel pays only by several options together, so that there sifting goes slowly.
    parcels
        Parcels of a book that takes the steps of large books even if its LPs are not sifted.
    lagrangian
        Options of a book whose goals are bounded by prices before the LP, which takes minutes.
    lean
        Options of a book whose dominated ones are left to tidying.
    """

    sifting: int = 60_000
    sifting_parcels: int = 150_000
    parcels: int = 5_000
    lagrangian: int = 500_000
    lean: int = 20_000


@dataclass(frozen=True)
class TimeShares:
    """Shares of the time that is left when each begins.

    Parameters
    ----------
    goals
        For all goals, where levels of missed targets are searched after them.
    attainability
        For the test whether the targets can be reached at all.
    ahead, most
        A goal may take ``ahead`` times its equal share, but no more than ``most`` of what is left:
        most goals need far less.
    lagrangian, first_columns
        For prices that bound a goal, and for prices that choose the LP's first columns.
    guide, dive
        For the LP that looks ahead at later goals, and for the dive from it.
    near
        For each restricted MIP near the LP.
    changes
        Kept for the goal that leaves as little of yesterday's plan changed as it can: the way back
        to it is long where the goals before lead far away.
    ties, ties_of_large
        Kept for what decides between equals after the goals, and that of large books.
    """

    goals: float = 0.9
    attainability: float = 0.1
    ahead: float = 2.0
    most: float = 0.4
    lagrangian: float = 0.4
    first_columns: float = 0.15
    guide: float = 0.5
    dive: float = 0.5
    near: float = 0.6
    changes: float = 0.3
    ties: float = 0.2
    ties_of_large: float = 0.05


@dataclass(frozen=True)
class SiftingParameters:
    """Which columns an LP begins with, and which join.

    Parameters
    ----------
    distance, per_line
        It begins with options within this distance of their line's best, as a share of what makes
        a difference to the line; at most so many a line.
    joining
        Options of a line that join in one round.
    rounds
        Of the dual ascent that gives the first prices.
    """

    distance: float = 0.01
    per_line: int = 4
    joining: int = 3
    rounds: int = 100


@dataclass(frozen=True)
class DiveParameters:
    """How decisions are fixed on the way down from an LP.

    Parameters
    ----------
    clear, batch
        A decision so close to yes or no is clear; share of the clear ones that is fixed at once.
    parcels, least_parcels
        Share of the parcels sent in part that is opened at once, and how many at least.
    costly
        A step that costs more than this share of the goal's base is compared with its opposite.
    tight
        Decisions of a locked promise stay as they are if the LP has no more than this share above
        what is locked.
    finished
        Relative gap at which the lines that are left in fractions are finished.
    """

    clear: float = 0.1
    batch: float = 0.25
    parcels: float = 0.2
    least_parcels: int = 10
    costly: float = 1e-4
    tight: float = 1e-3
    finished: float = 1e-5


@dataclass(frozen=True)
class MipParameters:
    """Sizes of restricted MIPs.

    Parameters
    ----------
    nodes
        Of a MIP that looks for answers: it ends by work, not by the clock, to end the same.
    options_per_line
        Options, for each line of the book, that stay close to an answer.
    provable_columns
        Columns of the largest MIP that is worth its memory beside a search for answers.
    """

    nodes: int = 1000
    options_per_line: int = 4
    provable_columns: int = 400_000


@dataclass(frozen=True)
class LnsParameters:
    """Large neighbourhood search: orders that are decided together, and time for them [s]."""

    orders: int = 40
    seconds: float = 3.0


@dataclass(frozen=True)
class LookAheadWeights:
    """What later goals weigh in searches for an answer.

    Parameters
    ----------
    next_goal
        Of the next goal, and of each later one against the one before it.
    value
        Of value, for the worth of a mean unit.
    """

    next_goal: float = 0.1
    value: float = 0.002


@dataclass(frozen=True, kw_only=True)
class Strategy:
    """What is decided for one problem before its first goal is solved.

    Parameters
    ----------
    relative_gap
        A goal is optimal when proved to within this share of its base.
    changes_plan
        Whether there is a plan from before, which is not changed for less than has to be proved.
    sifts
        Whether LPs begin with a part of the columns, from a simplex start of nothing.
    in_parcels
        Whether there are so many parcels that what a dive leaves is improved part by part.
    bounds_by_prices
        Whether goals are bounded by prices before their LP. Not with transfers: prices do not know
        that stock may come from another site; nor where lines count for several promises apart.
    lean
        Whether dominated options are left to tidying.
    close_share
        Value is close enough at this share of the relative gap; a promise is kept or it is not.
    shares, sifting, dives, mips, lns, look_ahead
        Parameters of the steps.
    """

    relative_gap: float
    changes_plan: bool = False
    sifts: bool = False
    in_parcels: bool = False
    bounds_by_prices: bool = False
    lean: bool = False
    close_share: float = 0.1
    shares: TimeShares = TimeShares()
    sifting: SiftingParameters = SiftingParameters()
    dives: DiveParameters = DiveParameters()
    mips: MipParameters = MipParameters()
    lns: LnsParameters = LnsParameters()
    look_ahead: LookAheadWeights = LookAheadWeights()

    @classmethod
    def of(cls, problem: Problem, sizes: Sizes | None = None) -> Strategy:
        """Decide by the size of a book.

        Parameters
        ----------
        problem
            To be solved.
        sizes
            From which on a book is large; the usual ones by default.
        """
        sizes = sizes or Sizes()
        options = len(problem.options)
        return cls(
            relative_gap=problem.settings.solver.relative_gap,
            changes_plan=len(problem.committed) > 0,
            sifts=options >= (sizes.sifting if problem.parcels.empty else sizes.sifting_parcels),
            in_parcels=len(problem.parcels) >= sizes.parcels,
            bounds_by_prices=options >= sizes.lagrangian
            and problem.moves.empty
            and _counted_once(problem),
            lean=options >= sizes.lean,
        )

    @property
    def large(self) -> bool:
        """Whether a book is too large, or has too many parcels, to be left to the solver."""
        return self.sifts or self.in_parcels

    @property
    def kept_for_ties(self) -> float:
        """Share of the time that is kept for what decides between equals after the goals."""
        small = not self.lean and not self.large
        return self.shares.ties if small else self.shares.ties_of_large

    @property
    def proof_gap(self) -> float:
        """Relative gap at which a MIP that proves ends."""
        return self.relative_gap * self.close_share

    def close_gap(self, goal: GoalSpec) -> float:
        """Relative gap from which on no better answer is looked for."""
        if self.changes_plan:
            return self.relative_gap
        return self.proof_gap if goal.expression == "loss" else 0.0


def _counted_once(problem: Problem) -> bool:
    """Whether all promises to a party count the same."""
    parties = [account.segment for account in accounts(problem)]
    return len(parties) == len(set(parties))
