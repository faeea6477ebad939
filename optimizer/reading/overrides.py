"""Checks of what a planner decides by hand."""

from __future__ import annotations

import pandas as pd

from optimizer.reading.checked import Checked, Mask, check_lines, pairs
from optimizer.reading.faults import Faults
from optimizer.reading.membership import among, positions

WITH_VALUE = ("tier", "quantity")
"""Actions that need a value; the others have none."""
LAST_TIER = 99


def check_overrides(tables: Checked, faults: Faults) -> None:
    """Lines are known, values fit their action, and no line is locked and held."""
    frame, lines = tables.frames["overrides"], tables.frames["lines"]
    at = positions(pairs(frame, "order", "line"), pairs(lines, "order", "line"))
    check_lines("overrides", at, tables, faults)
    _check_values(tables, faults)
    _check_contradictions(tables, faults)


def locked(commitments: pd.DataFrame, overrides: pd.DataFrame) -> Mask:
    """Tell which commitments an override locks."""
    locks = overrides[overrides["action"] == "lock"]
    return _concerned(commitments, locks)


def _concerned(rows: pd.DataFrame, by: pd.DataFrame) -> Mask:
    """Tell which rows, by order and line, other rows name; a blank line names the whole order."""
    whole = by["line"] == ""
    of_line = among(pairs(rows, "order", "line"), pairs(by[~whole], "order", "line"))
    return among(rows["order"], by.loc[whole, "order"]) | of_line


def _check_values(tables: Checked, faults: Faults) -> None:
    frame, raw = tables.frames["overrides"], tables.raws["overrides"]
    action, value = frame["action"], frame["value"]
    blank = tables.left_blank("overrides", "value")
    needed = action.isin(WITH_VALUE)
    odd = (action == "tier") & ((value % 1 > 0) | (value < 1) | (value > LAST_TIER))
    wrong = (needed & blank) | (~needed & (action != "") & value.notna()) | odd

    def explain(row: int) -> tuple[str, str]:
        what = action.iloc[row]
        if what not in WITH_VALUE:
            return f"{what} has no value, not {value.iloc[row]:.12g}", "leave it blank"
        meant = f"a whole number from 1 to {LAST_TIER}" if what == "tier" else "the most units"
        if blank[row]:
            return f"the value of {what} is blank", f"write {meant}"
        return f"{value.iloc[row]:.12g} is no tier", f"write {meant}"

    faults.add_cells(raw, "value", wrong.to_numpy(), explain)


def _check_contradictions(tables: Checked, faults: Faults) -> None:
    """No line is locked and held."""
    frame, raw = tables.frames["overrides"], tables.raws["overrides"]
    locks, holds = (frame[frame["action"] == action] for action in ("lock", "hold"))
    if locks.empty or holds.empty:
        return
    both = (frame["action"] == "hold") & (frame["order"] != "")
    whole = (frame["line"] == "") & among(frame["order"], locks["order"])
    both &= whole | _concerned(frame, locks)

    def explain(row: int) -> tuple[str, str]:
        order, line = frame["order"].iloc[row], frame["line"].iloc[row]
        same = locks["line"].isin([line, ""]) if line else locks["line"].notna()
        lock = locks[(locks["order"] == order) & same].index[0]
        problem = f"what is held here is locked in row {raw.lines()[lock]}"
        return problem, "keep one of the two rows"

    faults.add_cells(raw, "action", both.to_numpy(), explain)
