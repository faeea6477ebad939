"""What a plan leaves over for lines that want more: free stock, full capacities, rivals.

Everything is counted in units by line, over the *ways* of the line: the pairs (item at a site) from
which an option that would help draws. Stock is free for an option when no later use needs it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.problem import Problem

TOLERANCE = 1e-6
"""Less is nothing [unit]."""
AMOUNTS = ["free", "site_capacity", "lane_capacity", "reach", "better", "same", "worse"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


def leftovers(problem: Problem, x: Floats, helps: Flags, moves: Flags) -> pd.DataFrame:
    """Count, for each line of the problem, what its helpful options find [unit].

    Parameters
    ----------
    problem
        The question.
    x
        Units shipped by option, shape (options,).
    helps
        Options through which a line would get what it misses, shape (options,).
    moves
        Options whose units the line would give back for that, shape (options,).

    Returns
    -------
    pandas.DataFrame
        One row for each line. ``free``: could be shipped today; ``site_capacity``,
        ``lane_capacity``: stock is free, the capacity is full; ``reach``: supply there in time,
        whoever has it; ``better``, ``same``, ``worse``: taken by other lines, by their tier.
    """
    wanted = problem.options[helps].reset_index(drop=True)
    wanted["pair"] = problem.epochs["pair"].to_numpy()[wanted["epoch"]]
    wanted["way"] = wanted[["line", "pair"]].ne(wanted[["line", "pair"]].shift()).any(axis=1)
    wanted["way"] = wanted["way"].cumsum() - 1
    carried, place = _carried(problem, x, wanted, moves)
    wanted["stock"] = _whole(problem, wanted, carried["promised"].to_numpy()[place])
    wanted["by_site"], wanted["by_lane"] = _room(problem, x, wanted, moves)
    by_way = wanted.groupby("way")
    last = by_way["epoch"].idxmax().to_numpy()
    ways = _shippable(wanted).assign(line=by_way["line"].first())
    ways["reach"] = supplied(problem)[wanted["epoch"].to_numpy()[last]]
    binding = carried.iloc[carried["binding"].to_numpy()[place[last]]]
    rivals = _taken(problem, x, binding, ways["line"].to_numpy())
    amounts = pd.concat([ways, rivals], axis=1).groupby("line")[AMOUNTS].sum()
    return amounts.reindex(range(len(problem.lines)), fill_value=0.0)


def supplied(problem: Problem) -> Floats:
    """Cumulative supply of each epoch's pair up to the epoch [unit]."""
    return _running(problem.epochs["arriving"].to_numpy(), _starts(problem.epochs["pair"]))


def _starts(groups: pd.Series) -> Ints:
    """Position of the first row of each row's group, groups in one piece."""
    row = np.arange(len(groups))
    return np.maximum.accumulate(np.where(groups.ne(groups.shift()), row, 0)) if len(row) else row


def _running(values: NDArray[np.generic], starts: Ints) -> Floats:
    """Add up within groups, along the first axis."""
    total: Floats = np.cumsum(values, axis=0, dtype=np.float64)
    before: Floats = np.subtract(total, values)
    return np.subtract(total, before[starts])


def _carried(
    problem: Problem, x: Floats, wanted: pd.DataFrame, moves: Flags
) -> tuple[pd.DataFrame, Ints]:
    """Every way over its epochs, and the row of each wanted option therein.

    ``promised``: units still available to promise from the epoch on; ``binding``: the row that
    limits them; ``own``: the line's own use so far.
    """
    epochs, options = problem.epochs, problem.options
    pair_starts = _starts(epochs["pair"])
    left = supplied(problem) - _running(np.bincount(options["epoch"], x, len(epochs)), pair_starts)
    ways = wanted.drop_duplicates("way")
    count = np.bincount(epochs["pair"], minlength=len(problem.pairs))[ways["pair"]]
    first = np.cumsum(count) - count
    opening = np.flatnonzero(pair_starts == np.arange(len(epochs)))[ways["pair"]]
    way = np.repeat(np.arange(len(ways)), count)
    epoch = np.arange(len(way)) + (opening - first)[way]
    rows = pd.DataFrame({"line": ways["line"].to_numpy()[way], "epoch": epoch})
    use = options.assign(own=x, back=x * moves)[x > 0].groupby(["line", "epoch"])[["own", "back"]]
    rows = rows.join(use.sum(), on=["line", "epoch"]).fillna({"own": 0.0, "back": 0.0})
    rows["own"] = _running(rows["own"].to_numpy(), first[way])
    free = pd.Series(left[epoch] + _running(rows["back"].to_numpy(), first[way]))
    rows["promised"] = free[::-1].groupby(way[::-1]).cummin()[::-1]
    limiting = pd.Series(rows.index, dtype="float64").where(free <= rows["promised"] + TOLERANCE)
    rows["binding"] = limiting.bfill().astype("int64")
    place = (first - opening)[wanted["way"]] + wanted["epoch"].to_numpy()
    return rows, place


