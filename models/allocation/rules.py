"""The rules of allocation, one function each: ordinary Pyomo over integer-coded ranges.

Add a rule: its rows and listings in :mod:`models.allocation.sets`, its function and its line in
``RULES`` here, its row in the maths card, its judgement in :mod:`models.judge`. A further limit of
what some options ship together needs no new rule: it is a row of ``Problem.quotas`` (A14).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Rule:
    """A constraint and the range it holds for."""

    over: str
    body: Callable[[Any, int], Any]

    @property
    def name(self) -> str:
        """Name of the constraint."""
        return self.body.__name__


@dataclass(frozen=True, slots=True)
class ShippingRule(Rule):
    """A rule of what can be shipped: explanations hold to it.

    Parameters
    ----------
    raised_by
        Table of the inputs that a planner can raise the limit in; blank where there is none.
    """

    raised_by: str = ""


@dataclass(frozen=True, slots=True)
class CountingRule(Rule):
    """A rule that counts what is shipped, and forbids no shipment; explanations leave it out."""


def line_quantity(m: Any, l: int) -> Any:
    """(A1) sum_j gives_j x_j <= most_l: no line gets more than was ordered or may be delivered."""
    return sum(m.gives[j] * m.x[j] for j in m.options_of_line[l]) <= m.most[l]


def stock_balance(m: Any, e: int) -> Any:
    """(A2) sum_j x_j + out_e + carried_e <= arriving_e + in_e + carried_e': no stock from nothing.

    What leaves and what stays was there before or arrived, from outside or from another site.
    """
    drawn = sum(m.x[j] for j in m.options_of_epoch[e])
    leaves = sum(m.moved[k] for k in m.moves_out[e])
    arrives = m.arriving[e] + sum(m.moved[k] for k in m.moves_in[e])
    return drawn + leaves + m.carried[e] <= arrives + sum(m.carried[f] for f in m.before[e])


def site_capacity(m: Any, c: int) -> Any:
    """(A3) sum_j effort_j x_j <= C_c: a site picks no more in a day than it can."""
    return sum(m.effort[j] * m.x[j] for j in m.options_of_site_day[c]) <= m.site_limit[c]


def lane_capacity(m: Any, c: int) -> Any:
    """(A4) sum_j x_j <= C_c: a service carries no more in a day than it can."""
    return sum(m.x[j] for j in m.options_of_lane_day[c]) <= m.lane_limit[c]


def lot_at_most(m: Any, l: int) -> Any:
    """(A5) sum_j gives_j x_j <= q_l taken_l: nothing of a line that is not taken."""
    shipped = sum(m.gives[j] * m.x[j] for j in m.options_of_lot[l])
    return shipped <= m.lot[l] * m.taken_line[l]


def lot_at_least(m: Any, l: int) -> Any:
    """(A6) sum_j gives_j x_j >= least_l taken_l: the smallest delivery of a line that is taken."""
    shipped = sum(m.gives[j] * m.x[j] for j in m.options_of_lot[l])
    return shipped >= m.least[l] * m.taken_line[l]


def ship_complete(m: Any, l: int) -> Any:
    """(A7) sum_j gives_j x_j = q_l taken_o, for every line: all lines in full, or nothing."""
    shipped = sum(m.gives[j] * m.x[j] for j in m.options_of_bundled[l])
    return shipped == m.bundled[l] * m.taken_order[m.order_of_bundled[l]]


def full_line(m: Any, l: int) -> Any:
    """(A8) sum_j gives_j x_j >= q_l full_l over what counts: only a full line counts as full."""
    shipped = sum(m.gives[j] * m.x[j] for j in m.options_of_full_line[l])
    return shipped >= m.line_size[l] * m.is_full_line[l]


def full_order(m: Any, l: int) -> Any:
    """(A9) sum_j gives_j x_j >= q_l full_o, for every line: a full order has only full lines."""
    shipped = sum(m.gives[j] * m.x[j] for j in m.options_of_part[l])
    return shipped >= m.part_quantity[l] * m.is_full_order[m.order_of_part[l]]


def achieved_amount(m: Any, s: int) -> Any:
    """(A10) achieved_s = sum_j w_j x_j over the options that count, in units or money."""
    counted = sum(m.weight[j] * m.x[j] for j in m.options_of_amount[s])
    return m.achieved[m.segment_of_amount[s]] == counted


def achieved_lines(m: Any, s: int) -> Any:
    """(A11) achieved_s = sum_l full_l: service counted in lines."""
    return m.achieved[m.segment_of_by_line[s]] == sum(
        m.is_full_line[l] for l in m.lines_of_segment[s]
    )


def achieved_orders(m: Any, s: int) -> Any:
    """(A12) achieved_s = sum_o full_o: service counted in orders."""
    return m.achieved[m.segment_of_by_order[s]] == sum(
        m.is_full_order[o] for o in m.orders_of_segment[s]
    )


def promise(m: Any, p: int) -> Any:
    """(A13) achieved_s + short_p >= need_p: what is missing to a floor or target."""
    return m.achieved[m.promised_to[p]] + m.short[p] >= m.need[p]


def quota(m: Any, c: int) -> Any:
    """(A14) sum_j x_j <= C_c: a group takes no more than it may, or than others leave it."""
    return sum(m.x[j] for j in m.options_of_quota[c]) <= m.quota_limit[c]


def parcel_sent(m: Any, k: int) -> Any:
    """(A15) x_j <= upper_j used_h, for every option: what ships goes in a parcel that is sent."""
    return m.x[m.option_linked[k]] <= m.most_linked[k] * m.used[m.parcel_linked[k]]


def one_parcel(m: Any, b: int) -> Any:
    """(A16) sum_j gives_j x_j = q_l used_h: in the one parcel of an order each line is full."""
    shipped = sum(m.gives[j] * m.x[j] for j in m.options_of_bundle[b])
    return shipped == m.bundle[b] * m.used[m.parcel_of_bundle[b]]


def promise_joined(m: Any, k: int) -> Any:
    """(A17) x_j <= upper_j joined_h: what goes with a promised parcel makes it count."""
    return m.x[m.option_joining[k]] <= m.most_joining[k] * m.joined[m.joined_by[k]]


def few_parcels(m: Any, o: int) -> Any:
    """(A18) sum_h used_h + sum_h joined_h <= n_o: an order has no more parcels than it may."""
    sent = sum(m.used[h] for h in m.parcels_of_order[o])
    return sent + sum(m.joined[h] for h in m.joined_of_order[o]) <= m.most_parcels[o]


def move_capacity(m: Any, c: int) -> Any:
    """(A19) sum_k moved_k <= C_c: no more is moved in a day than can be."""
    return sum(m.moved[k] for k in m.moves_of_day[c]) <= m.move_limit[c]


def frozen_kept(m: Any, f: int) -> Any:
    """(A20) sum_j x_j + missing_f = promised_f: a promise is kept once, from whatever supply."""
    return sum(m.x[j] for j in m.options_of_frozen[f]) + m.missing[f] == m.frozen[f]


def more_then(m: Any, a: int) -> Any:
    """(A21) p_a - c_a <= most_l changed_l: more on an expected day is a change."""
    delivered = sum(m.gives[j] * m.x[j] for j in m.options_then[a])
    changed = m.changed[m.line_expecting[a]]
    return delivered - m.expected[a] <= m.expected_most[a] * changed


def less_then(m: Any, a: int) -> Any:
    """(A22) c_a - p_a <= c_a changed_l: less on an expected day is a change."""
    delivered = sum(m.gives[j] * m.x[j] for j in m.options_then[a])
    return m.expected[a] - delivered <= m.expected[a] * m.changed[m.line_expecting[a]]


def elsewhen(m: Any, l: int) -> Any:
    """(A23) sum_j gives_j x_j <= most_l changed_l: anything on another day is a change."""
    delivered = sum(m.gives[j] * m.x[j] for j in m.options_else[l])
    return delivered <= m.counted_most[l] * m.changed[l]


def less_by_then(m: Any, a: int) -> Any:
    """(A24) C_a - P_a <= C_a worse_l: less by an expected day is worse than promised."""
    delivered = sum(m.gives[j] * m.x[j] for j in m.options_by_then[a])
    return m.by_then[a] - delivered <= m.by_then[a] * m.worse[m.line_expecting[a]]


def change_budget(m: Any, b: int) -> Any:
    """(A25) sum_l changed_l (or worse_l) <= budget_b + beyond_b."""
    changed = sum(m.changed[l] for l in m.changes_of_budget[b])
    return changed + sum(m.worse[l] for l in m.worse_of_budget[b]) <= m.budget[b] + m.beyond[b]


def promise_first(m: Any, b: int) -> Any:
    """(A26) sum_j x_j >= promised_b kept_b: a promise is kept in full or it is not."""
    return sum(m.x[j] for j in m.options_kept[b]) >= m.promised_beside[b] * m.kept[b]


def free_beside(m: Any, b: int) -> Any:
    """(A27) sum_j gives_j x_j <= most_l kept_b: nothing free goes with a promise that is not."""
    free = sum(m.gives[j] * m.x[j] for j in m.options_beside[b])
    return free <= m.most_beside[b] * m.kept[b]


def customer_share(m: Any, c: int) -> Any:
    """(A28) sum_j gives_j x_j = reachable_c served_c: the share that a customer gets."""
    delivered = sum(m.gives[j] * m.x[j] for j in m.options_of_customer[c])
    return delivered == m.reachable[c] * m.served[c]


def overall_share(m: Any, s: int) -> Any:
    """(A29) sum_c reachable_c served_c = reachable_s overall_s: the share that all get together."""
    delivered = sum(m.reachable[c] * m.served[c] for c in m.sharing[s])
    return delivered == m.reachable_by_all[s] * m.overall[s]


def lag_measured(m: Any, n: int) -> Any:
    """(A30) reachable_c (overall_s - served_c) <= behind_c: units less than the overall share."""
    reachable = m.reachable[m.customer_lagging[n]]
    due = reachable * m.overall[m.segment_lagging[n]]
    return due - reachable * m.served[m.customer_lagging[n]] <= m.behind[n]


def below_measured(m: Any, n: int) -> Any:
    """(A31) least_k - served_c <= below_kc: how far a share is below the k-th smallest."""
    share = m.served[m.customer_below[n]]
    return m.least_share[m.step_below[n]] - share <= m.below[n]


def limit_exceeded(m: Any, c: int) -> Any:
    """(A32) sum_k use_k x_j <= limit_c + beyond_c exceeded_c: only promises exceed a limit."""
    used = sum(m.use[k] * m.x[m.option_using[k]] for k in m.uses[c])
    return used <= m.own_limit[c] + m.promised_beyond[c] * m.exceeded[c]


def nothing_free_beyond(m: Any, c: int) -> Any:
    """(A33) sum_k use_k x_j <= limit_c (1 - exceeded_c), over free ones: none beside those."""
    free = sum(m.use[k] * m.x[m.option_using[k]] for k in m.free_uses[c])
    return free <= m.own_limit[c] * (1 - m.exceeded[c])


def contract_missed(m: Any, c: int) -> Any:
    """(A34) short_p <= need_p missed_c: a contract is missed where anything is missing to it."""
    p = m.contract[c]
    return m.short[p] <= m.need[p] * m.missed[c]


def level_reached(m: Any, n: int) -> Any:
    """(A35) due_n level_g <= served_n + achieved_s: no contract is further from its target."""
    reached = m.served_before[n] + m.achieved[m.achieved_of_level[n]]
    return m.due[n] * m.level[m.tier_of_level[n]] <= reached


def promise_ahead(m: Any, r: int) -> Any:
    """(A36) achieved_r = achieved_s + sum_j w_j x_j: delivered, and held for the forecast."""
    held = sum(m.weight[j] * m.x[j] for j in m.options_ahead[r])
    return m.achieved[m.reserved[r]] == m.achieved[m.segment_reserving[r]] + held


def achieved_floor(m: Any, s: int) -> Any:
    """(A37) achieved_s = sum_j w'_j x_j: floors that count otherwise than the target."""
    counted = sum(m.floor_weight[j] * m.x[j] for j in m.options_of_floor[s])
    return m.achieved[m.segment_of_floor[s]] == counted


