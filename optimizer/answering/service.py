"""Service: what lines, segments and parties get of what they ordered, in each measure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.allocation import fair_customers
from models.problem import Problem
from models.settings import Measure, Segment, Target
from models.solution import FAIRNESS, SERVICE
from models.tolerances import DECIMALS, UNIT
from optimizer.outcome import Reachable


def delivered_lines(problem: Problem, shipped: pd.DataFrame) -> pd.DataFrame:
    """Sum up what each line of the problem got, and whether it and its order are full.

    What is not due of an order need not be there.
    """
    lines, by = problem.lines, shipped["line"].to_numpy()
    quantity, on_time = shipped["delivered"].to_numpy(), shipped["on_time"].to_numpy()
    known = ["order", "segment", "quantity", "enough", "unit_value", "held", "due"]
    outcome = lines[known].assign(
        overdue=problem.overdue,
        delivered=np.bincount(by, quantity, len(lines)),
        on_time=np.bincount(by, quantity * on_time, len(lines)),
        last_arrival=shipped.groupby("line")["arrival"].max(),
    )
    for amount, full in (("delivered", "full"), ("on_time", "full_on_time")):
        outcome[full] = outcome[amount] >= outcome["enough"] - UNIT
        fine = outcome[full] | ~outcome["due"]
        outcome[f"order_{full}"] = fine.groupby(outcome["order"]).transform("all")
    return outcome


def as_frame(frame: pd.DataFrame, contract: Mapping[str, str]) -> pd.DataFrame:
    """Hold a frame to its columns and dtypes; amounts rid of binary noise."""
    typed = frame[list(contract)].astype(dict(contract))
    amounts = [name for name, dtype in contract.items() if dtype == "float64"]
    typed[amounts] = typed[amounts].round(DECIMALS)
    return typed


def service_of(
    problem: Problem, outcome: pd.DataFrame, reachable: Mapping[str, Reachable]
) -> pd.DataFrame:
    """Promised and reached service by segment and measure: the columns of ``SERVICE``."""
    achieved, ordered = _by_segment(problem, outcome)
    periods = _periods(problem, outcome)
    rows = []
    for code, (name, segment) in enumerate(problem.settings.segments.items()):
        for measure in Measure:
            base = float(ordered[measure.whole_of].iloc[code])
            reached = float(achieved[measure].iloc[code])
            row: dict[str, str | float | None] = {
                "segment": name,
                "measure": str(measure),
                "achieved": reached / base if base else np.nan,
            }
            if segment.floor is not None and measure == segment.floor_measure:
                row |= _guaranteed(segment, base, reached)
            if segment.target and measure == segment.measure:
                mine = periods[periods["of"] == code]
                row |= _targeted(segment.target, mine)
                row |= _reachable(row, mine, reachable.get(name))
            rows.append(row)
    return as_frame(pd.DataFrame(rows, columns=list(SERVICE)), SERVICE)


def _guaranteed(segment: Segment, base: float, reached: float) -> dict[str, float | None]:
    """Floor and what is missing to it."""
    level = segment.floor_level or 0.0
    return {"floor": level, "shortfall": max(0.0, level * base - reached)}


def _targeted(target: Target, periods: pd.DataFrame) -> dict[str, float | None]:
    """Target and what is missing to it, period to date."""
    missing = (target.level * periods["ordered"] - periods["served"]).clip(lower=0.0).sum()
    return {"target": target.level, "shortfall": float(missing)}


def _reachable(
    promise: Mapping[str, object], periods: pd.DataFrame, found: Reachable | None
) -> dict[str, float]:
    """Levels that a missed target could reach, none below that of this plan."""
    target, missing = promise.get("target"), promise.get("shortfall")
    if found is None or not isinstance(target, float) or not isinstance(missing, float):
        return {}
    if missing <= UNIT:
        return {}
    ordered = periods["ordered"].sum()
    level = float(periods["served"].sum() / ordered)
    together = max(found.together, level)
    alone = max(found.alone, together)
    return {
        "best_reachable": min(max(alone, target - missing / ordered), target),
        "reachable": alone,
        "reachable_bound": max(found.bound, alone),
        "reachable_together": together,
    }


def _periods(problem: Problem, outcome: pd.DataFrame) -> pd.DataFrame:
    """Ordered and served in the review period, now included, in each segment's own measure.

    A row for each customer of segments whose ledger is by customer, and one for each other segment.
    """
    parties, measures = problem.segments, [s.measure for s in problem.settings.segments.values()]
    who = pd.MultiIndex.from_frame(parties[["of", "customer"]])
    names = who.unique()
    party = names.get_indexer(who)
    achieved, ordered = _by(party[outcome["segment"]], len(names), outcome)
    of = names.get_level_values("of").to_numpy()
    rows = range(len(names))
    now = pd.DataFrame(
        {
            "ordered": [ordered[measures[of[row]].whole_of].iloc[row] for row in rows],
            "served": [achieved[measures[of[row]]].iloc[row] for row in rows],
        }
    )
    before = parties[["ordered_before", "served_before"]].groupby(party).sum()
    return (now + before.to_numpy()).assign(of=of)


def _by_segment(problem: Problem, outcome: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Achieved by measure and ordered by base, one row for each segment [base units]."""
    own = problem.segments["of"].to_numpy()[outcome["segment"]]
    return _by(own, len(problem.settings.segments), outcome)


