"""Parcels: all rows of one order from one site by one service on one day."""

from __future__ import annotations

from models.judge.findings import found
from models.judge.lookup.scenario_lookup import Lookup

PARCEL = ["order", "site", "service", "ship_date"]


def parcel_cost(book: Lookup) -> float:
    """Add up what the lanes charge for parcels, frozen ones too [currency]."""
    placed = book.placed
    charged = placed[placed["cost_per_shipment"] > 0]
    return float(charged.drop_duplicates(PARCEL)["cost_per_shipment"].sum())


def orders_in_few_parcels(book: Lookup) -> list[str]:
    """Refuse more parcels than an order takes; parcels of frozen units alone do not count."""
    limited = book.free[book.free["max_shipments"].notna()]
    if limited.empty:
        return []
    parcels = (
        limited.drop_duplicates(PARCEL)
        .groupby("order", as_index=False)
        .agg(parcels=("order", "size"), most=("max_shipments", "first"))
    )
    return found(
        parcels,
        parcels["parcels"] > parcels["most"],
        "order {order} goes in {parcels} parcels, it takes at most {most}",
        worst="parcels",
    )
