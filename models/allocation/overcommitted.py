"""Limits that frozen promises exceed: these may, what is free may not."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from models.allocation.declaring import Declared
from models.allocation.listing import on_its_day
from models.problem import Problem
from models.shared_limits import SHARED_LIMITS, Uses
from models.tolerances import UNIT


def declare_overcommitted(d: Declared, p: Problem) -> None:
    """Declare the limits that promises exceed, and the options that use them.

    Whether promises do exceed one is a decision: stock may keep so few of them that something of
    the limit is left for others.
    """
    uses = _uses(p)
    row, option = uses["over"].to_numpy(), uses["option"].to_numpy()
    limits = uses.drop_duplicates("over")
    d.rows("OVERCOMMITTED", len(limits), "limits that promises exceed")
    d.column("own_limit", "OVERCOMMITTED", limits["limit"], "what it is [unit of the limit]")
    beyond = limits["most"] - limits["limit"]
    d.column("promised_beyond", "OVERCOMMITTED", beyond, "promised beyond it [unit of the limit]")
    d.variable("exceeded", "OVERCOMMITTED", 1, True, "promises use more than the limit")
    d.rows("USES", len(uses), "options that use those limits")
    d.column("option_using", "USES", option, "the option")
    d.column("use", "USES", uses["use"], "by a unit shipped [unit of the limit/unit shipped]")
    every, free = np.arange(len(uses)), uses["free"].to_numpy()
    for name, chosen in (("uses", every), ("free_uses", every[free]), ("kept_uses", every[~free])):
        d.listing(name, "OVERCOMMITTED", row[chosen], chosen, "of the limit")


def _uses(p: Problem) -> pd.DataFrame:
    """List the uses of limits that promises exceed and that matter to anything free.

    Columns ``over`` (number of the limit), ``limit`` and ``most`` of it, ``option``, ``use`` of a
    unit, and whether the option is ``free``; sorted by ``over``. A promise that moves is the line's
    own, but keeps within what its new day has left.
    """
    uses = pd.concat(
        list(_by_family(p)), keys=range(1 + len(SHARED_LIMITS)), names=["family", None]
    ).reset_index()
    own, kept = p.options["frozen"].to_numpy() < 0, on_its_day(p)
    of_lines = (uses["family"] == 0).to_numpy()
    uses["free"] = np.where(of_lines, own[uses["option"]], ~kept[uses["option"]])
    by_limit = uses.groupby(["family", "row"])
    uses = uses[by_limit["free"].transform("any").astype(bool)]
    return uses.assign(over=uses.groupby(["family", "row"]).ngroup()).sort_values("over")


def _by_family(p: Problem) -> Iterator[pd.DataFrame]:
    """Yield uses of what lines may be delivered, then of every limit that options share."""
    lines, gives = (p.options[name].to_numpy() for name in ("line", "gives"))
    yield _exceeded(p.lines, Uses(lines, np.arange(len(p.options)), gives))
    for limit in SHARED_LIMITS:
        yield _exceeded(limit.rows(p), limit.uses_of(p))


def _exceeded(limits: pd.DataFrame, uses: Uses) -> pd.DataFrame:
    """Pick the uses of rows that promises exceed."""
    limit, most = (limits[name].to_numpy() for name in ("limit", "most"))
    over = most > limit + UNIT
    used = np.flatnonzero(over[uses.row]) if over.any() else np.empty(0, dtype="int64")
    row, option = uses.row[used], uses.option[used]
    return pd.DataFrame(
        {
            "row": row.astype("int64"),
            "option": option.astype("int64"),
            "limit": limit[row],
            "most": most[row],
            "use": uses.amount[used],
        }
    )
