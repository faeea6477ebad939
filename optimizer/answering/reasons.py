"""Why a line is not on time: one true reason each, from what the plan left over.

Of units that come late it is said why they do not arrive on time; of those that are short, why no
more arrives at all. They are attributed apart, in this order, each cause taking what the ones
before left:

0. decided by hand: ``hold`` where the line is held, or capped and has so much; ``pack`` where what
   it misses is less than a pack;
1. free to ship today: ``order_rule`` where the line or its order goes all or nothing (or least
   or nothing) and got nothing, or its order has all its parcels, else ``value``: worth less than
   its cost;
2. ``site_capacity``, ``lane_capacity``, ``quota``: stock is free, a limit is reached; ``quota``
   also where a lower tier took what it leaves nothing of;
3. never within reach, even with nobody else: ``late_receipt``, ``next_receipt``, ``too_early``,
   ``cancel_date``, ``overdue``, ``window``, ``entitlement``, ``closed``, ``confidence``,
   ``no_lane``, ``stock`` ... as :mod:`optimizer.answering.barriers` finds;
4. taken by others: ``commitment``, ``higher_tier``, ``same_tier``, ``reserve`` (held for forecast
   demand), ``value`` (by a lower tier).

All that a line misses is attributed so, unit by unit, with the place where the units are or were.
The reason of most units is the line's, of those that are short where any are; of equals, the
first. A line that was requested before the horizon and comes late has ``overdue``; so has one that
was requested before anything can arrive, where no barrier is found that could be lifted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.problem import Problem
from models.reasons import Reason
from models.scenario import Scenario
from models.shortages import LATE, SHORT, main_units
from models.tolerances import DECIMALS, UNIT
from optimizer.answering.availability import ways_to_more
from optimizer.answering.barriers import barriers
from optimizer.policies.problem_variants import with_transfers

CAUSES: Mapping[str, Reason | None] = {
    "free": Reason.VALUE,
    "site_capacity": Reason.SITE_CAPACITY,
    "lane_capacity": Reason.LANE_CAPACITY,
    "quota": Reason.QUOTA,
    "unreached": None,
    "committed": Reason.COMMITMENT,
    "better": Reason.HIGHER_TIER,
    "same": Reason.SAME_TIER,
    "reserve": Reason.RESERVE,
    "worse": Reason.VALUE,
}
"""Reason for each cause, in their order; a barrier is the reason of what is out of reach."""
FREE, UNREACHED = (list(CAUSES).index(cause) for cause in ("free", "unreached"))
MISSING = {
    "line": "int64",
    "reason": "object",
    "pair": "int64",
    "until": "int64",
    "units": "float64",
    "kind": "object",
}
"""Columns and dtypes of what lines miss, by reason and place."""

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def missing_by_reason(
    scenario: Scenario, problem: Problem, x: Floats, moved: Floats
) -> pd.DataFrame:
    """Attribute what each line misses to reasons, unit by unit.

    Forecast demand misses nothing, nor does what is not due.

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
    pandas.DataFrame
        The columns of :data:`MISSING`, by kind, line and cause: ``units`` of each line and kind
        (``short`` or ``late``) add up to what it misses so [unit delivered]; ``pair`` where they
        are or were and ``until`` the last day on which that counts, -1 = nowhere.
    """
    problem = with_transfers(problem, moved)
    parts = [
        _attributed(scenario, problem, x, wants).assign(kind=kind)
        for kind, wants in _wants(problem, x).items()
    ]
    return pd.concat(parts, ignore_index=True)[list(MISSING)].astype(MISSING)


def _attributed(scenario: Scenario, problem: Problem, x: Floats, wants: _Wants) -> pd.DataFrame:
    """Attribute the units that are missing in one way: all of :data:`MISSING` but ``kind``."""
    line, on_time = problem.options["line"].to_numpy(), problem.options["on_time"].to_numpy()
    late = wants.late[line]
    helps = (wants.missing > 0)[line] & (on_time | ~late)
    ways = ways_to_more(problem, x, helps, moves=late & ~on_time)
    by_line = ways.groupby("line")["reach"].sum()
    reach = by_line.reindex(range(len(wants.late)), fill_value=0.0).to_numpy()
    unreached = problem.lines["quantity"].to_numpy() - reach
    parts = _parts(ways, wants.missing, unreached, _by_hand(problem, wants, helps))
    by_rule = _stopped_by_order_rule(problem, x, wants.delivered)
    parts.loc[(parts["cause"] == FREE) & by_rule[parts["line"]], "reason"] = Reason.ORDER_RULE.value
    parts = _with_barriers(scenario, parts, wants.late, reach)
    overdue = wants.late & (problem.lines["requested"] < problem.lines["first_arrival"]).to_numpy()
    slow = (parts["reason"] == Reason.NO_LANE.value) & overdue[parts["line"]]
    parts.loc[slow, "reason"] = Reason.OVERDUE.value
    return parts


@dataclass(frozen=True, eq=False)
class _Wants:
    """What lines got and miss in one way, arrays over lines.

    Parameters
    ----------
    delivered, missing
        [unit of the line]; forecast demand misses nothing, nor does what is not due.
    late
        Whether the line has these units, but late.
    """

    delivered: Floats
    missing: Floats
    late: Flags


def _wants(problem: Problem, x: Floats) -> dict[str, _Wants]:
    """Work out what each line misses by :data:`models.shortages.KINDS`: at all, and on time."""
    lines, options = problem.lines, problem.options
    line, ordered = options["line"].to_numpy(), lines["quantity"].to_numpy()
    given = x * options["gives"].to_numpy()
    delivered = np.bincount(line, given, len(lines)).astype(np.float64)
    on_time = np.bincount(line, given * options["on_time"].to_numpy(), len(lines))
    enough = lines["enough"].to_numpy() - UNIT
    short = np.where((delivered < enough) & problem.counted, ordered - delivered, 0.0)
    late = np.where((on_time < enough) & problem.counted, delivered - on_time, 0.0)
    late = late.round(DECIMALS)
    return {
        SHORT: _Wants(delivered, short, np.zeros(len(lines), dtype=bool)),
        LATE: _Wants(delivered, late, late > 0),
    }


def _by_hand(problem: Problem, wants: _Wants, helps: Flags) -> NDArray[np.object_]:
    """Name the reason of lines whose shortage is decided before any supply is looked at.

    Blank for all others, shape (lines,).
    """
    lines = problem.lines
    most, ordered = lines["most"].to_numpy(), lines["quantity"].to_numpy()
    reason = np.full(len(lines), "", dtype=object)
    reason[_less_than_a_pack(problem, helps, wants.missing)] = Reason.PACK.value
    capped = (most < ordered) & (wants.delivered >= most - UNIT)
    reason[lines["held"] | (capped & ~wants.late)] = Reason.HOLD.value
    reason[wants.late & (lines["requested"].to_numpy() < 0)] = Reason.OVERDUE.value
    return reason


def _stopped_by_order_rule(problem: Problem, x: Floats, delivered: Floats) -> Flags:
    """Lines that could have more today were it not for a rule of theirs or of their order."""
    begun = delivered > problem.lines["frozen"].to_numpy() + UNIT
    return (~begun & _all_or_nothing(problem)) | _parcels_spent(problem, x)


def _with_barriers(
    scenario: Scenario, parts: pd.DataFrame, late: Flags, reach: Floats
) -> pd.DataFrame:
    """Name the barrier of each line of which something is within nobody's reach."""
    unknown = parts["reason"] == ""
    if not unknown.any():
        return parts
    blocked = np.zeros(len(late), dtype=bool)
    blocked[parts["line"][unknown]] = True
    reason = np.full(len(late), "", dtype=object)
    own = _only(scenario, blocked[: len(scenario["lines"])])
    reason[blocked] = barriers(own, late[blocked], reach[blocked])
    parts.loc[unknown, "reason"] = reason[parts["line"][unknown]]
    return parts


