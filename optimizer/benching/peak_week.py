"""A peak week of a fictitious maker of industrial spare parts, of any size, from a seed.

Recipe, from the promise to the shortage:

* Five segments in five tiers share a network of eight European sites, twelve regions and three
  services: standard, economy and express (surcharge, delivered in the morning).
* The week starts on Monday, 23 November 2026; goods ship on 14 days. Sites close on Sundays, one
  of them also for a day of stock-taking; regions receive from Monday to Friday; Portugal keeps its
  public holidays.
* Popularity of items follows Zipf's law, list prices and quantities are log-normal. Orders have
  one to eight lines, an item each, and are requested for the working days 1 to 10 with a peak at
  the end of the first week. Early deliveries are accepted one to three days ahead; four orders in
  five are cancelled three to eight days after the request.
* About 8 % of the orders are ship-complete (more if asked), 1.5 % of the lines are complete,
  2 % have a minimum fill of one half, and a few strategic and key orders insist on express.
* An item is stocked at one to three sites. Supply is 80 % of demand over all, less for some items
  and more for others; of seven items in ten a part arrives only on days 3 to 9.
* A site picks in a day a fifth of its supply, and three fifths of that on days 2 to 4; express
  carries a fifth of what a site can pick, and a twentieth on a few lanes.

All randomness comes from one numpy generator: the same arguments give the same scenario.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.scenario import Scenario
from models.settings import Settings
from models.tables import TABLES
from optimizer.benching.peak_week_network import HEADER, REGIONS, SITES, network_tables
from optimizer.scenario.table_edits import complete_rows

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

START = np.datetime64("2026-11-23", "s")
SEGMENTS = pd.DataFrame(
    [
        # share of customers, orders of a customer relative to others, median quantity of a line
        ("strategic", 0.04, 4.0, 12.0),
        ("key", 0.1, 2.5, 9.0),
        ("core", 0.36, 1.2, 7.0),
        ("growth", 0.20, 1.0, 6.0),
        ("marketplace", 0.3, 1.0, 4.0),
    ],
    columns=["segment", "share", "activity", "quantity"],
)
WORKING_DAYS = np.array([1, 2, 3, 4, 7, 8, 9, 10])
REQUEST_SHARES = np.array([0.05, 0.1, 0.16, 0.22, 0.16, 0.13, 0.1, 0.08])
RECEIPT_DAYS = np.array([3, 4, 7, 8, 9])
PEAK_DAYS = np.array([2, 3, 4])
FAMILIES = (
    *("PUMP", "VALVE", "SEAL", "MOTOR", "GEAR", "FILTER", "BEARING", "SENSOR"),
    *("IMPELLER", "DRIVE", "FLANGE", "GAUGE", "RELAY", "CYLINDER", "BELT", "HOSE"),
)
COMPANIES = (
    *("halvard", "castrel", "ombria", "veltano", "brindel", "korvena", "lumaris", "ardentis"),
    *("fjellmark", "pellanor", "tervion", "quenby", "solmira", "drayholt", "nordquell", "vastero"),
)
SECTORS = ("chemicals", "energy", "foods", "marine", "paper", "rail", "retail", "water")


@dataclass(frozen=True, slots=True)
class _Book:
    """The order book as arrays: one entry for each order and, by ``of``, for each line."""

    customer: Ints
    size: Ints
    of: Ints
    position: Ints
    requested: Ints


def generate(
    lines: int = 2000,
    seed: int = 1,
    *,
    supply: float = 0.8,
    ship_complete: float = 0.1,
    parcels: bool = False,
) -> Scenario:
    """Make up a peak week.

    Parameters
    ----------
    lines
        Number of order lines, at least 1. Items, customers and capacities grow with it.
    seed
        Of all randomness.
    supply
        Units on hand and inbound as a share of the units ordered [1].
    ship_complete
        Share of the orders of two or more lines that ship in full or not at all [1].
    parcels
        Whether parcels cost something, and orders that need not ship in full have two at most: one
        in six a single one.

    Returns
    -------
    Scenario
        Named ``peak-week``; complete and without faults.

    Raises
    ------
    ValueError
        When there is no line to make.
    """
    if lines < 1:
        msg = f"a peak week needs at least one line, not {lines}"
        raise ValueError(msg)
    rng = np.random.default_rng(seed)
    items = _items(rng, count=min(max(lines // 20, 20), 20_000))
    customers = _customers(rng, count=max(lines // 6, 10))
    book = _book(rng, customers, lines)
    order_lines = _lines(rng, book, customers, items)
    demand = order_lines.groupby("item")["quantity"].sum().reindex(items["item"], fill_value=0)
    stock, receipts = _supply(rng, items, demand.to_numpy() * 1.0, supply)
    capacity = _site_capacity(items, stock, receipts)
    network = network_tables()
    frames = network | {
        "customers": customers,
        "orders": _orders(rng, book, customers, ship_complete),
        "lines": order_lines,
        "stock": stock,
        "receipts": receipts,
        "site_capacity": capacity,
        "lane_capacity": _lane_capacity(rng, capacity, network["lanes"]),
        "items": items,
    }
    if parcels:
        frames |= _in_parcels(np.random.default_rng([seed, 1]), frames["orders"], network["lanes"])
    return Scenario(Settings.model_validate(HEADER), _tables(frames))


def _tables(frames: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Give every table its columns and dtypes; those that were not made are empty."""
    return {
        name: complete_rows(name, frames[name]) if name in frames else table.empty()
        for name, table in TABLES.items()
    }


