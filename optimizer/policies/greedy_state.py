"""Loops over single shipments: filling order by order, and tidying parcel by parcel.

Plain functions over sequences that do nothing but index and count, as
:mod:`optimizer.common.kernels` wants them.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from optimizer.common.kernels import Flags, Floats, Ints

TINY = 1e-9
"""Units that are none."""


class GreedyState(NamedTuple):
    """Stock and limits that a plan in the making leaves, and what it ships.

    ``epoch``, ``site_day``, ``lane_day``, ``lane_total`` and ``parcel`` are rows of an option; -1
    finds the last entry of what is left, which has no limit.
    """

    shipped: Floats  # by option [unit]
    upper: Floats
    step: Floats  # 0 = any amount
    gives: Floats
    effort: Floats
    line: Ints
    epoch: Ints
    site_day: Ints
    lane_day: Ints
    lane_total: Ints
    parcel: Ints  # -1 also of promised units
    promise: Ints  # -1 = none: free to ship or not
    first_quota: Ints  # by option: its first place in ``quota``; one more at the end
    quota: Ints
    atp: Floats  # by epoch: supply so far less use so far [unit]
    end: Ints  # by epoch: one past the last of its pair
    site_left: Floats  # [unit x effort]
    lane_left: Floats  # [unit]
    quota_left: Floats  # [unit]
    inside: Floats  # by parcel [unit]
    owner: Ints  # by parcel: its order
    sent: Ints  # by order: parcels
    most_sent: Floats  # by order; one more at the end


class Turns(NamedTuple):
    """Lines in the hands of a greedy rule."""

    choices: Ints  # options by line, the best one first
    start: Ints  # by line: its first place in ``choices``; one more at the end
    left: Floats  # by line: not filled yet [unit]
    least: Floats  # by line [unit]
    order: Ints  # by line
    first: Ints  # by order: its first line; one more at the end
    together: Flags  # by order: all in full or nothing
    done: Flags  # by order
    option: Ints  # what is taken just now ...
    units: Floats  # ... and how much of it


class Parcels(NamedTuple):
    """What tidying asks of options; lines and options of an order are in one piece."""

    start: Ints  # by line: its first option; one more at the end
    first: Ints  # by order: its first line; one more at the end
    place: Ints  # by option: site, service and ship day
    sorted: Ints  # options by line and place
    item: Ints  # by option
    fixed: Flags  # by option: promised, not to be moved
    wish: Ints  # by option: the lower, the better; of an order the same at the same place
    on_time: Flags
    margin: Floats  # [currency/unit]
    fee: Floats  # by option: cost of its parcel [currency]
    places: Ints  # room to work: places of an order's parcels ...
    targets: Ints  # ... where rows may go ...
    ways: Ints  # ... other options of a line ...
    rows: Ints  # ... rows of a parcel ...
    goals: Ints  # ... the options they move to ...
    units: Floats  # ... and their quantities


def free(book: GreedyState, option: int, wanted: float) -> float:
    """Units up to ``wanted`` that can be shipped by the option, beyond what it ships already."""
    parcel = book.parcel[option]
    owner = book.owner[parcel]
    if book.inside[parcel] <= TINY and book.sent[owner] >= book.most_sent[owner]:
        return 0.0
    units = min(wanted, book.upper[option] - book.shipped[option])
    epoch, effort = book.epoch[option], book.effort[option]
    for later in range(epoch, book.end[epoch]):
        units = min(units, book.atp[later])
    if effort > 0:
        units = min(units, book.site_left[book.site_day[option]] / effort)
    units = min(units, book.lane_left[book.lane_day[option]])
    units = min(units, book.lane_left[book.lane_total[option]])
    for place in range(book.first_quota[option], book.first_quota[option + 1]):
        units = min(units, book.quota_left[book.quota[place]])
    step = book.step[option]
    if step > 0:
        return max(step * math.floor(units / step + TINY), 0.0)
    return max(units, 0.0)


def ship(book: GreedyState, option: int, units: float) -> None:
    """Ship units by the option; negative to take them back."""
    book.shipped[option] += units
    epoch = book.epoch[option]
    for later in range(epoch, book.end[epoch]):
        book.atp[later] -= units
    book.site_left[book.site_day[option]] -= units * book.effort[option]
    book.lane_left[book.lane_day[option]] -= units
    book.lane_left[book.lane_total[option]] -= units
    for place in range(book.first_quota[option], book.first_quota[option + 1]):
        book.quota_left[book.quota[place]] -= units
    parcel = book.parcel[option]
    if parcel >= 0:
        before = book.inside[parcel] > TINY
        book.inside[parcel] += units
        book.sent[book.owner[parcel]] += (book.inside[parcel] > TINY) - before


def keep(book: GreedyState, options: Ints, promised: Floats) -> None:
    """Ship what was promised, as far as there is stock, the first options first."""
    for option in options:
        units = free(book, option, promised[book.promise[option]])
        ship(book, option, units)
        promised[book.promise[option]] -= units


def begin(book: GreedyState, turns: Turns, x: Floats) -> None:
    """Start from a plan; a line that has something needs no least any more."""
    for option in range(len(x)):
        if x[option] > TINY:
            ship(book, option, x[option])
            if book.promise[option] < 0:
                line = book.line[option]
                turns.left[line] -= x[option] * book.gives[option]
                turns.least[line] = 0.0


def fill_shares(book: GreedyState, turns: Turns, sequence: Ints, share: Floats) -> None:
    """Give each line its share, one after another."""
    for line in sequence:
        for taken in range(_take(book, turns, line, share[line], 0, -1)):
            turns.left[line] -= turns.units[taken] * book.gives[turns.option[taken]]


def fill(book: GreedyState, turns: Turns, sequence: Ints) -> None:
    """Fill the lines one after another, an order that goes together when its first line comes."""
    for line in sequence:
        order = turns.order[line]
        if not turns.together[order]:
            _fill_line(book, turns, line)
        elif not turns.done[order]:
            turns.done[order] = True
            _fill_order(book, turns, order)


def follow(book: GreedyState, turns: Turns, sequence: Ints, most: Floats) -> None:
    """Fill the lines one after another, but ship no more than so much by each option."""
    for line in sequence:
        filled, start, beyond = 0.0, turns.start[line], turns.start[line + 1]
        count = 0
        for place in range(start, beyond):
            option = turns.choices[place]
            wanted = (turns.left[line] - filled) / book.gives[option]
            units = free(book, option, min(most[option], wanted))
            if units > TINY:
                ship(book, option, units)
                turns.option[count] = option
                turns.units[count] = units
                count += 1
                filled += units * book.gives[option]
        if filled < turns.least[line] - TINY:
            for taken in range(count):
                ship(book, turns.option[taken], -turns.units[taken])
        else:
            turns.left[line] -= filled
            if filled > TINY:
                turns.least[line] = 0.0


def fill_until(
    book: GreedyState, turns: Turns, sequence: Ints, serve: Floats, missing: float
) -> None:
    """Fill the lines one after another until so much service is made up."""
    for line in sequence:
        if missing <= TINY:
            break
        order = turns.order[line]
        first, beyond = line, line + 1
        if turns.together[order]:
            first, beyond = turns.first[order], turns.first[order + 1]
            if turns.done[order]:
                continue
            turns.done[order] = True
        before = _served(book, turns, serve, first, beyond)
        if turns.together[order]:
            _fill_order(book, turns, order)
        else:
            _fill_line(book, turns, line)
        missing -= _served(book, turns, serve, first, beyond) - before


def _served(book: GreedyState, turns: Turns, serve: Floats, first: int, beyond: int) -> float:
    """Service of the lines by what they ship."""
    served = 0.0
    for place in range(turns.start[first], turns.start[beyond]):
        served += serve[turns.choices[place]] * book.shipped[turns.choices[place]]
    return served


def _fill_line(book: GreedyState, turns: Turns, line: int) -> None:
    """Fill a line; in its last parcel rather by one that holds all of it."""
    order = turns.order[line]
    if book.most_sent[order] - book.sent[order] != 1 or not _fill_in_one(
        book, turns, line, line + 1
    ):
        _fill(book, turns, line, line + 1, False, -1)


def _fill_order(book: GreedyState, turns: Turns, order: int) -> None:
    """Fill all lines of an order, or none."""
    first, beyond = turns.first[order], turns.first[order + 1]
    if book.most_sent[order] == 1:
        _fill_in_one(book, turns, first, beyond)
    else:
        _fill(book, turns, first, beyond, True, -1)


def _fill_in_one(book: GreedyState, turns: Turns, first: int, beyond: int) -> bool:
    """Fill the lines from the first parcel that holds all of them; say whether there is one."""
    for place in range(turns.start[first], turns.start[first + 1]):
        parcel = book.parcel[turns.choices[place]]
        if parcel >= 0 and _fill(book, turns, first, beyond, True, parcel):
            return True
    return False


def _fill(
    book: GreedyState, turns: Turns, first: int, beyond: int, together: bool, parcel: int
) -> bool:
    """Fill what is left of the lines; when they go together, all in full or none."""
    count = 0
    for line in range(first, beyond):
        before, filled = count, 0.0
        count = _take(book, turns, line, turns.left[line], before, parcel)
        for taken in range(before, count):
            filled += turns.units[taken] * book.gives[turns.option[taken]]
        needed = turns.left[line] if together else turns.least[line]
        if filled < needed - TINY:
            for taken in range(count):
                ship(book, turns.option[taken], -turns.units[taken])
            return False
    for taken in range(count):
        option = turns.option[taken]
        turns.left[book.line[option]] -= turns.units[taken] * book.gives[option]
    return True


def _take(
    book: GreedyState, turns: Turns, line: int, wanted: float, count: int, parcel: int
) -> int:
    """Ship up to ``wanted`` by the line's options, best first; note it from ``count`` on.

    Only in one parcel, if that is not -1.
    """
    for place in range(turns.start[line], turns.start[line + 1]):
        option = turns.choices[place]
        if parcel == -1 or parcel == book.parcel[option]:
            units = free(book, option, wanted / book.gives[option])
            if units > TINY:
                ship(book, option, units)
                turns.option[count] = option
                turns.units[count] = units
                count += 1
                wanted -= units * book.gives[option]
        if wanted <= TINY:
            break
    return count


def put(book: GreedyState, x: Floats) -> None:
    """Book a whole plan."""
    for option in range(len(x)):
        if x[option] > 0:
            ship(book, option, x[option])


def tidy_orders(book: GreedyState, parcels: Parcels, first: int, beyond: int) -> bool:
    """Try every move of each order's parcels; say whether any was made."""
    moved = False
    for order in range(first, beyond):
        count = _places(book, parcels, order, parcels.places, -1)
        for nth in range(count):
            place = parcels.places[nth]
            rows = _rows(book, parcels, order, place)
            if rows > 0 and (
                _dissolve(book, parcels, order, place, rows) or _hasten(book, parcels, rows)
            ):
                moved = True
    return moved


