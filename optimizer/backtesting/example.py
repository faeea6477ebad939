"""The bundled scenario ``look-ahead``: a maker whose best customers order last.

A fictitious maker of reagents, sold by the litre, serves two regions from two sites. Hospitals
order on short notice and pay most, clinics some days ahead, wholesalers long before and pay least:
who serves the orders that are there has nothing left for those that come. Twelve weeks of order
history show how many come.

All randomness comes from one numpy generator: the same scenario every time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from models.history import HISTORY
from models.scenario import Scenario
from models.settings import Settings
from models.tables import TABLES
from optimizer.forecasting.demand import learn
from optimizer.forecasting.history import name_blanks
from optimizer.scenario.table_edits import complete_rows

START = pd.Timestamp("2026-03-02")
WEEKS, SEED = 12, 2026
SITES, REGIONS = ("DELTA", "MESA"), ("NORTH", "SOUTH")
ITEMS = tuple(f"REAGENT-{letter}" for letter in "ABCDEF")
LINES = {"hospital": 12.0, "clinic": 6.0, "wholesale": 6.0}
"""Order lines a day."""
LEADS = {"hospital": (1, 2), "clinic": (2, 4), "wholesale": (5, 9)}
"""Shortest and longest time from order to requested day [day]."""
WORTH = {"hospital": 4.0, "clinic": 2.0, "wholesale": 1.0}
"""What a unit is worth, in parts of the list price."""
MEAN = {"hospital": 3, "clinic": 4, "wholesale": 9}
"""Mean quantity of a line [litre]."""
WEEKDAYS = np.array([1.3, 1.2, 1.1, 1.1, 1.1, 0.7, 0.5])
HEADER: dict[str, Any] = {
    "format": 1,
    "name": "look-ahead",
    "title": "The best customers order last",
    "horizon": {"start": START.date(), "days": 8},
    "segments": {
        "hospital": {
            "tier": 1,
            "target": {"measure": "unit_otif", "level": 0.9},
            "services": ["standard"],
            "max_days_late": 3,
            "value_kept_per_day_late": 0.7,
            "review_period": "month",
        },
        "clinic": {
            "tier": 2,
            "target": {"measure": "unit_otif", "level": 0.8},
            "services": ["standard"],
            "max_days_late": 5,
            "value_kept_per_day_late": 0.95,
            "review_period": "month",
        },
        "wholesale": {
            "tier": 3,
            "target": {"measure": "unit_otif", "level": 0.3},
            "services": ["standard"],
            "max_days_late": 14,
            "value_kept_per_day_late": 0.99,
            "review_period": "month",
        },
    },
    "services": {"standard": {}},
    "goals": ["commitments", "value"],
    "solver": {"seconds": 20},
    "backtest": {
        "supply": 0.8,
        "receipt_every": 5,
        "spread": 0.05,
        "late": 0.03,
        "days_late": 2,
        "short": 0.03,
        "short_by": 0.2,
    },
}


def look_ahead() -> tuple[Scenario, pd.DataFrame]:
    """Make the scenario, and the order history before its start."""
    rng = np.random.default_rng(SEED)
    prices = np.round(rng.lognormal(np.log(20), 0.3, len(ITEMS)), 2)
    history = _history(rng, prices)
    book = history[(history["requested"] >= START) & (history["ordered"] <= START)]
    forecast = learn(history, START).table(HEADER["horizon"]["days"])
    history = history[history["ordered"] < START].reset_index(drop=True)
    daily = history.groupby("item")["quantity"].sum().reindex(list(ITEMS)) / (7 * WEEKS)
    supply = _supply(rng, daily.to_numpy())
    book = book.assign(line="1")
    frames = {
        "customers": history.drop_duplicates("customer").sort_values("customer"),
        "orders": book,
        "lines": book,
        "lanes": pd.DataFrame(
            [
                (site, region, "standard", 1, 0.5 if s == r else 1.2)
                for s, site in enumerate(SITES)
                for r, region in enumerate(REGIONS)
            ],
            columns=["site", "region", "service", "transit_days", "cost_per_unit"],
        ),
        "sites": pd.DataFrame({"site": SITES}),
        "items": pd.DataFrame({"item": ITEMS, "divisible": True}),
        "forecast": forecast,
        **supply,
    }
    tables = {
        name: complete_rows(name, frames[name]) if name in frames else table.empty()
        for name, table in TABLES.items()
    }
    return Scenario(Settings.model_validate(HEADER), tables), history


def _history(rng: np.random.Generator, prices: np.ndarray) -> pd.DataFrame:
    """Draw order lines by day and segment, up to the start, an order each."""
    popularity = np.arange(1, len(ITEMS) + 1) ** -0.5
    popularity /= popularity.sum()
    parts = []
    for day in range(-7 * WEEKS, 1):
        ordered = START + pd.Timedelta(days=day)
        for segment, rate in LINES.items():
            count = int(rng.poisson(rate * WEEKDAYS[ordered.day_of_week] / WEEKDAYS.mean()))
            item = rng.choice(len(ITEMS), count, p=popularity)
            first, last = LEADS[segment]
            lead = rng.integers(first, last + 1, count)
            region = rng.integers(len(REGIONS), size=count)
            who = rng.integers(1, 4, count)
            parts.append(
                pd.DataFrame(
                    {
                        "ordered": ordered,
                        "requested": ordered + pd.to_timedelta(lead, unit="D"),
                        "segment": segment,
                        "region": np.array(REGIONS)[region],
                        "item": np.array(ITEMS)[item],
                        "quantity": 1.0 + rng.binomial(2 * MEAN[segment] - 2, 0.5, count),
                        "unit_value": np.round(prices[item] * WORTH[segment], 2),
                        "customer": [
                            f"{segment}-{REGIONS[r].lower()}-{w}"
                            for r, w in zip(region, who, strict=True)
                        ],
                    }
                )
            )
    rows = pd.concat(parts, ignore_index=True)
    rows["order"] = [f"SO-{10_001 + n}" for n in range(len(rows))]
    blank = {name: [spec.blank] * len(rows) for name, spec in HISTORY.columns.items()}
    filled = pd.DataFrame(blank | {name: rows[name] for name in rows})
    dtypes = {name: spec.kind.dtype for name, spec in HISTORY.columns.items()}
    return name_blanks(filled[[*dtypes]].astype(dtypes))


def _supply(rng: np.random.Generator, daily: np.ndarray) -> dict[str, pd.DataFrame]:
    """Stock for three days, most of it at the first site, and a receipt in each of two weeks."""
    rows = pd.DataFrame(
        [(site, item) for site in SITES for item in ITEMS], columns=["site", "item"]
    )
    share = np.repeat([0.6, 0.4], len(ITEMS)) * 0.8 * np.tile(daily, 2)
    stock = rows.assign(on_hand=np.round(3 * share))
    day = rng.integers(1, 8, len(rows))
    receipts = rows.assign(
        date=START + pd.to_timedelta(day, unit="D"), quantity=np.maximum(1.0, np.round(5 * share))
    )
    return {"stock": stock, "receipts": receipts}
