"""Delivery in the terms of customers: on time, perfect, how long, how even, what is at risk."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from models.judge.findings import TOLERANCE
from models.judge.lookup.scenario_lookup import Lookup
from models.solution import ELSEWHERE, METRICS

GROUP = ["segment", "stage", "region"]
NINE_IN_TEN = 0.9
SPREADS = ("region_spread", "service_spread")
"""Told of all and of segments only."""


def metrics(book: Lookup) -> pd.DataFrame:
    """Work out each metric of everybody, and of each segment with its stages and regions.

    Returns
    -------
    DataFrame
        The columns of :data:`models.solution.METRICS`; metrics without any meaning are left out, as
        cycle times where nothing is delivered.
    """
    lines, sent, heard = _lines(book), _sent(book), _heard(book)
    found = []
    for segment, stage, region in _groups(book, lines):
        inside = np.ones(len(lines), dtype=bool)
        for column, name in zip(GROUP, (segment, stage, region), strict=True):
            inside &= (lines[column] == name).to_numpy() | (name == "")
        mine, ours = lines[inside], sent[inside[sent["place"]]]
        for metric, value in _figures(book, mine, ours):
            if metric not in SPREADS or not (stage or region):
                found.append((segment, stage, region, metric, value))
        told = _elsewhere(heard, mine)
        found += [(segment, stage, region, name, value) for name, value in told]
    return pd.DataFrame(found, columns=list(METRICS)).astype(METRICS)


def _lines(book: Lookup) -> pd.DataFrame:
    """Lines with the days since they were ordered."""
    start = pd.Timestamp(book.scenario.settings.horizon.start)
    age = (start - _ordered_on(book, book.lines["order"])).dt.days.clip(lower=0)
    return book.lines.assign(age=age)


def _ordered_on(book: Lookup, orders: pd.Series) -> pd.Series:
    """Look up on which day each order was placed."""
    days = book.scenario["orders"].set_index("order")["ordered"]
    return days.reindex(orders).set_axis(orders.index)


def _sent(book: Lookup) -> pd.DataFrame:
    """Shipments that arrive, with the days from order to arrival and how well they are picked."""
    placed = book.placed[book.placed["units"] > 0]
    place = placed["place"].astype("int64")
    accuracy = book.scenario["sites"].set_index("site")["pick_accuracy"]
    return pd.DataFrame(
        {
            "place": place,
            "order": placed["order"],
            "units": placed["units"],
            "on_time": placed["on_time"],
            "cycle": (placed["arrival"] - _ordered_on(book, placed["order"])).dt.days,
            "accuracy": accuracy.reindex(placed["site"]).to_numpy(),
            "service": placed["service"],
        }
    )


def _groups(book: Lookup, lines: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    """Yield everybody, then each segment that orders, its stages and its regions."""
    yield "", "", ""
    for name in book.scenario.settings.segments:
        mine = lines[lines["segment"] == name]
        if len(mine):
            yield name, "", ""
            yield from ((name, stage, "") for stage in sorted(set(mine["stage"])))
            yield from ((name, "", region) for region in sorted(set(mine["region"])))


def _figures(book: Lookup, lines: pd.DataFrame, sent: pd.DataFrame) -> Iterator[tuple[str, float]]:
    """Yield the metrics of some lines and what is sent for them."""
    units, short = sent["units"], lines["ordered"] - lines["delivered"]
    if len(sent):
        yield "on_time_rate", float(units[sent["on_time"]].sum() / units.sum())
    if len(lines):
        yield "otif", float(lines["full_on_time"].mean())
        whole = lines.groupby("order")["full_on_time"].all()
        picked = sent.groupby("order")["accuracy"].prod().reindex(whole.index, fill_value=1.0)
        yield "perfect_order_rate", float((whole * picked).mean())
    if len(sent):
        yield "cycle_time_mean", float((units * sent["cycle"]).sum() / units.sum())
        yield "cycle_time_p90", _most_of(sent["cycle"], units)
    if short.sum() > TOLERANCE:
        yield "backlog_age", float((short * lines["age"]).sum() / short.sum())
    by_region = lines.groupby("region")[["delivered_on_time", "ordered"]].sum()
    if len(by_region) > 1:
        shares = by_region["delivered_on_time"] / by_region["ordered"]
        yield "region_spread", float(shares.max() - shares.min())
    by_service = [part for _, part in sent.groupby("service")]
    if len(by_service) > 1:
        rates = [
            part.loc[part["on_time"], "units"].sum() / part["units"].sum() for part in by_service
        ]
        yield "service_spread", float(max(rates) - min(rates))
    if len(lines):
        missed = lines.loc[~lines["full_on_time"], "customer"].unique()
        worth = book.scenario["customers"].set_index("customer")["value"].reindex(missed).sum()
        yield "value_at_risk", float(worth) * (1 - book.scenario.settings.retention_after_miss)


def _most_of(days: pd.Series, units: pd.Series) -> float:
    """Find the fewest days within which nine in ten units arrive."""
    by_day = units.groupby(days).sum().sort_index().cumsum()
    enough = by_day >= NINE_IN_TEN * by_day.iloc[-1] - TOLERANCE
    return float(by_day.index[enough.to_numpy().argmax()])


def _heard(book: Lookup) -> pd.DataFrame:
    """Signals with a value, until the first day, of kinds that no plan makes, by day and value."""
    signals = book.scenario["signals"]
    made = ("on_time_delivery", "late_delivery", "missed_date")
    today = pd.Timestamp(book.scenario.settings.horizon.start)
    known = ~signals["kind"].isin(made) & signals["value"].notna() & (signals["date"] <= today)
    return signals[known].sort_values(["kind", "date", "value"])


def _elsewhere(heard: pd.DataFrame, lines: pd.DataFrame) -> Iterator[tuple[str, float]]:
    """Yield the mean of the customers' latest values, kind by kind."""
    if heard.empty:
        return
    mine = heard[heard["customer"].isin(lines["customer"])]
    for kind, rows in mine.groupby("kind"):
        yield f"{kind}{ELSEWHERE}", float(rows.groupby("customer")["value"].last().mean())
