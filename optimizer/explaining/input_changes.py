"""What would fill a line, as changes of the inputs that a planner can make."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from models.scenario import Scenario
from optimizer.explaining.freezing import freeze_others
from optimizer.scenario.table_edits import with_rows, with_table

Change = Callable[[Scenario], Scenario]
Row = Mapping[Hashable, Any]


@dataclass(frozen=True, eq=False)
class Fill:
    """A change of the inputs with which a line is full and on time, all others as they are.

    Parameters
    ----------
    kind
        ``supply``, ``site_capacity``, ``lane_capacity``, ``quota``, ``rule``, ``date`` or
        ``promise``.
    words
        The change in a sentence.
    units
        How much it is: units of supply or capacity, days of a date; 0 where nothing is counted.
    parts
        Of supply, capacity and quotas: columns ``resource``, ``site``, ``item``, ``region``,
        ``service``, ``row`` (of quotas), ``date``, ``units``.
    orders
        Which are planned anew: the one in question.
    change
        Makes it.
    """

    kind: str
    words: str
    units: float
    parts: pd.DataFrame
    orders: tuple[str, ...]
    change: Change

    def applied(self, scenario: Scenario, shipments: pd.DataFrame) -> Scenario:
        """Return the inputs with the change, all other orders frozen as they are.

        Parameters
        ----------
        scenario
            That was planned.
        shipments
            Its plan.
        """
        return freeze_others(self.change(scenario), shipments, self.orders)

    def less(self, by: float = 1.0) -> Fill:
        """Return the change with a unit less of its first part; nothing is left of a single one."""
        parts = self.parts.copy()
        parts.loc[parts.index[0], "units"] -= by
        parts = parts[parts["units"] > 0]
        return replace(self, parts=parts, units=self.units - by, change=raise_limits(parts))


PARTS = ["resource", "site", "item", "region", "service", "row", "date", "units"]
NO_PARTS = pd.DataFrame(columns=PARTS)


def raise_limits(parts: pd.DataFrame) -> Change:
    """Change that raises supply and limits by the units of the parts."""

    def change(scenario: Scenario) -> Scenario:
        for part in parts.to_dict("records"):
            scenario = _RAISES[str(part["resource"])](scenario, part)
        return scenario

    return change


def _more_supply(scenario: Scenario, part: Row) -> Scenario:
    row = {name: part[name] for name in ("site", "item", "date")}
    rows = pd.DataFrame([row | {"quantity": part["units"], "kind": "purchase", "confidence": 1.0}])
    table, keys = scenario["receipts"], ["site", "item", "date", "kind", "confidence"]
    same = (table[keys] == rows[keys].iloc[0]).all(axis=1)
    if not same.any():
        return with_rows(scenario, "receipts", rows)
    more = table["quantity"].where(~same, table["quantity"] + rows["quantity"].iloc[0])
    return with_table(scenario, "receipts", table.assign(quantity=more))


def _more_site_capacity(scenario: Scenario, part: Row) -> Scenario:
    return _raised_on_day(scenario, "site_capacity", ["site"], part)


def _more_lane_capacity(scenario: Scenario, part: Row) -> Scenario:
    return _raised_on_day(scenario, "lane_capacity", ["site", "region", "service"], part)


def _raised_on_day(scenario: Scenario, table: str, keys: list[str], part: Row) -> Scenario:
    """Raise a limit on one day: a dated row takes the place of the one for every day."""
    frame = scenario[table]
    same = pd.concat([frame[name] == part[name] for name in keys], axis=1).all(axis=1)
    dated = same & (frame["date"] == part["date"])
    base = frame[dated if dated.any() else same & frame["date"].isna()]
    row = base.assign(date=part["date"], units=base["units"] + part["units"])
    return with_rows(with_table(scenario, table, frame[~dated]), table, row)


def _more_quota(scenario: Scenario, part: Row) -> Scenario:
    table, row = scenario["quotas"].copy(), int(part["row"]) - 1
    table.loc[table.index[row], "at_most"] += part["units"]
    return with_table(scenario, "quotas", table)


_RAISES: dict[str, Callable[[Scenario, Row], Scenario]] = {
    "supply": _more_supply,
    "site_capacity": _more_site_capacity,
    "lane_capacity": _more_lane_capacity,
    "quota": _more_quota,
}


def move_requested(orders: tuple[str, ...], day: pd.Timestamp) -> Change:
    """Change that moves the date on which orders are requested."""

    def change(scenario: Scenario) -> Scenario:
        table = scenario["orders"]
        mine = table["order"].isin(orders)
        return with_table(
            scenario, "orders", table.assign(requested=table["requested"].mask(mine, day))
        )

    return change


def commit_shipments(rows: pd.DataFrame) -> Change:
    """Change that promises shipments: they must be kept then."""

    def change(scenario: Scenario) -> Scenario:
        table = scenario["commitments"]
        keys = ["order", "line"]
        named = pd.MultiIndex.from_frame(rows[keys])
        others = table[~pd.MultiIndex.from_frame(table[keys]).isin(named)]
        return with_rows(
            with_table(scenario, "commitments", others), "commitments", rows.assign(frozen=True)
        )

    return change
