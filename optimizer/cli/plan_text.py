"""What a planner reads after a run: how sure, how well, what is short and why, what else."""

from __future__ import annotations

import math
from pathlib import Path
from typing import assert_never

import pandas as pd
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from models.goals import GoalKind, kind_of
from models.reasons import REASON_WORDS
from models.settings import Settings
from models.solution import AS_ASKED, ELSEWHERE, Solution
from models.tolerances import ROUNDING, UNIT
from optimizer.answering.metrics import METRIC_LIST, MetricUnit
from optimizer.common.words import (
    HELD_COUNTS,
    listed,
    nothing_of,
    number,
    percent,
    reachable,
    several,
    unit_of,
)
from optimizer.planning.judged_plan import JudgedPlan
from optimizer.reporting.closest_policy import Vector, closest, contrast
from optimizer.reporting.figures import by_reason
from optimizer.reporting.headline import (
    headline,
    horizon_sentence,
    not_due_sentences,
    plan_test_sentences,
)

WIDTH = 100


def print_summary(console: Console, plan: JudgedPlan, folder: Path) -> None:
    """Print the summary.

    Parameters
    ----------
    console
        On standard output; at most :data:`WIDTH` columns are used.
    plan
        Judged.
    folder
        Where its files are.
    """
    settings, solution = plan.scenario.settings, plan.solution
    width = min(WIDTH, console.width)

    def say(part: str | Table) -> None:
        text = escape(part) if isinstance(part, str) else part
        console.print(text, width=width, highlight=False)

    say(headline(solution))
    say(horizon_sentence(settings))
    say(_outcome(solution))
    for sentence in not_due_sentences(solution):
        say(sentence)
    for note in plan.notes:
        say(f"Note: {note}")
    for sentence in plan_test_sentences(plan.scenario, solution):
        say(sentence)
    say(_service(settings, solution))
    if not solution.lines["status"].isin(AS_ASKED).all():
        say(_reasons(solution))
    say(_metrics(settings, solution))
    for sentence in (*_elsewhere(solution), *_relationship(settings, solution)):
        say(sentence)
    say(_money(settings, solution))
    for sentence in _reserve_sentences(plan):
        say(sentence)
    vectors = _vectors(plan.policies)
    rival = closest(vectors, solution.policy)
    if rival and solution.policy in vectors:
        say(_policies(settings, vectors))
        say(contrast(settings, vectors, solution.policy, rival))
        if len(solution.reserve):
            say(HELD_COUNTS)
    say("Shipments are the priority list; lines say why each is short. The run folder:")
    console.print(escape(str(folder)), highlight=False, soft_wrap=True)


def _outcome(solution: Solution) -> str:
    totals, status = solution.totals, solution.lines["status"].value_counts()
    found = [
        ("on_time", "on time"),
        ("late", "late"),
        ("partial", "partial"),
        ("short", "unfilled"),
    ]
    lines = listed(f"{status.get(code, 0):,} {word}" for code, word in found)
    return (
        f"Of {several(int(totals['lines']), 'line')}: {lines}. "
        f"Of {number(totals['ordered_units'])} units: {number(totals['delivered_units'])} "
        f"delivered, {number(totals['on_time_units'])} on time."
    )


def _table(title: str, *columns: str, words: int = 1) -> Table:
    """Make a table with that many columns of words, the others of figures."""
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for nth, column in enumerate(columns):
        table.add_column(column, justify="left" if nth < words else "right", overflow="fold")
    return table


def _service(settings: Settings, solution: Solution) -> Table:
    could = ("Left", "Alone")  # reachable: what the tiers before leave, and with none before it
    columns = ("Segment", "Measure", "Tier", "Target", "Reached", *could, "Missing", "Floor")
    table = _table("Service (reachable: left by the tiers before, and alone)", *columns, words=2)
    figures = solution.service.drop(columns=["segment", "measure"]).to_dict("records")
    keys = zip(solution.service["segment"], solution.service["measure"], strict=True)
    rows = dict(zip(keys, figures, strict=True))
    by_tier = sorted(settings.segments.items(), key=lambda item: item[1].tier)
    shown = [(*item, measure) for item in by_tier for measure in item[1].promised_measures]
    for name, segment, measure in shown:
        row = rows[name, str(measure)]
        missed = row["shortfall"] > UNIT
        below = row["floor"] - row["achieved"] > ROUNDING
        floor = f"{percent(row['floor'])} {'missed' if below else 'kept'}"
        unit = unit_of(settings, measure.base)
        table.add_row(
            escape(name),
            measure,
            str(segment.tier),
            percent(row["target"]) or "-",
            percent(row["achieved"]) or nothing_of(measure),
            percent(row["reachable_together"]),
            reachable(row["reachable"], row["reachable_bound"]),
            f"{number(row['shortfall'])} {unit}" if missed else "",
            "-" if math.isnan(row["floor"]) else floor,
            style="bold" if missed else None,
        )
    return table