def _places(book: GreedyState, parcels: Parcels, order: int, found: Ints, but: int) -> int:
    """Find the places of an order's parcels but one, in ascending order; their number."""
    count = 0
    first = parcels.start[parcels.first[order]]
    for option in range(first, parcels.start[parcels.first[order + 1]]):
        if book.shipped[option] > 0 and parcels.place[option] != but:
            count = _insert(found, count, parcels.place[option])
    return count


def _rows(book: GreedyState, parcels: Parcels, order: int, place: int) -> int:
    """Find the rows of a parcel; their number, 0 if one of them must stay."""
    count = 0
    first = parcels.start[parcels.first[order]]
    for option in range(first, parcels.start[parcels.first[order + 1]]):
        if book.shipped[option] > 0 and parcels.place[option] == place:
            if parcels.fixed[option]:
                return 0
            parcels.rows[count] = option
            count += 1
    return count


def _dissolve(book: GreedyState, parcels: Parcels, order: int, place: int, rows: int) -> bool:
    """Spread a parcel's rows over the order's other parcels."""
    targets = _places(book, parcels, order, parcels.targets, place)
    return targets > 0 and _move(book, parcels, rows, targets)


def _hasten(book: GreedyState, parcels: Parcels, rows: int) -> bool:
    """Send a parcel another way that arrives earlier, or ships earlier or from nearer."""
    for nth in range(_better_ways(book, parcels, parcels.rows[0])):
        parcels.targets[0] = parcels.place[parcels.ways[nth]]
        if _common(book, parcels, rows, parcels.targets[0]) and _move(book, parcels, rows, 1):
            return True
    return False


