"""Dominated options: those that another option of the same line can replace in every plan.

They are not closed, as policies and tidying ship by them. A solver need not look at them; the
optimum stays the same. The proof is in the maths card.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from models.allocation import beside_promises, delays, is_must
from models.goals import GoalName
from models.problem import Problem
from models.tolerances import DECIMALS, ROUNDING
from optimizer.common.kernels import Flags, Floats, Ints, loop_input, loop_state, run_loop
from optimizer.common.packing import row_keys

PROVED = {
    *(GoalName.COMMITMENTS, GoalName.FLOORS, GoalName.TARGETS, GoalName.FILL),
    *(GoalName.VALUE, GoalName.FAIRNESS, GoalName.STABILITY),
}
"""Goals of which the card proves that stand-ins lose nothing; with any other nothing dominates."""


class OptionDominance(NamedTuple):
    """Options, with all in which an option must not be worse than one that it dominates."""

    dominating: Ints  # by option: one that dominates it, or itself
    group: Ints  # line and pair; options of a group are in one piece
    is_fixed: Flags  # tied to a commitment: neither dominates nor is dominated
    counts: Flags  # for its segment's promise
    margin: Floats  # [currency/unit]
    money: Ints  # margins that differ, in ascending order; all alike where value is no goal
    late: Ints  # delay, then place of the service
    epoch: Ints
    site_day: Ints  # -1 = no limit that can bind
    lane_day: Ints
    lane_total: Ints
    quota: Ints  # the set of quotas that it uses, -1 = none
    parcel: Ints  # -1 = neither counted nor paid for
    rank: Ints  # arrival, then ship day: of two equal options the lower one dominates


class ParcelDominance(NamedTuple):
    """Parcels, those of an order and site in one piece, and the options in each."""

    group: Ints
    cost: Floats
    start: Ints  # first place in ``options``; one more at the end
    options: Ints


def dominating_options(problem: Problem) -> np.ndarray:
    """Find for each option one that can ship all its units in every plan, and worsens no goal.

    Parameters
    ----------
    problem
        Integer-coded.

    Returns
    -------
    numpy.ndarray
        Position of the dominating option, shape (options,); the option's own where there is none.
        A dominating option is dominated by none. Of equals the one that arrives first, then ships
        first, dominates.
    """
    options, work = problem.options, len(problem.options)
    if not PROVED.issuperset(problem.settings.goals):
        return np.arange(work, dtype=np.int32)
    units = _most(problem)
    effort = units * options["effort"].to_numpy()
    ints: dict[str, np.ndarray] = {
        "epoch": options["epoch"].to_numpy(),
        "quota": _quota_sets(problem),
        "parcel": options["parcel"].to_numpy(),
        **_binding(problem.site_days["limit"], options, ["site_day"], effort),
        **_binding(problem.lane_days["limit"], options, ["lane_day", "lane_total"], units),
    }
    pair = problem.epochs["pair"].iloc[options["epoch"]].set_axis(options.index)
    rank = row_keys(*(options[c] for c in ("arrival", "day", "transit", "service")))
    margin = (options["unit_worth"] - options["unit_cost"]).to_numpy()
    tells = GoalName.VALUE in problem.settings.goals
    late = row_keys(pd.Series(delays(problem)), options["preference"])
    data = OptionDominance(
        dominating=loop_state(work, np.arange(work), np.int32),
        counts=loop_input(work, _counts(problem), np.bool_),
        margin=loop_input(work, margin, np.float64),
        money=loop_input(
            work, np.unique(margin.round(DECIMALS) * tells, return_inverse=True)[1], np.int64
        ),
        late=loop_input(work, late, np.int64),
        group=loop_input(work, row_keys(options["line"], pair), np.int64),
        is_fixed=loop_input(work, _is_fixed(problem), np.bool_),
        rank=loop_input(work, rank, np.int64),
        **{name: loop_input(work, values, np.int32) for name, values in ints.items()},
    )
    run_loop(compare, data)
    if len(problem.parcels):
        run_loop(compare_parcels, data, _parcels(problem))
    return np.asarray(data.dominating, dtype=np.int32)


def ship_by_dominating(x: np.ndarray, dominating: np.ndarray) -> np.ndarray:
    """Move what a plan ships to dominating options: no rule is broken and no goal is worse.

    Parameters
    ----------
    x
        Shipped units by option [unit], shape (options,).
    dominating
        From :func:`stand_ins`.
    """
    return np.bincount(dominating, x, minlength=len(x)).astype(float)


def _parcels(problem: Problem) -> ParcelDominance:
    """List the options of each parcel."""
    parcels, work = problem.parcels, len(problem.options)
    parcel = problem.options["parcel"].to_numpy()
    inside = np.flatnonzero(parcel >= 0)
    listed = inside[np.argsort(parcel[inside], kind="stable")]
    start = np.searchsorted(parcel[listed], np.arange(len(parcels) + 1))
    return ParcelDominance(
        group=loop_input(work, row_keys(parcels["order"], parcels["site"]), np.int64),
        cost=loop_input(work, parcels["cost"], np.float64),
        start=loop_input(work, start, np.int64),
        options=loop_input(work, listed, np.int64),
    )


def _counts(problem: Problem) -> np.ndarray:
    """Options that count for every promise to their party: bool array (options,)."""
    punctual = problem.segments["on_time"].to_numpy(copy=True)
    punctual[problem.floors["segment"][problem.floors["on_time"]]] = True
    on_time = punctual[problem.lines["segment"]]
    counts: np.ndarray = problem.options["on_time"].to_numpy() | ~on_time[problem.options["line"]]
    return counts


def _is_fixed(problem: Problem) -> np.ndarray:
    """Whether an option keeps a commitment or goes with one, or its line has commitments."""
    options = problem.options
    is_fixed: np.ndarray = (options["frozen"] >= 0).to_numpy(copy=True)
    is_fixed[beside_promises(problem)["option"]] = True
    counted = options["line"].isin(problem.committed["line"]).to_numpy()
    return is_fixed | counted | is_must(problem)[options["line"]]


def _quota_sets(problem: Problem) -> np.ndarray:
    """Give each set of quotas that options use a number, -1 = none, shape (options,)."""
    sets = np.full(len(problem.options), -1)
    if len(problem.quota_uses):
        used = problem.quota_uses.sort_values("quota").groupby("option")["quota"].agg(tuple)
        sets[used.index] = pd.factorize(used)[0]
    return sets


def _most(problem: Problem) -> np.ndarray:
    """Units that an option can ship if no capacity is limited, shape (options,)."""
    options = problem.options
    most: np.ndarray = problem.lines["most"].to_numpy()[options["line"]]
    most /= options["gives"].to_numpy()
    np.minimum(most, problem.epochs["reach"].to_numpy()[options["epoch"]], out=most)
    return most


def _binding(
    limits: pd.Series, options: pd.DataFrame, columns: list[str], use: np.ndarray
) -> dict[str, np.ndarray]:
    """Row of capacity by option; -1 also where all options together cannot fill that row."""
    most = np.zeros(len(limits))
    for column in columns:
        limited = np.flatnonzero(options[column].to_numpy() >= 0)
        rows = options[column].to_numpy()[limited]
        most += np.bincount(rows, use[limited], minlength=len(limits))
    binds = np.append(most > limits.to_numpy() + ROUNDING, False)
    return {c: np.where(binds[options[c]], options[c], -1) for c in columns}


def compare(data: OptionDominance) -> None:
    """Find the option that dominates each option, group by group."""
    first = 0
    while first < len(data.group):
        beyond = first + 1
        while beyond < len(data.group) and data.group[beyond] == data.group[first]:
            beyond += 1
        for option in range(first, beyond):
            data.dominating[option] = _best(data, option, first, beyond)
        first = beyond


def _best(data: OptionDominance, option: int, first: int, beyond: int) -> int:
    """Find the option of a group that dominates this one and is dominated by none."""
    best, again = option, True
    while again:
        again = False
        for other in range(first, beyond):
            if _beats(data, other, best):
                best, again = other, True
    return best


def _beats(data: OptionDominance, one: int, other: int) -> bool:
    """Whether one dominates the other; of two equal ones only that of lower rank does."""
    return (
        data.parcel[one] == data.parcel[other] == -1
        and _dominates(data, one, other)
        and (data.rank[one] < data.rank[other] or not _dominates(data, other, one))
    )


def _dominates(data: OptionDominance, one: int, other: int) -> bool:
    """Whether one is in nothing worse: service, value, and all that it uses."""
    return (
        not (data.is_fixed[one] or data.is_fixed[other])
        and (data.quota[one] == -1 or data.quota[one] == data.quota[other])
        and (data.site_day[one] == -1 or data.site_day[one] == data.site_day[other])
        and (data.lane_day[one] == -1 or data.lane_day[one] == data.lane_day[other])
        and (data.lane_total[one] == -1 or data.lane_total[one] == data.lane_total[other])
        and data.epoch[one] >= data.epoch[other]
        and data.margin[one] >= data.margin[other]
        and data.counts[one] >= data.counts[other]
        and (data.money[one] > data.money[other] or data.late[one] <= data.late[other])
    )


def compare_parcels(data: OptionDominance, parcels: ParcelDominance) -> None:
    """Find the parcel of its order and site that dominates each parcel; its options follow."""
    first = 0
    while first < len(parcels.group):
        beyond = first + 1
        while beyond < len(parcels.group) and parcels.group[beyond] == parcels.group[first]:
            beyond += 1
        for parcel in range(first, beyond):
            best = _best_parcel(data, parcels, parcel, first, beyond)
            if best != parcel:
                for place in range(parcels.start[parcel], parcels.start[parcel + 1]):
                    option = parcels.options[place]
                    data.dominating[option] = _counterpart(data, parcels, option, best)
        first = beyond


def _best_parcel(
    data: OptionDominance, parcels: ParcelDominance, parcel: int, first: int, beyond: int
) -> int:
    """Find the parcel that dominates this one and is dominated by none."""
    best, again = parcel, True
    while again:
        again = False
        for other in range(first, beyond):
            if (
                other != best
                and _covers(data, parcels, other, best)
                and (_sooner(data, parcels, other, best) or not _covers(data, parcels, best, other))
            ):
                best, again = other, True
    return best


def _covers(data: OptionDominance, parcels: ParcelDominance, one: int, other: int) -> bool:
    """Whether one costs no more and has an option that dominates for each option of the other."""
    if parcels.cost[one] > parcels.cost[other]:
        return False
    for place in range(parcels.start[other], parcels.start[other + 1]):
        if _counterpart(data, parcels, parcels.options[place], one) < 0:
            return False
    return True


def _counterpart(data: OptionDominance, parcels: ParcelDominance, option: int, parcel: int) -> int:
    """Find the option of a parcel that dominates an option of another one; -1: none."""
    for place in range(parcels.start[parcel], parcels.start[parcel + 1]):
        other = parcels.options[place]
        if data.group[other] == data.group[option] and _dominates(data, other, option):
            return other
    return -1


def _sooner(data: OptionDominance, parcels: ParcelDominance, one: int, other: int) -> bool:
    """Whether one has the lower rank: it arrives, or ships, earlier."""
    mine, theirs = (
        data.rank[parcels.options[parcels.start[one]]],
        data.rank[parcels.options[parcels.start[other]]],
    )
    return mine < theirs


HELPERS = (_dominates, _beats, _best, _counterpart, _covers, _sooner, _best_parcel)
"""What loops call."""
