"""What a planner should know about a scenario, and what stops nothing."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from models.settings import Settings
from optimizer.reading.membership import among

Tables = Mapping[str, pd.DataFrame]


def advice(settings: Settings, tables: Tables) -> tuple[str, ...]:
    """Write one sentence for each likely oversight, counted, with an example."""
    start = pd.Timestamp(settings.horizon.start)
    end = start + pd.Timedelta(days=settings.horizon.days - 1)
    sentences = (
        *_about_orders(tables, start),
        *_about_supply(tables, end),
        *_about_capacity(tables, start, end),
    )
    return tuple(sentence for sentence in sentences if sentence)


def _counted(names: pd.Series, one: str, many: str) -> str:
    """``one`` or ``many`` things, with the first of them; blank where there is none."""
    distinct = names.drop_duplicates()
    if distinct.empty:
        return ""
    first = repr(distinct.iloc[0])
    return (
        f"1 {one}: {first}." if len(distinct) == 1 else f"{len(distinct):,} {many}, {first} first."
    )


def _about_orders(tables: Tables, start: pd.Timestamp) -> tuple[str, ...]:
    orders, lines, customers = tables["orders"], tables["lines"], tables["customers"]
    real = orders[among(orders["order"], lines["order"])]
    buyers = customers[among(customers["customer"], real["customer"])]
    supplied = pd.concat(
        [tables["stock"].loc[tables["stock"]["on_hand"] > 0, "item"], tables["receipts"]["item"]]
    )
    return (
        _counted(
            orders.loc[~among(orders["order"], lines["order"]), "order"],
            "order has no lines and counts nowhere",
            "orders have no lines and count nowhere",
        ),
        _counted(
            real.loc[real["cancel"] < start, "order"],
            "order was to be cancelled before the horizon starts and gets nothing",
            "orders were to be cancelled before the horizon starts and get nothing",
        ),
        _counted(
            buyers.loc[~among(buyers["region"], tables["lanes"]["region"]), "region"],
            "region with orders has no lane and gets nothing",
            "regions with orders have no lane and get nothing",
        ),
        _counted(
            lines.loc[~among(lines["item"], supplied), "item"],
            "item that is ordered has neither stock nor receipts",
            "items that are ordered have neither stock nor receipts",
        ),
    )


def _about_supply(tables: Tables, end: pd.Timestamp) -> tuple[str, ...]:
    stock, receipts, sites = tables["stock"], tables["receipts"], tables["sites"]
    closed = sites.loc[~sites["open"], "site"]
    holding = pd.concat([stock.loc[stock["on_hand"] > 0, "site"], receipts["site"]])
    late = receipts.loc[receipts["date"] > end, "item"]
    return (
        _counted(
            holding[among(holding, closed)],
            "site is closed, and its stock and receipts are not used",
            "sites are closed, and their stock and receipts are not used",
        ),
        _counted(
            late,
            f"item has receipts after the last ship day {end:%Y-%m-%d}, which are not used",
            f"items have receipts after the last ship day {end:%Y-%m-%d}, which are not used",
        ),
    )


def _about_capacity(tables: Tables, start: pd.Timestamp, end: pd.Timestamp) -> tuple[str, ...]:
    sentences = []
    for name in ("site_capacity", "lane_capacity"):
        table = tables[name]
        outside = table.loc[(table["date"] < start) | (table["date"] > end), "site"]
        sentences.append(
            _counted(
                outside,
                f"site has rows of {name} outside the horizon, which are not used",
                f"sites have rows of {name} outside the horizon, which are not used",
            )
        )
    return tuple(sentences)
