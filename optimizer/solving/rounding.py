"""From a fractional answer to a plan: tier by tier along the answer, then whatever still fits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.problem import Problem
from models.tolerances import INTEGRALITY
from optimizer.common.kernels import Ints, loop_input, run_loop
from optimizer.policies import best_first, keep_frozen, top_up, turns_of
from optimizer.policies.fill_loops import Turns, fill, fill_until, follow
from optimizer.policies.greedy_state import GreedyState, put
from optimizer.policies.remaining import empty_state

TAKEN = 0.5
"""Share of a ship-complete order from which on it is tried in full."""


@dataclass(frozen=True, eq=False)
class Wanted:
    """Service that a plan must reach.

    Parameters
    ----------
    owner
        By line: segment that it serves, shape (lines,).
    serve
        By option: service of a unit, shape (options,).
    level
        By segment: what must be reached [base unit]; the last one is nobody's, 0.
    """

    owner: np.ndarray
    serve: np.ndarray
    level: np.ndarray


def rounded(problem: Problem, units: np.ndarray, wanted: Wanted) -> np.ndarray:
    """Round an answer of a relaxation to a plan that obeys every rule.

    Better tiers go first, in each what is held for forecast demand last, so that what whole units
    and whole orders need more than the answer gave them is missed by the last ones: what the answer
    promised to the first is kept.

    Parameters
    ----------
    problem
        Integer-coded.
    units
        By option [unit], shape (options,).
    wanted
        What a tier misses of it in whole units is made up before the next tier's turn.

    Returns
    -------
    numpy.ndarray
        Shipped units by option [unit], shape (options,).
    """
    lines, work = problem.lines, len(problem.options)
    line = problem.options["line"].to_numpy()
    best = best_first(problem, ahead=True)
    rank = np.full(work, work)
    rank[best] = np.arange(len(best))
    choices = np.lexsort([rank, -units, line])
    open_ = (problem.options["upper"].to_numpy() > 0) & (rank < work)
    choices = choices[open_[choices]]
    book, turns = empty_state(problem), turns_of(problem, choices)
    counting = turns_of(problem, choices[wanted.serve[choices] > 0])
    counting = turns._replace(choices=counting.choices, start=counting.start)
    run_loop(put, book, loop_input(work, keep_frozen(problem), np.float64))
    most = loop_input(work, _raised(problem, units), np.float64)
    given = units * problem.options["gives"].to_numpy()
    share = np.bincount(line, given, len(lines)) / lines["quantity"].to_numpy()
    bundled = problem.orders["ship_complete"].to_numpy()[lines["order"]]
    virtual = lines["virtual"].to_numpy()
    by_date = np.lexsort([lines["requested"], -share])
    for tier in problem.tiers:
        mine = by_date[((lines["tier"] == tier).to_numpy() & ~virtual)[by_date]]
        _fill(work, book, turns, mine[(bundled & (share >= TAKEN))[mine]])
        run_loop(follow, book, turns, loop_input(work, mine[~bundled[mine]], np.int64), most)
        _fill(work, book, turns, mine[(~bundled & (share >= 1 - INTEGRALITY))[mine]])
        _make_up(work, book, counting, mine, line, wanted)
        ahead = by_date[((lines["tier"] == tier).to_numpy() & virtual)[by_date]]
        run_loop(follow, book, turns, loop_input(work, ahead, np.int64), most)
    return top_up(problem, np.asarray(book.shipped))


def _raised(problem: Problem, units: np.ndarray) -> np.ndarray:
    """Raise amounts to the next step in which each option ships."""
    step = problem.options["step"].to_numpy()
    steps = np.where(step > 0, step, 1.0)
    return np.where(step > 0, np.ceil(units / steps - INTEGRALITY) * steps, units)


def _make_up(
    work: int, book: GreedyState, turns: Turns, mine: np.ndarray, line: np.ndarray, wanted: Wanted
) -> None:
    """Fill more of a tier's lines until its segments have what is wanted."""
    serve = loop_input(work, wanted.serve, np.float64)
    reached = np.bincount(
        wanted.owner[line], wanted.serve * np.asarray(book.shipped), len(wanted.level)
    )
    for segment in np.unique(wanted.owner[mine]):
        missing = float(wanted.level[segment] - reached[segment])
        if missing > 0:
            lines = loop_input(work, mine[wanted.owner[mine] == segment], np.int64)
            run_loop(fill_until, book, turns, lines, serve, missing)


def _fill(work: int, book: GreedyState, turns: Turns, lines: np.ndarray) -> None:
    sequence: Ints = loop_input(work, lines, np.int64)
    run_loop(fill, book, turns, sequence)
