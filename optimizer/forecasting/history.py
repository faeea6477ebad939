"""Order history from a file, or from a scenario's own book."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from models.errors import ScenarioError
from models.history import HISTORY
from models.scenario import Scenario
from models.settings import Csv
from optimizer.reading import read_scenario
from optimizer.reading.cells import parse_frame
from optimizer.reading.csv_files import read_csv
from optimizer.reading.faults import Faults
from optimizer.reading.moments import local_days
from optimizer.reading.number_marks import settle_numbers
from optimizer.reading.parquet_files import read_parquet

READERS = {".csv": read_csv, ".parquet": read_parquet}


def read_history(
    path: str | Path, csv: Csv | None = None, time_zone: str | None = None
) -> pd.DataFrame:
    """Read order history.

    Parameters
    ----------
    path
        A CSV or Parquet file with the columns of :data:`models.history.HISTORY`, or a scenario,
        whose orders, lines and customers are taken.
    csv
        How numbers are written in the file, as ``csv`` of a scenario's header says it.
    time_zone
        Of the days of moments in the file, as ``time_zone`` of a scenario's header.

    Returns
    -------
    pandas.DataFrame
        The columns and dtypes of :data:`models.history.HISTORY`; no order or customer is blank.

    Raises
    ------
    ScenarioError
        With every fault of the file, each with its row and column.
    """
    path = Path(path)
    if path.suffix.lower() not in READERS:
        return history_of(read_scenario(path))
    faults = Faults()
    if not path.is_file():
        faults.add(path.name, "there is no such file", "name a CSV or Parquet file, or a scenario")
        raise ScenarioError(faults.issues)
    raw = READERS[path.suffix.lower()]("history", path, path.name, faults)
    if raw is not None:
        raw = local_days(raw, HISTORY, time_zone)
        raw = settle_numbers(raw, HISTORY, csv or Csv(), faults)
    if raw is None or faults.issues:
        raise ScenarioError(faults.issues)
    rows = parse_frame(raw, HISTORY, faults)
    early = rows["requested"] < rows["ordered"]
    why = "requested before it was ordered", "correct one of the two dates"
    faults.add_cells(raw, "requested", early.to_numpy(), lambda _: why)
    if rows.empty:
        faults.add(path.name, "there is no order line", "write at least one row")
    if faults.issues:
        raise ScenarioError(faults.issues)
    return name_blanks(rows)


def name_blanks(rows: pd.DataFrame) -> pd.DataFrame:
    """Name the orders and customers that are blank: a row each, one by segment and region."""
    alone = pd.Series([f"line {n}" for n in range(1, len(rows) + 1)], dtype="str", index=rows.index)
    who = rows["segment"] + " in " + rows["region"]
    return rows.assign(
        order=rows["order"].mask(rows["order"] == "", alone),
        customer=rows["customer"].mask(rows["customer"] == "", who),
    )


def history_of(scenario: Scenario) -> pd.DataFrame:
    """Take a scenario's own book as history.

    Parameters
    ----------
    scenario
        Its orders with their dates; orders that are overdue were ordered on their requested day at
        the latest.

    Returns
    -------
    pandas.DataFrame
        As :func:`read_history` gives it.
    """
    orders = scenario["orders"].merge(scenario["customers"][["customer", "segment", "region"]])
    rows = scenario["lines"].merge(orders, on="order")
    rows = rows.assign(ordered=rows["ordered"].where(rows["ordered"] <= rows["requested"]))
    rows["ordered"] = rows["ordered"].fillna(rows["requested"])
    dtypes = {name: column.kind.dtype for name, column in HISTORY.columns.items()}
    return name_blanks(rows[[*dtypes]].astype(dtypes).reset_index(drop=True))


def history_within(history: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Keep the rows of a scenario's segments, regions with a lane, and items with supply or demand.

    Parameters
    ----------
    history
        As :func:`read_history` gives it.
    scenario
        Whose names are kept.
    """
    known = {
        "segment": [*scenario.settings.segments],
        "region": scenario["lanes"]["region"],
        "item": pd.concat([scenario[name]["item"] for name in ("stock", "receipts", "lines")]),
    }
    kept = np.logical_and.reduce([history[name].isin(names) for name, names in known.items()])
    return history[kept].reset_index(drop=True)
