"""The answer of every order to prices; loops of :mod:`optimizer.common.kernels`."""

from __future__ import annotations

from math import exp, log
from typing import NamedTuple

from optimizer.common.kernels import Flags, Floats, Ints

FAR = 20.0
"""Temperatures above the best at which an option gets nothing."""
NEVER = 1e300


class Book(NamedTuple):
    """Lines with their options, and what these use; -1 is the position behind the last."""

    cost: Floats  # by option [goal/unit]
    serve: Floats  # by option: service of a unit [base unit/unit]
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
    warmth: Floats  # by line: what makes a difference [goal/unit]
    whole: Flags  # by order: ship-complete


class Asked(NamedTuple):
    """Prices: the last entry of each is 0, for what has no limit."""

    epoch: Floats
    site_day: Floats
    lane_day: Floats
    segment: Floats


class Used(NamedTuple):
    """What the answer uses, by the same positions, and units by option; summed up in place."""

    epoch: Floats
    site_day: Floats
    lane_day: Floats
    segment: Floats
    units: Floats
    dear: Floats  # scratch: reduced cost by option


def respond(book: Book, asked: Asked, used: Used, cold: float) -> float:
    """Let each order answer the prices; return the exact worth of the best answers.

    What is used is smoothed: options share a line by how little worse they are than its best,
    measured in ``cold`` parts of its warmth.
    """
    total = 0.0
    for o in range(len(book.first_line) - 1):
        lines = range(book.first_line[o], book.first_line[o + 1])
        whole = book.whole[o]
        part = 1.0
        worth, smooth, spread = 0.0, 0.0, 0.0
        for line in lines:
            best = _reduced(book, asked, used, line)
            if whole:
                heat = cold * book.warmth[line]
                worth += book.quantity[line] * best
                if best < NEVER:
                    weight = _weight(book, used, line, best, heat)
                    smooth += book.quantity[line] * (best - heat * log(weight))
                    spread += book.quantity[line] * heat
            elif best < 0.0:
                total += book.quantity[line] * best
        if whole:
            total += min(0.0, worth)
            ease = smooth / spread if worth < NEVER and spread > 0.0 else NEVER
            part = 1.0 / (1.0 + exp(ease)) if -FAR < ease < FAR else (1.0 if ease < 0.0 else 0.0)
        if part > 0.0:
            for line in lines:
                _ship(book, used, line, cold * book.warmth[line], whole, part)
    return total


def _reduced(book: Book, asked: Asked, used: Used, line: int) -> float:
    """Reduced cost of a unit delivered by each option of a line; return the lowest."""
    best = NEVER
    served = asked.segment[book.segment[line]]
    for j in range(book.first_option[line], book.first_option[line + 1]):
        dear = NEVER
        if book.usable[j]:
            dear = book.cost[j] - served * book.serve[j] + asked.epoch[book.epoch[j]]
            dear += book.effort[j] * asked.site_day[book.site_day[j]]
            dear += asked.lane_day[book.lane_day[j]] + asked.lane_day[book.lane_total[j]]
            dear *= book.per[j]
            best = min(best, dear)
        used.dear[j] = dear
    return best


def _weight(book: Book, used: Used, line: int, best: float, heat: float) -> float:
    weight = 0.0
    for j in range(book.first_option[line], book.first_option[line + 1]):
        if used.dear[j] < best + FAR * heat:
            weight += exp((best - used.dear[j]) / heat)
    return weight


def _ship(book: Book, used: Used, line: int, heat: float, whole: bool, part: float) -> None:
    """Add what a line uses."""
    first, end = book.first_option[line], book.first_option[line + 1]
    best = 0.0 if not whole else NEVER
    for j in range(first, end):
        best = min(best, used.dear[j])
    if best >= NEVER:
        return
    weight = _weight(book, used, line, best, heat)
    if not whole and -best < FAR * heat:
        weight += exp(best / heat)
    if weight <= 0.0:
        return
    amount = part * book.quantity[line] / weight
    for j in range(first, end):
        if used.dear[j] < best + FAR * heat:
            units = amount * book.per[j] * exp((best - used.dear[j]) / heat)
            used.epoch[book.epoch[j]] += units
            used.site_day[book.site_day[j]] += units * book.effort[j]
            used.lane_day[book.lane_day[j]] += units
            used.lane_day[book.lane_total[j]] += units
            used.segment[book.segment[line]] += units * book.serve[j]
            used.units[j] = units


HELPERS = (_reduced, _weight, _ship)
