"""What would fill a line on time while everybody else keeps what they have.

Each change is the smallest of its kind: found by a MIP over the product's own rules that raises
limits as little as possible. So a unit less of it does not fill the line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from models.problem import FULL, Problem
from models.scenario import Scenario
from optimizer.customers.staging import stages_today
from optimizer.explaining.changes import (
    NO_PARTS,
    PARTS,
    Change,
    Fill,
    Row,
    promised,
    raised,
    requested_on,
)
from optimizer.explaining.keeping import others_kept, with_rows
from optimizer.explaining.relaxing import liftable
from optimizer.explaining.room import Found, Room, Wanted, row_of
from optimizer.preparing.supply import levels
from optimizer.solver import SolverProcess
from optimizer.wording import listed, number

NOTHING = 1e-6
"""Less is nothing [unit]."""
MOST_MORE = 1024.0
"""Supply is raised by no more where quotas take a part of it [unit]."""
MOST = 1e7
"""A limit is raised by no more [unit]."""
NONE = pd.DataFrame({"row": [], "upper": [], "whole": []})


@dataclass(frozen=True, eq=False)
class Asked:
    """The line in question, and the plan.

    Parameters
    ----------
    scenario, shipments, lines
        The inputs and the plan's frames.
    order, line
        Which.
    """

    scenario: Scenario
    shipments: pd.DataFrame
    lines: pd.DataFrame
    order: str
    line: str

    @property
    def orders(self) -> tuple[str, ...]:
        """Orders that are planned anew."""
        return (self.order,)

    def room(self, change: Change | None = None) -> Room:
        """Open what is left beside all others, of the inputs or of changed ones."""
        inputs = change(self.scenario) if change else self.scenario
        return Room.beside_others(others_kept(inputs, self.shipments, self.orders), self.orders)

    def wanted(self, problem: Problem, until: int | None = None) -> list[Wanted]:
        """Ask for the line in full, on time or until a day, and for no less of its siblings."""
        options, days = problem.options, problem.options["arrival"].to_numpy()
        line, on_time = options["line"].to_numpy(), options["on_time"].to_numpy()
        asked = []
        for name, delivered, punctual, ordered in self._siblings():
            mine = line == row_of(problem, self.order, name)
            if name == self.line:
                there = on_time if until is None else days <= until
                asked.append(Wanted(mine & there, ordered))
                continue
            asked += [Wanted(mine, delivered), Wanted(mine & on_time, punctual)]
        return [each for each in asked if each.units > NOTHING]

    def _siblings(self) -> Iterator[tuple[str, float, float, float]]:
        mine = self.lines[self.lines["order"] == self.order]
        columns = ("line", "delivered", "delivered_on_time", "ordered")
        yield from mine[list(columns)].itertuples(index=False, name=None)


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


def fits_alone(asked: Asked, rooms: Rooms, process: SolverProcess, frozen: pd.DataFrame) -> bool:
    """Whether the line could be filled from known supply, were nothing but ``frozen`` promised."""
    problem = rooms.room.problem
    start = pd.Timestamp(problem.settings.horizon.start)
    options = problem.options[problem.options["frozen"] >= 0].drop_duplicates("frozen")
    line = problem.lines.iloc[options["line"]]
    names = pd.DataFrame(
        {
            "order": problem.orders["order"].to_numpy()[line["order"]],
            "line": line["line"].to_numpy(),
            "item": problem.items[options["item"]],
            "site": problem.sites[options["site"]],
            "service": problem.services[options["service"]],
            "ship_date": start + pd.to_timedelta(options["day"].to_numpy(), unit="D"),
        }
    )
    stays = pd.MultiIndex.from_frame(names).isin(
        pd.MultiIndex.from_frame(frozen[list(names.columns)])
    )
    released = np.ones(len(problem.frozen), dtype=bool)
    released[options["frozen"].to_numpy()[stays]] = False
    wanted = asked.wanted(problem)
    return rooms.room.without(released).solve(process, wanted, NONE) is not None


def fills(asked: Asked, rooms: Rooms, process: SolverProcess, reasons: set[str]) -> list[Fill]:
    """List what would fill a line, the simplest first.

    Parameters
    ----------
    asked
        The line and the plan.
    rooms
        What is left beside all others.
    process
        Solves.
    reasons
        Why units of it are missing.

    Raises
    ------
    NoAnswerError
        When the solver says nothing.
    """
    room = rooms.room
    as_it_is = room.solve(process, asked.wanted(room.problem), NONE, shipping=_loss(room))
    if as_it_is is not None:
        return [_promise(asked, room, as_it_is)]
    found = [*_more(asked, rooms, process), *_rules(asked, process, reasons)]
    later = _later(asked, process, room)
    return [*found, later] if later else found


def _loss(room: Room) -> np.ndarray:
    """Cost less worth of a unit shipped by each option [currency/unit]."""
    options = room.problem.options
    loss: np.ndarray = (options["unit_cost"] - options["unit_worth"]).to_numpy()
    return loss


def _promise(asked: Asked, room: Room, found: Found) -> Fill:
    """Say what ships if somebody promises it: it is all there."""
    problem, options = room.problem, room.problem.options
    mine = (found.x > NOTHING) & (
        options["line"].to_numpy() == row_of(problem, asked.order, asked.line)
    )
    rows = options[mine]
    start = pd.Timestamp(problem.settings.horizon.start)
    told = pd.DataFrame(
        {
            "order": asked.order,
            "line": asked.line,
            "item": problem.items[rows["item"]],
            "site": problem.sites[rows["site"]],
            "service": problem.services[rows["service"]],
            "ship_date": start + pd.to_timedelta(rows["day"].to_numpy(), unit="D"),
            "quantity": found.x[mine],
        }
    )
    keys = [name for name in told.columns if name != "quantity"]
    told = told.groupby(keys)["quantity"].sum().reset_index()
    columns = ("quantity", "item", "site", "service", "ship_date")
    shipped = [
        f"{number(units)} of {item} from {site} by {service} on {day:%Y-%m-%d}"
        for units, item, site, service, day in told[list(columns)].itertuples(index=False)
    ]
    words = f"Nothing is missing: commit {listed(shipped)}, and it is full and on time"
    return Fill("promise", words, 0.0, NO_PARTS, asked.orders, promised(told))


def _more(asked: Asked, rooms: Rooms, process: SolverProcess) -> Iterator[Fill]:
    """Raise supply, or limits, or all of them together."""
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
    least, sites = every.further.sum(), _cheapest_first(asked, rooms.wide)
    if least <= NOTHING:  # there is room for all in the limits that follow supply: begin with one
        return _fill(asked, first[first["site"] == sites[0]].head(1).assign(units=1.0))
    for site in sites:
        rows = first[first["site"] == site]
        alone = rooms.wide.solve(process, wanted, rows, most=least + FULL)
        if alone is not None:
            first = rows
            break

    def by(day: int) -> pd.DataFrame:
        same = supply["site"].isin(first["site"]) & (supply["day"] == day)
        return supply[same]

    low, high = 0, int(supply["day"].max())
    while low < high:
        middle = (low + high + 1) // 2
        fits = rooms.wide.solve(process, wanted, by(middle), most=least + FULL) is not None
        low, high = (middle, high) if fits else (low, middle - 1)
    return _least(asked, process, rooms.wide, by(low))


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
        return room.solve(process, asked.wanted(room.problem), NONE) is not None

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
    return None if found is None else _fill(asked, rows.assign(units=found.further.round(6)))


def _fill(asked: Asked, parts: pd.DataFrame) -> Fill:
    """Tell what is raised."""
    parts = parts[parts["units"] > NOTHING]
    parts = parts.drop(columns="row").rename(columns={"number": "row"})
    kinds = parts["resource"].unique()
    kind = str(kinds[0]) if len(kinds) == 1 else "combination"
    parts = parts[PARTS].reset_index(drop=True)
    words = listed(_part_words(part) for part in parts.to_dict("records"))
    units = round(float(parts["units"].sum()), 6)
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
    problem, rows = room.problem, room.matrix.rows
    start = pd.Timestamp(problem.settings.horizon.start)
    regions = np.append(problem.regions, "")
    sites, lanes, quotas = problem.site_days, problem.lane_days, problem.quotas
    table = asked.scenario["quotas"]
    at_most = np.append(table["at_most"].notna() & ~(table["protected"] > 0), False)
    parts = [
        pd.DataFrame(
            {
                "resource": "site_capacity",
                "row": rows["site_capacity"].start + np.arange(len(sites)),
                "site": problem.sites[sites["site"]],
                "day": sites["day"],
                "own": sites["most"] <= sites["limit"],
            }
        ),
        pd.DataFrame(
            {
                "resource": "lane_capacity",
                "row": rows["lane_capacity"].start + np.arange(len(lanes)),
                "site": problem.sites[lanes["site"]],
                "region": regions[lanes["region"]],
                "service": problem.services[lanes["service"]],
                "day": lanes["day"],
                "own": lanes["most"] <= lanes["limit"],
            }
        ),
        pd.DataFrame(
            {
                "resource": "quota",
                "row": rows["quota"].start + np.arange(len(quotas)),
                "number": quotas["row"] + 1,
                "own": (quotas["most"] <= quotas["limit"]) & at_most[quotas["row"]],
            }
        ),
    ]
    both = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    told = both[both["own"].astype(bool)].reindex(columns=[*_COLUMNS])
    told = told.assign(upper=MOST, whole=False, date=start + pd.to_timedelta(told["day"], unit="D"))
    return told.assign(
        **{name: told[name].astype(object).fillna("") for name in ("site", "region", "service")}
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
    top = len(levels(problem.settings)) - 1
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


def _rules(asked: Asked, process: SolverProcess, reasons: set[str]) -> Iterator[Fill]:
    """Lift one rule after another, each alone."""
    for words, change in liftable(asked.scenario, asked.order, asked.line, reasons):
        room = asked.room(change)
        if room.solve(process, asked.wanted(room.problem), NONE) is not None:
            yield Fill("rule", words, 0.0, NO_PARTS, asked.orders, change)


def _later(asked: Asked, process: SolverProcess, room: Room) -> Fill | None:
    """Find the first day by which the line can be there in full."""
    problem = room.problem
    line = row_of(problem, asked.order, asked.line)
    mine = problem.options["line"].to_numpy() == line
    requested = int(problem.lines["requested"].iloc[line])
    days = np.unique(problem.options["arrival"].to_numpy()[mine])
    days = days[days > requested]

    def fits(day: int) -> bool:
        return room.solve(process, asked.wanted(problem, day), NONE) is not None

    first, last = 0, len(days)
    while first < last:
        middle = (first + last) // 2
        first, last = (first, middle) if fits(int(days[middle])) else (middle + 1, last)
    if first == len(days):
        return None
    day = pd.Timestamp(problem.settings.horizon.start) + pd.Timedelta(days=int(days[first]))
    moved = int(days[first]) - requested
    words = f"promise it for {day:%Y-%m-%d}, {moved} days later than requested"
    change = requested_on(asked.orders, day)
    return Fill("date", words, float(moved), NO_PARTS, asked.orders, change)
