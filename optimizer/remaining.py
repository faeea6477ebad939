"""Stock and capacity that a plan in the making leaves: what one more unit by an option may use."""

from __future__ import annotations

import numpy as np

from models.problem import Problem
from optimizer.kernels import held, seen
from optimizer.loops import Book


def opened(problem: Problem) -> Book:
    """Open the book of a plan that ships nothing yet.

    Parameters
    ----------
    problem
        Integer-coded.

    Returns
    -------
    Book
        For loops of :mod:`optimizer.loops`.
    """
    options, epochs = problem.options, problem.epochs
    work = len(options)
    pair = epochs["pair"].to_numpy()
    ints = {
        name: seen(work, options[name], np.int32)
        for name in ("line", "epoch", "site_day", "lane_day", "lane_total")
    }
    return Book(
        shipped=held(work, np.zeros(work), np.float64),
        upper=seen(work, options["upper"], np.float64),
        effort=seen(work, options["effort"], np.float64),
        whole=seen(work, problem.lines["whole"], np.bool_),
        atp=held(work, epochs.groupby("pair")["arriving"].cumsum(), np.float64),
        end=seen(work, np.searchsorted(pair, pair, side="right"), np.int64),
        site_left=held(work, np.append(problem.site_days["limit"], np.inf), np.float64),
        lane_left=held(work, np.append(problem.lane_days["limit"], np.inf), np.float64),
        **ints,
    )


def starts(problem: Problem) -> np.ndarray:
    """First option of each line, and one more at the end, shape (lines + 1,)."""
    lines = np.arange(len(problem.lines) + 1)
    return np.searchsorted(problem.options["line"].to_numpy(), lines)


def first_lines(problem: Problem) -> np.ndarray:
    """First line of each order, and one more at the end, shape (orders + 1,)."""
    orders = np.arange(len(problem.orders) + 1)
    return np.searchsorted(problem.lines["order"].to_numpy(), orders)
