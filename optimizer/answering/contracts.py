"""Contracts: each target of a party, period to date, and what missing it costs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from models.problem import Problem
from models.solution import CONTRACTS
from models.tolerances import DECIMALS, UNIT


def contracts_of(
    problem: Problem,
    achieved: pd.DataFrame,
    ordered: pd.DataFrame,
    attainable: Mapping[int, float],
) -> pd.DataFrame:
    """List each target of a party that ordered anything.

    Parameters
    ----------
    problem
        Whose parties.
    achieved, ordered
        By row of ``problem.segments``: each measure, each base [base unit].
    attainable
        What would be missing in a plan in fractions, by row of ``problem.segments`` [base unit].

    Returns
    -------
    pandas.DataFrame
        The columns of :data:`models.solution.CONTRACTS`, by tier, segment in the order of the
        header, stage and customer.
    """
    segments = list(problem.settings.segments.values())
    parties = problem.segments
    measures = [segments[of].measure for of in parties["of"]]
    penalties = [segments[of].penalty for of in parties["of"]]
    served = _pick(achieved, [str(measure) for measure in measures])
    now = _pick(ordered, [measure.whole_of for measure in measures])
    ordered_before, served_before = (
        parties[f"{name}_before"].to_numpy() for name in ("ordered", "served")
    )
    target, to_date = parties["target"].to_numpy(), ordered_before + now
    missing = np.maximum(target * to_date - served_before - served, 0.0)
    short = pd.Series(attainable, dtype="float64").reindex(parties.index).to_numpy()
    flat, per_unit = (
        np.array([getattr(penalty, name) if penalty else 0.0 for penalty in penalties])
        for name in ("flat", "per_unit")
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        table = parties.assign(
            measure=[str(measure) for measure in measures],
            **_periods(problem),
            ordered=now,
            served=served,
            level=(served_before + served) / to_date,
            attainable=target - short / to_date,
            shortfall=missing,
            met=missing <= UNIT,
            penalty=flat * (missing > UNIT) + per_unit * missing,
        )
    rows = table[(now > 0) & ~np.isnan(target)]
    rows = rows.sort_values(["tier", "of", "stage", "customer"], ignore_index=True)
    amounts = [name for name, dtype in CONTRACTS.items() if dtype == "float64"]
    rows[amounts] = rows[amounts].round(DECIMALS)
    return rows[list(CONTRACTS)].astype(CONTRACTS)


def _pick(frame: pd.DataFrame, columns: list[str]) -> np.ndarray:
    """Take from each row the column that is named for it."""
    place = frame.columns.get_indexer(pd.Index(columns))
    values: np.ndarray = frame.to_numpy()[np.arange(len(frame)), place]
    return values


def _periods(problem: Problem) -> dict[str, list[pd.Timestamp]]:
    """First and last day of the review period of each party; NaT where none is given."""
    start = problem.settings.horizon.start
    given = [segment.review_period for segment in problem.settings.segments.values()]
    spans = [period.around(start) if period else (pd.NaT, pd.NaT) for period in given]
    of = problem.segments["of"]
    names = ("period_start", "period_end")
    return {name: [pd.Timestamp(spans[o][n]) for o in of] for n, name in enumerate(names)}
