"""``plan.xlsx``: the plan where planners work, with cells in which they decide.

What they write in the marked cells comes back by :mod:`optimizer.reporting.workbook_decisions`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from models.reasons import REASON_WORDS
from models.settings import Settings
from models.solution import AS_ASKED, REACHABLE_LEVELS, Solution
from optimizer.common.words import goal_name, goal_unit
from optimizer.reporting.figures import by_reason
from optimizer.reporting.headline import horizon_sentence, not_due_sentences
from optimizer.reporting.told import to_be_told

OVERRIDES, PRIORITIES, RUN = "Overrides", "Priorities", "Run"
MARKED = ("lock", "hold", "expedite", "quantity", "tier", "note")
"""Cells of a line in which a planner decides."""
MOST = 20_000
"""Rows of a sheet: late and short lines come first, and priorities by rank; files have all."""
A4 = 9
"""Paper, as Excel numbers it."""
WIDEST = 44
"""Characters that a column shows."""
SHARES = ("target", "floor", "achieved", *REACHABLE_LEVELS, "gap")
BARS = ("short", "shortfall", "quantity")
"""Columns with a bar in each cell."""
ON_LINES = [
    *("order", "line", "customer", "segment", "tier", "item", "ordered", "delivered"),
    *("delivered_on_time", "short", "requested", "promised_before", "new_date"),
    *("last_arrival", "status", "reason"),
]


def write_workbook(
    settings: Settings, solution: Solution, policies: pd.DataFrame, run: str, path: Path
) -> None:
    """Write the workbook.

    Parameters
    ----------
    settings
        Of the scenario.
    solution
        The plan.
    policies
        What each policy would have reached: columns ``policy``, ``goal``, ``value``.
    run
        Its run id.
    path
        Of the file.
    """
    lines = solution.lines.assign(why=solution.lines["reason"].map(REASON_WORDS).fillna(""))
    fine = lines["status"].isin(AS_ASKED)
    late, first = lines[~fine], pd.concat([lines[~fine], lines[fine]])
    options = {
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
        "nan_inf_to_errors": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"created": pd.Timestamp(settings.horizon.start).to_pydatetime()})
        pen = _Pen(book)
        pen.sheet(PRIORITIES, solution.shipments)
        pen.sheet("Short and late", late[[*ON_LINES, "why"]])
        pen.sheet("Reasons", _reasons(solution))
        pen.sheet("Notices", to_be_told(solution, with_text=True))
        pen.sheet("Service", solution.service)
        if len(solution.reserve):
            pen.sheet("Reserve", solution.reserve)
        pen.sheet("Goals", _goals(settings, solution))
        pen.sheet("Comparison", _side_by_side(policies))
        pen.sheet(OVERRIDES, first[ON_LINES].rename(columns={"tier": "tier now"}), MARKED)
        pen.sheet(RUN, _about(settings, solution, run, len(lines)))


def _reasons(solution: Solution) -> pd.DataFrame:
    """Give a row for each reason: units that miss for it, and lines of which it is the main one."""
    rows = by_reason(solution).reset_index()
    return rows.assign(why=rows["reason"].map(REASON_WORDS))


def _goals(settings: Settings, solution: Solution) -> pd.DataFrame:
    rows = [
        (goal_name(g.name), g.value, goal_unit(settings, g.name), g.bound, g.gap, g.status.value)
        for g in solution.goals
    ]
    names = ["goal", "value", "unit", "bound", "gap", "status"]
    return pd.DataFrame(rows, columns=names).astype({"bound": "float64", "gap": "float64"})


def _side_by_side(policies: pd.DataFrame) -> pd.DataFrame:
    """Give a row for each policy, a column for each goal."""
    if policies.empty:
        return pd.DataFrame({"policy": pd.Series(dtype="str")})
    wide = policies.pivot_table(index="policy", columns="goal", values="value", sort=False)
    named = wide.rename(columns={goal: goal_name(str(goal)) for goal in wide.columns})
    return named.reset_index().rename_axis(columns=None)


def _about(settings: Settings, solution: Solution, run: str, lines: int) -> pd.DataFrame:
    rows = {
        "run": run,
        "horizon": horizon_sentence(settings),
        "scenario": solution.scenario,
        "policy": solution.policy,
        "how to decide": (
            f"Write in the marked cells of sheet {OVERRIDES}: x under lock (keep what the plan "
            "gives), hold (ship nothing) or expedite (any service); a number under quantity (at "
            "most) or tier; a note. Sort as you like, save, and run the scenario with --apply."
        ),
        "not due": " ".join(not_due_sentences(solution)) or "every line is due",
        "rows": f"Sheets show the first {min(MOST, lines):,} of {lines:,} lines; lines.csv has all",
    }
    return pd.DataFrame({"about": list(rows), "value": list(rows.values())})


class _Pen:
    """Writes frames into sheets."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.book = book
        self.head = book.add_format(
            {"bold": True, "bg_color": "#1F3A5F", "font_color": "white", "indent": 1}
        )
        self.head_of_figures = book.add_format(
            {"bold": True, "bg_color": "#1F3A5F", "font_color": "white", "align": "right"}
        )
        self.head_of_decisions = book.add_format({"bold": True, "bg_color": "#F2C14E"})
        self.cell = book.add_format({"bg_color": "#FFF6DB", "border": 1, "border_color": "#E6D9A8"})
        self.formats: Mapping[str, Format] = {
            "day": book.add_format({"num_format": "yyyy-mm-dd", "align": "left", "indent": 1}),
            "share": book.add_format({"num_format": "0.0%"}),
            "number": book.add_format({"num_format": "#,##0.00"}),
            "whole": book.add_format({"num_format": "#,##0"}),
            "words": book.add_format({"text_wrap": True, "valign": "top", "indent": 1}),
            "text": book.add_format({"indent": 1}),
        }

    def sheet(self, name: str, frame: pd.DataFrame, marked: tuple[str, ...] = ()) -> None:
        """Write a frame under a frozen header with filters, and empty cells to decide in."""
        frame = frame.head(MOST)
        sheet = self.book.add_worksheet(name)
        rows, columns = len(frame), len(frame.columns)
        for nth, column in enumerate(frame.columns):
            head = self.head_of_figures if frame[column].dtype.kind in "if" else self.head
            sheet.write_string(0, nth, str(column), head)
            self._column(sheet, nth, str(column), frame[column])
        for nth, column in enumerate(marked, start=columns):
            sheet.write_string(0, nth, column, self.head_of_decisions)
            sheet.set_column(nth, nth, 24 if column == "note" else 10)
            for row in range(rows):
                sheet.write_blank(row + 1, nth, None, self.cell)
        sheet.freeze_panes(1, min(2, columns))
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        if columns + len(marked):
            sheet.autofilter(0, 0, max(rows, 1), columns + len(marked) - 1)

    def _column(self, sheet: Worksheet, nth: int, name: str, values: pd.Series) -> None:
        kind = values.dtype.kind
        put: Callable[..., object]
        if kind == "M":
            put, style, width = sheet.write_datetime, self.formats["day"], 11
            cells = [None if pd.isna(v) else v.to_pydatetime() for v in values]
        elif kind == "b":
            put, style, width = sheet.write_boolean, None, 8
            cells = values.tolist()
        elif kind in "if":
            whole = "whole" if (values.dropna() % 1 == 0).all() else "number"
            style = self.formats["share" if name in SHARES else whole]
            put, width = sheet.write_number, 12
            cells = [None if v != v else v for v in values.tolist()]
        else:
            put = sheet.write_string
            cells = [None if v != v else str(v) for v in values.tolist()]
            width = max((len(cell) for cell in cells if cell), default=0) + 2
            style = self.formats["words" if width > WIDEST else "text"]
        sheet.set_column(nth, nth, min(max(width, len(name) + 3), WIDEST))
        for row, cell in enumerate(cells, start=1):
            if cell is not None and cell != "":
                put(row, nth, cell, style)
        if name in BARS and len(cells):
            bar = {"type": "data_bar", "bar_color": "#8FB8DE", "bar_solid": True}
            sheet.conditional_format(1, nth, len(cells), nth, bar)
