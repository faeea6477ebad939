"""When commitments arrive, of the lines whose changes against them are counted."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.scenario import Scenario
from optimizer.preparing.names import rows_of
from optimizer.preparing.options import CodedScenario, arrival_days


def commitments_with_arrivals(
    scenario: Scenario, coded: CodedScenario, commitments: pd.DataFrame
) -> pd.DataFrame:
    """List all commitments of lines that have one which is not frozen, and when each arrives.

    Parameters
    ----------
    scenario, coded
        For lanes and calendars.
    commitments
        Coded; see :mod:`optimizer.preparing.commitment_rows`.

    Returns
    -------
    pandas.DataFrame
        Rows of ``commitments`` with their ``arrival`` (day). One by a lane that is gone counts as
        arriving when it ships; calendars count only from the start of the horizon on.
    """
    counted = commitments["line"][~commitments["frozen"]].unique()
    rows = commitments[commitments["line"].isin(counted)].reset_index(drop=True)
    if rows.empty:
        return rows.assign(arrival=0)
    order = coded.lines["order"].to_numpy()[rows["line"]]
    shipments = rows.assign(region=coded.orders["region"].to_numpy()[order])
    lane = rows_of(coded.lanes, ["site", "region", "service"], shipments)
    transit = np.append(coded.lanes["transit"].to_numpy(), 0)[lane]
    arrival = rows["day"].to_numpy() + transit
    with_lane = np.flatnonzero((lane >= 0) & (rows["day"] >= 0).to_numpy())
    arrival[with_lane] = arrival_days(scenario, coded, rows.iloc[with_lane], lane[with_lane])
    return rows.assign(arrival=arrival)
