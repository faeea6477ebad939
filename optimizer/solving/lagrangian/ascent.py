"""Prices by smoothed dual ascent: a near-optimal bound in a hundred rounds over the options."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.tolerances import DOUBLE
from optimizer.solving.lagrangian.price_loops import NEVER
from optimizer.solving.lagrangian.relaxation import Prices, Relaxation

Array = np.ndarray
ROUNDS = 100
"""Usual number of answers; the bound is then within a tenth of a percent for value."""
FIRST_STEP, LAST_STEP = 1.0, 0.01
FIRST_HEAT, LAST_HEAT = 0.2, 0.002
AVERAGED = 1 / 6
"""Last part of the rounds whose answers are averaged."""
CAPACITY, PROMISE = 0.05, 0.3
"""Steps of prices of capacity and of promises, as a share of what is gained there."""
MOMENTUM, MEMORY, CALM = 0.85, 0.97, 0.03


@dataclass(frozen=True, eq=False)
class Ascent:
    """What came of it.

    Parameters
    ----------
    bound
        The best one: no answer that keeps what is held reaches less [goal].
    prices
        That give it.
    units
        Average answer to the last prices, by option [unit]; near-optimal, and a little in excess
        of some rows.
    """

    bound: float
    prices: Prices
    units: Array
    above: Array
    """By how much an option is dearer than the line's best answer, in parts of what makes a
    difference to the line; infinite where nothing can be shipped, shape (options,)."""


def ascend(relaxation: Relaxation, rounds: int, go_on: Callable[[], bool]) -> Ascent:
    """Raise prices where more is used than there is, lower them elsewhere.

    Parameters
    ----------
    relaxation
        Of the goal.
    rounds
        Each is one answer of all orders.
    go_on
        Asked before each round; at least one is done.
    """
    scale, warmth, price = _scales(relaxation)
    book = relaxation.book(warmth)
    size = _sizes(relaxation)
    best, best_price = -np.inf, price
    mean, square = np.zeros_like(price), np.zeros_like(price)
    relaxation.answer[:] = 0.0
    averaged = max(1, int(rounds * AVERAGED))
    shared = 0
    for nth in range(rounds):
        if nth and not go_on():
            break
        part = nth / max(1, rounds - 1)
        share = 1.0 if nth >= rounds - averaged else 0.0
        shared += int(share)
        cold = FIRST_HEAT * (LAST_HEAT / FIRST_HEAT) ** part
        answer = relaxation.respond(book, relaxation.free().like(price), cold, share)
        if answer.bound > best:
            best, best_price = answer.bound, price
        slope = np.clip(answer.excess / size, -1.0, 1.0)
        mean = MOMENTUM * mean + (1 - MOMENTUM) * slope
        square = MEMORY * square + (1 - MEMORY) * slope**2
        pace = np.sqrt(square / (1 - MEMORY ** (nth + 1))) + CALM
        step = FIRST_STEP * (LAST_STEP / FIRST_STEP) ** part
        price = np.maximum(0.0, price + step * scale * mean / (1 - MOMENTUM ** (nth + 1)) / pace)
    units = relaxation.answer / max(1, shared)
    prices = relaxation.free().like(best_price)
    relaxation.respond(book, prices, LAST_HEAT, 0.0)
    return Ascent(best, prices, units, _above(relaxation) / warmth[_line(relaxation)])


def _line(relaxation: Relaxation) -> Array:
    return relaxation.held.problem.options["line"].to_numpy()


def _above(relaxation: Relaxation) -> Array:
    """Reduced cost above that of the best answer of the line: an option, or nothing if it may."""
    problem, line = relaxation.held.problem, _line(relaxation)
    dear = np.where(relaxation.dear < NEVER, relaxation.dear, np.inf)
    best = np.full(len(problem.lines), np.inf)
    np.minimum.at(best, line, dear)
    whole = problem.orders["ship_complete"].to_numpy()[problem.lines["order"]]
    best = np.where(whole, best, np.minimum(best, 0.0))
    with np.errstate(invalid="ignore"):
        return np.nan_to_num(dear - best[line], nan=np.inf, posinf=np.inf)


def _scales(relaxation: Relaxation) -> tuple[Array, Array, Array]:
    """How far a price may move in a round, what makes a difference to a line, and first prices."""
    r, problem = relaxation, relaxation.held.problem
    options, lines = problem.options, problem.lines
    line = options["line"].to_numpy()
    short = r.cost[r.at["short"]]
    promised = np.bincount(r.promised_to, short, len(r.most))
    gain = np.maximum(-r.by_unit(r.cost), 0.0)
    gain += np.append(promised, 0.0)[r.owner[line]] * r.serve
    gain = np.where(options["upper"] > 0, gain, 0.0)
    pair = problem.epochs["pair"].to_numpy()
    by_pair = _mean(pair[options["epoch"]], gain, len(problem.pairs))
    by_option = by_pair[pair[options["epoch"]]]
    site = CAPACITY * _mean(options["site_day"].to_numpy(), gain, len(problem.site_days))
    lanes = np.append(options["lane_day"], options["lane_total"])
    lane = CAPACITY * _mean(lanes, np.append(gain, gain), len(problem.lane_days))
    owner = r.owner[line]
    served = r.serve > 0
    worth = _mean(owner[served], by_option[served], len(r.most))
    each = _mean(owner[served], r.serve[served], len(r.most))
    service = np.where(promised > 0, promised * PROMISE, worth / np.where(each > 0, each, 1.0))
    vector = np.zeros(len(r.cost))
    vector[r.at["x"]] = by_option
    vector[r.at["short"]] = service[r.promised_to]
    rows = [
        vector[row.columns].sum() / max(np.abs(row.coefficients).sum(), DOUBLE)
        for row in r.held.rows
    ]
    warmth = np.zeros(len(lines))
    np.maximum.at(warmth, line, np.maximum(gain, by_option))
    warmth = np.maximum(warmth, max(DOUBLE, warmth.max(initial=0.0) * 1e-6))
    first = r.free()
    scale = Prices(by_pair[pair], site, lane, service, np.array(rows))
    start = Prices(first.stock, first.site_day, first.lane_day, promised, first.rows)
    return scale.joined(), warmth, start.joined()


def _mean(rows: Array, values: Array, count: int) -> Array:
    """Mean of the values by row; 0 where there are none; rows out of range are nobody's."""
    inside = (rows >= 0) & (rows < count)
    rows, values = rows[inside], values[inside]
    total = np.bincount(rows, values, count)
    return total / np.maximum(np.bincount(rows, minlength=count), 1)


def _sizes(relaxation: Relaxation) -> Array:
    """Give what an excess is measured against."""
    r = relaxation
    usual = float(r.held.problem.lines["quantity"].mean())
    parts = (r.supply, r.site_limit, r.lane_limit, r.most, np.abs(r.limits))
    return np.maximum(np.concatenate(parts), max(usual, 1.0))
