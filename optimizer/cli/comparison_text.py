"""What a planner reads of a comparison."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from models.reasons import REASON_WORDS
from optimizer.common.words import number, percent, several
from optimizer.reporting.comparison import Comparison, spread

MOST = 12
"""Rows of a table that are shown."""
FIGURES = {
    "delivered_units": "Units delivered",
    "on_time_units": "Units on time",
    "delivered_value": "Value delivered",
    "cost": "Cost",
    "net_value": "Net value",
    "kg_co2": "kg CO2",
}


def print_comparison(console: Console, comparison: Comparison, *, brief: bool = False) -> None:
    """Print runs side by side, and what changes against the first.

    Parameters
    ----------
    console
        On standard output.
    comparison
        Two runs or more.
    brief
        Without single customers, orders, promises and idle stock.
    """
    runs = comparison.runs
    console.print(_service(comparison, runs))
    console.print(_totals(comparison, runs))
    for run in runs[1:]:
        console.print(escape(f"{run} against {runs[0]}: {_changes(comparison, run)}"))
        if brief:
            continue
        for name, rows in (("Customer", comparison.customers), ("Order", comparison.orders)):
            mine = rows[rows["run"] == run]
            if len(mine):
                console.print(_gains(name, mine))
        promises = comparison.promises[comparison.promises["run"] == run]
        if len(promises):
            console.print(_promises(promises))
    if len(comparison.idle) and not brief:
        console.print(_idle(comparison.idle))


def _table(title: str, columns: Sequence[str], words: int) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for nth, column in enumerate(columns):
        table.add_column(escape(column), justify="left" if nth < words else "right")
    return table


def _service(comparison: Comparison, runs: list[str]) -> Table:
    """Show the promised measure of each segment; where none is promised, units on time."""
    rows = comparison.service
    promised = rows["target"].notna() | rows["floor"].notna()
    with_promise = rows.loc[promised, "segment"].unique()
    usual = ~rows["segment"].isin(with_promise) & (rows["measure"] == "unit_otif")
    shown = rows[promised | usual]
    table = _table("Service reached", ["Segment", "Measure", *runs], 2)
    keys = ["segment", "measure"]
    wide = spread(shown.drop_duplicates([*keys, "run"]), keys, "achieved", runs)
    for key, row in wide.iterrows():
        segment, measure = key if isinstance(key, tuple) else (key, "")
        table.add_row(escape(str(segment)), str(measure), *(percent(v) or "-" for v in row))
    return table


def _totals(comparison: Comparison, runs: list[str]) -> Table:
    table = _table("In all", ["", *runs], 1)
    wide = spread(comparison.totals, ["figure"], "value", runs)
    for figure, words in FIGURES.items():
        figures = (round(v, 2) for v in wide.loc[[figure]].to_numpy().ravel().tolist())
        table.add_row(words, *(number(v) for v in figures))
    return table


def _changes(comparison: Comparison, run: str) -> str:
    rows = comparison.customers[comparison.customers["run"] == run]
    gain, lose = int((rows["on_time"] > 0).sum()), int((rows["on_time"] < 0).sum())
    more = float(rows["on_time"].sum())
    changed = int((comparison.promises["run"] == run).sum())
    book = comparison.book[comparison.book["run"] == run].iloc[0]
    apart = (
        f" Left out: {several(int(book['gone']), 'line')} that only {comparison.runs[0]} has, "
        f"{several(int(book['new']), 'line')} that only {run} has."
    )
    return (
        f"{several(gain, 'customer')} {'gets' if gain == 1 else 'get'} more on time, {lose:,} less "
        f"({more:+,.0f} units in all); {several(changed, 'line')} "
        f"{'gets' if changed == 1 else 'get'} another quantity or date."
        f"{apart if book['gone'] or book['new'] else ''}"
    )


def _gains(name: str, rows: pd.DataFrame) -> Table:
    """Show who loses most and who gains most."""
    table = _table(f"Gains and losses by {name.lower()}", [name, "Segment"], 2)
    for column in ("Units more", "On time more"):
        table.add_column(column, justify="right")
    shown = rows if len(rows) <= MOST else pd.concat([rows.head(MOST // 2), rows.tail(MOST // 2)])
    for row in shown.to_dict("records"):
        names = (escape(str(row[key])) for key in (name.lower(), "segment"))
        table.add_row(*names, *(f"{row[key]:+,.6g}" for key in ("delivered", "on_time")))
    if len(shown) < len(rows):
        table.caption = f"{len(rows) - len(shown):,} between them left out; --json lists all"
    return table


def _promises(rows: pd.DataFrame) -> Table:
    columns = ["Order", "Line", "Customer", "Units before", "now", "There before", "now", "Why"]
    table = _table("Changed promises", columns, 3)
    for row in rows.head(MOST).to_dict("records"):
        dates = (
            "" if pd.isna(d) else f"{d:%m-%d}" for d in (row["arrival_before"], row["arrival"])
        )
        amounts = (number(row["delivered_before"]), number(row["delivered"]))
        why = REASON_WORDS.get(row["reason"], "")
        names = (escape(str(row[name])) for name in ("order", "line", "customer"))
        table.add_row(*names, *amounts, *dates, why)
    if len(rows) > MOST:
        table.caption = f"and {len(rows) - MOST:,} more; --json lists all"
    return table


def _idle(rows: pd.DataFrame) -> Table:
    table = _table("Left on the shelf while somebody waits", ["Run", "Site", "Item"], 3)
    for column in ("Units left", "Units waited for"):
        table.add_column(column, justify="right")
    for row in rows.head(MOST).to_dict("records"):
        names = (escape(str(row[name])) for name in ("run", "site", "item"))
        table.add_row(*names, number(row["units"]), number(row["waiting"]))
    return table
