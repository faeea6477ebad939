"""What a job did, for people: a short text, and the same as data."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pandas as pd

from optimizer.common.words import number, several
from optimizer.jobs.day_changes import KINDS
from optimizer.jobs.ladder import Rung
from optimizer.jobs.proposing import DRY, Proposal
from optimizer.reporting.headline import not_due_sentences
from optimizer.runs.run_files import PROPOSAL, QUARANTINE

SHOWN = 10
"""Faults and changes that the summary shows; the files have all of them."""
RUNGS = {
    Rung.EXACT: "every goal is proved",
    Rung.WITHIN_LIMIT: "the best answer within the limit; its proof is open",
    Rung.LAST_GOAL: "the solver was ended; the answer to the last goal it was done with",
    Rung.GREEDY: "no answer of the optimiser; the plan of segment_priority",
    Rung.YESTERDAY: "no answer of the optimiser; what was promised before, where it can be",
}
STATUS = {
    "proposed": "waits for approval",
    "approved": "is approved",
    "rejected": "was rejected",
    DRY: "would be proposed; nothing was written",
}


def proposal_lines(made: Proposal) -> list[str]:
    """Say what the job did, in lines of text."""
    head = f"Proposal {made.run} {STATUS[made.status]}: {RUNGS[made.rung]} (rung {made.rung})."
    if not made.new:
        head = (
            f"The same inputs were planned before: proposal {made.run} {STATUS[made.status]} "
            f"(rung {made.rung}). Nothing was written."
        )
    cancelled = ["The run was cancelled: this is the best answer until then."]
    return [
        head,
        *(cancelled if made.cancelled else []),
        *(f"Warning: {text}" for text in made.warnings),
        *not_due_sentences(made.solution),
        *_tests(made),
        *_aside(made),
        *_changes(made),
        f"Run folder: {made.folder}",
    ]


def _tests(made: Proposal) -> list[str]:
    if not made.missed:
        return []
    head = f"{several(len(made.missed), 'test')} of the plan failed; it cannot be published:"
    return [head, *(f" * {text}" for text in made.missed)]


def _aside(made: Proposal) -> list[str]:
    """List the orders that were set aside."""
    orders, faults = made.aside.orders, made.aside.faults
    if not orders:
        return []
    head = f"{len(orders):,} of {several(made.aside.total, 'order')} set aside ({QUARANTINE.name}):"
    rows = faults.head(SHOWN).itertuples(index=False)
    texts = [f" * {r.file}:{r.row}:{r.column}: {r.problem} -> {r.remedy}" for r in rows]
    return [head, *texts, *_more(len(faults) - SHOWN)]


def _changes(made: Proposal) -> list[str]:
    """List what is other than before."""
    if not made.base:
        return ["No approved run before: nothing to compare with."]
    counts = made.changes["change"].value_counts()
    kinds = ", ".join(
        f"{counts[kind]} {kind.replace('_', ' ')}" for kind in KINDS if kind in counts
    )
    head = f"Against the approved run {made.base}: {kinds or 'no line is promised otherwise'}."
    rows = made.changes[made.changes["change"] != "new"].head(SHOWN).to_dict("records")
    shown = [_change({str(name): value for name, value in row.items()}) for row in rows]
    return [head, *shown, *_more(len(made.changes) - int(counts.get("new", 0)) - SHOWN)]


def _change(row: dict[str, Any]) -> str:
    reason = f", {row['reason']}" if row["reason"] else ""
    was, now = (_promise(row[name], row[f"{name}_arrival"]) for name in ("before", "after"))
    kind = str(row["change"]).replace("_", " ")
    return f" * {row['order']}/{row['line']}: {was} -> {now} ({kind}{reason})"


def _promise(units: float, arrival: pd.Timestamp) -> str:
    return f"{number(units)} by {arrival.date()}" if units and not pd.isna(arrival) else "nothing"


def _more(count: int) -> list[str]:
    return [f"   and {count:,} more"] if count > 0 else []


def as_data(made: Proposal) -> dict[str, Any]:
    """Give the same for programs; blanks are null."""
    solution = made.solution
    return {
        "run": made.run,
        "folder": str(made.folder),
        "about": PROPOSAL.name,
        "status": made.status,
        "new": made.new,
        "rung": made.rung,
        "plan_status": solution.status,
        "cancelled": made.cancelled,
        "base": made.base or None,
        "orders": made.aside.total,
        "orders_set_aside": made.aside.orders,
        "changed_lines": len(made.changes),
        "tests_missed": made.missed,
        "warnings": list(made.warnings),
        "goals": [asdict(goal) for goal in solution.goals],
        "totals": dict(solution.totals),
    }
