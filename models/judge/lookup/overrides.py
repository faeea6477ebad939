"""What planners decided by hand, for each order line."""

from __future__ import annotations

import numpy as np
import pandas as pd

FLAGS = {"hold": "held", "expedite": "expedited", "lock": "locked"}
"""Actions that need no value, and the column that says where they hold."""


def apply_overrides(table: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Add ``held``, ``expedited``, ``locked`` and ``cap`` [ordered unit]; move ``tier``.

    Parameters
    ----------
    table
        The scenario's overrides; without a line they hold for all lines of the order. A tier of
        the line wins over one of its order; of two caps the smaller counts, NaN is none.
    lines
        Columns ``order``, ``line`` and ``tier``, RangeIndex.
    """
    if table.empty:
        return lines.assign(**dict.fromkeys(FLAGS.values(), False), cap=np.nan)
    flags = {}
    for action, column in FLAGS.items():
        own, whole = _values(table, action, lines)
        flags[column] = own.notna() | whole.notna()
    own_tier, order_tier = _values(table, "tier", lines)
    own_cap, order_cap = _values(table, "quantity", lines)
    tier = own_tier.fillna(order_tier).fillna(lines["tier"])
    return lines.assign(**flags, tier=tier, cap=np.fmin(own_cap, order_cap))


def _values(table: pd.DataFrame, action: str, lines: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Give for each line the value of an action on it, and on its whole order; NaN for none."""
    asked = table.loc[table["action"] == action, ["order", "line", "value"]]
    asked = asked.fillna({"value": 0.0})
    whole = asked["line"] == ""
    own = lines[["order", "line"]].merge(asked[~whole], on=["order", "line"], how="left")
    by_order = asked[whole].set_index("order")["value"]
    return own["value"], lines["order"].map(by_order).astype(float)
