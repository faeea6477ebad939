"""What planners decided by hand, for each order line."""

from __future__ import annotations

import numpy as np
import pandas as pd

FLAGS = {"hold": "held", "expedite": "expedited", "lock": "locked"}
"""Actions that need no value, and the column that says where they hold."""


def apply_overrides(table: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Add flags, ``cap`` [ordered unit] and ``must_by``, a date; move ``tier``.

    Parameters
    ----------
    table
        The scenario's overrides; without a line they hold for all lines of the order. A tier of
        the line wins over one of its order, and so does the day of ``must``, which is that
        requested where it is blank; of two caps the smaller counts, NaN is none.
    lines
        Columns ``order``, ``line``, ``requested`` and ``tier``, RangeIndex.
    """
    if table.empty:
        flagged = lines.assign(**dict.fromkeys(FLAGS.values(), False), cap=np.nan)
        return flagged.assign(must_by=_days_of_must(table, lines))
    flags = {}
    for action, column in FLAGS.items():
        own, whole = _values(table, action, lines)
        flags[column] = own.notna() | whole.notna()
    own_tier, order_tier = _values(table, "tier", lines)
    own_cap, order_cap = _values(table, "quantity", lines)
    tier = own_tier.fillna(order_tier).fillna(lines["tier"])
    cap = np.fmin(own_cap, order_cap)
    return lines.assign(**flags, tier=tier, cap=cap, must_by=_days_of_must(table, lines))


def _days_of_must(table: pd.DataFrame, lines: pd.DataFrame) -> pd.Series:
    """Give the day by which each line must be complete; NaT for none."""
    asked = table.loc[table["action"] == "must", ["order", "line", "until"]]
    whole = asked["line"] == ""
    days = pd.Series(pd.NaT, index=lines.index, dtype="datetime64[s]")
    for key, rows in ((["order"], asked[whole]), (["order", "line"], asked[~whole])):
        if rows.empty:
            continue
        there = pd.MultiIndex.from_frame(rows[key])
        at = there.get_indexer(pd.MultiIndex.from_frame(lines[key]))
        named = at >= 0
        until = rows["until"].to_numpy()[at[named]]
        days[named] = pd.Series(until, index=lines.index[named]).fillna(lines["requested"][named])
    return days


def _values(table: pd.DataFrame, action: str, lines: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Give for each line the value of an action on it, and on its whole order; NaN for none."""
    asked = table.loc[table["action"] == action, ["order", "line", "value"]]
    asked = asked.fillna({"value": 0.0})
    whole = asked["line"] == ""
    own = lines[["order", "line"]].merge(asked[~whole], on=["order", "line"], how="left")
    by_order = asked[whole].set_index("order")["value"]
    return own["value"], lines["order"].map(by_order).astype(float)
