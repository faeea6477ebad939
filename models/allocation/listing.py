"""Which options belong to which rows, and how far they reach."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.allocation.declaring import Declared
from models.problem import Problem
from models.tolerances import UNIT

SHIPMENT = ["line", "item", "site", "service", "day"]
"""What a promise and the free units that go with it have in common."""


def has_options(p: Problem, counted: np.ndarray | None = None) -> np.ndarray:
    """Lines that have an option, or a counted one: bool array (lines,)."""
    has = np.zeros(len(p.lines), dtype=bool)
    has[p.options["line"] if counted is None else p.options["line"][counted]] = True
    return has


def places(chosen: np.ndarray, count: int) -> np.ndarray:
    """Where each of ``count`` rows stands among the chosen ones; -1 = not chosen."""
    place = np.full(count, -1, dtype=np.int32)
    place[chosen] = np.arange(len(chosen))
    return place


def list_options(
    d: Declared, p: Problem, name: str, over: str, lines: np.ndarray, counted: np.ndarray
) -> None:
    """List the counted options of a subset of lines."""
    d.listing(name, over, *options_of_lines(p, lines, counted), "its options that count")


def options_of_lines(
    p: Problem, lines: np.ndarray, counted: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """List the counted options of a subset of lines: place of the line, and option."""
    row = places(lines, len(p.lines))[p.options["line"]]
    kept = np.flatnonzero((row >= 0) & counted)
    return row[kept], kept


def reach(problem: Problem, counted: np.ndarray) -> np.ndarray:
    """Units that each line can get at most from the counted options [unit], shape (lines,).

    From each pair it can draw what was supplied up to its last counted option there.
    """
    options, lines = problem.options, problem.lines
    if options.empty:
        return np.zeros(len(lines))
    line, epoch = options["line"].to_numpy(), options["epoch"].to_numpy()
    pair = problem.epochs["pair"].to_numpy()[epoch]
    usable = counted & (options["upper"] > 0).to_numpy()
    drawn = problem.epochs["reach"].to_numpy()[epoch] * options["gives"].to_numpy()
    units = np.where(usable, drawn, 0.0)
    # Options are sorted by line and pair, so that each pair of a line is one run of them.
    begins = np.append(True, (line[1:] != line[:-1]) | (pair[1:] != pair[:-1]))
    runs = np.flatnonzero(begins)
    best = np.maximum.reduceat(units, runs)
    total = np.bincount(line[runs], best, minlength=len(lines))
    return np.minimum(total, lines["most"].to_numpy())


def alone(problem: Problem) -> np.ndarray:
    """Units that stock gives each line at most, were it alone [unit], shape (lines,).

    Capacity and quotas do not count. A line that may not ship so little gets what it was promised
    at most, and so does every line of a ship-complete order with such a line.
    """
    lines, order = problem.lines, problem.lines["order"].to_numpy()
    promised = problem.options["frozen"].to_numpy() >= 0
    frozen, limit = lines["frozen"].to_numpy(), lines["limit"].to_numpy()
    bundled = problem.orders["ship_complete"].to_numpy()[order]
    exact = bundled | lines["complete"].to_numpy()
    least = np.where(bundled, lines["quantity"] - frozen, lines["least"])
    free = np.minimum(_supplied(problem, ~promised), limit - np.where(exact, frozen, 0.0))
    stuck = (free <= UNIT) | (free < least - UNIT)
    stuck |= bundled & np.isin(order, order[bundled & stuck & (least > UNIT)])
    kept = np.minimum(_supplied(problem, promised), frozen)
    every = np.ones(len(promised), dtype=bool)
    return np.where(stuck, kept, np.minimum(_supplied(problem, every), np.maximum(limit, kept)))


def _supplied(problem: Problem, counted: np.ndarray) -> np.ndarray:
    """Add up what each line finds at its sites by its last counted options there [unit].

    Of an item that is moved between sites it finds all there is, and that once.
    """
    pairs, epochs, options = problem.pairs, problem.epochs, problem.options[counted]
    goods = pairs.groupby(["item", "level"])
    kind, total = goods.ngroup().to_numpy(), goods["supply"].transform("sum").to_numpy()
    source = epochs["pair"].to_numpy()[problem.moves["from_epoch"]]
    item = pairs["item"].to_numpy()
    travels = np.isin(item, item[source])
    epoch, gives = options["epoch"].to_numpy(), options["gives"].to_numpy()
    pair = epochs["pair"].to_numpy()[epoch]
    there = np.where(travels[pair], total[pair], epochs["reach"].to_numpy()[epoch])
    rows = pd.DataFrame(
        {
            "line": options["line"].to_numpy(),
            "kind": kind[pair],
            "pair": pair,
            "units": there * gives,
            "total": total[pair] * gives,
        }
    )
    best = rows.groupby(["line", "kind", "pair"]).max().groupby(level=["line", "kind"])
    units = best["units"].sum().clip(upper=best["total"].max()).groupby(level="line").sum()
    return units.reindex(np.arange(len(problem.lines)), fill_value=0.0).to_numpy(dtype=float)


def on_its_day(problem: Problem) -> np.ndarray:
    """Options that keep a promise as it was made: bool array (options,)."""
    options = problem.options
    return ((options["frozen"] >= 0) & ~options["moves"]).to_numpy()


def beside_promises(problem: Problem) -> pd.DataFrame:
    """List the free options that ship the same as a promise: columns ``option``, ``promise``.

    Units shipped so are the promise's first of all.
    """
    options, promise = problem.options, problem.options["frozen"]
    known = options.loc[on_its_day(problem), [*SHIPMENT, "frozen"]].drop_duplicates(SHIPMENT)
    asked = np.flatnonzero((promise < 0) & options["line"].isin(known["line"]))
    free = options.loc[asked, SHIPMENT].assign(option=asked)
    found = free.merge(known.rename(columns={"frozen": "promise"}), on=SHIPMENT)
    return found[["option", "promise"]]
