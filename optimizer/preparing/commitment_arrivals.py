"""When the units arrive that counted lines were promised."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.scenario import Scenario
from optimizer.preparing.names import rows_of
from optimizer.preparing.options import CodedScenario, arrival_days


def commitments_with_arrivals(
    scenario: Scenario, coded: CodedScenario, commitments: pd.DataFrame
) -> pd.DataFrame:
    """List what was promised to lines with a promise that may change, and when it arrives.

    Parameters
    ----------
    scenario, coded
        For lanes and calendars.
    commitments
        Coded; see :mod:`optimizer.preparing.commitment_rows`.

    Returns
    -------
    pandas.DataFrame
        Rows of ``commitments`` with their ``arrival`` (day). A promise by a lane that is no more
        arrives when it ships; of one that shipped before the start, no calendar is asked.
    """
    counted = commitments["line"][~commitments["frozen"]].unique()
    rows = commitments[commitments["line"].isin(counted)].reset_index(drop=True)
    if rows.empty:
        return rows.assign(arrival=0)
    order = coded.lines["order"].to_numpy()[rows["line"]]
    asked = rows.assign(region=coded.orders["region"].to_numpy()[order])
    lane = rows_of(coded.lanes, ["site", "region", "service"], asked)
    transit = np.append(coded.lanes["transit"].to_numpy(), 0)[lane]
    arrival = rows["day"].to_numpy() + transit
    known = np.flatnonzero((lane >= 0) & (rows["day"] >= 0).to_numpy())
    arrival[known] = arrival_days(scenario, coded, rows.iloc[known], lane[known])
    return rows.assign(arrival=arrival)
