"""The scenario looked up for each order line, shipment, commitment and transfer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from models.fields import LARGEST
from models.judge.findings import TOLERANCE
from models.judge.lookup import commitments, transfers
from models.judge.lookup.lines import IDS, MADE_FOR, arrivals_of, look_up, order_lines
from models.scenario import Scenario
from models.solution import SHIPMENTS


@dataclass(frozen=True, eq=False)
class Lookup:
    """All that is known about the lines and what moves for them.

    ``lines`` has a row for each order line, sorted by order and line: its promise, what planners
    decided about it, the units that commitments freeze, and what is delivered [ordered unit].
    ``rows`` has a row for each shipment, as given: what the scenario says about it, whether it
    ``leaves`` on a lane of the scenario, its ``arrival``, ``days_late``, ``on_time``, ``cost``,
    ``kg`` and ``value``, the ordered ``units`` that it delivers, and which part of its quantity is
    ``frozen`` by a commitment or ``free`` [shipped unit]; of the frozen part, what is ``kept`` as
    it was promised, or whether it ``moves`` a promise. ``commitments`` has a row for each
    commitment, ``transfers`` one for each transfer.
    """

    scenario: Scenario
    lines: pd.DataFrame
    rows: pd.DataFrame
    commitments: pd.DataFrame
    transfers: pd.DataFrame

    @cached_property
    def placed(self) -> pd.DataFrame:
        """Shipments that arrive, by the scenario's lanes and calendars; no others count."""
        return self.rows[self.rows["arrival"].notna()]

    @cached_property
    def free(self) -> pd.DataFrame:
        """Shipments with units that no commitment freezes: these obey every rule."""
        return self.rows[self.rows["free"] > TOLERANCE]

    @cached_property
    def timed(self) -> pd.DataFrame:
        """Shipments whose day is chosen: with free units, or of a promise that is moved."""
        return self.rows[(self.rows["free"] > TOLERANCE) | self.rows["moves"]]

    @cached_property
    def routed(self) -> pd.DataFrame:
        """Of those, the ones that do not go by a way that was promised."""
        return self.timed[~self.timed["own_lane"]]

    @cached_property
    def frozen(self) -> pd.DataFrame:
        """Commitments that must be kept."""
        return self.commitments[self.commitments["frozen"]]

    @cached_property
    def moved(self) -> pd.DataFrame:
        """Transfers that arrive; no others count."""
        return self.transfers[self.transfers["arrival"].notna()]


def open_lookup(
    scenario: Scenario, shipments: pd.DataFrame, moves: pd.DataFrame | None = None
) -> Lookup:
    """Look everything up.

    Parameters
    ----------
    scenario
        The question.
    shipments
        At least the columns :data:`IDS` and ``quantity`` [unit]; :data:`MADE_FOR` where there are.
    moves
        Transfers, at least the columns ``from_site``, ``to_site``, ``item``, ``ship_date`` and
        ``quantity`` [unit]; none by default.
    """
    lines = order_lines(scenario)
    rows = _rows(scenario, lines, shipments)
    if scenario["commitments"].empty:
        committed_rows = rows.iloc[:0].assign(frozen=np.empty(0, dtype=bool))
    else:
        committed_rows = commitments.look_up_commitments(scenario, lines)
    lines = commitments.add_frozen_units(lines, committed_rows)
    rows = commitments.split_frozen(rows, committed_rows)
    moved = transfers.NO_TRANSFERS
    if moves is not None and len(moves):
        moved = transfers.look_up_transfers(scenario, moves)
    return Lookup(scenario, _delivered(lines, rows), rows, committed_rows, moved)


def with_other_rows(lookup: Lookup, shipments: pd.DataFrame) -> Lookup:
    """Look other shipments up in an open lookup; what lines get stays as it is.

    Parameters
    ----------
    lookup
        Open.
    shipments
        At least the columns :data:`IDS` and ``quantity`` [unit].
    """
    rows = _rows(lookup.scenario, lookup.lines, shipments)
    return replace(lookup, rows=commitments.split_frozen(rows, lookup.commitments))


def _rows(scenario: Scenario, lines: pd.DataFrame, shipments: pd.DataFrame) -> pd.DataFrame:
    given = [*IDS, "quantity", *MADE_FOR]
    without = {name: None for name in MADE_FOR if name not in shipments}
    rows = shipments.assign(**without)[given].astype({name: SHIPMENTS[name] for name in given})
    rows.insert(0, "row", np.arange(1, len(rows) + 1))
    rows = look_up(scenario, lines, rows)
    whole_day = rows["ship_date"] == rows["ship_date"].dt.normalize()
    known = rows["in_horizon"] & whole_day & rows["transit_days"].notna()
    rows["leaves"] = known & (rows["quantity"].abs() <= LARGEST)
    rows["arrival"] = arrivals_of(scenario, rows, rows["leaves"])
    late = (rows["arrival"] - rows["requested"]).dt.days
    rows["days_late"] = late.clip(lower=0)
    rows["on_time"] = late <= 0
    rows["cost"] = rows["quantity"] * rows["unit_cost"]
    rows["kg"] = rows["quantity"] * rows["kg_co2_per_unit"]
    losing = (rows["arrival"] - rows[["requested", "first_due"]].max(axis=1)).dt.days.clip(lower=0)
    rows["value"] = rows["units"] * rows["unit_value"] * rows["kept"] ** losing
    return rows


def _delivered(lines: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    placed = rows[rows["arrival"].notna()]
    line, units = placed["place"].astype("int64"), placed["units"]
    delivered = units.groupby(line).sum()
    on_time = units[placed["on_time"]].groupby(line).sum()
    free = (placed["free"] / placed["ratio"]).groupby(line).sum()
    lines = lines.assign(
        delivered=delivered.reindex(lines.index, fill_value=0.0),
        delivered_on_time=on_time.reindex(lines.index, fill_value=0.0),
        free=free.reindex(lines.index, fill_value=0.0),
        last_arrival=placed["arrival"].groupby(line).max().reindex(lines.index),
    )
    for full, got in (("full", "delivered"), ("full_on_time", "delivered_on_time")):
        missing = lines["ordered"] - lines[got]
        lines[full] = missing.between(-TOLERANCE, lines["half_step"] + TOLERANCE)
    return lines
