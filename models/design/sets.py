"""Ranges, parameters, listings and variables of the design model."""

from __future__ import annotations

import numpy as np

from models.allocation import Declared
from models.design.network import Network


def declare(n: Network, *, whole: bool = False) -> Declared:
    """Declare everything that the rules name.

    Parameters
    ----------
    n
        The network.
    whole
        Let Pyomo expand the rules itself; slow, for tests.
    """
    d = Declared(whole)
    d.model.name = "design"
    d.rows("ALL", 1, "the whole design")
    _sites(d, n)
    _stock(d, n)
    _flows(d, n)
    _limits(d, n)
    _links(d, n)
    _services(d, n)
    return d


def _all_of(d: Declared, name: str, count: int, doc: str) -> None:
    d.listing(name, "ALL", np.zeros(count, dtype=int), np.arange(count), doc)


def _sites(d: Declared, n: Network) -> None:
    sites, lanes = n.sites, n.lanes
    d.rows("SITES", len(sites), "sites that are or may be open")
    d.column("site_cost", "SITES", sites["fixed_cost"], "of being open [currency/period]")
    d.variable("open", "SITES", sites["may_open"], True, "the site is open")
    _all_of(d, "sites_of_all", len(sites), "every site")
    kept = np.flatnonzero(sites["must_open"])
    d.rows("KEPT", len(kept), "sites that must be open")
    d.column("site_kept", "KEPT", kept, "the site")
    d.rows("LANES", len(lanes), "lanes with a cost of being run")
    d.column("lane_cost", "LANES", lanes["fixed_cost"], "of being run [currency/period]")
    d.column("site_of_lane", "LANES", lanes["site"], "where it starts")
    d.variable("runs", "LANES", 1, True, "the lane is run")
    _all_of(d, "lanes_of_all", len(lanes), "every such lane")


def _stock(d: Declared, n: Network) -> None:
    items, places = n.items, n.positions
    d.rows("ITEMS", len(items), "items")
    d.column("total", "ITEMS", items["total"], "in stock today [unit]")
    d.column("buy_cost", "ITEMS", items["buy_cost"], "[currency/unit and period]")
    d.column("hold_cost", "ITEMS", items["hold_cost"], "[currency/unit and period]")
    _all_of(d, "items_of_all", len(items), "every item")
    d.rows("POSITIONS", len(places), "item at a site")
    d.column("today", "POSITIONS", places["today"], "in stock there today [unit]")
    d.column("most_positioned", "POSITIONS", places["most"], "may be put there [unit]")
    d.column("site_of_position", "POSITIONS", places["site"], "where")
    d.column("move_cost", "POSITIONS", places["move_cost"], "[currency/unit and period]")
    nth = np.arange(len(places))
    d.listing("positions_of_item", "ITEMS", places["item"], nth, "where the item may be")
    _all_of(d, "positions_of_all", len(places), "every position")
    d.column("may_move", "ALL", [min(n.may_move, float(places["most"].sum()))], "[unit]")
    d.variable("positioned", "POSITIONS", places["most"], False, "put there [unit]")
    d.variable("gained", "POSITIONS", places["most"], False, "of that more than today [unit]")
    by_item = np.bincount(places["item"], places["most"], len(items))
    bought = np.minimum(items["may_buy"], by_item)
    d.variable("bought", "ITEMS", bought, False, "beyond today's stock [unit]")


def _flows(d: Declared, n: Network) -> None:
    flows, demands = n.flows, n.demands
    demand = flows["demand"].to_numpy()
    quantity = demands["quantity"].to_numpy()[demand]
    d.rows("DEMANDS", len(demands), "what a segment asks for in a region, by item and day")
    d.column("quantity", "DEMANDS", demands["quantity"], "asked for [unit]")
    d.rows("FLOWS", len(flows), "ways to serve a demand")
    d.column("gives", "FLOWS", flows["gives"], "units for a unit shipped")
    d.column("effort", "FLOWS", flows["effort"], "site capacity used by a unit")
    counts = flows["gives"].to_numpy() * demands["weight"].to_numpy()[demand]
    d.column("counts", "FLOWS", counts, "service of a unit [base unit/unit shipped]")
    d.column("flow_cost", "FLOWS", flows["unit_cost"] / n.days, "its share of the mean")
    d.listing("flows_of_demand", "DEMANDS", demand, np.arange(len(flows)), "ways to serve it")
    _all_of(d, "flows_of_all", len(flows), "every way")
    d.variable("flow", "FLOWS", quantity / flows["gives"], False, "shipped [unit]")


