"""Rules on transfers: by which way, on which day, how much."""

from __future__ import annotations

import pandas as pd

from models.fields import LARGEST
from models.judge.findings import differs, exceeds, in_steps, refuse
from models.judge.lookup import Lookup
from models.judge.lookup.calendars import open_sites
from models.judge.lookup.transfers import KEY

MOVE = "transfer {row} ({item} from {from_site} to {to_site} on {ship_date})"
"""How a sentence names a transfer."""


def transfers_have_a_way(lookup: Lookup) -> list[str]:
    """Ask for a row of the scenario's table, for open sites, and for a day on which one leaves."""
    rows, horizon = lookup.transfers, lookup.scenario.settings.horizon
    both_open = rows["from_site_open"] & rows["to_site_open"]
    days = rows[rows["in_horizon"]]
    leaving = days[["from_site", "ship_date"]].rename(columns={"from_site": "site"})
    on_calendar = open_sites(lookup.scenario["calendars"], leaving)
    timed = days["ship_date"] != days["ship_date"].dt.normalize()
    span = f"the horizon, {horizon.days} days from {horizon.start}"
    return [
        *refuse(rows, rows["way"].isna(), MOVE + ": the scenario has no such way"),
        *refuse(
            rows, rows["way"].notna() & ~both_open, MOVE + ": both sites must be open, one is not"
        ),
        *refuse(rows, ~rows["in_horizon"], MOVE + f": the ship date is outside {span}"),
        *refuse(days, timed, MOVE + ": the ship date must be a day without a time"),
        *refuse(days, ~on_calendar, MOVE + ": site {from_site} is closed that day"),
    ]


def transfers_are_counted(lookup: Lookup) -> list[str]:
    """Ask for positive quantities, whole or in steps if divisible, and each transfer once."""
    rows = lookup.transfers
    q = rows["quantity"]
    positive = (q > 0) & (q <= LARGEST)
    split = positive & ~in_steps(q, rows["step"])
    whole = ~rows["divisible"]
    most = f"{LARGEST:,.0f}"
    return [
        *refuse(
            rows, ~positive, MOVE + ": quantity {quantity} must be above 0 and at most " + most
        ),
        *refuse(
            rows,
            split & whole,
            MOVE + ": quantity {quantity} must be whole, {item} is not divisible",
        ),
        *refuse(
            rows,
            split & ~whole,
            MOVE + ": quantity {quantity} must be a multiple of {step}, the step of {item}",
        ),
        *refuse(rows, rows.duplicated(KEY), MOVE + ": repeats an earlier row; add them up in one"),
    ]


def transfers_fit_a_day(lookup: Lookup) -> list[str]:
    """Refuse more units in a day than a way can take, all its items together."""
    limited = lookup.moved[lookup.moved["units_per_day"].notna()]
    loads = limited.groupby(["way", "ship_date"], as_index=False).agg(
        from_site=("from_site", "first"),
        to_site=("to_site", "first"),
        load=("quantity", "sum"),
        limit=("units_per_day", "first"),
    )
    return refuse(
        loads,
        exceeds(loads["load"], loads["limit"]),
        "transfers from {from_site} to {to_site} carry {load} on {ship_date}, at most {limit} may",
        worst="load",
    )


def transfers_follow(lookup: Lookup, transfers: pd.DataFrame) -> list[str]:
    """Hold the arrival date of each transfer, where it is given, to its ship date and transit."""
    if "arrival_date" not in transfers:
        return []
    given = transfers["arrival_date"].set_axis(lookup.transfers.index)[lookup.moved.index]
    return refuse(
        lookup.moved,
        differs(given, lookup.moved["arrival"]),
        MOVE + ": arrival_date is {given}, must be {arrival}",
        given=given,
    )
