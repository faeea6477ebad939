"""Every statement of an answer held against the shipments: figures, reasons, names."""

from __future__ import annotations

import math

import pandas as pd

from models.goals import GoalKind, GoalName, kind_of
from models.judge.figures.measuring import Measured
from models.judge.findings import RELATIVE, ROW, TOLERANCE, differs, found, text
from models.judge.lookup.scenario_lookup import Lookup
from models.reasons import Reason
from models.settings import Policy, Settings
from models.solution import Solution, Status


def names_agree(settings: Settings, solution: Solution) -> list[str]:
    """Hold the answer to this scenario and to a policy that exists."""
    findings = []
    if solution.scenario != settings.name:
        findings.append(f"the answer is to scenario {solution.scenario}, not {settings.name}")
    if solution.policy not in list(Policy):
        findings.append(f"policy {solution.policy} must be one of {', '.join(Policy)}")
    return findings


def lines_agree(solution: Solution, figures: Measured) -> list[str]:
    """Hold lines to their order and to the figures that the shipments make."""
    name = "order {order} line {line}"
    return _columns_agree("lines", name, ["order", "line"], solution.lines, figures.lines)


def service_agrees(solution: Solution, figures: Measured) -> list[str]:
    """Hold service to its segments, its measures and the figures that the shipments make."""
    name = "segment {segment}, {measure}"
    keys = ["segment", "measure"]
    expected = figures.service.drop(columns="to_date")
    return _columns_agree("service", name, keys, solution.service, expected)


def fairness_agrees(solution: Solution, figures: Measured) -> list[str]:
    """Hold shares to their customers and to what the shipments deliver; see also ``fairness``."""
    name = "segment {segment}, customer {customer}"
    keys = ["segment", "customer"]
    return _columns_agree("fairness", name, keys, solution.fairness, figures.fairness)


def metrics_agree(solution: Solution, figures: Measured) -> list[str]:
    """Hold metrics to their groups and to what the shipments make of them."""
    name = "{metric} of segment {segment}, stage {stage}, region {region}"
    keys = ["segment", "stage", "region", "metric"]
    return _columns_agree("metrics", name, keys, solution.metrics, figures.metrics)


def contracts_agree(solution: Solution, figures: Measured) -> list[str]:
    """Hold contracts to what the shipments make of them; what is attainable to a possible level."""
    name = "tier {tier}, segment {segment}, stage {stage}, customer {customer}"
    keys = ["tier", "segment", "stage", "customer"]
    findings = _columns_agree("contracts", name, keys, solution.contracts, figures.contracts)
    rows = solution.contracts.reset_index(drop=True)
    possible = rows["attainable"].isna() | rows["attainable"].between(0, rows["target"] + TOLERANCE)
    said = f"contracts: {name}: attainable {{attainable}} must lie between 0 and {{target}}"
    return findings + found(rows, ~possible, said)


def moves_agree(solution: Solution, figures: Measured) -> list[str]:
    """Hold moves between stages to what happened to the customers."""
    name = "customer {customer} on {date}, from {from_stage}"
    keys = ["customer", "date", "from_stage"]
    return _columns_agree("stages", name, keys, solution.stages, figures.stages)


def signals_agree(solution: Solution, figures: Measured) -> list[str]:
    """Hold signals to what the shipments do today."""
    name = "{kind} of customer {customer} on {date}, {value}"
    keys = ["customer", "date", "kind", "value"]
    given = solution.signals.assign(value=solution.signals["value"].round(6))
    expected = figures.signals.assign(value=figures.signals["value"].round(6))
    return _columns_agree("signals", name, keys, given, expected)


def _columns_agree(
    table: str, name: str, keys: list[str], given: pd.DataFrame, expected: pd.DataFrame
) -> list[str]:
    given = given.reset_index(drop=True)
    if not given[keys].equals(expected[keys]):
        there, due = (pd.MultiIndex.from_frame(frame[keys]) for frame in (given, expected))
        return [
            *found(expected, ~due.isin(there), f"{table}: {name} is missing"),
            *found(given, ~there.isin(due), f"{table}: there is no {name}"),
        ] or [f"{table}: rows are repeated or not sorted by {' and '.join(keys)}"]
    findings = []
    for column in expected.columns.difference(keys, sort=False):
        wrong = differs(given[column], expected[column])
        findings += found(
            expected,
            wrong,
            f"{table}: {name}: {column} is {{given}}, must be {{known}}",
            given=given[column],
            known=expected[column],
        )
    return findings


