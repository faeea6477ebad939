"""Ranges, parameters and variables of the allocation: Problem -> declared Pyomo components."""

from __future__ import annotations

import numpy as np

from models.allocation.contracts import declare_contracts
from models.allocation.declaring import Declared
from models.allocation.equals import declare_equals
from models.allocation.fairness import declare_fairness
from models.allocation.goals import declare_goals
from models.allocation.listing import has_options, list_options, places
from models.allocation.must import declare_must
from models.allocation.overcommitted import declare_overcommitted
from models.allocation.parcels import declare_parcels
from models.allocation.promised import declare_promised
from models.allocation.service import declare_service
from models.problem import Problem
from models.tolerances import COARSE_STEP, FINEST_STEP


def declare(problem: Problem, *, whole: bool = False, fine: bool = False) -> Declared:
    """Declare everything that rules and goals use; see the maths card for the symbols.

    Parameters
    ----------
    problem
        Integer-coded.
    whole
        As in :class:`Declared`.
    fine
        Whether amounts in fine steps are whole numbers of steps, too: for small models.
    """
    d = Declared(whole=whole)
    d.rows("ALL", 1, "the whole plan")
    counted = FINEST_STEP if fine else COARSE_STEP
    _options(d, problem, counted)
    _supply(d, problem)
    _moves(d, problem, counted)
    _capacity(d, problem)
    declare_overcommitted(d, problem)
    _lots(d, problem)
    declare_parcels(d, problem)
    declare_promised(d, problem)
    declare_must(d, problem)
    declare_service(d, problem)
    declare_contracts(d, problem)
    declare_fairness(d, problem)
    declare_goals(d, problem)
    declare_equals(d, problem)
    return d


def _options(d: Declared, p: Problem, counted: float) -> None:
    options, lines = p.options, p.lines
    d.rows("OPTIONS", len(options), "possible shipments")
    d.column("worth", "OPTIONS", options["unit_worth"], "value after lateness [currency/unit]")
    d.column("cost", "OPTIONS", options["unit_cost"], "of a unit, however shipped [currency/unit]")
    d.column("effort", "OPTIONS", options["effort"], "site capacity used by a unit")
    d.column("gives", "OPTIONS", options["gives"], "units delivered by a unit shipped")
    step = options["step"].to_numpy()
    d.variable("x", "OPTIONS", options["upper"], step >= counted, "shipped [unit]", step=step)
    served = np.flatnonzero(has_options(p))
    d.rows("SERVED", len(served), "lines that have an option")
    d.column("most", "SERVED", lines["most"].to_numpy()[served], "may be delivered [unit]")
    row = places(served, len(lines))[options["line"]]
    d.listing("options_of_line", "SERVED", row, np.arange(len(options)), "options of the line")


def _supply(d: Declared, p: Problem) -> None:
    epochs = p.epochs
    d.rows("EPOCHS", len(epochs), "days on which supply of an item at a site grows")
    d.column("arriving", "EPOCHS", epochs["arriving"], "supply arriving [unit]")
    every = np.arange(len(epochs))
    later = epochs["previous"].to_numpy() >= 0
    d.listing("before", "EPOCHS", every[later], every[later] - 1, "epoch before, if any")
    options = p.options
    d.listing("options_of_epoch", "EPOCHS", options["epoch"], np.arange(len(options)), "drawing")
    d.variable("carried", "EPOCHS", epochs["reach"], False, "stock carried past the epoch [unit]")


def _moves(d: Declared, p: Problem, counted: float) -> None:
    """Transfers between sites, and their daily limits."""
    moves = p.moves
    nth = np.arange(len(moves))
    d.rows("MOVES", len(moves), "possible transfers by day")
    d.column("move_cost", "MOVES", moves["unit_cost"], "freight [currency/unit]")
    step = moves["step"].to_numpy()
    d.variable("moved", "MOVES", moves["upper"], step >= counted, "moved [unit]", step=step)
    d.listing("moves_out", "EPOCHS", moves["from_epoch"], nth, "transfers that draw from it")
    d.listing("moves_in", "EPOCHS", moves["to_epoch"], nth, "transfers that arrive in it")
    limited = np.flatnonzero(moves["move_day"] >= 0)
    d.rows("MOVE_DAYS", len(p.move_days), "days of transfers with a limit")
    d.column("move_limit", "MOVE_DAYS", p.move_days["limit"], "[unit]")
    rows = moves["move_day"].to_numpy()[limited]
    d.listing("moves_of_day", "MOVE_DAYS", rows, limited, "transfers that day")


def _capacity(d: Declared, p: Problem) -> None:
    names = ("site_day", "lane_total", "lane_day")
    at, total, lane = (p.options[name].to_numpy() for name in names)
    picked, totalled, carried = (np.flatnonzero(row >= 0) for row in (at, total, lane))
    d.rows("SITE_DAYS", len(p.site_days), "days of sites with limited capacity")
    d.column("site_limit", "SITE_DAYS", p.site_days["most"], "capacity [unit x effort]")
    d.listing("options_of_site_day", "SITE_DAYS", at[picked], picked, "picked there")
    rows = np.append(total[totalled], lane[carried])
    members = np.append(totalled, carried)
    d.rows("LANE_DAYS", len(p.lane_days), "days of lanes with limited capacity")
    d.column("lane_limit", "LANE_DAYS", p.lane_days["most"], "capacity [unit]")
    d.listing("options_of_lane_day", "LANE_DAYS", rows, members, "carried on it")
    d.rows("QUOTAS", len(p.quotas), "limits of what groups take")
    d.column("quota_limit", "QUOTAS", p.quotas["most"], "[unit]")
    uses = p.quota_uses
    d.listing("options_of_quota", "QUOTAS", uses["quota"], uses["option"], "that take of it")


def _lots(d: Declared, p: Problem) -> None:
    """Lines that ship in full, above a share, or not at all; orders that ship in full or not.

    What was promised beforehand is exempt: only units beyond it obey.
    """
    lines, orders = p.lines, p.orders
    free = p.options["frozen"].to_numpy() < 0
    has = has_options(p, free)
    bundled = orders["ship_complete"].to_numpy()[lines["order"]]
    whole, kept = lines["complete"].to_numpy(), lines["frozen"].to_numpy()
    least, quantity = lines["least"].to_numpy(), lines["quantity"].to_numpy() - kept
    lots = np.flatnonzero(has & ~bundled & ((least > 0) | (whole & (kept > 0))))
    most = lines["most"].to_numpy() - np.where(whole, kept, 0.0)
    d.rows("LOTS", len(lots), "lines with a smallest delivery")
    d.column("lot", "LOTS", most[lots], "may be delivered beyond promises [unit]")
    d.column("least", "LOTS", least[lots], "smallest delivery [unit]")
    list_options(d, p, "options_of_lot", "LOTS", lots, free)
    d.variable("taken_line", "LOTS", 1, True, "the line is shipped")
    order = lines["order"].to_numpy()
    whole_orders = np.unique(order[bundled & has])
    place = places(whole_orders, len(orders))[order]
    bundles = np.flatnonzero(place >= 0)
    d.rows("WHOLE_ORDERS", len(whole_orders), "ship-complete orders")
    d.rows("BUNDLED", len(bundles), "lines of ship-complete orders")
    d.column("bundled", "BUNDLED", quantity[bundles], "ordered beyond what was promised [unit]")
    d.column("order_of_bundled", "BUNDLED", place[bundles], "its order")
    list_options(d, p, "options_of_bundled", "BUNDLED", bundles, free)
    d.variable("taken_order", "WHOLE_ORDERS", 1, True, "the order is shipped")