def _limits(d: Declared, n: Network) -> None:
    d.rows("SUPPLY", len(n.supply), "position, sampled day and last ship day")
    d.column("position_of_supply", "SUPPLY", n.supply["position"], "drawn from")
    d.column("arriving", "SUPPLY", n.supply["arriving"], "received by then [unit]")
    uses = n.supply_uses
    d.listing("flows_of_supply", "SUPPLY", uses["row"], uses["flow"], "that must leave by then")
    d.rows("CAPACITY", len(n.capacity), "site, sampled day and last ship day")
    d.column("site_of_capacity", "CAPACITY", n.capacity["site"], "which")
    d.column("site_limit", "CAPACITY", n.capacity["limit"], "can be picked by then [unit x effort]")
    uses = n.capacity_uses
    d.listing("flows_of_capacity", "CAPACITY", uses["row"], uses["flow"], "that must leave by then")
    d.rows("LANE_DAYS", len(n.lane_capacity), "lane, sampled day and last ship day")
    d.column("lane_limit", "LANE_DAYS", n.lane_capacity["limit"], "can be carried by then [unit]")
    uses = n.lane_uses
    d.listing("flows_of_lane_day", "LANE_DAYS", uses["row"], uses["flow"], "that must leave then")


def _links(d: Declared, n: Network) -> None:
    """Tie flows to the sites and lanes that they need, where these can be left out."""
    flows = n.flows
    demand, site = flows["demand"].to_numpy(), flows["site"].to_numpy()
    quantity = n.demands["quantity"].to_numpy()
    free = np.flatnonzero(~n.sites["must_open"].to_numpy()[site])
    pairs = demand[free] * max(len(n.sites), 1) + site[free]
    found, first, row = np.unique(pairs, return_index=True, return_inverse=True)
    d.rows("LINKS", len(found), "demand and site that may be closed")
    d.column("link_quantity", "LINKS", quantity[demand[free[first]]], "asked for [unit]")
    d.column("site_of_link", "LINKS", site[free[first]], "the site")
    d.listing("flows_of_link", "LINKS", row, free, "ways between them")
    decided = np.flatnonzero(flows["lane"] >= 0)
    d.rows("LANE_LINKS", len(decided), "flows by lanes that are decided on")
    d.column("flow_of_lane_link", "LANE_LINKS", decided, "the flow")
    d.column("lane_of_link", "LANE_LINKS", flows["lane"].to_numpy()[decided], "the lane")
    d.column("lane_link_quantity", "LANE_LINKS", quantity[demand[decided]], "asked for [unit]")


def _services(d: Declared, n: Network) -> None:
    segments, demands = n.segments, n.demands
    day, segment = demands["day"].to_numpy(), demands["segment"].to_numpy()
    pairs = day * max(len(segments), 1) + segment
    found, row = np.unique(pairs, return_inverse=True)
    most = np.bincount(row, demands["quantity"] * demands["weight"], len(found))
    d.rows("SERVICES", len(found), "segment and sampled day")
    of_flow = row[n.flows["demand"].to_numpy()] if len(n.flows) else np.empty(0, dtype=int)
    d.listing("flows_of_service", "SERVICES", of_flow, np.arange(len(n.flows)), "that count")
    d.column("share", "SERVICES", np.full(len(found), 1.0 / n.days), "of the mean")
    d.rows("SEGMENTS", len(segments), "segments")
    need = segments["total"] * segments["level"]
    d.column("need", "SEGMENTS", need, "promised [base unit/period]")
    owner = found % max(len(segments), 1)
    d.listing("services_of_segment", "SEGMENTS", owner, np.arange(len(found)), "its days")
    _all_of(d, "segments_of_all", len(segments), "every segment")
    d.variable("served", "SERVICES", most, False, "service given [base unit]")
    d.variable("short", "SEGMENTS", need, False, "missing to the promise [base unit/period]")
