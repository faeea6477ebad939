"""From shipped and moved quantities to a value for every variable: the best that follows."""

from __future__ import annotations

import numpy as np

from models.allocation.declaring import Declared
from models.problem import Problem
from models.tolerances import UNIT


def lift(problem: Problem, d: Declared, x: np.ndarray, moved: np.ndarray) -> dict[str, np.ndarray]:
    """Give every variable the value that follows from shipments and transfers.

    Parameters
    ----------
    problem, d
        The problem and its declared components.
    x
        Shipped units by option [unit], shape (options,).
    moved
        Moved units by transfer [unit], shape (moves,).

    Returns
    -------
    dict
        Values by variable name; they obey every rule if shipments and transfers do.
    """
    values = {"x": x, "moved": moved, "carried": _carried(problem, x, moved)}
    given = x * d.arrays["gives"]
    values["taken_line"] = (d.totals("options_of_lot", given) > UNIT).astype(float)
    shipped = d.totals("options_of_bundled", given) > UNIT
    values["taken_order"] = np.zeros(d.count("WHOLE_ORDERS"))
    values["taken_order"][d.arrays["order_of_bundled"][shipped]] = 1.0
    lines = d.totals("options_of_full_line", given) >= d.arrays["line_size"] - UNIT
    values["is_full_line"] = lines.astype(float)
    parts = d.totals("options_of_part", given) >= d.arrays["part_quantity"] - UNIT
    values["is_full_order"] = np.ones(d.count("FULL_ORDERS"))
    values["is_full_order"][d.arrays["order_of_part"][~parts]] = 0.0
    values |= _sent(problem, d, x)
    values |= _against_promises(d, given)
    values["missing"] = d.arrays["frozen"] - d.totals("options_of_frozen", x)
    if d.count("LATE"):
        values["lost"] = values["missing"] - d.totals("options_moved", x)
    else:
        values["lost"] = np.zeros(0)
    values["kept"] = (values["missing"][d.arrays["promise_beside"]] <= UNIT).astype(float)
    values["exceeded"] = _exceeded(d, x)
    values["achieved"] = _achieved(d, values)
    missing = d.arrays["need"] - values["achieved"][d.arrays["promised_to"]]
    values["short"] = np.maximum(missing, 0.0)
    values["missed"] = (values["short"][d.arrays["contract"]] > UNIT).astype(float)
    values["level"] = _levels(d, values["achieved"])
    return values | _shares(d, given)


def _levels(d: Declared, achieved: np.ndarray) -> np.ndarray:
    """Share of its target that every contract of a tier reaches."""
    reached = d.arrays["served_before"] + achieved[d.arrays["achieved_of_level"]]
    level = np.ones(d.count("EVEN"))
    np.minimum.at(level, d.arrays["tier_of_level"], reached / d.arrays["due"])
    return level


def _carried(problem: Problem, x: np.ndarray, moved: np.ndarray) -> np.ndarray:
    epochs, moves = problem.epochs, problem.moves
    drawn = np.bincount(problem.options["epoch"], x, minlength=len(epochs)).astype(float)
    if len(moves):
        drawn += np.bincount(moves["from_epoch"], moved, minlength=len(epochs))
        drawn -= np.bincount(moves["to_epoch"], moved, minlength=len(epochs))
    left = (epochs["arriving"] - drawn).groupby(epochs["pair"]).cumsum().to_numpy(dtype=float)
    return np.where((left < 0) & (left > -UNIT), 0.0, left)  # sums of fractions round


def _sent(problem: Problem, d: Declared, x: np.ndarray) -> dict[str, np.ndarray]:
    """Parcels with anything in them, and promised ones that something joined."""
    parcel = problem.options["parcel"].to_numpy()
    ships = np.flatnonzero((x > UNIT) & (parcel >= 0))
    used, joined = np.zeros(d.count("PARCELS")), np.zeros(d.count("JOINED"))
    used[parcel[ships]] = 1.0
    joined[d.arrays["joined_by"][x[d.arrays["option_joining"]] > UNIT]] = 1.0
    return {"used": used, "joined": joined}


def _against_promises(d: Declared, given: np.ndarray) -> dict[str, np.ndarray]:
    """Lines that differ from what was promised, or are worse, and how many beyond the budgets."""
    line = d.arrays["line_expecting"]
    differs = np.abs(d.totals("options_then", given) - d.arrays["expected"]) > UNIT
    changed = (d.totals("options_else", given) > UNIT).astype(float)
    changed[line[differs]] = 1.0
    worse = np.zeros(len(changed))
    worse[line[d.totals("options_by_then", given) < d.arrays["by_then"] - UNIT]] = 1.0
    counts = d.totals("changes_of_budget", changed) + d.totals("worse_of_budget", worse)
    beyond = np.maximum(counts - d.arrays["budget"], 0.0)
    return {"changed": changed, "worse": worse, "beyond": beyond}


def _exceeded(d: Declared, x: np.ndarray) -> np.ndarray:
    """Limits of which promises use more than there is."""
    used = d.arrays["use"] * x[d.arrays["option_using"]]
    over: np.ndarray = d.totals("kept_uses", used) > d.arrays["own_limit"] + UNIT
    return over.astype(float)


def _shares(d: Declared, given: np.ndarray) -> dict[str, np.ndarray]:
    """Shares of customers, what they lag behind their segment's, and the smallest ones."""
    reachable = d.arrays["reachable"]
    served = d.totals("options_of_customer", given) / reachable
    overall = d.totals("sharing", reachable * served) / d.arrays["reachable_by_all"]
    customer, segment = d.arrays["customer_lagging"], d.arrays["segment_lagging"]
    behind = reachable[customer] * np.maximum(overall[segment] - served[customer], 0.0)
    share, step = served[d.arrays["customer_below"]], d.arrays["step_below"]
    first = np.searchsorted(step, np.arange(d.count("LEAST")))
    nth = first + d.arrays["customers_least"].astype(int) - 1
    least = share[np.lexsort((share, step))][nth]
    return {
        "served": served,
        "overall": overall,
        "behind": behind,
        "least_share": least,
        "below": np.maximum(least[step] - share, 0.0),
    }


def _achieved(d: Declared, values: dict[str, np.ndarray]) -> np.ndarray:
    achieved = np.zeros(d.count("SEGMENTS"))
    amounts = d.totals("options_of_amount", d.arrays["weight"] * values["x"])
    achieved[d.arrays["segment_of_amount"]] = amounts
    floors = d.totals("options_of_floor", d.arrays["floor_weight"] * values["x"])
    achieved[d.arrays["segment_of_floor"]] = floors
    achieved[d.arrays["segment_of_by_line"]] = d.totals("lines_of_segment", values["is_full_line"])
    by_order = d.totals("orders_of_segment", values["is_full_order"])
    achieved[d.arrays["segment_of_by_order"]] = by_order
    held = d.totals("options_ahead", d.arrays["weight"] * values["x"])
    achieved[d.arrays["reserved"]] = achieved[d.arrays["segment_reserving"]] + held
    return achieved
