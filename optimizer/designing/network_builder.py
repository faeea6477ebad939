"""Scenario and choices -> the network to be designed: each day's allocation relaxed to flows.

What is relaxed: units may be split; order rules, packs, quotas, parcels and transfers are left out;
lines of one segment, region, item and date are one demand; lines and orders are counted by their
units. What stays: entitlement, calendars, lateness and transit; supply, sites and lanes by the last
day on which a flow can leave. So a design that the network thinks possible may not be, and every
one is replayed by the allocation itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from models.design import Network, network_frame
from models.design.candidates import Choices, StockChoice
from models.problem import Problem
from models.scenario import Scenario
from models.settings import Settings
from optimizer.designing.demand_sample import DemandDay
from optimizer.designing.design import Designs
from optimizer.preparing import prepare
from optimizer.scenario.table_edits import cast_rows, with_table

DEMAND = ["n", "segment", "region", "item", "requested"]
"""Lines that are one demand; ``n`` is the day."""
LANE = ["site", "region", "service"]


def network_of(designs: Designs, days: Sequence[DemandDay]) -> Network:
    """Build the network.

    Parameters
    ----------
    designs
        With choices; without any, everything stays as it is.
    days
        Sampled; each counts the same.
    """
    union = with_every_choice(designs)
    parts = [_day(n, union, prepare(day.of(union))) for n, day in enumerate(days)]
    demands, ways, picked, carried, together = (
        pd.concat(frames, ignore_index=True) for frames in zip(*parts, strict=True)
    )
    before = np.cumsum([0, *(len(frames[0]) for frames in parts)])
    ways["demand"] += before[ways["n"]]
    sites, lanes = _sites(designs), _lanes(designs)
    items, positions = _stock(designs, sites)
    place = pd.MultiIndex.from_frame(positions[["site", "item"]])
    stocked = place.get_indexer(pd.MultiIndex.from_frame(ways[["site", "shipped"]])) >= 0
    ways = ways[stocked].reset_index(drop=True)  # others wait for transfers
    row_of = {site: nth for nth, site in enumerate(sites["site"])}
    return Network(
        days=len(days),
        may_move=_may_move(designs.choices),
        sites=network_frame("sites", dict(sites)),
        lanes=network_frame("lanes", {**lanes, "site": lanes["site"].map(row_of)}),
        items=network_frame("items", dict(items)),
        positions=network_frame(
            "positions",
            {**positions, "site": positions["site"].map(row_of), "item": _code(positions, items)},
        ),
        segments=_segments(union.settings, demands, len(days)),
        demands=network_frame("demands", {**demands, "day": demands["n"]}),
        flows=_flows(ways, lanes, row_of),
        **_supply_limits(ways, union, place, len(days)),
        **_site_limits(ways, picked, row_of),
        **_lane_limits(ways, carried, together),
    )


def _segments(settings: Settings, demands: pd.DataFrame, days: int) -> pd.DataFrame:
    """Segments with what they ask for, as a mean over the days."""
    ordered = demands["quantity"] * demands["weight"]
    columns = {
        "segment": list(settings.segments),
        "tier": [segment.tier for segment in settings.segments.values()],
        "total": np.bincount(demands["segment"], ordered, len(settings.segments)) / days,
        "level": promised_levels(settings),
    }
    return network_frame("segments", columns)


def _flows(ways: pd.DataFrame, lanes: pd.DataFrame, row_of: dict[str, int]) -> pd.DataFrame:
    """Code the ways; ``row_of`` has the row of each site."""
    decided = pd.MultiIndex.from_frame(lanes[LANE])
    lane = decided.get_indexer(pd.MultiIndex.from_frame(ways[LANE]))
    return network_frame("flows", {**ways, "site": ways["site"].map(row_of), "lane": lane})


def _supply_limits(
    ways: pd.DataFrame, scenario: Scenario, place: pd.MultiIndex, days: int
) -> dict[str, pd.DataFrame]:
    """Limit what leaves a position to what is put there and what arrives in time."""
    receipts = _receipts(scenario).merge(pd.DataFrame({"n": range(days)}), how="cross")
    supply, uses = _cumulative_limits(ways, ["n", "site", "shipped"], receipts, without=0.0)
    position = place.get_indexer(pd.MultiIndex.from_frame(supply[["site", "shipped"]]))
    frame = network_frame("supply", {"position": position, "arriving": supply["limit"]})
    return {"supply": frame, "supply_uses": uses}


def _site_limits(
    ways: pd.DataFrame, picked: pd.DataFrame, row_of: dict[str, int]
) -> dict[str, pd.DataFrame]:
    """Limit what leaves a site to what it can pick in time."""
    capacity, uses = _cumulative_limits(ways, ["n", "site"], picked)
    columns = {"site": capacity["site"].map(row_of), "limit": capacity["limit"]}
    return {"capacity": network_frame("capacity", columns), "capacity_uses": uses}


def _lane_limits(
    ways: pd.DataFrame, carried: pd.DataFrame, together: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Limit lanes to one region, and to all regions together."""
    one, its_uses = _cumulative_limits(ways, ["n", *LANE], carried)
    every, uses = _cumulative_limits(ways, ["n", "site", "service"], together)
    both = [its_uses, uses.assign(row=uses["row"] + len(one))]
    limit = np.append(one["limit"], every["limit"])
    return {
        "lane_capacity": network_frame("lane_capacity", {"limit": limit}),
        "lane_uses": pd.concat(both, ignore_index=True),
    }


