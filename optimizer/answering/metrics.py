"""Delivery in the terms of customers, from what each line got and what was sent for it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.problem import Problem
from models.relationship import Delivery
from models.scenario import Scenario
from models.solution import ELSEWHERE, METRICS, Metric
from models.tolerances import DECIMALS, UNIT

NINE_IN_TEN = 0.9
LEVELS: tuple[list[str], ...] = ([], ["segment"], ["segment", "stage"], ["segment", "region"])
"""What is told apart: nothing, segments, their stages, their regions."""
METRIC_RANK = {str(metric): nth for nth, metric in enumerate(Metric)}

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def metrics_of(
    scenario: Scenario, problem: Problem, outcome: pd.DataFrame, shipped: pd.DataFrame
) -> pd.DataFrame:
    """Work out every metric of everybody, of segments, and of their stages and regions.

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
    lines = _lines(scenario, problem, outcome)
    sent = _sent(scenario, problem, lines, shipped)
    at_risk = 1.0 - scenario.settings.retention_after_miss
    heard = _heard(scenario)
    told = pd.concat([_of_level(level, lines, sent, at_risk) for level in LEVELS])
    told = told.melt(list(METRICS)[:3], var_name="metric").dropna(subset="value")
    if not heard.empty:
        told = pd.concat([told, *(_elsewhere(level, lines, heard) for level in LEVELS)])
    rank = {name: nth for nth, name in enumerate(["", *scenario.settings.segments])}
    sequence = told.assign(
        nth=told["segment"].map(rank),
        of_region=told["region"] != "",
        rank=told["metric"].map(METRIC_RANK).fillna(len(METRIC_RANK)),
    )
    keys = ["nth", "of_region", "stage", "region", "rank", "metric"]
    rows = sequence.sort_values(keys, ignore_index=True)[list(METRICS)]
    return rows.astype(METRICS).round(DECIMALS)


def _lines(scenario: Scenario, problem: Problem, outcome: pd.DataFrame) -> pd.DataFrame:
    """Say whose each line is, and how long ago it was ordered [day]."""
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


def _sent(
    scenario: Scenario, problem: Problem, lines: pd.DataFrame, shipped: pd.DataFrame
) -> pd.DataFrame:
    """Say of each shipment how long it takes from the order on [day], and how well it is picked."""
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


def _of_level(
    level: list[str], lines: pd.DataFrame, sent: pd.DataFrame, at_risk: float
) -> pd.DataFrame:
    """Work out the metrics of each group: what is told apart, and a column for each metric."""
    if level:
        group = np.asarray(lines.groupby(level).ngroup(), dtype=np.int64)
        names = lines[level].drop_duplicates().sort_values(level, ignore_index=True)
    else:
        group, names = np.zeros(len(lines), dtype=np.int64), pd.DataFrame(index=range(1))
    figures = _figures(group, len(names), lines, sent, at_risk)
    if level in LEVELS[:2]:
        figures |= _spreads(group, len(names), lines, sent)
    told = pd.DataFrame({str(metric): values for metric, values in figures.items()})
    blank = {name: "" for name in ("segment", "stage", "region") if name not in level}
    return names.assign(**blank).join(told)


def _figures(
    group: Ints, count: int, lines: pd.DataFrame, sent: pd.DataFrame, at_risk: float
) -> dict[Metric, Floats]:
    """Work out each metric by group; NaN where it means nothing."""
    of_sent = group[sent["line"]]
    units = np.bincount(of_sent, sent["units"], count)
    short = (lines["ordered"] - lines["delivered"]).to_numpy()
    open_ = np.bincount(group, short, count)
    age = np.maximum(-lines["ordered_on"].to_numpy(), 0)
    missed = lines[~lines["good"]].drop_duplicates("customer")
    worth = np.bincount(group[missed.index], missed["worth"], count)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            Metric.ON_TIME_RATE: np.bincount(of_sent, sent["in_time"], count) / units,
            Metric.OTIF: np.bincount(group, lines["good"], count) / np.bincount(group, None, count),
            Metric.PERFECT_ORDER_RATE: _perfect(group, count, lines, sent),
            Metric.CYCLE_TIME_MEAN: np.bincount(of_sent, sent["units"] * sent["cycle"], count)
            / units,
            Metric.CYCLE_TIME_P90: _most_of(of_sent, count, sent),
            Metric.BACKLOG_AGE: np.bincount(group, short * age, count)
            / np.where(open_ > UNIT, open_, np.nan),
            Metric.VALUE_AT_RISK: np.where(
                np.bincount(group, None, count) > 0, worth * at_risk, np.nan
            ),
        }


