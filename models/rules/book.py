"""The scenario looked up for each order line and each shipment."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from models.rules.calendars import arrivals
from models.rules.findings import TOLERANCE
from models.scenario import Scenario
from models.settings import LARGEST
from models.solution import SHIPMENTS

IDS = ["order", "line", "item", "site", "service", "ship_date"]
"""Together they name an option, and so at most one shipment."""


@dataclass(frozen=True, eq=False)
class Book:
    """All that is known about the lines and the shipments.

    ``lines`` has a row for each order line, sorted by order and line: its promise, and what is
    delivered. ``rows`` has a row for each shipment, as given: what the scenario says about it,
    whether it ``leaves`` on a lane of the scenario, and its ``arrival``, ``days_late``,
    ``on_time``, ``cost``, ``kg`` and ``value``. ``placed`` are the rows that arrive; others break
    a rule and count nowhere.
    """

    scenario: Scenario
    lines: pd.DataFrame
    rows: pd.DataFrame

    @cached_property
    def placed(self) -> pd.DataFrame:
        """Shipments that arrive, by the scenario's lanes and calendars."""
        return self.rows[self.rows["arrival"].notna()]


def open_book(scenario: Scenario, shipments: pd.DataFrame) -> Book:
    """Look everything up.

    Parameters
    ----------
    scenario
        The question.
    shipments
        At least the columns :data:`IDS` and ``quantity`` [unit].
    """
    lines = _lines(scenario)
    rows = _rows(scenario, lines, shipments)
    return Book(scenario, _delivered(lines, rows), rows)


def _lines(scenario: Scenario) -> pd.DataFrame:
    segments = scenario.settings.segments
    orders = scenario["orders"].drop(columns="ordered").rename(columns={"service": "pinned"})
    customers = scenario["customers"][["customer", "segment", "region", "stage", "receives"]]
    lines = scenario["lines"].rename(columns={"quantity": "ordered"})
    lines = lines.merge(orders.merge(customers, on="customer"), on="order")
    lines = lines.sort_values(["order", "line"], ignore_index=True)
    promises: dict[str, dict[str, float | None]] = {
        "tier": {name: s.tier for name, s in segments.items()},
        "kept": {name: s.value_kept_per_day_late for name, s in segments.items()},
        "max_days_late": {name: s.max_days_late for name, s in segments.items()},
        "max_cost_share": {name: s.max_cost_share for name, s in segments.items()},
    }
    known = {key: lines["segment"].map(by_name).astype(float) for key, by_name in promises.items()}
    return lines.assign(place=lines.index, **known)


def _rows(scenario: Scenario, lines: pd.DataFrame, shipments: pd.DataFrame) -> pd.DataFrame:
    settings = scenario.settings
    given = [*IDS, "quantity"]
    rows = shipments[given].astype({name: SHIPMENTS[name] for name in given})
    rows.insert(0, "row", np.arange(1, len(rows) + 1))
    promised = lines.rename(columns={"item": "ordered_item"})
    rows = rows.merge(promised, on=["order", "line"], how="left")
    rows = rows.merge(scenario["lanes"], on=["site", "region", "service"], how="left")
    items = scenario["items"].set_index("item")
    surcharges = {name: s.surcharge_per_unit for name, s in settings.services.items()}
    rows["surcharge"] = rows["service"].map(surcharges).astype(float)
    rows["window"] = rows["service"].map({n: s.window or "" for n, s in settings.services.items()})
    rows["open"] = rows["site"].map(scenario["sites"].set_index("site")["open"])
    rows["pick_effort"] = rows["item"].map(items["pick_effort"]).astype(float).fillna(1.0)
    rows["divisible"] = rows["item"].map(items["divisible"])
    start = pd.Timestamp(settings.horizon.start)
    end = start + pd.Timedelta(days=settings.horizon.days - 1)
    rows["in_horizon"] = rows["ship_date"].between(start, end)
    return _timed_and_priced(scenario, rows)


def _timed_and_priced(scenario: Scenario, rows: pd.DataFrame) -> pd.DataFrame:
    whole_day = rows["ship_date"] == rows["ship_date"].dt.normalize()
    known = rows["in_horizon"] & whole_day & rows["transit_days"].notna()
    known &= rows["quantity"].abs() <= LARGEST
    rows["leaves"] = known
    rows["arrival"] = pd.Series(pd.NaT, index=rows.index, dtype="datetime64[s]")
    rows.loc[known, "arrival"] = arrivals(scenario["calendars"], rows[known]).astype(
        "datetime64[s]"
    )
    late = (rows["arrival"] - rows["requested"]).dt.days
    rows["days_late"] = late.clip(lower=0)
    rows["on_time"] = late <= 0
    rows["unit_cost"] = rows["cost_per_unit"] + rows["surcharge"]
    rows["cost"] = rows["quantity"] * rows["unit_cost"]
    rows["kg"] = rows["quantity"] * rows["kg_co2_per_unit"]
    rows["value"] = rows["quantity"] * rows["unit_value"] * rows["kept"] ** rows["days_late"]
    return rows


def _delivered(lines: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    placed = rows[rows["arrival"].notna()]
    line, units = placed["place"].astype("int64"), placed["quantity"]
    delivered = units.groupby(line).sum()
    on_time = units[placed["on_time"]].groupby(line).sum()
    lines = lines.assign(
        delivered=delivered.reindex(lines.index, fill_value=0.0),
        delivered_on_time=on_time.reindex(lines.index, fill_value=0.0),
        last_arrival=placed["arrival"].groupby(line).max().reindex(lines.index),
    )
    lines["full"] = (lines["delivered"] - lines["ordered"]).abs() <= TOLERANCE
    lines["full_on_time"] = (lines["delivered_on_time"] - lines["ordered"]).abs() <= TOLERANCE
    return lines