def promise_moved(m: Any, f: int) -> Any:
    """(A38) sum_j x_j + lost_f = missing_f: what is not kept on its day is moved, or lost."""
    return sum(m.x[j] for j in m.options_moved[f]) + m.lost[f] == m.missing[f]


RULES: tuple[ShippingRule | CountingRule, ...] = (
    ShippingRule("SERVED", line_quantity),
    ShippingRule("EPOCHS", stock_balance, raised_by="receipts"),
    ShippingRule("SITE_DAYS", site_capacity, raised_by="site_capacity"),
    ShippingRule("LANE_DAYS", lane_capacity, raised_by="lane_capacity"),
    ShippingRule("LOTS", lot_at_most),
    ShippingRule("LOTS", lot_at_least),
    ShippingRule("BUNDLED", ship_complete),
    CountingRule("FULL_LINES", full_line),
    CountingRule("PARTS", full_order),
    CountingRule("AMOUNTS", achieved_amount),
    CountingRule("BY_LINE", achieved_lines),
    CountingRule("BY_ORDER", achieved_orders),
    CountingRule("PROMISES", promise),
    ShippingRule("QUOTAS", quota, raised_by="quotas"),
    ShippingRule("LINKED", parcel_sent),
    ShippingRule("BUNDLES", one_parcel),
    ShippingRule("JOINING", promise_joined),
    ShippingRule("FEW_PARCELS", few_parcels),
    ShippingRule("MOVE_DAYS", move_capacity),
    ShippingRule("FROZEN", frozen_kept),
    CountingRule("EXPECTED", more_then),
    CountingRule("EXPECTED", less_then),
    CountingRule("COUNTED", elsewhen),
    CountingRule("EXPECTED", less_by_then),
    CountingRule("BUDGETS", change_budget),
    ShippingRule("BESIDE", promise_first),
    ShippingRule("BESIDE", free_beside),
    CountingRule("FAIR_CUSTOMERS", customer_share),
    CountingRule("PROPORTIONAL", overall_share),
    CountingRule("LAGGING", lag_measured),
    CountingRule("BELOW", below_measured),
    ShippingRule("OVERCOMMITTED", limit_exceeded),
    ShippingRule("OVERCOMMITTED", nothing_free_beyond),
    CountingRule("CONTRACTS", contract_missed),
    CountingRule("LEVELS", level_reached),
    CountingRule("RESERVED", promise_ahead),
    CountingRule("FLOOR_AMOUNTS", achieved_floor),
    ShippingRule("LATE", promise_moved),
)
"""All of them; each says whether it limits shipments or counts them."""
