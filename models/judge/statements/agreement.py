"""Names, tables and totals of an answer, held against what the shipments make of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from models.judge.findings import RELATIVE, TOLERANCE, UNIT_DECIMALS, differs, refuse, text
from models.judge.statements.judged_answer import JudgedAnswer
from models.settings import Measure, Policy
from models.solution import ADDED

NOT_DUE = ("not_due_lines", "not_due_units")
"""Totals that older run folders do not have."""


def names_agree(answer: JudgedAnswer) -> list[str]:
    """Hold the answer to this scenario and to a policy that exists."""
    solution, name, findings = answer.solution, answer.settings.name, []
    if solution.scenario != name:
        findings.append(f"the answer is to scenario {solution.scenario}, not {name}")
    if solution.policy not in list(Policy):
        findings.append(f"policy {solution.policy} must be one of {', '.join(Policy)}")
    return findings


@dataclass(frozen=True)
class TableCheck:
    """How a table of an answer is compared with what the shipments make of it.

    Parameters
    ----------
    table
        Name of the frame, in the answer and in the figures.
    row
        How a sentence names a row.
    keys
        Columns that tell rows apart, and by which they are sorted.
    beside
        Columns of the figures that are no columns of the table.
    rounded
        Columns that are compared as rounded, as rows are named by them.
    """

    table: str
    row: str
    keys: tuple[str, ...]
    beside: tuple[str, ...] = ()
    rounded: tuple[str, ...] = ()


TABLE_CHECKS = (
    TableCheck("lines", "order {order} line {line}", ("order", "line")),
    TableCheck(
        "service",
        "segment {segment}, {measure}",
        ("segment", "measure"),
        beside=("to_date", "uncut"),
    ),
    TableCheck("fairness", "segment {segment}, customer {customer}", ("segment", "customer")),
    TableCheck(
        "metrics",
        "{metric} of segment {segment}, stage {stage}, region {region}",
        ("segment", "stage", "region", "metric"),
    ),
    TableCheck(
        "contracts",
        "tier {tier}, segment {segment}, stage {stage}, customer {customer}",
        ("tier", "segment", "stage", "customer"),
    ),
    TableCheck(
        "stages",
        "customer {customer} on {date}, from {from_stage}",
        ("customer", "date", "from_stage"),
    ),
    TableCheck(
        "signals",
        "{kind} of customer {customer} on {date}, {value}",
        ("customer", "date", "kind", "value"),
        rounded=("value",),
    ),
)
"""Tables that hold what the shipments make; columns that are no figures are judged elsewhere."""


def tables_agree(answer: JudgedAnswer) -> list[str]:
    """Hold each recomputed table to its rows, and each of its columns to the figures.

    Run folders from before the measure ``backlog_fill`` do not tell it, nor columns from before
    these were added.
    """
    findings = []
    for about in TABLE_CHECKS:
        given = getattr(answer.solution, about.table).reset_index(drop=True)
        figures = getattr(answer.figures, about.table).drop(columns=list(about.beside))
        added = list(ADDED.get(about.table, ()))
        if len(given) and given[added].isna().all(axis=None):
            figures = figures.drop(columns=added, errors="ignore")
        if about.table == "service" and not given["measure"].eq(Measure.BACKLOG_FILL).any():
            figures = figures[figures["measure"] != Measure.BACKLOG_FILL].reset_index(drop=True)
        decimals = dict.fromkeys(about.rounded, UNIT_DECIMALS)
        findings += _agree(about, given.round(decimals), figures.round(decimals))
    return findings


def _agree(about: TableCheck, given: pd.DataFrame, expected: pd.DataFrame) -> list[str]:
    keys, said = list(about.keys), f"{about.table}: {about.row}"
    if not given[keys].equals(expected[keys]):
        there, due = (pd.MultiIndex.from_frame(frame[keys]) for frame in (given, expected))
        return [
            *refuse(expected, ~due.isin(there), f"{said} is missing"),
            *refuse(given, ~there.isin(due), f"{about.table}: there is no {about.row}"),
        ] or [f"{about.table}: rows are repeated or not sorted by {' and '.join(keys)}"]
    findings = []
    for column in expected.columns.difference(keys, sort=False):
        findings += refuse(
            expected,
            differs(given[column], expected[column]),
            f"{said}: {column} is {{given}}, must be {{known}}",
            given=given[column],
            known=expected[column],
        )
    return findings


def totals_agree(answer: JudgedAnswer) -> list[str]:
    """Hold totals to their keys, in order, and to the figures that the shipments make.

    Run folders from before lines could be not due have no totals of them.
    """
    given = answer.solution.totals
    untold = {name for name in NOT_DUE if name not in given and answer.figures.totals[name] == 0}
    expected = {n: value for n, value in answer.figures.totals.items() if n not in untold}
    if list(given) != list(expected):
        return [f"totals must be {', '.join(expected)}, in this order"]
    return [
        f"totals: {name} is {text(given[name])}, the shipments make {text(value)}"
        for name, value in expected.items()
        if not math.isclose(given[name], value, rel_tol=RELATIVE, abs_tol=TOLERANCE)
    ]


def transfers_are_sorted(answer: JudgedAnswer) -> list[str]:
    """Ask for transfers in the order of their columns."""
    given = answer.solution.transfers
    if given.sort_values(list(given.columns)).index.equals(given.index):
        return []
    return [f"transfers: rows are not sorted by {', '.join(given.columns)}"]
