"""What a policy has made of a world so far, what it knows on a morning, and what it dispatches."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from models.scenario import Scenario
from models.tables import TABLES
from models.tolerances import UNIT
from optimizer.backtesting.worlds import PLACE, World
from optimizer.scenario.table_edits import cast_rows


@dataclass(frozen=True, eq=False)
class Dispatch:
    """What leaves today, a row each.

    Parameters
    ----------
    line, place
        Positions in the world's lines and stock.
    site, service
        Codes that tell parcels apart.
    units, delivered
        Of the item shipped, and of the item ordered [unit].
    on_time
        Whether it arrives on time.
    value
        Of all of it, less cost [currency].
    """

    line: np.ndarray
    place: np.ndarray
    site: np.ndarray
    service: np.ndarray
    units: np.ndarray
    delivered: np.ndarray
    on_time: np.ndarray
    value: float


@dataclass(eq=False)
class PolicyState:
    """What a policy has made of a world so far.

    Parameters
    ----------
    world
        Shared by all policies.
    open_units
        Units of each line that are not shipped yet, shape (lines,).
    has_shipped
        Whether anything of a line has shipped, shape (lines,).
    on_hand
        Units by place, shape (places,).
    is_received
        Whether a receipt is on hand, shape (receipts,).
    parcels
        Parcels of each order so far, shape (orders,).
    on_time_units, delivered_units
        Units of each line on their way to arrive on time, and at all, shape (lines,).
    day_values
        Value of what was shipped less what it cost, an entry a day [currency].
    """

    world: World
    open_units: np.ndarray = field(init=False)
    has_shipped: np.ndarray = field(init=False)
    on_hand: np.ndarray = field(init=False)
    is_received: np.ndarray = field(init=False)
    parcels: np.ndarray = field(init=False)
    on_time_units: np.ndarray = field(init=False)
    delivered_units: np.ndarray = field(init=False)
    day_values: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with nothing shipped."""
        world = self.world
        self.open_units = world.lines["quantity"].to_numpy(copy=True)
        self.has_shipped = np.zeros(len(world.lines), dtype=bool)
        self.on_hand = world.stock["on_hand"].to_numpy(copy=True)
        self.is_received = np.zeros(len(world.receipts), dtype=bool)
        self.parcels = np.zeros(len(world.orders))
        self.on_time_units = np.zeros(len(world.lines))
        self.delivered_units = np.zeros(len(world.lines))
        self.places = pd.MultiIndex.from_frame(world.stock[PLACE])
        self.order_of = pd.Index(world.orders["order"]).get_indexer(pd.Index(world.lines["order"]))

    def receive(self, day: int) -> None:
        """Put on hand what comes today."""
        receipts = self.world.receipts
        today = (receipts["day"].to_numpy() <= day) & ~self.is_received
        place = self.places.get_indexer(pd.MultiIndex.from_frame(receipts.loc[today, PLACE]))
        np.add.at(self.on_hand, place, receipts["quantity"].to_numpy()[today])
        self.is_received |= today

    def ship(self, dispatch: Dispatch) -> None:
        """Commit today's shipments."""
        np.subtract.at(self.on_hand, dispatch.place, dispatch.units)
        np.subtract.at(self.open_units, dispatch.line, dispatch.delivered)
        np.add.at(self.delivered_units, dispatch.line, dispatch.delivered)
        np.add.at(self.on_time_units, dispatch.line, dispatch.delivered * dispatch.on_time)
        self.has_shipped[dispatch.line] = True
        order = self.order_of[dispatch.line]
        sent = pd.DataFrame({"order": order, "site": dispatch.site, "service": dispatch.service})
        np.add.at(self.parcels, sent.drop_duplicates()["order"].to_numpy(), 1.0)
        self.day_values.append(dispatch.value)

    def open_lines(self, day: int) -> np.ndarray:
        """Positions of the lines that are known, not full and not past their last day."""
        lines = self.world.lines
        known = (lines["known"].to_numpy() <= day) & (lines["last"].to_numpy() >= day)
        is_open = known & (self.open_units > UNIT)
        limit = self.world.orders["max_shipments"].to_numpy()
        used_up = self.parcels >= np.where(np.isnan(limit), np.inf, limit)
        return np.flatnonzero(is_open & ~used_up[self.order_of])

    def morning(self, day: int) -> tuple[Scenario, np.ndarray]:
        """Give what is known on the morning of a day.

        Returns
        -------
        scenario, lines
            Open orders, stock and announced receipts, with the day as its start; and the position
            in the world of each of its lines, shape (open lines,).
        """
        world, at = self.world, self.open_lines(day)
        today = world.start + pd.Timedelta(days=day)
        days = min(world.horizon, world.days - day)
        settings = world.scenario.settings
        horizon = settings.horizon.model_copy(update={"start": today.date(), "days": days})
        lines = world.lines.iloc[at]
        begun = self.has_shipped[at]
        lines = lines.assign(
            quantity=self.open_units[at],
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
            "receipts": self._announced_receipts(day, days, today),
        }
        return Scenario(settings.model_copy(update={"horizon": horizon}), tables), at

    def _announced_receipts(self, day: int, days: int, today: pd.Timestamp) -> pd.DataFrame:
        """Receipts still to come as they are announced; those that are late, tomorrow."""
        receipts = self.world.receipts
        due = np.maximum(receipts["announced"].to_numpy(), day + 1)
        rows = np.flatnonzero(~self.is_received & (due < day + days))
        coming = receipts.iloc[rows]
        coming = coming.assign(
            date=today + pd.to_timedelta(due[rows] - day, unit="D"),
            quantity=coming["expected"],
            confidence=1.0,
        )
        return cast_rows("receipts", coming)
