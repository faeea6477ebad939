"""What is other than in the last approved plan, line by line, and why."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import numpy as np
import pandas as pd

from models.solution import Solution
from models.tolerances import UNIT
from optimizer.reporting.comparison import Run
from optimizer.reporting.open_part import open_part

COLUMNS = {
    "order": "str",
    "line": "str",
    "customer": "str",
    "before": "float64",
    "before_arrival": "datetime64[s]",
    "after": "float64",
    "after_arrival": "datetime64[s]",
    "change": "str",
    "reason": "str",
}
"""Units still to come and last arrival, then and now; the kind of change; why not more now."""
KINDS = ("set_aside", "gone", "new", "less", "later", "more", "earlier")
"""Kinds of change: the first that holds. What is gone was delivered, or taken back."""
KEY = ["order", "line"]


def changes(before: Run, now: Run, as_of: date, aside: Collection[str]) -> pd.DataFrame:
    """Compare two plans of the same book on different days.

    Parameters
    ----------
    before
        Scenario and solution of the last approved run.
    now
        Those of today.
    as_of
        Today: what left earlier is no longer promised, but delivered.
    aside
        Orders that were set aside today.

    Returns
    -------
    pandas.DataFrame
        The columns :data:`COLUMNS`, a row for each line whose promise is another one.
    """
    found = _changed_lines(open_part(*before, as_of), now[1])
    found["change"] = _kinds(found, before[1], now[1], aside)
    typed = found[list(COLUMNS)].astype(COLUMNS)
    return typed.sort_values(KEY, ignore_index=True)


def _changed_lines(before: Solution, now: Solution) -> pd.DataFrame:
    """Join the lines of both, whichever has them, and keep those with another date or quantity."""
    columns = {"delivered": "{}", "last_arrival": "{}_arrival"}
    old, new = (
        plan.lines[[*KEY, "customer", *columns, *more]].rename(
            columns={name: form.format(when) for name, form in columns.items()}
        )
        for plan, when, more in ((before, "before", ()), (now, "after", ("reason",)))
    )
    both = old.merge(new, on=KEY, how="outer", suffixes=("_before", ""))
    both["customer"] = both["customer"].where(both["customer"].notna(), both["customer_before"])
    both = both.fillna({"before": 0.0, "after": 0.0, "reason": ""})
    dates = both[["before_arrival", "after_arrival"]]
    moved = (both["after"] - both["before"]).abs() > UNIT
    moved |= (dates["before_arrival"] != dates["after_arrival"]) & dates.notna().any(axis=1)
    return both[moved].reset_index(drop=True)


def no_changes() -> pd.DataFrame:
    """Return the frame without rows."""
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in COLUMNS.items()})


def _kinds(
    found: pd.DataFrame, before: Solution, now: Solution, aside: Collection[str]
) -> np.ndarray:
    """Say of each row what kind of change it is."""
    keys = pd.MultiIndex.from_frame(found[KEY])
    then, today = (pd.MultiIndex.from_frame(plan.lines[KEY]) for plan in (before, now))
    more = found["after"] - found["before"]
    later = found["after_arrival"] > found["before_arrival"]
    holds = [
        found["order"].isin(list(aside)),
        ~keys.isin(today),
        ~keys.isin(then),
        more < -UNIT,
        later & (more <= UNIT),
        more > UNIT,
    ]
    return np.select([np.asarray(h, dtype=bool) for h in holds], KINDS[:-1], KINDS[-1])
