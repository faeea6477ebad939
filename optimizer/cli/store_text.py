"""What people read of the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from optimizer.common.words import number, percent
from optimizer.store.records import Run

RUNG_WORDS = {
    "exact": "proved best",
    "within_limit": "best found within the time limit",
    "last_goal": "as far as goals were completed",
    "greedy": "by simple rules, the solver found nothing",
    "yesterday": "yesterday's plan, carried on",
}


def print_runs(console: Console, runs: pd.DataFrame) -> None:
    """Print a list of runs."""
    table = _table(["Run", "Scenario", "As of", "Status", "Published", "Plan", "Got as"])
    for row in runs.to_dict("records"):
        names = (row[name] for name in ("run", "scenario", "as_of", "status"))
        published = "yes" if row["published"] else ""
        _add(table, *names, published, row["plan_status"], row["rung"])
    console.print(table)


def print_run(
    console: Console, run: Run, details: Mapping[str, pd.DataFrame], changed: Sequence[str]
) -> None:
    """Print all that is known of a run.

    Parameters
    ----------
    console
        On standard output.
    run
        The run.
    details
        Of :meth:`optimizer.store.Store.details`.
    changed
        Of :meth:`optimizer.store.Store.changes`.
    """
    console.print(f"[bold]{escape(run.run)}[/] {escape(run.scenario)}, as of {run.as_of}")
    out = ", published" if run.published else ""
    console.print(f"{run.status}{out}; {run.plan_status}: {RUNG_WORDS[run.rung]}")
    console.print(escape(f"{run.folder}, by allocore {run.version} with policy {run.policy}"))
    console.print(_goals(details["goals"]))
    console.print(_service(details["service"]))
    for row in details["tests"].to_dict("records"):
        console.print(escape(f"{'kept' if row['kept'] else 'FAILED'}: {row['text']}"))
    for row in details["decisions"].to_dict("records"):
        said = f"{row['decision']} by {row['by']} at {row['at'][:16]}: {row['note']}"
        console.print(escape(said.rstrip(": ")))
    for row in details["publications"].to_dict("records"):
        told = f"published at {row['at'][:16]}: {row['rows']:,} rows in {row['target']}"
        console.print(escape(told))
    files = details["files"]
    size = number(round(float(files["size"].sum()) / 1e6, 1))
    state = "whole" if not changed else f"CHANGED: {'; '.join(changed)}"
    console.print(escape(f"{len(files)} files of {size} MB, {state}"))


def _goals(goals: pd.DataFrame) -> Table:
    table = _table(["Goal", "Status"], ["Value", "Bound", "Gap"])
    for row in goals.to_dict("records"):
        figures = (_figure(row["value"]), _figure(row["bound"]), _share(row["gap"]))
        _add(table, row["name"], row["status"], *figures)
    return table


def _service(service: pd.DataFrame) -> Table:
    """Show what is promised."""
    table = _table(["Segment", "Measure"], ["Target", "Floor", "Achieved", "Short"])
    promised = service[service["target"].notna() | service["floor"].notna()]
    for row in promised.to_dict("records"):
        levels = (_share(row[name]) for name in ("target", "floor", "achieved"))
        _add(table, row["segment"], row["measure"], *levels, _figure(row["shortfall"]))
    return table


def _share(level: float | None) -> str:
    return "" if level is None else percent(level)


def _figure(value: float | None) -> str:
    return "" if value is None or pd.isna(value) else number(round(value, 2))


def _table(words: Sequence[str], figures: Sequence[str] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for word in words:
        table.add_column(word)
    for figure in figures:
        table.add_column(figure, justify="right")
    return table


def _add(table: Table, *cells: object) -> None:
    table.add_row(*(escape(str(cell)) for cell in cells))
