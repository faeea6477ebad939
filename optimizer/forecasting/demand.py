"""What order history says of demand that is still to come.

Three things are learnt by weighted means; the weight of a day halves every ``half_life`` days:

* the *weekdays* of each segment: demand of a weekday in parts of the mean;
* the *level* of each cell (segment, region, item): units a day without the weekday. A cell that
  was seldom ordered is drawn to what its segment's items and regions let expect, so that a single
  order of last week is no trend and a quiet month no end;
* the *lead times* of each segment: the share of a day's demand that is known k days ahead.

The half-life is the one that would have said each segment's next week best.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.tolerances import ROUNDING

HALF_LIVES = (14.0, 28.0, 56.0, 112.0, 10_000.0)
"""Candidates; the last is a plain mean [day]."""
SHRINK = 6.0
"""Order lines of a cell at which its own level weighs as much as the one its segment suggests."""
WEEKS = 1.0
"""Weeks of equal demand on all weekdays that are added to what is observed."""
LEAD_SHARE = 0.99
"""Share of the order lines whose lead time is taken as the longest usual one.

In so many days after its start the history lacks orders that were placed before it; these days are
left out.
"""
LEAST = 1e-3
"""Smaller quantities are left out of the table [unit]."""
KEYS = ["segment", "region", "item"]
COLUMNS = [*KEYS, "requested", "quantity", "unit_value"]


@dataclass(frozen=True, eq=False)
class DemandForecast:
    """Demand as learnt on a day.

    Parameters
    ----------
    as_of
        Orders up to this day, itself included, are known.
    cells
        Columns ``segment``, ``region``, ``item``, ``level`` [unit/day], ``unit_value`` and
        ``of``, the segment's position.
    weekdays
        Factor of each weekday, Monday first, shape (segments, 7).
    known
        Share of a day's demand that is known k days ahead, shape (segments, longest lead + 2);
        1 at k = 0, 0 at the end.
    half_life
        That was chosen [day].
    """

    as_of: pd.Timestamp
    cells: pd.DataFrame
    weekdays: np.ndarray
    known: np.ndarray
    half_life: float

    def expected_units(self, days: int) -> np.ndarray:
        """Units not yet ordered by cell and requested day from ``as_of`` on, (cells, days)."""
        ahead = np.arange(days)
        weekday = (self.as_of.day_of_week + ahead) % 7
        lead = np.minimum(ahead, self.known.shape[1] - 1)
        share = self.weekdays[:, weekday] * (1.0 - self.known[:, lead])
        units: np.ndarray = (
            self.cells["level"].to_numpy()[:, None] * share[self.cells["of"].to_numpy()]
        )
        return units

    def table(self, days: int) -> pd.DataFrame:
        """Give the table ``forecast``: a row by cell and requested day, if anything is expected.

        Parameters
        ----------
        days
            Requested days from ``as_of`` on; nothing more is expected for that day itself.
        """
        expected = np.round(self.expected_units(days), 4)
        cell, ahead = np.nonzero(expected >= LEAST)
        rows = self.cells.iloc[cell][[*KEYS, "unit_value"]].reset_index(drop=True)
        requested = self.as_of + pd.to_timedelta(ahead, unit="D")
        rows["requested"] = pd.Series(requested).astype("datetime64[s]")
        rows["quantity"] = expected[cell, ahead]
        return rows[COLUMNS].sort_values(COLUMNS[:4], ignore_index=True)


def learn(history: pd.DataFrame, as_of: pd.Timestamp) -> DemandForecast:
    """Learn demand from what was ordered up to a day.

    Parameters
    ----------
    history
        As :func:`optimizer.forecasting.read_history` gives it; later orders are not looked at.
    as_of
        The day.
    """
    rows = history[history["ordered"] <= as_of]
    of, segments = pd.factorize(rows["segment"], sort=True)
    done = rows["requested"] <= as_of
    first = _first_day(rows, as_of)
    counted = (done & (rows["requested"] >= first)).to_numpy()
    days = (as_of - first).days + 1
    known = _known_ahead(rows[counted], of[counted], len(segments))
    day = (rows["requested"] - first).dt.days.to_numpy()[counted]
    quantity = rows["quantity"].to_numpy()[counted]
    totals = np.zeros((len(segments), days))
    np.add.at(totals, (of[counted], day), quantity)
    weekday = (first.day_of_week + np.arange(days)) % 7
    half_life = _best_half_life(totals)
    weight = 0.5 ** ((days - 1 - np.arange(days)) / half_life)
    factors = _weekdays(totals, weekday, weight)
    effective = (factors[:, weekday] * weight).sum(axis=1)
    cells = _levels(rows[counted], of[counted], weight[day], effective)
    return DemandForecast(as_of, cells, factors, known, half_life)


def _known_ahead(rows: pd.DataFrame, of: np.ndarray, segments: int) -> np.ndarray:
    """Share of the units that were ordered k days or more before they were requested.

    Only of days that are over: of others, those who order early are there and the rest is not.
    """
    lead = (rows["requested"] - rows["ordered"]).dt.days.to_numpy()
    longest = int(lead.max(initial=0))
    units = np.zeros((segments, longest + 2))
    np.add.at(units, (of, lead), rows["quantity"].to_numpy())
    sums = units[:, ::-1].cumsum(axis=1)[:, ::-1]
    return sums / np.maximum(sums[:, :1], ROUNDING)


def _first_day(rows: pd.DataFrame, as_of: pd.Timestamp) -> pd.Timestamp:
    """First requested day whose orders are all in the history, or nearly all."""
    lead = (rows["requested"] - rows["ordered"]).dt.days
    first: pd.Timestamp = rows["ordered"].min()
    usual = int(lead.quantile(LEAD_SHARE)) if len(lead) else 0
    later = first + pd.Timedelta(days=usual)
    return later if (as_of - later).days >= 2 * usual else min(first, as_of)


def _weekdays(totals: np.ndarray, weekday: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Factor of each weekday by segment; a weekday without any demand has none."""
    is_day = weekday == np.arange(7)[:, None]
    units = totals @ (is_day * weight).T
    days = (is_day * weight).sum(axis=1)
    mean = totals @ weight / weight.sum()
    drawn = (units + WEEKS * mean[:, None]) / (days + WEEKS)
    factors = np.where((units == 0) & (days > 0), 0.0, drawn)
    return factors * 7 / np.maximum(factors.sum(axis=1, keepdims=True), ROUNDING)


