"""The fixed part of the generated peak week: the promise, the network and the service menu.

A fictitious maker of industrial spare parts with eight European sites and twelve regions. What is
drawn at random for it is in :mod:`optimizer.benching.peak_week`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

HEADER: Mapping[str, Any] = {
    "format": 1,
    "name": "peak-week",
    "title": "Peak week with late containers and tight docks",
    "currency": "EUR",
    "horizon": {"start": date(2026, 11, 23), "days": 14},
    "segments": {
        "strategic": {
            "tier": 1,
            "target": {"measure": "unit_otif", "level": 0.88},
            "floor": 0.75,
            "services": ["express", "standard"],
            "max_days_late": 4,
            "value_kept_per_day_late": 0.9,
        },
        "key": {
            "tier": 2,
            "target": {"measure": "value_otif", "level": 0.92},
            "services": ["standard", "express"],
            "max_days_late": 5,
        },
        "core": {
            "tier": 3,
            "target": {"measure": "unit_otif", "level": 0.8},
            "floor": 0.4,
            "services": ["standard", "economy"],
            "max_days_late": 5,
        },
        "growth": {
            "tier": 4,
            "target": {"measure": "unit_otif", "level": 0.75},
            "services": ["standard", "economy"],
            "max_days_late": 5,
        },
        "marketplace": {
            "tier": 5,
            "target": {"measure": "unit_fill", "level": 0.6},
            "services": ["economy", "standard"],
            "max_days_late": 4,
            "max_cost_share": 0.5,
        },
    },
    "services": {
        "standard": {},
        "express": {"surcharge_per_unit": 1.5, "window": "07:00-12:00"},
        "economy": {},
    },
    "goals": ["commitments", "floors", "targets", "fill", "value"],
    "solver": {"relative_gap": 0.001, "seconds": 60},
}

SITES = pd.DataFrame(
    [
        ("HAM", 53.55, 9.99, 5),
        ("RTM", 51.92, 4.48, 6),
        ("LYS", 45.76, 4.84, 4),
        ("MIL", 45.46, 9.19, 4),
        ("BCN", 41.39, 2.17, 3),
        ("WAW", 52.23, 21.01, 3),
        ("PRG", 50.08, 14.44, 3),
        ("CPH", 55.68, 12.57, 2),
    ],
    columns=["site", "latitude", "longitude", "weight"],
)
REGIONS = pd.DataFrame(
    [
        ("DE-NORTH", 52.4, 9.7, 6),
        ("DE-SOUTH", 48.5, 10.5, 6),
        ("BENELUX", 51.0, 4.7, 4),
        ("FR-NORTH", 48.9, 2.4, 4),
        ("FR-SOUTH", 43.9, 4.8, 3),
        ("SPAIN", 40.4, -3.7, 3),
        ("PORTUGAL", 39.5, -8.4, 1),
        ("ITALY", 44.5, 11.3, 4),
        ("ALPINE", 47.2, 9.5, 2),
        ("POLAND", 52.0, 19.4, 3),
        ("CZECHIA", 49.8, 15.5, 2),
        ("NORDICS", 57.5, 12.5, 2),
    ],
    columns=["region", "latitude", "longitude", "weight"],
)
LANES = pd.DataFrame(
    [
        # base + days for each started stretch [km]; reach [km]; money per unit and 1,000 km
        ("standard", 0, 500.0, 1800.0, 0.5, 0.9),
        ("express", 0, 900.0, 1800.0, 0.9, 1.4),
        ("economy", 1, 500.0, 1800.0, 0.3, 0.6),
    ],
    columns=["service", "base_days", "stretch", "reach", "cost", "cost_by_distance"],
)


def network_tables() -> dict[str, pd.DataFrame]:
    """Make the tables that are the same for every seed and size."""
    sites = SITES.assign(fixed_cost_per_day=SITES["weight"] * 400)
    return {"sites": sites, "lanes": _lanes(), "calendars": _calendars()}


def _lanes() -> pd.DataFrame:
    """List the lanes within the reach of each service; time, cost and emissions by distance."""
    pairs = SITES.merge(REGIONS, how="cross", suffixes=("", "_to")).merge(LANES, how="cross")
    pairs["km"] = _kilometres(pairs)
    near = pairs[pairs["km"] <= pairs["reach"]].reset_index(drop=True)
    stretches = np.ceil(near["km"] / near["stretch"])
    cost = near["cost"] + near["cost_by_distance"] * near["km"] / 1000
    return near.assign(
        transit_days=near["base_days"] + stretches.astype("int64"),
        cost_per_unit=cost.round(2),
        kg_co2_per_unit=(near["km"] / 1000 * 0.8).round(3),
    )


def _kilometres(pairs: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Great-circle distance between the two places of each row [km]."""
    here, there = np.radians(pairs["latitude"]), np.radians(pairs["latitude_to"])
    across = np.radians(pairs["longitude_to"] - pairs["longitude"])
    half = np.sin((there - here) / 2) ** 2
    half += np.cos(here) * np.cos(there) * np.sin(across / 2) ** 2
    return np.asarray(2 * 6371 * np.arcsin(np.sqrt(half)), dtype=np.float64)


def _calendars() -> pd.DataFrame:
    """List the closed days of sites and regions."""
    sites = SITES["site"].to_list()
    regions = REGIONS["region"].to_list()
    rows = [("site", site, "mon tue wed thu fri sat", "", "") for site in sites]
    rows.append(("site", "MIL", "", "", "2026-12-01"))
    rows += [
        ("region", region, "mon tue wed thu fri", "PT" if region == "PORTUGAL" else "", "")
        for region in regions
    ]
    frame = pd.DataFrame(rows, columns=["of", "id", "weekdays", "holidays", "closed"])
    return frame.assign(closed=pd.to_datetime(frame["closed"]))
