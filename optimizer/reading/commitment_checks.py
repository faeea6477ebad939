"""Checks of commitments: each has a line, an item and units; frozen ones can be kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.goals import GoalName
from models.relationship import StaleCommitments
from models.tables import TABLES
from models.tolerances import UNIT
from optimizer.common.membership import BETWEEN, is_among, positions, values_at
from optimizer.reading.faults import Faults, excerpt
from optimizer.reading.override_checks import is_locked
from optimizer.reading.table_checks import (
    TypedTables,
    as_text,
    check_key,
    check_lines,
    check_steps,
    join_keys,
)
from optimizer.reading.yaml_text import inside
from optimizer.scenario.calendars import (
    LONGEST_CLOSURE,
    Calendars,
    end_of_transit,
    next_open,
    read_calendars,
    working_span,
)

OR_RELEASE = "or let it go: frozen = false, and no lock"
"""The other remedy of a frozen commitment that cannot be kept."""


@dataclass(frozen=True)
class Journeys:
    """Customer, region and lane of each commitment; blank where they are not known."""

    customer: pd.Series
    region: pd.Series
    lane: np.ndarray
    """Position in the table of lanes, -1 for none, shape (commitments,)."""


@dataclass(frozen=True)
class CommitmentFacts:
    """What the other tables say about each commitment; blank or NaN where they say nothing."""

    frozen: pd.Series
    """Must be kept: frozen, or locked by an override."""
    line: np.ndarray
    """Position of its line in the table, -1 for none."""
    own: pd.Series
    """Item that the line ordered."""
    shipped: pd.Series
    """Item that is shipped."""
    ratio: pd.Series
    """Units shipped that count as one unit ordered."""
    journeys: Journeys


def journeys_of(commitments: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> Journeys:
    """Look up customer, region and lane of each commitment."""
    orders, customers, lanes = (tables[name] for name in ("orders", "customers", "lanes"))
    customer = values_at(orders["customer"], positions(commitments["order"], orders["order"]))
    region = values_at(customers["region"], positions(customer, customers["customer"]))
    way = join_keys(commitments.assign(region=region), "site", "region", "service")
    return Journeys(customer, region, positions(way, join_keys(lanes, "site", "region", "service")))


def facts_of(commitments: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> CommitmentFacts:
    """Look up what the other tables say about each commitment."""
    lines, swaps = tables["lines"], tables["substitutes"]
    line = positions(join_keys(commitments, "order", "line"), join_keys(lines, "order", "line"))
    own = values_at(lines["item"], line)
    shipped = commitments["item"].where(commitments["item"] != "", own)
    swap = positions(own + BETWEEN + shipped, join_keys(swaps, "item", "substitute"))
    ratio = values_at(swaps["ratio"], swap).where(shipped != own, 1.0)
    frozen = commitments["frozen"] | is_locked(commitments, tables["overrides"])
    return CommitmentFacts(frozen, line, own, shipped, ratio, journeys_of(commitments, tables))


def may_be_stale(tables: TypedTables) -> bool:
    """Whether commitments that do not fit orders and ways of today are adjusted, not refused."""
    settings = tables.settings
    return settings is None or settings.commitments_stale is StaleCommitments.ADJUST


def check_commitments(tables: TypedTables, faults: Faults) -> None:
    """Check that each commitment has a line and an item of it, and that frozen ones can be kept.

    Unless those that cannot are adjusted: see :mod:`optimizer.reading.stale_commitments`.
    """
    frame = tables.frames["commitments"]
    facts, stale = facts_of(frame, tables.frames), may_be_stale(tables)
    check_key("commitments", frame.assign(item=facts.shipped), tables, faults)
    check_steps("commitments", "quantity", facts.shipped, tables, faults)
    _check_items(facts, tables, faults)
    _check_ship_dates(facts, tables, faults)
    ways = tables.is_sure("lanes", "site", "region", "service")
    if not stale:
        check_lines("commitments", facts.line, tables, faults)
        _check_sums(facts, tables, faults)
    if ways and not stale:
        _check_lanes(facts, tables, faults)
    if ways:
        _check_arrivals(facts, tables, faults)


def check_first_goal(tables: TypedTables, faults: Faults) -> None:
    """Check that what must be kept comes first among the goals."""
    settings, frame = tables.settings, tables.frames["commitments"]
    if settings is None or settings.goals[:1] == (GoalName.COMMITMENTS,):
        return
    budgets = [name for name, limit in settings.stability if limit is not None]
    if (frame["frozen"] | is_locked(frame, tables.frames["overrides"])).any():
        why = "commitments are frozen"
    elif (tables.frames["overrides"]["action"] == "must").any():
        why = "lines must be complete by a day"
    elif budgets:
        why = f"stability.{budgets[0]} is a budget against commitments"
    else:
        return
    node = inside(tables.tree, ("goals", 0)) or inside(tables.tree, ("goals",))
    if node:
        problem = f"the first goal is not commitments, but {why}"
        faults.add(
            node.place.file, problem, "write commitments first", node.place.row, node.place.column
        )


def _check_items(facts: CommitmentFacts, tables: TypedTables, faults: Faults) -> None:
    """Check that what is shipped is the item ordered, or a substitute for it."""
    if "substitutes" in tables.raws and not tables.is_sure("substitutes", "item", "substitute"):
        return
    unknown = (facts.own != "") & facts.ratio.isna()

    def explain(row: int) -> tuple[str, str]:
        item, own = facts.shipped.iloc[row], facts.own.iloc[row]
        problem = f"{excerpt(item)} is neither the item {own!r} of the line nor a substitute for it"
        return problem, "correct the item, or add it to the table substitutes"

    faults.add_cells(tables.raws["commitments"], "item", unknown.to_numpy(), explain)


def _check_sums(facts: CommitmentFacts, tables: TypedTables, faults: Faults) -> None:
    """Check that frozen commitments of a line add up to no more than it ordered."""
    frame, lines = tables.frames["commitments"], tables.frames["lines"]
    counted = facts.frozen & (facts.line >= 0)
    counted &= ~frame.assign(item=facts.shipped).duplicated([*TABLES["commitments"].key])
    units = (frame["quantity"] / facts.ratio).where(counted, 0.0).fillna(0.0)
    total = units.groupby(facts.line).cumsum()
    ordered = values_at(lines["quantity"], facts.line)
    above = counted & (total > ordered + UNIT) & (total - units <= ordered + UNIT)

    def explain(row: int) -> tuple[str, str]:
        promised_units = units[facts.line == facts.line[row]].sum()
        problem = f"frozen commitments of the line add up to {promised_units:.12g}"
        return f"{problem}, more than the {ordered.iloc[row]:.12g} ordered", "correct a quantity"

    faults.add_cells(tables.raws["commitments"], "quantity", above.to_numpy(), explain)


def _check_ship_dates(facts: CommitmentFacts, tables: TypedTables, faults: Faults) -> None:
    """Check that frozen commitments ship within the horizon, or at least not after it."""
    if tables.settings is None:
        return
    days = tables.frames["commitments"]["ship_date"]
    start = pd.Timestamp(tables.settings.horizon.start)
    end = start + pd.Timedelta(days=tables.settings.horizon.days - 1)
    past = (days < start) & ~may_be_stale(tables)
    outside = facts.frozen & (past | (days > end))

    def explain(row: int) -> tuple[str, str]:
        first, last, day = (as_text(date) for date in (start, end, days.iloc[row]))
        problem = f"{day} of a frozen commitment is not in the horizon, {first} to {last}"
        return problem, f"correct the date, take out what has shipped, {OR_RELEASE}"

    faults.add_cells(tables.raws["commitments"], "ship_date", outside.to_numpy(), explain)


def _check_lanes(facts: CommitmentFacts, tables: TypedTables, faults: Faults) -> None:
    """Check that frozen commitments have a lane."""
    frame, services = tables.frames["commitments"], tables.known("services")
    sites = tables.known("sites")
    if sites is None or services is None:
        return
    lost = facts.frozen & (facts.journeys.lane < 0) & (facts.journeys.region != "")
    lost &= is_among(frame["site"], sites) & is_among(frame["service"], services)

    def explain(row: int) -> tuple[str, str]:
        site, service = frame["site"].iloc[row], frame["service"].iloc[row]
        region = facts.journeys.region.iloc[row]
        way = f"no lane leads from {site!r} to region {region!r} by {service!r}"
        return f"{way}, but the commitment is frozen", f"add the lane, {OR_RELEASE}"

    faults.add_cells(tables.raws["commitments"], "service", lost.to_numpy(), explain)


def _check_arrivals(facts: CommitmentFacts, tables: TypedTables, faults: Faults) -> None:
    """Check that frozen commitments arrive on a day on which the customer receives."""
    frame, calendars = tables.frames["commitments"], tables.frames["calendars"]
    if tables.settings is None or calendars.empty:
        return
    start = pd.Timestamp(tables.settings.horizon.start)
    ship = (frame["ship_date"] - start).dt.days
    sent = (
        facts.frozen
        & (facts.journeys.lane >= 0)
        & ship.between(0, tables.settings.horizon.days - 1)
    )
    rows = np.flatnonzero(sent)
    if not len(rows):
        return
    lanes = tables.frames["lanes"].iloc[facts.journeys.lane[rows]].reset_index(drop=True)
    day = ship.to_numpy()[rows].astype(np.int64)
    last = int((day + working_span(lanes["transit_days"].to_numpy())).max())
    calendar = read_calendars(calendars, start, last + LONGEST_CLOSURE + 2)
    reached = _ends_of_transit(lanes, day, calendar)
    journeys = pd.DataFrame({"service": frame["service"], "region": facts.journeys.region}).iloc[
        rows
    ]
    journeys["customer"] = facts.journeys.customer.iloc[rows]
    refused = np.zeros(len(frame), dtype=bool)
    refused[rows] = _waits(journeys, reached, calendar) > LONGEST_CLOSURE

    def explain(row: int) -> tuple[str, str]:
        problem = f"nobody receives what ships on {as_text(frame['ship_date'].iloc[row])}"
        within = f"within {LONGEST_CLOSURE} days, but the commitment is frozen"
        return f"{problem} {within}", f"correct the calendars, {OR_RELEASE}"

    faults.add_cells(tables.raws["commitments"], "ship_date", refused, explain)


def _ends_of_transit(lanes: pd.DataFrame, day: np.ndarray, calendar: Calendars) -> np.ndarray:
    """Days on which the transits by lanes, begun on some days, are over, shape (lanes,)."""
    reached: np.ndarray = day + lanes["transit_days"].to_numpy()
    working = np.flatnonzero(lanes["transit"] == "working")
    if len(working):
        own, ship = lanes.iloc[working], day[working]
        runs = calendar.of("service", own["service"].to_numpy())
        ends = end_of_transit(runs, int(ship.max()) + 1, own["transit_days"].to_numpy())
        reached[working] = ends[np.arange(len(working)), ship]
    return reached


def _waits(journeys: pd.DataFrame, reached: np.ndarray, calendar: Calendars) -> np.ndarray:
    """Days from the end of each transit to the next day that is open to all on its journey."""
    closing = [name for kind, name in calendar.open_days if kind == "customer"]
    known = is_among(journeys["customer"], closing)
    journeys = journeys.assign(customer=journeys["customer"].where(known, ""))
    kind = journeys.groupby(list(journeys), sort=False).ngroup().to_numpy()
    is_open = np.ones((kind.max() + 1, calendar.days), dtype=bool)
    for name, ids in journeys.drop_duplicates().items():
        is_open &= calendar.of(str(name), ids.to_numpy())
    opens = np.pad(next_open(is_open), ((0, 0), (0, 1)), constant_values=2 * calendar.days)
    waits: np.ndarray = opens[kind, reached] - reached
    return waits
