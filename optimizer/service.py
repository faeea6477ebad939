"""From shipped units to people: shipments, lines, service by segment, totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.allocation import fair_customers
from models.problem import FULL, Problem
from models.scenario import Scenario
from models.settings import GoalName, Measure, Segment
from models.solution import (
    FAIRNESS,
    LINES,
    SERVICE,
    SHIPMENTS,
    SHORTAGES,
    TRANSFERS,
    Goal,
    Solution,
    Status,
)
from optimizer.customers.contracts import contracts_of
from optimizer.customers.notices import notices_of
from optimizer.customers.outcomes import signals_of
from optimizer.customers.remedies import remedies_of
from optimizer.customers.staging import stage_moves
from optimizer.holding_back import reserve_of, set_aside
from optimizer.marginal import no_prices
from optimizer.metrics import metrics_of
from optimizer.ranking import ranked
from optimizer.reasons import attributed, main_reasons
from optimizer.remaining import restocked

DECIMALS = 9
"""Figures are rounded to this many decimals, to remove binary noise."""
TOLERANCE = 1e-6
"""Smaller differences are none [unit, currency, line, order]."""

Floats = NDArray[np.float64]


def solution_of(
    scenario: Scenario,
    problem: Problem,
    x: Floats,
    moved: Floats,
    *,
    policy: str,
    status: Status,
    goals: Sequence[Goal],
    best_reachable: Mapping[str, float],
    attainable: Mapping[int, float] | None = None,
    prices: pd.DataFrame | None = None,
) -> Solution:
    """Tell an answer in the frames of a run folder.

    Parameters
    ----------
    scenario
        The question.
    problem
        Prepared from it.
    x
        Units shipped, or held for forecast demand, by each row of ``problem.options``, shape
        (options,).
    moved
        Units moved by each row of ``problem.moves``, shape (moves,).
    policy, status, goals
        How the answer was made and what was proved.
    best_reachable
        Best level found for a segment whose target is missed, by segment; the plan's own level
        counts too.
    attainable
        What each target would miss in a plan in fractions, by row of ``problem.segments`` [base
        unit]; where it was tested.
    prices
        What the last unit of each resource is worth.

    Returns
    -------
    Solution
        Shipments by rank; every figure rounded to 9 decimals.
    """
    units, prices = np.round(x, DECIMALS), no_prices() if prices is None else prices
    missing = attributed(scenario, problem, units, moved)
    reserve = reserve_of(scenario, problem, units, prices)
    left = set_aside(restocked(problem, moved), units)
    problem = problem.real()
    units = units[: len(problem.options)]
    shipped = _shipped(problem, units)
    outcome = _outcome(problem, shipped)
    transfers = transfers_of(problem, np.round(moved, DECIMALS))
    shipments = _shipments(problem, outcome, shipped)
    lines = _lines(problem, outcome, main_reasons(missing, len(problem.lines)))
    remedies = remedies_of(scenario, left, units, lines)
    contracts = contracts_of(problem, *_by_party(problem, outcome), attainable or {})
    totals = _totals(problem, outcome, shipped, moved, float(contracts["penalty"].sum()))
    return Solution(
        scenario=scenario.settings.name,
        policy=policy,
        status=status,
        goals=tuple(goals),
        totals=totals,
        shipments=shipments,
        lines=lines,
        shortages=_shortages(problem, lines, missing),
        service=_service(problem, outcome, best_reachable),
        transfers=_held(transfers, TRANSFERS),
        reserve=reserve,
        prices=prices,
        fairness=_fairness(problem, outcome),
        metrics=metrics_of(scenario, problem, outcome, shipped),
        contracts=contracts,
        stages=stage_moves(scenario.settings, scenario["customers"], scenario["signals"]),
        signals=signals_of(scenario, lines, shipments),
        remedies=remedies,
        notices=notices_of(problem, lines, remedies),
    )


def _shipped(problem: Problem, units: Floats) -> pd.DataFrame:
    """Ways in use, with what they cost and are worth; promised and free units together."""
    rows = problem.options.assign(quantity=units)
    rows = rows[rows["quantity"] > 0]
    rows["promised"] = rows["frozen"] >= 0
    alike = rows.groupby(["line", "item", "site", "service", "day"])
    together = alike[["quantity", "promised"]].agg({"quantity": "sum", "promised": "any"})
    rows = alike.first().drop(columns=["quantity", "promised"]).join(together).reset_index()
    rows["delivered"] = (rows["quantity"] * rows["gives"]).round(DECIMALS)
    rows["cost"] = rows["quantity"] * rows["unit_cost"]
    rows["value"] = rows["quantity"] * rows["unit_worth"]
    rows["kg_co2"] *= rows["quantity"]
    return rows


def _outcome(problem: Problem, shipped: pd.DataFrame) -> pd.DataFrame:
    """Sum up what each line of the problem got, and whether it and its order are full."""
    lines, by = problem.lines, shipped["line"].to_numpy()
    quantity, on_time = shipped["delivered"].to_numpy(), shipped["on_time"].to_numpy()
    outcome = lines[["order", "segment", "quantity", "unit_value", "held"]].assign(
        delivered=np.bincount(by, quantity, len(lines)),
        on_time=np.bincount(by, quantity * on_time, len(lines)),
        last_arrival=shipped.groupby("line")["arrival"].max(),
    )
    for amount, full in (("delivered", "full"), ("on_time", "full_on_time")):
        outcome[full] = (outcome[amount] - outcome["quantity"]).abs() <= TOLERANCE
        outcome[f"order_{full}"] = outcome.groupby("order")[full].transform("all")
    return outcome


def _held(frame: pd.DataFrame, contract: Mapping[str, str]) -> pd.DataFrame:
    held = frame[list(contract)].astype(dict(contract))
    amounts = [name for name, dtype in contract.items() if dtype == "float64"]
    held[amounts] = held[amounts].round(DECIMALS)
    return held


def _shipments(problem: Problem, outcome: pd.DataFrame, shipped: pd.DataFrame) -> pd.DataFrame:
    line = problem.lines.iloc[shipped["line"]].reset_index(drop=True)
    rows = shipped.assign(
        segment=line["segment"],
        order=problem.orders["order"].to_numpy()[line["order"]],
        item=problem.items[shipped["item"]],
        tier=line["tier"],
        site=problem.sites[shipped["site"]],
        service=problem.services[shipped["service"]],
        ship_date=problem.dates(shipped["day"]),
        arrival_date=problem.dates(shipped["arrival"]),
        code=shipped["line"],
        line=line["line"],
    )
    work = ranked(rows)
    return _held(work.assign(reason=_served_goals(problem, outcome, work)), SHIPMENTS)


def _served_goals(problem: Problem, outcome: pd.DataFrame, work: pd.DataFrame) -> NDArray[np.str_]:
    """Name the first goal that each row serves, as the rows of a segment are worked off by rank.

    A row serves a floor or target that its units count towards while the rows before it leave
    that open.
    """
    counted = _counted(problem, outcome.iloc[work["code"]].reset_index(drop=True), work)
    before = counted.groupby(work["segment"]).cumsum() - counted
    segments = problem.segments.iloc[work["segment"]].reset_index(drop=True)
    serves = {
        "commitment": work["promised"],
        "floor": (counted > 0) & (before < segments["floor_need"] - TOLERANCE),
        "target": (counted > 0) & (before < segments["target_need"] - TOLERANCE),
        "fill": pd.Series(data=True, index=work.index),
        "value": pd.Series(data=True, index=work.index),
    }
    goals = problem.settings.goals
    asked = [name for name in _FAMILIES if name in goals]
    asked.sort(key=goals.index)
    words = [_FAMILIES[name] for name in asked]
    words = words or ["value"]
    return np.select([serves[word] for word in words], words, "value")


_FAMILIES = {
    GoalName.COMMITMENTS: "commitment",
    GoalName.FLOORS: "floor",
    GoalName.TARGETS: "target",
    GoalName.FILL: "fill",
    GoalName.VALUE: "value",
}


def _counted(problem: Problem, line: pd.DataFrame, work: pd.DataFrame) -> pd.Series:
    """Count each row in its segment's own measure; as a share where only whole things count."""
    segments = problem.segments.iloc[work["segment"]].reset_index(drop=True)
    base, punctual = segments["base"], segments["on_time"]
    per_order = problem.lines.groupby("order")["quantity"].sum()
    quantity = work["delivered"]
    full_line = line["full"].where(~punctual, line["full_on_time"])
    full_order = line["order_full"].where(~punctual, line["order_full_on_time"])
    amount = np.select(
        [base == "unit", base == "value", base == "line"],
        [quantity, quantity * line["unit_value"], full_line * quantity / line["quantity"]],
        full_order * quantity / per_order.loc[line["order"]].to_numpy(),
    )
    return pd.Series(np.where(punctual & ~work["on_time"], 0.0, amount), index=work.index)


