"""Real order histories beside the project, in the layout of a history: not part of the project."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.history import HISTORY
from optimizer.forecasting.history import completed

RAW = Path(__file__).parents[2] / "shared" / "data" / "raw"
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
    return completed(filled[[*dtypes]].astype(dtypes))


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
