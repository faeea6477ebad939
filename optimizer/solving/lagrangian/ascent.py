"""Prices by smoothed dual ascent: a near-optimal bound in a hundred rounds over the options."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.tolerances import DOUBLE
from optimizer.solving.lagrangian.order_subproblems import NEVER
from optimizer.solving.lagrangian.relaxation import Multipliers, Relaxation

Array = np.ndarray
FIRST_STEP, LAST_STEP = 1.0, 0.01
FIRST_HEAT, LAST_HEAT = 0.2, 0.002
"""Steps and temperatures of the first and the last round."""
AVERAGED = 1 / 6
"""Last part of the rounds whose answers are averaged."""
CAPACITY, PROMISE = 0.05, 0.3
"""Steps of prices of capacity and of promises, as a share of what is gained there."""
MOMENTUM, MEMORY, CALM = 0.85, 0.97, 0.03
"""Of the mean slope, of its square, and what is added to its root, so that no step is too large."""


@dataclass(frozen=True, eq=False)
class Ascent:
    """The best bound of an ascent, and the shipments that its last prices draw.

    Parameters
    ----------
    bound
        No answer that keeps the locked goals reaches less [goal].
    prices
        That give the bound.
    units
        Mean of what orders ship at the last prices, by option [unit]; near-optimal, and a little
        in excess of some rows.
    above
        By how much an option is dearer than the best of its line, in parts of what makes a
        difference to the line; infinite where nothing can be shipped, shape (options,).
    """

    bound: float
    prices: Multipliers
    units: Array
    above: Array


def ascend(relaxation: Relaxation, rounds: int, go_on: Callable[[], bool]) -> Ascent:
    """Raise prices where more is used than there is, lower them elsewhere.

    Parameters
    ----------
    relaxation
        Of the goal.
    rounds
        In each, all orders ship what is best at the prices. After a hundred, the bound is within
        a tenth of a percent for value.
    go_on
        Called before each round, which is done if it is true; the first one always is.
    """
    step_size, scale, price = _scales(relaxation)
    orders, size = relaxation.subproblems(scale), _sizes(relaxation)
    best, best_price = -np.inf, price
    mean, square = np.zeros_like(price), np.zeros_like(price)
    averaged = max(1, int(rounds * AVERAGED))
    units, summed = np.zeros(relaxation.work), 0
    for nth in range(rounds):
        if nth and not go_on():
            break
        part = nth / max(1, rounds - 1)
        temperature = FIRST_HEAT * (LAST_HEAT / FIRST_HEAT) ** part
        point = relaxation.at_prices(orders, relaxation.free().like(price), temperature)
        if nth >= rounds - averaged:
            units, summed = units + point.units, summed + 1
        if point.bound > best:
            best, best_price = point.bound, price
        slope = np.clip(point.excess / size, -1.0, 1.0)
        mean = MOMENTUM * mean + (1 - MOMENTUM) * slope
        square = MEMORY * square + (1 - MEMORY) * slope**2
        pace = np.sqrt(square / (1 - MEMORY ** (nth + 1))) + CALM
        step = FIRST_STEP * (LAST_STEP / FIRST_STEP) ** part * step_size
        price = np.maximum(0.0, price + step * mean / (1 - MOMENTUM ** (nth + 1)) / pace)
    prices = relaxation.free().like(best_price)
    last = relaxation.at_prices(orders, prices, LAST_HEAT)
    above = _above(relaxation, last.reduced) / scale[_line(relaxation)]
    return Ascent(best, prices, units / max(1, summed), above)


def _line(relaxation: Relaxation) -> Array:
    return relaxation.model.problem.options["line"].to_numpy()


def _above(relaxation: Relaxation, reduced: Array) -> Array:
    """Reduced cost above that of the best answer of the line: an option, or nothing if it may."""
    problem, line = relaxation.model.problem, _line(relaxation)
    reduced = np.where(reduced < NEVER, reduced, np.inf)
    best = np.full(len(problem.lines), np.inf)
    np.minimum.at(best, line, reduced)
    whole = problem.orders["ship_complete"].to_numpy()[problem.lines["order"]]
    best = np.where(whole, best, np.minimum(best, 0.0))
    with np.errstate(invalid="ignore"):
        return np.nan_to_num(reduced - best[line], nan=np.inf, posinf=np.inf)


def _scales(relaxation: Relaxation) -> tuple[Array, Array, Array]:
    """How far a price may move in a round, what makes a difference to a line, and first prices."""
    r, problem = relaxation, relaxation.model.problem
    options, lines = problem.options, problem.lines
    line = options["line"].to_numpy()
    short = r.cost[r.at["short"]]
    promised = np.bincount(r.promised_to, short, len(r.most))
    gain = np.maximum(-r.by_unit(r.cost), 0.0)
    gain += np.append(promised, 0.0)[r.segment[line]] * r.service
    gain = np.where(options["upper"] > 0, gain, 0.0)
    pair = problem.epochs["pair"].to_numpy()
    by_pair = _mean(pair[options["epoch"]], gain, len(problem.pairs))
    by_option = by_pair[pair[options["epoch"]]]
    site = CAPACITY * _mean(options["site_day"].to_numpy(), gain, len(problem.site_days))
    lanes = np.append(options["lane_day"], options["lane_total"])
    lane = CAPACITY * _mean(lanes, np.append(gain, gain), len(problem.lane_days))
    owner = r.segment[line]
    served = r.service > 0
    worth = _mean(owner[served], by_option[served], len(r.most))
    each = _mean(owner[served], r.service[served], len(r.most))
    service = np.where(promised > 0, promised * PROMISE, worth / np.where(each > 0, each, 1.0))
    vector = np.zeros(len(r.cost))
    vector[r.at["x"]] = by_option
    vector[r.at["short"]] = service[r.promised_to]
    rows = [
        vector[row.columns].sum() / max(np.abs(row.coefficients).sum(), DOUBLE)
        for row in r.model.rows
    ]
    scale_of_line = np.zeros(len(lines))
    np.maximum.at(scale_of_line, line, np.maximum(gain, by_option))
    scale_of_line = np.maximum(scale_of_line, max(DOUBLE, scale_of_line.max(initial=0.0) * 1e-6))
    first = r.free()
    scale = Multipliers(by_pair[pair], site, lane, service, np.array(rows))
    start = Multipliers(first.stock, first.site_day, first.lane_day, promised, first.rows)
    return scale.joined(), scale_of_line, start.joined()


def _mean(rows: Array, values: Array, count: int) -> Array:
    """Mean of the values by row; 0 where there are none; rows out of range are nobody's."""
    inside = (rows >= 0) & (rows < count)
    rows, values = rows[inside], values[inside]
    total = np.bincount(rows, values, count)
    return total / np.maximum(np.bincount(rows, minlength=count), 1)


def _sizes(relaxation: Relaxation) -> Array:
    """Give what an excess is measured against."""
    r = relaxation
    usual = float(r.model.problem.lines["quantity"].mean())
    parts = (r.supply, r.site_limit, r.lane_limit, r.most, np.abs(r.limits))
    return np.maximum(np.concatenate(parts), max(usual, 1.0))