def _better_ways(book: GreedyState, parcels: Parcels, row: int) -> int:
    """Find the options of a row's line that are wished for more, most wished first."""
    count, wish = 0, parcels.wish[row]
    line = book.line[row]
    for option in range(parcels.start[line], parcels.start[line + 1]):
        if parcels.wish[option] < wish and not parcels.fixed[option]:
            at = count
            while at > 0 and parcels.wish[parcels.ways[at - 1]] > parcels.wish[option]:
                parcels.ways[at] = parcels.ways[at - 1]
                at -= 1
            parcels.ways[at] = option
            count += 1
    return count


def _common(book: GreedyState, parcels: Parcels, rows: int, place: int) -> bool:
    """Whether each row's line can go by a place."""
    for nth in range(1, rows):
        line = book.line[parcels.rows[nth]]
        at = _first_at(parcels, line, place)
        if at == parcels.start[line + 1] or parcels.place[parcels.sorted[at]] != place:
            return False
    return True


def _move(book: GreedyState, parcels: Parcels, rows: int, targets: int) -> bool:
    """Move all rows of a parcel to the target places, or nothing if one row finds none."""
    gain = parcels.fee[parcels.rows[0]]
    for nth in range(rows):
        parcels.units[nth] = book.shipped[parcels.rows[nth]]
        ship(book, parcels.rows[nth], -parcels.units[nth])
    made = 0
    for nth in range(rows):
        row, units = parcels.rows[nth], parcels.units[nth]
        goal = _best_target(book, parcels, row, units, targets)
        if goal < 0:
            break
        if book.inside[book.parcel[goal]] <= TINY:
            gain -= parcels.fee[goal]
        ship(book, goal, units)
        gain += (parcels.margin[goal] - parcels.margin[row]) * units
        parcels.goals[nth] = goal
        made += 1
    if made == rows and gain >= -TINY:
        return True
    for nth in range(made):
        ship(book, parcels.goals[nth], -parcels.units[nth])
    for nth in range(rows):
        ship(book, parcels.rows[nth], parcels.units[nth])
    return False


