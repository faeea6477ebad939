"""Delivery in the terms of customers, from what each line got and what was sent for it.

Add a metric: its formula and its line in :data:`METRIC_LIST`, and the judge's own computation of it
in :mod:`models.judge.figures.metrics`. The files, the summary and the page read the rest from here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from models.problem import Problem
from models.relationship import Delivery
from models.scenario import Scenario
from models.solution import ELSEWHERE, METRICS
from models.tolerances import DECIMALS, UNIT

NINE_IN_TEN = 0.9
LEVELS: tuple[list[str], ...] = ([], ["segment"], ["segment", "stage"], ["segment", "region"])
"""Columns that make groups: none, segments, their stages, their regions."""
GROUP = ["segment", "stage", "region"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class MetricUnit(Enum):
    """What the value of a metric is."""

    SHARE = auto()
    """0 to 1."""
    DAYS = auto()
    CURRENCY = auto()


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of ``metrics.csv``."""

    name: str
    unit: MetricUnit
    formula: Callable[[Groups], Floats]
    """Value of each group; NaN where it has no meaning."""
    heading: str = ""
    """Of its column in the summary of a run; blank where it has none."""
    of_parts: bool = True
    """Whether it is worked out for stages and regions of a segment, too."""


def metrics_of(
    scenario: Scenario, problem: Problem, outcome: pd.DataFrame, shipped: pd.DataFrame
) -> pd.DataFrame:
    """Work out every metric of everybody, of segments, and of their stages and regions.

    They are about what is due.

    Parameters
    ----------
    scenario
        For regions, worth and sites.
    problem
        Prepared from it.
    outcome
        By line: ``delivered`` and ``on_time`` [unit], ``full_on_time``.
    shipped
        By shipment: ``line``, ``site``, ``arrival``, ``on_time``, and ``delivered`` [unit].

    Returns
    -------
    pandas.DataFrame
        The columns of :data:`models.solution.METRICS`; what has no meaning is left out.
    """
    lines, sent = _of_due_lines(problem, _lines(scenario, problem, outcome), shipped)
    sent = _sent(scenario, problem, lines, sent)
    lost = 1.0 - scenario.settings.retention_after_miss
    external = _external_values(scenario)
    rows = pd.concat([_of_level(level, lines, sent, lost) for level in LEVELS])
    rows = rows.melt(GROUP, var_name="metric").dropna(subset="value")
    if not external.empty:
        rows = pd.concat([rows, *(_external_means(level, lines, external) for level in LEVELS)])
    place = {name: nth for nth, name in enumerate(["", *scenario.settings.segments])}
    rank = {metric.name: nth for nth, metric in enumerate(METRIC_LIST)}
    rows = rows.assign(
        nth=rows["segment"].map(place),
        of_region=rows["region"] != "",
        rank=rows["metric"].map(rank).fillna(len(rank)),
    )
    keys = ["nth", "of_region", "stage", "region", "rank", "metric"]
    rows = rows.sort_values(keys, ignore_index=True)[list(METRICS)]
    return rows.astype(METRICS).round(DECIMALS)


def _lines(scenario: Scenario, problem: Problem, outcome: pd.DataFrame) -> pd.DataFrame:
    """List whose each line is, and how long ago it was ordered [day]."""
    order = problem.lines["order"].to_numpy()
    orders = problem.orders.iloc[order].reset_index(drop=True)
    who = scenario["customers"].set_index("customer").loc[orders["customer"]]
    segments = np.array(list(scenario.settings.segments), dtype=object)
    of = problem.segments["of"].to_numpy()[problem.lines["segment"]]
    return pd.DataFrame(
        {
            "segment": segments[of],
            "stage": orders["stage"],
            "region": who["region"].to_numpy(),
            "customer": orders["customer"],
            "worth": who["value"].to_numpy(),
            "order": order,
            "ordered_on": problem.lines["ordered_on"],
            "ordered": outcome["quantity"],
            "delivered": outcome["delivered"],
            "on_time": outcome["on_time"],
            "good": outcome["full_on_time"],
        }
    )