def main_reasons(parts: pd.DataFrame, count: int) -> NDArray[np.object_]:
    """Say for each line why it is not on time.

    Parameters
    ----------
    parts
        Of :func:`missing_by_reason`.
    count
        Number of lines.

    Returns
    -------
    numpy.ndarray
        Reason by line, blank where it is on time.
    """
    told = main_units(parts, ["line"])
    sums = told.groupby(["line", "reason"], sort=False)["units"].sum().round(DECIMALS)
    most = sums.reset_index().sort_values("units", ascending=False, kind="stable")
    most = most.sort_values("line", kind="stable").drop_duplicates("line")
    reason = np.full(count, "", dtype=object)
    reason[most["line"]] = most["reason"]
    return reason


def _parts(
    ways: pd.DataFrame, missing: Floats, unreached: Floats, by_hand: NDArray[np.object_]
) -> pd.DataFrame:
    """Attribute missing units to causes in their order, and of a cause to ways in theirs.

    What no cause explains is within nobody's reach.
    """
    nowhere = {"pair": -1, "until": -1}
    lines, decided = np.arange(len(missing)), by_hand != ""
    at_ways = [
        ways[ways[cause] > 0].assign(cause=nth).rename(columns={cause: "amount"})
        for nth, cause in enumerate(CAUSES)
        if nth != UNREACHED
    ]
    columns = ["line", "pair", "until", "cause", "amount"]
    absent = pd.DataFrame({"line": lines, **nowhere, "cause": UNREACHED, "amount": unreached})
    rest = absent.assign(cause=len(CAUSES), amount=missing)
    rows = pd.concat([*(part[columns] for part in at_ways), absent, rest], ignore_index=True)
    rows = rows[(rows["amount"] > 0) & (missing > 0)[rows["line"]] & ~decided[rows["line"]]]
    rows = rows.sort_values(["line", "cause", "pair"], kind="stable", ignore_index=True)
    until = rows.groupby("line")["amount"].cumsum().to_numpy()
    most = missing[rows["line"]]
    rows["units"] = np.minimum(until, most) - np.minimum(until - rows["amount"], most)
    rows["cause"] = rows["cause"].where(rows["cause"] < len(CAUSES), UNREACHED)
    codes = [reason.value if reason else "" for reason in CAUSES.values()]
    rows["reason"] = np.array(codes, dtype=object)[rows["cause"]]
    whole = pd.DataFrame(
        {"line": lines, **nowhere, "cause": -1, "units": missing, "reason": by_hand}
    )[decided & (missing > 0)]
    rows = pd.concat([rows, whole], ignore_index=True)
    rows["units"] = rows["units"].round(DECIMALS)
    alike = ["line", "cause", "pair", "until", "reason"]
    return rows[rows["units"] > 0].groupby(alike)["units"].sum().reset_index()


