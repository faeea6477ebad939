"""The day by which more is known of units that have no date: their next supply beyond the plan."""

from __future__ import annotations

import pandas as pd

from models.scenario import Scenario


def next_news(scenario: Scenario, lines: pd.DataFrame) -> pd.Series:
    """Find the day by which more is known of each line.

    That is the day of the first receipt of its item that no plan of today may use for it, after the
    last ship day or too uncertain for its segment, at an open site with a lane to the customer;
    where there is none, the last ship day.

    Parameters
    ----------
    scenario
        The question.
    lines
        ``customer``, ``segment`` and ``item`` of each line.

    Returns
    -------
    pandas.Series
        A date for each row of ``lines``, with its index.
    """
    settings = scenario.settings
    start = pd.Timestamp(settings.horizon.start)
    end = start + pd.Timedelta(days=settings.horizon.days - 1)
    sites, receipts = scenario["sites"], scenario["receipts"]
    known = receipts["site"].isin(sites["site"][sites["open"]]) & (receipts["date"] >= start)
    coming = receipts[known & ((receipts["date"] > end) | (receipts["confidence"] < 1.0))]
    region = scenario["customers"].set_index("customer")["region"]
    surely = {name: segment.min_confidence for name, segment in settings.segments.items()}
    asked = pd.DataFrame(
        {
            "row": range(len(lines)),
            "item": lines["item"].to_numpy(),
            "region": lines["customer"].map(region).to_numpy(),
            "least": lines["segment"].map(surely).to_numpy(),
        }
    )
    ways = scenario["lanes"][["site", "region"]].drop_duplicates()
    news = asked.merge(coming, on="item").merge(ways, on=["site", "region"])
    news = news[(news["date"] > end) | (news["confidence"] < news["least"])]
    first = news.groupby("row")["date"].min().reindex(asked["row"]).fillna(end)
    return first.astype("datetime64[s]").set_axis(lines.index)
