"""What the plan of the morning leaves: stock, capacity, and units held for forecast demand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from models.problem import Problem
from models.scenario import Scenario
from models.solution import Solution
from models.tolerances import MONEY

PLACE = ["site", "item"]


@dataclass(eq=False)
class Left:
    """What the plan leaves, with its reserve and without.

    Parameters
    ----------
    supply
        By site and item: units by day, shape (days,).
    used
        Likewise, what ships, or is held, by ship day.
    site_day, lane_day
        Units of each limit that are left.
    reserve
        Rows of the reserve, with ``day`` and ``left``, the cheapest first.
    """

    supply: Mapping[tuple[str, str], np.ndarray]
    used: dict[tuple[str, str], np.ndarray]
    site_day: np.ndarray
    lane_day: np.ndarray
    reserve: list[dict[str, Any]]

    @classmethod
    def of(cls, scenario: Scenario, solution: Solution, problem: Problem) -> Left:
        """Take what the plan ships and holds from what there is."""
        start, days = pd.Timestamp(scenario.settings.horizon.start), scenario.settings.horizon.days
        columns = ["item", "site", "service", "ship_date", "quantity"]
        held = solution.reserve.assign(held=True)
        taken = pd.concat(
            [solution.shipments[columns].assign(held=False), held[[*columns, "held"]]],
            ignore_index=True,
        )
        taken["region"] = [*_regions(scenario, solution.shipments), *held["region"]]
        taken["day"] = (taken["ship_date"] - start).dt.days
        used: dict[tuple[str, str], np.ndarray] = {}
        units: Any = taken.groupby([*PLACE, "day"])["quantity"].sum().items()
        for (site, item, day), quantity in units:
            used.setdefault((site, item), np.zeros(days))[day] += quantity
        moves: Any = solution.transfers.itertuples()
        for row in moves:
            leaves, comes = ((d - start).days for d in (row.ship_date, row.arrival_date))
            used.setdefault((row.from_site, row.item), np.zeros(days))[leaves] += row.quantity
            if comes < days:
                used.setdefault((row.to_site, row.item), np.zeros(days))[comes] -= row.quantity
        reserve = held.assign(day=(held["ship_date"] - start).dt.days, left=held["quantity"])
        price = held["bid_price"].where(held["bid_price"] > MONEY, held["unit_value"])
        reserve = reserve.assign(price=price).sort_values(["price", "unit_value"], kind="stable")
        site_day, lane_day = _capacity(scenario, problem, taken)
        rows: Any = reserve.to_dict("records")
        return cls(_supply(problem, days), used, site_day, lane_day, rows)

    def atp(self, place: tuple[str, str], day: int) -> float:
        """Units of an item at a site that nobody needs from a day on."""
        supply, used = self.supply[place], self.used.get(place)
        left = np.cumsum(supply if used is None else supply - used)
        return float(max(0.0, left[day:].min()))

    def take(self, place: tuple[str, str], day: int, units: float) -> None:
        """Ship units."""
        self.used.setdefault(place, np.zeros(len(self.supply[place])))[day] += units


def _supply(problem: Problem, days: int) -> dict[tuple[str, str], np.ndarray]:
    """Supply by site, item and day, as certain as the customer's segment asks for, or more."""
    certain = problem.options.merge(problem.epochs[["pair"]], left_on="epoch", right_index=True)[
        "pair"
    ].unique()
    found: dict[tuple[str, str], np.ndarray] = {}
    pairs: Any = problem.pairs.loc[np.sort(certain)].itertuples()
    for pair in pairs:
        place = str(problem.sites[pair.site]), str(problem.items[pair.item])
        own = problem.epochs[problem.epochs["pair"] == pair.Index]
        day, arriving = own["day"].to_numpy(), own["arriving"].to_numpy()
        np.add.at(found.setdefault(place, np.zeros(days)), day, arriving)
    return found


def _regions(scenario: Scenario, shipments: pd.DataFrame) -> list[str]:
    customer = scenario["orders"].set_index("order")["customer"].loc[shipments["order"]]
    regions: list[str] = (
        scenario["customers"].set_index("customer")["region"].loc[customer].tolist()
    )
    return regions


def _capacity(
    scenario: Scenario, problem: Problem, taken: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    """Say what is left of the capacity that the order's options use."""
    effort = scenario["items"].set_index("item")["pick_effort"]
    effort = taken["item"].map(effort).fillna(1.0) * taken["quantity"]
    site = effort.groupby([taken["site"], taken["day"]]).sum()
    rows = problem.site_days
    keys = zip(problem.sites[rows["site"]], rows["day"], strict=True)
    site_left = rows["limit"].to_numpy() - [site.get(key, 0.0) for key in keys]
    rows, units = problem.lane_days, taken["quantity"]
    lane = units.groupby([taken[c] for c in ("site", "region", "service", "day")]).sum()
    total = units.groupby([taken[c] for c in ("site", "service", "day")]).sum()
    used = [
        total.get((site_, service, day), 0.0)
        if region < 0
        else lane.get((site_, problem.regions[region], service, day), 0.0)
        for site_, region, service, day in zip(
            problem.sites[rows["site"]],
            rows["region"],
            problem.services[rows["service"]],
            rows["day"],
            strict=True,
        )
    ]
    return site_left, rows["limit"].to_numpy() - np.array(used)
