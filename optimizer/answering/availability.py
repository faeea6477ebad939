"""What a plan leaves over for lines that want more: free stock, full capacities, rivals.

Everything is counted in units by line, over the *ways* of the line: the pairs (item at a site) from
which an option that would help draws. Stock is free for an option when no later use needs it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.problem import Problem
from models.tolerances import INTEGRALITY, UNIT

AT_ONCE = 1_000_000
"""Options looked at together: a large book in parts takes less room."""
AMOUNTS = [
    *("free", "site_capacity", "lane_capacity", "quota", "reach"),
    *("promised", "better", "same", "reserve", "worse"),
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Left:
    """What the plan leaves over, whoever asks.

    Parameters
    ----------
    stock
        Supply less use of the epoch's pair up to the epoch [unit], shape (epochs,).
    at_site, on_lane
        Capacity left by row; one more at the end, found by -1, has no limit.
    in_quota
        What quotas leave to each option [unit], shape (options,).
    tier
        Rank of each line's tier, shape (lines,); 0 is what was promised beforehand, the last one
        forecast demand.
    taken
        Use of the epoch's pair up to the epoch by tier [unit], shape (epochs, 2 + tiers).
    """

    stock: Floats
    at_site: Floats
    on_lane: Floats
    in_quota: Floats
    tier: Ints
    taken: Floats


def leftovers(problem: Problem, x: Floats, helps: Flags, moves: Flags) -> pd.DataFrame:
    """Count what lines find along the ways by which they would get what they miss [unit].

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
        One row for each way, by line and pair: ``line``, ``pair``, ``until`` (the last day up to
        which use of the pair counts) and, in units delivered, :data:`AMOUNTS`. ``free``: could be
        shipped today; ``site_capacity``, ``lane_capacity``, ``quota``: stock is free, the limit is
        reached; ``reach``: supply there in time, whoever has it; ``promised``: taken by what was
        promised beforehand; ``better``, ``same``, ``worse``: taken by other lines, by their tier;
        ``reserve``: held for forecast demand.
    """
    left = left_over(problem, x)
    parts = [
        _amounts(
            problem,
            left,
            rows.assign(x=x[at], back=x[at] * moves[at], in_quota=left.in_quota[at]),
            helps[at],
        )
        for at, rows in _parts(problem)
        if helps[at].any()
    ]
    empty = pd.DataFrame(columns=["line", "pair", "until", *AMOUNTS], dtype="float64")
    return pd.concat(parts, ignore_index=True) if parts else empty.astype({"line": "int64"})


def _parts(problem: Problem) -> Iterator[tuple[slice, pd.DataFrame]]:
    """Options of some lines at a time, and where they are."""
    options = problem.options
    line, first = options["line"].to_numpy(), 0
    while first < len(options):
        last = line[min(first + AT_ONCE, len(options)) - 1]
        at = slice(first, int(np.searchsorted(line, last, side="right")))
        yield at, options.iloc[at].reset_index(drop=True)
        first = at.stop


def _amounts(problem: Problem, left: Left, options: pd.DataFrame, helps: Flags) -> pd.DataFrame:
    """Count what the helpful ones of some lines' options find, by way."""
    wanted = options[helps].reset_index(drop=True)
    wanted["pair"] = problem.epochs["pair"].to_numpy()[wanted["epoch"]]
    wanted["way"] = wanted[["line", "pair"]].ne(wanted[["line", "pair"]].shift()).any(axis=1)
    wanted["way"] = wanted["way"].cumsum() - 1
    carried, place = _carried(problem, left, options, wanted)
    wanted["stock"] = _whole(wanted, carried["promised"].to_numpy()[place])
    wanted["by_quota"] = _whole(wanted, wanted["in_quota"].to_numpy())
    wanted["by_site"], wanted["by_lane"] = _room(problem, left, options, wanted)
    by_way = wanted.groupby("way")
    last = by_way["epoch"].idxmax().to_numpy()
    ways = _shippable(wanted).assign(line=by_way["line"].first())
    gives = by_way["gives"].first()
    ways["reach"] = supplied(problem)[wanted["epoch"].to_numpy()[last]]
    binding = carried.iloc[carried["binding"].to_numpy()[place[last]]]
    rivals = _taken(left, binding, ways["line"].to_numpy())
    ways = pd.concat([ways, rivals], axis=1)
    spent = by_way["by_quota"].max() <= UNIT
    ways["quota"] += ways["worse"].where(spent, 0.0)  # who comes later took it for that reason
    ways["worse"] = ways["worse"].where(~spent, 0.0)
    ways["until"] = _last_days(problem)[binding["epoch"].to_numpy()]
    ways["pair"] = by_way["pair"].first()
    ways[AMOUNTS] = ways[AMOUNTS].mul(gives, axis=0)
    return ways[["line", "pair", "until", *AMOUNTS]]


