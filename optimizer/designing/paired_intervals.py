"""Each design against the first, day by day, with confidence intervals of the mean."""

from __future__ import annotations

import numpy as np
import pandas as pd


def paired_intervals(kpis: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Compare each design with the first, day by day, with confidence intervals of the mean.

    Parameters
    ----------
    kpis
        Columns :data:`optimizer.designing.kpis.KPIS`, without the scenario's own day.
    level
        Of confidence.

    Returns
    -------
    pandas.DataFrame
        ``design``, ``segment``, ``figure``, ``mean`` (of the design), ``difference`` (to the
        first), ``paired`` and ``unpaired`` (half widths of the difference's interval: from the
        differences day by day, and as if the two had been tried on different days), ``days``.
        Intervals are blank for fewer than two days.
    """
    from scipy.stats import t

    wide = kpis.pivot_table(
        index=["segment", "figure", "day"], columns="design", values="value", sort=False
    )
    first = kpis["design"].iloc[0]
    rows = []
    for key, part in wide.groupby(level=["segment", "figure"], sort=False):
        for design in kpis["design"].unique():
            mine, base = part[design].to_numpy(), part[first].to_numpy()
            both = ~(np.isnan(mine) | np.isnan(base))
            mine, base = mine[both], base[both]
            n = len(mine)
            more = mine - base
            paired = unpaired = np.nan
            if n > 1:
                width = float(t.ppf(0.5 + level / 2, n - 1)) / np.sqrt(n)
                paired = width * more.std(ddof=1)
                both_ways = mine.var(ddof=1) + base.var(ddof=1)
                unpaired = float(t.ppf(0.5 + level / 2, 2 * n - 2)) * np.sqrt(both_ways / n)
            mean, less = (part.mean() if n else np.nan for part in (mine, more))
            rows.append((design, *key, mean, less, paired, unpaired, n))
    columns = ["design", "segment", "figure", "mean", "difference", "paired", "unpaired", "days"]
    return pd.DataFrame(rows, columns=columns)
