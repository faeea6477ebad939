"""From shipped quantities to a value for every variable: the best that follows from them."""

from __future__ import annotations

import numpy as np

from models.allocation.declaring import Declared
from models.problem import FULL, Problem


def lift(problem: Problem, d: Declared, x: np.ndarray) -> dict[str, np.ndarray]:
    """Give every variable the value that follows from the shipments.

    Parameters
    ----------
    problem, d
        The problem and its declared components.
    x
        Shipped units by option [unit], shape (options,).

    Returns
    -------
    dict
        Values by variable name; they obey every rule if the shipments do.
    """
    values = {"x": x, "carried": _carried(problem, x)}
    values["taken_line"] = (d.totals("options_of_lot", x) > FULL).astype(float)
    shipped = d.totals("options_of_bundled", x) > FULL
    values["taken_order"] = np.zeros(d.count("WHOLE_ORDERS"))
    values["taken_order"][d.arrays["order_of_bundled"][shipped]] = 1.0
    lines = d.totals("options_of_full_line", x) >= d.arrays["line_size"] - FULL
    values["is_full_line"] = lines.astype(float)
    parts = d.totals("options_of_part", x) >= d.arrays["part_quantity"] - FULL
    values["is_full_order"] = np.ones(d.count("FULL_ORDERS"))
    values["is_full_order"][d.arrays["order_of_part"][~parts]] = 0.0
    values["achieved"] = _achieved(d, values)
    missing = d.arrays["need"] - values["achieved"][d.arrays["promised_to"]]
    values["short"] = np.maximum(missing, 0.0)
    return values


def _carried(problem: Problem, x: np.ndarray) -> np.ndarray:
    epochs = problem.epochs
    drawn = np.bincount(problem.options["epoch"], x, minlength=len(epochs))
    left = (epochs["arriving"] - drawn).groupby(epochs["pair"]).cumsum()
    return left.to_numpy(dtype=float)


def _achieved(d: Declared, values: dict[str, np.ndarray]) -> np.ndarray:
    achieved = np.zeros(d.count("SEGMENTS"))
    amounts = d.totals("options_of_amount", d.arrays["weight"] * values["x"])
    achieved[d.arrays["segment_of_amount"]] = amounts
    achieved[d.arrays["segment_of_by_line"]] = d.totals("lines_of_segment", values["is_full_line"])
    by_order = d.totals("orders_of_segment", values["is_full_order"])
    achieved[d.arrays["segment_of_by_order"]] = by_order
    return achieved
