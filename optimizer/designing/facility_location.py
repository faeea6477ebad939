"""Capacitated facility location as published by the OR-Library, as a network to be designed."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from models.design import Network, framed
from models.errors import Issue, ScenarioError


def read_facility_location(path: str | Path, capacity: float | None = None) -> Network:
    """Read an instance of the OR-Library (``cap41`` ... ``cap134``, ``capa``, ``capb``, ``capc``).

    The file has the numbers of warehouses and customers; capacity and fixed cost of each warehouse;
    for each customer its demand and what it costs to serve all of it from each warehouse.

    Parameters
    ----------
    path
        The text file.
    capacity
        Of every warehouse, where the file says ``capacity`` in its place.

    Returns
    -------
    Network
        One day, one segment that must be served in full, one item without limits of stock.

    Raises
    ------
    ScenarioError
        When the file is not of this form, or asks for a capacity.
    """
    name = Path(path).name
    words = Path(path).read_text(encoding="utf-8").split()
    if "capacity" in words and capacity is None:
        problem = "the file leaves the capacity open"
        raise ScenarioError([Issue(name, problem, "give the capacity of a warehouse")])
    try:
        numbers = np.array([capacity if w == "capacity" else float(w) for w in words], dtype=float)
        sites, customers = int(numbers[0]), int(numbers[1])
        head = numbers[2 : 2 + 2 * sites].reshape(sites, 2)
        body = numbers[2 + 2 * sites :].reshape(customers, 1 + sites)
    except (ValueError, IndexError, OverflowError) as fault:
        problem = f"this is no instance of facility location: {fault}"
        raise ScenarioError([Issue(name, problem, "write it as the OR-Library does")]) from fault
    return facility_location(head[:, 0], head[:, 1], body[:, 0], body[:, 1:])


def facility_location(
    capacity: np.ndarray, fixed_cost: np.ndarray, demand: np.ndarray, cost: np.ndarray
) -> Network:
    """Make a network of warehouses and customers.

    Parameters
    ----------
    capacity, fixed_cost
        Of each warehouse, shape (warehouses,) [unit], [currency].
    demand
        Of each customer, shape (customers,) [unit].
    cost
        Of serving all of a customer's demand, shape (customers, warehouses) [currency].
    """
    sites, customers = len(capacity), len(demand)
    who, where = np.repeat(np.arange(customers), sites), np.tile(np.arange(sites), customers)
    count = len(who)
    return Network(
        days=1,
        may_move=0.0,
        sites=framed(
            "sites",
            {
                "site": [f"W{i + 1}" for i in range(sites)],
                "fixed_cost": fixed_cost,
                "may_open": [True] * sites,
                "must_open": [False] * sites,
            },
        ),
        segments=framed(
            "segments", {"segment": ["all"], "tier": [1], "total": [demand.sum()], "level": [1.0]}
        ),
        demands=framed(
            "demands",
            {
                "day": np.zeros(customers, dtype=int),
                "segment": np.zeros(customers, dtype=int),
                "region": [f"C{j + 1}" for j in range(customers)],
                "item": [""] * customers,
                "quantity": demand,
                "weight": np.ones(customers),
            },
        ),
        flows=framed(
            "flows",
            {
                "demand": who,
                "site": where,
                "lane": np.full(count, -1),
                "gives": np.ones(count),
                "effort": np.ones(count),
                "unit_cost": (cost / demand[:, None]).ravel(),
            },
        ),
        capacity=framed("capacity", {"site": np.arange(sites), "limit": capacity}),
        capacity_uses=framed("capacity_uses", {"row": where, "flow": np.arange(count)}),
        **{
            name: framed(name, {})
            for name in (
                *("lanes", "items", "positions", "supply", "supply_uses"),
                *("lane_capacity", "lane_uses"),
            )
        },
    )
