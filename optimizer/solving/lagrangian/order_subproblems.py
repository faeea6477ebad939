"""The best shipments of every order at given prices; loops of :mod:`optimizer.common.kernels`."""

from __future__ import annotations

from math import exp, log
from typing import NamedTuple

from optimizer.common.kernels import Flags, Floats, Ints

FAR = 20.0
"""Temperatures above the best at which an option gets nothing."""
NEVER = 1e300
"""Reduced cost of an option that ships nothing."""


class Subproblems(NamedTuple):
    """Lines with their options, and what these use; -1 is the position behind the last."""

    cost: Floats  # by option [goal/unit]
    service: Floats  # by option: service of a unit [base unit/unit]
    per: Floats  # by option: units shipped for a unit delivered
    effort: Floats
    epoch: Ints
    site_day: Ints
    lane_day: Ints
    lane_total: Ints
    usable: Flags
    first_option: Ints  # by line, one more at the end
    first_line: Ints  # by order, one more at the end
    quantity: Floats
    segment: Ints  # by line; the last one serves nobody
    scale: Floats  # by line: what makes a difference [goal/unit]
    whole: Flags  # by order: ship-complete


class RowPrices(NamedTuple):
    """Prices of rows: the last entry of each is 0, for what has no limit."""

    epoch: Floats
    site_day: Floats
    lane_day: Floats
    segment: Floats


class RowUse(NamedTuple):
    """What is used of the rows, by the same positions, and units by option; summed up in place."""

    epoch: Floats
    site_day: Floats
    lane_day: Floats
    segment: Floats
    units: Floats
    reduced: Floats  # reduced cost by option


def solve_subproblems(
    orders: Subproblems, prices: RowPrices, use: RowUse, temperature: float
) -> float:
    """Let each order ship what is best at the prices; return the exact worth of the best.

    What is used is smoothed: options share a line by how little worse they are than its best,
    measured in ``temperature`` parts of its scale.
    """
    total = 0.0
    for o in range(len(orders.first_line) - 1):
        lines = range(orders.first_line[o], orders.first_line[o + 1])
        whole = orders.whole[o]
        part = 1.0
        worth, smooth, spread = 0.0, 0.0, 0.0
        for line in lines:
            best = _reduced_costs(orders, prices, use, line)
            if whole:
                heat = temperature * orders.scale[line]
                worth += orders.quantity[line] * best
                if best < NEVER:
                    weight = _weight(orders, use, line, best, heat)
                    smooth += orders.quantity[line] * (best - heat * log(weight))
                    spread += orders.quantity[line] * heat
            elif best < 0.0:
                total += orders.quantity[line] * best
        if whole:
            total += min(0.0, worth)
            ease = smooth / spread if worth < NEVER and spread > 0.0 else NEVER
            part = 1.0 / (1.0 + exp(ease)) if -FAR < ease < FAR else (1.0 if ease < 0.0 else 0.0)
        if part > 0.0:
            for line in lines:
                _ship(orders, use, line, temperature * orders.scale[line], whole, part)
    return total


def _reduced_costs(orders: Subproblems, prices: RowPrices, use: RowUse, line: int) -> float:
    """Reduced cost of a unit delivered by each option of a line; return the lowest."""
    best = NEVER
    served = prices.segment[orders.segment[line]]
    for j in range(orders.first_option[line], orders.first_option[line + 1]):
        reduced = NEVER
        if orders.usable[j]:
            reduced = orders.cost[j] - served * orders.service[j] + prices.epoch[orders.epoch[j]]
            reduced += orders.effort[j] * prices.site_day[orders.site_day[j]]
            reduced += prices.lane_day[orders.lane_day[j]] + prices.lane_day[orders.lane_total[j]]
            reduced *= orders.per[j]
            best = min(best, reduced)
        use.reduced[j] = reduced
    return best


def _weight(orders: Subproblems, use: RowUse, line: int, best: float, heat: float) -> float:
    weight = 0.0
    for j in range(orders.first_option[line], orders.first_option[line + 1]):
        if use.reduced[j] < best + FAR * heat:
            weight += exp((best - use.reduced[j]) / heat)
    return weight


def _ship(
    orders: Subproblems, use: RowUse, line: int, heat: float, whole: bool, part: float
) -> None:
    """Add what a line uses."""
    first, end = orders.first_option[line], orders.first_option[line + 1]
    best = 0.0 if not whole else NEVER
    for j in range(first, end):
        best = min(best, use.reduced[j])
    if best >= NEVER:
        return
    weight = _weight(orders, use, line, best, heat)
    if not whole and -best < FAR * heat:
        weight += exp(best / heat)
    if weight <= 0.0:
        return
    amount = part * orders.quantity[line] / weight
    for j in range(first, end):
        if use.reduced[j] < best + FAR * heat:
            units = amount * orders.per[j] * exp((best - use.reduced[j]) / heat)
            use.epoch[orders.epoch[j]] += units
            use.site_day[orders.site_day[j]] += units * orders.effort[j]
            use.lane_day[orders.lane_day[j]] += units
            use.lane_day[orders.lane_total[j]] += units
            use.segment[orders.segment[line]] += units * orders.service[j]
            use.units[j] = units


HELPERS = (_reduced_costs, _weight, _ship)