def totals_agree(solution: Solution, figures: Measured) -> list[str]:
    """Hold totals to their keys, in order, and to the figures that the shipments make."""
    if list(solution.totals) != list(figures.totals):
        return [f"totals must be {', '.join(figures.totals)}, in this order"]
    return [
        f"totals: {name} is {text(solution.totals[name])}, the shipments make {text(value)}"
        for name, value in figures.totals.items()
        if not math.isclose(solution.totals[name], value, rel_tol=RELATIVE, abs_tol=TOLERANCE)
    ]


def transfers_are_sorted(solution: Solution) -> list[str]:
    """Ask for transfers in the order of their columns."""
    given = solution.transfers
    if given.sort_values(list(given.columns)).index.equals(given.index):
        return []
    return [f"transfers: rows are not sorted by {', '.join(given.columns)}"]


def lines_have_reasons(book: Lookup, solution: Solution) -> list[str]:
    """Ask for a reason exactly where a line is not on time; ``hold`` where a planner says so."""
    lines = solution.lines.reset_index(drop=True)
    if len(lines) != len(book.lines):
        return []
    held, by_hand = book.lines["held"], book.lines["held"] | book.lines["cap"].notna()
    on_time, hold = lines["status"] == "on_time", lines["reason"] == Reason.HOLD
    fine = (lines["reason"] == "").where(on_time, lines["reason"].isin(list(Reason)))
    return [
        *found(
            lines,
            ~fine,
            "lines: order {order} line {line} is {status}; its reason cannot be {reason}",
        ),
        *found(
            lines,
            ~on_time & held & ~hold,
            "lines: order {order} line {line} is held; its reason cannot be {reason}",
        ),
        *found(
            lines,
            ~on_time & ~by_hand & hold,
            "lines: order {order} line {line} is neither held nor capped; its reason cannot be"
            " hold",
        ),
    ]


def shipments_have_reasons(book: Lookup, solution: Solution) -> list[str]:
    """Hold each shipment's reason to a goal that is asked for and that counts the shipment.

    Only rows with frozen units keep commitments. Late units serve no floor or target that counts
    units on time.
    """
    settings, placed = book.scenario.settings, book.placed
    reason = solution.shipments["reason"].set_axis(book.rows.index)[placed.index]
    segment, on_time = placed["segment"], placed["on_time"]
    goals, parts = settings.goals, settings.segments.items()
    punctual = segment.isin([name for name, s in parts if s.measure.on_time])
    floors = segment.isin([name for name, s in parts if s.floor is not None])
    floors |= placed["stage"].isin([name for name, s in settings.stages.items() if s.floor])
    targets = segment.isin([name for name, s in parts if s.target is not None])
    counts = on_time | ~punctual
    served = (
        ((reason == "floor") & floors & counts & (GoalName.FLOORS in goals))
        | ((reason == "target") & targets & counts & (GoalName.TARGETS in goals))
        | ((reason == "fill") & (GoalName.FILL in goals))
        | (reason == "value")
        | ((reason == "commitment") & (placed["frozen"] > TOLERANCE))
    )
    return found(placed, ~served, ROW + ": its reason cannot be {reason}", reason=reason)


def reachable_agrees(solution: Solution, figures: Measured) -> list[str]:
    """Ask for the best reachable level of missed targets only, from achieved to target.

    An optimal answer gives it for every missed target; without a proof it may be missing.
    """
    expected = figures.service
    best = solution.service["best_reachable"].reset_index(drop=True)
    if len(best) != len(expected):
        return []
    asked = expected["target"].notna() & (solution.policy == Policy.OPTIMAL)
    missed = asked & (expected["shortfall"] > TOLERANCE)
    outside = (best < expected["to_date"] - TOLERANCE) | (best > expected["target"] + TOLERANCE)
    named = expected.assign(best=best)
    pursued = any(kind_of(goal.name) is GoalKind.TARGET for goal in solution.goals)
    return [
        *found(
            named,
            best.notna() & ~missed,
            "service: segment {segment}, {measure}: best_reachable is {best}, must be blank"
            " where no target is missed",
        ),
        *found(
            named,
            missed & best.isna() & (solution.status == Status.OPTIMAL) & pursued,
            "service: segment {segment}, {measure}: best_reachable is blank, its target is missed",
        ),
        *found(
            named,
            missed & outside,
            "service: segment {segment}, {measure}: best_reachable {best} must lie between"
            " {to_date} achieved and the target {target}",
        ),
    ]
