"""What the plan of the morning leaves: stock, limits, and units held for forecast demand."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from models.allocation import on_its_day
from models.problem import Problem
from models.scenario import Scenario
from models.solution import Solution
from models.tolerances import MONEY
from optimizer.explaining.freezing import freeze_others
from optimizer.explaining.virtual_orders import with_virtual_orders
from optimizer.policies.greedy_state import GreedyState, draw, free, put, ship
from optimizer.policies.problem_variants import with_transfers
from optimizer.policies.remaining import empty_state
from optimizer.preparing import prepare

ROAD = ["from_site", "to_site", "item", "day"]
"""What tells transfers apart."""


@dataclass(eq=False)
class HeldUnits:
    """Units that are held for forecast demand: a row of the reserve.

    Parameters
    ----------
    row
        As in ``reserve.csv``.
    site, item
        Where they are held, in codes of the problem.
    epoch
        That they are drawn from.
    price
        Bid price, or where there is none what a unit is worth itself [currency/unit].
    units
        That are still held [unit].
    """

    row: Mapping[Hashable, Any]
    site: int
    item: int
    epoch: int
    price: float
    units: float


@dataclass(frozen=True, eq=False)
class Uncommitted:
    """What a plan and its reserve leave to one more order.

    Parameters
    ----------
    problem
        All that the plan ships or holds is frozen, and only the order is free.
    state
        After all that is frozen; stock and limits as greedy rules know them.
    reserve
        The cheapest units first.
    """

    problem: Problem
    state: GreedyState
    reserve: tuple[HeldUnits, ...]

    @classmethod
    def beside(cls, scenario: Scenario, solution: Solution, order: str) -> Uncommitted:
        """Take what a plan ships, holds and moves from what there is.

        Stock is what is certain enough for the order's customer, less all that the plan uses on
        those days, however certain: the safe side.

        Parameters
        ----------
        scenario
            That was planned, with one more order.
        solution
            Its plan, without that order.
        order
            Id of the order.
        """
        known, shipments, _ = with_virtual_orders(scenario, solution)
        problem = prepare(_alike(freeze_others(known, shipments, [order]), order))
        problem = with_transfers(problem, _moved(problem, solution.transfers))
        x = _frozen_units(problem)
        state = empty_state(problem)
        put(state, x)
        return cls(problem, state, tuple(_held(problem, x, solution.reserve)))

    def take(self, option: int, most: float, held: HeldUnits | None) -> float:
        """Ship up to some units by an option, free ones or held ones; return how many.

        Held units give their stock only: capacity that was meant for them stays used.
        """
        if held is None:
            units = free(self.state, option, most)
        else:
            most = min(most, held.units)
            draw(self.state, held.epoch, -most)
            units = free(self.state, option, most)
            draw(self.state, held.epoch, most - units)
            held.units -= units
        ship(self.state, option, units)
        return units


def _alike(scenario: Scenario, order: str) -> Scenario:
    """Let every segment ask for supply as certain as the order's customer does."""
    orders, customers = scenario["orders"], scenario["customers"]
    customer = orders.set_index("order")["customer"][order]
    segment = customers.set_index("customer")["segment"][customer]
    settings = scenario.settings
    least = {"min_confidence": settings.segments[segment].min_confidence}
    segments = {name: own.model_copy(update=least) for name, own in settings.segments.items()}
    return replace(scenario, settings=settings.model_copy(update={"segments": segments}))


def _frozen_units(problem: Problem) -> np.ndarray:
    """Units that each option ships for what is frozen, of the most certain supply [unit]."""
    options = problem.options
    level = problem.pairs["level"].to_numpy()[problem.epochs["pair"]][options["epoch"]]
    kept = np.flatnonzero(on_its_day(problem))
    by_level = pd.Series(kept[np.argsort(level[kept], kind="stable")])
    commitment = options["frozen"].to_numpy()
    chosen = by_level.groupby(commitment[by_level]).last()
    x = np.zeros(len(options))
    x[chosen] = problem.frozen["quantity"].to_numpy()[chosen.index]
    return x


def _moved(problem: Problem, transfers: pd.DataFrame) -> np.ndarray:
    """Units that the plan moves by each transfer of the problem, of the most certain supply."""
    moves = problem.moves
    pairs = problem.pairs.iloc[problem.epochs["pair"]].reset_index(drop=True)
    leaves, lands = (pairs.iloc[moves[name]] for name in ("from_epoch", "to_epoch"))
    known = pd.DataFrame(
        {
            "from_site": problem.sites[leaves["site"]],
            "to_site": problem.sites[lands["site"]],
            "item": problem.items[leaves["item"]],
            "day": moves["day"].to_numpy(),
            "level": leaves["level"].to_numpy(),
            "move": np.arange(len(moves)),
        }
    ).sort_values("level", kind="stable")
    start = pd.Timestamp(problem.settings.horizon.start)
    planned = transfers.assign(day=(transfers["ship_date"] - start).dt.days)
    found = planned.merge(known.drop_duplicates(ROAD, keep="last"), on=ROAD)
    return np.bincount(found["move"], found["quantity"], len(moves))


def _held(problem: Problem, x: np.ndarray, reserve: pd.DataFrame) -> Iterator[HeldUnits]:
    """List what is held, the cheapest first."""
    frozen = problem.options[x > 0]
    places = zip(frozen["site"], frozen["item"], frozen["day"], strict=True)
    epochs = dict(zip(places, frozen["epoch"], strict=True))
    start = pd.Timestamp(problem.settings.horizon.start)
    bid = reserve["bid_price"]
    rows = reserve.assign(
        price=bid.where(bid > MONEY, reserve["unit_value"]),
        day=(reserve["ship_date"] - start).dt.days,
        site_code=pd.Index(problem.sites).get_indexer(pd.Index(reserve["site"])),
        item_code=pd.Index(problem.items).get_indexer(pd.Index(reserve["item"])),
    ).sort_values(["price", "unit_value"], kind="stable")
    for row in rows.to_dict("records"):
        place = row["site_code"], row["item_code"]
        if (*place, row["day"]) in epochs:
            epoch = epochs[(*place, row["day"])]
            yield HeldUnits(row, *place, epoch, row["price"], row["quantity"])
