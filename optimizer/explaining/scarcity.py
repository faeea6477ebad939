"""What is scarce for a line, and what it costs others at least."""

from __future__ import annotations

import math

import pandas as pd

from optimizer.explaining.input_changes import Row

BINDING = ["resource", "site", "item", "service", "region", "date", "units", "price", "at_least"]
LIMITS = ("site_capacity", "lane_capacity", "quota")
"""Reasons that are resources of their own; units that others have are stock."""


def binding_limits(
    shortages: pd.DataFrame, prices: pd.DataFrame, min_confidence: float
) -> pd.DataFrame:
    """List what a line finds taken or full, with the price of a unit.

    Parameters
    ----------
    shortages
        Rows of one line.
    prices
        Of the whole plan.
    min_confidence
        How certain supply must be for the line: the price of stock is that of the least certain
        supply that it may use, since more certain supply costs no less.

    Returns
    -------
    pandas.DataFrame
        The columns :data:`BINDING`: ``units`` that the line misses there, ``price`` of a unit of
        the last priced resource until then (its service, region and date are told) [currency], NaN
        where none has one, as quotas, and what so many units of it are worth to others
        ``at_least``, with every promise kept as it is [currency].
    """
    placed = shortages[shortages["site"] != ""].to_dict("records")
    of_stock = prices["resource"] == "stock"
    prices = prices[~of_stock | (prices["confidence"] == min_confidence)]
    return pd.DataFrame([_bound(missing, prices) for missing in placed], columns=BINDING)


def _bound(missing: Row, prices: pd.DataFrame) -> dict[str, object]:
    """Tell one shortage with the price of its resource."""
    resource = missing["reason"] if missing["reason"] in LIMITS else "stock"
    own = prices[(prices["resource"] == resource) & (prices["site"] == missing["site"])]
    own = own[own["date"] <= missing["until"]]
    if resource == "stock":
        own = own[own["item"] == missing["item"]]
    units = float(missing["units"])
    row = {name: missing[name] for name in ("site", "item")}
    row |= {"resource": resource, "units": units, "date": missing["until"]}
    if own.empty:
        return row | {"service": "", "region": "", "price": math.nan, "at_least": math.nan}
    last = own.sort_values(["date", "price"], ascending=[True, False]).iloc[-1]
    least = max(0.0, units * last["price"] - last["slack"])
    return row | {
        **{name: last[name] for name in ("service", "region", "date", "price")},
        "at_least": least,
    }
