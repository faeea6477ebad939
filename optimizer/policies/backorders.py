"""Backorder processing, as ERP systems do it: commitments are given back and made again.

Each segment has a strategy for it. What is frozen stays in any case; an order's lines are of one
segment, and so have one strategy.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.problem import Problem
from models.settings import Backorder, Policy, Settings
from models.solution import Solution
from models.tolerances import ROUNDING, UNIT
from optimizer.common.kernels import loop_input, loop_state, run_loop
from optimizer.common.words import few, several
from optimizer.policies.commitment_keeping import (
    keep_frozen,
    match_commitments,
    unfrozen_commitments,
)
from optimizer.policies.fill_loops import begin, fill
from optimizer.policies.fill_order import sequence_of, turns_of
from optimizer.policies.greedy_state import put
from optimizer.policies.problem_variants import with_limits
from optimizer.policies.remaining import empty_state

STRATEGIES = list(Backorder)
WORK = [Backorder.WIN, Backorder.GAIN, Backorder.REDISTRIBUTE, Backorder.FILL]
"""Who gets something new, in this order; within a strategy by requested date."""
STAY = [Backorder.GAIN, Backorder.SKIP]
"""Who keeps what it has, before anybody gets something new."""


def process_backorders(problem: Problem, choices: np.ndarray) -> np.ndarray:
    """Make the plan of the policy ``bop``.

    First ``skip`` and ``gain`` keep what they have, as far as it can still be shipped within all
    rules. Then lines get something new: ``win``, ``gain`` and ``redistribute`` up to what is
    ordered, ``fill`` up to what it had, ``lose`` and ``skip`` nothing.

    Parameters
    ----------
    problem
        Integer-coded.
    choices
        Options by line, the best of each first.

    Returns
    -------
    numpy.ndarray
        Shipped units by option [unit], shape (options,); obeys every rule.
    """
    lines, work = problem.lines, len(problem.options)
    strategy = _strategies(problem)
    most = (lines["most"] - lines["frozen"]).to_numpy()
    fills = strategy == STRATEGIES.index(Backorder.FILL)
    left = np.where(fills, np.minimum(most, _units_had(problem)), most)
    together = problem.orders["ship_complete"].to_numpy()[lines["order"]]
    never_full = np.unique(lines["order"][together & (left < most - ROUNDING)])
    turn = _turns(strategy)
    turn[np.isin(lines["order"], never_full)] = len(WORK)
    state = empty_state(problem)
    turns = turns_of(problem, choices)._replace(missing=loop_state(work, left, np.float64))
    run_loop(begin, state, turns, loop_input(work, _stayed(problem, choices, strategy), np.float64))
    sequence = np.asarray(sequence_of(problem, [pd.Series(turn), lines["requested"]]))
    run_loop(fill, state, turns, loop_input(work, sequence[turn[sequence] < len(WORK)], np.int64))
    return np.asarray(state.shipped)


def exceptions(settings: Settings, solution: Solution) -> list[str]:
    """Tell which lines are not confirmed in full although the policy lets them win."""
    if solution.policy != Policy.BOP:
        return []
    wins = [name for name, s in settings.segments.items() if s.backorder is Backorder.WIN]
    lines = solution.lines
    short = lines[lines["segment"].isin(wins) & (lines["short"] > UNIT)]
    named = (short["order"] + "/" + short["line"]).tolist()
    if not named:
        return []
    return [
        f"Exceptions: {several(len(named), 'line')} of segments that win could not be confirmed "
        f"in full: {few(named)}."
    ]


def _strategies(problem: Problem) -> np.ndarray:
    """Position in :data:`STRATEGIES` by line, shape (lines,)."""
    segments = problem.settings.segments.values()
    by_segment = np.array([STRATEGIES.index(segment.backorder) for segment in segments])
    strategy: np.ndarray = by_segment[problem.segments["of"]][problem.lines["segment"]]
    return strategy


def _turns(strategy: np.ndarray) -> np.ndarray:
    """Place in :data:`WORK` by line; one past its end for lines that get nothing new."""
    place = [WORK.index(s) if s in WORK else len(WORK) for s in STRATEGIES]
    return np.array(place)[strategy]


def _units_had(problem: Problem) -> np.ndarray:
    """Units committed and not frozen, by line [unit ordered], shape (lines,)."""
    rows = unfrozen_commitments(problem)
    units = rows["quantity"] * rows["gives"]
    had: np.ndarray = np.bincount(rows["line"], units, len(problem.lines))
    return had


def _stayed(problem: Problem, choices: np.ndarray, strategy: np.ndarray) -> np.ndarray:
    """Ship what is frozen, and for those who keep what they have no more than that."""
    kept, rows = keep_frozen(problem), unfrozen_commitments(problem)
    stays = np.isin(strategy, [STRATEGIES.index(s) for s in STAY])
    rows = rows[stays[rows["line"]]].reset_index(drop=True)
    if rows.empty:
        return kept
    work, commitment = len(problem.options), match_commitments(problem, rows)
    problem = with_limits(problem, rows["quantity"].to_numpy(), commitment)
    state, turns = empty_state(problem), turns_of(problem, choices[commitment[choices] >= 0])
    run_loop(put, state, loop_input(work, kept, np.float64))
    sequence = np.asarray(sequence_of(problem, [problem.lines["requested"]]))
    run_loop(fill, state, turns, loop_input(work, sequence[stays[sequence]], np.int64))
    return np.asarray(state.shipped)
