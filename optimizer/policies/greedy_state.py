"""Stock and limits that a plan in the making leaves, and the loops that ship single units of it.

Loops do nothing but index and count, as :mod:`optimizer.common.kernels` needs it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from models.tolerances import ROUNDING
from optimizer.common.kernels import Floats, Ints


class GreedyState(NamedTuple):
    """What a plan in the making leaves, and what it ships.

    Rows of all families of :data:`models.shared_limits.SHARED_LIMITS` are numbered one after
    another. Parcel -1 finds the last entry, which has no limit.
    """

    shipped: Floats  # by option [unit]
    upper: Floats  # by option [unit]
    step: Floats  # by option [unit]; 0 = any amount
    gives: Floats  # by option [unit delivered/unit shipped]
    line: Ints  # by option
    epoch: Ints  # by option
    parcel: Ints  # by option; -1 = none, as of all units that were committed
    commitment: Ints  # by option; -1 = none: free to ship or not
    first_use: Ints  # by option: its first place in ``limit`` and ``amount``; one more at the end
    limit: Ints  # by use: row of ``limit_left``
    amount: Floats  # by use: of the limit, by a unit shipped; never 0
    limit_left: Floats  # by row of a limit
    atp: Floats  # by epoch: supply so far less use so far [unit]
    end: Ints  # by epoch: one past the last of its pair
    inside: Floats  # by parcel [unit]
    owner: Ints  # by parcel: its order
    sent: Ints  # by order: parcels
    most_sent: Floats  # by order; one more at the end


def free(state: GreedyState, option: int, most: float) -> float:
    """Units up to ``most`` that can be shipped by the option, beyond what it ships already."""
    parcel = state.parcel[option]
    owner = state.owner[parcel]
    if state.inside[parcel] <= ROUNDING and state.sent[owner] >= state.most_sent[owner]:
        return 0.0
    units = min(most, state.upper[option] - state.shipped[option])
    epoch = state.epoch[option]
    for later in range(epoch, state.end[epoch]):
        units = min(units, state.atp[later])
    for use in range(state.first_use[option], state.first_use[option + 1]):
        units = min(units, state.limit_left[state.limit[use]] / state.amount[use])
    step = state.step[option]
    if step > 0:
        return max(step * math.floor((units + ROUNDING) / step), 0.0)
    return max(units, 0.0)


def ship(state: GreedyState, option: int, units: float) -> None:
    """Ship units by the option; negative to take them back."""
    state.shipped[option] += units
    draw(state, state.epoch[option], units)
    for use in range(state.first_use[option], state.first_use[option + 1]):
        state.limit_left[state.limit[use]] -= units * state.amount[use]
    parcel = state.parcel[option]
    if parcel >= 0:
        before = state.inside[parcel] > ROUNDING
        state.inside[parcel] += units
        state.sent[state.owner[parcel]] += (state.inside[parcel] > ROUNDING) - before


def draw(state: GreedyState, epoch: int, units: float) -> None:
    """Take units from stock, and nothing from any limit; negative to put them back."""
    for later in range(epoch, state.end[epoch]):
        state.atp[later] -= units


def keep(state: GreedyState, options: Ints, committed: Floats) -> None:
    """Ship what was committed, as far as there is stock, the first options first."""
    for option in options:
        units = free(state, option, committed[state.commitment[option]])
        ship(state, option, units)
        committed[state.commitment[option]] -= units


def put(state: GreedyState, x: Floats) -> None:
    """Ship a whole plan."""
    for option in range(len(x)):
        if x[option] > 0:
            ship(state, option, x[option])


HELPERS = (free, ship, draw)
"""What loops call."""
