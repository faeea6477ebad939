"""Which promises are not kept on their days, why, and what becomes of them: one sentence."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from models.scenario import Scenario
from models.solution import Solution
from models.tolerances import UNIT
from optimizer.common.words import few, number, several
from optimizer.scenario.frozen_commitments import frozen_rows, no_way
from optimizer.scenario.table_edits import SHIPMENT

LINE = ["order", "line"]
NAMED = 3
"""Lines that a sentence names."""


def promise_notes(scenario: Scenario, solution: Solution) -> Iterator[str]:
    """Count the promises that are not kept on their days, by cause, and what becomes of them.

    Parameters
    ----------
    scenario
        The inputs.
    solution
        The plan.
    """
    promises = _missing(scenario, solution.shipments)
    broken = promises[promises["missing"] > UNIT]
    if broken.empty:
        return
    lines, units = broken.drop_duplicates(LINE), float(broken["missing"].sum())
    causes = [_cause(str(why), rows) for why, rows in broken.groupby("why", sort=False)]
    yield (
        f"Promises of {several(len(lines), 'line')} cannot be kept on their days, {number(units)} "
        f"units: {'; '.join(causes)}. {_outcome(solution.shipments, units)}"
    )


def _missing(scenario: Scenario, shipments: pd.DataFrame) -> pd.DataFrame:
    """Frozen commitments, what of each does not ship as it was promised, and why."""
    promises = frozen_rows(scenario)
    promises = promises.assign(why=no_way(scenario, promises))
    kept = shipments[shipments["promised_ship_date"].isna()].groupby(SHIPMENT)["quantity"].sum()
    there = kept.reindex(pd.MultiIndex.from_frame(promises[SHIPMENT]), fill_value=0.0).to_numpy()
    return promises.assign(missing=(promises["quantity"] - there).clip(lower=0.0))


def _cause(why: str, rows: pd.DataFrame) -> str:
    """Say why, and of which lines, the first few of them."""
    lines = rows.drop_duplicates(LINE)
    named = few([f"{o}/{l}" for o, l in lines[LINE].itertuples(index=False)], NAMED)
    return f"{named} ({why or 'stock or capacity does not suffice by then'})"


def _outcome(shipments: pd.DataFrame, missing: float) -> str:
    """Say how many units still come, in time or later, and how many never do."""
    moved = shipments[shipments["promised_arrival_date"].notna()]
    late = moved["arrival_date"] > moved["promised_arrival_date"]
    in_time, later = (float(moved.loc[at, "quantity"].sum()) for at in (~late, late))
    parts = {
        "still arrive in time another way": in_time,
        "arrive later": later,
        "are not delivered": missing - in_time - later,
    }
    told = [f"{number(units)} {what}" for what, units in parts.items() if units > UNIT]
    return f"Of these {', '.join(told)}."
