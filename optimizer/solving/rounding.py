"""From a fractional answer to a plan: tier by tier along the answer, then whatever still fits."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.problem import Problem
from models.tolerances import INTEGRALITY
from optimizer.common.kernels import Ints, loop_input, run_loop
from optimizer.policies import best_first, keep_frozen, top_up, turns_of
from optimizer.policies.fill_loops import Turns, fill, fill_until, follow
from optimizer.policies.greedy_state import GreedyState, put
from optimizer.policies.remaining import empty_state
from optimizer.solving.lagrangian import service_weights
from optimizer.solving.locked_model import LockedModel
from optimizer.solving.search import Search

TRIED = 0.5
"""A ship-complete order is tried in full if the answer has this share of it at least."""


@dataclass(frozen=True, eq=False)
class ServiceLevels:
    """Service that a plan must reach.

    Parameters
    ----------
    segment
        By line: segment that it serves, shape (lines,).
    service
        By option: service of a unit, shape (options,).
    level
        By segment: what must be reached [base unit]; the last one is nobody's, 0.
    """

    segment: np.ndarray
    service: np.ndarray
    level: np.ndarray


def offer_rounded(search: Search, units: np.ndarray) -> None:
    """Round units of a relaxation to plans, with and without making up for locked service.

    Parameters
    ----------
    search
        Takes the plans if they are better.
    units
        By option [unit], shape (options,).
    """
    locked = locked_levels(search.model)
    for levels in (replace(locked, level=np.zeros_like(locked.level)), locked):
        search.offer_units(round_units(search.model.problem, units, levels))


def locked_levels(model: LockedModel) -> ServiceLevels:
    """Look up the service that locked goals ask of each segment."""
    level = np.append(model.lower[model.matrix.columns["achieved"]], 0.0)
    level[model.declared.arrays["reserved"]] = 0.0  # nobody makes up for a forecast
    return ServiceLevels(*service_weights(model), level)


def round_units(problem: Problem, units: np.ndarray, levels: ServiceLevels) -> np.ndarray:
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
    levels
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
    state, turns = empty_state(problem), turns_of(problem, choices)
    counting = turns_of(problem, choices[levels.service[choices] > 0])
    counting = turns._replace(choices=counting.choices, start=counting.start)
    run_loop(put, state, loop_input(work, keep_frozen(problem), np.float64))
    most = loop_input(work, _round_up(problem, units), np.float64)
    given = units * problem.options["gives"].to_numpy()
    share = np.bincount(line, given, len(lines)) / lines["quantity"].to_numpy()
    bundled = problem.orders["ship_complete"].to_numpy()[lines["order"]]
    virtual = lines["virtual"].to_numpy()
    by_date = np.lexsort([lines["requested"], -share])
    for tier in problem.tiers:
        mine = by_date[((lines["tier"] == tier).to_numpy() & ~virtual)[by_date]]
        _fill(work, state, turns, mine[(bundled & (share >= TRIED))[mine]])
        run_loop(follow, state, turns, loop_input(work, mine[~bundled[mine]], np.int64), most)
        _fill(work, state, turns, mine[(~bundled & (share >= 1 - INTEGRALITY))[mine]])
        _make_up(problem, state, counting, mine, levels)
        ahead = by_date[((lines["tier"] == tier).to_numpy() & virtual)[by_date]]
        run_loop(follow, state, turns, loop_input(work, ahead, np.int64), most)
    return top_up(problem, np.asarray(state.shipped))


def _round_up(problem: Problem, units: np.ndarray) -> np.ndarray:
    """Round amounts up to the next step in which each option ships."""
    step = problem.options["step"].to_numpy()
    steps = np.where(step > 0, step, 1.0)
    return np.where(step > 0, np.ceil(units / steps - INTEGRALITY) * steps, units)


def _make_up(
    problem: Problem, state: GreedyState, turns: Turns, mine: np.ndarray, levels: ServiceLevels
) -> None:
    """Fill more of a tier's lines until its segments have what they must reach."""
    work, line = len(problem.options), problem.options["line"].to_numpy()
    service = loop_input(work, levels.service, np.float64)
    shipped = levels.service * np.asarray(state.shipped)
    achieved = np.bincount(levels.segment[line], shipped, len(levels.level))
    for segment in np.unique(levels.segment[mine]):
        missing = float(levels.level[segment] - achieved[segment])
        if missing > 0:
            lines = loop_input(work, mine[levels.segment[mine] == segment], np.int64)
            run_loop(fill_until, state, turns, lines, service, missing)


def _fill(work: int, state: GreedyState, turns: Turns, lines: np.ndarray) -> None:
    sequence: Ints = loop_input(work, lines, np.int64)
    run_loop(fill, state, turns, sequence)
