"""Incumbent rules: fill order by order in a fixed sequence and never revise.

Each policy is a sequence of lines; the common greedy walks it. Add a policy: its sequence in
``SEQUENCES`` and its name in :class:`models.settings.Policy`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from models.problem import Problem
from models.settings import GoalName, Policy
from optimizer.kernels import Ints, held, run, seen
from optimizer.loops import TINY, Turns, begin, fill, fill_shares
from optimizer.packing import packed
from optimizer.remaining import first_lines, opened

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
"""Sort keys of each policy, the most important first; ties go by order and line id."""


def allocate_all(problem: Problem) -> dict[Policy, np.ndarray]:
    """Fill the lines by every policy: what :func:`allocate` gives for each, in less time.

    Parameters
    ----------
    problem
        Integer-coded.

    Returns
    -------
    dict
        Shipped units by option [unit], by policy.
    """
    choices = best_first(problem)
    return {policy: _allocated(problem, policy, choices) for policy in SEQUENCES}


def allocate(problem: Problem, policy: Policy) -> np.ndarray:
    """Fill the lines in the policy's sequence.

    Parameters
    ----------
    problem
        Integer-coded.
    policy
        Any but ``optimal``.

    Returns
    -------
    numpy.ndarray
        Shipped units by option [unit], shape (options,); obeys every rule.
    """
    return _allocated(problem, policy, best_first(problem))


def topped_up(problem: Problem, x: np.ndarray) -> np.ndarray:
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
        choices = choices[(options["unit_worth"] >= options["unit_cost"]).to_numpy()[choices]]
    book, turns = opened(problem), turns_of(problem, choices)
    run(begin, book, turns, seen(len(options), x, np.float64))
    run(fill, book, turns, _sequence(problem, Policy.SEGMENT_PRIORITY))
    return np.asarray(book.shipped)


def _allocated(problem: Problem, policy: Policy, choices: np.ndarray) -> np.ndarray:
    book, turns = opened(problem), turns_of(problem, choices)
    sequence = _sequence(problem, policy)
    if policy is Policy.FAIR_SHARE:
        share = seen(len(problem.options), _fair_shares(problem), np.float64)
        run(fill_shares, book, turns, sequence, share)
    run(fill, book, turns, sequence)
    return np.asarray(book.shipped)


def _sequence(problem: Problem, policy: Policy) -> Ints:
    """Lines in the policy's sequence."""
    keys = SEQUENCES[policy](problem.lines)
    sequence = np.lexsort([np.arange(len(problem.lines)), *reversed(keys)])
    return seen(len(problem.options), sequence, np.int64)


def best_first(problem: Problem) -> np.ndarray:
    """Options by line, the best of each first; of equals by site and service."""
    columns = ("line", "days_late", "day", "unit_cost")
    return np.argsort(packed(*(problem.options[c] for c in columns)), kind="stable")


def turns_of(problem: Problem, choices: np.ndarray) -> Turns:
    """Every line unfilled, each by its choices."""
    lines, work = problem.lines, len(problem.options)
    by_line = problem.options["line"].to_numpy()[choices]
    first = first_lines(problem)
    start = np.searchsorted(by_line, np.arange(len(lines) + 1))
    most = int(np.diff(start[first]).max(initial=0))
    return Turns(
        choices=seen(work, choices, np.int32),
        start=seen(work, start, np.int64),
        left=held(work, lines["quantity"], np.float64),
        least=held(work, lines["least"], np.float64),
        order=seen(work, lines["order"], np.int32),
        first=seen(work, first, np.int64),
        together=seen(work, problem.orders["ship_complete"], np.bool_),
        done=held(work, np.zeros(len(problem.orders)), np.bool_),
        option=held(work, np.zeros(most), np.int64),
        units=held(work, np.zeros(most), np.float64),
    )


def _fair_shares(problem: Problem) -> np.ndarray:
    """Units of each line under the same share of its item's supply for all; none of whole lots."""
    lines = problem.lines
    demand = lines.groupby("item")["quantity"].sum()
    supply = problem.pairs.groupby("item")["supply"].sum().reindex(demand.index, fill_value=0.0)
    share = (supply / demand).clip(upper=1.0).loc[lines["item"]].to_numpy()
    bound = problem.orders["ship_complete"].to_numpy()[lines["order"]] | (lines["least"] > 0)
    units = share * lines["quantity"].to_numpy()
    units = np.where(lines["whole"], np.floor(units + TINY), units)
    return np.where(bound, 0.0, units)
