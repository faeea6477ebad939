"""Stock that moves between sites: what the scenario says about each transfer."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.fields import LARGEST
from models.judge.lookup.lines import in_horizon
from models.scenario import Scenario
from models.solution import TRANSFERS

NO_TRANSFERS = pd.DataFrame(
    {
        name: pd.Series(dtype=dtype)
        for name, dtype in {
            **TRANSFERS,
            "arrival": "datetime64[s]",
            "transit_days": "float64",
            "cost": "float64",
        }.items()
    }
)
"""No transfers, with the columns that the accounts of stock and cost need."""
KEY = ["from_site", "to_site", "item", "ship_date"]
"""Together they name a transfer."""


def look_up_transfers(scenario: Scenario, transfers: pd.DataFrame) -> pd.DataFrame:
    """Add to each transfer, in its order, what the scenario says about it.

    ``way`` is the place of its row in the scenario's table, NaN if there is none; ``arrival`` is
    NaT for transfers that cannot leave; ``cost`` [currency].
    """
    given = [*KEY, "quantity"]
    rows = transfers[given].astype({name: TRANSFERS[name] for name in given})
    rows.insert(0, "row", np.arange(1, len(rows) + 1))
    table = scenario["transfers"].rename(columns={"item": "of"})
    table["way"] = np.arange(len(table), dtype=float)
    ends = ["from_site", "to_site"]
    own = pd.MultiIndex.from_frame(table[[*ends, "of"]])
    named = pd.MultiIndex.from_frame(rows[[*ends, "item"]]).isin(own)
    rows["of"] = rows["item"].where(named, "")
    rows = rows.merge(table, on=[*ends, "of"], how="left")
    is_open = scenario["sites"].set_index("site")["open"]
    for end in ends:
        rows[f"{end}_open"] = rows[end].map(is_open).eq(other=True)
    items = scenario["items"].set_index("item")
    rows["divisible"] = rows["item"].map(items["divisible"]).eq(other=True)
    rows["step"] = rows["item"].map(items["step"]).where(rows["divisible"], 1.0)
    rows["in_horizon"] = in_horizon(scenario, rows["ship_date"])
    leaves = rows["in_horizon"] & rows["way"].notna() & (rows["quantity"].abs() <= LARGEST)
    transit = pd.to_timedelta(rows["transit_days"].fillna(0.0), unit="D")
    rows["arrival"] = (rows["ship_date"] + transit).where(leaves).astype("datetime64[s]")
    rows["cost"] = rows["quantity"] * rows["cost_per_unit"]
    return rows
