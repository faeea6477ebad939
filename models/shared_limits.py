"""Limits that several options share, each family declared once.

The greedy rules, the reasons of missing units, quotes and the formulation of what commitments
exceed all read :data:`SHARED_LIMITS`. Stock is no such limit: what ships on a day is missing on all
later days, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.problem import Problem

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Uses:
    """Which options use which rows of a limit, shape (uses,) each.

    Parameters
    ----------
    row
        Of the limit's frame.
    option
        Of ``problem.options``.
    amount
        That a unit shipped uses [unit of the limit/unit shipped].
    """

    row: Ints
    option: Ints
    amount: Floats

    def among(self, first: int, beyond: int) -> Uses:
        """Keep the uses by some consecutive options, which are numbered from 0 then."""
        kept = np.flatnonzero((self.option >= first) & (self.option < beyond))
        return Uses(self.row[kept], self.option[kept] - first, self.amount[kept])


@dataclass(frozen=True, slots=True)
class SharedLimit:
    """A family of limits.

    Parameters
    ----------
    rule
        The rule of the model that holds it; also the reason of units that are missing for it.
    frame
        Of the problem: a row for each limit, with the columns ``limit`` and ``most``.
    uses_of
        Lists the uses.
    """

    rule: str
    frame: str
    uses_of: Callable[[Problem], Uses]

    def rows(self, problem: Problem) -> pd.DataFrame:
        """Frame of the limits."""
        rows: pd.DataFrame = getattr(problem, self.frame)
        return rows

    def left(self, problem: Problem, x: Floats) -> Floats:
        """Amount that a plan leaves of each row; negative where commitments use more.

        Parameters
        ----------
        problem
            Integer-coded.
        x
            Shipped units by option [unit], shape (options,).
        """
        uses, rows = self.uses_of(problem), self.rows(problem)
        amount = x[uses.option] * uses.amount
        used = np.flatnonzero(amount)
        total = np.bincount(uses.row[used], amount[used], len(rows))
        left: Floats = rows["limit"].to_numpy() - total
        return left


def _by_columns(problem: Problem, names: tuple[str, ...], amount: Floats) -> Uses:
    """List uses of the rows that columns of the options name; -1 names none."""
    columns = [problem.options[name].to_numpy() for name in names]
    options = [np.flatnonzero(rows >= 0) for rows in columns]
    pairs = zip(columns, options, strict=True)
    rows = np.concatenate([column[option] for column, option in pairs]).astype("int64")
    option = np.concatenate(options)
    return Uses(rows, option, amount[option])


def _at_sites(problem: Problem) -> Uses:
    return _by_columns(problem, ("site_day",), problem.options["effort"].to_numpy())


def _on_lanes(problem: Problem) -> Uses:
    return _by_columns(problem, ("lane_day", "lane_total"), np.ones(len(problem.options)))


def _of_groups(problem: Problem) -> Uses:
    row, option = (problem.quota_uses[name].to_numpy() for name in ("quota", "option"))
    return Uses(row, option, np.ones(len(row)))


SHARED_LIMITS = (
    SharedLimit("site_capacity", "site_days", _at_sites),
    SharedLimit("lane_capacity", "lane_days", _on_lanes),
    SharedLimit("quota", "quotas", _of_groups),
)
"""All of them; quotas include the caps of stages, and further limits of a rule of today."""
