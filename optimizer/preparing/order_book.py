"""Orders and lines in codes, with tiers and limits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.forecast import is_virtual
from models.scenario import Scenario
from models.tolerances import ROUNDING
from optimizer.common.membership import is_among
from optimizer.common.steps import common_steps, steps_from
from optimizer.preparing.commitment_rows import commitment_rows, units_delivered
from optimizer.preparing.eligible_items import half_steps, item_steps, line_steps
from optimizer.preparing.line_overrides import overrides_by_line
from optimizer.preparing.names import NEVER, Names, code, day_of
from optimizer.preparing.parties import tiers_of
from optimizer.scenario.stages import stages_today


@dataclass(frozen=True, eq=False)
class OrderBook:
    """Who ordered what, in codes.

    Parameters
    ----------
    orders, lines
        Frames of the problem, with further columns that options are made from; without their
        parties and due windows.
    commitments
        As :func:`optimizer.preparing.commitment_rows.commitment_rows` says.
    """

    orders: pd.DataFrame
    lines: pd.DataFrame
    commitments: pd.DataFrame

    @property
    def frozen(self) -> pd.DataFrame:
        """The frozen commitments, numbered from 0."""
        return self.commitments[self.commitments["frozen"]].reset_index(drop=True)


def order_book(scenario: Scenario, names: Names) -> OrderBook:
    """Code orders, lines and commitments."""
    orders = _orders(scenario, names)
    table = scenario["lines"].assign(virtual=is_virtual(scenario["lines"]["order"]))
    table = table.sort_values(["virtual", "order", "line"], ignore_index=True)
    by_hand = overrides_by_line(scenario, table)
    commitments = commitment_rows(scenario, names, table, by_hand["lock"].to_numpy())
    lines = _lines(scenario, names, orders, table, by_hand)
    lines = _with_limits(
        lines, commitments[commitments["frozen"]], item_steps(scenario, names).unit
    )
    return OrderBook(orders, lines, commitments)


def _orders(scenario: Scenario, names: Names) -> pd.DataFrame:
    table = scenario["orders"]
    table = table[is_among(table["order"], scenario["lines"]["order"])]
    table = table.assign(virtual=is_virtual(table["order"])).sort_values(["virtual", "order"])
    who = scenario["customers"].set_index("customer").loc[table["customer"]]
    segments = list(scenario.settings.segments.values())
    segment = code(names.segments, who["segment"])
    stage = stages_today(scenario.settings, scenario.tables).loc[table["customer"]]
    late = np.array([NEVER if s.max_days_late is None else s.max_days_late for s in segments])
    early = np.array([NEVER if s.max_days_early is None else s.max_days_early for s in segments])
    requested = day_of(scenario, table["requested"], NEVER)
    earliest = day_of(scenario, table["earliest"], -NEVER)
    return pd.DataFrame(
        {
            "order": table["order"].to_numpy(),
            "virtual": table["virtual"].to_numpy(),
            "segment": segment,
            "of": segment,
            "stage": stage.to_numpy(),
            "ship_complete": table["ship_complete"].to_numpy(),
            "max_shipments": table["max_shipments"].fillna(np.inf).to_numpy(),
            "customer": table["customer"].to_numpy(),
            "region": code(names.regions, who["region"]),
            "receives": who["receives"].to_numpy(),
            "pinned": code(names.services, table["service"]),  # -1 = none
            "requested": requested,
            "ordered_on": day_of(scenario, table["ordered"], 0),
            "earliest": earliest,
            "accepted_from": np.maximum(earliest, requested - early[segment]),
            "accepted_until": np.minimum(
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
    tiers = tiers_of(scenario, orders)[order]
    step = line_steps(scenario, names, table["item"], segment)
    half = half_steps(scenario, table["item"])
    return pd.DataFrame(
        {
            "order": order,
            "line": table["line"],
            "item": code(names.items, table["item"]),
            "of": segment,
            "segment": segment,
            "tier": by_hand["tier"].fillna(pd.Series(tiers)).to_numpy(dtype="int64"),
            "quantity": table["quantity"],
            "unit_value": table["unit_value"],
            "step": np.where(table["virtual"], 0.0, step),
            "enough": table["quantity"] - np.where(step < 2 * half, half, 0.0),
            "virtual": table["virtual"],
            "complete": table["complete"],
            "share": np.where(table["complete"], 1.0, table["min_fill"]),
            "cap": by_hand["cap"],
            "held": by_hand["hold"],
            "must_by": _day_of_must(scenario, by_hand, orders["requested"].to_numpy()[order]),
            "expedite": by_hand["expedite"],
            "requested": orders["requested"].to_numpy()[order],
            "ordered_on": orders["ordered_on"].to_numpy()[order],
        }
    )


def _day_of_must(scenario: Scenario, by_hand: pd.DataFrame, requested: np.ndarray) -> np.ndarray:
    """Day by which each line must be complete: given, or requested; NaN = none, shape (lines,)."""
    until = by_hand["until"].astype("datetime64[s]")
    given = np.where(until.isna(), requested, day_of(scenario, until, 0))
    return np.where(by_hand["must"], given, np.nan)


def _with_limits(lines: pd.DataFrame, kept: pd.DataFrame, unit: np.ndarray) -> pd.DataFrame:
    """Add what is frozen of each line, what may be delivered at most, and what at least.

    Parameters
    ----------
    lines
        Coded so far.
    kept
        Frozen commitments.
    unit
        Smallest amount of each item, packs apart [unit], shape (items,).
    """
    frozen = units_delivered(kept, len(lines))
    limit = np.where(lines["held"], 0.0, np.fmin(lines["quantity"], lines["cap"]))
    amount = np.append(unit, 0.0)[kept["item"]] * kept["gives"]
    step = common_steps(
        np.append(lines["step"], amount), np.append(lines.index, kept["line"]), len(lines)
    )
    whole = (step > 0) & (step % 1 == 0)
    rise = np.where(whole, 1.0, step)  # packs have their own rule
    least = steps_from((lines["share"] * lines["quantity"]).to_numpy(), rise) - frozen
    small = least <= np.maximum(rise, ROUNDING)
    return lines.assign(
        limit=limit,
        most=np.maximum(limit, frozen),
        frozen=frozen,
        step=step,
        whole=whole,
        least=np.where(small, 0.0, least),
    )