def _levels(
    rows: pd.DataFrame, of: np.ndarray, weight: np.ndarray, effective: np.ndarray
) -> pd.DataFrame:
    """Level of each cell that was ever ordered; those of a segment sum up to the segment's."""
    seen = rows[[*KEYS]].assign(
        of=of,
        lines=weight,
        units=rows["quantity"].to_numpy() * weight,
        worth=(rows["quantity"] * rows["unit_value"]).to_numpy() * weight,
    )
    cells = seen.groupby([*KEYS, "of"], observed=True, sort=True).sum().reset_index()
    base = np.maximum(effective[cells["of"]], ROUNDING)
    own = cells["units"] / base
    segment = own.groupby(cells["of"]).transform("sum")
    by_item = own.groupby([cells["of"], cells["item"]]).transform("sum")
    by_region = own.groupby([cells["of"], cells["region"]]).transform("sum")
    usual = by_item * by_region / segment.clip(lower=ROUNDING)
    drawn = (cells["lines"] * own + SHRINK * usual) / (cells["lines"] + SHRINK)
    level = drawn * segment / drawn.groupby(cells["of"]).transform("sum").clip(lower=ROUNDING)
    value = cells["worth"] / cells["units"].clip(lower=ROUNDING)
    return cells[[*KEYS, "of"]].assign(level=level, unit_value=value.round(4))


def _best_half_life(totals: np.ndarray) -> float:
    """Half-life whose level would have been nearest to the week after it, over all weeks so far."""
    weeks = totals.shape[1] // 7
    if weeks < 4:
        return HALF_LIVES[-1]
    week = totals[:, totals.shape[1] - 7 * weeks :].reshape(len(totals), weeks, 7).sum(axis=2)
    scale = np.maximum(week.mean(axis=1), ROUNDING)
    errors = []
    for half_life in HALF_LIVES:
        kept = 0.5 ** (7 / half_life)
        units, days, error = week[:, 0].copy(), 1.0, 0.0
        for n in range(1, weeks):
            if n >= weeks // 3:
                error += float((((week[:, n] - units / days) / scale) ** 2).sum())
            units, days = kept * units + week[:, n], kept * days + 1.0
        errors.append(error)
    return HALF_LIVES[int(np.argmin(errors))]
