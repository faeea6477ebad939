"""Every figure of an answer, recomputed: lines, service by segment, goals, totals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.rules.book import Book, open_book
from models.rules.findings import TOLERANCE
from models.scenario import Scenario
from models.settings import GoalName, Measure, Segment, Settings
from models.solution import LINES, SERVICE

DECIMALS = 9
"""Figures are rounded to this many decimals, to remove binary noise."""


@dataclass(frozen=True, eq=False)
class Measured:
    """What shipments achieve.

    Parameters
    ----------
    lines
        The columns of :data:`models.solution.LINES` but ``reason``, sorted by order and line.
    service
        The columns of :data:`models.solution.SERVICE` but ``best_reachable``.
    goals
        Value of each goal by name, in order of importance [base units; ``value`` in money].
    bases
        What a gap of each goal is a share of, by the same names: the base total of the segments
        that the goal counts; delivered value for ``value``; 1 where that is nothing.
    totals
        The keys of :data:`models.solution.TOTALS`.
    """

    lines: pd.DataFrame
    service: pd.DataFrame
    goals: Mapping[str, float]
    bases: Mapping[str, float]
    totals: Mapping[str, float]


def measured(scenario: Scenario, shipments: pd.DataFrame) -> Measured:
    """Recompute every figure from the scenario and the shipments alone.

    Parameters
    ----------
    scenario
        The question.
    shipments
        At least the columns ``order``, ``line``, ``item``, ``site``, ``service``, ``ship_date``
        and ``quantity`` [unit]. Rows without a known line, lane or arrival count nowhere.
    """
    return measure(open_book(scenario, shipments))


def measure(book: Book) -> Measured:
    """Recompute every figure of an open book."""
    settings = book.scenario.settings
    served, totals = _by_segment(settings, book.lines), _totals(book)
    values: dict[str, float] = {}
    bases: dict[str, float] = {}
    for family in settings.goals:
        for goal, value, base in _parts(family, served, totals):
            values[goal] = values.get(goal, 0.0) + value
            bases[goal] = bases.get(goal, 0.0) + base
    return Measured(
        lines=_line_table(book.lines),
        service=_service_table(served),
        goals={goal: round(value, DECIMALS) for goal, value in values.items()},
        bases={goal: base if base > 0 else 1.0 for goal, base in bases.items()},
        totals={name: round(value, DECIMALS) for name, value in totals.items()},
    )


@dataclass(frozen=True, slots=True)
class _Served:
    """What one segment ordered and got, in all measures."""

    name: str
    segment: Segment
    achieved: Mapping[str, float]
    """By measure [base units]."""
    ordered: Mapping[str, float]
    """By base: ``unit``, ``value``, ``line``, ``order``."""

    @property
    def base(self) -> float:
        """Base total of the segment's own measure."""
        return self.ordered[self.segment.measure.base]

    def shortfall(self, level: float) -> float:
        """Count the base units that are missing to a level of the segment's own measure."""
        return max(0.0, level * self.base - self.achieved[self.segment.measure])


def _by_segment(settings: Settings, lines: pd.DataFrame) -> list[_Served]:
    achieved, ordered = (
        part.groupby(lines["segment"]).sum().reindex(list(settings.segments), fill_value=0.0)
        for part in (_achieved(lines), _bases(lines))
    )
    columns = [[str(c) for c in part.columns] for part in (achieved, ordered)]
    figures = zip(achieved.to_numpy().tolist(), ordered.to_numpy().tolist(), strict=True)
    return [
        _Served(
            name,
            segment,
            dict(zip(columns[0], reached, strict=True)),
            dict(zip(columns[1], whole, strict=True)),
        )
        for (name, segment), (reached, whole) in zip(
            settings.segments.items(), figures, strict=True
        )
    ]


