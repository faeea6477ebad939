"""What a plan leaves for lines that miss something: free stock, full limits, rivals.

Everything is counted in units by line, over the *ways* of the line: the pairs (item at a site) from
which an option that would help draws. Stock is free for an option when no later use needs it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.problem import Problem
from models.shared_limits import SHARED_LIMITS, Uses
from models.tolerances import INTEGRALITY, UNIT
from optimizer.policies.remaining import cumulative_supply

AT_ONCE = 1_000_000
"""Options looked at together: a large problem in parts takes less room."""
AMOUNTS = [
    *("free", *(limit.rule for limit in SHARED_LIMITS), "reach"),
    *("committed", "better", "same", "reserve", "worse"),
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Availability:
    """What a plan leaves, whoever needs it.

    Parameters
    ----------
    stock
        Supply less use of the epoch's pair up to the epoch [unit], shape (epochs,).
    limits
        By rule of a shared limit: what is left of each row [unit of the limit].
    uses
        By rule of a shared limit: which options use it.
    tier
        Rank of each line's tier, shape (lines,); 0 is what was committed beforehand, the last one
        forecast demand.
    taken
        Use of the epoch's pair up to the epoch by tier [unit], shape (epochs, 2 + tiers).
    """

    stock: Floats
    limits: Mapping[str, Floats]
    uses: Mapping[str, Uses]
    tier: Ints
    taken: Floats

    @classmethod
    def beside(cls, problem: Problem, x: Floats) -> Availability:
        """Take what a plan ships by each option, shape (options,), from what there is."""
        options, epochs = problem.options, problem.epochs
        starts = _starts(epochs["pair"])
        tiers, tier = np.unique(problem.lines["tier"], return_inverse=True)
        used = np.flatnonzero(x)
        line, epoch = (options[name].to_numpy(dtype="int64")[used] for name in ("line", "epoch"))
        kinds = len(tiers) + 2
        tier = np.where(problem.lines["virtual"], kinds - 1, tier + 1)
        committed = options["frozen"].to_numpy()[used] >= 0
        user = np.where(committed, 0, tier[line]) + kinds * epoch
        use = np.bincount(user, x[used], kinds * len(epochs)).reshape(-1, kinds)
        return cls(
            stock=cumulative_supply(problem) - _running(use.sum(axis=1), starts),
            limits={limit.rule: limit.left(problem, x) for limit in SHARED_LIMITS},
            uses={limit.rule: limit.uses_of(problem) for limit in SHARED_LIMITS},
            tier=tier,
            taken=_running(use, starts),
        )


def ways_to_more(problem: Problem, x: Floats, helps: Flags, moves: Flags) -> pd.DataFrame:
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
        reached; ``reach``: supply there in time, whoever has it; ``committed``: taken by what was
        committed to others before; ``better``, ``same``, ``worse``: taken by other lines, by their
        tier; ``reserve``: held for forecast demand.
    """
    available = Availability.beside(problem, x)
    parts = [
        _amounts(problem, available, rows.assign(x=x[at], back=x[at] * moves[at]), at, helps[at])
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


def _amounts(
    problem: Problem, available: Availability, options: pd.DataFrame, at: slice, helps: Flags
) -> pd.DataFrame:
    """Count what the helpful ones of some lines' options find, by way."""
    helpful, carried, place = _found(problem, available, options, at, helps)
    by_way = helpful.groupby("way")
    last = by_way["epoch"].idxmax().to_numpy()
    ways = _shippable(helpful).assign(line=by_way["line"].first())
    gives = by_way["gives"].first()
    ways["reach"] = cumulative_supply(problem)[helpful["epoch"].to_numpy()[last]]
    binding = carried.iloc[carried["binding"].to_numpy()[place[last]]]
    rivals = _taken(available, binding, ways["line"].to_numpy())
    ways = pd.concat([ways, rivals], axis=1)
    spent = by_way["quota"].max() <= UNIT
    ways["quota"] += ways["worse"].where(spent, 0.0)  # who comes later took it for that reason
    ways["worse"] = ways["worse"].where(~spent, 0.0)
    ways["until"] = _last_days(problem)[binding["epoch"].to_numpy()]
    ways["pair"] = by_way["pair"].first()
    ways[AMOUNTS] = ways[AMOUNTS].mul(gives, axis=0)
    return ways[["line", "pair", "until", *AMOUNTS]]


def _found(
    problem: Problem, available: Availability, options: pd.DataFrame, at: slice, helps: Flags
) -> tuple[pd.DataFrame, pd.DataFrame, Ints]:
    """Find units of ``stock`` for each helpful option, and what each limit leaves of them.

    With every way over its epochs and the row of each helpful option therein (:func:`_carried`).
    """
    helpful = options[helps].reset_index(drop=True)
    helpful["pair"] = problem.epochs["pair"].to_numpy()[helpful["epoch"]]
    helpful["way"] = helpful[["line", "pair"]].ne(helpful[["line", "pair"]].shift()).any(axis=1)
    helpful["way"] = helpful["way"].cumsum() - 1
    carried, place = _carried(problem, available, options, helpful)
    helpful["stock"] = _whole(helpful, carried["atp"].to_numpy()[place])
    for limit in SHARED_LIMITS:
        uses = available.uses[limit.rule].among(at.start, at.stop)
        within = _within(available.limits[limit.rule], uses, options)
        helpful[limit.rule] = _whole(helpful, within[helps])
    return helpful, carried, place


def spare_units(problem: Problem, x: Floats, own: Flags) -> Floats:
    """Units that each option could ship beside a plan, were it the only one to ship more.

    Whole steps; the line's own quantity and order rules are not looked at.

    Parameters
    ----------
    problem
        The question.
    x
        Units shipped by option, shape (options,).
    own
        Options whose units an option of the same line that is on time could take instead,
        shape (options,).

    Returns
    -------
    numpy.ndarray
        Units shipped, shape (options,).
    """
    available = Availability.beside(problem, x)
    on_time = problem.options["on_time"].to_numpy()
    units = np.zeros(len(on_time))
    for at, rows in _parts(problem):
        for helps, back in ((on_time[at], x[at] * own[at]), (~on_time[at], 0.0)):
            if helps.any():
                options = rows.assign(x=x[at], back=back)
                helpful, _, _ = _found(problem, available, options, at, helps)
                units[at][helps] = _room(helpful)
    return units


def _room(helpful: pd.DataFrame, without: str = "") -> pd.Series:
    """Units of each option that stock and all limits leave, or all limits but one."""
    rules = [limit.rule for limit in SHARED_LIMITS if limit.rule != without]
    return helpful[["stock", *rules]].min(axis=1)


def _within(left: Floats, uses: Uses, options: pd.DataFrame) -> Floats:
    """Units of each option that a limit leaves to it; no limit where it uses none.

    Parameters
    ----------
    left
        Of each row of the limit [unit of the limit].
    uses
        By these options.
    options
        With units that their lines give ``back`` on the way: they leave the limit's rows.
    """
    used = np.flatnonzero(uses.amount)
    row, option, amount = uses.row[used], uses.option[used], uses.amount[used]
    rows = pd.DataFrame({"line": options["line"].to_numpy()[option], "row": row})
    rows["back"] = options["back"].to_numpy()[option] * amount
    there = left[row] + rows.groupby(["line", "row"])["back"].transform("sum").to_numpy()
    units = np.full(len(options), np.inf)
    np.minimum.at(units, option, there / amount)
    return units


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
    problem: Problem, available: Availability, options: pd.DataFrame, helpful: pd.DataFrame
) -> tuple[pd.DataFrame, Ints]:
    """Every way over its epochs, and the row of each helpful option therein.

    ``atp``: units available to promise from the epoch on; ``binding``: the row that
    limits them; ``own`` and ``promised``: the line's own use so far, free and frozen.
    """
    epochs = problem.epochs
    pair_starts = _starts(epochs["pair"])
    ways = helpful.drop_duplicates("way")
    count = np.bincount(epochs["pair"], minlength=len(problem.pairs))[ways["pair"]]
    first = np.cumsum(count) - count
    opening = np.flatnonzero(pair_starts == np.arange(len(epochs)))[ways["pair"]]
    way = np.repeat(np.arange(len(ways)), count)
    epoch = np.arange(len(way)) + (opening - first)[way]
    rows = pd.DataFrame({"line": ways["line"].to_numpy()[way], "epoch": epoch})
    used, frozen = options[options["x"] > 0], options["frozen"] >= 0
    used = used.assign(own=used["x"].mask(frozen, 0.0), promised=used["x"].where(frozen, 0.0))
    use = used.groupby(["line", "epoch"])[["own", "promised", "back"]].sum()
    rows = rows.join(use, on=["line", "epoch"]).fillna(dict.fromkeys(use, 0.0))
    for name in ("own", "promised"):
        rows[name] = _running(rows[name].to_numpy(), first[way])
    free = pd.Series(available.stock[epoch] + _running(rows["back"].to_numpy(), first[way]))
    rows["atp"] = free[::-1].groupby(way[::-1]).cummin()[::-1]
    limiting = pd.Series(rows.index, dtype="float64").where(free <= rows["atp"] + UNIT)
    rows["binding"] = limiting.bfill().astype("int64")
    place = (first - opening)[helpful["way"]] + helpful["epoch"].to_numpy()
    return rows, place


