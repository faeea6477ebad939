"""Notices: each order of which a date breaks is told once, and told what is so."""

from __future__ import annotations

import pandas as pd

from models.judge.findings import TOLERANCE, differs, refuse
from models.judge.lookup.scenario_lookup import Lookup
from models.judge.statements.judged_answer import JudgedAnswer
from models.judge.statements.older_notices import older_notices_hold

NAME = "notices: order {order}"
TOLD = ("customer", "kind", "promised", "new_date")
"""Columns that are worked out again."""


def notices_hold(answer: JudgedAnswer) -> list[str]:
    """Ask for one notice for each order with a date that is not kept, with its dates."""
    table = answer.solution.notices.reset_index(drop=True)
    if len(table) and (table["order"] == "").all():
        return older_notices_hold(answer)
    expected = _expected(answer.lookup)
    missing = expected[~expected["order"].isin(table["order"])]
    both = table.merge(expected, on="order", how="left", suffixes=("", "_due"))
    known = both["customer_due"].notna()
    keys = table[["customer", "order"]]
    in_order = keys.equals(keys.sort_values(["customer", "order"], ignore_index=True))
    once = in_order and table["order"].is_unique
    wrong = [
        refuse(
            both,
            known & differs(both[name], both[f"{name}_due"]),
            f"{NAME}: {name} is {{{name}}}, the shipments make {{{name}_due}}",
        )
        for name in TOLD
    ]
    return [
        *([] if once else ["notices: orders are repeated or not sorted"]),
        *refuse(missing, missing["order"] != "", NAME + " is not told"),
        *refuse(both, ~known, NAME + " keeps all its dates and is told otherwise"),
        *refuse(both, both["orders"] != both["order"], NAME + " is told of {orders}"),
        *(text for findings in wrong for text in findings),
    ]


def _expected(lookup: Lookup) -> pd.DataFrame:
    """Work out which orders are to be told, and of which dates."""
    lines = lookup.lines.join(_broken(lookup))
    kept = lines["delivered"] >= lines["frozen_units"] - TOLERANCE
    there = lines["full"].where(lines["due"], kept)
    missed = lines["due"] & ~lines["full_on_time"]
    rows = lines.assign(missed=missed, there=there)[missed | lines["broken"].notna()]
    mine = rows.groupby(["customer", "order"])
    table = pd.DataFrame(
        {
            "kind": mine["missed"].any().map({True: "missed", False: "moved"}).astype("str"),
            "promised": mine["broken"].min().fillna(mine["requested"].min()),
            "new_date": mine["last_arrival"].max().where(mine["there"].all().astype("bool")),
        }
    )
    return table.reset_index().astype({"order": "str", "customer": "str"})


def _broken(lookup: Lookup) -> pd.Series:
    """Find the first day by which a line has less than was promised, by its place."""
    lines, rows = lookup.lines, lookup.commitments
    due = lines["due"].to_numpy()[rows["place"].astype("int64")]
    rows = rows[rows["frozen"] | due]
    came = lookup.placed[lookup.placed["place"].isin(rows["place"])]
    parts = [
        rows[["place", "arrival"]].assign(units=rows["units"], came=0.0),
        came[["place", "arrival"]].assign(units=0.0, came=came["units"]),
    ]
    by_day = pd.concat(parts).groupby(["place", "arrival"])[["units", "came"]].sum()
    sums = by_day.groupby(level="place").cumsum().reset_index()
    about = lines[["ordered", "half_step"]].loc[sums["place"].astype("int64")]
    ordered, slack = about["ordered"].to_numpy(), about["half_step"].to_numpy()
    less = sums["came"] < sums["units"].clip(upper=ordered) - TOLERANCE
    open_ = sums["came"] < ordered - slack - TOLERANCE
    return sums[less & open_].groupby("place")["arrival"].min().rename("broken")
