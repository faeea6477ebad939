"""What to tell customers before a date breaks: order by order a date, a reason, what comes when.

A notice names nothing but the customer's own order, its items, quantities and dates: no site, no
rule of ours and nobody else. Every reason is one of a few fixed sentences.
"""

from __future__ import annotations

import pandas as pd

from models.problem import Problem
from models.reasons import SCARCITY, Reason
from models.solution import AS_ASKED, NOT_DUE, NOTICES
from models.tolerances import UNIT
from optimizer.answering.broken_promises import broken_promises

MISSED, MOVED = "missed", "moved"
NOTICE = {reason.value: reason.notice for reason in Reason}
OFFERED = {
    "express": "a faster delivery",
    "other_site": "a delivery from elsewhere",
    "substitute": "a similar item instead",
    "ship_part": "a part of it earlier",
    "later_date": "a delivery on a later date",
    "credit": "a credit note",
}
"""Words of what is recommended, the best first."""


def notices_of(
    problem: Problem, lines: pd.DataFrame, shipped: pd.DataFrame, remedies: pd.DataFrame
) -> pd.DataFrame:
    """Write one notice for each order with a promise that is not kept, or a date that is missed.

    Promised is what was promised before, by yesterday's plan, where the commitments say so, or by
    frozen ones, if that is not kept; else the date asked for. An order is ``missed`` if it is not
    there by the date asked for, else it is ``moved``.

    Parameters
    ----------
    problem
        For dates asked for and promised.
    lines, remedies
        Frames of the answer, lines in the order of the problem's.
    shipped
        Shipments: ``line`` (position), ``arrival`` (day) and ``delivered`` [ordered unit].

    Returns
    -------
    pandas.DataFrame
        The columns of :data:`models.solution.NOTICES`, sorted by customer and order.
    """
    rows = _concerned(problem, lines, shipped)
    if rows.empty:
        return pd.DataFrame(columns=list(NOTICES)).astype(NOTICES)
    notices = _by_order(rows.join(_recoveries(remedies), on=["order", "line"]))
    notices["text"] = _texts(notices)
    return notices.assign(orders=notices["order"])[list(NOTICES)].astype(NOTICES)


def _concerned(problem: Problem, lines: pd.DataFrame, shipped: pd.DataFrame) -> pd.DataFrame:
    """Lines of which a promise breaks, or the date asked for.

    Each has the ``promised`` date that breaks, ``missing`` units [ordered unit] and, where all that
    is expected of it comes, the ``new_date`` by which it does.
    """
    broken = broken_promises(problem, shipped).reindex(lines.index)
    moved = broken["day"].notna()
    missed = ~lines["status"].isin(AS_ASKED)
    kept = lines["delivered"] >= problem.lines["frozen"] - UNIT
    full = lines["status"].isin(["on_time", "late"]) | ((lines["status"] == NOT_DUE) & kept)
    late = lines["ordered"] - lines["delivered_on_time"]
    rows = lines.assign(
        moved=moved,
        missed=missed,
        promised=problem.dates(broken["day"].fillna(problem.lines["requested"])),
        missing=broken["missing"].fillna(late),
        new_date=lines["last_arrival"].where(full),
        open=~full,
        notice=lines["reason"].map(NOTICE).fillna(SCARCITY),
    )
    return rows[missed | moved]


def _recoveries(remedies: pd.DataFrame) -> pd.Series:
    """Rank of the best offer for each order and line, in the order of :data:`OFFERED`."""
    rank = {name: nth for nth, name in enumerate(OFFERED)}
    offers = remedies[remedies["state"] == "offer"]
    ranked = offers.assign(recovery=offers["remedy"].map(rank), late=~offers["on_time"])
    best = ranked.sort_values(["late", "recovery"], kind="stable")
    return best.drop_duplicates(["order", "line"]).set_index(["order", "line"])["recovery"]


def _by_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Put together what concerns each order: a promise that breaks before a date asked for."""
    keys = ["customer", "order"]
    mine = rows.groupby(keys)
    missing = rows.groupby([*keys, "notice"])["missing"].sum().reset_index()
    missing = missing.sort_values([*keys, "missing", "notice"], ascending=[True, True, False, True])
    dates = rows["promised"].where(rows["moved"]).groupby([rows[key] for key in keys]).min()
    table = pd.DataFrame(
        {
            "kind": mine["missed"].any().map({True: MISSED, False: MOVED}),
            "broken": mine["moved"].any(),
            "promised": dates.fillna(mine["promised"].min()),
            "new_date": mine["new_date"].max().where(~mine["open"].any()),
            "reason": missing.drop_duplicates(keys).set_index(keys)["notice"],
            "recovery": mine["recovery"].min().map(dict(enumerate(OFFERED))).fillna(""),
        }
    )
    return table.reset_index()


def _texts(table: pd.DataFrame) -> list[str]:
    """Write what to send to each customer."""
    days = table[["promised", "new_date"]].apply(lambda day: day.dt.strftime("%Y-%m-%d").fillna(""))
    dated = table.assign(promised=days["promised"], new_date=days["new_date"])
    columns = ["order", "broken", "promised", "new_date", "reason", "recovery"]
    return [_text(*row) for row in dated[columns].itertuples(index=False, name=None)]


def _text(order: str, broken: bool, promised: str, new: str, reason: str, recovery: str) -> str:
    """Write what to send for one order."""
    sentences = (
        f"What we promised you of your order {order} will not all be there by {promised}."
        if broken
        else f"Your order {order} will not be there in full by {promised}.",
        reason,
        f"We now deliver by {new}."
        if new
        else "We will tell you a new date as soon as we have one.",
        f"We can offer you {OFFERED[recovery]}." if recovery else "",
    )
    return " ".join(filter(None, sentences))
