"""What a planner should know of decisions by hand that change nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from models.relationship import StageName
from models.settings import Settings
from optimizer.scenario.stages import stages_today


def idle_decisions(
    settings: Settings, tables: Mapping[str, pd.DataFrame]
) -> Iterator[tuple[pd.Series, str, str]]:
    """Find decisions that change nothing for any of their lines.

    A lock is none of them here: it depends on commitments.

    Yields
    ------
    names : pandas.Series
        Orders of the decisions.
    one, many : str
        What to say of one, and of several orders.
    """
    decided = tables["overrides"]
    if decided.empty:
        return
    lines = _lines_of(settings, tables, decided["order"])
    whole = decided["line"] == ""
    each = decided.assign(row=decided.index)
    of_order = each[whole].drop(columns="line").merge(lines, on="order")
    of_line = each[~whole].merge(lines, on=["order", "line"])
    rows = pd.concat([of_order, of_line], ignore_index=True)
    idle = {
        "tier": rows["tier"] == rows["value"],
        "quantity": rows["quantity"] <= rows["value"],
        "expedite": rows["any_service"],
    }
    for action, (one, many) in _WORDS.items():
        mine = rows["action"] == action
        nothing = idle[action][mine].groupby(rows["row"][mine]).all()
        yield decided["order"][nothing.index[nothing.to_numpy(dtype=bool)]], one, many


_WORDS = {
    "tier": (
        "order is moved by hand to the tier that it is in, which changes nothing",
        "orders are moved by hand to the tier that they are in, which changes nothing",
    ),
    "quantity": (
        "order is capped at no less than it ordered, which changes nothing",
        "orders are capped at no less than they ordered, which changes nothing",
    ),
    "expedite": (
        "order is expedited where it may use every service, which changes nothing",
        "orders are expedited where they may use every service, which changes nothing",
    ),
}


def _lines_of(
    settings: Settings, tables: Mapping[str, pd.DataFrame], orders: pd.Series
) -> pd.DataFrame:
    """List lines of some orders with their ``tier``, and whether they may use ``any_service``."""
    who = tables["customers"][["customer", "segment"]]
    stage = stages_today(settings, tables)
    own = tables["orders"][tables["orders"]["order"].isin(orders)]
    own = own[["order", "customer", "service"]]
    lines = tables["lines"][["order", "line", "quantity"]].merge(own.merge(who, on="customer"))
    lines["stage"] = stage.reindex(lines["customer"]).to_numpy()
    kinds = lines[["segment", "stage"]].drop_duplicates()
    kinds["tier"] = [
        settings.tier_of(segment, StageName(stage))
        for segment, stage in zip(kinds["segment"], kinds["stage"], strict=True)
    ]
    kinds["all"] = [
        {*settings.segments[segment].services, *settings.stages[StageName(stage)].lends_services}
        >= set(settings.services)
        for segment, stage in zip(kinds["segment"], kinds["stage"], strict=True)
    ]
    lines = lines.merge(kinds, on=["segment", "stage"])
    return lines.assign(any_service=lines["all"] & (lines["service"] == ""))