def promised_levels(settings: Settings) -> list[float]:
    """Share that each segment is promised: its target, else its floor, else none."""
    return [
        s.target.level if s.target else (s.floor_level or 0.0) for s in settings.segments.values()
    ]


def with_every_choice(designs: Designs) -> Scenario:
    """Open every site that may be, run every lane, and put stock wherever it may go."""
    scenario, choices = designs.scenario, designs.choices or Choices()
    sites = scenario["sites"]
    sites = sites.assign(open=sites["open"] | sites["site"].isin(choices.sites))
    scenario = with_table(scenario, "sites", sites)
    if len(designs.lanes):
        both = pd.concat([scenario["lanes"], cast_rows("lanes", designs.lanes)], ignore_index=True)
        both = both.drop_duplicates(LANE, keep="last")
        scenario = with_table(scenario, "lanes", cast_rows("lanes", both))
    if choices.stock is None:
        return scenario
    total = scenario["stock"].groupby("item")["on_hand"].sum().rename("on_hand").reset_index()
    total["on_hand"] += choices.stock.may_buy
    return with_table(
        scenario, "stock", cast_rows("stock", total.merge(sites[["site"]], how="cross"))
    )


def _day(n: int, scenario: Scenario, problem: Problem) -> tuple[pd.DataFrame, ...]:
    """Demands, ways to serve them, and what sites and lanes can do day by day."""
    lines, orders, options = problem.lines, problem.orders, problem.options
    segments = list(scenario.settings.segments.values())
    of = problem.segments["of"].to_numpy()[lines["segment"]]
    region = scenario["customers"].set_index("customer")["region"]
    by_value = np.array([s.measure.base == "value" for s in segments])[of]
    book = pd.DataFrame(
        {
            "n": n,
            "segment": of,
            "region": region.loc[orders["customer"].to_numpy()[lines["order"]]].to_numpy(),
            "item": problem.items[lines["item"]],
            "requested": lines["requested"],
            "quantity": lines["limit"],
            "worth": lines["limit"] * np.where(by_value, lines["unit_value"], 1.0),
        }
    )
    grouped = book.groupby(DEMAND)
    demands = grouped[["quantity", "worth"]].sum().reset_index()
    demands["weight"] = demands["worth"] / demands["quantity"].where(demands["quantity"] > 0, 1.0)
    line = options["line"].to_numpy()
    punctual = np.array([s.measure.on_time for s in segments])[of][line]
    counts = (options["on_time"].to_numpy() | ~punctual) & (options["frozen"].to_numpy() < 0)
    used = options[counts]
    line = line[counts]
    each = pd.DataFrame(
        {
            "n": n,
            "demand": grouped.ngroup().to_numpy()[line],
            "site": problem.sites[used["site"]],
            "region": book["region"].to_numpy()[line],
            "service": problem.services[used["service"]],
            "shipped": problem.items[used["item"]],
            **{c: used[c].to_numpy() for c in ("day", "gives", "effort", "unit_cost")},
        }
    )
    keys = ["n", "demand", *LANE, "shipped"]
    ways = each.groupby(keys).agg(
        last=("day", "max"),
        gives=("gives", "first"),
        effort=("effort", "first"),
        unit_cost=("unit_cost", "mean"),
    )
    limits = (
        _by_day(each, used["site_day"], problem.site_days["limit"], ["n", "site"]),
        _by_day(each, used["lane_day"], problem.lane_days["limit"], ["n", *LANE]),
        _by_day(each, used["lane_total"], problem.lane_days["limit"], ["n", "site", "service"]),
    )
    return demands, ways.reset_index(), *limits


