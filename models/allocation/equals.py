"""What decides between plans that reach every goal equally: who waits, then which service goes."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.allocation.declaring import Declared
from models.problem import Problem

LARGEST_DELAY = 1e6
"""Weighted unit-days are scaled so that a plan has no more: sums of them stay exact."""


def first_chances(problem: Problem) -> np.ndarray:
    """Day before which no arrival is a delay: asked for, or the first possible, shape (lines,)."""
    lines = problem.lines
    return np.maximum(lines["requested"].to_numpy(), lines["first_arrival"].to_numpy())


def delays(problem: Problem) -> np.ndarray:
    """Days by which each option arrives later than asked for and possible, shape (options,)."""
    due = first_chances(problem)[problem.options["line"]]
    late: np.ndarray = np.maximum(problem.options["arrival"].to_numpy() - due, 0)
    return late


def delay_weights(problem: Problem) -> tuple[np.ndarray, float, float]:
    """Weighted unit-days of delay: what a plan that ships nothing has, and what options spare it.

    Returns
    -------
    put_off : numpy.ndarray
        Less delay by a unit shipped, never positive; 0 for forecast demand, shape (options,).
    nothing : float
        Delay of the plan that ships nothing.
    most : float
        That of its weightiest line.
    """
    lines, options = problem.lines, problem.options
    late = delays(problem)
    latest = lines["last_arrival"].to_numpy() - first_chances(problem)
    never = 1 + int(max(late.max(initial=0), latest.max(initial=0)))
    weight = lines["precedence"].to_numpy()
    of_line = weight * lines["quantity"].to_numpy() * never
    nothing = float(of_line.sum())
    scale = min(1.0, LARGEST_DELAY / max(nothing, 1.0))
    gives = options["gives"].to_numpy()
    put_off = scale * weight[options["line"]] * gives * (late - never)
    return put_off, scale * nothing, scale * float(of_line.max(initial=0.0))


def places_behind(problem: Problem) -> np.ndarray:
    """Places that each option's service is behind the line's best one, by unit, shape (options,).

    The best one is that of the options that can ship anything; forecast demand prefers none.
    """
    options = problem.options
    line, place = options["line"].to_numpy(), options["preference"].to_numpy()
    best = np.full(len(problem.lines), np.iinfo(np.int32).max)
    open_ = (options["upper"] > 0).to_numpy()
    np.minimum.at(best, line[open_], place[open_])
    behind: np.ndarray = np.where(open_, place - best[line], 0) * options["gives"].to_numpy()
    return behind


def declare_equals(d: Declared, p: Problem) -> None:
    """Declare what the two expressions add up."""
    put_off, nothing, _ = delay_weights(p)
    d.column("put_off", "OPTIONS", put_off, "delay less by a unit shipped [weighted unit-day]")
    d.column("waiting", "ALL", [nothing], "delay where nothing ships [weighted unit-day]")
    d.column("places", "OPTIONS", places_behind(p), "places behind the preferred service")


def delay(m: Any, a: int) -> Any:
    """(G10) waiting + sum_j put_off_j x_j: weighted unit-days by which units are delayed."""
    return m.waiting[a] + sum(m.put_off[j] * m.x[j] for j in m.OPTIONS)


def unpreferred(m: Any, _: int) -> Any:
    """(G11) sum_j places_j x_j: units by the places that their service is behind."""
    return sum(m.places[j] * m.x[j] for j in m.OPTIONS)