def _best_target(book: GreedyState, parcels: Parcels, row: int, units: float, targets: int) -> int:
    """Find the most wished option of the row's line and item with room at the targets; -1: none."""
    best, line = -1, book.line[row]
    beyond = parcels.start[line + 1]
    for nth in range(targets):
        place = parcels.targets[nth]
        at = _first_at(parcels, line, place)
        while at < beyond and parcels.place[parcels.sorted[at]] == place:
            option = parcels.sorted[at]
            at += 1
            if (
                parcels.item[option] == parcels.item[row]
                and not parcels.fixed[option]
                and parcels.on_time[option] >= parcels.on_time[row]
                and (best < 0 or parcels.wish[option] < parcels.wish[best])
                and free(book, option, units) >= units - TINY
            ):
                best = option
    return best


def _first_at(parcels: Parcels, line: int, place: int) -> int:
    """Find the first of the line's sorted options that is not before a place."""
    low, high = parcels.start[line], parcels.start[line + 1]
    while low < high:
        middle = (low + high) // 2
        if parcels.place[parcels.sorted[middle]] < place:
            low = middle + 1
        else:
            high = middle
    return low


def _insert(found: Ints, count: int, value: int) -> int:
    """Insert into the first ``count`` numbers, ascending and each only once; their number."""
    at = count
    while at > 0 and found[at - 1] > value:
        at -= 1
    if at > 0 and found[at - 1] == value:
        return count
    for later in range(count, at, -1):
        found[later] = found[later - 1]
    found[at] = value
    return count + 1


HELPERS = (
    *(free, ship, _served, _take, _fill, _fill_in_one, _fill_line, _fill_order, _insert, _places),
    *(_rows, _first_at, _best_target, _move, _common, _better_ways, _dissolve, _hasten),
)
"""What loops call."""