def _by_day(each: pd.DataFrame, row: pd.Series, limits: pd.Series, keys: list[str]) -> pd.DataFrame:
    """Limit of each day on which anything can leave; infinite where there is none."""
    limit = np.append(limits.to_numpy(), np.inf)[row.to_numpy()]
    return each[[*keys, "day"]].assign(limit=limit).drop_duplicates([*keys, "day"])


def _cumulative_limits(
    ways: pd.DataFrame, keys: list[str], by_day: pd.DataFrame, without: float = np.inf
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Limit what must have left by each day to what can leave until then.

    Parameters
    ----------
    ways
        Flows, each with its ``last`` day.
    keys
        What shares a limit.
    by_day
        ``keys``, ``day``, ``limit``.
    without
        Limit of what has none; rows with an infinite one are left out.

    Returns
    -------
    rows, uses
        ``keys`` and ``limit``; row and flow of each use.
    """
    rows = ways[[*keys, "last"]].drop_duplicates().sort_values([*keys, "last"], ignore_index=True)
    both = rows.reset_index(names="row").merge(by_day, on=keys)
    sums = both[both["day"] <= both["last"]].groupby("row")["limit"].sum()
    rows["limit"] = sums.reindex(range(len(rows)), fill_value=without)
    rows = rows[np.isfinite(rows["limit"])].reset_index(drop=True)
    flows = ways[[*keys, "last"]].reset_index(names="flow")
    uses = rows.drop(columns="limit").reset_index(names="row").merge(flows, on=keys)
    uses = uses[uses["last_y"] <= uses["last_x"]]
    return rows, network_frame("capacity_uses", dict(uses[["row", "flow"]]))


def _receipts(scenario: Scenario) -> pd.DataFrame:
    """Sum up what arrives beside stock, by site, item and day."""
    receipts, start = scenario["receipts"], pd.Timestamp(scenario.settings.horizon.start)
    day = (receipts["date"] - start).dt.days
    frame = receipts.assign(day=day, shipped=receipts["item"], limit=receipts["quantity"])
    return frame.groupby(["site", "shipped", "day"])["limit"].sum().reset_index()


def _sites(designs: Designs) -> pd.DataFrame:
    scenario, free = designs.scenario, designs.choices.sites if designs.choices else ()
    sites, days = scenario["sites"], scenario.settings.horizon.days
    chosen = sites["site"].isin(free)
    return pd.DataFrame(
        {
            "site": sites["site"],
            "fixed_cost": sites["fixed_cost_per_day"] * days,
            "may_open": sites["open"] | chosen,
            "must_open": sites["open"] & ~chosen,
        }
    )


def _lanes(designs: Designs) -> pd.DataFrame:
    if not len(designs.lanes):
        return pd.DataFrame({name: [] for name in [*LANE, "fixed_cost"]}, dtype=object)
    days = designs.scenario.settings.horizon.days
    return designs.lanes.assign(fixed_cost=designs.lanes["fixed_cost_per_day"] * days)


def _stock(designs: Designs, sites: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Items, and every place where an item is or may be put."""
    scenario = designs.scenario
    choice = designs.choices.stock if designs.choices else None
    costs = choice or StockChoice()
    union = with_every_choice(designs)
    stock, receipts = union["stock"][["site", "item"]], union["receipts"][["site", "item"]]
    places = pd.concat([stock, receipts, scenario["stock"][["site", "item"]]]).drop_duplicates()
    places = places.sort_values(["site", "item"], ignore_index=True)
    today = scenario["stock"].set_index(["site", "item"])["on_hand"]
    places["today"] = today.reindex(pd.MultiIndex.from_frame(places), fill_value=0.0).to_numpy()
    total = places.groupby("item")["today"].sum()
    items = pd.DataFrame({"item": total.index, "total": total.to_numpy()})
    items = items.assign(
        may_buy=costs.may_buy,
        buy_cost=costs.buy_cost_per_unit,
        hold_cost=costs.hold_cost_per_unit,
    )
    reach = places["item"].map(total) + costs.may_buy
    places["most"] = reach if choice else places["today"]
    return items, places.assign(move_cost=costs.move_cost_per_unit)


def _code(positions: pd.DataFrame, items: pd.DataFrame) -> np.ndarray:
    return pd.Index(items["item"]).get_indexer(positions["item"])


def _may_move(choices: Choices | None) -> float:
    if choices is None or choices.stock is None:
        return 0.0
    return np.inf if choices.stock.may_move is None else choices.stock.may_move
