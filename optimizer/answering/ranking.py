"""The directed priority list: the order in which the warehouse works."""

from __future__ import annotations

import pandas as pd

from models.tolerances import UNIT_DECIMALS

BY = [
    *("ship_date", "tier", "value", "order", "line", "site", "service", "item"),
    *("promised_ship_date", "promised_arrival_date"),
]


def rank_shipments(rows: pd.DataFrame) -> pd.DataFrame:
    """Sort shipments into the order of work and number them from 1.

    Parameters
    ----------
    rows
        With at least the columns of :data:`BY`; ``value`` is the row's delivered value
        [currency].

    Returns
    -------
    pandas.DataFrame
        By ship date, tier, value from high to low, then order, line, site, service and item, of
        one line what moves a promise first, with a first column ``rank`` and a RangeIndex.
    """
    keys = rows[BY].assign(value=-rows["value"].round(UNIT_DECIMALS))
    work = rows.loc[keys.sort_values(BY).index].reset_index(drop=True)
    work.insert(0, "rank", work.index + 1)
    return work
