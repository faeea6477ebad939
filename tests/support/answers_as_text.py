"""Shipments and answers written in a test as text, for the judge's tests."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd

from models.judge import broken_rules, recompute
from models.judge.lookup import open_lookup
from models.judge.statements.notices import expected_notices
from models.scenario import Scenario
from models.solution import (
    CONTRACTS,
    FAIRNESS,
    LINES,
    NOTICES,
    PRICES,
    REACHABLE_LEVELS,
    REMEDIES,
    RESERVE,
    SERVICE,
    SHIPMENTS,
    SHORTAGES,
    TRANSFERS,
    Goal,
    Solution,
    Status,
)
from tests.support.scenarios_as_text import make_scenario

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


def shipments_of(text: str) -> pd.DataFrame:
    """Read ``"SO1/1 10 pump LYON standard 23, ..."``: the last is a day of November 2026."""
    rows = []
    for part in filter(None, text.split(",")):
        target, quantity, item, site, service, day = part.split()
        order, line = target.split("/")
        rows.append((order, line, item, site, service, f"2026-11-{day}", quantity))
    names = ["order", "line", "item", "site", "service", "ship_date", "quantity"]
    frame = pd.DataFrame(rows, columns=names, dtype=object)
    return frame.astype({name: SHIPMENTS[name] for name in names})


def transfers_of(text: str) -> pd.DataFrame:
    """Read ``"5 pump LYON OSLO 23, ..."``: units, item, from, to, a day of November 2026."""
    rows = []
    for part in filter(None, text.split(",")):
        quantity, item, source, goal, day = part.split()
        rows.append((source, goal, item, f"2026-11-{day}", quantity))
    names = ["from_site", "to_site", "item", "ship_date", "quantity"]
    frame = pd.DataFrame(rows, columns=names, dtype=object)
    return frame.astype({name: TRANSFERS[name] for name in names})


class Case(NamedTuple):
    """A scenario, shipments (and transfers) on both sides of a limit, and words of the finding."""

    tables: dict[str, str]
    allowed: str
    refused: str
    words: str
    header: dict[str, Any] | None = None
    moves: str = ""
    """Transfers in both plans."""


def assert_limit(case: Case) -> None:
    """Ask that the one plan breaks no rule, and the other one rule, in the words of the case."""
    scenario, moves = one_line(case.header, **case.tables), transfers_of(case.moves)
    assert broken_rules(scenario, shipments_of(case.allowed), moves) == []
    findings = broken_rules(scenario, shipments_of(case.refused), moves)
    assert len(findings) == 1, findings
    assert re.search(case.words, findings[0]), findings[0]


NOT_SHARED = pd.DataFrame(columns=list(FAIRNESS)).astype(FAIRNESS)
NOT_MOVED = pd.DataFrame(columns=list(TRANSFERS)).astype(TRANSFERS)


def answer(
    scenario: Scenario,
    shipments: pd.DataFrame,
    *,
    reasons: Mapping[str, str],
    reachable: Mapping[tuple[str, str], float],
    transfers: pd.DataFrame = NOT_MOVED,
    fairness: pd.DataFrame = NOT_SHARED,
) -> Solution:
    """Make a proved answer of shipments, and transfers, that have all columns.

    ``reasons`` by ``order/line`` say why lines are not on time, ``reachable`` by segment and
    measure what each missed target could reach, ``fairness`` what customers could get alone.
    """
    figures = recompute(scenario, shipments, transfers, fairness)
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
        shortages=_shortages(figures.lines, why, shipments),
        service=figures.service.assign(**dict.fromkeys(REACHABLE_LEVELS, best))[list(SERVICE)],
        transfers=transfers,
        reserve=pd.DataFrame(columns=list(RESERVE)).astype(RESERVE),
        prices=pd.DataFrame(columns=list(PRICES)).astype(PRICES),
        fairness=figures.fairness,
        metrics=figures.metrics,
        contracts=figures.contracts.assign(attainable=float("nan"))[list(CONTRACTS)],
        stages=figures.stages,
        signals=figures.signals,
        remedies=pd.DataFrame(columns=list(REMEDIES)).astype(REMEDIES),
        notices=_notices(scenario, shipments, transfers),
    )


def _shortages(lines: pd.DataFrame, why: list[str], shipments: pd.DataFrame) -> pd.DataFrame:
    """Give each line its one reason; units that others have are where most of the item ships."""
    missed = lines.assign(reason=why)[lines["status"] != "on_time"]
    short = missed.assign(units=missed["short"], kind="short")
    late = missed.assign(units=missed["delivered"] - missed["delivered_on_time"], kind="late")
    rows = pd.concat([short, late])
    rows = rows[rows["units"] > 0]
    most = shipments.groupby(["item", "site"])["quantity"].sum().reset_index()
    most = most.sort_values("quantity").drop_duplicates("item", keep="last")
    taken = rows["reason"].isin(["commitment", "higher_tier", "same_tier"])
    site = rows["item"].map(most.set_index("item")["site"]).where(taken, "")
    until = pd.Series(shipments["ship_date"].max(), index=rows.index).where(taken)
    rows = rows.assign(item=rows["item"].where(taken, ""), site=site, until=until)
    return rows[list(SHORTAGES)].reset_index(drop=True).astype(SHORTAGES)


def _notices(scenario: Scenario, shipments: pd.DataFrame, transfers: pd.DataFrame) -> pd.DataFrame:
    """Tell each order what is to be told, and nothing else."""
    told = expected_notices(open_lookup(scenario, shipments, transfers))
    told = told.assign(orders=told["order"], reason="", recovery="", text="")
    return told[list(NOTICES)].astype(NOTICES)