def _all_or_nothing(problem: Problem) -> Flags:
    whole_order = problem.orders["ship_complete"].to_numpy(dtype=bool)[problem.lines["order"]]
    whole_or_least: Flags = whole_order | (problem.lines["least"].to_numpy() > 0)
    return whole_or_least


def _parcels_spent(problem: Problem, x: Floats) -> Flags:
    """Lines of orders that have as many parcels as they may: bool array (lines,)."""
    parcel = problem.options["parcel"].to_numpy()
    sent = np.unique(parcel[(parcel >= 0) & (x > UNIT)])
    count = np.bincount(problem.parcels["order"].to_numpy()[sent], minlength=len(problem.orders))
    spent: Flags = count >= problem.orders["max_shipments"].to_numpy()
    return spent[problem.lines["order"]]


def _less_than_a_pack(problem: Problem, helps: Flags, missing: Floats) -> Flags:
    """Lines whose missing units fill no pack of what could be shipped: bool array (lines,)."""
    options = problem.options
    smallest = np.full(len(missing), np.inf)
    pack = (options["step"] * options["gives"]).to_numpy()
    np.minimum.at(smallest, options["line"].to_numpy()[helps], pack[helps])
    return (smallest > missing + UNIT) & np.isfinite(smallest)


def _only(scenario: Scenario, chosen: Flags) -> Scenario:
    """Keep some lines, out of the lines sorted by order and line."""
    lines = scenario["lines"].sort_values(["order", "line"], ignore_index=True)
    kept = lines[chosen].reset_index(drop=True)
    return Scenario(scenario.settings, {**scenario.tables, "lines": kept})
