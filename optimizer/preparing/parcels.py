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
    """List the parcels that are counted or paid for, and add the column ``parcel`` to the options.

    Forecast demand has no parcels.

    Parameters
    ----------
    orders, lines
        Coded; orders with the number of parcels that they may have.
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
    inside = np.flatnonzero(real & (limited[options["line"]] | (lane_cost > 0)))
    options["parcel"] = parcel
    if not len(inside):
        return pd.DataFrame(columns=list(CONTRACTS["parcels"]))
    order = lines["order"].to_numpy()[options["line"][inside]]
    rows = pd.DataFrame(
        {
            "order": order,
            **{name: options[name][inside] for name in KEYS[1:]},
            "cost": lane_cost[inside],
        }
    )
    _, first, place = np.unique(
        row_keys(*(rows[k] for k in KEYS)), return_index=True, return_inverse=True
    )
    parcel[inside] = place
    return rows.iloc[first].reset_index(drop=True)
