"""Which services deliver to whom, and the due window of each line.

A line's due window spans the arrivals of all that may ship for it on the days of the horizon,
whatever the supply, which never decides what is demanded.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.fields import minutes
from models.judge.lookup.calendars import arrivals, open_sites
from models.scenario import Scenario

WHO = ["region", "segment", "stage", "pinned", "receives", "expedited", "closing"]
"""Lines that are alike in these can be reached in the same ways, on the same days."""


def entitled(scenario: Scenario, rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Say whether the ``segment``, or its ``stage``, is entitled to the ``service`` of each row."""
    segments, stages = scenario.settings.segments, scenario.settings.stages
    own = {(name, service) for name, s in segments.items() for service in s.services}
    lent = {(str(name), service) for name, s in stages.items() for service in s.lends_services}
    return _one_of(rows[["segment", "service"]], own) | _one_of(rows[["stage", "service"]], lent)


def hours_missed(rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Say whether the ``window`` of a service misses the hours in which a customer ``receives``."""
    pairs = rows[["receives", "window"]].fillna("")
    apart = {
        (receives, window)
        for receives, window in pairs.drop_duplicates().itertuples(index=False)
        if receives and window and not _meet(receives, window)
    }
    return _one_of(pairs, apart)


def add_due_windows(scenario: Scenario, lines: pd.DataFrame) -> pd.DataFrame:
    """Add the first and last date of each line's due window, ``first_due`` and ``last_due``.

    Without any way that reaches it, the window is the horizon. ``due`` is what is not requested
    later than that, and all lines of a ship-complete order of which one is due.

    Parameters
    ----------
    scenario
        The question.
    lines
        With what planners decided; RangeIndex.
    """
    calendars, horizon = scenario["calendars"], scenario.settings.horizon
    closing = calendars.loc[calendars["of"] == "customer", "id"]
    alike = lines.assign(closing=lines["customer"].where(lines["customer"].isin(closing), ""))
    alike = alike.assign(who=alike.groupby(WHO).ngroup())
    reached = _reached(scenario, alike.drop_duplicates("who"))
    start = pd.Timestamp(horizon.start).as_unit("s")
    since = lines["earliest"].where(lines["earliest"] >= start, start)
    asked = alike[["who"]].assign(since=since)
    asked = asked.reset_index(names="place").sort_values("since", kind="stable")
    first = pd.merge_asof(
        asked, reached, left_on="since", right_on="arrival", by="who", direction="forward"
    ).set_index("place")["arrival"]
    last = reached.groupby("who")["arrival"].max().reindex(alike["who"]).set_axis(lines.index)
    reachable = first.notna()
    end = start + pd.Timedelta(days=horizon.days - 1)
    lines = lines.assign(first_due=first.fillna(start), last_due=last.where(reachable, end))
    due = lines["requested"] <= lines["last_due"]
    with_one = due.groupby(lines["order"]).transform("max") & lines["ship_complete"]
    return lines.assign(due=due | with_one)


def _reached(scenario: Scenario, groups: pd.DataFrame) -> pd.DataFrame:
    """List the dates on which each group ``who`` can get anything, sorted by ``arrival``."""
    horizon, sites = scenario.settings.horizon, scenario["sites"]
    lanes = scenario["lanes"][scenario["lanes"]["site"].isin(sites.loc[sites["open"], "site"])]
    windows = {name: s.window or "" for name, s in scenario.settings.services.items()}
    lanes = lanes.assign(window=lanes["service"].map(windows))
    ways = groups[[*WHO, "who", "customer"]].merge(
        lanes[["site", "region", "service", "transit_days", "transit", "window"]], on="region"
    )
    pinned = (ways["pinned"] == "") | (ways["pinned"] == ways["service"])
    used = ways["expedited"] | (entitled(scenario, ways) & pinned)
    ways = ways[used & ~hours_missed(ways)]
    days = pd.date_range(horizon.start, periods=horizon.days, unit="s")
    ways = ways.merge(pd.DataFrame({"ship_date": days}), how="cross")
    ways = ways[open_sites(scenario["calendars"], ways)]
    arrival = arrivals(scenario["calendars"], ways).astype("datetime64[s]")
    reached = ways[["who"]].assign(arrival=arrival).dropna().drop_duplicates()
    return reached.sort_values("arrival", ignore_index=True)


def _one_of(columns: pd.DataFrame, pairs: set[tuple[str, str]]) -> NDArray[np.bool_]:
    if not pairs:
        return np.zeros(len(columns), dtype=bool)
    return pd.MultiIndex.from_frame(columns).isin(list(pairs))


def _meet(first: str, second: str) -> bool:
    (opens, closes), (starts, ends) = minutes(first), minutes(second)
    return max(opens, starts) < min(closes, ends)
