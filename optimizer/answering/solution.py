"""From shipped units to people: the frames of the answer, and its totals."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.goals import GoalName
from models.problem import Problem
from models.scenario import Scenario
from models.solution import LINES, NOT_DUE, SHIPMENTS, SHORTAGES, TRANSFERS, Solution
from models.tolerances import DECIMALS, UNIT
from optimizer.answering.broken_promises import last_promised
from optimizer.answering.contracts import contracts_of
from optimizer.answering.metrics import metrics_of
from optimizer.answering.notices import notices_of
from optimizer.answering.ranking import rank_shipments
from optimizer.answering.reasons import main_reasons, missing_by_reason
from optimizer.answering.remedies import remedies_of
from optimizer.answering.reserve import reserve_of, without_reserve
from optimizer.answering.service import as_frame, by_party, delivered_lines, fairness_of, service_of
from optimizer.answering.signals import signals_of
from optimizer.outcome import Outcome
from optimizer.policies.problem_variants import with_transfers
from optimizer.policies.shares import with_policy_limits
from optimizer.scenario.stages import stage_moves

Floats = NDArray[np.float64]

NEVER = 10**6
"""A promised day of what moves no promise."""


def solution_of(scenario: Scenario, outcome: Outcome) -> Solution:
    """Tell an outcome in the frames of a run folder.

    Parameters
    ----------
    scenario
        The question.
    outcome
        What is shipped and moved, and its proof.

    Returns
    -------
    Solution
        Shipments by rank; every figure rounded to 9 decimals.
    """
    units, prices = np.round(outcome.x, DECIMALS), outcome.prices
    ruled = with_policy_limits(outcome.problem)
    missing = missing_by_reason(scenario, ruled, units, outcome.moved)
    left = without_reserve(with_transfers(outcome.problem, outcome.moved), units)
    reserve = reserve_of(scenario, outcome.problem, units, prices)
    problem = outcome.problem.real()
    units = units[: len(problem.options)]
    shipped = _shipped(problem, units)
    served = delivered_lines(problem, shipped)
    shipments = _shipments(problem, served, shipped)
    lines = _lines(problem, served, main_reasons(missing, len(problem.lines)))
    remedies = remedies_of(scenario, left, units, lines)
    contracts = contracts_of(problem, *by_party(problem, served), outcome.attainable)
    penalties = float(contracts["penalty"].sum())
    return Solution(
        scenario=scenario.settings.name,
        policy=scenario.settings.policy.value,
        status=outcome.status,
        goals=outcome.goals,
        totals=_totals(problem, served, shipped, outcome.moved, penalties),
        shipments=shipments,
        lines=lines,
        shortages=_shortages(problem, lines, missing),
        service=service_of(problem, served, outcome.reachable),
        transfers=as_frame(transfers_of(problem, np.round(outcome.moved, DECIMALS)), TRANSFERS),
        reserve=reserve,
        prices=prices,
        fairness=fairness_of(problem, served),
        metrics=metrics_of(scenario, problem, served, shipped),
        contracts=contracts,
        stages=stage_moves(scenario.settings, scenario["customers"], scenario["signals"]),
        signals=signals_of(scenario, lines, shipments),
        remedies=remedies,
        notices=notices_of(scenario, problem, lines, shipped, remedies),
    )


def figures_of(outcome: Outcome) -> tuple[pd.DataFrame, Mapping[str, float]]:
    """Tell service and totals of an outcome alone, as :func:`solution_of` does.

    Parameters
    ----------
    outcome
        What is shipped and moved.
    """
    problem = outcome.problem.real()
    shipped = _shipped(problem, np.round(outcome.x[: len(problem.options)], DECIMALS))
    served = delivered_lines(problem, shipped)
    contracts = contracts_of(problem, *by_party(problem, served), {})
    penalties = float(contracts["penalty"].sum())
    totals = _totals(problem, served, shipped, outcome.moved, penalties)
    return service_of(problem, served, {}), totals


def _shipped(problem: Problem, units: Floats) -> pd.DataFrame:
    """Ways in use, with what they cost and are worth; promised and free units together.

    What moves a promise is apart, with the days that it was made for (``NEVER`` elsewhere).
    """
    rows = problem.options.assign(quantity=units)
    rows = rows[rows["quantity"] > 0]
    rows["promised"] = rows["frozen"] >= 0
    moves, made = rows["moves"].to_numpy(), problem.frozen[["day", "arrival"]]
    for name in made.columns:
        rows[f"promised_{name}"] = NEVER
        rows.loc[moves, f"promised_{name}"] = made[name].to_numpy()[rows["frozen"][moves]]
    ids = ["line", "item", "site", "service", "day", "promised_day", "promised_arrival"]
    alike = rows.groupby(ids)
    together = alike[["quantity", "promised"]].agg({"quantity": "sum", "promised": "any"})
    rows = alike.first().drop(columns=["quantity", "promised"]).join(together).reset_index()
    rows["delivered"] = (rows["quantity"] * rows["gives"]).round(DECIMALS)
    rows["cost"] = rows["quantity"] * rows["unit_cost"]
    rows["value"] = rows["quantity"] * rows["unit_worth"]
    rows["kg_co2"] *= rows["quantity"]
    return rows


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
        promised_ship_date=_dates(problem, shipped["promised_day"]),
        promised_arrival_date=_dates(problem, shipped["promised_arrival"]),
        code=shipped["line"],
        line=line["line"],
    )
    work = rank_shipments(rows)
    return as_frame(work.assign(reason=_served_goals(problem, outcome, work)), SHIPMENTS)


def _dates(problem: Problem, days: pd.Series) -> pd.Series:
    """Turn days into dates, and days that never come into blanks."""
    return problem.dates(days.where(days != NEVER))


def _served_goals(problem: Problem, outcome: pd.DataFrame, work: pd.DataFrame) -> NDArray[np.str_]:
    """Name the first goal that each row serves, as the rows of a segment are worked off by rank.

    A row serves a floor or target that its units count towards while the rows before it leave
    that open.
    """
    line = outcome.iloc[work["code"]].reset_index(drop=True)
    serves = {
        "commitment": work["promised"],
        "floor": _serves_a_floor(problem, line, work),
        "target": _serves(
            problem, line, work, problem.segments.assign(waived=False), "target_need"
        ),
        "fill": pd.Series(data=True, index=work.index),
        "value": pd.Series(data=True, index=work.index),
    }
    last = GoalName.VALUE.served_as
    words = [goal.served_as for goal in problem.settings.goals if goal.served_as] or [last]
    return np.select([serves[word] for word in words], words, last)


def _serves_a_floor(problem: Problem, line: pd.DataFrame, work: pd.DataFrame) -> pd.Series:
    """Tell which rows serve any floor of their party."""
    nth = problem.floors.groupby("segment").cumcount()
    found = pd.Series(data=False, index=work.index)
    for _, floors in problem.floors.groupby(nth):
        mine = floors.set_index("segment").reindex(problem.segments.index)
        typed = mine.fillna({"base": "", "on_time": False, "backlog": False, "waived": False})
        found |= _serves(problem, line, work, typed, "need")
    return found


def _serves(
    problem: Problem, line: pd.DataFrame, work: pd.DataFrame, promised: pd.DataFrame, need: str
) -> pd.Series:
    """Tell which rows count towards a promise that the rows before them leave open.

    Parameters
    ----------
    problem, line, work
        The problem, what the line of each row got, and the rows in the order of work.
    promised
        By row of ``problem.segments`` how the promise counts, and its ``need``, NaN = none.
    need
        Column of that.
    """
    mine = promised.iloc[work["segment"]].reset_index(drop=True)
    counted = _counted(problem, line, work, mine)
    before = counted.groupby(work["segment"]).cumsum() - counted
    return (counted > 0) & (before < mine[need] - UNIT)


def _counted(
    problem: Problem, line: pd.DataFrame, work: pd.DataFrame, promised: pd.DataFrame
) -> pd.Series:
    """Count each row as its promise does; as a share where only whole things count."""
    base, overdue = promised["base"], line["overdue"]
    punctual = promised["on_time"].astype(bool) & ~(promised["waived"].astype(bool) & overdue)
    per_order = problem.lines[problem.counted].groupby("order")["quantity"].sum()
    quantity = work["delivered"]
    full_line = line["full"].where(~punctual, line["full_on_time"])
    full_order = line["order_full"].where(~punctual, line["order_full_on_time"])
    amount = np.select(
        [base == "unit", base == "value", base == "line"],
        [quantity, quantity * line["unit_value"], full_line * quantity / line["quantity"]],
        full_order * quantity / per_order.reindex(line["order"], fill_value=1.0).to_numpy(),
    )
    missed = (punctual & ~work["on_time"]) | (promised["backlog"].astype(bool) & ~overdue)
    return pd.Series(np.where(missed | ~line["due"], 0.0, amount), index=work.index)


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
        short=(outcome["quantity"] - outcome["delivered"]).mask(
            outcome["full"] | ~outcome["due"], 0.0
        ),
        last_arrival=problem.dates(outcome["last_arrival"]),
        status=np.select(
            [
                ~outcome["due"],
                outcome["full_on_time"],
                outcome["full"],
                outcome["delivered"] > UNIT,
                outcome["held"],
            ],
            [NOT_DUE, "on_time", "late", "partial", "held"],
            "short",
        ),
        reason=reasons,
        requested=problem.dates(problem.lines["requested"]),
        promised_before=problem.dates(last_promised(problem)),
        new_date=problem.dates(outcome["last_arrival"].where(outcome["full"])),
    )
    return as_frame(table, LINES)


def _shortages(problem: Problem, lines: pd.DataFrame, missing: pd.DataFrame) -> pd.DataFrame:
    """Name what each line misses."""
    of = lines[["order", "line"]].iloc[missing["line"]].reset_index(drop=True)
    pair = missing["pair"].to_numpy()
    names = {
        name: np.append(known[problem.pairs[name]], "")[pair]
        for name, known in (("item", problem.items), ("site", problem.sites))
    }
    until = problem.dates(missing["until"].where(pair >= 0))
    told = missing[["reason", "units", "kind"]]
    return as_frame(of.join(told).assign(**names, until=until), SHORTAGES)


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
    """Sum everything up; penalties are a cost. Lines and units are those of what is due."""
    transfers = problem.moves["unit_cost"].to_numpy() @ moved
    sent = np.unique(shipped["parcel"][shipped["parcel"] >= 0])
    fees = problem.parcels["cost"].to_numpy()[sent].sum()
    due, later = outcome[outcome["due"]], outcome[~outcome["due"]]
    sums = {
        "ordered_units": due["quantity"].sum(),
        "delivered_units": due["delivered"].sum(),
        "on_time_units": due["on_time"].sum(),
        "delivered_value": shipped["value"].sum(),
        "cost": shipped["cost"].sum() + fees + transfers + penalties,
        "kg_co2": shipped["kg_co2"].sum(),
    }
    sums |= {
        "not_due_lines": len(later),
        "not_due_units": (later["quantity"] - later["delivered"]).sum(),
    }
    return {"lines": len(due)} | {n: round(float(v), DECIMALS) for n, v in sums.items()}
