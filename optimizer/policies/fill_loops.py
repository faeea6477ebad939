"""Loops that fill lines and orders one after another, and never revise."""

from __future__ import annotations

from typing import NamedTuple

from models.tolerances import ROUNDING
from optimizer.common.kernels import Flags, Floats, Ints
from optimizer.policies.greedy_state import HELPERS as SHIPPING
from optimizer.policies.greedy_state import GreedyState, free, ship


class Turns(NamedTuple):
    """Lines that a greedy rule fills, each with its options and what it still misses."""

    choices: Ints  # options by line, the best one first
    start: Ints  # by line: its first place in ``choices``; one more at the end
    missing: Floats  # by line: not filled yet [unit delivered]
    least: Floats  # by line [unit]
    order: Ints  # by line
    first: Ints  # by order: its first line; one more at the end
    together: Flags  # by order: all in full or nothing
    done: Flags  # by order
    option: Ints  # options that ship for the line or order being filled ...
    units: Floats  # ... and how much each [unit]


def begin(state: GreedyState, turns: Turns, x: Floats) -> None:
    """Start from a plan; a line that has something needs no least any more."""
    for option in range(len(x)):
        if x[option] > ROUNDING:
            ship(state, option, x[option])
            if state.commitment[option] < 0:
                line = state.line[option]
                turns.missing[line] -= x[option] * state.gives[option]
                turns.least[line] = 0.0


def fill_shares(state: GreedyState, turns: Turns, sequence: Ints, share: Floats) -> None:
    """Give each line its share, one after another."""
    for line in sequence:
        for taken in range(_take(state, turns, line, share[line], 0, -1)):
            turns.missing[line] -= turns.units[taken] * state.gives[turns.option[taken]]


def fill(state: GreedyState, turns: Turns, sequence: Ints) -> None:
    """Fill the lines one after another, an order that goes together when its first line comes."""
    for line in sequence:
        order = turns.order[line]
        if not turns.together[order]:
            _fill_line(state, turns, line)
        elif not turns.done[order]:
            turns.done[order] = True
            _fill_order(state, turns, order)


def follow(state: GreedyState, turns: Turns, sequence: Ints, most: Floats) -> None:
    """Fill the lines one after another, but ship no more than so much by each option."""
    for line in sequence:
        filled, start, beyond = 0.0, turns.start[line], turns.start[line + 1]
        count = 0
        for place in range(start, beyond):
            option = turns.choices[place]
            needed = (turns.missing[line] - filled) / state.gives[option]
            units = free(state, option, min(most[option], needed))
            if units > ROUNDING:
                ship(state, option, units)
                turns.option[count] = option
                turns.units[count] = units
                count += 1
                filled += units * state.gives[option]
        if filled < turns.least[line] - ROUNDING:
            for taken in range(count):
                ship(state, turns.option[taken], -turns.units[taken])
        else:
            turns.missing[line] -= filled
            if filled > ROUNDING:
                turns.least[line] = 0.0


def fill_until(
    state: GreedyState, turns: Turns, sequence: Ints, serve: Floats, missing: float
) -> None:
    """Fill the lines one after another until so much service is made up."""
    for line in sequence:
        if missing <= ROUNDING:
            break
        order = turns.order[line]
        first, beyond = line, line + 1
        if turns.together[order]:
            first, beyond = turns.first[order], turns.first[order + 1]
            if turns.done[order]:
                continue
            turns.done[order] = True
        before = _served(state, turns, serve, first, beyond)
        if turns.together[order]:
            _fill_order(state, turns, order)
        else:
            _fill_line(state, turns, line)
        missing -= _served(state, turns, serve, first, beyond) - before


def _served(state: GreedyState, turns: Turns, serve: Floats, first: int, beyond: int) -> float:
    """Service of the lines by what they ship."""
    served = 0.0
    for place in range(turns.start[first], turns.start[beyond]):
        served += serve[turns.choices[place]] * state.shipped[turns.choices[place]]
    return served


def _fill_line(state: GreedyState, turns: Turns, line: int) -> None:
    """Fill a line; in its last parcel rather by one that holds all of it."""
    order = turns.order[line]
    if state.most_sent[order] - state.sent[order] != 1 or not _fill_in_one(
        state, turns, line, line + 1
    ):
        _fill(state, turns, line, line + 1, False, -1)


def _fill_order(state: GreedyState, turns: Turns, order: int) -> None:
    """Fill all lines of an order, or none."""
    first, beyond = turns.first[order], turns.first[order + 1]
    if state.most_sent[order] == 1:
        _fill_in_one(state, turns, first, beyond)
    else:
        _fill(state, turns, first, beyond, True, -1)


def _fill_in_one(state: GreedyState, turns: Turns, first: int, beyond: int) -> bool:
    """Fill the lines from the first parcel that holds all of them; say whether there is one."""
    for place in range(turns.start[first], turns.start[first + 1]):
        parcel = state.parcel[turns.choices[place]]
        if parcel >= 0 and _fill(state, turns, first, beyond, True, parcel):
            return True
    return False


def _fill(
    state: GreedyState, turns: Turns, first: int, beyond: int, together: bool, parcel: int
) -> bool:
    """Fill what is left of the lines; when they go together, all in full or none."""
    count = 0
    for line in range(first, beyond):
        before, filled = count, 0.0
        count = _take(state, turns, line, turns.missing[line], before, parcel)
        for taken in range(before, count):
            filled += turns.units[taken] * state.gives[turns.option[taken]]
        needed = turns.missing[line] if together else turns.least[line]
        if filled < needed - ROUNDING:
            for taken in range(count):
                ship(state, turns.option[taken], -turns.units[taken])
            return False
    for taken in range(count):
        option = turns.option[taken]
        turns.missing[state.line[option]] -= turns.units[taken] * state.gives[option]
    return True


def _take(
    state: GreedyState, turns: Turns, line: int, needed: float, count: int, parcel: int
) -> int:
    """Ship up to ``needed`` by the line's options, best first; note it from ``count`` on.

    Only in one parcel, if that is not -1.
    """
    for place in range(turns.start[line], turns.start[line + 1]):
        option = turns.choices[place]
        if parcel == -1 or parcel == state.parcel[option]:
            units = free(state, option, needed / state.gives[option])
            if units > ROUNDING:
                ship(state, option, units)
                turns.option[count] = option
                turns.units[count] = units
                count += 1
                needed -= units * state.gives[option]
        if needed <= ROUNDING:
            break
    return count


HELPERS = (*SHIPPING, _served, _take, _fill, _fill_in_one, _fill_line, _fill_order)
"""What loops call."""
