"""What is scarce for a line, and what it costs others at least."""

from __future__ import annotations

import pandas as pd

BINDING = ["resource", "site", "item", "date", "units", "price", "at_least"]
LIMITS = ("site_capacity", "lane_capacity", "quota")
"""Reasons that are resources of their own; units that others have are stock."""
WITH_STOCK = ("commitment", "higher_tier", "same_tier", "value", "stock")


def binding(shortages: pd.DataFrame, prices: pd.DataFrame) -> pd.DataFrame:
    """List what a line finds taken or full, with the price of a unit.

    Parameters
    ----------
    shortages
        Rows of one line.
    prices
        Of the whole plan.

    Returns
    -------
    pandas.DataFrame
        The columns :data:`BINDING`: ``units`` that the line misses there, ``price`` of a unit
        [currency], NaN where it has none, and what the units together cost others ``at_least`` with
        every promise kept as it is [currency].
    """
    rows = []
    for missing in shortages[shortages["site"] != ""].to_dict("records"):
        resource = missing["reason"] if missing["reason"] in LIMITS else "stock"
        own = prices[(prices["resource"] == resource) & (prices["date"] <= missing["until"])]
        if resource != "quota":
            own = own[own["site"] == missing["site"]]
        if resource == "stock":
            own = own[own["item"] == missing["item"]]
        price = float(own.sort_values("date")["price"].iloc[-1]) if len(own) else float("nan")
        slack = float(own["slack"].iloc[0]) if len(own) else 0.0
        units = float(missing["units"])
        rows.append(
            {
                "resource": resource,
                "site": missing["site"],
                "item": missing["item"],
                "date": missing["until"],
                "units": units,
                "price": price,
                "at_least": max(0.0, units * price - slack) if price == price else float("nan"),
            }
        )
    return pd.DataFrame(rows, columns=BINDING)
