"""Whose service each line counts for, and by how much a unit of each option."""

from __future__ import annotations

import numpy as np

from optimizer.solving.locked_model import LockedModel

Array = np.ndarray


def service_weights(model: LockedModel) -> tuple[Array, Array]:
    """Row of ``SEGMENTS`` that each line serves (behind the last: none), and by which unit.

    A full line counts at most its shipped share, a full order at most the mean share of its lines.
    """
    d, problem = model.declared, model.problem
    line = problem.options["line"].to_numpy()
    service = np.zeros(len(line))
    segment = np.full(len(problem.lines), d.count("SEGMENTS"))
    amounts = d.listings["options_of_amount"]
    size = np.diff(amounts.start)
    service[amounts.members] = d.arrays["weight"][amounts.members]
    segment[line[amounts.members]] = np.repeat(d.arrays["segment_of_amount"], size)
    full = d.listings["options_of_full_line"]
    size = np.diff(full.start)
    gives = problem.options["gives"].to_numpy()
    service[full.members] = np.repeat(1.0 / d.arrays["line_size"], size) * gives[full.members]
    lines = d.listings["lines_of_segment"]
    by_line = np.empty(d.count("FULL_LINES"), dtype=int)
    by_line[lines.members] = np.repeat(d.arrays["segment_of_by_line"], np.diff(lines.start))
    segment[line[full.members]] = np.repeat(by_line, size)
    part = d.listings["options_of_part"]
    size = np.diff(part.start)
    order = d.arrays["order_of_part"]
    parts = np.bincount(order, minlength=d.count("FULL_ORDERS"))[order]
    share = np.repeat(1.0 / (parts * d.arrays["part_quantity"]), size)
    service[part.members] = share * gives[part.members]
    orders = d.listings["orders_of_segment"]
    by_order = np.empty(d.count("FULL_ORDERS"), dtype=int)
    by_order[orders.members] = np.repeat(d.arrays["segment_of_by_order"], np.diff(orders.start))
    segment[line[part.members]] = np.repeat(by_order[order], size)
    ahead = d.listings["options_ahead"]
    service[ahead.members] = d.arrays["weight"][ahead.members]
    segment[line[ahead.members]] = np.repeat(d.arrays["reserved"], np.diff(ahead.start))
    return segment, service