def _achieved(lines: pd.DataFrame) -> pd.DataFrame:
    """Count each measure by line; an order counts once, at its first line."""
    first = ~lines.duplicated("order")
    worth = lines["unit_value"]
    orders = lines[["full", "full_on_time"]].groupby(lines["order"]).transform("all")
    return pd.DataFrame(
        {
            Measure.UNIT_FILL: lines["delivered"],
            Measure.UNIT_OTIF: lines["delivered_on_time"],
            Measure.VALUE_FILL: lines["delivered"] * worth,
            Measure.VALUE_OTIF: lines["delivered_on_time"] * worth,
            Measure.LINE_FILL: lines["full"],
            Measure.LINE_OTIF: lines["full_on_time"],
            Measure.ORDER_FILL: orders["full"] & first,
            Measure.ORDER_OTIF: orders["full_on_time"] & first,
        }
    ).astype(float)


def _bases(lines: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "unit": lines["ordered"],
            "value": lines["ordered"] * lines["unit_value"],
            "line": 1.0,
            "order": ~lines.duplicated("order"),
        }
    ).astype(float)


def _line_table(lines: pd.DataFrame) -> pd.DataFrame:
    status = np.select(
        [lines["full_on_time"], lines["full"], lines["delivered"] > TOLERANCE],
        ["on_time", "late", "partial"],
        "short",
    )
    short = lines["ordered"] - lines["delivered"]
    table = lines.assign(short=short, status=status)
    contract = {name: dtype for name, dtype in LINES.items() if name != "reason"}
    amounts = ["delivered", "delivered_on_time", "short"]
    table[amounts] = table[amounts].round(DECIMALS)
    return table[list(contract)].astype(contract)


def _service_table(served: list[_Served]) -> pd.DataFrame:
    rows = []
    for own in served:
        target = own.segment.target.level if own.segment.target else None
        floor = own.segment.floor
        level = floor if target is None else target
        for measure in Measure:
            row: dict[str, str | float | None] = {"segment": own.name, "measure": str(measure)}
            if whole := own.ordered[measure.base]:
                row["achieved"] = own.achieved[measure] / whole
            if measure == own.segment.measure and level is not None:
                row |= {"target": target, "floor": floor, "shortfall": own.shortfall(level)}
            rows.append(row)
    contract = {name: dtype for name, dtype in SERVICE.items() if name != "best_reachable"}
    return pd.DataFrame(rows, columns=list(contract)).astype(contract).round(DECIMALS)


def _totals(book: Book) -> dict[str, float]:
    lines, placed = book.lines, book.placed
    return {
        "lines": float(len(lines)),
        "ordered_units": float(lines["ordered"].sum()),
        "delivered_units": float(placed["quantity"].sum()),
        "on_time_units": float(placed.loc[placed["on_time"], "quantity"].sum()),
        "delivered_value": float(placed["value"].sum()),
        "cost": float(placed["cost"].sum()),
        "kg_co2": float(placed["kg"].sum()),
    }


def _parts(
    family: GoalName, served: list[_Served], totals: Mapping[str, float]
) -> Iterator[tuple[str, float, float]]:
    """Yield goal, value and base of each segment's part in a family of goals, by tier."""
    if family == GoalName.COMMITMENTS:
        yield "commitments", 0.0, 0.0
    if family == GoalName.VALUE:
        worth = totals["delivered_value"]
        net = worth - totals["cost"]
        yield "value", net, worth if worth > 0 else abs(net)
    for own in sorted(served, key=lambda part: part.segment.tier):
        tier, floor, target = own.segment.tier, own.segment.floor, own.segment.target
        if family == GoalName.FLOORS and floor is not None:
            yield f"floor:{tier}", own.shortfall(floor), own.base
        elif family == GoalName.TARGETS and target is not None:
            yield f"target:{tier}", own.shortfall(target.level), own.base
        elif family == GoalName.FILL:
            units = own.ordered["unit"]
            yield f"fill:{tier}", units - own.achieved[Measure.UNIT_FILL], units
