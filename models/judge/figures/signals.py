"""What becomes certain of deliveries on the first day, for the stages of tomorrow."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.judge.findings import TOLERANCE
from models.judge.lookup.scenario_lookup import Lookup
from models.solution import SIGNALS


def signals(book: Lookup) -> pd.DataFrame:
    """List the orders that are all on their way today, and those that miss their date today.

    Returns
    -------
    DataFrame
        The columns of :data:`models.solution.SIGNALS`, sorted by them.
    """
    today, lines = pd.Timestamp(book.scenario.settings.horizon.start), book.lines
    orders = lines.drop_duplicates("order").set_index("order")[["customer", "requested"]]
    sent = book.placed
    left = sent.groupby("order")[["arrival", "days_late", "ship_date"]].max()
    unfinished = lines.loc[~lines["full"], "order"]
    orders = orders.join(left)
    on_way = (orders["ship_date"] == today) & ~orders.index.isin(unfinished)
    missing = (lines["ordered"] - lines["delivered_on_time"]).groupby(lines["order"]).sum().round(9)
    due = (orders["requested"] == today) & (missing.reindex(orders.index) > TOLERANCE)
    kind = np.where(orders["days_late"] > 0, "late_delivery", "on_time_delivery")
    told = orders.rename(columns={"arrival": "date", "days_late": "value"}).assign(kind=kind)
    missed = orders[["customer"]].assign(date=today, kind="missed_date", value=missing)
    parts = (told[on_way], missed[due])
    rows = pd.concat([part[list(SIGNALS)].astype(SIGNALS) for part in parts])
    return rows.sort_values(list(SIGNALS), ignore_index=True)
