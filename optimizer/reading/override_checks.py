"""Checks of overrides: what a planner decides by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimizer.common.membership import is_among, positions, values_at
from optimizer.reading.faults import Faults
from optimizer.reading.table_checks import Mask, TypedTables, check_lines, check_steps, join_keys

WITH_VALUE = ("tier", "quantity")
"""Actions that need a value; the others have none."""
LAST_TIER = 99


def check_overrides(tables: TypedTables, faults: Faults) -> None:
    """Check that lines are known, values fit their action, and decisions do not contradict."""
    frame, lines = tables.frames["overrides"], tables.frames["lines"]
    at = positions(join_keys(frame, "order", "line"), join_keys(lines, "order", "line"))
    check_lines("overrides", at, tables, faults)
    _check_values(tables, faults)
    of_line = values_at(lines["item"], at)
    items = tables.frames["items"]
    weighed = is_among(of_line, items.loc[items["divisible"], "item"])
    caps = (frame["action"] == "quantity") & weighed
    check_steps("overrides", "value", of_line.where(caps, ""), tables, faults)
    _check_days(tables, faults)
    _check_tiers(tables, faults)
    _check_contradictions(tables, faults)


def is_locked(commitments: pd.DataFrame, overrides: pd.DataFrame) -> Mask:
    """Whether an override locks each commitment, shape (commitments,)."""
    locks = overrides[overrides["action"] == "lock"]
    return _is_named(commitments, locks)


def _is_named(rows: pd.DataFrame, by: pd.DataFrame) -> Mask:
    """Whether other rows name each row's order and line; a blank line names the whole order."""
    whole = by["line"] == ""
    of_line = is_among(join_keys(rows, "order", "line"), join_keys(by[~whole], "order", "line"))
    return is_among(rows["order"], by.loc[whole, "order"]) | of_line


def _check_values(tables: TypedTables, faults: Faults) -> None:
    frame, raw = tables.frames["overrides"], tables.raws["overrides"]
    action, value = frame["action"], frame["value"]
    blank = tables.is_blank("overrides", "value")
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


def _check_days(tables: TypedTables, faults: Faults) -> None:
    """Check that only `must` has a day."""
    frame, raw = tables.frames["overrides"], tables.raws["overrides"]
    wrong = frame["until"].notna() & ~frame["action"].isin(["", "must"])

    def explain(row: int) -> tuple[str, str]:
        return f"{frame['action'].iloc[row]} has no day until", "leave it blank"

    faults.add_cells(raw, "until", wrong.to_numpy(), explain)


def _check_tiers(tables: TypedTables, faults: Faults) -> None:
    """Check that a line moves to a tier with the same base, as a tier adds up its shortfalls."""
    frame, settings = tables.frames["overrides"], tables.settings
    moves = np.flatnonzero((frame["action"] == "tier") & frame["value"].notna())
    if settings is None or not len(moves):
        return
    promised = {n: s for n, s in settings.segments.items() if s.is_promised}
    counts: dict[float, tuple[str, str]] = {}
    for name, segment in promised.items():
        for base in segment.bases.values():
            counts.setdefault(segment.tier, (name, base))
    moved, value = _segments(tables), frame["value"]
    mixed = np.zeros(len(frame), dtype=bool)
    for row in moves:
        name = moved.iloc[row]
        if name in promised:
            base = promised[name].measure.base
            mixed[row] = counts.setdefault(value.iloc[row], (name, base))[1] != base

    def explain(row: int) -> tuple[str, str]:
        first, known = counts[value.iloc[row]]
        own = promised[moved.iloc[row]].measure.base
        problem = (
            f"tier {value.iloc[row]:.12g} counts {known}s (segment {first!r}), "
            f"but segment {moved.iloc[row]!r} of the order counts {own}s"
        )
        return problem, f"choose a tier that counts {own}s, or one that no segment has"

    faults.add_cells(tables.raws["overrides"], "value", mixed, explain)


def _segments(tables: TypedTables) -> pd.Series:
    """Look up the segment of each row's order; blank where it is not known."""
    frame, orders, customers = (tables.frames[n] for n in ("overrides", "orders", "customers"))
    customer = values_at(orders["customer"], positions(frame["order"], orders["order"]))
    return values_at(customers["segment"], positions(customer, customers["customer"]))


def _check_contradictions(tables: TypedTables, faults: Faults) -> None:
    """Check that no line that is held is locked, or must be complete."""
    for action, said in (("lock", "locked"), ("must", "to be complete")):
        _check_held(action, said, tables, faults)


def _check_held(action: str, said: str, tables: TypedTables, faults: Faults) -> None:
    frame, raw = tables.frames["overrides"], tables.raws["overrides"]
    locks = frame[frame["action"] == action]
    if locks.empty:
        return
    both = (frame["action"] == "hold") & (frame["order"] != "")
    whole = (frame["line"] == "") & is_among(frame["order"], locks["order"])
    both &= whole | _is_named(frame, locks)

    def explain(row: int) -> tuple[str, str]:
        order, line = frame["order"].iloc[row], frame["line"].iloc[row]
        same = locks["line"].isin([line, ""]) if line else locks["line"].notna()
        lock = locks[(locks["order"] == order) & same].index[0]
        problem = f"what is held here is {said} in row {raw.lines()[lock]}"
        return problem, "keep one of the two rows"

    faults.add_cells(raw, "action", both.to_numpy(), explain)
