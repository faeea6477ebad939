"""Shipments and answers written in a test as text, for the judge's tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from building import make_scenario

from models.rules import measured
from models.scenario import Scenario
from models.solution import LINES, SERVICE, SHIPMENTS, Goal, Solution, Status

TABLES = {
    "customers": "customer,segment,region\nACME,gold,north",
    "orders": "order,customer,requested\nSO1,ACME,2026-11-25",
    "lines": "order,line,item,quantity\nSO1,1,pump,10",
    "lanes": "site,region,service,transit_days\nLYON,north,standard,1",
    "stock": "site,item,on_hand\nLYON,pump,100",
}
"""One order line that a single site can fill on time: what a test varies."""


def one_line(header: Mapping[str, Any] | None = None, **tables: str) -> Scenario:
    """Build :data:`TABLES` with some header keys and tables of the test's own."""
    return make_scenario(header, **(TABLES | tables))


def one_segment(**keys: object) -> dict[str, Any]:
    """Write header keys with one segment, gold, that has more than a tier and a service."""
    return {"segments": {"gold": {"tier": 1, "services": ["standard"]} | keys}}


def shipped(text: str) -> pd.DataFrame:
    """Read ``"SO1/1 10 pump LYON standard 23, ..."``: the last is a day of November 2026."""
    rows = []
    for part in filter(None, text.split(",")):
        target, quantity, item, site, service, day = part.split()
        order, line = target.split("/")
        rows.append((order, line, item, site, service, f"2026-11-{day}", quantity))
    names = ["order", "line", "item", "site", "service", "ship_date", "quantity"]
    frame = pd.DataFrame(rows, columns=names, dtype=object)
    return frame.astype({name: SHIPMENTS[name] for name in names})


def answer(
    scenario: Scenario,
    shipments: pd.DataFrame,
    *,
    reasons: Mapping[str, str],
    reachable: Mapping[tuple[str, str], float],
) -> Solution:
    """Make a proved answer of shipments that have all columns.

    ``reasons`` by ``order/line`` say why lines are not on time, ``reachable`` by segment and
    measure what each missed target could reach.
    """
    figures = measured(scenario, shipments)
    names = figures.lines["order"] + "/" + figures.lines["line"]
    why = [reasons.get(name, "") for name in names]
    keys = zip(figures.service["segment"], figures.service["measure"], strict=True)
    best = [reachable.get(key, float("nan")) for key in keys]
    return Solution(
        scenario=scenario.settings.name,
        policy="optimal",
        status=Status.OPTIMAL,
        goals=tuple(
            Goal(name, value, value, 0.0, Status.OPTIMAL) for name, value in figures.goals.items()
        ),
        totals=figures.totals,
        shipments=shipments,
        lines=figures.lines.assign(reason=pd.Series(why, dtype="str"))[list(LINES)],
        service=figures.service.assign(best_reachable=best)[list(SERVICE)],
    )
