"""Commitments that are ``shipments.csv`` of a run: rows with a rank are yesterday's plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from models.tables import TABLES
from optimizer.reading.cells import parse_frame
from optimizer.reading.columns import RANK
from optimizer.reading.faults import Faults
from optimizer.reading.notation import Notation
from optimizer.reading.raw_table import RawTable, keep_rows
from optimizer.reading.table_checks import Mask


def as_earlier_plan(raw: RawTable) -> RawTable:
    """Read rows with a rank as yesterday's plan.

    Parameters
    ----------
    raw
        Commitments as they were read; how their numbers are written is known.

    Returns
    -------
    RawTable
        Without the rank. Rows that have one are not frozen, unless they say so themselves; those
        of one shipment (a promise that was moved is a row apart) are one row with the units of all.
    """
    if RANK not in raw.columns:
        return raw
    blank = pa.chunked_array([pa.array([""] * raw.rows, pa.string())])
    frozen = pc.fill_null(pc.cast(raw.columns.get("frozen", blank), pa.string()), "")
    ranked = pc.and_(pc.not_equal(raw.columns[RANK], ""), pc.equal(frozen, ""))
    columns = {name: column for name, column in raw.columns.items() if name != RANK}
    columns["frozen"] = pc.if_else(ranked, "false", frozen)
    typed = {name: cells for name, cells in raw.typed.items() if name != RANK}
    of_plan = np.asarray(ranked.to_numpy(), dtype=bool)
    return _each_shipment_once(replace(raw, columns=columns, typed=typed), of_plan)


def _each_shipment_once(raw: RawTable, of_plan: Mask) -> RawTable:
    """Add up rows of one shipment of a plan; rows with faults stay as they are."""
    faults, table = Faults(), TABLES["commitments"]
    frame = parse_frame(raw, table, faults)
    alike = frame.duplicated(list(table.key)).to_numpy() & of_plan
    if faults.any or not alike.any():
        return raw
    key = [*table.key, "frozen"]
    units = frame.groupby(key, sort=False, dropna=False)["quantity"].transform("sum")
    summed = units.where(pd.Series(of_plan), frame["quantity"])
    text = pa.chunked_array([pa.array(summed.map(repr).tolist(), pa.string())])
    notations = {**raw.notations, "quantity": Notation()}
    joined = replace(raw, columns={**raw.columns, "quantity": text}, notations=notations)
    return keep_rows(joined, ~alike)
