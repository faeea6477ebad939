"""Who ordered what: orders, lines, and the segments whose promises they count for."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.problem import CONTRACTS
from models.scenario import Scenario
from models.settings import Segment
from optimizer.preparing.commitments import coded_commitments, delivered
from optimizer.preparing.names import NEVER, Names, among, code, day_of
from optimizer.preparing.overrides import decided
from optimizer.preparing.wishes import ships_whole, steps

Book = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]


def book_of(scenario: Scenario, names: Names) -> Book:
    """Code who ordered what.

    Returns
    -------
    segments, orders, lines, commitments : pandas.DataFrame
        The first three with the columns of their contracts and what options are made by.
    """
    orders = _orders(scenario, names)
    table = scenario["lines"].sort_values(["order", "line"], ignore_index=True)
    by_hand = decided(scenario, table)
    commitments = coded_commitments(scenario, names, table, by_hand["lock"].to_numpy())
    lines = _lines(scenario, names, orders, table, by_hand)
    lines = _with_promises(lines, commitments[commitments["frozen"]], steps(scenario, names).unit)
    segments, lines, orders = _grouped(scenario, lines, orders)
    return segments, orders, lines, commitments


def _orders(scenario: Scenario, names: Names) -> pd.DataFrame:
    table = scenario["orders"]
    table = table[among(table["order"], scenario["lines"]["order"])].sort_values("order")
    who = scenario["customers"].set_index("customer").loc[table["customer"]]
    segments = list(scenario.settings.segments.values())
    segment = code(names.segments, who["segment"])
    late = np.array([NEVER if s.max_days_late is None else s.max_days_late for s in segments])
    requested = day_of(scenario, table["requested"], NEVER)
    return pd.DataFrame(
        {
            "order": table["order"].to_numpy(),
            "segment": segment,
            "of": segment,
            "ship_complete": table["ship_complete"].to_numpy(),
            "max_shipments": table["max_shipments"].fillna(np.inf).to_numpy(),
            "customer": table["customer"].to_numpy(),
            "region": code(names.regions, who["region"]),
            "receives": who["receives"].to_numpy(),
            "pinned": code(names.services, table["service"]),  # -1 = none
            "requested": requested,
            "ordered_on": day_of(scenario, table["ordered"], 0),
            "earliest": day_of(scenario, table["earliest"], -NEVER),
            "latest": np.minimum(
                day_of(scenario, table["cancel"], NEVER), requested + late[segment]
            ),
        }
    )


def _lines(
    scenario: Scenario,
    names: Names,
    orders: pd.DataFrame,
    table: pd.DataFrame,
    by_hand: pd.DataFrame,
) -> pd.DataFrame:
    order = pd.Index(orders["order"]).get_indexer(table["order"])
    segment = orders["segment"].to_numpy()[order]
    tiers = np.array([s.tier for s in scenario.settings.segments.values()])
    return pd.DataFrame(
        {
            "order": order,
            "line": table["line"],
            "item": code(names.items, table["item"]),
            "of": segment,
            "segment": segment,
            "tier": by_hand["tier"].fillna(pd.Series(tiers[segment])).to_numpy(dtype="int64"),
            "quantity": table["quantity"],
            "unit_value": table["unit_value"],
            "whole": ships_whole(scenario, names, table["item"], segment),
            "complete": table["complete"],
            "share": np.where(table["complete"], 1.0, table["min_fill"]),
            "cap": by_hand["cap"],
            "held": by_hand["hold"],
            "expedite": by_hand["expedite"],
            "requested": orders["requested"].to_numpy()[order],
            "ordered_on": orders["ordered_on"].to_numpy()[order],
        }
    )


def _with_promises(lines: pd.DataFrame, kept: pd.DataFrame, unit: np.ndarray) -> pd.DataFrame:
    """Say what is frozen of each line, what may be delivered at most, and what at least.

    ``kept`` are the frozen commitments, ``unit`` the smallest amount by item, packs apart.
    """
    frozen = delivered(kept, len(lines))
    limit = np.where(lines["held"], 0.0, np.fmin(lines["quantity"], lines["cap"]))
    amount = np.append(unit, 0.0)[kept["item"]] * kept["gives"]
    uneven = (amount == 0) | ((amount - amount.round()).abs() > 1e-9)
    whole = lines["whole"] & ~lines.index.isin(kept["line"][uneven])
    least = lines["share"] * lines["quantity"]
    least = least.where(~whole, np.ceil(least - 1e-9)) - frozen
    small = least <= np.where(whole, 1.0, 1e-9)
    return lines.assign(
        limit=limit,
        most=np.maximum(limit, frozen),
        frozen=frozen,
        whole=whole,
        least=np.where(small, 0.0, least),
    )


def _grouped(
    scenario: Scenario, lines: pd.DataFrame, orders: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Give each segment a row for its tier, and one more for each tier that lines moved to."""
    settings = scenario.settings.segments
    own = [(code, s.tier) for code, s in enumerate(settings.values())]
    moved = lines[["of", "tier"]].drop_duplicates().itertuples(index=False, name=None)
    groups = own + sorted(set(moved) - set(own))
    place = {group: row for row, group in enumerate(groups)}
    best = lines.groupby("order")["tier"].min().to_numpy()
    if len(groups) > len(own):
        keys = zip(lines["of"], lines["tier"], strict=True)
        lines = lines.assign(segment=[place[key] for key in keys])
        keys = zip(orders["of"], best, strict=True)
        orders = orders.assign(segment=[place[key] for key in keys])
    sums = {
        "unit": lines["quantity"].groupby(lines["segment"]).sum(),
        "value": (lines["quantity"] * lines["unit_value"]).groupby(lines["segment"]).sum(),
        "line": lines.groupby("segment").size(),
        "order": orders.groupby("segment").size(),
    }
    named = list(settings.items())
    rows = [_group(named[of], of, tier, sums, row) for row, (of, tier) in enumerate(groups)]
    return pd.DataFrame(rows, columns=list(CONTRACTS["segments"])), lines, orders


def _group(
    named: tuple[str, Segment], of: int, tier: int, sums: dict[str, pd.Series], row: int
) -> tuple[object, ...]:
    name, s = named
    return (
        name,
        of,
        tier,
        s.measure.base,
        s.measure.on_time,
        s.target.level if s.target else np.nan,
        np.nan if s.floor is None else s.floor,
        float(sums[s.measure.base].get(row, 0)),
    )
