"""A policy's way through a world, day by day: what it knows, what it ships, what is left."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from models.scenario import Scenario
from models.tables import TABLES
from models.tolerances import UNIT
from optimizer.backtesting.deciders import Decider, Shipped
from optimizer.backtesting.worlds import PLACE, World
from optimizer.scenario.changing import typed


@dataclass(eq=False)
class State:
    """What a policy has made of a world so far.

    Parameters
    ----------
    world
        Shared by all policies.
    left
        Units of each line that are not shipped yet, shape (lines,).
    touched
        Whether anything of a line has shipped, shape (lines,).
    on_hand
        Units by place, shape (places,).
    came
        Whether a receipt is on hand, shape (receipts,).
    parcels
        Parcels of each order so far, shape (orders,).
    on_time, full
        Units of each line on their way to arrive on time, and at all, shape (lines,).
    value
        Of what was shipped less what it cost, by day.
    """

    world: World
    left: np.ndarray = field(init=False)
    touched: np.ndarray = field(init=False)
    on_hand: np.ndarray = field(init=False)
    came: np.ndarray = field(init=False)
    parcels: np.ndarray = field(init=False)
    on_time: np.ndarray = field(init=False)
    full: np.ndarray = field(init=False)
    value: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with nothing shipped."""
        world = self.world
        self.left = world.lines["quantity"].to_numpy(copy=True)
        self.touched = np.zeros(len(world.lines), dtype=bool)
        self.on_hand = world.stock["on_hand"].to_numpy(copy=True)
        self.came = np.zeros(len(world.receipts), dtype=bool)
        self.parcels = np.zeros(len(world.orders))
        self.on_time = np.zeros(len(world.lines))
        self.full = np.zeros(len(world.lines))
        self.places = pd.MultiIndex.from_frame(world.stock[PLACE])
        self.order_of = pd.Index(world.orders["order"]).get_indexer(pd.Index(world.lines["order"]))

    def receive(self, day: int) -> None:
        """Put on hand what comes today."""
        receipts = self.world.receipts
        today = (receipts["day"].to_numpy() <= day) & ~self.came
        place = self.places.get_indexer(pd.MultiIndex.from_frame(receipts.loc[today, PLACE]))
        np.add.at(self.on_hand, place, receipts["quantity"].to_numpy()[today])
        self.came |= today

    def ship(self, shipped: Shipped) -> None:
        """Commit today's shipments."""
        np.subtract.at(self.on_hand, shipped.place, shipped.units)
        np.subtract.at(self.left, shipped.line, shipped.delivered)
        np.add.at(self.full, shipped.line, shipped.delivered)
        np.add.at(self.on_time, shipped.line, shipped.delivered * shipped.on_time)
        self.touched[shipped.line] = True
        order = self.order_of[shipped.line]
        sent = pd.DataFrame({"order": order, "site": shipped.site, "service": shipped.service})
        np.add.at(self.parcels, sent.drop_duplicates()["order"].to_numpy(), 1.0)
        self.value.append(shipped.value)

    def open_lines(self, day: int) -> np.ndarray:
        """Positions of the lines that are known, not full and not past their last day."""
        lines = self.world.lines
        known = (lines["known"].to_numpy() <= day) & (lines["last"].to_numpy() >= day)
        found = known & (self.left > UNIT)
        limit = self.world.orders["max_shipments"].to_numpy()
        used_up = self.parcels >= np.where(np.isnan(limit), np.inf, limit)
        return np.flatnonzero(found & ~used_up[self.order_of])

    def morning(self, day: int) -> tuple[Scenario, np.ndarray]:
        """Give what is known on the morning of a day, as a scenario.

        And the position in the world of each of its lines.
        """
        world, at = self.world, self.open_lines(day)
        today = world.start + pd.Timedelta(days=day)
        days = min(world.horizon, world.days - day)
        settings = world.scenario.settings
        horizon = settings.horizon.model_copy(update={"start": today.date(), "days": days})
        lines = world.lines.iloc[at]
        begun = self.touched[at]
        lines = lines.assign(
            quantity=self.left[at],
            min_fill=lines["min_fill"].where(~begun, 0.0),
            complete=lines["complete"] & ~begun,
        )
        order = np.unique(self.order_of[at])
        orders = world.orders.iloc[order]
        orders = orders.assign(max_shipments=orders["max_shipments"] - self.parcels[order])
        tables = {
            **world.scenario.tables,
            "orders": orders.reset_index(drop=True),
            "lines": lines[[*TABLES["lines"].columns]].reset_index(drop=True),
            "stock": world.stock.assign(on_hand=self.on_hand),
            "receipts": self._announced(day, days, today),
        }
        return Scenario(settings.model_copy(update={"horizon": horizon}), tables), at

    def _announced(self, day: int, days: int, today: pd.Timestamp) -> pd.DataFrame:
        """Receipts still to come as they are announced; those that are late, tomorrow."""
        receipts = self.world.receipts
        due = np.maximum(receipts["announced"].to_numpy(), day + 1)
        rows = np.flatnonzero(~self.came & (due < day + days))
        found = receipts.iloc[rows]
        found = found.assign(
            date=today + pd.to_timedelta(due[rows] - day, unit="D"),
            quantity=found["expected"],
            confidence=1.0,
        )
        return typed("receipts", found)


def walk(world: World, decider: Decider) -> State:
    """Go through all days of a world by one policy.

    Parameters
    ----------
    world
        What happens.
    decider
        Decides on each morning, from what is known then.
    """
    state = State(world)
    for day in range(world.days):
        state.receive(day)
        scenario, lines = state.morning(day)
        state.ship(decider.decide(scenario, lines, state, day))
    return state