def _of_due_lines(
    problem: Problem, lines: pd.DataFrame, shipped: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Keep the lines that are due, numbered from 0, and the shipments for them."""
    due = problem.lines["due"].to_numpy()
    kept = shipped[due[shipped["line"]]]
    place = np.cumsum(due) - 1
    return lines[due].reset_index(drop=True), kept.assign(line=place[kept["line"]])


def _sent(
    scenario: Scenario, problem: Problem, lines: pd.DataFrame, shipped: pd.DataFrame
) -> pd.DataFrame:
    """List how long each shipment takes from the order on [day], and how well it is picked."""
    line = shipped["line"].to_numpy()
    accuracy = scenario["sites"].set_index("site")["pick_accuracy"].loc[list(problem.sites)]
    return pd.DataFrame(
        {
            "line": line,
            "units": shipped["delivered"],
            "in_time": shipped["delivered"] * shipped["on_time"],
            "cycle": shipped["arrival"].to_numpy() - lines["ordered_on"].to_numpy()[line],
            "accuracy": accuracy.to_numpy()[shipped["site"]],
            "service": shipped["service"].to_numpy(),
        }
    )


@dataclass(frozen=True, eq=False)
class Groups:
    """Lines and shipments in groups by whom they are for.

    Parameters
    ----------
    count
        Number of groups.
    of_line, of_sent
        Group of each line and of each shipment, shapes (lines,) and (shipments,).
    lines, sent
        As ``_lines`` and ``_sent`` make them.
    lost
        Share of a customer's yearly worth that is expected to go after a missed line.
    """

    count: int
    of_line: Ints
    of_sent: Ints
    lines: pd.DataFrame
    sent: pd.DataFrame
    lost: float

    def sum_lines(self, amounts: ArrayLike | None = None) -> Floats:
        """Sum up amounts of lines by group, or count the lines."""
        return np.bincount(self.of_line, amounts, self.count).astype(np.float64)

    def sum_sent(self, amounts: ArrayLike) -> Floats:
        """Sum up amounts of shipments by group."""
        return np.bincount(self.of_sent, amounts, self.count).astype(np.float64)


def _of_level(
    level: list[str], lines: pd.DataFrame, sent: pd.DataFrame, lost: float
) -> pd.DataFrame:
    """Work out the metrics of each group: its names, and a column for each metric."""
    if level:
        group = np.asarray(lines.groupby(level).ngroup(), dtype=np.int64)
        names = lines[level].drop_duplicates().sort_values(level, ignore_index=True)
    else:
        group, names = np.zeros(len(lines), dtype=np.int64), pd.DataFrame(index=range(1))
    groups = Groups(len(names), group, group[sent["line"]], lines, sent, lost)
    part = level not in LEVELS[:2]
    with np.errstate(divide="ignore", invalid="ignore"):
        values = {m.name: m.formula(groups) for m in METRIC_LIST if m.of_parts or not part}
    blank = {name: "" for name in GROUP if name not in level}
    return names.assign(**blank).join(pd.DataFrame(values))


def _on_time_rate(g: Groups) -> Floats:
    """On-time share of the units that are delivered."""
    return g.sum_sent(g.sent["in_time"]) / g.sum_sent(g.sent["units"])


def _otif(g: Groups) -> Floats:
    """Share of the lines that arrive in full and on time."""
    return g.sum_lines(g.lines["good"]) / g.sum_lines()


def _perfect_order_rate(g: Groups) -> Floats:
    """Share of the orders expected in full, on time and picked without an error."""
    order = g.lines["order"].to_numpy()
    good = np.ones(order.max(initial=-1) + 1)
    np.minimum.at(good, order, g.lines["good"].to_numpy(dtype=float))
    np.multiply.at(good, order[g.sent["line"]], g.sent["accuracy"].to_numpy())
    first = g.lines.drop_duplicates("order").index
    of_order = g.of_line[first]
    perfect = np.bincount(of_order, good[order[first]], g.count)
    share: Floats = perfect / np.bincount(of_order, None, g.count)
    return share


def _cycle_time_mean(g: Groups) -> Floats:
    """Mean over delivered units of arrival less order date [day]."""
    return g.sum_sent(g.sent["units"] * g.sent["cycle"]) / g.sum_sent(g.sent["units"])


def _cycle_time_p90(g: Groups) -> Floats:
    """Fewest days within which nine in ten delivered units arrive [day]."""
    cycle, units = g.sent["cycle"].to_numpy(), g.sent["units"].to_numpy()
    work = np.lexsort((cycle, g.of_sent))
    by, total = g.of_sent[work], g.sum_sent(units)
    so_far = np.cumsum(units[work]) - (np.cumsum(total) - total)[by]
    enough = np.flatnonzero(so_far >= NINE_IN_TEN * total[by] - UNIT)
    group, first = np.unique(by[enough], return_index=True)
    days = np.full(g.count, np.nan)
    days[group] = cycle[work[enough[first]]]
    return days


def _backlog_age(g: Groups) -> Floats:
    """Mean over units that stay open of the days since they were ordered [day]."""
    short = (g.lines["ordered"] - g.lines["delivered"]).to_numpy()
    age = np.maximum(-g.lines["ordered_on"].to_numpy(), 0)
    open_units = g.sum_lines(short)
    return g.sum_lines(short * age) / np.where(open_units > UNIT, open_units, np.nan)


def _region_spread(g: Groups) -> Floats:
    """Best less worst region, in on-time units of ordered ones; of two or more."""
    region = pd.factorize(g.lines["region"])[0]
    return _spread(g.of_line, g.count, region, g.lines["on_time"], g.lines["ordered"])


def _service_spread(g: Groups) -> Floats:
    """Best less worst service of the menu, in on-time units of delivered ones; of two or more."""
    service = g.sent["service"].to_numpy()
    return _spread(g.of_sent, g.count, service, g.sent["in_time"], g.sent["units"])


def _spread(group: Ints, count: int, part: Ints, good: pd.Series, every: pd.Series) -> Floats:
    """Take the worst from the best share of good units among the parts of each group."""
    parts = int(part.max(initial=0)) + 1
    place, shape = group * parts + part, (count, parts)
    sums = np.bincount(place, every, count * parts).reshape(shape)
    there = sums > 0
    share = np.bincount(place, good, count * parts).reshape(shape) / np.where(there, sums, 1.0)
    best = share.max(axis=1, where=there, initial=-np.inf)
    worst = share.min(axis=1, where=there, initial=np.inf)
    several = there.sum(axis=1) > 1
    return np.subtract(best, worst, out=np.full(count, np.nan), where=several)


def _value_at_risk(g: Groups) -> Floats:
    """Yearly worth of customers of whom a line is not in full and on time.

    Less what is expected to be kept (``retention_after_miss``) [currency].
    """
    missed = g.lines[~g.lines["good"]].drop_duplicates("customer")
    worth = np.bincount(g.of_line[missed.index], missed["worth"], g.count)
    return np.where(g.sum_lines() > 0, worth * g.lost, np.nan)


METRIC_LIST = (
    Metric("on_time_rate", MetricUnit.SHARE, _on_time_rate, "On time"),
    Metric("otif", MetricUnit.SHARE, _otif, "OTIF"),
    Metric("perfect_order_rate", MetricUnit.SHARE, _perfect_order_rate, "Perfect orders"),
    Metric("cycle_time_mean", MetricUnit.DAYS, _cycle_time_mean, "Days"),
    Metric("cycle_time_p90", MetricUnit.DAYS, _cycle_time_p90, "9 in 10"),
    Metric("backlog_age", MetricUnit.DAYS, _backlog_age, "Backlog, days"),
    Metric("region_spread", MetricUnit.SHARE, _region_spread, of_parts=False),
    Metric("service_spread", MetricUnit.SHARE, _service_spread, of_parts=False),
    Metric("value_at_risk", MetricUnit.CURRENCY, _value_at_risk, "At risk"),
)
"""Every metric, in the order of ``metrics.csv``."""


def _external_values(scenario: Scenario) -> pd.DataFrame:
    """Latest value of each kind of signal from elsewhere, a column for each, by customer."""
    signals, start = scenario["signals"], pd.Timestamp(scenario.settings.horizon.start)
    ours = signals["kind"].isin(list(Delivery))
    known = signals[~ours & signals["value"].notna() & (signals["date"] <= start)]
    latest = known.sort_values(["date", "value"], kind="stable").drop_duplicates(
        ["customer", "kind"], keep="last"
    )
    return latest.pivot_table(index="customer", columns="kind", values="value", observed=True)


def _external_means(level: list[str], lines: pd.DataFrame, external: pd.DataFrame) -> pd.DataFrame:
    """Average over the customers of each group what is measured elsewhere."""
    names = {name: lines[name] if name in level else "" for name in GROUP}
    people = pd.DataFrame(names, index=lines.index).assign(customer=lines["customer"])
    each = people.drop_duplicates().join(external, on="customer").drop(columns="customer")
    means = each.groupby(GROUP)[list(external.columns)].mean().add_suffix(ELSEWHERE)
    rows = means.reset_index().melt(GROUP, var_name="metric", value_name="value")
    return rows.dropna(subset="value").astype(METRICS)
