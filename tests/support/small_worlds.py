"""Worlds of a few lines: one site, one region, one item, days by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from models.history import HISTORY
from models.scenario import Scenario
from optimizer.forecasting.history import name_blanks
from tests.support.scenarios_as_text import make_scenario

MONDAY = pd.Timestamp("2026-03-02")
SEGMENTS = {
    "gold": {
        "tier": 1,
        "target": {"measure": "unit_otif", "level": 0.9},
        "services": ["standard"],
        "max_days_late": 1,
        "value_kept_per_day_late": 0.5,
    },
    "base": {"tier": 2, "services": ["standard"], "max_days_late": 3},
}


def small(supply: float = 0.7, **header: Any) -> Scenario:
    """Make the network, and a line of each segment."""
    rules = {"supply": supply, "receipt_every": 3, "late": 0.3, "short": 0.3}
    return make_scenario(
        {
            "horizon": {"start": "2026-03-02", "days": 4},
            "segments": SEGMENTS,
            "goals": ["commitments", "value"],
            "backtest": rules,
            **header,
        },
        customers="customer,segment,region\na,gold,north\nb,base,north",
        orders="order,customer,requested\nx,a,2026-03-03",
        lines="order,line,item,quantity,unit_value\nx,1,pump,1,9",
        lanes="site,region,service,transit_days,cost_per_unit\nhub,north,standard,1,1",
        stock="site,item,on_hand\nhub,pump,4",
    )


def small_history(weeks: int = 2, lines: int = 1) -> pd.DataFrame:
    """Make a history: each day the base orders early and gold late."""
    rows = []
    for day in range(-7 * weeks, 0):
        ordered = MONDAY + pd.Timedelta(days=day)
        for nth in range(lines):
            rows.append((ordered, ordered + pd.Timedelta(days=1), "gold", 1 + (day + nth) % 3, 9.0))
            rows.append((ordered, ordered + pd.Timedelta(days=3), "base", 1 + day % 2, 4.0))
    frame = pd.DataFrame(
        rows, columns=["ordered", "requested", "segment", "quantity", "unit_value"]
    )
    frame["customer"] = frame["segment"].map({"gold": "a", "base": "b"})
    frame = frame.assign(region="north", item="pump")
    columns = HISTORY.columns
    blanks = {c: np.full(len(frame), s.blank) for c, s in columns.items() if c not in frame}
    frame = frame.assign(**blanks)
    dtypes = {name: spec.kind.dtype for name, spec in HISTORY.columns.items()}
    return name_blanks(frame[[*dtypes]].astype(dtypes))
