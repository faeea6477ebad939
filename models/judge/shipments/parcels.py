"""Parcels: all rows of one order from one site by one service on one day."""

from __future__ import annotations

from models.judge.findings import refuse
from models.judge.lookup import Lookup
from models.judge.lookup.lines import PARCEL


def orders_in_few_parcels(lookup: Lookup) -> list[str]:
    """Refuse more parcels than an order takes; parcels of frozen units alone do not count."""
    limited = lookup.free[lookup.free["max_shipments"].notna()]
    if limited.empty:
        return []
    parcels = (
        limited.drop_duplicates(PARCEL)
        .groupby("order", as_index=False)
        .agg(parcels=("order", "size"), most=("max_shipments", "first"))
    )
    return refuse(
        parcels,
        parcels["parcels"] > parcels["most"],
        "order {order} goes in {parcels} parcels, it takes at most {most}",
        worst="parcels",
    )
