"""What was committed, shipped as far as it still can be."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.allocation import on_its_day
from models.problem import Problem
from optimizer.common.kernels import loop_input, loop_state, run_loop
from optimizer.common.packing import row_keys
from optimizer.policies.greedy_state import keep, put
from optimizer.policies.remaining import empty_state

KEYS = ["line", "item", "site", "service", "day"]


def keep_frozen(problem: Problem) -> np.ndarray:
    """Ship what was committed and no more, as far as there is stock.

    Better tiers go first, then earlier days; the least certain supply is taken first. What cannot
    be kept on its day is moved after that, better tiers first, to as early a day as possible.

    Parameters
    ----------
    problem
        Integer-coded.

    Returns
    -------
    numpy.ndarray
        Shipped units by option [unit], shape (options,).
    """
    options, work = problem.options, len(problem.options)
    kept, state = np.flatnonzero(on_its_day(problem)), empty_state(problem, "most")
    if not len(problem.frozen):
        return np.asarray(state.shipped)
    committed = loop_state(work, problem.frozen["quantity"], np.float64)
    sequence = _by_tier(problem, kept, ("epoch", "frozen", "day"))
    run_loop(keep, state, loop_input(work, sequence, np.int64), committed)
    moves = np.flatnonzero(options["moves"])
    if not len(moves):
        return np.asarray(state.shipped)
    on_their_days, state = np.asarray(state.shipped), empty_state(problem)
    run_loop(put, state, loop_input(work, on_their_days, np.float64))
    sequence = _by_tier(problem, moves, ("epoch", "frozen", "arrival"))
    run_loop(keep, state, loop_input(work, sequence, np.int64), committed)
    return np.asarray(state.shipped)


def _by_tier(problem: Problem, chosen: np.ndarray, keys: tuple[str, ...]) -> np.ndarray:
    """Sort options by the tiers of their lines, then by columns, the last one first."""
    options = problem.options
    tier = problem.lines["tier"].to_numpy()[options["line"].to_numpy()[chosen]]
    columns = [options[name].to_numpy()[chosen] for name in keys]
    sequence: np.ndarray = chosen[np.lexsort([*columns, tier])]
    return sequence


def keep_commitments(problem: Problem) -> np.ndarray:
    """Ship what was committed, frozen or not, as far as it can still be shipped.

    Parameters
    ----------
    problem
        Integer-coded.

    Returns
    -------
    numpy.ndarray
        Shipped units by option [unit], shape (options,). Stock and limits hold; a whole order or
        line may be left in parts.
    """
    options, work = problem.options, len(problem.options)
    rows = unfrozen_commitments(problem)
    commitment = match_commitments(problem, rows)
    state = empty_state(problem)._replace(commitment=loop_input(work, commitment, np.int32))
    run_loop(put, state, loop_input(work, keep_frozen(problem), np.float64))
    kept = np.flatnonzero(commitment >= 0)
    sequence = kept[
        np.lexsort([options["epoch"].to_numpy()[kept], options["day"].to_numpy()[kept]])
    ]
    committed = loop_state(work, rows["quantity"], np.float64)
    run_loop(keep, state, loop_input(work, sequence, np.int64), committed)
    return np.asarray(state.shipped)


def unfrozen_commitments(problem: Problem) -> pd.DataFrame:
    """Rows of ``problem.committed`` that may change, numbered from 0."""
    return problem.committed[~problem.committed["frozen"]].reset_index(drop=True)


def match_commitments(problem: Problem, rows: pd.DataFrame) -> np.ndarray:
    """Find the options that can keep promises.

    Parameters
    ----------
    problem
        Integer-coded.
    rows
        Promises that are not frozen, with the columns :data:`KEYS`.

    Returns
    -------
    numpy.ndarray
        Row that each option would keep, one for each certainty of supply; -1 = none, as of all
        options that are frozen: shape (options,).
    """
    options = problem.options
    has_commitment = np.zeros(len(problem.lines), dtype=bool)
    has_commitment[rows["line"]] = True
    free = np.flatnonzero(has_commitment[options["line"]] & (options["frozen"] < 0))
    both = pd.concat([rows[KEYS].astype("int32"), options[KEYS].iloc[free]])
    key = row_keys(*(both[name] for name in KEYS))
    keeper = np.full(len(options), -1)
    keeper[free] = pd.Index(key[: len(rows)]).get_indexer(pd.Index(key[len(rows) :]))
    return keeper
