"""Supply that is certain enough: who asks for how much certainty, and whether it was there.

Levels are the confidences that lines ask for, in rising order, counted from 1; the level of a
supply is the highest that it meets, 0 if it meets none. What a line asks for, frozen units
excepted, may come from supply of its own level or a higher one. No unit gets more certain on its
way.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import linprog

from models.judge.findings import TOLERANCE, refuse
from models.judge.lookup import Lookup
from models.judge.lookup.supply import PLACE, supply
from models.judge.shipments.stock import balances

Numbers = NDArray[np.float64]


def supply_is_certain(lookup: Lookup) -> list[str]:
    """Refuse supply that is less certain than the line's segment asks for."""
    short = lacking(lookup)
    return refuse(
        short,
        np.ones(len(short), dtype=bool),
        "site {site} item {item}: shipments up to {day} lack {units} units of confidence {least}"
        " or better",
        worst="units",
    )


def lacking(lookup: Lookup) -> pd.DataFrame:
    """Work out where supply that is certain enough is lacking.

    Items that stay where they are are followed by site and day; the flows of those that were
    moved are a linear programme.

    Returns
    -------
    DataFrame
        ``site``, ``item``, ``day``, the ``least`` confidence, and ``units`` that lack it [unit].
    """
    segments = lookup.scenario.settings.segments.values()
    levels = np.array(sorted({segment.min_confidence for segment in segments} - {0.0}))
    columns = [*PLACE, "units", "least"]
    if not (lookup.scenario["receipts"]["confidence"] < levels.max(initial=0.0)).any():
        return pd.DataFrame(columns=columns)
    stock = supply(lookup.scenario)
    uncertain = stock["confidence"] < levels.max()
    stock["level"] = np.searchsorted(levels, stock["confidence"], side="right")
    asked = _demand(lookup, levels)
    places = stock.loc[uncertain, ["site", "item"]].drop_duplicates()
    items = pd.Index(places["item"].unique())
    moved = items[items.isin(lookup.moved["item"])]
    places = places[~places["item"].isin(moved)]
    parts = [
        *_lacking_in_place(*(part.merge(places, on=["site", "item"]) for part in (stock, asked))),
        *_lacking_on_the_move(lookup, *(part[part["item"].isin(moved)] for part in (stock, asked))),
    ]
    if not parts:
        return pd.DataFrame(columns=columns)
    short = pd.concat(parts, ignore_index=True)
    short["least"] = levels[short["level"] - 1]
    return short.loc[short["units"] > TOLERANCE, columns]


def _demand(lookup: Lookup, levels: Numbers) -> pd.DataFrame:
    """Add up what shipments take by site, item, day and level; frozen units ask for none."""
    placed = lookup.placed.rename(columns={"ship_date": "day"})
    own = np.searchsorted(levels, placed["min_confidence"], side="right")
    parts = [
        placed.assign(level=own, quantity=placed["free"]),
        placed.assign(level=0, quantity=placed["frozen"]),
    ]
    taken: pd.DataFrame = pd.concat([part[[*PLACE, "level", "quantity"]] for part in parts])
    return taken.groupby([*PLACE, "level"])["quantity"].sum().reset_index()


def _lacking_in_place(stock: pd.DataFrame, asked: pd.DataFrame) -> list[pd.DataFrame]:
    """Follow sites and items by ship day, each shipment taking the least certain that it may.

    That leaves the most of every level to later days, so nothing lacks that need not.
    """
    events = pd.concat([stock.assign(way=0), asked.assign(way=1)], ignore_index=True)
    events["place"] = events.groupby(["site", "item"]).ngroup()
    names = events.drop_duplicates("place").set_index("place").sort_index()[["site", "item"]]
    top = int(events["level"].max()) if len(events) else 0
    pool = np.zeros((top + 1, len(names)))
    lacking = []
    for day, today in events.groupby("day"):
        flows = np.zeros((2, *pool.shape))
        np.add.at(flows, (today["way"], today["level"], today["place"]), today["quantity"])
        pool += flows[0]
        for level in range(top, -1, -1):
            due = flows[1, level]
            for own in range(level, top + 1):
                used = np.minimum(pool[own], due)
                pool[own] -= used
                due -= used
            if level > 0:
                lacking.append(names.assign(day=day, level=level, units=due)[due > 0])
    return lacking