def _whole(problem: Problem, wanted: pd.DataFrame, units: Floats) -> Floats:
    """Count only whole units where the item ships in no others."""
    whole = problem.lines["whole"].to_numpy()[wanted["line"]]
    units = np.maximum(units, 0.0)
    return np.where(whole, np.floor(units + TOLERANCE), np.where(units > TOLERANCE, units, 0.0))


def _room(problem: Problem, x: Floats, wanted: pd.DataFrame, moves: Flags) -> tuple[Floats, Floats]:
    """Units that the capacities of its site and of its lane leave to each wanted option."""
    options = problem.options
    effort = x * options["effort"].to_numpy()
    back = options.assign(back=effort * moves)[(x > 0) & moves].groupby(["line", "site_day"])
    given_back = wanted.join(back["back"].sum(), on=["line", "site_day"])["back"].fillna(0.0)
    at_site = _left(problem.site_days, options["site_day"], effort)[wanted["site_day"]]
    on_lane = np.minimum(
        *(_left(problem.lane_days, options[c], x)[wanted[c]] for c in ("lane_day", "lane_total"))
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        units = (at_site + given_back.to_numpy()) / wanted["effort"].to_numpy()
    units = np.where(wanted["effort"] > 0, units, np.inf)
    return _whole(problem, wanted, units), _whole(problem, wanted, on_lane)


def _left(limits: pd.DataFrame, rows: pd.Series, use: Floats) -> Floats:
    """Capacity left in each row of ``limits``; the last entry, found by -1, has no limit."""
    limited = rows.to_numpy() >= 0
    used = np.bincount(rows[limited], use[limited], len(limits))
    return np.append(limits["limit"].to_numpy() - used, np.inf)


def _shippable(wanted: pd.DataFrame) -> pd.DataFrame:
    """By way: units free to ship, and free stock behind a full site or a full lane."""
    stock, by_site, by_lane = (wanted[c] for c in ("stock", "by_site", "by_lane"))
    room = pd.concat([stock, by_site, by_lane], axis=1).min(axis=1)
    by_day = room.groupby([wanted["way"], wanted["day"]]).max().groupby("way").sum()
    most = stock.groupby(wanted["way"]).max()
    at_site = (stock - room).where(by_site <= by_lane, 0.0).groupby(wanted["way"]).max()
    on_lane = (stock - room).where(by_site > by_lane, 0.0).groupby(wanted["way"]).max()
    return pd.DataFrame(
        {"free": by_day.clip(upper=most), "site_capacity": at_site, "lane_capacity": on_lane}
    )


def _taken(problem: Problem, x: Floats, binding: pd.DataFrame, line: Ints) -> pd.DataFrame:
    """Units of a way's stock that other lines took, by their tier against the line's."""
    tiers, tier = np.unique(problem.lines["tier"], return_inverse=True)
    user = tier[problem.options["line"]] + len(tiers) * problem.options["epoch"].to_numpy()
    use = np.bincount(user, x, len(tiers) * len(problem.epochs)).reshape(-1, len(tiers))
    by_tier = _running(use, _starts(problem.epochs["pair"]))[binding["epoch"]]
    row, own = np.arange(len(line)), tier[line]
    up_to = np.cumsum(by_tier, axis=1)
    same = by_tier[row, own]
    return pd.DataFrame(
        {
            "better": up_to[row, own] - same,
            "same": same - binding["own"].to_numpy(),
            "worse": up_to[:, -1] - up_to[row, own],
        }
    )
