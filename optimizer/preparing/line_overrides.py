"""Overrides by line: what a planner decided by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.scenario import Scenario

FLAGS = ("lock", "hold", "expedite", "must")
"""Actions that a line has or has not."""


def overrides_by_line(scenario: Scenario, lines: pd.DataFrame) -> pd.DataFrame:
    """Look up the overrides of each line.

    Parameters
    ----------
    scenario
        With its table of overrides.
    lines
        Columns ``order`` and ``line``, RangeIndex.

    Returns
    -------
    pandas.DataFrame
        One row for each line: flags ``lock``, ``hold``, ``expedite``, ``must``; ``tier``, ``cap``
        [unit] and ``until``, NaN or NaT where there is none. A tier, and a day of ``must``, for the
        line wins over one for its order; of several caps the smallest counts.
    """
    if scenario["overrides"].empty:
        nothing = dict.fromkeys(FLAGS, False) | {
            "tier": np.nan,
            "cap": np.nan,
            "until": pd.NaT,
        }
        return pd.DataFrame(nothing, index=lines.index)
    rows = _by_line(scenario["overrides"], lines)
    rows = rows.sort_values("of_line", kind="stable")
    own = rows.drop_duplicates(["at", "action"], keep="last").set_index("at")
    caps = rows[rows["action"] == "quantity"].groupby("at")["value"].min()
    flags = {action: np.isin(lines.index, rows["at"][rows["action"] == action]) for action in FLAGS}
    return pd.DataFrame(
        {
            **flags,
            "tier": own["value"][own["action"] == "tier"].reindex(lines.index),
            "cap": caps.reindex(lines.index),
            "until": own["until"][own["action"] == "must"].reindex(lines.index),
        }
    )


def _by_line(overrides: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Repeat each override for each of its lines: ``at``, its columns, ``of_line``."""
    places = lines[["order", "line"]].assign(at=lines.index)
    whole = overrides["line"] == ""
    of_order = overrides[whole].drop(columns="line").merge(places, on="order")
    of_line = overrides[~whole].merge(places, on=["order", "line"])
    rows = pd.concat([of_order.assign(of_line=False), of_line.assign(of_line=True)])
    return rows[["at", "action", "value", "until", "of_line"]].reset_index(drop=True)