def _lines(problem: Problem, outcome: pd.DataFrame, reasons: NDArray[np.object_]) -> pd.DataFrame:
    orders = problem.orders["order"].iloc[outcome["order"]]
    customers, stages = (
        problem.orders[name].iloc[outcome["order"]] for name in ("customer", "stage")
    )
    table = outcome.assign(
        order=orders.to_numpy(),
        line=problem.lines["line"],
        customer=customers.to_numpy(),
        segment=problem.segments["segment"].to_numpy()[outcome["segment"]],
        stage=stages.to_numpy(),
        tier=problem.lines["tier"],
        item=problem.items[problem.lines["item"]],
        ordered=outcome["quantity"],
        delivered_on_time=outcome["on_time"],
        short=outcome["quantity"] - outcome["delivered"],
        last_arrival=problem.dates(outcome["last_arrival"]),
        status=np.select(
            [
                outcome["full_on_time"],
                outcome["full"],
                outcome["delivered"] > TOLERANCE,
                outcome["held"],
            ],
            ["on_time", "late", "partial", "held"],
            "short",
        ),
        reason=reasons,
    )
    return _held(table, LINES)


def _shortages(problem: Problem, lines: pd.DataFrame, missing: pd.DataFrame) -> pd.DataFrame:
    """Name what each line misses."""
    of = lines[["order", "line"]].iloc[missing["line"]].reset_index(drop=True)
    pair = missing["pair"].to_numpy()
    names = {
        name: np.append(known[problem.pairs[name]], "")[pair]
        for name, known in (("item", problem.items), ("site", problem.sites))
    }
    until = problem.dates(missing["until"].where(pair >= 0))
    rows = of.assign(reason=missing["reason"], **names, until=until, units=missing["units"])
    return _held(rows, SHORTAGES)


