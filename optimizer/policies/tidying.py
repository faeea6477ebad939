"""Tidy a plan without losing any goal: no needless parcel, no needless wait, nearest site first.

Moves are tried in a fixed order until none is left, so that one input has one plan. A move keeps
what each line gets in all, never lowers what it gets on time, never delays what is late already,
never goes by a service that is preferred less, never costs more than it brings, and
uses only stock and capacity that nobody else uses. The result is tidy against every single move;
it does not claim the fewest parcels that any combination of moves could reach. What is held for
forecast demand moves the other way, to the last day in time: it is in nobody's way before.
"""

from __future__ import annotations

from time import monotonic

import numpy as np

from models.allocation import days_after, delays
from models.problem import Problem
from models.tolerances import LP_DECIMALS
from optimizer.common.kernels import loop_input, loop_state, run_loop
from optimizer.common.packing import row_keys
from optimizer.policies.fill_order import first_lines
from optimizer.policies.greedy_state import GreedyState, free, put, ship
from optimizer.policies.remaining import empty_state
from optimizer.policies.tidy_loops import ParcelState, tidy_orders

PASSES = 10
"""Most rounds of moves; two or three are usual."""
LP_NOISE = 1e-5
"""Held units that miss a number of few decimals by less miss it by noise [unit]."""
AT_ONCE = 1_000
"""Orders between two looks at the clock; a large state takes milliseconds for them."""


def tidy(problem: Problem, x: np.ndarray, seconds: float = np.inf) -> np.ndarray:
    """Merge parcels and move them earlier where nothing else changes.

    Parameters
    ----------
    problem
        Integer-coded.
    x
        Shipped units by option [unit], shape (options,).
    seconds
        After so long it ends with the moves made until then [s].

    Returns
    -------
    numpy.ndarray
        The same delivered units by line; on time and value not less.
    """
    ends = monotonic() + seconds
    state, parcels = empty_state(problem), _parcel_state(problem)
    run_loop(put, state, loop_input(len(x), x, np.float64))
    for _ in range(PASSES):
        moved = False
        for first in range(0, len(problem.orders), AT_ONCE):
            if monotonic() > ends:
                return np.asarray(state.shipped)
            beyond = min(first + AT_ONCE, len(problem.orders))
            moved |= run_loop(tidy_orders, state, parcels, first, beyond)
        if not moved:
            break
    _settle(problem, state)
    return np.asarray(state.shipped)


def _settle(problem: Problem, state: GreedyState) -> None:
    """Give back to forecast demand what later goals took of it within the solver's noise."""
    line = problem.options["line"].to_numpy()
    shipped = np.asarray(state.shipped)
    loop_state = np.flatnonzero(problem.lines["virtual"].to_numpy()[line] & (shipped > 0))
    given = np.bincount(line[loop_state], shipped[loop_state], len(problem.lines))
    left = problem.lines["most"].to_numpy() - given
    for option in loop_state.tolist():
        missing = round(float(shipped[option]), LP_DECIMALS) - float(shipped[option])
        if 0 < missing < LP_NOISE:
            units = free(state, option, min(missing, left[line[option]]))
            ship(state, option, units)
            left[line[option]] -= units


def _parcel_state(problem: Problem) -> ParcelState:
    """Say where each option is and how much it is wished for."""
    options, work = problem.options, len(problem.options)
    start, first = _first_options(problem), first_lines(problem)
    most = int(np.diff(start[first]).max(initial=0)) + 1
    place = row_keys(*(options[c] for c in ("site", "service", "day")))
    fixed = (options["frozen"] >= 0) | options["line"].isin(problem.committed["line"])
    fee = np.append(problem.parcels["cost"], 0.0)[options["parcel"]]
    wish = row_keys(
        *(options[c] for c in ("preference", "arrival", "day", "transit", "site", "service"))
    )
    ahead = problem.lines["virtual"].to_numpy()[options["line"]]
    wish = np.where(ahead, wish.max(initial=0) - wish, wish)
    room = np.zeros(most)
    return ParcelState(
        start=loop_input(work, start, np.int64),
        first=loop_input(work, first, np.int64),
        place=loop_input(work, place, np.int64),
        sorted=loop_input(work, np.lexsort([place, options["line"].to_numpy()]), np.int64),
        item=loop_input(work, options["item"], np.int32),
        fixed=loop_input(work, fixed, np.bool_),
        wish=loop_input(work, wish, np.int64),
        on_time=loop_input(work, options["on_time"], np.bool_),
        late=loop_input(work, np.maximum(delays(problem), days_after(problem)), np.int64),
        preference=loop_input(work, options["preference"], np.int32),
        margin=loop_input(work, options["unit_worth"] - options["unit_cost"], np.float64),
        fee=loop_input(work, fee, np.float64),
        places=loop_state(work, room, np.int64),
        targets=loop_state(work, room, np.int64),
        ways=loop_state(work, room, np.int64),
        rows=loop_state(work, room, np.int64),
        goals=loop_state(work, room, np.int64),
        units=loop_state(work, room, np.float64),
    )


def _first_options(problem: Problem) -> np.ndarray:
    """First option of each line, and one more at the end, shape (lines + 1,)."""
    lines = np.arange(len(problem.lines) + 1)
    return np.searchsorted(problem.options["line"].to_numpy(), lines)
