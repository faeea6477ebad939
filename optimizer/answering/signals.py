"""What a plan does to customers today, as signals that tomorrow's stages are derived from."""

from __future__ import annotations

import pandas as pd

from models.relationship import Delivery
from models.scenario import Scenario
from models.solution import NOT_DUE, SIGNALS
from models.tolerances import DECIMALS, UNIT


def signals_of(scenario: Scenario, lines: pd.DataFrame, shipments: pd.DataFrame) -> pd.DataFrame:
    """Say what becomes certain on the first day, to be added to tomorrow's table ``signals``.

    An order all of which leaves today is delivered on time or late, on the day of its last arrival
    (value: days late). An order that was to be there today and is not all there has missed its
    date, today (value: units that are not there).

    Parameters
    ----------
    scenario
        The question.
    lines, shipments
        Frames of the answer.

    Returns
    -------
    pandas.DataFrame
        The columns of :data:`models.solution.SIGNALS`, sorted by them.
    """
    start = pd.Timestamp(scenario.settings.horizon.start)
    orders = scenario["orders"].set_index("order")
    by_order = lines.groupby("order")
    full = lines["status"].isin(["on_time", "late"])
    full |= (lines["status"] == NOT_DUE) & (lines["delivered"] >= lines["ordered"] - UNIT)
    done = full.groupby(lines["order"]).all()
    sent = shipments.groupby("order").agg(
        {"ship_date": "max", "arrival_date": "max", "days_late": "max"}
    )
    gone = sent[done.reindex(sent.index) & (sent["ship_date"] == start)]
    late = gone["days_late"] > 0
    delivered = pd.DataFrame(
        {
            "customer": orders["customer"].reindex(gone.index),
            "date": gone["arrival_date"],
            "kind": late.map({True: str(Delivery.LATE), False: str(Delivery.ON_TIME)}),
            "value": gone["days_late"],
        }
    )
    missing = (by_order["ordered"].sum() - by_order["delivered_on_time"].sum()).round(DECIMALS)
    due = missing[(missing > UNIT) & (orders["requested"].reindex(missing.index) == start)]
    missed = pd.DataFrame(
        {
            "customer": orders["customer"].reindex(due.index),
            "date": start,
            "kind": str(Delivery.MISSED),
            "value": due,
        }
    )
    rows = pd.concat([delivered.astype(SIGNALS), missed.astype(SIGNALS)])
    return rows.sort_values(list(SIGNALS), ignore_index=True)
