"""What to tell customers before a date breaks: a new date, a reason and what we can do.

A notice names nothing but the customer's own orders and dates: no quantity, no site, no item, no
rule of ours and nobody else. Every reason is one of a few fixed sentences.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.problem import Problem
from models.reasons import SCARCITY, Reason
from models.solution import AS_ASKED, NOT_DUE, NOTICES
from models.tolerances import UNIT

MOST = 5
"""Orders that a text names."""
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
    problem: Problem, lines: pd.DataFrame, shipments: pd.DataFrame, remedies: pd.DataFrame
) -> pd.DataFrame:
    """Write one notice for each customer with a promise that is missed or moved.

    Missed is the date that the customer asked for; moved is the one of yesterday's plan, where the
    commitments say so, or of a frozen promise.

    Parameters
    ----------
    problem
        For dates asked for and promised.
    lines, shipments, remedies
        Frames of the answer, lines in the order of the problem's.

    Returns
    -------
    pandas.DataFrame
        The columns of :data:`models.solution.NOTICES`, sorted by customer.
    """
    start = pd.Timestamp(problem.settings.horizon.start)
    requested = (start + pd.to_timedelta(problem.lines["requested"], unit="D")).to_numpy()
    missed = ~lines["status"].isin(AS_ASKED).to_numpy()
    promised, moved = _moved(problem, lines)
    frozen, broken = _broken_frozen(problem, lines, shipments)
    promised, moved = np.where(broken, frozen, promised), moved | broken
    concerned = missed | moved
    if not concerned.any():
        return pd.DataFrame(columns=list(NOTICES)).astype(NOTICES)
    kept = lines["delivered"] >= problem.lines["frozen"] - UNIT
    full = lines["status"].isin(["on_time", "late"]) | ((lines["status"] == NOT_DUE) & kept)
    rows = lines.assign(
        missed=missed,
        promised=np.where(missed, requested, promised),
        new_date=lines["last_arrival"].where(full),
        open=~full,
        gap=lines["ordered"] - lines["delivered_on_time"],
        notice=lines["reason"].map(NOTICE).fillna(SCARCITY),
    )[concerned]
    notices = _by_customer(rows.join(_recoveries(remedies), on=["order", "line"]))
    notices["text"] = _texts(notices)
    notices["orders"] = notices["orders"].map(", ".join)
    return notices[list(NOTICES)].astype(NOTICES)


def _moved(problem: Problem, lines: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Date on which each line was expected, NaT if on none, and whether it gets less or later."""
    start = pd.Timestamp(problem.settings.horizon.start)
    rows = problem.committed.assign(
        units=problem.committed["quantity"] * problem.committed["gives"]
    )
    expected = rows.groupby("line").agg({"arrival": "max", "units": "sum"}).reindex(lines.index)
    day = (start + pd.to_timedelta(expected["arrival"], unit="D")).astype("datetime64[s]")
    less = lines["delivered"] < expected["units"] - UNIT
    moved = less | (lines["last_arrival"] > day)
    return day.to_numpy(), moved.to_numpy()


def _broken_frozen(
    problem: Problem, lines: pd.DataFrame, shipments: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    """First date of a frozen promise of each line that is not kept, and whether there is one.

    Units that leave later and arrive no later than promised concern no customer; of what is never
    delivered it is the first date of all promises of the line.
    """
    late = shipments[shipments["arrival_date"] > shipments["promised_arrival_date"]]
    first = late.groupby(["order", "line"])["promised_arrival_date"].min()
    day = first.reindex(pd.MultiIndex.from_frame(lines[["order", "line"]])).reset_index(drop=True)
    arrival = problem.frozen.groupby("line")["arrival"].min().reindex(lines.index)
    start = pd.Timestamp(problem.settings.horizon.start)
    due = (start + pd.to_timedelta(arrival, unit="D")).astype("datetime64[s]")
    lost = lines["delivered"] < problem.lines["frozen"] - UNIT
    day = day.astype("datetime64[s]").where(~lost, due)
    return day.to_numpy(), day.notna().to_numpy()


def _recoveries(remedies: pd.DataFrame) -> pd.Series:
    """Rank of the best offer for each order and line, in the order of :data:`OFFERED`."""
    rank = {name: nth for nth, name in enumerate(OFFERED)}
    offers = remedies[remedies["state"] == "offer"]
    ranked = offers.assign(recovery=offers["remedy"].map(rank), late=~offers["on_time"])
    best = ranked.sort_values(["late", "recovery"], kind="stable")
    return best.drop_duplicates(["order", "line"]).set_index(["order", "line"])["recovery"]


def _by_customer(rows: pd.DataFrame) -> pd.DataFrame:
    """Put together what concerns each customer."""
    mine = rows.groupby("customer")
    gaps = rows.groupby(["customer", "notice"])["gap"].sum().reset_index()
    gaps = gaps.sort_values(["customer", "gap", "notice"], ascending=[True, False, True])
    reason = gaps.drop_duplicates("customer").set_index("customer")["notice"]
    orders = rows.drop_duplicates(["customer", "order"]).groupby("customer")["order"].agg(list)
    names = dict(enumerate(OFFERED))
    table = pd.DataFrame(
        {
            "orders": orders,
            "kind": mine["missed"].any().map({True: MISSED, False: MOVED}),
            "promised": mine["promised"].min(),
            "new_date": mine["new_date"].max().where(~mine["open"].any()),
            "reason": reason,
            "recovery": mine["recovery"].min().map(names).fillna(""),
        }
    )
    return table.rename_axis("customer").reset_index()


def _texts(table: pd.DataFrame) -> list[str]:
    """Write what to send to each customer."""
    days = table[["promised", "new_date"]].apply(lambda day: day.dt.strftime("%Y-%m-%d").fillna(""))
    dated = table.assign(promised=days["promised"], new_date=days["new_date"])
    columns = ["orders", "kind", "promised", "new_date", "reason", "recovery"]
    return [_text(*row) for row in dated[columns].itertuples(index=False, name=None)]


def _text(orders: list[str], kind: str, promised: str, new: str, reason: str, recovery: str) -> str:
    """Write what to send to one customer."""
    names = _order_names(orders)
    sentences = (
        f"What we promised you of your {names} will not all be there by {promised}."
        if kind == MOVED
        else f"Your {names} will not be there in full by {promised}.",
        reason,
        f"We now deliver by {new}."
        if new
        else "We will tell you a new date as soon as we have one.",
        f"We can offer you {OFFERED[recovery]}." if recovery else "",
    )
    return " ".join(filter(None, sentences))


def _order_names(orders: list[str]) -> str:
    """Name the customer's own orders."""
    if len(orders) == 1:
        return f"order {orders[0]}"
    more = f" and {len(orders) - MOST} more" if len(orders) > MOST else ""
    return f"orders {', '.join(orders[:MOST])}{more}"
