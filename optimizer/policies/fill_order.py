"""What every rule shares: lines in a sequence, the options of each best first."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from models.goals import GoalName
from models.problem import Problem
from models.settings import Policy
from optimizer.common.kernels import Ints, loop_input, loop_state, run_loop
from optimizer.common.packing import row_keys
from optimizer.policies.fill_loops import Turns, begin, fill
from optimizer.policies.remaining import empty_state

SEQUENCES: dict[Policy, Callable[[pd.DataFrame], list[pd.Series]]] = {
    Policy.FCFS: lambda lines: [lines["ordered_on"]],
    Policy.EDD: lambda lines: [lines["requested"]],
    Policy.SEGMENT_PRIORITY: lambda lines: [
        lines["tier"],
        lines["requested"],
        lines["ordered_on"],
    ],
    Policy.REVENUE: lambda lines: [-lines["unit_value"]],
    Policy.FAIR_SHARE: lambda lines: [lines["requested"]],
}
"""Sort keys of each policy, the most important first; ties go as :func:`sequence_of` says."""


def sequence_of(problem: Problem, keys: list[pd.Series]) -> Ints:
    """Lines sorted by some keys, the most important first.

    What a planner wants by a day comes first. Ties go as their segments say (`ties`), then by order
    and line id.
    """
    keys = [problem.lines["must_by"].isna(), *keys, -problem.lines["precedence"]]
    sequence = np.lexsort([np.arange(len(problem.lines)), *reversed(keys)])
    return loop_input(len(problem.options), sequence, np.int64)


def best_first(problem: Problem, *, ahead: bool = False) -> np.ndarray:
    """Options by line, the best of each first; no frozen ones.

    Of equals that of the service which the segment prefers, then by site and service.
    Those of forecast demand only where ``ahead``: rules of today do not look ahead.
    """
    columns = ("line", "days_late", "day", "unit_cost", "preference")
    order = np.argsort(row_keys(*(problem.options[c] for c in columns)), kind="stable")
    if len(problem.frozen):
        order = order[problem.options["frozen"].to_numpy()[order] < 0]
    virtual = problem.lines["virtual"].to_numpy()
    if ahead or not virtual.any():
        return order
    return order[~virtual[problem.options["line"].to_numpy()[order]]]


def first_lines(problem: Problem) -> np.ndarray:
    """First line of each order, and one more at the end, shape (orders + 1,)."""
    orders = np.arange(len(problem.orders) + 1)
    return np.searchsorted(problem.lines["order"].to_numpy(), orders)


def turns_of(problem: Problem, choices: np.ndarray) -> Turns:
    """Every line unfilled, each by its choices."""
    lines, work = problem.lines, len(problem.options)
    by_line = problem.options["line"].to_numpy()[choices]
    first = first_lines(problem)
    start = np.searchsorted(by_line, np.arange(len(lines) + 1))
    most = int(np.diff(start[first]).max(initial=0))
    return Turns(
        choices=loop_input(work, choices, np.int32),
        start=loop_input(work, start, np.int64),
        missing=loop_state(work, lines["most"] - lines["frozen"], np.float64),
        least=loop_state(work, lines["least"], np.float64),
        order=loop_input(work, lines["order"], np.int32),
        first=loop_input(work, first, np.int64),
        together=loop_input(work, problem.orders["ship_complete"], np.bool_),
        done=loop_state(work, np.zeros(len(problem.orders)), np.bool_),
        option=loop_state(work, np.zeros(most), np.int64),
        units=loop_state(work, np.zeros(most), np.float64),
    )


def top_up(problem: Problem, x: np.ndarray) -> np.ndarray:
    """Add to a plan what still fits, in the sequence of ``segment_priority``; take nothing back.

    Parameters
    ----------
    problem
        Integer-coded.
    x
        Shipped units by option [unit], shape (options,); obeys every rule.

    Returns
    -------
    numpy.ndarray
        At least ``x``; no goal is worse but ``value``, and that one only for the sake of ``fill``.
    """
    options = problem.options
    choices = best_first(problem)
    if GoalName.FILL not in problem.settings.goals:
        pays = (options["unit_worth"] >= options["unit_cost"]).to_numpy() & _paid_for(problem, x)
        choices = choices[pays[choices]]
    state, turns = empty_state(problem), turns_of(problem, choices)
    run_loop(begin, state, turns, loop_input(len(options), x, np.float64))
    run_loop(
        fill, state, turns, sequence_of(problem, SEQUENCES[Policy.SEGMENT_PRIORITY](problem.lines))
    )
    return np.asarray(state.shipped)


def _paid_for(problem: Problem, x: np.ndarray) -> np.ndarray:
    """Options whose parcel costs nothing more: it is free or sent anyway, bool (options,)."""
    parcel = problem.options["parcel"].to_numpy()
    free_of_cost = np.append(problem.parcels["cost"] == 0, True)
    free_of_cost[parcel[(x > 0) & (parcel >= 0)]] = True
    paid: np.ndarray = free_of_cost[parcel]
    return paid
