"""The outcome of planning: shipped and moved units of a problem, with what was proved of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from models.problem import Problem
from models.solution import PRICES, Goal, Status


def no_prices() -> pd.DataFrame:
    """Make the frame of a plan without shadow prices."""
    return pd.DataFrame(columns=list(PRICES)).astype(PRICES)


@dataclass(frozen=True, slots=True)
class Reachable:
    """What a segment that misses its target could reach of its measure, uncut, period to date.

    Parameters
    ----------
    alone
        Level that some plan reaches when the segment comes right after commitments and floors.
    bound
        Level that no such plan exceeds.
    together
        Level that some plan reaches that keeps what this one reaches of the goals before the
        segment's tier.
    """

    alone: float
    bound: float
    together: float


@dataclass(frozen=True, eq=False)
class Outcome:
    """A plan in numbers, with its proof: what solving hands to answering.

    Parameters
    ----------
    problem
        What was solved; its rows are what the arrays are about.
    x
        Units shipped, or held for forecast demand, by option [unit], shape (options,).
    moved
        Units moved by transfer [unit], shape (moves,).
    goals
        In order of importance.
    status
        Proof level of the weakest goal.
    reachable
        By segment whose target is missed.
    cut
        Whether a limit or a failure cut the search short.
    attainable
        What each target misses in a plan in fractions, by row of ``problem.segments`` [base unit];
        empty where no ledger asks for that test.
    prices
        What a unit less of stock or capacity changes: the columns of
        :data:`models.solution.PRICES`.
    """

    problem: Problem
    x: np.ndarray
    moved: np.ndarray
    goals: tuple[Goal, ...]
    status: Status
    reachable: Mapping[str, Reachable] = field(default_factory=dict)
    cut: bool = False
    attainable: Mapping[int, float] = field(default_factory=dict)
    prices: pd.DataFrame = field(default_factory=no_prices)


def outcome_without_transfers(
    problem: Problem, x: np.ndarray, goals: tuple[Goal, ...], status: Status, *, cut: bool = False
) -> Outcome:
    """Make the outcome of a plan that moves nothing between sites, as those of policies.

    Parameters
    ----------
    problem, x, goals, status, cut
        As in :class:`Outcome`.
    """
    return Outcome(problem, x, np.zeros(len(problem.moves)), goals, status, cut=cut)
