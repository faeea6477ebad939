"""Dominated options: what another option of the line can stand in for, in every plan.

Nothing is closed: the rules of today ship by them and tidying sends parcels by them. A solver need
not look at them; the optimum stays what it is. The proof is in the maths card.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from models.allocation import beside_promises
from models.problem import Problem
from models.tolerances import ROUNDING
from optimizer.common.kernels import Flags, Floats, Ints, loop_input, loop_state, run_loop
from optimizer.common.packing import row_keys


class OptionDominance(NamedTuple):
    """Options and what one must not be worse in than the one it stands in for."""

    stand_in: Ints  # by option; itself where nothing dominates it
    group: Ints  # line and pair; options of a group are in one piece
    alone: Flags  # has to do with what was promised: nothing stands in for it, nor it for others
    counts: Flags  # for its segment's promise
    margin: Floats  # [currency/unit]
    epoch: Ints
    site_day: Ints  # -1 = no limit that can bind
    lane_day: Ints
    lane_total: Ints
    quota: Ints  # the set of quotas that it uses, -1 = none
    parcel: Ints  # -1 = neither counted nor paid for
    wish: Ints  # the lower, the sooner there


class ParcelDominance(NamedTuple):
    """Parcels, those of an order and site in one piece, and the options in each."""

    group: Ints
    cost: Floats
    start: Ints  # first place in ``options``; one more at the end
    options: Ints


def dominating_options(problem: Problem) -> np.ndarray:
    """Find for each option one that can ship all its units in every plan and loses no goal.

    Parameters
    ----------
    problem
        Integer-coded.

    Returns
    -------
    numpy.ndarray
        Position of the stand-in, shape (options,); the option's own where there is none. A stand-in
        has no stand-in but itself. Of equals the one that arrives first, then ships first.
    """
    options, work = problem.options, len(problem.options)
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
    wish = row_keys(*(options[c] for c in ("arrival", "day", "transit", "service")))
    rivals = OptionDominance(
        stand_in=loop_state(work, np.arange(work), np.int32),
        counts=loop_input(work, _counts(problem), np.bool_),
        margin=loop_input(work, options["unit_worth"] - options["unit_cost"], np.float64),
        group=loop_input(work, row_keys(options["line"], pair), np.int64),
        alone=loop_input(work, _alone(problem), np.bool_),
        wish=loop_input(work, wish, np.int64),
        **{name: loop_input(work, values, np.int32) for name, values in ints.items()},
    )
    run_loop(compare, rivals)
    if len(problem.parcels):
        run_loop(compare_parcels, rivals, _parcels(problem))
    return np.asarray(rivals.stand_in, dtype=np.int32)


def ship_by_dominating(x: np.ndarray, stand_in: np.ndarray) -> np.ndarray:
    """Let stand-ins ship what a plan ships: no rule is broken and no goal is worse.

    Parameters
    ----------
    x
        Shipped units by option [unit], shape (options,).
    stand_in
        From :func:`stand_ins`.
    """
    return np.bincount(stand_in, x, minlength=len(x)).astype(float)


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
    """Options that count for the promise of their segment: bool array (options,)."""
    on_time = problem.segments["on_time"].to_numpy()[problem.lines["segment"]]
    counts: np.ndarray = problem.options["on_time"].to_numpy() | ~on_time[problem.options["line"]]
    return counts


def _alone(problem: Problem) -> np.ndarray:
    """Options that are promised or go with a promise, and those of lines that may not change."""
    options = problem.options
    alone: np.ndarray = (options["frozen"] >= 0).to_numpy(copy=True)
    alone[beside_promises(problem)["option"]] = True
    return alone | options["line"].isin(problem.committed["line"]).to_numpy()


def _quota_sets(problem: Problem) -> np.ndarray:
    """Give each set of quotas that options use a number, -1 = none, shape (options,)."""
    found = np.full(len(problem.options), -1)
    if len(problem.quota_uses):
        used = problem.quota_uses.sort_values("quota").groupby("option")["quota"].agg(tuple)
        found[used.index] = pd.factorize(used)[0]
    return found


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
    """Rows of capacity by option; -1 also where all options together cannot fill it."""
    most = np.zeros(len(limits))
    for column in columns:
        limited = np.flatnonzero(options[column].to_numpy() >= 0)
        rows = options[column].to_numpy()[limited]
        most += np.bincount(rows, use[limited], minlength=len(limits))
    binds = np.append(most > limits.to_numpy() + ROUNDING, False)
    return {c: np.where(binds[options[c]], options[c], -1) for c in columns}


def compare(rivals: OptionDominance) -> None:
    """Find every option's stand-in, group by group."""
    first = 0
    while first < len(rivals.group):
        beyond = first + 1
        while beyond < len(rivals.group) and rivals.group[beyond] == rivals.group[first]:
            beyond += 1
        for option in range(first, beyond):
            rivals.stand_in[option] = _best(rivals, option, first, beyond)
        first = beyond