def _lacking_on_the_move(
    lookup: Lookup, stock: pd.DataFrame, asked: pd.DataFrame
) -> list[pd.DataFrame]:
    """Let the fewest units lack when the certain ones choose among the ways of all units.

    A node is a site and item on a day; units go on by staying there or by a transfer. For each
    level, of units at least so certain: what goes on or is asked for at a node is what is lacking
    or comes in, at most. A way takes no more of them than units in all, and than units of the
    level below. Exact for whole units too where only one level is asked for.
    """
    top = int(asked["level"].max()) if len(asked) else 0
    if top == 0:
        return []
    left = balances(lookup, pd.Index(asked["item"].unique()))["left"]
    nodes, levels = left.index, range(1, top + 1)
    leaves, limits = _ways(lookup, left)
    due = [_at(nodes, asked[asked["level"] >= level]) for level in levels]
    there = [_at(nodes, stock[stock["level"] >= level]) for level in levels]
    flows = sp.kron(sp.eye(top), sp.hstack([leaves, -sp.eye(len(nodes))]))
    below = sp.eye(top - 1, top, k=1) - sp.eye(top - 1, top)
    nested = sp.kron(below, sp.eye(len(limits), len(limits) + len(nodes)))
    most = np.concatenate([np.concatenate([limits, amounts]) for amounts in due])
    answer = linprog(
        np.tile(np.repeat([0.0, 1.0], [len(limits), len(nodes)]), top),
        A_ub=sp.vstack([flows, nested], format="csr"),
        b_ub=np.concatenate([*np.subtract(there, due), np.zeros(nested.shape[0])]),
        bounds=np.column_stack([np.zeros_like(most), most]),
    )
    short = answer.x.reshape(top, -1)[:, len(limits) :]
    names = nodes.to_frame(index=False)
    return [names.assign(level=level, units=short[level - 1]) for level in levels]


def _ways(lookup: Lookup, left: pd.Series) -> tuple[sp.csr_array, Numbers]:
    """List the ways on from each node: to the next day there, then the transfers.

    Returns
    -------
    tuple of csr_array and array
        1 where a way (column) leaves a node (row), -1 where it arrives; units on each way.
    """
    nodes = left.index
    place = left.groupby(level=["site", "item"]).ngroup().to_numpy()
    (stays,) = np.nonzero(place[:-1] == place[1:])
    moved = lookup.moved[lookup.moved["item"].isin(nodes.unique("item"))]
    tails, heads = (
        nodes.get_indexer(pd.MultiIndex.from_frame(moved[columns], names=PLACE))
        for columns in (["from_site", "item", "ship_date"], ["to_site", "item", "arrival"])
    )
    tail, head = np.concatenate([stays, tails]), np.concatenate([stays + 1, heads])
    way, one = np.arange(len(tail)), np.ones(len(tail))
    shape = (len(nodes), len(tail))
    leaves = sp.csr_array((one, (tail, way)), shape) - sp.csr_array((one, (head, way)), shape)
    stay = left.clip(lower=0.0).to_numpy()[stays]
    return leaves, np.concatenate([stay, moved["quantity"].to_numpy()])


def _at(nodes: pd.Index, part: pd.DataFrame) -> Numbers:
    """Add up quantities by node; stock of items that nobody asks for is at none."""
    place = nodes.get_indexer(pd.MultiIndex.from_frame(part[PLACE]))
    known = place >= 0
    units = part["quantity"].to_numpy()[known]
    return np.bincount(place[known], units, minlength=len(nodes)).astype(float)