def _in_parcels(
    rng: np.random.Generator, orders: pd.DataFrame, network: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Draw how many parcels an order may have, and what one costs by lane."""
    most = np.where(rng.random(len(orders)) < 1 / 6, 1.0, 2.0)
    cost = (8 + 4 * network["cost_per_unit"]).round(2)
    return {
        "orders": orders.assign(max_shipments=np.where(orders["ship_complete"], np.nan, most)),
        "lanes": network.assign(cost_per_shipment=cost),
    }


def _days(days: Ints) -> pd.Series[Any]:
    """Turn days after the start into dates."""
    return pd.Series(START + days.astype("timedelta64[D]"))


def _pick(rng: np.random.Generator, weights: Floats, size: int) -> Ints:
    """Draw indices with probabilities proportional to the weights."""
    edges = np.cumsum(weights / weights.sum())
    return np.searchsorted(edges[:-1], rng.random(size), side="right").astype(np.int64)


def _items(rng: np.random.Generator, count: int) -> pd.DataFrame:
    """Draw items with list price and popularity; one in seven is bulky."""
    k = np.arange(count)
    family, size, grade = k % len(FAMILIES), (k // len(FAMILIES)) % 200, k // len(FAMILIES) // 200
    names = [
        f"{FAMILIES[f]}-{10 + 5 * s:03d}-{chr(ord('A') + g)}"
        for f, s, g in zip(family, size, grade, strict=True)
    ]
    return pd.DataFrame(
        {
            "item": names,
            "pick_effort": 1.0 + (rng.random(count) < 1 / 7),
            "price": np.round(rng.lognormal(np.log(24), 0.8, count), 2),
            "popularity": rng.permutation((k + 1.0) ** -0.8),
        }
    )


def _customers(rng: np.random.Generator, count: int) -> pd.DataFrame:
    """Draw customers by segment and region; a few large ones order most."""
    segment = _pick(rng, SEGMENTS["share"].to_numpy(), count)
    company, sector = (
        rng.integers(len(COMPANIES), size=count),
        rng.integers(len(SECTORS), size=count),
    )
    activity = SEGMENTS["activity"].to_numpy()[segment] * rng.lognormal(0, 0.7, count)
    hours = np.array(["", "07:00-16:00", "06:00-14:00", "13:00-18:00"])
    return pd.DataFrame(
        {
            "customer": [
                f"{COMPANIES[c]}-{SECTORS[s]}-{n:03d}"
                for n, (c, s) in enumerate(zip(company, sector, strict=True), start=1)
            ],
            "segment": SEGMENTS["segment"].to_numpy()[segment],
            "region": REGIONS["region"].to_numpy()[
                _pick(rng, REGIONS["weight"].to_numpy() * 1.0, count)
            ],
            "stage": np.where(
                SEGMENTS["segment"].to_numpy()[segment] == "growth", "develop", "commit"
            ),
            "value": np.round(activity * 20_000, -2),
            "receives": hours[_pick(rng, np.array([0.6, 0.2, 0.1, 0.1]), count)],
            "activity": activity,
            "median_quantity": SEGMENTS["quantity"].to_numpy()[segment],
        }
    )


def _book(rng: np.random.Generator, customers: pd.DataFrame, lines: int) -> _Book:
    """Cut the lines into orders of one to eight and give each a customer and a requested day."""
    shares = np.array([0.22, 0.2, 0.17, 0.13, 0.1, 0.08, 0.06, 0.04])
    ends = np.cumsum(_pick(rng, shares, lines) + 1)
    size = np.diff(np.minimum(ends, lines), prepend=0)
    size = size[size > 0]
    of = np.repeat(np.arange(len(size)), size)
    return _Book(
        customer=_pick(rng, customers["activity"].to_numpy(), len(size)),
        size=size,
        of=of,
        position=np.arange(lines) - (np.cumsum(size) - size)[of] + 1,
        requested=WORKING_DAYS[_pick(rng, REQUEST_SHARES, len(size))],
    )


def _order_ids(orders: Ints) -> list[str]:
    return [f"SO-{100_001 + o}" for o in orders]


def _orders(
    rng: np.random.Generator, book: _Book, customers: pd.DataFrame, ship_complete: float
) -> pd.DataFrame:
    """Draw orders with their dates and rules."""
    count = len(book.size)
    earliest = book.requested - rng.integers(1, 4, count)
    cancel = _days(book.requested + rng.integers(3, 9, count))
    entitled = customers["segment"].isin(["strategic", "key"]).to_numpy()
    mornings = customers["receives"].ne("13:00-18:00").to_numpy()
    insists = (entitled & mornings)[book.customer] & (rng.random(count) < 0.08)
    return pd.DataFrame(
        {
            "order": _order_ids(np.arange(count)),
            "customer": customers["customer"].to_numpy()[book.customer],
            "requested": _days(book.requested),
            "ordered": _days(-rng.integers(0, 10, count)),
            "earliest": _days(np.maximum(earliest, 0)),
            "cancel": cancel.where(rng.random(count) < 0.8),
            "ship_complete": (book.size >= 2) & (rng.random(count) < ship_complete),
            "service": np.where(insists, "express", ""),
        }
    )


def _lines(
    rng: np.random.Generator, book: _Book, customers: pd.DataFrame, items: pd.DataFrame
) -> pd.DataFrame:
    """Draw order lines: no item twice in an order, larger quantities for larger customers."""
    count = len(book.of)
    popularity = items["popularity"].to_numpy()
    item = _pick(rng, popularity, count)
    while (again := pd.DataFrame({"o": book.of, "k": item}).duplicated().to_numpy()).any():
        item[again] = _pick(rng, popularity, int(again.sum()))
    median = customers["median_quantity"].to_numpy()[book.customer][book.of]
    rule = rng.random(count)
    discount = 1 - 0.2 * rng.random(len(book.size))[book.of]
    return pd.DataFrame(
        {
            "order": _order_ids(book.of),
            "line": (10 * book.position).astype("str"),
            "item": items["item"].to_numpy()[item],
            "quantity": np.ceil(np.minimum(median * rng.lognormal(0, 0.8, count), 20 * median)),
            "unit_value": np.round(items["price"].to_numpy()[item] * discount, 2),
            "min_fill": np.where(rule < 0.02, 0.5, 0.0),
            "complete": rule > 0.985,
        }
    )


def _supply(
    rng: np.random.Generator, items: pd.DataFrame, demand: Floats, share: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Stock on hand and receipts of every item at its one to three sites."""
    count = len(items)
    luck = rng.lognormal(0, 0.35, count)
    units = demand * luck * share * demand.sum() / max(1.0, (demand * luck).sum())
    ready = np.where(rng.random(count) < 0.3, 1.0, rng.uniform(0.5, 0.95, count))
    # The largest of log weight + Gumbel noise: sites drawn by weight without replacement.
    noise = rng.gumbel(size=(count, len(SITES))) + np.log(SITES["weight"].to_numpy())
    sites = np.argsort(-noise, axis=1)[:, :3]
    split = np.array([[1.0, 0, 0], [0.6, 0.4, 0], [0.5, 0.3, 0.2]])[rng.integers(3, size=count)]
    k, rank = np.nonzero(split)
    placed = np.round(units[k] * split[k, rank])
    on_hand = np.round(placed * ready[k])
    kinds = np.array(["purchase", "production", "transfer"])
    frame = pd.DataFrame(
        {
            "site": SITES["site"].to_numpy()[sites[k, rank]],
            "item": items["item"].to_numpy()[k],
            "on_hand": on_hand,
            "date": _days(RECEIPT_DAYS[rng.integers(len(RECEIPT_DAYS), size=len(k))]),
            "quantity": placed - on_hand,
            "kind": kinds[rng.integers(3, size=len(k))],
        }
    )
    return frame, frame[frame["quantity"] > 0].reset_index(drop=True)


def _site_capacity(
    items: pd.DataFrame, stock: pd.DataFrame, receipts: pd.DataFrame
) -> pd.DataFrame:
    """Give a site a normal day and its peak days, in proportion to the effort of its supply."""
    effort = items.set_index("item")["pick_effort"]
    units = pd.concat([stock["on_hand"], receipts["quantity"]])
    supply = pd.concat([stock, receipts])
    load = (units * supply["item"].map(effort)).groupby(supply["site"]).sum()
    normal = np.ceil(load.reindex(SITES["site"], fill_value=0) / 5)
    peak = np.ceil(normal * 0.6)
    always = pd.DataFrame({"site": SITES["site"], "date": pd.NaT, "units": normal.to_numpy()})
    tight = [
        pd.DataFrame({"site": SITES["site"], "date": day, "units": peak.to_numpy()})
        for day in _days(PEAK_DAYS)
    ]
    return pd.concat([always.astype({"date": "datetime64[s]"}), *tight], ignore_index=True)


def _lane_capacity(
    rng: np.random.Generator, capacity: pd.DataFrame, network: pd.DataFrame
) -> pd.DataFrame:
    """Limit express from every site, and more tightly on a few lanes."""
    normal = capacity[capacity["date"].isna()].set_index("site")["units"]
    express = network.loc[network["service"] == "express", ["site", "region", "service"]]
    busy = express.iloc[np.sort(rng.choice(len(express), size=6, replace=False))]
    whole = SITES[["site"]].assign(region="", service="express")
    limits = pd.concat([whole, busy], ignore_index=True)
    share = np.where(limits["region"] == "", 0.2, 0.05)
    return limits.assign(units=np.ceil(limits["site"].map(normal) * share))
