"""Accept or decline an order now: against this morning's plan, and what it holds at what price.

Nothing is planned anew. A unit that neither the plan nor its reserve needs is free; one out of the
reserve costs its bid price; where there was stock to spare, and so no bid price, what it is worth
itself once the spare is gone. Each unit of a line goes the way that leaves most.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from models.errors import Issue, ScenarioError, UsageError
from models.problem import Problem
from models.scenario import Scenario
from models.solution import Solution
from models.tables import TABLES
from models.tolerances import DECIMALS, MONEY, ROUNDING, UNIT, UNIT_DECIMALS
from optimizer.preparing import prepare
from optimizer.quoting.order_request import Asked, AskedLine
from optimizer.quoting.quote_answer import Displaced, Quoted, QuotedLine, Way
from optimizer.quoting.uncommitted import Left
from optimizer.runs.run_reader import read_run
from optimizer.scenario.table_edits import cast_rows

NAME = "asked now"
"""Id of the order while it is looked at."""


@dataclass(frozen=True, eq=False)
class Quoter:
    """A run that orders are held against; it stays as it is, whatever is accepted.

    Parameters
    ----------
    scenario, solution
        Of the run.
    """

    scenario: Scenario
    solution: Solution

    @classmethod
    def of_run(cls, folder: str | Path) -> Quoter:
        """Read a run folder.

        Raises
        ------
        UsageError
            When it is none, or has quotas, which a single order cannot be held against.
        """
        scenario, solution = read_run(folder)
        if len(scenario["quotas"]):
            msg = f"{folder} has quotas: add the order to the scenario and plan it instead"
            raise UsageError(msg)
        return cls(scenario, solution)

    def quote(self, asked: Asked) -> Quoted:
        """Answer an order line by line; earlier lines take before later ones.

        Raises
        ------
        ScenarioError
            For a customer or an item that the run does not know.
        """
        self._check(asked)
        problem = prepare(self._alone(asked))
        left = Left.of(self.scenario, self.solution, problem)
        lines = [_quoted(problem, left, nth, line) for nth, line in enumerate(asked.lines)]
        return Quoted(asked.customer, asked.requested, tuple(lines))

    def _check(self, asked: Asked) -> None:
        issues = []
        if asked.customer not in set(self.scenario["customers"]["customer"]):
            remedy = "use a customer of the run"
            issues.append(Issue("order", f"customer {asked.customer!r} is unknown", remedy))
        known = {*self.scenario["stock"]["item"], *self.scenario["receipts"]["item"]}
        issues += [
            Issue("order", f"item {line.item!r} has neither stock nor receipts", "use another item")
            for line in asked.lines
            if line.item not in known
        ]
        if issues:
            raise ScenarioError(issues)

    def _alone(self, asked: Asked) -> Scenario:
        """Give the scenario with this order alone, and nothing promised to others."""
        start = pd.Timestamp(self.scenario.settings.horizon.start)
        order = {
            "order": NAME,
            "customer": asked.customer,
            "requested": pd.Timestamp(asked.requested),
            "ordered": start,
        }
        lines = [
            {"order": NAME, "line": f"{nth:06d}", **line.model_dump()}
            for nth, line in enumerate(asked.lines)
        ]
        empty = ("forecast", "commitments", "overrides", "ledger")
        tables = {
            **self.scenario.tables,
            **{name: TABLES[name].empty() for name in empty},
            "orders": _filled("orders", [order]),
            "lines": _filled("lines", lines),
        }
        return replace(self.scenario, tables=tables)


def _filled(table: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    blanks = {name: spec.blank for name, spec in TABLES[table].columns.items()}
    return cast_rows(table, pd.DataFrame([blanks | row for row in rows]))


def _quoted(problem: Problem, left: Left, nth: int, asked: AskedLine) -> QuotedLine:
    """Send a line the ways that leave most, as long as they leave anything."""
    options = problem.options[problem.options["line"] == nth]
    options = options[options["upper"] > 0]
    leaves = options["unit_worth"] - options["unit_cost"]
    options = options.assign(margin=leaves).sort_values(
        ["margin", "arrival", "day"], ascending=[False, True, True], kind="stable"
    )
    missing, ways, displaced = asked.quantity, [], []
    rows: Any = [*options.itertuples()]
    candidates: list[tuple[float, Any, dict[str, Any] | None]]
    candidates = [(float(row.margin), row, None) for row in rows]
    for row in rows:
        place = problem.sites[row.site], problem.items[row.item]
        mine = [held for held in left.reserve if (held["site"], held["item"]) == place]
        candidates += [(float(row.margin) - held["price"], row, held) for held in mine]
    candidates.sort(key=lambda candidate: (-candidate[0], candidate[2] is not None))
    for margin, row, held in candidates:
        if missing <= UNIT or margin <= MONEY:
            break
        units = _sent(problem, left, row, held, missing)
        if units <= UNIT:
            continue
        missing -= units * row.gives
        ways.append(_way(problem, row, units, units * margin))
        if held is not None:
            displaced.append(_displaced(held, units))
    arrivals = [way.arrival_date for way in ways]
    return QuotedLine(
        line=nth + 1,
        item=asked.item,
        quantity=asked.quantity,
        accept=missing <= UNIT,
        available=round(asked.quantity - max(missing, 0.0), DECIMALS),
        arrival=max(arrivals) if arrivals else None,
        margin=round(sum(way.margin for way in ways), UNIT_DECIMALS),
        ways=_together(ways),
        displaces=tuple(displaced),
    )


def _sent(
    problem: Problem,
    left: Left,
    row: Any,  # noqa: ANN401  a named tuple of pandas
    held: dict[str, Any] | None,
    missing: float,
) -> float:
    """Ship what can go by an option, free or out of one row of the reserve; return the units."""
    place = str(problem.sites[row.site]), str(problem.items[row.item])
    most = missing / row.gives
    if row.site_day >= 0:
        most = min(most, left.site_day[row.site_day] / row.effort) if row.effort else most
    for limit in (row.lane_day, row.lane_total):
        most = min(most, left.lane_day[limit]) if limit >= 0 else most
    if held is not None:
        most = min(most, held["left"])
        left.take(place, int(held["day"]), -most)
    units = max(0.0, min(most, left.atp(place, int(row.day))))
    units = np.floor(units / row.step + ROUNDING) * row.step if row.step else units
    if held is not None:
        left.take(place, int(held["day"]), most - units)
        held["left"] -= units
    left.take(place, int(row.day), units)
    if row.site_day >= 0:
        left.site_day[row.site_day] -= units * row.effort
    for limit in (row.lane_day, row.lane_total):
        if limit >= 0:
            left.lane_day[limit] -= units
    return float(units)


def _way(problem: Problem, row: Any, units: float, margin: float) -> Way:  # noqa: ANN401
    ship, arrival = problem.dates(pd.Series([row.day, row.arrival]))
    site, service = str(problem.sites[row.site]), str(problem.services[row.service])
    return Way(
        site,
        service,
        ship.date(),
        arrival.date(),
        round(units, DECIMALS),
        round(margin, UNIT_DECIMALS),
    )


def _together(ways: list[Way]) -> tuple[Way, ...]:
    """Tell units that go the same way once, wherever they come from."""
    found: dict[tuple[object, ...], Way] = {}
    for way in ways:
        key = way.site, way.service, way.ship_date
        if key in found:
            units, margin = found[key].units + way.units, found[key].margin + way.margin
            way = replace(way, units=round(units, DECIMALS), margin=round(margin, UNIT_DECIMALS))
        found[key] = way
    return tuple(found.values())


def _displaced(held: dict[str, Any], units: float) -> Displaced:
    return Displaced(
        held["segment"],
        held["region"],
        held["item"],
        held["requested"].date(),
        held["site"],
        round(units, DECIMALS),
        float(held["price"]),
    )
