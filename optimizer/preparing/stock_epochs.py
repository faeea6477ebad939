"""Supply by site, item and certainty, the days on which it grows, and transfers between sites."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.problem import CONTRACTS
from models.scenario import Scenario
from models.settings import Settings
from optimizer.common.steps import step_by_item, steps_within, without_noise
from optimizer.preparing.eligible_items import item_steps
from optimizer.preparing.names import Names, code, day_of
from optimizer.scenario.calendars import read_calendars

KEYS = ["site", "item", "level"]


@dataclass(frozen=True, eq=False)
class Supply:
    """Frames of the problem: pairs of site and item, growth of their supply, transfers."""

    pairs: pd.DataFrame
    epochs: pd.DataFrame
    moves: pd.DataFrame
    move_days: pd.DataFrame


def certainty_levels(settings: Settings) -> np.ndarray:
    """Certainties of supply that segments ask for, ascending, shape (levels,).

    The first is 0, as frozen commitments may take supply of any certainty.
    """
    asked = {segment.min_confidence for segment in settings.segments.values()}
    return np.array(sorted(asked | {0.0}))


def supply_of(scenario: Scenario, names: Names) -> Supply:
    """Code supply and transfers."""
    growth = _growth(scenario, names)
    transfers = _transfers(scenario, names, growth)
    if len(transfers):
        growth = pd.concat([growth, _arrival_epochs(transfers)], ignore_index=True)
    epochs = growth.groupby([*KEYS, "day"])[["arriving"]].sum().reset_index()
    by_pair = epochs.groupby(KEYS)
    epochs["pair"] = by_pair.ngroup()
    pairs = epochs.assign(supply=by_pair["arriving"].transform("sum"), first_day=epochs["day"])
    pairs = pairs.drop_duplicates("pair", ignore_index=True)
    same = epochs["pair"].eq(epochs["pair"].shift())
    epochs["previous"] = np.where(same, np.arange(len(epochs)) - 1, -1)
    epochs["reach"] = by_pair["arriving"].cumsum()
    if not len(transfers):
        empty = {name: pd.DataFrame(columns=list(CONTRACTS[name])) for name in _MOVE_FRAMES}
        return Supply(pairs, epochs, **empty)
    return _with_moves(scenario, names, Supply(pairs, epochs, epochs, epochs), transfers)


_MOVE_FRAMES = ("moves", "move_days")


def _growth(scenario: Scenario, names: Names) -> pd.DataFrame:
    """Add up what arrives by site, item, certainty and day."""
    stock, receipts = scenario["stock"], scenario["receipts"]
    certain = np.append(np.ones(len(stock)), receipts["confidence"])
    both = pd.DataFrame(
        {
            "site": code(names.sites, pd.concat([stock["site"], receipts["site"]])),
            "item": code(names.items, pd.concat([stock["item"], receipts["item"]])),
            "level": np.searchsorted(certainty_levels(scenario.settings), certain, side="right")
            - 1,
            "day": np.append(
                np.zeros(len(stock), dtype="int64"),
                day_of(scenario, receipts["date"], 0),
            ),
            "arriving": np.append(stock["on_hand"], receipts["quantity"]),
        }
    )
    step = step_by_item(scenario["items"], names.items)[both["item"]]
    both["arriving"] = without_noise(both["arriving"].to_numpy(), step)
    usable = _open_sites(scenario, names)[both["site"]]
    usable &= both["day"] < scenario.settings.horizon.days
    return both[usable & (both["arriving"] > 0)]


def _open_sites(scenario: Scenario, names: Names) -> np.ndarray:
    sites = scenario["sites"]
    return np.isin(names.sites, sites["site"][sites["open"]].to_numpy(dtype=object))


def _transfers(scenario: Scenario, names: Names, growth: pd.DataFrame) -> pd.DataFrame:
    """List each transfer by row of the table, item, certainty and day on which it leaves."""
    table = scenario["transfers"]
    if table.empty:
        return table
    rows = pd.DataFrame(
        {
            "row": np.arange(len(table)),
            "from_site": code(names.sites, table["from_site"]),
            "to_site": code(names.sites, table["to_site"]),
            "item": code(names.items, table["item"]),
            "any": (table["item"] == "").to_numpy(),
            "transit": table["transit_days"].to_numpy(),
            "unit_cost": table["cost_per_unit"].to_numpy(),
            "limit": table["units_per_day"].to_numpy(),
        }
    )
    is_open = _open_sites(scenario, names)
    rows = rows[is_open[rows["from_site"]] & is_open[rows["to_site"]]]
    goods = growth.groupby(["item", "level"])["day"].min().rename("since").reset_index()
    named = rows[~rows["any"] & (rows["item"] >= 0)].merge(goods, on="item")
    every = rows[rows["any"]].drop(columns="item").merge(goods, how="cross")
    taken = pd.MultiIndex.from_frame(named[["from_site", "to_site", "item"]])
    theirs = pd.MultiIndex.from_frame(every[["from_site", "to_site", "item"]])
    rows = pd.concat([named, every[~theirs.isin(taken)]], ignore_index=True)
    days = scenario.settings.horizon.days
    rows = rows.merge(pd.DataFrame({"day": np.arange(days)}), how="cross")
    rows["arrival"] = rows["day"] + rows["transit"]
    ships = read_calendars(
        scenario["calendars"], pd.Timestamp(scenario.settings.horizon.start), days
    ).of("site", names.sites)
    leaves = (rows["day"] >= rows["since"]) & (rows["arrival"] < days)
    rows = rows[leaves & ships[rows["from_site"], rows["day"]]]
    return rows.sort_values(["row", "item", "level", "day"], ignore_index=True)


def _arrival_epochs(transfers: pd.DataFrame) -> pd.DataFrame:
    """List the days on which transfers may arrive, as growth of 0 units: each is an epoch."""
    lands = transfers[["to_site", "item", "level", "arrival"]].drop_duplicates()
    lands.columns = pd.Index([*KEYS, "day"])
    return lands.assign(arriving=0.0)


def _with_moves(
    scenario: Scenario, names: Names, supply: Supply, transfers: pd.DataFrame
) -> Supply:
    """Add the transfers, between the epochs that they leave and reach."""
    pairs = pd.MultiIndex.from_frame(supply.pairs[KEYS])
    leaves, lands = (
        pairs.get_indexer(pd.MultiIndex.from_frame(transfers[[site, "item", "level"]]))
        for site in ("from_site", "to_site")
    )
    transfers = transfers.assign(leaves=leaves, lands=lands)
    first = np.append(supply.pairs["first_day"], 0)[leaves]
    transfers = transfers[(leaves >= 0) & (transfers["day"] >= first)].reset_index(drop=True)
    epochs = supply.epochs
    travels = np.isin(epochs["item"], transfers["item"])
    epochs = epochs.assign(reach=np.where(travels, _reach(epochs), epochs["reach"]))
    step = item_steps(scenario, names).unit[transfers["item"]]
    limited = (
        transfers[transfers["limit"].notna()].groupby(["row", "day"])["limit"].first().reset_index()
    )
    transfers["move_day"] = -1
    if len(limited):
        known = pd.MultiIndex.from_frame(limited[["row", "day"]])
        transfers["move_day"] = known.get_indexer(
            pd.MultiIndex.from_frame(transfers[["row", "day"]])
        )
    source = latest_epoch(epochs, transfers["leaves"].to_numpy(), transfers["day"].to_numpy())
    upper = np.fmin(epochs["reach"].to_numpy()[source], transfers["limit"])
    moves = transfers.assign(
        from_epoch=source,
        to_epoch=latest_epoch(
            epochs, transfers["lands"].to_numpy(), transfers["arrival"].to_numpy()
        ),
        upper=steps_within(upper, step),
        step=step,
    )
    return Supply(supply.pairs, epochs, moves, limited)


def _reach(epochs: pd.DataFrame) -> np.ndarray:
    """Supply of the item and its certainty at all sites until each epoch's day."""
    kind = ["item", "level"]
    by_day = epochs.groupby([*kind, "day"])["arriving"].sum().groupby(level=kind).cumsum()
    reach: np.ndarray = by_day.loc[pd.MultiIndex.from_frame(epochs[[*kind, "day"]])].to_numpy()
    return reach


def latest_epoch(epochs: pd.DataFrame, pair: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Find the last epoch of each pair up to a day, shape (pairs,)."""
    of, on = (epochs[name].to_numpy() for name in ("pair", "day"))
    last = np.iinfo(np.int32).max
    until = np.append(np.where(of[1:] == of[:-1], on[1:], last), last)  # the next one's day
    first = np.searchsorted(of, np.arange(len(of) + 1)).astype(np.int32)
    epoch = first[pair]
    late = np.flatnonzero(until[epoch] <= day)
    while len(late):
        epoch[late] += 1
        late = late[until[epoch[late]] <= day[late]]
    return epoch