def _service(
    problem: Problem, outcome: pd.DataFrame, best_reachable: Mapping[str, float]
) -> pd.DataFrame:
    achieved, ordered = _by_segment(problem, outcome)
    periods = _periods(problem, outcome)
    rows = []
    for code, (name, segment) in enumerate(problem.settings.segments.items()):
        for measure in Measure:
            base = float(ordered[measure.base].iloc[code])
            reached = float(achieved[measure].iloc[code])
            row: dict[str, str | float | None] = {
                "segment": name,
                "measure": str(measure),
                "achieved": reached / base if base else np.nan,
            }
            if measure == segment.measure:
                mine = periods[periods["of"] == code]
                row |= _promise(segment, base, reached, mine)
                row |= _reachable(row, mine, best_reachable.get(name))
            rows.append(row)
    return _held(pd.DataFrame(rows, columns=list(SERVICE)), SERVICE)


def _promise(
    segment: Segment, base: float, reached: float, periods: pd.DataFrame
) -> dict[str, float | None]:
    """Target, floor and what is missing; a target counts period to date, a floor does not."""
    target, floor = segment.target.level if segment.target else None, segment.floor
    if target is None:
        missing = max(0.0, (floor or 0.0) * base - reached)
        return {} if floor is None else {"floor": floor, "shortfall": missing}
    missing = float((target * periods["ordered"] - periods["served"]).clip(lower=0.0).sum())
    return {"target": target, "floor": floor, "shortfall": missing}