def _whole(helpful: pd.DataFrame, units: Floats) -> Floats:
    """Count only multiples of the step in which an item ships."""
    step = helpful["step"].to_numpy()
    units, steps = np.maximum(units, 0.0), np.where(step > 0, step, 1.0)
    multiples = np.floor(units / steps + INTEGRALITY) * steps
    return np.where(step > 0, multiples, np.where(units > UNIT, units, 0.0))


def _shippable(helpful: pd.DataFrame) -> pd.DataFrame:
    """By way: units free to ship, and free stock behind limits that are reached.

    No unit of stock is counted twice: what could go on some day is behind nothing. A limit holds
    what could go without it alone; what several hold together is behind the tightest.
    """
    rules = [limit.rule for limit in SHARED_LIMITS]
    stock, way = helpful["stock"], helpful["way"]
    most = stock.groupby(way).max()
    amounts = {"free": _over_days(helpful, _room(helpful)).clip(upper=most)}
    rest = most - amounts["free"]
    for rule in rules:
        alone = _over_days(helpful, _room(helpful, without=rule)) - amounts["free"]
        amounts[rule] = alone.clip(upper=rest)
        rest = rest - amounts[rule]
    tight = np.argmin(helpful[rules].to_numpy(), axis=1)
    for nth, rule in enumerate(rules):
        behind = (stock - _room(helpful)).where(tight == nth, 0.0).groupby(way).max()
        together = behind.clip(upper=rest)
        amounts[rule] = amounts[rule] + together
        rest = rest - together
    return pd.DataFrame(amounts)


def _over_days(helpful: pd.DataFrame, units: pd.Series) -> pd.Series:
    """Add up by way what could go on each day by one of its options."""
    return units.groupby([helpful["way"], helpful["day"]]).max().groupby("way").sum()


def _taken(available: Availability, binding: pd.DataFrame, line: Ints) -> pd.DataFrame:
    """Units of a way's stock that other lines took, by their tier against the line's."""
    by_tier = available.taken[binding["epoch"]]
    row, own = np.arange(len(line)), available.tier[line]
    up_to = np.cumsum(by_tier, axis=1)
    same, committed = by_tier[row, own], by_tier[:, 0]
    return pd.DataFrame(
        {
            "committed": committed - binding["promised"].to_numpy(),
            "better": up_to[row, own] - same - committed,
            "same": same - binding["own"].to_numpy(),
            "reserve": by_tier[:, -1],
            "worse": up_to[:, -2] - up_to[row, own],
        }
    )
