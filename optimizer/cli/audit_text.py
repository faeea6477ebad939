"""What a planner reads about the views of customers: where they differ, and what follows."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from models.goals import GoalKind
from models.settings import Settings
from optimizer.common.words import goal_name, goal_unit, number, several
from optimizer.studies import SegmentAudit

MOST = 20
"""Rows of a table that are shown."""


def print_audit(console: Console, settings: Settings, audit: SegmentAudit) -> None:
    """Print what the views have in common, where they contradict each other, and what that costs.

    Parameters
    ----------
    console
        On standard output.
    settings
        For units of goals and the currency.
    audit
        What was found.
    """
    views = len(audit.coverage) - 1
    console.print(f"Customers as {several(views, 'function')} see them, beside the agreed view.")
    console.print(_frame_table("Who knows whom", audit.coverage))
    if settings.segment_rules:
        rules = audit.rules.assign(rule=audit.rules["rule"].astype("str").replace("0", "none"))
        console.print(_frame_table("Decided by rule", rules))
    if audit.contradictions.empty:
        console.print("No two views contradict each other.")
        return
    console.print(_frame_table("Contradictions", audit.contradictions))
    orders = audit.fates["order"].nunique()
    console.print(f"The fate of {several(orders, 'order')} depends on the view.")
    if orders:
        console.print(_frame_table("Units now, and under another view", audit.fates))
    for row in audit.regret.to_dict("records"):
        if row["goal"]:
            console.print(_regret_sentence(settings, row))


def _frame_table(title: str, frame: pd.DataFrame) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for name in frame.columns:
        words = frame[name].dtype.kind not in "if"
        table.add_column(str(name).replace("_", " "), justify="left" if words else "right")
    for row in frame.head(MOST).itertuples(index=False):
        table.add_row(*(number(cell) if _is_number(cell) else escape(str(cell)) for cell in row))
    if len(frame) > MOST:
        table.caption = f"and {len(frame) - MOST:,} more; --json lists all"
    return table


def _is_number(cell: object) -> bool:
    return isinstance(cell, (int, float))


def _regret_sentence(settings: Settings, row: Mapping[Hashable, Any]) -> str:
    """Say in a sentence what planning by one view costs in the eyes of another."""
    unit, lost = goal_unit(settings, row["goal"]), row["value"]
    said = (
        f"Planned as {escape(row['plan_of'])} sees it, {escape(row['goals_of'])} loses "
        f"{number(row['missed'])} {unit} of the {goal_name(row['goal'])}"
    )
    if row["goal"] != GoalKind.VALUE and lost:
        way = "lower" if lost > 0 else "higher"
        said += f"; net value is {number(abs(lost))} {settings.currency} {way}"
    return f"{said}."