def _reasons(solution: Solution) -> Table:
    table = _table("Not on time, by reason", "Reason", "Lines", "Units short", "Units late")
    for reason, row in by_reason(solution).iterrows():
        words = REASON_WORDS.get(str(reason), str(reason))
        amounts = [number(float(row[c])) for c in ("lines", "short", "late")]
        table.add_row(f"{words} [dim]({reason})[/dim]", *amounts)
    return table


def _metrics(settings: Settings, solution: Solution) -> Table:
    """Tell delivery in the terms of customers, of all and of each segment."""
    rows = solution.metrics
    whole = rows[(rows["stage"] == "") & (rows["region"] == "")]
    keys = zip(whole["segment"], whole["metric"], strict=True)
    known = dict(zip(keys, whole["value"], strict=True))
    shown = [metric for metric in METRIC_LIST if metric.heading]
    money = {MetricUnit.CURRENCY: f", {settings.currency}"}
    columns = [metric.heading + money.get(metric.unit, "") for metric in shown]
    table = _table("As customers see it", "Segment", *columns)
    for segment in whole["segment"].unique():
        figures = ((known.get((segment, m.name), math.nan), m.unit) for m in shown)
        table.add_row(escape(segment) or "all", *(_figure(*figure) for figure in figures))
    return table


def _figure(value: float, unit: MetricUnit) -> str:
    """Write the value of a metric; blank where it has none."""
    match unit:
        case MetricUnit.SHARE:
            return percent(value)
        case MetricUnit.DAYS:
            return "" if math.isnan(value) else f"{value:.1f}"
        case MetricUnit.CURRENCY:
            return number(value)
        case _:
            assert_never(unit)


def _elsewhere(solution: Solution) -> list[str]:
    """Show what is measured elsewhere beside our own figures, and say that it is."""
    rows = solution.metrics[solution.metrics["metric"].str.endswith(ELSEWHERE)]
    rows = rows[(rows["stage"] == "") & (rows["region"] == "")]
    said = []
    for metric, mine in rows.groupby("metric"):
        names = mine["segment"].replace("", "all")
        figures = (f"{n} {number(v)}" for n, v in zip(names, mine["value"], strict=True))
        kind = str(metric).removesuffix(ELSEWHERE)
        said.append(f"Measured elsewhere, mean of who orders now: {kind}: {listed(figures)}.")
    return said


def _relationship(settings: Settings, solution: Solution) -> list[str]:
    """Say where contracts stand and what there is to tell customers."""
    contracts, notices = solution.contracts, solution.notices
    said = []
    if len(contracts):
        met = int(contracts["met"].sum())
        due = float(contracts["penalty"].sum())
        costs = f", penalties {number(due)} {settings.currency}" if due else ""
        called = "Contracts" if _has_contracts(settings, contracts) else "Targets"
        said.append(f"{called}: {met:,} of {len(contracts):,} met{costs} (contracts.csv).")
    if len(notices):
        offers = int((solution.remedies["state"] == "offer").sum())
        customers = several(notices["customer"].nunique(), "customer")
        said.append(
            f"{several(len(notices), 'order')} of {customers} to be told of a date (notices.csv); "
            f"remedies to offer: {offers:,} (remedies.csv)."
        )
    return said


def _has_contracts(settings: Settings, contracts: pd.DataFrame) -> bool:
    """Whether a target is one of a contract: with a penalty, a period, or service before today."""
    terms = (s.penalty or s.review_period for s in settings.segments.values())
    return any(terms) or bool((contracts["ordered_before"] > 0).any())


def _money(settings: Settings, solution: Solution) -> str:
    totals, currency = solution.totals, settings.currency
    value, cost = totals["delivered_value"], totals["cost"]
    return (
        f"Delivered value {number(value)} {currency} at a cost of {number(cost)} {currency}, "
        f"net {number(value - cost)} {currency}; {number(totals['kg_co2'])} kg CO2."
    )


def _reserve_sentences(plan: JudgedPlan) -> list[str]:
    """Say how much is held for orders that are expected, where any are."""
    expected, reserve = plan.scenario["forecast"]["quantity"], plan.solution.reserve
    if expected.empty:
        return []
    held = number(float(reserve["quantity"].sum()))
    return [
        f"Held for orders that are expected: {held} of {number(float(expected.sum()))} units "
        "forecast (reserve.csv, with bid prices)."
    ]


def _vectors(policies: pd.DataFrame) -> dict[str, Vector]:
    return {
        str(name): dict(zip(rows["goal"], rows["value"], strict=True))
        for name, rows in policies.groupby("policy", sort=False)
    }


def _policies(settings: Settings, vectors: dict[str, Vector]) -> Table:
    present = {kind_of(goal) for vector in vectors.values() for goal in vector}
    used = [kind for kind in GoalKind if kind in present and kind.facts.heading]
    columns = [kind.facts.heading for kind in used]
    table = _table(
        "Policies (misses by tier, best tier first)",
        "Policy",
        *columns,
        f"Net value, {settings.currency}",
    )
    value = GoalKind.VALUE
    for name, vector in vectors.items():
        misses = [
            " / ".join(number(v) for goal, v in vector.items() if kind_of(goal) is kind)
            for kind in used
        ]
        table.add_row(name, *misses, number(round(vector[value])) if value in vector else "")
    return table
