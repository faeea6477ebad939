"""Rules on a single shipment: what it names, how much, by which way, when it arrives."""

from __future__ import annotations

from models.fields import LARGEST
from models.judge.findings import RELATIVE, ROW, TOLERANCE, in_steps, refuse
from models.judge.lookup import Lookup
from models.judge.lookup.calendars import open_sites
from models.judge.lookup.lines import IDS, MADE_FOR
from models.judge.lookup.ways import entitled, hours_missed


def names_are_known(lookup: Lookup) -> list[str]:
    """Ask for an order line, site, service, item and lane of the scenario."""
    rows, free = lookup.rows, lookup.free
    line, site = rows["segment"].notna(), rows["open"].notna()
    service = rows["surcharge"].notna()
    lane = ~(line & site & service) | rows["transit_days"].notna()
    return [
        *refuse(rows, ~line, ROW + ": the scenario has no such order line"),
        *refuse(rows, ~site, ROW + ": the scenario has no site {site}"),
        *refuse(rows, ~service, ROW + ": the services have no {service}"),
        *refuse(
            rows,
            line & ~rows["suits"],
            ROW + ": the line orders item {ordered_item}, {item} is no substitute for it",
        ),
        *refuse(
            free,
            free["suits"] & ~free["permitted"],
            ROW + ": {item} is no substitute for {ordered_item} in segment {segment}",
        ),
        *refuse(rows, ~lane, ROW + ": no lane from {site} to region {region} by {service}"),
    ]


def quantities_ship(lookup: Lookup) -> list[str]:
    """Ask for positive quantities, and each option once.

    Units that are not frozen come in packs, whole ones or steps of a divisible item. What is kept
    of a broken promise comes in such units or steps, and what is moved. What is held for forecast
    demand comes in any amount.
    """
    broken = lookup.rows["promised"] - lookup.rows["kept"] > TOLERANCE
    broken |= lookup.rows["moves"]
    rows = lookup.rows.assign(chosen=lookup.rows["free"].mask(broken, lookup.rows["quantity"]))
    positive = (rows["quantity"] > 0) & (rows["quantity"] <= LARGEST)
    free, pack = rows["free"], rows["pack"]
    virtual = rows["virtual"].eq(other=True)
    uneven = positive & ~virtual & ~in_steps(rows["chosen"], rows["step"])
    packed = in_steps(free, pack) | (rows["divisible"] & (pack == 1))
    unpacked = positive & ~virtual & ~uneven & ~packed
    return [
        *refuse(
            rows,
            ~positive,
            ROW + ": quantity {quantity} must be above 0 and at most " + f"{LARGEST:,.0f}",
        ),
        *refuse(
            rows,
            uneven & ~rows["divisible"],
            ROW + ": quantity {chosen} must be whole, {item} is not divisible",
        ),
        *refuse(
            rows,
            uneven & rows["divisible"],
            ROW + ": quantity {chosen} must be a multiple of {step}, the step of {item}",
        ),
        *refuse(rows, unpacked, ROW + ": quantity {free} must be a multiple of the pack of {pack}"),
        *refuse(
            rows,
            rows.duplicated([*IDS, *MADE_FOR]),
            ROW + ": repeats an earlier row; add them up in one",
        ),
    ]


def sites_ship(lookup: Lookup) -> list[str]:
    """Ask for a day of the horizon on which the site is open; what is kept for the horizon only."""
    rows, horizon = lookup.rows, lookup.scenario.settings.horizon
    days = rows[rows["in_horizon"]]
    chosen = lookup.timed[lookup.timed["in_horizon"]]
    on_calendar = open_sites(lookup.scenario["calendars"], chosen)
    span = f"the horizon, {horizon.days} days from {horizon.start}"
    timed = days["ship_date"] != days["ship_date"].dt.normalize()
    return [
        *refuse(rows, ~rows["in_horizon"], ROW + f": the ship date is outside {span}"),
        *refuse(days, timed, ROW + ": the ship date must be a day without a time"),
        *refuse(rows, rows["open"].eq(other=False), ROW + ": site {site} is not open"),
        *refuse(chosen, ~on_calendar, ROW + ": site {site} is closed that day"),
    ]


def services_are_entitled(lookup: Lookup) -> list[str]:
    """Ask for a service that is entitled, pinned if any is, and can be received.

    Expedited lines may use any service that can be received; a promise that is moved also the way
    that was promised.
    """
    rows = lookup.routed
    known = rows["segment"].notna() & rows["surcharge"].notna()
    chosen = known & ~rows["expedited"].eq(other=True)
    own = entitled(lookup.scenario, rows)
    pinned = (rows["pinned"] == "") | (rows["pinned"] == rows["service"])
    missed = hours_missed(rows)
    return [
        *refuse(rows, chosen & ~own, ROW + ": segment {segment} is not entitled to {service}"),
        *refuse(rows, chosen & ~pinned, ROW + ": the order asks for service {pinned}"),
        *refuse(
            rows,
            known & missed,
            ROW + ": the service delivers at {window}, customer {customer} receives at {receives}",
        ),
    ]


def arrivals_are_accepted(lookup: Lookup) -> list[str]:
    """Ask for an arrival from ``earliest`` to ``cancel``, not too many days late or early."""
    rows, placed = lookup.rows, lookup.timed.dropna(subset="arrival")
    arrival = placed["arrival"]
    days_early = (placed["requested"] - arrival).dt.days
    return [
        *refuse(
            rows,
            rows["leaves"] & rows["arrival"].isna(),
            ROW + ": never arrives, service, customer and region are open on no common day",
        ),
        *refuse(
            placed,
            arrival < placed["earliest"],
            ROW + ": arrives {arrival}, before the earliest date {earliest}",
        ),
        *refuse(
            placed,
            arrival > placed["cancel"],
            ROW + ": arrives {arrival}, after the cancel date {cancel}",
        ),
        *refuse(
            placed,
            placed["days_late"] > placed["max_days_late"],
            ROW + ": {days_late} days late, segment {segment} accepts {max_days_late}",
            worst="days_late",
        ),
        *refuse(
            placed,
            days_early > placed["max_days_early"],
            ROW + ": {days_early} days early, segment {segment} accepts {max_days_early}",
            worst="days_early",
            days_early=days_early,
        ),
    ]


def lines_are_due(lookup: Lookup) -> list[str]:
    """Ask for lines that are due; of others ships what was promised beforehand, and no more."""
    rows = lookup.free
    return refuse(
        rows,
        rows["due"].eq(other=False),
        ROW + ": not due, it is requested on {requested}, the last arrival of anything that ships"
        " for it within the horizon is {last_due}",
    )


def costs_are_accepted(lookup: Lookup) -> list[str]:
    """Ask for costs of an ordered unit within the segment's share of its value."""
    placed = lookup.routed.dropna(subset="arrival")
    limit = placed["max_cost_share"] * placed["unit_value"]
    unit_cost = placed["unit_cost"] * placed["ratio"]
    excess = unit_cost - limit
    return refuse(
        placed,
        excess > RELATIVE * (1 + limit),
        ROW + ": costs {unit_cost} a unit, segment {segment} accepts {limit}",
        worst="excess",
        unit_cost=unit_cost,
        limit=limit,
        excess=excess,
    )
