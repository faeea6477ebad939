"""Capacitated facility location as published by the OR-Library, as a network to be designed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from models.design import Network, network_frame
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
    where, each = np.tile(np.arange(sites), customers), np.arange(customers * sites)
    empty = ("lanes", "items", "positions", "supply", "supply_uses", "lane_capacity", "lane_uses")
    return Network(
        days=1,
        may_move=0.0,
        sites=_warehouses(fixed_cost),
        segments=network_frame(
            "segments", {"segment": ["all"], "tier": [1], "total": [demand.sum()], "level": [1.0]}
        ),
        demands=_customers(demand),
        flows=_ways(cost / demand[:, None]),
        capacity=network_frame("capacity", {"site": np.arange(sites), "limit": capacity}),
        capacity_uses=network_frame("capacity_uses", {"row": where, "flow": each}),
        **{name: network_frame(name, {}) for name in empty},
    )


def _warehouses(fixed_cost: np.ndarray) -> pd.DataFrame:
    """Warehouses that may all be open or closed."""
    count = len(fixed_cost)
    columns = {
        "site": [f"W{i + 1}" for i in range(count)],
        "fixed_cost": fixed_cost,
        "may_open": [True] * count,
        "must_open": [False] * count,
    }
    return network_frame("sites", columns)


def _customers(demand: np.ndarray) -> pd.DataFrame:
    """One demand of each customer, all on the same day and of the same segment."""
    count = len(demand)
    columns = {
        "day": np.zeros(count, dtype=int),
        "segment": np.zeros(count, dtype=int),
        "region": [f"C{j + 1}" for j in range(count)],
        "item": [""] * count,
        "quantity": demand,
        "weight": np.ones(count),
    }
    return network_frame("demands", columns)


def _ways(unit_cost: np.ndarray) -> pd.DataFrame:
    """Every way from a warehouse to a customer; costs of shape (customers, warehouses)."""
    customer, warehouse = np.indices(unit_cost.shape)
    count = unit_cost.size
    columns = {
        "demand": customer.ravel(),
        "site": warehouse.ravel(),
        "lane": np.full(count, -1),
        "gives": np.ones(count),
        "effort": np.ones(count),
        "unit_cost": unit_cost.ravel(),
    }
    return network_frame("flows", columns)
