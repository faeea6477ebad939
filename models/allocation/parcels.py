"""Parcels: which are used, how many an order may have, and orders that go in one."""

from __future__ import annotations

import numpy as np

from models.allocation.declaring import Declared
from models.allocation.listing import places
from models.problem import Problem


def declare_parcels(d: Declared, p: Problem) -> None:
    """Declare parcels, links of options to them, limits of their number, and whole bundles."""
    parcels, options = p.parcels, p.options
    parcel, upper = options["parcel"].to_numpy(), options["upper"].to_numpy()
    bundled = _in_one(p)[parcels["order"].to_numpy(dtype="int64")]
    d.rows("PARCELS", len(parcels), "order, site, service and day, counted or paid for")
    d.column("parcel_cost", "PARCELS", parcels["cost"], "cost of a parcel [currency]")
    d.variable("used", "PARCELS", 1, True, "the parcel is sent")
    linked = np.flatnonzero((parcel >= 0) & ~np.append(bundled, False)[parcel])
    d.rows("LINKED", len(linked), "options of parcels that are no bundles")
    d.column("option_linked", "LINKED", linked, "the option")
    d.column("parcel_linked", "LINKED", parcel[linked], "its parcel")
    d.column("most_linked", "LINKED", upper[linked], "units of the option at most [unit]")
    _limits(d, p)
    _bundles(d, p, bundled)


def _in_one(p: Problem) -> np.ndarray:
    """Orders that go in one parcel, all or nothing, with no promise beforehand: bool (orders,)."""
    orders, lines = p.orders, p.lines
    promised = np.bincount(lines["order"], lines["frozen"], len(orders)) > 0
    one: np.ndarray = orders["ship_complete"].to_numpy() & (orders["max_shipments"] == 1).to_numpy()
    return one & ~promised


def _limits(d: Declared, p: Problem) -> None:
    """Orders that may have so many parcels; a promised one counts if something joins it."""
    parcels, options = p.parcels, p.options
    parcel, free = options["parcel"].to_numpy(), options["frozen"].to_numpy() < 0
    most = p.orders["max_shipments"].to_numpy()
    order = parcels["order"].to_numpy(dtype="int64")
    limited = np.isfinite(most[order])
    chosen = np.unique(order[limited])
    row = places(chosen, len(p.orders))[order]
    promised = np.zeros(len(parcels) + 1, dtype=bool)
    promised[parcel[~free]] = True
    promised = promised[:-1]
    d.rows("FEW_PARCELS", len(chosen), "orders with so many parcels at most")
    d.column("most_parcels", "FEW_PARCELS", most[chosen], "parcels")
    own = np.flatnonzero(limited & ~promised)
    d.listing("parcels_of_order", "FEW_PARCELS", row[own], own, "its parcels")
    joined = np.flatnonzero(limited & promised)
    d.rows("JOINED", len(joined), "promised parcels of those orders")
    d.variable("joined", "JOINED", 1, True, "something goes with what was promised")
    d.listing("joined_of_order", "FEW_PARCELS", row[joined], np.arange(len(joined)), "its own")
    place = np.append(places(joined, len(parcels)), -1)[parcel]
    joining = np.flatnonzero(free & (place >= 0))
    d.rows("JOINING", len(joining), "options that would join them")
    d.column("option_joining", "JOINING", joining, "the option")
    d.column("joined_by", "JOINING", place[joining], "its parcel")
    upper = options["upper"].to_numpy()[joining]
    d.column("most_joining", "JOINING", upper, "units of the option at most [unit]")


def _bundles(d: Declared, p: Problem, bundled: np.ndarray) -> None:
    """Each line in each parcel of an order that goes in one: all of it or nothing."""
    parcels, options, lines = p.parcels, p.options, p.lines
    first = np.searchsorted(lines["order"], np.arange(len(p.orders) + 1))
    nth = np.flatnonzero(bundled)
    order = parcels["order"].to_numpy(dtype="int64")[nth]
    size = first[order + 1] - first[order]
    parcel = np.repeat(nth, size)
    start = np.cumsum(size) - size
    line = np.arange(len(parcel)) + np.repeat(first[order] - start, size)
    d.rows("BUNDLES", len(parcel), "lines of orders in one parcel, by parcel")
    d.column("parcel_of_bundle", "BUNDLES", parcel, "the parcel")
    d.column("bundle", "BUNDLES", lines["quantity"].to_numpy()[line], "ordered [unit]")
    begins = np.append(places(nth, len(parcels)), -1)[options["parcel"]]
    mine = np.flatnonzero(begins >= 0)
    of_line = options["line"].to_numpy()[mine]
    offset = of_line - first[lines["order"].to_numpy()[of_line]]
    d.listing("options_of_bundle", "BUNDLES", start[begins[mine]] + offset, mine, "its options")
