"""What the last approved plan has still to ship, as today's commitments."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa

from models.solution import Solution
from optimizer.reading.quarantine import without_faulty_rows
from optimizer.reading.raw_table import RawTable
from optimizer.reading.read import RawScenario
from optimizer.scenario.table_edits import SHIPMENT, sums_by_shipment

COLUMNS = [*SHIPMENT, "quantity"]
FILE = "the last approved plan"
"""Name of the table in messages."""


def open_shipments(solution: Solution, as_of: date) -> pd.DataFrame:
    """Return the shipments of a plan that leave on a day or later."""
    rows = solution.shipments
    return rows[rows["ship_date"] >= pd.Timestamp(as_of)].reset_index(drop=True)


def carry_over(read: RawScenario, solution: Solution, as_of: date) -> RawScenario:
    """Give a scenario without commitments those of the last plan.

    Parameters
    ----------
    read
        Today's scenario as it was read.
    solution
        The last approved plan.
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
    rows = sums_by_shipment(open_shipments(solution, as_of))
    columns = {name: _texts(rows[name]) for name in COLUMNS}
    columns["frozen"] = pa.chunked_array([pa.array(["false"] * len(rows), pa.string())])
    raw = RawTable(FILE, columns, len(rows), lambda: np.arange(len(rows), dtype=np.int64) + 2)
    if not len(rows):
        return read
    return without_faulty_rows(replace(read, raws={**read.raws, "commitments": raw}), "commitments")


def _texts(column: pd.Series) -> pa.ChunkedArray:
    if column.dtype.kind == "M":
        column = column.dt.strftime("%Y-%m-%d")
    elif column.dtype.kind == "f":
        column = column.map(repr)
    return pa.chunked_array([pa.array(column.tolist(), pa.string())])