def _reachable(
    promise: Mapping[str, object], periods: pd.DataFrame, best: float | None
) -> dict[str, float]:
    """Best level of a missed target, at least that of this plan."""
    target, missing = promise.get("target"), promise.get("shortfall")
    if best is None or not isinstance(target, float) or not isinstance(missing, float):
        return {}
    if missing <= TOLERANCE:
        return {}
    return {"best_reachable": min(max(best, target - missing / periods["ordered"].sum()), target)}


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
            "ordered": [ordered[measures[of[row]].base].iloc[row] for row in rows],
            "served": [achieved[measures[of[row]]].iloc[row] for row in rows],
        }
    )
    before = parties[["ordered_before", "served_before"]].groupby(party).sum()
    return (now + before.to_numpy()).assign(of=of)


def _by_segment(problem: Problem, outcome: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Achieved by measure and ordered by base, one row for each segment [base units]."""
    own = problem.segments["of"].to_numpy()[outcome["segment"]]
    return _by(own, len(problem.settings.segments), outcome)


def _by_party(problem: Problem, outcome: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
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
    """Achieved by measure and ordered by base, one row for each group of lines [base units]."""
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
    }
    ordered = {
        "unit": outcome["quantity"],
        "value": outcome["quantity"] * worth,
        "line": pd.Series(1.0, index=outcome.index),
        "order": first,
    }
    a, b = (
        pd.DataFrame(part).astype(float).groupby(own).sum().reindex(range(count), fill_value=0.0)
        for part in (achieved, ordered)
    )
    return a, b


def _fairness(problem: Problem, outcome: pd.DataFrame) -> pd.DataFrame:
    """Share out what customers got of what they could get alone, where a segment is fair."""
    rows = fair_customers(problem)
    customer = problem.orders["customer"].to_numpy()[outcome["order"]]
    got = outcome["delivered"].groupby(customer).sum()
    delivered = got.reindex(rows["customer"], fill_value=0.0).to_numpy()
    reachable = rows["reachable"].where(rows["reachable"] > FULL, 0.0).astype(float)
    names = np.array(list(problem.settings.segments), dtype=object)
    rows = rows.assign(
        segment=names[rows["of"].to_numpy(dtype=int)],
        delivered=delivered,
        reachable=reachable,
        share=delivered / reachable.where(reachable > 0),
    )
    return _held(rows.sort_values(["segment", "customer"], ignore_index=True), FAIRNESS)


def transfers_of(problem: Problem, moved: Floats) -> pd.DataFrame:
    """Transfers carried out, whatever the certainty of their stock, sorted by their columns."""
    rows = problem.moves.assign(quantity=moved)
    rows = rows[rows["quantity"] > 0]
    pairs = problem.pairs
    leaves, lands = (
        pairs.iloc[problem.epochs["pair"].iloc[rows[name]]] for name in ("from_epoch", "to_epoch")
    )
    told = pd.DataFrame(
        {
            "from_site": problem.sites[leaves["site"]],
            "to_site": problem.sites[lands["site"]],
            "item": problem.items[leaves["item"]],
            "ship_date": problem.dates(rows["day"]).to_numpy(),
            "arrival_date": problem.dates(rows["arrival"]).to_numpy(),
            "quantity": rows["quantity"].to_numpy(),
        }
    )
    keys = [name for name in TRANSFERS if name != "quantity"]
    return told.groupby(keys)[["quantity"]].sum().reset_index()


def _totals(
    problem: Problem,
    outcome: pd.DataFrame,
    shipped: pd.DataFrame,
    moved: Floats,
    penalties: float,
) -> dict[str, float]:
    """Sum everything up; penalties are a cost."""
    transfers = problem.moves["unit_cost"].to_numpy() @ moved
    sent = np.unique(shipped["parcel"][shipped["parcel"] >= 0])
    fees = problem.parcels["cost"].to_numpy()[sent].sum()
    sums = {
        "ordered_units": outcome["quantity"].sum(),
        "delivered_units": shipped["delivered"].sum(),
        "on_time_units": shipped["delivered"].where(shipped["on_time"], 0.0).sum(),
        "delivered_value": shipped["value"].sum(),
        "cost": shipped["cost"].sum() + fees + transfers + penalties,
        "kg_co2": shipped["kg_co2"].sum(),
    }
    return {"lines": len(outcome)} | {n: round(float(v), DECIMALS) for n, v in sums.items()}