def _best(rivals: OptionDominance, option: int, first: int, beyond: int) -> int:
    """Find the option of the group that beats this one and is beaten by none."""
    best, again = option, True
    while again:
        again = False
        for other in range(first, beyond):
            if _beats(rivals, other, best):
                best, again = other, True
    return best


def _beats(rivals: OptionDominance, one: int, other: int) -> bool:
    """Whether one dominates the other, and is the sooner of the two if each does."""
    return (
        rivals.parcel[one] == rivals.parcel[other] == -1
        and _dominates(rivals, one, other)
        and (rivals.wish[one] < rivals.wish[other] or not _dominates(rivals, other, one))
    )


def _dominates(rivals: OptionDominance, one: int, other: int) -> bool:
    """Whether one is in nothing worse: it counts, brings as much and uses nothing else."""
    return (
        not (rivals.alone[one] or rivals.alone[other])
        and (rivals.quota[one] == -1 or rivals.quota[one] == rivals.quota[other])
        and (rivals.site_day[one] == -1 or rivals.site_day[one] == rivals.site_day[other])
        and (rivals.lane_day[one] == -1 or rivals.lane_day[one] == rivals.lane_day[other])
        and (rivals.lane_total[one] == -1 or rivals.lane_total[one] == rivals.lane_total[other])
        and rivals.epoch[one] >= rivals.epoch[other]
        and rivals.margin[one] >= rivals.margin[other]
        and rivals.counts[one] >= rivals.counts[other]
    )


def compare_parcels(rivals: OptionDominance, parcels: ParcelDominance) -> None:
    """Find every parcel's stand-in among those of its order and site; all its options follow."""
    first = 0
    while first < len(parcels.group):
        beyond = first + 1
        while beyond < len(parcels.group) and parcels.group[beyond] == parcels.group[first]:
            beyond += 1
        for parcel in range(first, beyond):
            best = _best_parcel(rivals, parcels, parcel, first, beyond)
            if best != parcel:
                for place in range(parcels.start[parcel], parcels.start[parcel + 1]):
                    option = parcels.options[place]
                    rivals.stand_in[option] = _counterpart(rivals, parcels, option, best)
        first = beyond


def _best_parcel(
    rivals: OptionDominance, parcels: ParcelDominance, parcel: int, first: int, beyond: int
) -> int:
    """Find the parcel that beats this one and is beaten by none."""
    best, again = parcel, True
    while again:
        again = False
        for other in range(first, beyond):
            if (
                other != best
                and _covers(rivals, parcels, other, best)
                and (
                    _sooner(rivals, parcels, other, best)
                    or not _covers(rivals, parcels, best, other)
                )
            ):
                best, again = other, True
    return best


def _covers(rivals: OptionDominance, parcels: ParcelDominance, one: int, other: int) -> bool:
    """Whether one costs no more and has an option that dominates for each option of the other."""
    if parcels.cost[one] > parcels.cost[other]:
        return False
    for place in range(parcels.start[other], parcels.start[other + 1]):
        if _counterpart(rivals, parcels, parcels.options[place], one) < 0:
            return False
    return True


def _counterpart(
    rivals: OptionDominance, parcels: ParcelDominance, option: int, parcel: int
) -> int:
    """Find the option of a parcel that dominates an option of another one; -1: none."""
    for place in range(parcels.start[parcel], parcels.start[parcel + 1]):
        other = parcels.options[place]
        if rivals.group[other] == rivals.group[option] and _dominates(rivals, other, option):
            return other
    return -1


def _sooner(rivals: OptionDominance, parcels: ParcelDominance, one: int, other: int) -> bool:
    """Whether one is wished for more than the other."""
    mine, theirs = (
        rivals.wish[parcels.options[parcels.start[one]]],
        rivals.wish[parcels.options[parcels.start[other]]],
    )
    return mine < theirs


HELPERS = (_dominates, _beats, _best, _counterpart, _covers, _sooner, _best_parcel)
"""What loops call."""
