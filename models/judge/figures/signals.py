"""What becomes certain of deliveries on the first day, for the stages of tomorrow."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.judge.findings import DECIMALS, TOLERANCE
from models.judge.lookup import Lookup
from models.relationship import Delivery
from models.solution import SIGNALS


def signals(lookup: Lookup) -> pd.DataFrame:
    """List the orders that are all on their way today, and those that miss their date today.

    Returns
    -------
    DataFrame
        The columns of :data:`models.solution.SIGNALS`, sorted by them.
    """
    today, lines = pd.Timestamp(lookup.scenario.settings.horizon.start), lookup.lines
    orders = lines.drop_duplicates("order").set_index("order")[["customer", "requested"]]
    sent = lookup.placed
    left = sent.groupby("order")[["arrival", "days_late", "ship_date"]].max()
    unfinished = lines.loc[~lines["full"], "order"]
    orders = orders.join(left)
    on_way = (orders["ship_date"] == today) & ~orders.index.isin(unfinished)
    missing = (
        (lines["ordered"] - lines["delivered_on_time"])
        .groupby(lines["order"])
        .sum()
        .round(DECIMALS)
    )
    due = (orders["requested"] == today) & (missing.reindex(orders.index) > TOLERANCE)
    kind = np.where(orders["days_late"] > 0, str(Delivery.LATE), str(Delivery.ON_TIME))
    told = orders.rename(columns={"arrival": "date", "days_late": "value"}).assign(kind=kind)
    missed = orders[["customer"]].assign(date=today, kind=str(Delivery.MISSED), value=missing)
    parts = (told[on_way], missed[due])
    rows = pd.concat([part[list(SIGNALS)].astype(SIGNALS) for part in parts])
    return rows.sort_values(list(SIGNALS), ignore_index=True)
