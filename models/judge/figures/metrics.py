"""Delivery in the terms of customers: on time, perfect, how long, how even, what is at risk.

Add a metric: a function here, named as in ``metrics.csv``, and its place in :data:`FORMULAS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pandas as pd

from models.judge.findings import TOLERANCE
from models.judge.lookup import Lookup
from models.relationship import Delivery
from models.scenario import Scenario
from models.solution import ELSEWHERE, METRICS

GROUP = ["segment", "stage", "region"]
NINE_IN_TEN = 0.9


@dataclass(frozen=True, eq=False)
class Group:
    """Some order lines, and the shipments for them that arrive.

    Parameters
    ----------
    scenario
        The question.
    lines
        Rows of :attr:`models.judge.lookup.Lookup.lines`, with the days of ``age`` since they were
        ordered.
    sent
        ``units``, ``on_time``, the days of the ``cycle`` from order to arrival, pick ``accuracy``,
        ``order`` and ``service`` of each shipment.
    """

    scenario: Scenario
    lines: pd.DataFrame
    sent: pd.DataFrame


def on_time_rate(group: Group) -> float | None:
    """On-time share of the units that are delivered."""
    if group.sent.empty:
        return None
    units = group.sent["units"]
    return float(units[group.sent["on_time"]].sum() / units.sum())


def otif(group: Group) -> float | None:
    """Share of the lines that arrive in full and on time."""
    return float(group.lines["full_on_time"].mean()) if len(group.lines) else None


def perfect_order_rate(group: Group) -> float | None:
    """Share of the orders expected in full, on time and picked without an error."""
    if group.lines.empty:
        return None
    whole = group.lines.groupby("order")["full_on_time"].all()
    picked = group.sent.groupby("order")["accuracy"].prod().reindex(whole.index, fill_value=1.0)
    return float((whole * picked).mean())


def cycle_time_mean(group: Group) -> float | None:
    """Mean over delivered units of arrival less order date [day]."""
    if group.sent.empty:
        return None
    units = group.sent["units"]
    return float((units * group.sent["cycle"]).sum() / units.sum())


def cycle_time_p90(group: Group) -> float | None:
    """Fewest days within which nine in ten delivered units arrive [day]."""
    if group.sent.empty:
        return None
    by_day = group.sent["units"].groupby(group.sent["cycle"]).sum().sort_index().cumsum()
    enough = by_day >= NINE_IN_TEN * by_day.iloc[-1] - TOLERANCE
    return float(by_day.index[enough.to_numpy().argmax()])


def backlog_age(group: Group) -> float | None:
    """Mean over units that stay open of the days since they were ordered [day]."""
    lines = group.lines
    short = lines["ordered"] - lines["delivered"]
    if short.sum() <= TOLERANCE:
        return None
    return float((short * lines["age"]).sum() / short.sum())


def region_spread(group: Group) -> float | None:
    """Best less worst region, in on-time units of ordered ones."""
    sums = group.lines.groupby("region")[["delivered_on_time", "ordered"]].sum()
    shares = sums["delivered_on_time"] / sums["ordered"]
    return float(shares.max() - shares.min()) if len(shares) > 1 else None


def service_spread(group: Group) -> float | None:
    """Best less worst service of the menu, in on-time units of delivered ones."""
    rates = [
        part.loc[part["on_time"], "units"].sum() / part["units"].sum()
        for _, part in group.sent.groupby("service")
    ]
    return float(max(rates) - min(rates)) if len(rates) > 1 else None


def value_at_risk(group: Group) -> float | None:
    """Yearly worth of customers who miss a line, less what is expected to be kept [currency]."""
    if group.lines.empty:
        return None
    missed = group.lines.loc[~group.lines["full_on_time"], "customer"].unique()
    worth = group.scenario["customers"].set_index("customer")["value"].reindex(missed).sum()
    return float(worth) * (1 - group.scenario.settings.retention_after_miss)


FORMULAS: tuple[Callable[[Group], float | None], ...] = (
    on_time_rate,
    otif,
    perfect_order_rate,
    cycle_time_mean,
    cycle_time_p90,
    backlog_age,
    region_spread,
    service_spread,
    value_at_risk,
)
"""In the order of ``metrics.csv``; None where a metric has no meaning."""
NOT_OF_PARTS = (region_spread, service_spread)
"""Worked out for everybody and for segments, not for their stages and regions."""


def metrics(lookup: Lookup) -> pd.DataFrame:
    """Work out each metric of everybody, and of each segment with its stages and regions.

    They are about the lines that are due.

    Returns
    -------
    DataFrame
        The columns of :data:`models.solution.METRICS`; metrics without any meaning are left out, as
        cycle times where nothing is delivered.
    """
    lines, sent, heard = _lines(lookup), _sent(lookup), _measured_elsewhere(lookup)
    due = lines["due"].to_numpy()
    table: list[tuple[str, str, str, str, float]] = []
    for segment, stage, region in _groups(lookup, lines[due]):
        inside = due.copy()
        for column, name in zip(GROUP, (segment, stage, region), strict=True):
            inside &= (lines[column] == name).to_numpy() | (name == "")
        group = Group(lookup.scenario, lines[inside], sent[inside[sent["place"]]])
        named = [*_figures(group, of_part=bool(stage or region)), *_latest(heard, group.lines)]
        table += [(segment, stage, region, name, value) for name, value in named]
    return pd.DataFrame(table, columns=list(METRICS)).astype(METRICS)


def _figures(group: Group, *, of_part: bool) -> Iterator[tuple[str, float]]:
    """Yield the metrics that have a meaning for a group, by name."""
    for formula in FORMULAS:
        if not (of_part and formula in NOT_OF_PARTS):
            value = formula(group)
            if value is not None:
                yield formula.__name__, value


def _lines(lookup: Lookup) -> pd.DataFrame:
    """Lines with the days since they were ordered."""
    start = pd.Timestamp(lookup.scenario.settings.horizon.start)
    age = (start - _ordered_on(lookup, lookup.lines["order"])).dt.days.clip(lower=0)
    return lookup.lines.assign(age=age)


def _ordered_on(lookup: Lookup, orders: pd.Series) -> pd.Series:
    """Look up on which day each order was placed."""
    days = lookup.scenario["orders"].set_index("order")["ordered"]
    return days.reindex(orders).set_axis(orders.index)


def _sent(lookup: Lookup) -> pd.DataFrame:
    """Shipments that arrive, with the days from order to arrival and how well they are picked."""
    placed = lookup.placed[lookup.placed["units"] > 0]
    place = placed["place"].astype("int64")
    accuracy = lookup.scenario["sites"].set_index("site")["pick_accuracy"]
    return pd.DataFrame(
        {
            "place": place,
            "order": placed["order"],
            "units": placed["units"],
            "on_time": placed["on_time"],
            "cycle": (placed["arrival"] - _ordered_on(lookup, placed["order"])).dt.days,
            "accuracy": accuracy.reindex(placed["site"]).to_numpy(),
            "service": placed["service"],
        }
    )


def _groups(lookup: Lookup, lines: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    """Yield everybody, then each segment that orders, its stages and its regions."""
    yield "", "", ""
    for name in lookup.scenario.settings.segments:
        mine = lines[lines["segment"] == name]
        if len(mine):
            yield name, "", ""
            yield from ((name, stage, "") for stage in sorted(set(mine["stage"])))
            yield from ((name, "", region) for region in sorted(set(mine["region"])))


def _measured_elsewhere(lookup: Lookup) -> pd.DataFrame:
    """Signals with a value, until the first day, of kinds that no plan makes, by day and value."""
    signals = lookup.scenario["signals"]
    today = pd.Timestamp(lookup.scenario.settings.horizon.start)
    known = (
        ~signals["kind"].isin(list(Delivery))
        & signals["value"].notna()
        & (signals["date"] <= today)
    )
    return signals[known].sort_values(["kind", "date", "value"])


def _latest(heard: pd.DataFrame, lines: pd.DataFrame) -> Iterator[tuple[str, float]]:
    """Yield the mean of the customers' latest values, kind by kind."""
    if heard.empty:
        return
    mine = heard[heard["customer"].isin(lines["customer"])]
    for kind, rows in mine.groupby("kind"):
        yield f"{kind}{ELSEWHERE}", float(rows.groupby("customer")["value"].last().mean())
