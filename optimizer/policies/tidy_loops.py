"""Loops that tidy a plan parcel by parcel; a move that fits nowhere is taken back."""

from __future__ import annotations

from typing import NamedTuple

from models.tolerances import ROUNDING
from optimizer.common.kernels import Flags, Floats, Ints
from optimizer.policies.greedy_state import HELPERS as SHIPPING
from optimizer.policies.greedy_state import GreedyState, free, ship


class ParcelState(NamedTuple):
    """What tidying knows of options; lines and options of an order are in one piece."""

    start: Ints  # by line: its first option; one more at the end
    first: Ints  # by order: its first line; one more at the end
    place: Ints  # by option: site, service and ship day
    sorted: Ints  # options by line and place
    item: Ints  # by option
    fixed: Flags  # by option: committed, not to be moved
    wish: Ints  # by option: the lower, the better; of an order the same at the same place
    on_time: Flags
    late: Ints  # by option: delay [day]
    preference: Ints  # by option: place of its service, 0 = preferred most
    margin: Floats  # [currency/unit]
    fee: Floats  # by option: cost of its parcel [currency]
    places: Ints  # working memory: places of an order's parcels ...
    targets: Ints  # ... where their rows may go ...
    ways: Ints  # ... other options of a line ...
    rows: Ints  # ... rows of a parcel ...
    goals: Ints  # ... the options they move to ...
    units: Floats  # ... and their quantities


def tidy_orders(state: GreedyState, parcels: ParcelState, first: int, beyond: int) -> bool:
    """Try every move of each order's parcels; say whether any was made."""
    moved = False
    for order in range(first, beyond):
        count = _places(state, parcels, order, parcels.places, -1)
        for nth in range(count):
            place = parcels.places[nth]
            rows = _rows(state, parcels, order, place)
            if rows > 0 and (
                _dissolve(state, parcels, order, place, rows) or _hasten(state, parcels, rows)
            ):
                moved = True
    return moved


def _places(state: GreedyState, parcels: ParcelState, order: int, found: Ints, but: int) -> int:
    """Find the places of an order's parcels but one, in ascending order; their number."""
    count = 0
    first = parcels.start[parcels.first[order]]
    for option in range(first, parcels.start[parcels.first[order + 1]]):
        if state.shipped[option] > 0 and parcels.place[option] != but:
            count = _insert(found, count, parcels.place[option])
    return count


def _rows(state: GreedyState, parcels: ParcelState, order: int, place: int) -> int:
    """Find the rows of a parcel; their number, 0 if one of them must stay."""
    count = 0
    first = parcels.start[parcels.first[order]]
    for option in range(first, parcels.start[parcels.first[order + 1]]):
        if state.shipped[option] > 0 and parcels.place[option] == place:
            if parcels.fixed[option]:
                return 0
            parcels.rows[count] = option
            count += 1
    return count


def _dissolve(state: GreedyState, parcels: ParcelState, order: int, place: int, rows: int) -> bool:
    """Spread a parcel's rows over the order's other parcels."""
    targets = _places(state, parcels, order, parcels.targets, place)
    return targets > 0 and _move(state, parcels, rows, targets)


def _hasten(state: GreedyState, parcels: ParcelState, rows: int) -> bool:
    """Send a parcel another way that is preferred, arrives or ships earlier, or from nearer."""
    for nth in range(_better_ways(state, parcels, parcels.rows[0])):
        parcels.targets[0] = parcels.place[parcels.ways[nth]]
        if _common(state, parcels, rows, parcels.targets[0]) and _move(state, parcels, rows, 1):
            return True
    return False


def _better_ways(state: GreedyState, parcels: ParcelState, row: int) -> int:
    """Find the options of a row's line that are wished for more, most wished first."""
    count, wish = 0, parcels.wish[row]
    line = state.line[row]
    for option in range(parcels.start[line], parcels.start[line + 1]):
        if parcels.wish[option] < wish and not parcels.fixed[option]:
            at = count
            while at > 0 and parcels.wish[parcels.ways[at - 1]] > parcels.wish[option]:
                parcels.ways[at] = parcels.ways[at - 1]
                at -= 1
            parcels.ways[at] = option
            count += 1
    return count


def _common(state: GreedyState, parcels: ParcelState, rows: int, place: int) -> bool:
    """Whether each row's line can go by a place."""
    for nth in range(1, rows):
        line = state.line[parcels.rows[nth]]
        at = _first_at(parcels, line, place)
        if at == parcels.start[line + 1] or parcels.place[parcels.sorted[at]] != place:
            return False
    return True


def _move(state: GreedyState, parcels: ParcelState, rows: int, targets: int) -> bool:
    """Move all rows of a parcel to the target places, or nothing if one row finds none."""
    gain = parcels.fee[parcels.rows[0]]
    for nth in range(rows):
        parcels.units[nth] = state.shipped[parcels.rows[nth]]
        ship(state, parcels.rows[nth], -parcels.units[nth])
    made = 0
    for nth in range(rows):
        row, units = parcels.rows[nth], parcels.units[nth]
        goal = _best_target(state, parcels, row, units, targets)
        if goal < 0:
            break
        if state.inside[state.parcel[goal]] <= ROUNDING:
            gain -= parcels.fee[goal]
        ship(state, goal, units)
        gain += (parcels.margin[goal] - parcels.margin[row]) * units
        parcels.goals[nth] = goal
        made += 1
    if made == rows and gain >= -ROUNDING:
        return True
    for nth in range(made):
        ship(state, parcels.goals[nth], -parcels.units[nth])
    for nth in range(rows):
        ship(state, parcels.rows[nth], parcels.units[nth])
    return False


def _best_target(
    state: GreedyState, parcels: ParcelState, row: int, units: float, targets: int
) -> int:
    """Find the most wished option of the line and item that fits at the targets; -1 = none."""
    best, line = -1, state.line[row]
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
                and parcels.late[option] <= parcels.late[row]
                and parcels.preference[option] <= parcels.preference[row]
                and (best < 0 or parcels.wish[option] < parcels.wish[best])
                and free(state, option, units) >= units - ROUNDING
            ):
                best = option
    return best


def _first_at(parcels: ParcelState, line: int, place: int) -> int:
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
    *SHIPPING,
    *(_insert, _places, _rows, _first_at, _best_target, _move, _common, _better_ways),
    *(_dissolve, _hasten),
)
"""What loops call."""
