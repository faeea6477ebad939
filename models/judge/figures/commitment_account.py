"""How far a plan keeps the commitments: what is frozen, and yesterday's plan."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from models.judge.findings import TOLERANCE
from models.judge.lookup import Lookup
from models.settings import Stability


@dataclass(frozen=True, slots=True)
class CommitmentAccount:
    """How far a plan keeps the commitments."""

    frozen: float
    """Units that are frozen [ordered unit]."""
    broken: float
    """Units of them that do not ship as committed [ordered unit]."""
    counted: int
    """Lines with commitments that are not frozen."""
    changed: int
    """Counted lines whose quantity by arrival date differs from their commitments."""
    worse: int
    """Counted lines that have at some date received less than was committed by then."""

    def beyond(self, budgets: Stability) -> int:
        """Count the changed lines and worse promises beyond the budgets for them."""
        most, worst = budgets.max_changed_lines, budgets.max_worse_promises
        changed = 0 if most is None else max(0, self.changed - most)
        return changed + (0 if worst is None else max(0, self.worse - worst))


def commitment_account(lookup: Lookup) -> CommitmentAccount:
    """Compare the shipments that arrive with all commitments."""
    placed, rows = lookup.placed, lookup.commitments
    if rows.empty:
        return CommitmentAccount(frozen=0.0, broken=0.0, counted=0, changed=0, worse=0)
    frozen = float(lookup.frozen["units"].sum())
    shipped = float((placed["frozen"] / placed["ratio"]).sum())
    counted = rows.loc[~rows["frozen"], "place"].unique()
    profiles = [
        rows.loc[rows["place"].isin(counted), ["place", "arrival", "units"]],
        placed.loc[placed["place"].isin(counted), ["place", "arrival", "units"]].assign(
            units=lambda given: -given["units"]
        ),
    ]
    missing = pd.concat(profiles).groupby(["place", "arrival"])["units"].sum()
    line = missing.index.get_level_values("place")
    changed = line[missing.abs() > TOLERANCE]
    worse = line[missing.groupby(level="place").cumsum() > TOLERANCE]
    return CommitmentAccount(
        frozen, max(0.0, frozen - shipped), len(counted), changed.nunique(), worse.nunique()
    )
