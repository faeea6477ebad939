"""Real order histories beside the project, in the layout of a history: not part of the project."""

from __future__ import annotations

import os

import numpy as np
import pandas as pd
import pytest

from models.history import HISTORY
from models.scenario import Scenario
from models.settings import Settings
from models.tables import TABLES
from optimizer.forecasting.history import name_blanks
from optimizer.scenario.table_edits import complete_rows
from tests.support.folders import SHARED

RAW = SHARED / "data" / "raw"
NAMES = ("dataco", "online_retail")


def real_history(name: str, items: int | None = None, market: str = "") -> pd.DataFrame:
    """Read one; skip where it is missing, fail in CI.

    Parameters
    ----------
    name
        Of :data:`NAMES`.
    items
        Only so many items, those ordered most often.
    market
        Only this one, of ``dataco``.
    """
    path = RAW / f"{name}_given.parquet"
    if not path.is_file():
        absent = "the real order histories (../shared/data/raw) are not beside the project"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(absent)
    rows = pd.read_parquet(path)
    rows = _dataco(rows) if name == "dataco" else _retail(rows)
    rows = rows[rows["region"] == market] if market else rows
    if items:
        rows = rows[rows["item"].isin(rows["item"].value_counts().index[:items])]
    columns = HISTORY.columns
    blanks = {c: np.full(len(rows), s.blank) for c, s in columns.items() if c not in rows}
    dtypes = {c: spec.kind.dtype for c, spec in HISTORY.columns.items()}
    filled = rows.reset_index(drop=True).assign(**blanks)
    return name_blanks(filled[[*dtypes]].astype(dtypes))


def _dataco(rows: pd.DataFrame) -> pd.DataFrame:
    """Orders of a trader with scheduled days to deliver; segments as it has them."""
    ordered = rows["order_date"].dt.normalize()
    return pd.DataFrame(
        {
            "ordered": ordered,
            "requested": ordered + pd.to_timedelta(rows["days_scheduled"], unit="D"),
            "segment": rows["customer_segment"].astype(str),
            "region": rows["market"].astype(str),
            "item": rows["product_card_id"].astype(str),
            "quantity": rows["order_item_quantity"].astype(float),
            "unit_value": (rows["sales"] / rows["order_item_quantity"]).round(2),
            "order": rows["order_id"].astype(str),
        }
    )


def _retail(rows: pd.DataFrame) -> pd.DataFrame:
    """Orders of a web shop, wanted on the day; customers at home and abroad."""
    rows = rows[(rows["Quantity"] > 0) & (rows["UnitPrice"] > 0)]
    ordered = rows["InvoiceDate"].dt.normalize()
    home = rows["Country"].astype(str) == "United Kingdom"
    return pd.DataFrame(
        {
            "ordered": ordered,
            "requested": ordered,
            "segment": home.map({True: "home", False: "abroad"}),
            "region": home.map({True: "UK", False: "EXPORT"}),
            "item": rows["StockCode"].astype(str),
            "quantity": rows["Quantity"].astype(float).clip(upper=100),
            "unit_value": rows["UnitPrice"].astype(float).round(2),
            "order": rows["InvoiceNo"].astype(str),
        }
    )


def scenario_of(history: pd.DataFrame) -> Scenario:
    """Make a network for a real history: what it does not say, by stated rules.

    One site with every item, no time on the way, nothing a shipment costs; segments in tiers by
    name; three quarters of what is wanted arrive, every five days. A delivery keeps 80 % of its
    value for each day late and is refused after three.
    """
    names = sorted(set(history["segment"]))
    segment = {"services": ["standard"], "max_days_late": 3, "value_kept_per_day_late": 0.8}
    target = {"target": {"measure": "unit_otif", "level": 0.8}}
    regions, items = sorted(set(history["region"])), sorted(set(history["item"]))
    first = history.iloc[0]
    start = history["ordered"].max() + pd.Timedelta(days=1)
    customer = pd.DataFrame({"customer": ["first"], "segment": names[0], "region": regions[0]})
    order = pd.DataFrame({"order": ["1"], "customer": "first", "requested": start})
    line = pd.DataFrame({"order": ["1"], "line": "1", "item": first["item"], "quantity": 1.0})
    lanes = {"site": "hub", "region": regions, "service": "standard", "transit_days": 0}
    given = {
        "customers": customer,
        "orders": order.assign(ordered=start),
        "lines": line,
        "sites": pd.DataFrame({"site": ["hub"]}),
        "lanes": pd.DataFrame(lanes),
        "stock": pd.DataFrame({"site": "hub", "item": items, "on_hand": 1.0}),
        "items": pd.DataFrame({"item": items, "divisible": True}),
    }
    tables = {
        name: complete_rows(name, given[name]) if name in given else table.empty()
        for name, table in TABLES.items()
    }
    header = {
        "format": 1,
        "name": "real",
        "horizon": {"start": start.date(), "days": 7},
        "segments": {name: segment | target | {"tier": n} for n, name in enumerate(names, 1)},
        "services": {"standard": {}},
        "goals": ["commitments", "value"],
        "backtest": {"supply": 0.75, "receipt_every": 5, "late": 0.1, "short": 0.1},
    }
    return Scenario(Settings.model_validate(header), tables)
