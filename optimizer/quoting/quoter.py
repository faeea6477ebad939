"""Accept or decline an order now: against this morning's plan, and what it holds at what price.

Nothing is planned anew. A unit that neither the plan nor its reserve needs is free; one out of the
reserve costs its bid price; where there was stock to spare, and so no bid price, what it is worth
itself once the spare is gone. Each unit of a line goes the way that leaves most.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from models.errors import Issue, ScenarioError, UsageError
from models.problem import Problem
from models.scenario import Scenario
from models.solution import Solution
from models.tolerances import DECIMALS, MONEY, UNIT, UNIT_DECIMALS
from optimizer.common.membership import is_among
from optimizer.explaining.residual_model import line_row
from optimizer.quoting.order_request import OrderRequest, RequestedLine
from optimizer.quoting.quote_answer import Displaced, Quote, QuoteLine, Way
from optimizer.quoting.uncommitted import HeldUnits, Uncommitted
from optimizer.runs.run_reader import read_run
from optimizer.scenario.table_edits import complete_rows, with_rows

ORDER = "asked now"
"""Id of the order while it is looked at; no id of an input has a blank."""


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

    def quote(self, request: OrderRequest) -> Quote:
        """Answer an order line by line; earlier lines take before later ones.

        Raises
        ------
        ScenarioError
            For a customer or an item that the run does not know.
        """
        self._check(request)
        left = Uncommitted.beside(self._with_order(request), self.solution, ORDER)
        lines = [_quote_line(left, nth, line) for nth, line in enumerate(request.lines)]
        return Quote(request.customer, request.requested, tuple(lines))

    def _check(self, request: OrderRequest) -> None:
        issues = []
        if request.customer not in set(self.scenario["customers"]["customer"]):
            remedy = "use a customer of the run"
            issues.append(Issue("order", f"customer {request.customer!r} is unknown", remedy))
        known = {*self.scenario["stock"]["item"], *self.scenario["receipts"]["item"]}
        swaps = self.scenario["substitutes"]
        known |= set(swaps.loc[is_among(swaps["substitute"], sorted(known)), "item"])
        issues += [
            Issue("order", f"item {line.item!r} has neither stock nor receipts", "use another item")
            for line in request.lines
            if line.item not in known
        ]
        if issues:
            raise ScenarioError(issues)

    def _with_order(self, request: OrderRequest) -> Scenario:
        """Give the scenario with this order, too."""
        order = {
            "order": ORDER,
            "customer": request.customer,
            "requested": pd.Timestamp(request.requested),
            "ordered": pd.Timestamp(self.scenario.settings.horizon.start),
        }
        lines = [
            {"order": ORDER, "line": _line_id(nth), **line.model_dump()}
            for nth, line in enumerate(request.lines)
        ]
        with_order = with_rows(
            self.scenario, "orders", complete_rows("orders", pd.DataFrame([order]))
        )
        return with_rows(with_order, "lines", complete_rows("lines", pd.DataFrame(lines)))


def _line_id(nth: int) -> str:
    return f"{nth:06d}"


def _quote_line(left: Uncommitted, nth: int, line: RequestedLine) -> QuoteLine:
    """Send a line the ways that leave most, as long as they leave anything."""
    problem, missing = left.problem, line.quantity
    ways: list[Way] = []
    displaced: list[Displaced] = []
    row_of_line = line_row(problem, ORDER, _line_id(nth))
    for margin, option, held in _candidates(left, row_of_line):
        if missing <= UNIT or margin <= MONEY:
            break
        row = problem.options.iloc[[option]].to_dict("records")[0]
        units = left.take(option, missing / row["gives"], held)
        if units <= UNIT:
            continue
        missing -= units * row["gives"]
        ways.append(_way(problem, row, units, units * margin))
        if held is not None:
            displaced.append(_displaced(held, units))
    arrivals = [way.arrival_date for way in ways]
    return QuoteLine(
        line=nth + 1,
        item=line.item,
        quantity=line.quantity,
        accept=missing <= UNIT,
        available=round(line.quantity - max(missing, 0.0), DECIMALS),
        arrival=max(arrivals) if arrivals else None,
        margin=round(sum(way.margin for way in ways), UNIT_DECIMALS),
        ways=_merge(ways),
        displaces=tuple(displaced),
        not_due=not bool(problem.lines["due"].iloc[row_of_line]),
    )


def _candidates(left: Uncommitted, line: int) -> list[tuple[float, int, HeldUnits | None]]:
    """List margin of a unit, option and held units, if any; the best margin, then free ones first.

    Of equals the earlier arrival goes first, then the earlier ship day.
    """
    options = left.problem.options
    options = options[(options["line"] == line) & (options["upper"] > 0)]
    options = options.assign(margin=options["unit_worth"] - options["unit_cost"]).sort_values(
        ["margin", "arrival", "day"], ascending=[False, True, True], kind="stable"
    )
    columns = [options[name].tolist() for name in ("margin", "site", "item")]
    rows = list(zip(options.index.tolist(), *columns, strict=True))
    candidates: list[tuple[float, int, HeldUnits | None]]
    candidates = [(margin, option, None) for option, margin, _, _ in rows]
    candidates += [
        (margin - held.price, option, held)
        for option, margin, site, item in rows
        for held in left.reserve
        if (held.site, held.item) == (site, item)
    ]
    return sorted(candidates, key=lambda candidate: (-candidate[0], candidate[2] is not None))


def _way(problem: Problem, row: Mapping[Hashable, Any], units: float, margin: float) -> Way:
    ship, arrival = problem.dates(pd.Series([row["day"], row["arrival"]]))
    site, service = str(problem.sites[row["site"]]), str(problem.services[row["service"]])
    return Way(
        site,
        service,
        ship.date(),
        arrival.date(),
        round(units, DECIMALS),
        round(margin, UNIT_DECIMALS),
    )


def _merge(ways: list[Way]) -> tuple[Way, ...]:
    """Add up units that go the same way, wherever they come from."""
    merged: dict[tuple[object, ...], Way] = {}
    for way in ways:
        key = way.site, way.service, way.ship_date
        if key in merged:
            units, margin = merged[key].units + way.units, merged[key].margin + way.margin
            way = replace(way, units=round(units, DECIMALS), margin=round(margin, UNIT_DECIMALS))
        merged[key] = way
    return tuple(merged.values())


def _displaced(held: HeldUnits, units: float) -> Displaced:
    row = held.row
    return Displaced(
        row["segment"],
        row["region"],
        row["item"],
        row["requested"].date(),
        row["site"],
        round(units, DECIMALS),
        float(held.price),
    )