def left_over(problem: Problem, x: Floats) -> Left:
    """Say what a plan leaves of everything that is limited; `x` is what each option ships."""
    options, epochs = problem.options, problem.epochs
    starts = _starts(epochs["pair"])
    tiers, tier = np.unique(problem.lines["tier"], return_inverse=True)
    used = np.flatnonzero(x)
    line, epoch = (options[name].to_numpy(dtype="int64")[used] for name in ("line", "epoch"))
    kinds = len(tiers) + 2
    tier = np.where(problem.lines["virtual"], kinds - 1, tier + 1)
    promised = options["frozen"].to_numpy()[used] >= 0
    user = np.where(promised, 0, tier[line]) + kinds * epoch
    use = np.bincount(user, x[used], kinds * len(epochs)).reshape(-1, kinds)
    effort = x * options["effort"].to_numpy()
    site_days, lane_days = problem.site_days, problem.lane_days
    at_site = site_days["limit"] - _used(options["site_day"], effort, len(site_days))
    on_lane = lane_days["limit"] - sum(
        _used(options[column], x, len(lane_days)) for column in ("lane_day", "lane_total")
    )
    return Left(
        stock=supplied(problem) - _running(use.sum(axis=1), starts),
        at_site=np.append(at_site, np.inf),
        on_lane=np.append(on_lane, np.inf),
        in_quota=_in_quota(problem, x),
        tier=tier,
        taken=_running(use, starts),
    )


def rooms(problem: Problem, x: Floats) -> Floats:
    """Units that each option could ship beside a plan, were it the only one to ship more.

    Whole steps; the line's own quantity and order rules are not looked at, shape (options,).
    """
    options, epochs, left = problem.options, problem.epochs, left_over(problem, x)
    pair = epochs["pair"].to_numpy()[::-1]
    promised = pd.Series(left.stock[::-1]).groupby(pair).cummin().to_numpy()[::-1]
    effort = options["effort"].to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        at_site = left.at_site[options["site_day"]] / effort
    room = np.minimum(promised[options["epoch"]], np.where(effort > 0, at_site, np.inf))
    for column in ("lane_day", "lane_total"):
        room = np.minimum(room, left.on_lane[options[column]])
    return _whole(options, np.minimum(room, left.in_quota))


def _in_quota(problem: Problem, x: Floats) -> Floats:
    """Units that quotas leave to each option; no limit where it is in none."""
    quota, option = (problem.quota_uses[name].to_numpy() for name in ("quota", "option"))
    used = np.bincount(quota, x[option], len(problem.quotas))
    rest = np.full(len(x), np.inf)
    np.minimum.at(rest, option, (problem.quotas["limit"].to_numpy() - used)[quota])
    return rest


def _used(rows: pd.Series, use: Floats, count: int) -> Floats:
    """Sum up the use of each row; -1 is none."""
    limited = np.flatnonzero((rows.to_numpy() >= 0) & (use > 0))
    used: Floats = np.bincount(rows.to_numpy()[limited], use[limited], count).astype(float)
    return used


def supplied(problem: Problem) -> Floats:
    """Cumulative supply of each epoch's pair up to the epoch [unit]."""
    return _running(problem.epochs["arriving"].to_numpy(), _starts(problem.epochs["pair"]))


