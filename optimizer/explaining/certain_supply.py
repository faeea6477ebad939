"""Others keep what they have from supply as certain as they ask for, though it is frozen for them.

Whoever is frozen may take supply of any certainty. That is meant for promises made before the plan;
what the plan itself gave to others has to stay on supply that their segments accept, or the
line in question would be filled from what is theirs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import scipy.sparse as sp
from numpy.typing import NDArray

from models.allocation import on_its_day
from models.problem import Problem
from models.tolerances import UNIT
from optimizer.compiling import Matrix
from optimizer.explaining.freezing import KEYS
from optimizer.preparing.stock_epochs import certainty_levels

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CertainPart:
    """How much of what is frozen has to come from certain supply.

    Parameters
    ----------
    promises
        Rows of ``problem.frozen``, shape (promises,).
    units
        Of each that have to be certain [unit], shape (promises,).
    rows
        Rows of the matrix that see to it.
    """

    promises: NDArray[np.int64]
    units: Floats
    rows: slice

    def when_kept(self, total: Floats, kept: Floats) -> Floats:
        """Units that have to be certain where less is kept [unit], shape (promises,).

        Parameters
        ----------
        total, kept
            Units frozen at first and those kept of them [unit], shape (frozen,) each.
        """
        given_up = (total - kept)[self.promises]
        return np.maximum(self.units - given_up, 0.0)


def with_certain_part(
    problem: Problem, matrix: Matrix, promised: pd.DataFrame, mine: NDArray[np.bool_]
) -> tuple[Matrix, CertainPart]:
    """Add a row for each frozen shipment of others of which a part has to be certain.

    Parameters
    ----------
    problem, matrix
        Of a scenario in which others are frozen.
    promised
        Shipments that were frozen before the plan, which may be of any certainty: at least the
        columns :data:`optimizer.explaining.freezing.KEYS` and ``quantity`` [unit].
    mine
        Lines that are free, bool array (lines,).
    """
    options, frozen = problem.options, problem.frozen
    asked = _level_asked(problem)[frozen["line"]]
    since = np.nan_to_num(frozen["quantity"].to_numpy() - units_promised(problem, promised))
    units = np.where(mine[frozen["line"]], 0.0, since)
    promises = np.flatnonzero((asked > 0) & (units > UNIT))
    place = np.full(len(frozen) + 1, -1)
    place[promises] = np.arange(len(promises))
    promise = options["frozen"].to_numpy()
    row = np.where(on_its_day(problem), place[promise], -1)
    level = problem.pairs["level"].to_numpy()[problem.epochs["pair"]][options["epoch"]]
    suits = np.flatnonzero((row >= 0) & (level >= np.append(asked, 0)[promise]))
    x = matrix.columns["x"]
    shape = (len(promises), matrix.a.shape[1])
    more = sp.csc_array((matrix.step[x][suits], (row[suits], x.start + suits)), shape)
    first = matrix.a.shape[0]
    part = CertainPart(promises, units[promises], slice(first, first + len(promises)))
    longer = replace(
        matrix,
        a=sp.vstack([matrix.a, more], format="csc"),
        row_lower=np.append(matrix.row_lower, part.units - UNIT / 2),
        row_upper=np.append(matrix.row_upper, np.full(len(promises), np.inf)),
    )
    return longer, part


def _level_asked(problem: Problem) -> NDArray[np.int64]:
    """Level of certainty that each line asks for, shape (lines,)."""
    settings = problem.settings
    least = [segment.min_confidence for segment in settings.segments.values()]
    levels = np.searchsorted(certainty_levels(settings), least)
    return levels[problem.segments["of"].to_numpy()[problem.lines["segment"]]]


def units_promised(problem: Problem, promised: pd.DataFrame) -> Floats:
    """Units of each frozen shipment that some promises ask for [unit], shape (frozen,).

    NaN where it cannot ship on its day.
    """
    options = problem.options[on_its_day(problem)].drop_duplicates("frozen")
    names = pd.MultiIndex.from_frame(shipment_names(problem, options))
    asked = promised.groupby(KEYS)["quantity"].sum().reindex(names, fill_value=0.0)
    units = np.full(len(problem.frozen), np.nan)
    units[options["frozen"]] = asked.to_numpy()
    return units


def shipment_names(problem: Problem, options: pd.DataFrame) -> pd.DataFrame:
    """Name options: the columns :data:`optimizer.explaining.freezing.KEYS`."""
    line = problem.lines.iloc[options["line"]]
    return pd.DataFrame(
        {
            "order": problem.orders["order"].to_numpy()[line["order"]],
            "line": line["line"].to_numpy(),
            "item": problem.items[options["item"]],
            "site": problem.sites[options["site"]],
            "service": problem.services[options["service"]],
            "ship_date": problem.dates(options["day"]).to_numpy(),
        }
    )
