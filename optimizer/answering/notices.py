"""What to tell customers before a date breaks: order by order a date, a reason, what comes when.

A notice names nothing but the customer's own order, its items, quantities and dates: no site, no
rule of ours and nobody else. Every reason is one of a few fixed sentences.
"""

from __future__ import annotations

import pandas as pd

from models.problem import Problem
from models.reasons import SCARCITY, Reason
from models.scenario import Scenario
from models.solution import AS_ASKED, NOT_DUE, NOTICES
from models.tolerances import UNIT
from optimizer.answering.broken_promises import broken_promises
from optimizer.answering.next_news import next_news
from optimizer.answering.notice_texts import texts_of
from optimizer.answering.notice_words import deliveries_of, what_comes, what_is_missing

MISSED, MOVED = "missed", "moved"
NOTICE = {reason.value: reason.notice for reason in Reason}
OFFERED = ("express", "other_site", "substitute", "ship_part", "later_date", "credit")
"""What is recommended, the best first."""


def notices_of(
    scenario: Scenario,
    problem: Problem,
    lines: pd.DataFrame,
    shipped: pd.DataFrame,
    remedies: pd.DataFrame,
) -> pd.DataFrame:
    """Write one notice for each order with a promise that is not kept, or a date that is missed.

    Promised is what was promised before, by yesterday's plan, where the commitments say so, or by
    frozen ones, if that is not kept; else the date asked for. An order is ``missed`` if it is not
    there by the date asked for, else it is ``moved``.

    Parameters
    ----------
    scenario
        The question.
    problem
        Prepared from it: dates asked for and promised.
    lines, remedies
        Frames of the answer, lines in the order of the problem's.
    shipped
        Shipments: ``line`` (position), ``arrival`` (day) and ``delivered`` [ordered unit].

    Returns
    -------
    pandas.DataFrame
        The columns of :data:`models.solution.NOTICES`, sorted by customer and order.
    """
    rows = _concerned(scenario, problem, lines, shipped)
    if rows.empty:
        return pd.DataFrame(columns=list(NOTICES)).astype(NOTICES)
    rows = _in_numbers(rows.join(_recoveries(remedies), on=["order", "line"]))
    notices = _by_order(rows)
    references = scenario["orders"].set_index("order")["reference"]
    notices["reference"] = notices["order"].map(references)
    notices["text"] = texts_of(scenario, notices, rows)
    return notices.assign(orders=notices["order"])[list(NOTICES)].astype(NOTICES)


def _concerned(
    scenario: Scenario, problem: Problem, lines: pd.DataFrame, shipped: pd.DataFrame
) -> pd.DataFrame:
    """Lines of which a promise breaks, or the date asked for.

    Each has the ``promised`` date that breaks, ``missing`` units [ordered unit], all ``deliveries``
    of it and the ``new_date`` by which all that is expected of it is there; blank where that has no
    date, and the day by which more is known is ``know_by``.
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
    rows = rows[missed | moved]
    texts = scenario["items"].set_index("item")["text"].to_dict()
    return rows.assign(
        called=[f"{texts[i]} ({i})" if texts.get(i) else i for i in rows["item"]],
        know_by=next_news(scenario, rows).where(rows["open"]),
        deliveries=deliveries_of(problem, shipped, rows.index),
    )


def _in_numbers(rows: pd.DataFrame) -> pd.DataFrame:
    """Say of each line ``what`` is missing and what comes (``offer``), by name if of several."""
    amounts = zip(rows["called"], rows["ordered"], rows["missing"], strict=True)
    coming = zip(rows["ordered"], rows["deliveries"], strict=True)
    offer = pd.Series([what_comes(*line) for line in coming], index=rows.index, dtype="str")
    others = rows.groupby("order")["order"].transform("size") > 1
    named = rows["item"] + ": " + offer
    return rows.assign(
        what=[what_is_missing(*line) for line in amounts],
        offer=offer.where(~others | (offer == ""), named),
    )


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
            "know_by": mine["know_by"].max(),
            "what": mine["what"].agg("; ".join),
            "offer": mine["offer"].agg(lambda offers: "; ".join(filter(None, offers))),
        }
    )
    return table.reset_index()