def _last_days(problem: Problem) -> Ints:
    """Day before each epoch's pair grows again, or the horizon's last."""
    pair, day = (problem.epochs[name].to_numpy() for name in ("pair", "day"))
    same = np.append(pair[1:] == pair[:-1], np.zeros(min(len(pair), 1), dtype=bool))
    last: Ints = np.where(same, np.append(day[1:], 0) - 1, problem.settings.horizon.days - 1)
    return last


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
    problem: Problem, left: Left, options: pd.DataFrame, wanted: pd.DataFrame
) -> tuple[pd.DataFrame, Ints]:
    """Every way over its epochs, and the row of each wanted option therein.

    ``promised``: units still available to promise from the epoch on; ``binding``: the row that
    limits them; ``own``: the line's own use so far.
    """
    epochs = problem.epochs
    pair_starts = _starts(epochs["pair"])
    ways = wanted.drop_duplicates("way")
    count = np.bincount(epochs["pair"], minlength=len(problem.pairs))[ways["pair"]]
    first = np.cumsum(count) - count
    opening = np.flatnonzero(pair_starts == np.arange(len(epochs)))[ways["pair"]]
    way = np.repeat(np.arange(len(ways)), count)
    epoch = np.arange(len(way)) + (opening - first)[way]
    rows = pd.DataFrame({"line": ways["line"].to_numpy()[way], "epoch": epoch})
    used = options[options["x"] > 0].rename(columns={"x": "own"})
    use = used.groupby(["line", "epoch"])[["own", "back"]].sum()
    rows = rows.join(use, on=["line", "epoch"]).fillna({"own": 0.0, "back": 0.0})
    rows["own"] = _running(rows["own"].to_numpy(), first[way])
    free = pd.Series(left.stock[epoch] + _running(rows["back"].to_numpy(), first[way]))
    rows["promised"] = free[::-1].groupby(way[::-1]).cummin()[::-1]
    limiting = pd.Series(rows.index, dtype="float64").where(free <= rows["promised"] + UNIT)
    rows["binding"] = limiting.bfill().astype("int64")
    place = (first - opening)[wanted["way"]] + wanted["epoch"].to_numpy()
    return rows, place


def _whole(wanted: pd.DataFrame, units: Floats) -> Floats:
    """Count only multiples of the step in which an item ships."""
    step = wanted["step"].to_numpy()
    units, steps = np.maximum(units, 0.0), np.where(step > 0, step, 1.0)
    multiples = np.floor(units / steps + INTEGRALITY) * steps
    return np.where(step > 0, multiples, np.where(units > UNIT, units, 0.0))


def _room(
    problem: Problem, left: Left, options: pd.DataFrame, wanted: pd.DataFrame
) -> tuple[Floats, Floats]:
    """Units that the capacities of its site and of its lane leave to each wanted option."""
    moved = options[options["back"] > 0]
    effort = moved.assign(effort=moved["back"] * moved["effort"])
    back = effort.groupby(["line", "site_day"])["effort"].sum().rename("given_back")
    given_back = wanted.join(back, on=["line", "site_day"])["given_back"].fillna(0.0)
    at_site = left.at_site[wanted["site_day"]]
    on_lane = np.minimum(*(left.on_lane[wanted[c]] for c in ("lane_day", "lane_total")))
    with np.errstate(divide="ignore", invalid="ignore"):
        units = (at_site + given_back.to_numpy()) / wanted["effort"].to_numpy()
    units = np.where(wanted["effort"] > 0, units, np.inf)
    return _whole(wanted, units), _whole(wanted, on_lane)


def _shippable(wanted: pd.DataFrame) -> pd.DataFrame:
    """By way: units free to ship, and free stock behind a full site or a full lane.

    No unit of stock is counted twice: what could go on some day is behind nothing.
    """
    stock, by_site, by_lane, by_quota = (
        wanted[c] for c in ("stock", "by_site", "by_lane", "by_quota")
    )
    room = pd.concat([stock, by_site, by_lane, by_quota], axis=1).min(axis=1)
    tight = np.argmin(np.stack([by_site, by_lane, by_quota]), axis=0)
    by_day = room.groupby([wanted["way"], wanted["day"]]).max().groupby("way").sum()
    most = stock.groupby(wanted["way"]).max()
    amounts = {"free": by_day.clip(upper=most)}
    rest = most - amounts["free"]
    for nth, limit in enumerate(("site_capacity", "lane_capacity", "quota")):
        behind = (stock - room).where(tight == nth, 0.0).groupby(wanted["way"]).max()
        amounts[limit] = behind.clip(upper=rest)
        rest = rest - amounts[limit]
    return pd.DataFrame(amounts)


def _taken(left: Left, binding: pd.DataFrame, line: Ints) -> pd.DataFrame:
    """Units of a way's stock that other lines took, by their tier against the line's."""
    by_tier = left.taken[binding["epoch"]]
    row, own = np.arange(len(line)), left.tier[line]
    up_to = np.cumsum(by_tier, axis=1)
    same, promised = by_tier[row, own], by_tier[:, 0]
    return pd.DataFrame(
        {
            "promised": promised,
            "better": up_to[row, own] - same - promised,
            "same": same - binding["own"].to_numpy(),
            "reserve": by_tier[:, -1],
            "worse": up_to[:, -2] - up_to[row, own],
        }
    )
