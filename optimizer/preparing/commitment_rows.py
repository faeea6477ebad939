"""Commitments in codes: what was promised of each line beforehand, frozen or not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.scenario import Scenario
from optimizer.preparing.names import Names, code, day_of, rows_of


def commitment_rows(
    scenario: Scenario, names: Names, lines: pd.DataFrame, locked: np.ndarray
) -> pd.DataFrame:
    """Code the commitments.

    Parameters
    ----------
    scenario
        With its table of commitments.
    names
        Codes.
    lines
        Names ``order`` and ``line`` of the sorted lines, and the name of their ``item``.
    locked
        Lines whose commitments are all frozen, shape (lines,).

    Returns
    -------
    pandas.DataFrame
        Sorted by line, item, site, service and day: ``line``, ``item``, ``site``, ``service``
        (codes), ``day``, ``quantity`` [unit shipped], ``gives`` (units delivered by one),
        ``penalty`` [currency/unit], ``frozen``.
    """
    table = scenario["commitments"]
    line = rows_of(lines, ["order", "line"], table)
    table, line = table[line >= 0].reset_index(drop=True), line[line >= 0]
    own = lines["item"].to_numpy(dtype=object)[line]
    item = table["item"].where(table["item"] != "", pd.Series(own, index=table.index))
    swaps = scenario["substitutes"]
    shipped = pd.DataFrame({"item": own, "substitute": item.to_numpy()})
    swap = rows_of(swaps, ["item", "substitute"], shipped)
    rows = pd.DataFrame(
        {
            "line": line,
            "item": code(names.items, item),
            "site": code(names.sites, table["site"]),
            "service": code(names.services, table["service"]),
            "day": day_of(scenario, table["ship_date"], 0),
            "quantity": table["quantity"].to_numpy(),
            "gives": 1.0 / np.append(swaps["ratio"], 1.0)[swap],
            "penalty": np.append(swaps["penalty_per_unit"], 0.0)[swap],
            "frozen": table["frozen"].to_numpy() | locked[line],
        }
    )
    return rows.sort_values(["line", "item", "site", "service", "day"], ignore_index=True)


def units_delivered(rows: pd.DataFrame, lines: int) -> np.ndarray:
    """Units that commitments deliver, by line [unit], shape (lines,)."""
    units: np.ndarray = np.bincount(rows["line"], rows["quantity"] * rows["gives"], lines)
    return units.astype(float)
