"""How far off forecasts are, on days held out, beside a seasonal naive one.

From each of several past days on, both say what was still to be ordered for each of the days after
it; neither sees anything later. The naive forecast is what came for the same weekday of the latest
week that is over, as late before the day as is left now.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.errors import UsageError
from optimizer.forecasting.demand import KEYS, learn

ORIGINS, STEP = 6, 7
"""Days from which is forecast, and the days from one to the next."""
LEVELS = {"cell": KEYS, "item": ["item"], "segment": ["segment"], "all": []}
"""What is summed before errors are taken: the finer, the less regular."""
COLUMNS = ["level", "method", "wape", "mase", "rmsse", "bias", "origins", "units"]


@dataclass(frozen=True, eq=False)
class _CodedHistory:
    """History as arrays: cells by code, dates as days."""

    cells: pd.DataFrame
    cell: np.ndarray
    ordered: np.ndarray
    requested: np.ndarray
    quantity: np.ndarray

    @classmethod
    def of(cls, history: pd.DataFrame) -> _CodedHistory:
        cell, keys = pd.factorize(pd.MultiIndex.from_frame(history[KEYS]), sort=True)
        day = [_days(history[name]) for name in ("ordered", "requested")]
        frame = keys.to_frame(index=False)
        frame.columns = pd.Index(KEYS)
        return cls(frame, cell, day[0], day[1], history["quantity"].to_numpy())

    def units_ordered_after(self, origin: int, first: int, days: int, back: int = 0) -> np.ndarray:
        """Units by cell and requested day that were ordered after the origin, (cells, days).

        Requested ``back`` days before ``first`` ..., and ordered after as many days before the
        origin.
        """
        ahead = self.requested - (first - back)
        taken = (ahead >= 0) & (ahead < days) & (self.ordered > origin - back)
        found = np.zeros((len(self.cells), days))
        np.add.at(found, (self.cell[taken], ahead[taken]), self.quantity[taken])
        return found


def _days(dates: pd.Series) -> np.ndarray:
    return dates.to_numpy().astype("datetime64[D]").astype(np.int64)


def forecast_errors(history: pd.DataFrame, days: int, origins: int = ORIGINS) -> pd.DataFrame:
    """Compare forecasts with what came, on the last weeks of a history.

    Parameters
    ----------
    history
        As :func:`optimizer.forecasting.read_history` gives it.
    days
        Days forecast from each origin on.
    origins
        Days from which is forecast, a week apart, the last one ``days`` before the end.

    Returns
    -------
    pandas.DataFrame
        By level and method (``forecast``, ``naive``): ``wape``, the sum of absolute errors by that
        of what came; ``mase``, the mean absolute error by that of saying last week again within
        the time before the first origin; ``rmsse``, the same of squares, under their roots;
        ``bias``, the sum of errors by that of what came.

    Raises
    ------
    UsageError
        When the history is too short for it.
    """
    last = history["ordered"].max()
    span = (last - history["ordered"].min()).days + 1
    needed = days + STEP * (origins - 1) + 28
    if span < needed:
        msg = f"the history spans {span} days; errors on {days} days held out need {needed}"
        raise UsageError(msg)
    coded = _CodedHistory.of(history)
    end = int(coded.ordered.max())
    starts = [end - days - STEP * n for n in range(origins)][::-1]
    parts = [_from_origin(history, coded, start, days) for start in starts]
    actual, forecast, naive = (np.concatenate(found, axis=1) for found in zip(*parts, strict=True))
    scale = _usual_change(coded, starts[0])
    rows = []
    for level, keys in LEVELS.items():
        group = _groups(coded.cells, keys)
        truth, base = _group_sums(actual, group), _group_sums(scale, group)
        change = base[:, 7:] - base[:, :-7]
        for method, said in (("forecast", forecast), ("naive", naive)):
            figures = _errors(_group_sums(said, group) - truth, truth.sum(), change)
            rows.append((level, method, *figures, origins, truth.sum()))
    return pd.DataFrame(rows, columns=COLUMNS)


def _errors(error: np.ndarray, units: float, change: np.ndarray) -> tuple[float, ...]:
    """Errors by what came, by the usual change of absolute and squared size, and their sum."""
    usual, squared = np.abs(change).mean(), (change**2).mean()
    return (
        float(np.abs(error).sum() / units) if units else np.nan,
        float(np.abs(error).mean() / usual) if usual else np.nan,
        float(np.sqrt((error**2).mean() / squared)) if squared else np.nan,
        float(error.sum() / units) if units else np.nan,
    )


def _from_origin(
    history: pd.DataFrame, coded: _CodedHistory, start: int, days: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give what came, what was forecast and what naively so, (cells, days) each."""
    actual = coded.units_ordered_after(start, start + 1, days)
    as_of = pd.Timestamp(np.datetime64(start, "D")).as_unit("s")
    demand = learn(history, as_of)
    at = pd.MultiIndex.from_frame(coded.cells).get_indexer(
        pd.MultiIndex.from_frame(demand.cells[KEYS])
    )
    forecast = np.zeros_like(actual)
    forecast[at] = demand.expected_units(days + 1)[:, 1:]
    naive = np.zeros_like(actual)
    for first in range(0, days, 7):
        back = first + 7
        part = coded.units_ordered_after(start, start + 1 + first, min(7, days - first), back)
        naive[:, first : first + 7] = part
    return actual, forecast, naive


def _usual_change(coded: _CodedHistory, start: int) -> np.ndarray:
    """Units by cell and requested day of the eight weeks, or fewer, up to a day."""
    first = max(start - 55, int(coded.requested.min()))
    ahead = coded.requested - first
    taken = (ahead >= 0) & (coded.requested <= start)
    found = np.zeros((len(coded.cells), start - first + 1))
    np.add.at(found, (coded.cell[taken], ahead[taken]), coded.quantity[taken])
    return found


def _groups(cells: pd.DataFrame, keys: list[str]) -> np.ndarray:
    if not keys:
        return np.zeros(len(cells), dtype=np.int64)
    return cells.groupby(keys, sort=True).ngroup().to_numpy()


def _group_sums(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    found = np.zeros((int(group.max()) + 1, values.shape[1]))
    np.add.at(found, group, values)
    return found
