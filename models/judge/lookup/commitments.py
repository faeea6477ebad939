"""What was promised before: commitments looked up, and the units that they freeze."""

from __future__ import annotations

import pandas as pd

from models.judge.findings import TOLERANCE
from models.judge.lookup.lines import IDS, MADE_FOR, arrivals_of, in_horizon, look_up
from models.judge.lookup.supply import PLACE, supply
from models.scenario import Scenario

PROMISE = ["order", "line", "item", "ship_date", "arrival"]
"""Together they name what was promised, whatever way it was to go."""


def look_up_commitments(scenario: Scenario, lines: pd.DataFrame) -> pd.DataFrame:
    """Look the commitments up: what they deliver, when they arrive, which are ``frozen``.

    All commitments of a locked line are frozen. One that cannot leave any more, for want of a lane
    or because its day is past, counts as arriving after its transit, without calendars.
    """
    table = scenario["commitments"]
    items = table.merge(
        lines[["order", "line", "item"]], on=["order", "line"], how="left", suffixes=("", "_due")
    )
    table = table.assign(item=table["item"].where(table["item"] != "", items["item_due"]))
    rows = look_up(scenario, lines, table)
    rows["frozen"] |= rows["locked"]
    start = pd.Timestamp(scenario.settings.horizon.start)
    leaves = rows["transit_days"].notna() & (rows["ship_date"] >= start)
    transit = pd.to_timedelta(rows["transit_days"].fillna(0.0), unit="D")
    without = (rows["ship_date"] + transit).astype("datetime64[s]")
    rows["arrival"] = arrivals_of(scenario, rows, leaves).fillna(without)
    return rows


def add_frozen_units(lines: pd.DataFrame, commitments: pd.DataFrame) -> pd.DataFrame:
    """Add the ``frozen_units`` of each line [ordered unit]."""
    frozen = commitments[commitments["frozen"]]
    units = frozen["units"].groupby(frozen["place"].astype("int64")).sum()
    return lines.assign(frozen_units=units.reindex(lines.index, fill_value=0.0))


def with_last_promise(lines: pd.DataFrame, commitments: pd.DataFrame) -> pd.DataFrame:
    """Add the day ``promised_before`` on which the last of what was promised was to arrive.

    Of lines that are not due only what is frozen counts.
    """
    place = commitments["place"].astype("int64")
    counts = commitments["frozen"] | lines["due"].to_numpy()[place]
    days = commitments["arrival"][counts].groupby(place[counts]).max()
    return lines.assign(promised_before=days.reindex(lines.index))


def split_frozen(rows: pd.DataFrame, commitments: pd.DataFrame) -> pd.DataFrame:
    """Split each shipment's quantity in ``frozen`` and ``free`` units [shipped unit].

    ``kept`` are the units up to what commitments of the same option froze: ``promised``. Frozen are
    these, and all units of shipments that say which promise they move. ``own_lane``: these go by
    a way that was promised.
    """
    moves = rows[MADE_FOR].notna().any(axis=1)
    if not commitments["frozen"].any():
        nothing = rows.assign(promised=0.0, kept=0.0, frozen=0.0, own_lane=False)
        return nothing.assign(moves=moves, free=rows["quantity"])
    frozen = commitments[commitments["frozen"]]
    due = frozen.groupby(IDS, as_index=False)["quantity"].sum()
    known = rows[IDS].merge(due, on=IDS, how="left")["quantity"].fillna(0.0).mask(moves, 0.0)
    kept = rows["quantity"].clip(upper=known).clip(lower=0.0)
    whole = kept.mask(moves, rows["quantity"])
    ways = pd.MultiIndex.from_frame(frozen[["order", "line", "item", "site", "service"]])
    own = pd.MultiIndex.from_frame(rows[["order", "line", "item", "site", "service"]]).isin(ways)
    return rows.assign(
        promised=known,
        kept=kept,
        frozen=whole,
        free=rows["quantity"] - whole,
        moves=moves,
        own_lane=own & moves,
    )


def lost_days(scenario: Scenario, lines: pd.DataFrame, promised: pd.DataFrame) -> pd.Series:
    """Count the days of delay of promised units that never come.

    One more than of units that come on the last day on which anything can that leaves within the
    horizon for the region of the line.

    Parameters
    ----------
    scenario
        The question.
    lines
        As :func:`models.judge.lookup.lines.order_lines` makes them.
    promised
        ``place`` of the line and ``arrival`` that was promised.
    """
    horizon = scenario.settings.horizon
    end = pd.Timestamp(horizon.start) + pd.Timedelta(days=horizon.days - 1)
    mine = lines.loc[lines["place"].isin(promised["place"]), ["place", "customer", "region"]]
    ways = mine.merge(scenario["lanes"], on="region", how="inner").assign(ship_date=end)
    arrival = arrivals_of(scenario, ways, pd.Series(data=True, index=ways.index))
    plain = (end + pd.to_timedelta(ways["transit_days"], unit="D")).astype("datetime64[s]")
    last = arrival.fillna(plain).groupby(ways["place"]).max()
    there = last.reindex(promised["place"].astype("int64")).fillna(end).set_axis(promised.index)
    return (there - promised["arrival"]).dt.days.clip(lower=0) + 1


def in_doubt(scenario: Scenario, commitments: pd.DataFrame) -> bool:
    """Say whether what is frozen cannot all be kept: a way is gone, or stock runs out by a day."""
    frozen = commitments[commitments["frozen"]]
    leaves = frozen["transit_days"].notna() & in_horizon(scenario, frozen["ship_date"])
    if not leaves.all():
        return True
    sites, there = scenario["sites"], supply(scenario)
    there = there[there["site"].isin(sites["site"][sites["open"]])]
    taken = frozen.assign(day=frozen["ship_date"], quantity=-frozen["quantity"])
    columns = [*PLACE, "quantity"]
    by_day = pd.concat([there[columns], taken[columns]]).groupby(PLACE)["quantity"].sum()
    left = by_day.groupby(level=["site", "item"]).cumsum()
    return bool((left < -TOLERANCE).any())
