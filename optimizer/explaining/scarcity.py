"""What is scarce for a line, and what a unit less of it changes for others."""

from __future__ import annotations

import pandas as pd

from models.goals import GoalKind
from models.settings import Settings
from optimizer.common.words import goal_unit
from optimizer.explaining.input_changes import Row

PRICED = ("service", "region", "confidence", "row", "date", "goal", "by", "slack", "price")
"""Columns that a resource has of its price."""
VERIFIED = ("verified", "real_goal", "real_unit", "real_by", "real_price")
"""Whether it was planned with a unit less (``proved``, ``unproved`` where time was up first, or
``impossible``; blank where nobody asked), and what that really changes: the first goal, by how
much, and net value lost."""
BINDING = [
    *("resource", "site", "item", "units", *PRICED, "unit", "currency", "at_least"),
    *VERIFIED,
]
LIMITS = ("site_capacity", "lane_capacity", "quota")
"""Reasons that are resources of their own; units that others have are stock."""


def binding_limits(
    shortages: pd.DataFrame, prices: pd.DataFrame, settings: Settings, min_confidence: float
) -> pd.DataFrame:
    """List what a line finds taken or full, with the price of a unit.

    Parameters
    ----------
    shortages
        Rows of one line.
    prices
        Of the whole plan.
    settings
        For the units of goals.
    min_confidence
        How certain supply must be for the line: the price of stock is that of the least certain
        supply that it may use, since more certain supply costs no less.

    Returns
    -------
    pandas.DataFrame
        The columns :data:`BINDING`: ``units`` that the line misses there, and of the last priced
        resource until then (its service, region and date are told) the columns of its row of
        ``prices``, NaN and blank where none has one, as quotas; ``unit`` of its ``goal``. What so
        many units of it are worth to others ``at_least`` [currency] is known only where no goal
        before value needs them.
    """
    placed = shortages[shortages["site"] != ""].to_dict("records")
    of_stock = prices["resource"] == "stock"
    told = prices["goal"] != ""  # an older run folder names none
    prices = prices[told & (~of_stock | (prices["confidence"] == min_confidence))]
    rows = [_bound(missing, prices, settings) for missing in placed]
    return pd.DataFrame(rows, columns=BINDING)


def _bound(missing: Row, prices: pd.DataFrame, settings: Settings) -> dict[str, object]:
    """Tell one shortage with the price of its resource."""
    resource = missing["reason"] if missing["reason"] in LIMITS else "stock"
    own = prices[(prices["resource"] == resource) & (prices["site"] == missing["site"])]
    own = own[own["date"] <= missing["until"]]
    if resource == "stock":
        own = own[own["item"] == missing["item"]]
    units = float(missing["units"])
    row = {"resource": resource, "units": units, "currency": settings.currency}
    row |= {name: missing[name] for name in ("site", "item")}
    row |= dict.fromkeys(("verified", "real_goal", "real_unit"), "")
    if own.empty:
        blank = dict.fromkeys(("service", "region", "goal", "unit"), "")
        return row | blank | {"date": missing["until"]}
    last = own.sort_values(["date", "price"], ascending=[True, False]).iloc[-1]
    row |= {name: last[name] for name in PRICED} | {"unit": goal_unit(settings, last["goal"])}
    if last["goal"] == GoalKind.VALUE:
        row["at_least"] = max(0.0, units * last["price"] - last["slack"])
    return row
