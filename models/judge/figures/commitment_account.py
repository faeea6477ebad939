"""How far a plan keeps the commitments: what is frozen, and yesterday's plan."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from models.judge.findings import TOLERANCE
from models.judge.lookup import Lookup
from models.judge.lookup.commitments import in_doubt, lost_days
from models.judge.lookup.lines import MADE_FOR
from models.settings import Stability


@dataclass(frozen=True, slots=True)
class CommitmentAccount:
    """How far a plan keeps the commitments."""

    frozen: float
    """Units that are frozen [ordered unit]."""
    broken: float
    """Units of them that do not ship as committed [ordered unit]."""
    counted: int
    """Lines with commitments that are not frozen, as far as they are due."""
    changed: int
    """Counted lines whose quantity by arrival date differs from their commitments."""
    worse: int
    """Counted lines that have at some date received less than was committed by then."""
    in_doubt: bool = False
    """Whether stock, or a way that is gone, cannot keep all of them on their days."""
    delay: float = 0.0
    """Days from the dates that were promised to those of units that are moved; of units that never
    come one more than on the last day [ordered unit-day]."""

    def beyond(self, budgets: Stability) -> int:
        """Count the changed lines and worse promises beyond the budgets for them."""
        most, worst = budgets.max_changed_lines, budgets.max_worse_promises
        changed = 0 if most is None else max(0, self.changed - most)
        return changed + (0 if worst is None else max(0, self.worse - worst))


NOTHING = CommitmentAccount(frozen=0.0, broken=0.0, counted=0, changed=0, worse=0)
"""Of a plan without commitments."""


def commitment_account(lookup: Lookup) -> CommitmentAccount:
    """Compare the shipments that arrive with all commitments; only due lines change."""
    placed, rows = lookup.placed, lookup.commitments
    if rows.empty:
        return NOTHING
    frozen = float(lookup.frozen["units"].sum())
    shipped = float((placed["kept"] / placed["ratio"]).sum())
    due = lookup.lines["due"].to_numpy()[rows["place"].astype("int64")]
    counted = rows.loc[~rows["frozen"] & due, "place"].unique()
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
    doubt = in_doubt(lookup.scenario, rows)
    return CommitmentAccount(
        frozen=frozen,
        broken=max(0.0, frozen - shipped),
        in_doubt=doubt,
        delay=_delay(lookup) if doubt else 0.0,
        counted=len(counted),
        changed=changed.nunique(),
        worse=worse.nunique(),
    )


def _delay(lookup: Lookup) -> float:
    """Add up the delay of all frozen units [ordered unit-day]."""
    frozen, placed = lookup.frozen, lookup.placed
    moved = placed[placed["moves"]]
    late = (moved["arrival"] - moved[MADE_FOR[1]]).dt.days.clip(lower=0)
    kept = placed[placed["kept"] > 0]
    parts = [
        frozen[["place", "arrival", "units"]],
        kept[["place", "arrival"]].assign(units=-kept["kept"] / kept["ratio"]),
        moved[["place"]].assign(arrival=moved[MADE_FOR[1]], units=-moved["units"]),
    ]
    never = pd.concat(parts, ignore_index=True)
    lost = never["units"] * lost_days(lookup.scenario, lookup.lines, never)
    return max(0.0, float(lost.sum() + (moved["units"] * late).sum()))
