"""The rules and goals of network design, one function each: ordinary Pyomo over integer ranges.

Add a rule: its rows and listings in :mod:`models.design.sets`, its function and its line in
``RULES`` here, its paragraph in the maths card.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from models.allocation import Rule


def within_demand(m: Any, d: int) -> Any:
    """(D1) sum_j gives_j flow_j <= q_d: nobody gets more than was asked for."""
    return sum(m.gives[j] * m.flow[j] for j in m.flows_of_demand[d]) <= m.quantity[d]


def within_supply(m: Any, e: int) -> Any:
    """(D2) sum_j flow_j <= positioned_p + arriving_e: what leaves by a day was there by then."""
    drawn = sum(m.flow[j] for j in m.flows_of_supply[e])
    return drawn <= m.positioned[m.position_of_supply[e]] + m.arriving[e]


def site_capacity(m: Any, c: int) -> Any:
    """(D3) sum_j effort_j flow_j <= C_c open_i: a site picks what it can by a day, if open."""
    picked = sum(m.effort[j] * m.flow[j] for j in m.flows_of_capacity[c])
    return picked <= m.site_limit[c] * m.open[m.site_of_capacity[c]]


def lane_capacity(m: Any, c: int) -> Any:
    """(D4) sum_j flow_j <= C_c: a lane carries by a day what it can."""
    return sum(m.flow[j] for j in m.flows_of_lane_day[c]) <= m.lane_limit[c]


def from_open_sites(m: Any, a: int) -> Any:
    """(D5) sum_j gives_j flow_j <= q_d open_i over the flows of site i: closed sites serve nobody.

    For every demand and site, never summed over demands: the LP is then close to whole answers.
    """
    served = sum(m.gives[j] * m.flow[j] for j in m.flows_of_link[a])
    return served <= m.link_quantity[a] * m.open[m.site_of_link[a]]


def on_lanes_that_run(m: Any, b: int) -> Any:
    """(D6) gives_j flow_j <= q_d runs_k: nothing goes by a lane that is not run."""
    j = m.flow_of_lane_link[b]
    return m.gives[j] * m.flow[j] <= m.lane_link_quantity[b] * m.runs[m.lane_of_link[b]]


def lanes_from_open_sites(m: Any, k: int) -> Any:
    """(D7) runs_k <= open_i: a lane runs only from an open site."""
    return m.runs[k] <= m.open[m.site_of_lane[k]]


def stock_at_open_sites(m: Any, p: int) -> Any:
    """(D8) positioned_p <= most_p open_i: stock only where a site is open."""
    return m.positioned[p] <= m.most_positioned[p] * m.open[m.site_of_position[p]]


def within_item_total(m: Any, k: int) -> Any:
    """(D9) sum_p positioned_p <= total_k + bought_k: stock in all is today's and what is bought."""
    return sum(m.positioned[p] for p in m.positions_of_item[k]) <= m.total[k] + m.bought[k]


def more_than_today(m: Any, p: int) -> Any:
    """(D10) positioned_p <= today_p + gained_p: what is put beside today's stock."""
    return m.positioned[p] <= m.today[p] + m.gained[p]


def few_moves(m: Any, a: int) -> Any:
    """(D11) sum_p gained_p <= may_move + sum_k bought_k: no more is moved than may be."""
    moved = sum(m.gained[p] for p in m.positions_of_all[a])
    return moved <= m.may_move[a] + sum(m.bought[k] for k in m.items_of_all[a])


def served_by_day(m: Any, n: int) -> Any:
    """(D12) served_n <= sum_j w_d gives_j flow_j: service of a segment on a day, as measured."""
    return m.served[n] <= sum(m.counts[j] * m.flow[j] for j in m.flows_of_service[n])


def promise(m: Any, s: int) -> Any:
    """(D13) sum_n served_n / N + short_s >= need_s: the promised service, mean over the days."""
    served = sum(m.share[n] * m.served[n] for n in m.services_of_segment[s])
    return served + m.short[s] >= m.need[s]


def kept_open(m: Any, i: int) -> Any:
    """(D14) open_i >= 1: a site that must be open is."""
    return m.open[m.site_kept[i]] >= 1


RULES: tuple[Rule, ...] = (
    Rule("DEMANDS", within_demand),
    Rule("SUPPLY", within_supply),
    Rule("CAPACITY", site_capacity),
    Rule("LANE_DAYS", lane_capacity),
    Rule("LINKS", from_open_sites),
    Rule("LANE_LINKS", on_lanes_that_run),
    Rule("LANES", lanes_from_open_sites),
    Rule("POSITIONS", stock_at_open_sites),
    Rule("ITEMS", within_item_total),
    Rule("POSITIONS", more_than_today),
    Rule("ALL", few_moves),
    Rule("SERVICES", served_by_day),
    Rule("SEGMENTS", promise),
    Rule("KEPT", kept_open),
)
"""Every constraint, in the order of its tag."""


def missing(m: Any, a: int) -> Any:
    """(F1) sum_s short_s: service that no design can reach, minimised before any cost."""
    return sum(m.short[s] for s in m.segments_of_all[a])


def cost(m: Any, a: int) -> Any:
    """(F2) what sites, lanes and stock cost, and shipping as a mean over the days."""
    fixed = sum(m.site_cost[i] * m.open[i] for i in m.sites_of_all[a])
    lanes = sum(m.lane_cost[k] * m.runs[k] for k in m.lanes_of_all[a])
    held = sum(m.hold_cost[k] * (m.total[k] + m.bought[k]) for k in m.items_of_all[a])
    moved = sum(m.move_cost[p] * m.gained[p] for p in m.positions_of_all[a])
    bought = sum(m.buy_cost[k] * m.bought[k] for k in m.items_of_all[a])
    shipped = sum(m.flow_cost[j] * m.flow[j] for j in m.flows_of_all[a])
    return fixed + lanes + held + moved + bought + shipped


EXPRESSIONS: dict[str, tuple[str, Callable[[Any, int], Any]]] = {
    "missing": ("ALL", missing),
    "cost": ("ALL", cost),
}
"""Goals by name: range and expression, both minimised, in this order."""
FIRST_STAGE = ("open", "runs", "positioned", "gained", "bought", "served", "short")
"""Variables decided before the days; given these, every day's flows stand alone."""
