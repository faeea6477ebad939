"""Why a line is not on time: one true reason each, from what the plan left over.

A line that is late asks why no more arrived on time; a line that is partial or short, why no more
arrived at all. The units it misses are attributed in this order, each cause taking what the ones
before left:

0. decided by hand: ``hold`` where the line is held, or capped and has so much; ``pack`` where what
   it misses is less than a pack;
1. free to ship today: ``order_rule`` where the line or its order goes all or nothing (or least
   or nothing) and got nothing, or its order has all its parcels, else ``value``: worth less than
   its cost;
2. ``site_capacity``, ``lane_capacity``, ``quota``: stock is free, a limit is reached; ``quota``
   also where a lower tier took what it leaves nothing of;
3. never within reach, even with nobody else: ``late_receipt``, ``cancel_date``, ``window``,
   ``entitlement``, ``confidence``, ``no_lane``, ``stock`` ... as :mod:`optimizer.barriers` finds;
4. taken by others: ``commitment``, ``higher_tier``, ``same_tier``, ``value`` (by a lower tier).

The cause of most units is the reason; of equals, the first. An overdue line that comes late has
``cancel_date``: its dates left no day.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.problem import Problem
from models.scenario import Scenario
from optimizer.barriers import barriers
from optimizer.leftovers import TOLERANCE, leftovers
from optimizer.remaining import restocked

CAUSES = [
    *("free", "site_capacity", "lane_capacity", "quota", "unreached"),
    *("promised", "better", "same", "worse"),
]
WORDS = [
    *("value", "site_capacity", "lane_capacity", "quota", ""),
    *("commitment", "higher_tier", "same_tier", "value"),
]

Floats = NDArray[np.float64]


def line_reasons(
    scenario: Scenario, problem: Problem, x: Floats, moved: Floats
) -> NDArray[np.object_]:
    """Say for each line why it is not on time.

    Parameters
    ----------
    scenario
        The question.
    problem
        Prepared from it.
    x
        Units shipped by each row of ``problem.options``, shape (options,).
    moved
        Units moved by each row of ``problem.moves``, shape (moves,).

    Returns
    -------
    numpy.ndarray
        Reason by row of ``problem.lines``, blank where the line is on time.
    """
    problem = restocked(problem, moved)
    lines, options = problem.lines, problem.options
    line, on_time = options["line"].to_numpy(), options["on_time"].to_numpy()
    ordered = lines["quantity"].to_numpy()
    given = x * options["gives"].to_numpy()
    delivered = np.bincount(line, given, len(lines))
    late = np.abs(delivered - ordered) <= TOLERANCE
    missing = ordered - np.where(late, np.bincount(line, given * on_time, len(lines)), delivered)
    open_ = missing > TOLERANCE
    helps = open_[line] & (on_time | ~late[line])
    found = leftovers(problem, x, helps, moves=late[line] & ~on_time)
    cause = _main_cause(found.assign(unreached=ordered - found["reach"]), missing)
    reason = np.array(WORDS, dtype=object)[cause]
    begun = delivered > lines["frozen"].to_numpy() + TOLERANCE
    held_back = (cause == CAUSES.index("free")) & (
        (~begun & _all_or_nothing(problem)) | _parcels_spent(problem, x)
    )
    reason[held_back] = "order_rule"
    asked = open_ & (cause == CAUSES.index("unreached"))
    if asked.any():
        reach = found["reach"].to_numpy()[asked]
        reason[asked] = barriers(_only(scenario, asked), late[asked], reach)
    reason[_less_than_a_pack(problem, helps, missing)] = "pack"
    most = lines["most"].to_numpy()
    reason[lines["held"] | ((most < ordered) & (delivered >= most - TOLERANCE))] = "hold"
    reason[~open_] = ""
    overdue = open_ & late & (lines["requested"].to_numpy() < 0)
    reason[overdue] = "cancel_date"
    return reason


def _main_cause(amounts: pd.DataFrame, missing: Floats) -> NDArray[np.int64]:
    """Attribute the missing units to causes in their order; the position of the largest part."""
    parts = np.zeros((len(missing), len(CAUSES)))
    rest = missing.copy()
    for nth, cause in enumerate(CAUSES):
        parts[:, nth] = np.clip(amounts[cause], 0.0, rest)
        rest -= parts[:, nth]
    parts[:, CAUSES.index("unreached")] += rest
    main: NDArray[np.int64] = np.argmax(parts, axis=1)
    return main


def _all_or_nothing(problem: Problem) -> NDArray[np.bool_]:
    whole_order = problem.orders["ship_complete"].to_numpy(dtype=bool)[problem.lines["order"]]
    whole_or_least: NDArray[np.bool_] = whole_order | (problem.lines["least"].to_numpy() > 0)
    return whole_or_least


def _parcels_spent(problem: Problem, x: Floats) -> NDArray[np.bool_]:
    """Lines of orders that have as many parcels as they may: bool array (lines,)."""
    parcel = problem.options["parcel"].to_numpy()
    sent = np.unique(parcel[(parcel >= 0) & (x > TOLERANCE)])
    count = np.bincount(problem.parcels["order"].to_numpy()[sent], minlength=len(problem.orders))
    spent: NDArray[np.bool_] = count >= problem.orders["max_shipments"].to_numpy()
    return spent[problem.lines["order"]]


def _less_than_a_pack(
    problem: Problem, helps: NDArray[np.bool_], missing: Floats
) -> NDArray[np.bool_]:
    """Lines whose missing units fill no pack of what could be shipped: bool array (lines,)."""
    options = problem.options
    smallest = np.full(len(missing), np.inf)
    pack = (options["step"] * options["gives"]).to_numpy()
    np.minimum.at(smallest, options["line"].to_numpy()[helps], pack[helps])
    return (smallest > missing + TOLERANCE) & np.isfinite(smallest)


def _only(scenario: Scenario, asked: NDArray[np.bool_]) -> Scenario:
    """Keep the asked lines, out of the lines sorted by order and line."""
    lines = scenario["lines"].sort_values(["order", "line"], ignore_index=True)
    kept = lines[asked].reset_index(drop=True)
    return Scenario(scenario.settings, {**scenario.tables, "lines": kept})
