"""Parcels: what goes of one order from one site by one service on one day."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.problem import CONTRACTS
from optimizer.common.packing import row_keys

KEYS = ["order", "site", "service", "day"]


def parcels_of(
    orders: pd.DataFrame,
    lines: pd.DataFrame,
    lane_cost: np.ndarray,
    options: dict[str, np.ndarray],
) -> pd.DataFrame:
    """List the parcels that are counted or paid for; adds the column ``parcel`` to the options.

    Forecast demand has none.

    Parameters
    ----------
    orders, lines
        Who may have how many.
    lane_cost
        Cost of a parcel by option [currency], shape (options,).
    options
        Columns of the options.

    Returns
    -------
    pandas.DataFrame
        As the contract of :mod:`models.problem` says, sorted by :data:`KEYS`.
    """
    parcel = np.full(len(lane_cost), -1, dtype=np.int32)
    limited = np.isfinite(orders["max_shipments"].to_numpy())[lines["order"]]
    real = ~lines["virtual"].to_numpy()[options["line"]]
    asked = np.flatnonzero(real & (limited[options["line"]] | (lane_cost > 0)))
    options["parcel"] = parcel
    if not len(asked):
        return pd.DataFrame(columns=list(CONTRACTS["parcels"]))
    order = lines["order"].to_numpy()[options["line"][asked]]
    rows = pd.DataFrame(
        {
            "order": order,
            **{name: options[name][asked] for name in KEYS[1:]},
            "cost": lane_cost[asked],
        }
    )
    _, first, place = np.unique(
        row_keys(*(rows[k] for k in KEYS)), return_index=True, return_inverse=True
    )
    parcel[asked] = place
    return rows.iloc[first].reset_index(drop=True)
