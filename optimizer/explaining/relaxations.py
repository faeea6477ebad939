"""Rules that may stand between a line and what is there, each lifted for the line alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from models.relationship import StageName
from models.scenario import Scenario
from optimizer.answering.barriers import (
    always_open,
    any_certainty,
    any_cost,
    any_delay,
    any_early_day,
    any_hour,
    any_service,
    no_cancel_date,
)
from optimizer.explaining.input_changes import Change
from optimizer.preparing.quotas import GROUP_LIMITS
from optimizer.scenario.table_edits import cast_rows, with_table

HOLD_BACK = "the hold or cap by hand is taken back"
Lift = tuple[str, Change]
"""A rule in words, and the inputs without it."""
BARRIERS: Mapping[str, Lift] = {
    "confidence": ("supply of any certainty may be used", any_certainty),
    "too_early": ("any earlier day is accepted (earliest, max_days_early)", any_early_day),
    "cancel_date": ("the order is not cancelled on its cancel date (cancel)", no_cancel_date),
    "overdue": ("any delay is accepted (max_days_late)", any_delay),
    "closed": ("nobody is closed on any day (calendars)", always_open),
    "value": ("the segment's limit on cost is lifted (max_cost_share)", any_cost),
    "window": ("the customer receives at any hour", any_hour),
    "entitlement": ("the order may go by any service", any_service),
}
"""By reason."""


def relaxations(scenario: Scenario, order: str, line: str, reasons: set[str]) -> Iterator[Lift]:
    """List the rules that could be lifted for a line.

    Parameters
    ----------
    scenario
        The inputs.
    order, line
        Which.
    reasons
        Why units of it are missing: barriers are lifted that are among them.
    """
    own = scenario["orders"].set_index("order").loc[order]
    if own["ship_complete"]:
        yield "the order may ship in parts (ship_complete)", _of_order(order, ship_complete=False)
    if not np.isnan(own["max_shipments"]):
        more = own["max_shipments"] + 1
        words = f"the order may have {more:,.0f} parcels (max_shipments)"
        yield words, _of_order(order, max_shipments=more)
    by_hand = scenario["overrides"]
    mine = (by_hand["order"] == order) & by_hand["line"].isin(["", line])
    if (mine & by_hand["action"].isin(["hold", "quantity"])).any():
        yield HOLD_BACK, without_hold(order, line)
    if "quota" in reasons:
        for source in sorted(GROUP_LIMITS):
            yield from LIFTS[source](scenario)
    for reason in sorted(reasons & BARRIERS.keys()):
        yield BARRIERS[reason]


def _protections(scenario: Scenario) -> Iterator[Lift]:
    """List what keeps supply for groups."""
    for row in np.flatnonzero(scenario["quotas"]["protected"] > 0):
        yield f"row {row + 1} of quotas protects nothing", partial(_unprotected, int(row))


def _caps(scenario: Scenario) -> Iterator[Lift]:
    """List what caps customers at a stage."""
    for name, stage in scenario.settings.stages.items():
        if stage.supply_share_cap is not None:
            yield f"the cap of stage {name} is lifted", partial(_uncapped, name)


LIFTS: Mapping[str, Callable[[Scenario], Iterator[Lift]]] = {
    "quotas": _protections,
    "stages": _caps,
}
"""How limits of groups could be lifted, by source: an entry for each of ``GROUP_LIMITS``."""


def _unprotected(row: int, scenario: Scenario) -> Scenario:
    table = scenario["quotas"].copy()
    table.loc[table.index[row], "protected"] = 0.0
    return with_table(scenario, "quotas", table)


def _uncapped(name: StageName, scenario: Scenario) -> Scenario:
    stages = dict(scenario.settings.stages)
    stages[name] = stages[name].model_copy(update={"supply_share_cap": None})
    settings = scenario.settings.model_copy(update={"stages": stages})
    return replace(scenario, settings=settings)


def _of_order(order: str, **columns: object) -> Change:
    def change(scenario: Scenario) -> Scenario:
        table = scenario["orders"].copy()
        for name, value in columns.items():
            table[name] = table[name].mask(table["order"] == order, value)
        return with_table(scenario, "orders", table.astype(scenario["orders"].dtypes))

    return change


def without_hold(order: str, line: str) -> Change:
    """Take back holds and caps of a line; one on the whole order stays for its other lines."""

    def change(scenario: Scenario) -> Scenario:
        table, lines = scenario["overrides"], scenario["lines"]
        gone = (table["order"] == order) & table["line"].isin(["", line])
        gone &= table["action"].isin(["hold", "quantity"])
        others = lines.loc[(lines["order"] == order) & (lines["line"] != line), ["line"]]
        of_order = table[gone & (table["line"] == "")].drop(columns="line")
        kept = pd.concat([table[~gone], of_order.merge(others, how="cross")], ignore_index=True)
        return with_table(scenario, "overrides", cast_rows("overrides", kept))

    return change
