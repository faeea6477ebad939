"""Limits raised as little as possible: more supply, capacity or quota that fills a line.

Supply may come to any open site on any day: the problem is prepared with plenty everywhere, which
is taken back from the rows of stock and becomes further columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from models.scenario import Scenario
from models.tolerances import UNIT, UNIT_DECIMALS
from optimizer.common.words import listed, number
from optimizer.explaining.free_room import NO_COLUMNS, Room, row_of
from optimizer.explaining.input_changes import PARTS, Change, Fill, Row, raised
from optimizer.explaining.question import Asked
from optimizer.preparing.stock_epochs import certainty_levels
from optimizer.scenario.stages import stages_today
from optimizer.scenario.table_edits import with_rows
from optimizer.solving.highs import SolverProcess

MOST_MORE = 1024.0
"""Supply is raised by no more where quotas take a part of it [unit]."""
MOST = 1e7
"""A limit is raised by no more [unit]."""


@dataclass(frozen=True, eq=False)
class Rooms:
    """What is left beside all others: as it is, and where further supply may come.

    Parameters
    ----------
    room
        As it is.
    wide
        The same where no limit depends on supply; with plenty of supply else.
    supply
        Further columns of ``wide``: supply by place and day.
    """

    room: Room
    wide: Room
    supply: pd.DataFrame


def rooms_of(asked: Asked) -> Rooms:
    """Open what is left beside all others."""
    wide = asked.room(_plenty(asked))
    supply = _supply(asked, wide)
    return Rooms(asked.room() if _limits_follow(asked.scenario) else wide, wide, supply)


def _limits_follow(scenario: Scenario) -> bool:
    """Whether quotas or caps of stages are shares of supply, or what is left of it."""
    at = stages_today(scenario.settings, scenario.tables).unique()
    caps = (scenario.settings.stages[name].supply_share_cap for name in at)
    protects = bool((scenario["quotas"]["protected"] > 0).any())
    return protects or any(cap is not None for cap in caps)


def raising(asked: Asked, rooms: Rooms, process: SolverProcess) -> Iterator[Fill]:
    """Raise limits, or supply, or all of them together.

    Parameters
    ----------
    asked
        The line and the plan.
    rooms
        What is left beside all others.
    process
        Solves.
    """
    limits = _limits(asked, rooms.room)
    found = [
        fill
        for _, rows in limits.groupby("resource")
        if (fill := _least(asked, process, rooms.room, rows)) is not None
    ]
    yield from found
    fill = _least_supply(asked, rooms, process)
    if fill is None and not found:
        both = pd.concat([rooms.supply, _limits(asked, rooms.wide)], ignore_index=True)
        fill = _least(asked, process, rooms.wide, both)
    if fill is not None and (enough := _enough(asked, process, fill)) is not None:
        yield enough


def _least_supply(asked: Asked, rooms: Rooms, process: SolverProcess) -> Fill | None:
    """Find the least supply: at one site if that does, and by the latest day that does."""
    supply, wanted = rooms.supply, asked.wanted(rooms.wide.problem)
    first = supply[supply["day"] == 0]
    every = rooms.wide.solve(process, wanted, first)
    if every is None:
        return None
    least, near = every.further.sum(), _cheapest_first(asked, rooms.wide)
    if least <= UNIT:  # there is room for all in the limits that follow supply: begin with one
        return _fill(asked, first[first["site"] == near[0]].head(1).assign(units=1.0))
    for site in near:
        rows = first[first["site"] == site]
        alone = rooms.wide.solve(process, wanted, rows, most=least + UNIT)
        if alone is not None:
            first = rows
            break

    sites = first["site"].unique()
    return _latest(asked, process, rooms, supply[supply["site"].isin(sites)], least + UNIT)


def _latest(
    asked: Asked, process: SolverProcess, rooms: Rooms, supply: pd.DataFrame, most: float
) -> Fill | None:
    """Find the last day by which supply does, and the least of it."""
    wanted = asked.wanted(rooms.wide.problem)
    low, high = 0, int(supply["day"].max())
    while low < high:
        middle = (low + high + 1) // 2
        rows = supply[supply["day"] == middle]
        fits = rooms.wide.solve(process, wanted, rows, most=most) is not None
        low, high = (middle, high) if fits else (low, middle - 1)
    return _least(asked, process, rooms.wide, supply[supply["day"] == low])


def _cheapest_first(asked: Asked, room: Room) -> list[str]:
    """Sites that can ship for the line, by the cost of a unit from there."""
    problem = room.problem
    mine = problem.options["line"] == row_of(problem, asked.order, asked.line)
    cost = problem.options[mine].groupby("site")["unit_cost"].min().sort_values(kind="stable")
    return list(problem.sites[cost.index])


def _enough(asked: Asked, process: SolverProcess, fill: Fill) -> Fill | None:
    """Raise supply further where quotas take a part of it: what they leave depends on it."""
    if not _limits_follow(asked.scenario):
        return fill

    def fits(more: float) -> bool:
        room = asked.room(fill.less(-more).change)
        return room.solve(process, asked.wanted(room.problem), NO_COLUMNS) is not None

    if fits(0.0):
        return fill
    high = 1.0
    while not fits(high):
        high *= 2
        if high > MOST_MORE:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle) else (middle, high)
    enough = fill.less(-high)
    words = listed(_part_words(part) for part in enough.parts.to_dict("records"))
    return replace(enough, words=words)


def _least(asked: Asked, process: SolverProcess, room: Room, rows: pd.DataFrame) -> Fill | None:
    """Raise some limits by as little as possible."""
    found = room.solve(process, asked.wanted(room.problem), rows)
    return (
        None
        if found is None
        else _fill(asked, rows.assign(units=found.further.round(UNIT_DECIMALS)))
    )


def _fill(asked: Asked, parts: pd.DataFrame) -> Fill:
    """Tell what is raised."""
    parts = parts[parts["units"] > UNIT]
    parts = parts.drop(columns="row").rename(columns={"number": "row"})
    kinds = parts["resource"].unique()
    kind = str(kinds[0]) if len(kinds) == 1 else "combination"
    parts = parts[PARTS].reset_index(drop=True)
    words = listed(_part_words(part) for part in parts.to_dict("records"))
    units = round(float(parts["units"].sum()), UNIT_DECIMALS)
    return Fill(kind, words, units, parts, asked.orders, raised(parts))


def _part_words(part: Row) -> str:
    units = number(part["units"])
    if part["resource"] == "quota":
        return f"{units} more in row {part['row']:.0f} of quotas"
    on = f"{part['date']:%Y-%m-%d}"
    if part["resource"] == "supply":
        return f"{units} more of {part['item']} at {part['site']} by {on}"
    if part["resource"] == "site_capacity":
        return f"{units} more of capacity of {part['site']} on {on}"
    to = f" to {part['region']}" if part["region"] else ""
    return f"{units} more from {part['site']} by {part['service']}{to} on {on}"


def _limits(asked: Asked, room: Room) -> pd.DataFrame:
    """Limits of a day or a group that could be raised; those that promises exceed could not."""
    parts = [_of_sites(room), _of_lanes(room), _of_quotas(asked, room)]
    both = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    told = both[both["own"].astype(bool)].reindex(columns=[*_COLUMNS])
    start = pd.Timestamp(room.problem.settings.horizon.start)
    told = told.assign(upper=MOST, whole=False, date=start + pd.to_timedelta(told["day"], unit="D"))
    return told.assign(
        **{name: told[name].astype(object).fillna("") for name in ("site", "region", "service")}
    )


def _of_sites(room: Room) -> pd.DataFrame:
    """Capacity of sites by day."""
    problem, first = room.problem, room.matrix.rows["site_capacity"].start
    days = problem.site_days
    return pd.DataFrame(
        {
            "resource": "site_capacity",
            "row": first + np.arange(len(days)),
            "site": problem.sites[days["site"]],
            "day": days["day"],
            "own": days["most"] <= days["limit"],
        }
    )


def _of_lanes(room: Room) -> pd.DataFrame:
    """Capacity of lanes by day; without a region that of all regions together."""
    problem, first = room.problem, room.matrix.rows["lane_capacity"].start
    days, regions = problem.lane_days, np.append(problem.regions, "")
    return pd.DataFrame(
        {
            "resource": "lane_capacity",
            "row": first + np.arange(len(days)),
            "site": problem.sites[days["site"]],
            "region": regions[days["region"]],
            "service": problem.services[days["service"]],
            "day": days["day"],
            "own": days["most"] <= days["limit"],
        }
    )


def _of_quotas(asked: Asked, room: Room) -> pd.DataFrame:
    """Quotas that say how much at most, and protect nothing."""
    problem, first = room.problem, room.matrix.rows["quota"].start
    quotas, table = problem.quotas, asked.scenario["quotas"]
    at_most = np.append(table["at_most"].notna() & ~(table["protected"] > 0), False)
    return pd.DataFrame(
        {
            "resource": "quota",
            "row": first + np.arange(len(quotas)),
            "number": quotas["row"] + 1,
            "own": (quotas["most"] <= quotas["limit"]) & at_most[quotas["row"]],
        }
    )


_COLUMNS = ("resource", "row", "site", "item", "region", "service", "number", "day")


def _plenty(asked: Asked) -> Change:
    """Change that has plenty of what the order may get, everywhere and every day."""

    def change(scenario: Scenario) -> Scenario:
        return with_rows(scenario, "receipts", _everywhere(asked))

    return change


def _everywhere(asked: Asked) -> pd.DataFrame:
    """Receipts of all that the order may get at each open site on each day."""
    scenario = asked.scenario
    horizon, sites = scenario.settings.horizon, scenario["sites"]
    mine = scenario["lines"][scenario["lines"]["order"] == asked.order]
    swaps = scenario["substitutes"]
    swaps = swaps[swaps["item"].isin(mine["item"])]
    items = pd.Index(mine["item"]).append(pd.Index(swaps["substitute"])).unique()
    ratio = float(swaps["ratio"].max()) if len(swaps) else 1.0
    pack = scenario["items"].set_index("item")["pack"].reindex(items).max()
    enough = np.ceil(float(mine["quantity"].sum()) * max(ratio, 1.0)) + np.nan_to_num(pack, nan=1.0)
    days = pd.Series(pd.date_range(horizon.start, periods=horizon.days), name="date")
    rows = pd.DataFrame({"site": sites["site"][sites["open"]]}).merge(
        pd.DataFrame({"item": items}), how="cross"
    )
    rows = rows.merge(days.to_frame(), how="cross")
    return rows.assign(quantity=enough, kind="what if", confidence=1.0)


def _supply(asked: Asked, room: Room) -> pd.DataFrame:
    """Take the plenty back, and let it come as needed: a further column for each place and day."""
    plenty, problem = _everywhere(asked), room.problem
    start = pd.Timestamp(problem.settings.horizon.start)
    day = (plenty["date"] - start).dt.days
    pairs, epochs = problem.pairs, problem.epochs
    top = len(certainty_levels(problem.settings)) - 1
    own = pd.DataFrame(
        {
            "site": problem.sites[pairs["site"].to_numpy()[epochs["pair"]]],
            "item": problem.items[pairs["item"].to_numpy()[epochs["pair"]]],
            "level": pairs["level"].to_numpy()[epochs["pair"]],
            "day": epochs["day"],
            "row": room.matrix.rows["stock_balance"].start + np.arange(len(epochs)),
        }
    )
    rows = plenty.assign(day=day).merge(own[own["level"] == top], on=["site", "item", "day"])
    room.matrix.row_upper[rows["row"]] -= rows["quantity"].to_numpy()
    items = asked.scenario["items"].set_index("item")["divisible"]
    divisible = items.reindex(rows["item"]).fillna(value=False).to_numpy(dtype=bool)
    told = rows.assign(
        resource="supply", upper=rows["quantity"], whole=~divisible, region="", service=""
    )
    return told.assign(number=np.nan).drop(columns=["level", "kind", "confidence", "quantity"])
