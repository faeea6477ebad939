"""When commitments arrive: of frozen ones, and of lines whose changes against them are counted."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.scenario import Scenario
from models.tolerances import UNIT
from optimizer.preparing.names import rows_of
from optimizer.preparing.options import CodedScenario, arrival_days

PLACE = ["site", "item"]


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
    return rows.assign(arrival=_arrivals(scenario, coded, rows)[0])


def frozen_with_arrivals(
    scenario: Scenario, coded: CodedScenario, epochs: pd.DataFrame, frozen: pd.DataFrame
) -> pd.DataFrame:
    """Add to frozen commitments when they arrive, and which of them stock may not keep.

    Parameters
    ----------
    scenario, coded
        For lanes and calendars.
    epochs
        Growth of supply.
    frozen
        Coded frozen commitments, numbered from 0.

    Returns
    -------
    pandas.DataFrame
        Rows of ``frozen`` with ``arrival`` (day, as for :func:`commitments_with_arrivals`),
        ``in_doubt``: what is frozen of the item at the site until then, or until a later day, is
        more than its supply, or nothing leads there any more; and ``lost``: the days of delay of a
        unit that is never delivered, one more than of one that comes on the last day that there is;
        0 where nothing is in doubt.
    """
    arrival, lane = _arrivals(scenario, coded, frozen)
    rows = frozen.assign(arrival=arrival, in_doubt=False, lost=0)
    if rows.empty:
        return rows
    leaves = (lane >= 0) & (rows["day"] >= 0).to_numpy()
    rows["in_doubt"] = ~leaves | _runs_out(coded, epochs, rows[leaves], rows)
    if rows["in_doubt"].any():
        last = _last_arrivals(scenario, coded, rows["line"].to_numpy())
        rows["lost"] = np.maximum(last - arrival, 0) + 1
    return rows


def with_days_of_must(scenario: Scenario, coded: CodedScenario) -> pd.DataFrame:
    """Add to the lines ``must_lost``: days of delay of a unit that never comes, 0 without a day."""
    until = coded.lines["must_by"].to_numpy()
    chosen = np.flatnonzero(~np.isnan(until))
    lost = np.zeros(len(until))
    if len(chosen):
        lost[chosen] = np.maximum(_last_arrivals(scenario, coded, chosen) - until[chosen], 0) + 1
    return coded.lines.assign(must_lost=lost)


def _arrivals(
    scenario: Scenario, coded: CodedScenario, rows: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    """Arrival day and lane of commitments, shape (commitments,) each; lane -1 = none."""
    if rows.empty:
        return np.zeros(0, dtype="int64"), np.zeros(0, dtype="int64")
    order = coded.lines["order"].to_numpy()[rows["line"]]
    shipments = rows.assign(region=coded.orders["region"].to_numpy()[order])
    lane = rows_of(coded.lanes, ["site", "region", "service"], shipments)
    transit = np.append(coded.lanes["transit"].to_numpy(), 0)[lane]
    arrival = rows["day"].to_numpy() + transit
    with_lane = np.flatnonzero((lane >= 0) & (rows["day"] >= 0).to_numpy())
    arrival[with_lane] = arrival_days(scenario, coded, rows.iloc[with_lane], lane[with_lane])
    return arrival, lane


def _runs_out(
    coded: CodedScenario, epochs: pd.DataFrame, leaving: pd.DataFrame, rows: pd.DataFrame
) -> np.ndarray:
    """Whether supply is less than what leaves by the day of a row or a later one, shape (rows,)."""
    place = coded.pairs.iloc[epochs["pair"]][PLACE].reset_index(drop=True)
    changes = pd.concat(
        [
            place.assign(day=epochs["day"], units=epochs["arriving"]),
            leaving[[*PLACE, "day"]].assign(units=-leaving["quantity"]),
        ]
    )
    left = changes.groupby([*PLACE, "day"])["units"].sum().groupby(level=PLACE).cumsum()
    short = left[left < -UNIT].reset_index("day")["day"].groupby(level=PLACE).max()
    last = short.reindex(pd.MultiIndex.from_frame(rows[PLACE]), fill_value=-1).to_numpy()
    runs_out: np.ndarray = last >= rows["day"].to_numpy()
    return runs_out


def _last_arrivals(scenario: Scenario, coded: CodedScenario, line: np.ndarray) -> np.ndarray:
    """Last day on which anything that leaves within the horizon arrives, shape (lines given,)."""
    last = scenario.settings.horizon.days - 1
    chosen, row = np.unique(line, return_inverse=True)
    order = coded.lines["order"].to_numpy()[chosen]
    region = pd.DataFrame({"line": chosen, "region": coded.orders["region"].to_numpy()[order]})
    lanes = coded.lanes[["region"]].assign(lane=coded.lanes.index)
    ways = region.merge(lanes, on="region").assign(day=last)
    if ways.empty:
        return np.full(len(line), last)
    ways["arrival"] = arrival_days(scenario, coded, ways, ways["lane"].to_numpy())
    found = ways.groupby("line")["arrival"].max().reindex(chosen, fill_value=last)
    return found.to_numpy()[row]
