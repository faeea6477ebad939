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
   ``entitlement``, ``confidence``, ``no_lane``, ``stock`` ... as
   :mod:`optimizer.answering.barriers` finds;
4. taken by others: ``commitment``, ``higher_tier``, ``same_tier``, ``reserve`` (held for forecast
   demand), ``value`` (by a lower tier).

All that a line misses is attributed so, unit by unit, with the place where the units are or were.
The reason of most units is the line's; of equals, the first. An overdue line that comes late has
``cancel_date``: its dates left no day.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.problem import Problem
from models.scenario import Scenario
from models.tolerances import DECIMALS, UNIT
from optimizer.answering.availability import ways_to_more
from optimizer.answering.barriers import barriers
from optimizer.policies.problem_variants import with_transfers

CAUSES = {
    "free": "value",
    "site_capacity": "site_capacity",
    "lane_capacity": "lane_capacity",
    "quota": "quota",
    "unreached": "",
    "promised": "commitment",
    "better": "higher_tier",
    "same": "same_tier",
    "reserve": "reserve",
    "worse": "value",
}
"""Reason for each cause, in their order; why nothing is within reach is found out apart."""
UNREACHED = list(CAUSES).index("unreached")
ATTRIBUTED = {
    "line": "int64",
    "reason": "object",
    "pair": "int64",
    "until": "int64",
    "units": "float64",
}

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def attributed(scenario: Scenario, problem: Problem, x: Floats, moved: Floats) -> pd.DataFrame:
    """Attribute what each line misses to reasons, unit by unit; forecast demand misses nothing.

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
        The columns of :data:`ATTRIBUTED`, by line and cause: ``units`` of each line add up to what
        it misses [unit delivered]; ``pair`` where they are or were and ``until`` the last day on
        which that counts, -1 = nowhere.
    """
    problem = with_transfers(problem, moved)
    lines, options = problem.lines, problem.options
    line, on_time = options["line"].to_numpy(), options["on_time"].to_numpy()
    ordered = lines["quantity"].to_numpy()
    given = x * options["gives"].to_numpy()
    delivered = np.bincount(line, given, len(lines))
    late = np.abs(delivered - ordered) <= UNIT
    missing = ordered - np.where(late, np.bincount(line, given * on_time, len(lines)), delivered)
    missing = np.where((missing > UNIT) & ~lines["virtual"], missing, 0.0)
    helps = (missing > 0)[line] & (on_time | ~late[line])
    ways = ways_to_more(problem, x, helps, moves=late[line] & ~on_time)
    by_hand = np.full(len(lines), "", dtype=object)
    by_hand[_less_than_a_pack(problem, helps, missing)] = "pack"
    most = lines["most"].to_numpy()
    by_hand[lines["held"] | ((most < ordered) & (delivered >= most - UNIT))] = "hold"
    by_hand[late & (lines["requested"].to_numpy() < 0)] = "cancel_date"
    reach = ways.groupby("line")["reach"].sum().reindex(range(len(lines)), fill_value=0.0)
    parts = _parts(ways, missing, ordered - reach.to_numpy(), by_hand)
    begun = delivered > lines["frozen"].to_numpy() + UNIT
    ruled = (~begun & _all_or_nothing(problem)) | _parcels_spent(problem, x)
    parts.loc[(parts["cause"] == 0) & ruled[parts["line"]], "reason"] = "order_rule"
    asked = np.zeros(len(lines), dtype=bool)
    asked[parts["line"][parts["reason"] == ""]] = True
    if asked.any():
        found = np.full(len(lines), "", dtype=object)
        own = asked[: len(scenario["lines"])]
        found[asked] = barriers(_only(scenario, own), late[asked], reach.to_numpy()[asked])
        unknown = parts["reason"] == ""
        parts.loc[unknown, "reason"] = found[parts["line"][unknown]]
    return parts[list(ATTRIBUTED)].astype(ATTRIBUTED)


def main_reasons(parts: pd.DataFrame, count: int) -> NDArray[np.object_]:
    """Say for each line why it is not on time.

    Parameters
    ----------
    parts
        Of :func:`attributed`.
    count
        Number of lines.

    Returns
    -------
    numpy.ndarray
        Reason by line, blank where it is on time.
    """
    sums = parts.groupby(["line", "reason"], sort=False)["units"].sum().round(DECIMALS)
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
    rows["reason"] = np.array(list(CAUSES.values()), dtype=object)[rows["cause"]]
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


def _only(scenario: Scenario, asked: Flags) -> Scenario:
    """Keep the asked lines, out of the lines sorted by order and line."""
    lines = scenario["lines"].sort_values(["order", "line"], ignore_index=True)
    kept = lines[asked].reset_index(drop=True)
    return Scenario(scenario.settings, {**scenario.tables, "lines": kept})
