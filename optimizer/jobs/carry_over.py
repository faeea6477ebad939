"""What the last approved plan has still to ship, as today's commitments."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa

from models.scenario import Scenario
from models.solution import Solution
from models.tolerances import UNIT
from optimizer.reading.quarantine import without_faulty_rows
from optimizer.reading.raw_table import RawTable
from optimizer.reading.read import RawScenario
from optimizer.reporting.comparison import Run
from optimizer.reporting.open_part import open_shipments
from optimizer.scenario.frozen_commitments import promised_shipments, with_items
from optimizer.scenario.table_edits import SHIPMENT, sums_by_shipment

COLUMNS = [*SHIPMENT, "quantity"]
PROMISE = ["order", "line", "item", "ship_date"]
"""What a promise that is moved is known by."""
FILE = "the last approved plan"
"""Name of the table in messages."""


def carry_over(read: RawScenario, before: Run, as_of: date) -> RawScenario:
    """Give a scenario without commitments those of the last plan.

    What was frozen there stays so: kept, moved, or not delivered at all.

    Parameters
    ----------
    read
        Today's scenario as it was read.
    before
        Scenario and solution of the last approved run.
    as_of
        Today; what leaves earlier has left.

    Returns
    -------
    RawScenario
        Rows that today's tables do not know any more, orders that are done say, are left out.
    """
    own = read.raws.get("commitments")
    if own is not None and own.rows:
        return read
    rows = commitments_left(*before, as_of)
    columns = {name: _texts(rows[name]) for name in COLUMNS}
    frozen = rows["frozen"].map({True: "true", False: "false"})
    columns["frozen"] = pa.chunked_array([pa.array(frozen.tolist(), pa.string())])
    raw = RawTable(FILE, columns, len(rows), lambda: np.arange(len(rows), dtype=np.int64) + 2)
    if not len(rows):
        return read
    return without_faulty_rows(replace(read, raws={**read.raws, "commitments": raw}), "commitments")


def commitments_left(scenario: Scenario, solution: Solution, as_of: date) -> pd.DataFrame:
    """List what a plan has still to ship, and what it owes of what was frozen.

    Parameters
    ----------
    scenario, solution
        The last approved run.
    as_of
        Today.

    Returns
    -------
    pandas.DataFrame
        The columns :data:`COLUMNS` and ``frozen``. A frozen promise of which nothing could be
        delivered stays one, of today where its day is past. A shipment of which a part was frozen
        is carried over with that part alone.
    """
    table = scenario["commitments"]
    promised = with_items(scenario, table[table["frozen"]])
    shipments = solution.shipments
    kept = promised_shipments(promised, shipments)
    owed = _never_delivered(promised, kept)
    late = np.maximum(owed["ship_date"], pd.Timestamp(as_of).to_datetime64())
    firm = pd.concat([_from(kept, as_of), owed.assign(ship_date=late)], ignore_index=True)
    firm = sums_by_shipment(firm).assign(frozen=True)
    free = sums_by_shipment(open_shipments(solution, as_of)).assign(frozen=False)
    both = pd.concat([firm, free], ignore_index=True)
    return both.drop_duplicates(SHIPMENT, ignore_index=True)


def _from(rows: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Keep what leaves on a day or later."""
    return rows[rows["ship_date"] >= pd.Timestamp(as_of)]


def _never_delivered(promised: pd.DataFrame, kept: pd.DataFrame) -> pd.DataFrame:
    """Frozen commitments with the units that neither ship on their days nor are moved."""
    made_for = kept.assign(ship_date=kept["promised_ship_date"].fillna(kept["ship_date"]))
    there = made_for.groupby(PROMISE)["quantity"].sum()
    until = promised.groupby(PROMISE)["quantity"].cumsum()
    had = there.reindex(pd.MultiIndex.from_frame(promised[PROMISE]), fill_value=0.0).to_numpy()
    lost = np.minimum((until - had).clip(lower=0.0), promised["quantity"])
    return promised.assign(quantity=lost)[lost > UNIT]


def _texts(column: pd.Series) -> pa.ChunkedArray:
    if column.dtype.kind == "M":
        column = column.dt.strftime("%Y-%m-%d")
    elif column.dtype.kind == "f":
        column = column.map(repr)
    return pa.chunked_array([pa.array(column.tolist(), pa.string())])