def _perfect(group: Ints, count: int, lines: pd.DataFrame, sent: pd.DataFrame) -> Floats:
    """Expect so many of the orders in full, on time and without an error of picking, as a share."""
    order = lines["order"].to_numpy()
    good = np.ones(order.max(initial=-1) + 1)
    np.minimum.at(good, order, lines["good"].to_numpy(dtype=float))
    np.multiply.at(good, order[sent["line"]], sent["accuracy"].to_numpy())
    first = lines.drop_duplicates("order").index
    of_order = group[first]
    perfect = np.bincount(of_order, good[order[first]], count)
    share: Floats = perfect / np.bincount(of_order, None, count)
    return share


def _most_of(of_sent: Ints, count: int, sent: pd.DataFrame) -> Floats:
    """Find the fewest days within which nine in ten units of each group arrive."""
    cycle, units = sent["cycle"].to_numpy(), sent["units"].to_numpy()
    work = np.lexsort((cycle, of_sent))
    by, total = of_sent[work], np.bincount(of_sent, units, count)
    so_far = np.cumsum(units[work]) - (np.cumsum(total) - total)[by]
    enough = np.flatnonzero(so_far >= NINE_IN_TEN * total[by] - UNIT)
    found, first = np.unique(by[enough], return_index=True)
    days = np.full(count, np.nan)
    days[found] = cycle[work[enough[first]]]
    return days


def _spreads(
    group: Ints, count: int, lines: pd.DataFrame, sent: pd.DataFrame
) -> dict[Metric, Floats]:
    """Say how evenly each group is served on time, by region and by service that delivers."""
    region, service = pd.factorize(lines["region"])[0], sent["service"].to_numpy()
    of_sent = group[sent["line"]]
    return {
        Metric.REGION_SPREAD: _spread(group, count, region, lines["on_time"], lines["ordered"]),
        Metric.SERVICE_SPREAD: _spread(of_sent, count, service, sent["in_time"], sent["units"]),
    }


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


def _heard(scenario: Scenario) -> pd.DataFrame:
    """Latest value of each kind of signal from elsewhere, a column for each, by customer."""
    signals, start = scenario["signals"], pd.Timestamp(scenario.settings.horizon.start)
    ours = signals["kind"].isin(list(Delivery))
    known = signals[~ours & signals["value"].notna() & (signals["date"] <= start)]
    latest = known.sort_values(["date", "value"], kind="stable").drop_duplicates(
        ["customer", "kind"], keep="last"
    )
    return latest.pivot_table(index="customer", columns="kind", values="value", observed=True)


def _elsewhere(level: list[str], lines: pd.DataFrame, heard: pd.DataFrame) -> pd.DataFrame:
    """Average over the customers of each group what is measured elsewhere."""
    groups = list(METRICS)[:3]
    told = {name: lines[name] if name in level else "" for name in groups}
    people = pd.DataFrame(told, index=lines.index).assign(customer=lines["customer"])
    each = people.drop_duplicates().join(heard, on="customer").drop(columns="customer")
    means = each.groupby(groups)[list(heard.columns)].mean().add_suffix(ELSEWHERE)
    rows = means.reset_index().melt(groups, var_name="metric", value_name="value")
    return rows.dropna(subset="value").astype(METRICS)
