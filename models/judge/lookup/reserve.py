"""Shipments looked up together with what is held for forecast demand."""

from __future__ import annotations

import pandas as pd

from models.forecast import as_shipments, with_forecast
from models.judge.lookup.lines import MADE_FOR
from models.judge.lookup.scenario_lookup import Lookup, open_lookup


def with_reserve(
    lookup: Lookup,
    shipments: pd.DataFrame,
    reserve: pd.DataFrame,
    transfers: pd.DataFrame | None = None,
) -> Lookup:
    """Look shipments and reserve up together; the same lookup where nothing is forecast.

    Parameters
    ----------
    lookup
        Of the shipments alone.
    shipments, transfers
        As for :func:`models.judge.lookup.scenario_lookup.open_lookup`.
    reserve
        The columns of :data:`models.solution.RESERVE`. Rows that belong to no forecast count
        nowhere; see :func:`models.judge.shipments.reserve.reserve_holds`.

    Returns
    -------
    Lookup
        Of the scenario with its forecast spelled out; what is held ships to virtual orders, and
        its rows come last.
    """
    scenario = lookup.scenario
    if scenario["forecast"].empty:
        return lookup
    held = as_shipments(scenario, reserve)
    columns = [name for name in (*held.columns, *MADE_FOR) if name in shipments]
    both = pd.concat([shipments[columns], held], ignore_index=True)
    return open_lookup(with_forecast(scenario), both, transfers)
