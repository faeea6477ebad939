"""Segments of customers, by the rules of the header."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.relationship import SegmentRule
from models.settings import Settings
from optimizer.scenario.stages import stages_today

Tables = Mapping[str, pd.DataFrame]
NO_RULE = -1


def segments_by_rule(settings: Settings, tables: Tables) -> pd.Series:
    """Segment of each customer: by the first rule that holds, else as the table says.

    A customer whose segment in the table is unknown keeps it, so that checks report it.
    """
    customers = tables["customers"]
    names = np.array([rule.segment for rule in settings.segment_rules], dtype=object)
    rule = matching_rules(settings, tables)
    ruled = (rule != NO_RULE) & customers["segment"].isin(list(settings.segments)).to_numpy()
    segment = customers["segment"].to_numpy(dtype=object, copy=True)
    segment[ruled] = names[rule[ruled]]
    return pd.Series(segment, index=customers.index, dtype="str")


def matching_rules(settings: Settings, tables: Tables) -> npt.NDArray[np.int64]:
    """Position of the first rule that holds for each customer; -1 for none, shape (customers,)."""
    customers = tables["customers"]
    if any(rule.stages for rule in settings.segment_rules):
        stages = stages_today(settings, tables)
        customers = customers.assign(stage=stages.to_numpy())
    history = _history(tables).reindex(customers["customer"]).fillna(0.0)
    rule = np.full(len(customers), NO_RULE)
    for nth, each in reversed(list(enumerate(settings.segment_rules))):
        rule[_holds(each, customers, history)] = nth
    return rule


def _history(tables: Tables) -> pd.DataFrame:
    """Count the orders of each customer, and add up their worth: columns ``orders``, ``worth``."""
    lines, orders = tables["lines"], tables["orders"].drop_duplicates("order")
    worth = (lines["quantity"] * lines["unit_value"]).groupby(lines["order"]).sum()
    known = orders.assign(worth=worth.reindex(orders["order"]).fillna(0.0).to_numpy())
    by_customer = known.groupby("customer")["worth"]
    return pd.DataFrame({"orders": by_customer.size(), "worth": by_customer.sum()})


def _holds(
    rule: SegmentRule, customers: pd.DataFrame, history: pd.DataFrame
) -> npt.NDArray[np.bool_]:
    """Whether all conditions of a rule hold for each customer, shape (customers,)."""
    holds = np.ones(len(customers), dtype=bool)
    for names, column in ((rule.regions, "region"), (rule.stages, "stage")):
        if names:
            holds &= customers[column].isin([str(name) for name in names]).to_numpy()
    least = (rule.value_at_least, rule.orders_at_least, rule.ordered_value_at_least)
    columns = (customers["value"], history["orders"], history["worth"])
    for limit, amounts in zip(least, columns, strict=True):
        if limit is not None:
            holds &= amounts.to_numpy() >= limit
    return holds
