"""What to tell customers before a date breaks: a new date, a reason and what we can do.

A notice names nothing but the customer's own orders and dates: no quantity, no site, no item, no
rule of ours and nobody else. Every reason is one of a few fixed sentences.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.problem import Problem
from models.solution import NOTICES
from models.tolerances import UNIT

MOST = 5
"""Orders that a text names."""
MISSED, MOVED = "missed", "moved"
SCARCE = "We cannot have all of it ready in time."
SAID = {
    "late_receipt": "A delivery to us arrives later than planned.",
    "site_capacity": "We cannot get all of it on its way in time.",
    "lane_capacity": "There is no more room for delivery on these days.",
    "no_lane": "We cannot deliver to you by this date.",
    "entitlement": "The delivery you have agreed with us takes longer.",
    "window": "We cannot deliver within your hours of receipt by this date.",
    "cancel_date": "We cannot deliver by this date.",
    "order_rule": "We cannot deliver all of it together, as you asked, by this date.",
    "pack": "What is left does not fill a pack.",
    "hold": "We are checking the order and will confirm it.",
}
"""What a customer is told for each reason of ``lines.csv``; all others are scarcity."""
OFFERED = {
    "express": "a faster delivery",
    "other_site": "a delivery from elsewhere",
    "substitute": "a similar item instead",
    "ship_part": "a part of it earlier",
    "later_date": "a delivery on a later date",
    "credit": "a credit note",
}
"""What is recommended, the best first, in words."""


def notices_of(problem: Problem, lines: pd.DataFrame, remedies: pd.DataFrame) -> pd.DataFrame:
    """Write one notice for each customer with a promise that is missed or moved.

    Missed is the date that the customer asked for; moved is the one of yesterday's plan, where the
    commitments say so.

    Parameters
    ----------
    problem
        For dates asked for and promised.
    lines, remedies
        Frames of the answer, lines in the order of the problem's.

    Returns
    -------
    pandas.DataFrame
        The columns of :data:`models.solution.NOTICES`, sorted by customer.
    """
    start = pd.Timestamp(problem.settings.horizon.start)
    requested = (start + pd.to_timedelta(problem.lines["requested"], unit="D")).to_numpy()
    missed = (lines["status"] != "on_time").to_numpy()
    promised, moved = _moved(problem, lines)
    concerned = missed | moved
    if not concerned.any():
        return pd.DataFrame(columns=list(NOTICES)).astype(NOTICES)
    full = lines["status"].isin(["on_time", "late"])
    rows = lines.assign(
        missed=missed,
        promised=np.where(missed, requested, promised),
        new_date=lines["last_arrival"].where(full),
        open=~full,
        gap=lines["ordered"] - lines["delivered_on_time"],
        said=lines["reason"].map(SAID).fillna(SCARCE),
    )[concerned]
    told = _by_customer(rows.join(_recoveries(remedies), on=["order", "line"]))
    told["text"] = _texts(told)
    told["orders"] = told["orders"].map(", ".join)
    return told[list(NOTICES)].astype(NOTICES)


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


def _recoveries(remedies: pd.DataFrame) -> pd.Series:
    """Rank of the best offer for each order and line, in the order of :data:`OFFERED`."""
    rank = {name: nth for nth, name in enumerate(OFFERED)}
    offers = remedies[remedies["state"] == "offer"]
    ranked = offers.assign(recovery=offers["remedy"].map(rank), late=~offers["on_time"])
    best = ranked.sort_values(["late", "recovery"], kind="stable")
    return best.drop_duplicates(["order", "line"]).set_index(["order", "line"])["recovery"]


def _by_customer(rows: pd.DataFrame) -> pd.DataFrame:
    """Put together what each customer is told."""
    mine = rows.groupby("customer")
    gaps = rows.groupby(["customer", "said"])["gap"].sum().reset_index()
    gaps = gaps.sort_values(["customer", "gap", "said"], ascending=[True, False, True])
    reason = gaps.drop_duplicates("customer").set_index("customer")["said"]
    orders = rows.drop_duplicates(["customer", "order"]).groupby("customer")["order"].agg(list)
    names = dict(enumerate(OFFERED))
    told = pd.DataFrame(
        {
            "orders": orders,
            "kind": mine["missed"].any().map({True: MISSED, False: MOVED}),
            "promised": mine["promised"].min(),
            "new_date": mine["new_date"].max().where(~mine["open"].any()),
            "reason": reason,
            "recovery": mine["recovery"].min().map(names).fillna(""),
        }
    )
    return told.rename_axis("customer").reset_index()


def _texts(told: pd.DataFrame) -> list[str]:
    """Write what to send to each customer."""
    days = told[["promised", "new_date"]].apply(lambda day: day.dt.strftime("%Y-%m-%d").fillna(""))
    columns = (told["orders"], days["promised"], days["new_date"], told["reason"], told["recovery"])
    return [_text(*row) for row in zip(*columns, strict=True)]


def _text(orders: list[str], promised: str, new: str, reason: str, recovery: str) -> str:
    """Write what to send to one customer."""
    sentences = (
        f"Your {_named(orders)} will not be there in full by {promised}.",
        reason,
        f"We now deliver by {new}."
        if new
        else "We will tell you a new date as soon as we have one.",
        f"We can offer you {OFFERED[recovery]}." if recovery else "",
    )
    return " ".join(filter(None, sentences))


def _named(orders: list[str]) -> str:
    """Name the customer's own orders."""
    if len(orders) == 1:
        return f"order {orders[0]}"
    more = f" and {len(orders) - MOST} more" if len(orders) > MOST else ""
    return f"orders {', '.join(orders[:MOST])}{more}"