def by_party(problem: Problem, outcome: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Achieved by measure and ordered by base, one row for each party [base units].

    An order with lines of several parties counts for that of its best tier.
    """
    of_order = problem.orders["segment"].to_numpy()[outcome["order"]]
    by_line, by_order = (
        _by(owner, len(problem.segments), outcome)
        for owner in (outcome["segment"].to_numpy(), of_order)
    )
    for lines, orders in zip(by_line, by_order, strict=True):
        whole = [name for name in lines.columns if str(name).startswith("order")]
        lines[whole] = orders[whole]
    return by_line


def _by(
    own: NDArray[np.int64], count: int, outcome: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Achieved by measure and ordered by base, of the due lines of each group [base units]."""
    due = outcome["due"].to_numpy()
    own, outcome = own[due], outcome[due]
    first = ~outcome.duplicated("order")
    worth = outcome["unit_value"]
    achieved = {
        Measure.UNIT_FILL: outcome["delivered"],
        Measure.UNIT_OTIF: outcome["on_time"],
        Measure.VALUE_FILL: outcome["delivered"] * worth,
        Measure.VALUE_OTIF: outcome["on_time"] * worth,
        Measure.LINE_FILL: outcome["full"],
        Measure.LINE_OTIF: outcome["full_on_time"],
        Measure.ORDER_FILL: outcome["order_full"] & first,
        Measure.ORDER_OTIF: outcome["order_full_on_time"] & first,
        Measure.BACKLOG_FILL: outcome["delivered"].where(outcome["overdue"], 0.0),
    }
    ordered = {
        "unit": outcome["quantity"],
        "value": outcome["quantity"] * worth,
        "line": pd.Series(1.0, index=outcome.index),
        "order": first,
        "backlog": outcome["quantity"].where(outcome["overdue"], 0.0),
    }
    a, b = (
        pd.DataFrame({name: np.bincount(own, amount, count) for name, amount in part.items()})
        for part in (achieved, ordered)
    )
    return a, b


def fairness_of(problem: Problem, outcome: pd.DataFrame) -> pd.DataFrame:
    """Share out what customers got of what they could get alone, where a segment is fair."""
    rows = fair_customers(problem)
    customer = problem.orders["customer"].to_numpy()[outcome["order"]]
    units = outcome["delivered"].where(outcome["due"], 0.0).groupby(customer).sum()
    delivered = units.reindex(rows["customer"], fill_value=0.0).to_numpy()
    reachable = rows["reachable"].where(rows["reachable"] > UNIT, 0.0).astype(float)
    names = np.array(list(problem.settings.segments), dtype=object)
    rows = rows.assign(
        segment=names[rows["of"].to_numpy(dtype=int)],
        delivered=delivered,
        reachable=reachable,
        share=delivered / reachable.where(reachable > 0),
    )
    return as_frame(rows.sort_values(["segment", "customer"], ignore_index=True), FAIRNESS)
