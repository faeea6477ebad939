"""The judge accepts a good answer and finds every single change to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from typing import Any

import numpy as np
import pandas as pd
import pytest

from models.errors import RuleViolationError
from models.judge import assert_obeys, judge
from models.solution import REACHABLE_LEVELS, SHIPMENTS, Goal, Solution, Status
from tests.support.answers_as_text import answer
from tests.support.scenarios_as_text import make_scenario

WEEK = make_scenario(
    {
        "name": "week",
        "services": {
            "standard": {},
            "express": {"surcharge_per_unit": 1.5, "window": "07:00-12:00"},
        },
        "segments": {
            "gold": {
                "tier": 1,
                "services": ["express", "standard"],
                "target": {"measure": "unit_otif", "level": 0.9},
                "floor": 0.5,
            },
            "core": {
                "tier": 2,
                "services": ["standard"],
                "target": {"measure": "line_fill", "level": 1},
            },
            "web": {
                "tier": 2,
                "services": ["standard"],
                "target": {"measure": "line_otif", "level": 0.5},
            },
        },
        "goals": ["commitments", "floors", "targets", "fill", "value"],
        "solver": {"relative_gap": 0.001, "seconds": 60},
    },
    customers="""customer,segment,region,receives
        ACME,gold,north,07:00-16:00
        BOLT,core,north,
        CITY,web,south,""",
    orders="""order,customer,requested
        SO1,ACME,2026-11-25
        SO2,BOLT,2026-11-24
        SO3,CITY,2026-11-26
        SO4,ACME,2026-11-24
        SO6,CITY,2026-11-26""",
    lines="""order,line,item,quantity,unit_value
        SO1,1,pump,10,5
        SO2,1,pump,6,4
        SO2,2,valve,3,2
        SO3,1,valve,5,2
        SO4,1,valve,4,5
        SO4,2,pump,4,5
        SO6,1,pump,2,5""",
    lanes="""site,region,service,transit_days,cost_per_unit,kg_co2_per_unit
        LYON,north,standard,1,0.5,0.2
        LYON,north,express,0,1,0.5
        OSLO,south,standard,2,0.7,0.3
        OSLO,north,standard,2,0.6,0.1""",
    stock="site,item,on_hand\nLYON,pump,12\nLYON,valve,7\nOSLO,valve,4",
    receipts="site,item,date,quantity\nLYON,pump,2026-11-25,3",
    site_capacity="site,date,units\nLYON,,16",
)
"""Pumps are short, and the last three come late; the third order is partly filled by a far site."""

SHIPPED = (
    ",".join(SHIPMENTS)
    + """
1,SO1,1,pump,LYON,standard,2026-11-23,2026-11-24,8,true,0,1,4,target
2,SO4,1,valve,LYON,standard,2026-11-23,2026-11-24,4,true,0,1,2,floor
3,SO4,2,pump,LYON,standard,2026-11-23,2026-11-24,4,true,0,1,2,floor
4,SO3,1,valve,OSLO,standard,2026-11-23,2026-11-25,4,true,0,2,2.8,fill
5,SO2,2,valve,LYON,standard,2026-11-24,2026-11-25,3,false,1,2,1.5,target
6,SO1,1,pump,LYON,express,2026-11-25,2026-11-25,2,true,0,1,5,target
7,SO2,1,pump,LYON,standard,2026-11-25,2026-11-26,1,false,2,2,0.5,fill"""
)
REASONS = {"SO2/1": "higher_tier", "SO2/2": "site_capacity", "SO3/1": "stock", "SO6/1": "no_lane"}
REACHABLE = {("core", "line_fill"): 1.0, ("web", "line_otif"): 0.25}


def good() -> Solution:
    shipments = pd.read_csv(StringIO(SHIPPED), dtype={"line": "str"}).astype(SHIPMENTS)
    return answer(WEEK, shipments, reasons=REASONS, reachable=REACHABLE)


GOOD = good()


def test_a_good_answer_is_accepted() -> None:
    assert judge(WEEK, GOOD) == []
    assert_obeys(WEEK, GOOD)
    assert {goal.name: goal.value for goal in GOOD.goals} == {
        "commitments": 0,
        "floor:1": 0,
        "target:1": 0,
        "target:2": 2,  # core one line, web one of two lines
        "fill:1": 0,
        "fill:2": 8,
        "value": 89.51,
    }


Change = Callable[[Solution], Solution]


def cell(table: str, row: int, column: str, value: object) -> Change:
    """Write one cell of one frame."""

    def change(solution: Solution) -> Solution:
        frame = getattr(solution, table).copy()
        frame.loc[row, column] = value
        return replace(solution, **{table: frame})

    return change


def rows(table: str, order: list[int]) -> Change:
    """Take rows of one frame by position: drop, repeat, reorder."""

    def change(solution: Solution) -> Solution:
        frame = getattr(solution, table).iloc[order].reset_index(drop=True)
        return replace(solution, **{table: frame})

    return change


def goal(goal_name: str, **keys: object) -> Change:
    """Change one goal."""
    changes: dict[str, Any] = dict(keys)

    def change(solution: Solution) -> Solution:
        goals = tuple(replace(g, **changes) if g.name == goal_name else g for g in solution.goals)
        return replace(solution, goals=goals)

    return change


def whole(**keys: object) -> Change:
    """Change the answer itself."""
    changes: dict[str, Any] = dict(keys)
    return lambda solution: replace(solution, **changes)


def both(*changes: Change) -> Change:
    """Make several changes, one after another."""

    def change(solution: Solution) -> Solution:
        for one in changes:
            solution = one(solution)
        return solution

    return change


def ranked(change: Change) -> Change:
    """Count the ranks anew after a change of rows, so that nothing but the change is wrong."""
    return lambda solution: replace(
        changed := change(solution),
        shipments=changed.shipments.assign(rank=np.arange(1, len(changed.shipments) + 1)),
    )


def day(date: str) -> pd.Timestamp:
    return pd.Timestamp(date)


UNPROVED = replace(GOOD.goals[-1], bound=95.0, gap=5.49 / 107.31, status=Status.FEASIBLE)
MUTATIONS = {
    "a unit more": cell("shipments", 6, "quantity", 2.0),
    "a unit less": cell("shipments", 0, "quantity", 7.0),
    "a unit moved between rows of a line": both(
        cell("shipments", 0, "quantity", 9.0), cell("shipments", 5, "quantity", 1.0)
    ),
    "a unit moved between lines": both(
        cell("shipments", 1, "quantity", 5.0), cell("shipments", 3, "quantity", 3.0)
    ),
    "half a unit": cell("shipments", 6, "quantity", 0.5),
    "a row dropped": ranked(rows("shipments", [0, 1, 2, 3, 4, 5])),
    "a row repeated": ranked(rows("shipments", [0, 1, 2, 3, 4, 5, 6, 6])),
    "all rows dropped": rows("shipments", []),
    "a row split": ranked(
        both(
            cell("shipments", 0, "quantity", 4.0),
            rows("shipments", [0, 0, 1, 2, 3, 4, 5, 6]),
        )
    ),
    "a ship date moved": cell("shipments", 3, "ship_date", day("2026-11-24")),
    "a ship and arrival date moved": both(
        cell("shipments", 4, "ship_date", day("2026-11-25")),
        cell("shipments", 4, "arrival_date", day("2026-11-26")),
    ),
    "an arrival date moved": cell("shipments", 2, "arrival_date", day("2026-11-23")),
    "an arrival date blanked": cell("shipments", 2, "arrival_date", pd.NaT),
    "another order": cell("shipments", 2, "order", "SO1"),
    "another line": cell("shipments", 1, "line", "2"),
    "another item": cell("shipments", 1, "item", "pump"),
    "another site": cell("shipments", 4, "site", "OSLO"),
    "another service": cell("shipments", 5, "service", "standard"),
    "another tier": cell("shipments", 3, "tier", 1),
    "late called on time": cell("shipments", 4, "on_time", value=True),
    "a day less late": cell("shipments", 6, "days_late", 1),
    "a cent cheaper": cell("shipments", 3, "cost", 2.79),
    "ranks of a tie swapped": rows("shipments", [0, 2, 1, 3, 4, 5, 6]),
    "ranks of a tie swapped and counted anew": ranked(rows("shipments", [0, 2, 1, 3, 4, 5, 6])),
    "ranks of two days swapped": ranked(rows("shipments", [0, 1, 2, 4, 3, 5, 6])),
    "ranks of two tiers swapped": ranked(rows("shipments", [0, 1, 3, 2, 4, 5, 6])),
    "ranks of two values swapped": ranked(rows("shipments", [1, 0, 2, 3, 4, 5, 6])),
    "ranks from 0": whole(shipments=GOOD.shipments.assign(rank=np.arange(7))),
    "a shipment without reason": cell("shipments", 0, "reason", ""),
    "a shipment for a floor that is none": cell("shipments", 4, "reason", "floor"),
    "a late shipment for a target on time": both(
        cell("shipments", 3, "reason", "target"), cell("shipments", 6, "reason", "floor")
    ),
    "a shipment for a commitment that is none": cell("shipments", 0, "reason", "commitment"),
    "a line dropped": rows("lines", [0, 1, 2, 3, 4, 5]),
    "a line repeated": rows("lines", [0, 1, 2, 3, 4, 5, 6, 6]),
    "lines reordered": rows("lines", [1, 0, 2, 3, 4, 5, 6]),
    "a line renamed": cell("lines", 6, "line", "2"),
    "a line called on time": both(
        cell("lines", 2, "status", "on_time"), cell("lines", 2, "reason", "")
    ),
    "a reason blanked": cell("lines", 6, "reason", ""),
    "a reason of its own": cell("lines", 6, "reason", "bad luck"),
    "a reason for what is on time": cell("lines", 0, "reason", "stock"),
    "service dropped": rows("service", list(range(23))),
    "service reordered": rows("service", [1, 0, *range(2, 24)]),
    "service of another segment": cell("service", 0, "segment", "core"),
    "a target added": cell("service", 0, "target", 0.9),
    "a target blanked": cell("service", 1, "target", np.nan),
    "a reachable level blanked": cell("service", 13, "best_reachable", np.nan),
    "a reachable level below what is achieved": cell("service", 13, "best_reachable", 0.4),
    "a reachable level above the target": cell("service", 23, "best_reachable", 0.6),
    "what is left together above what is reached alone": cell(
        "service", 23, "reachable_together", 0.4
    ),
    "a level above its bound": cell("service", 13, "reachable_bound", 0.5),
    "a bound of more than all": cell("service", 13, "reachable_bound", 1.2),
    "a level of its own": cell("service", 13, "reachable", np.nan),
    "a cut that is not at the target": cell("service", 23, "reachable", 0.1),
    "a reachable level of a target kept": cell("service", 1, "best_reachable", 0.9),
    "a reachable level of another measure": cell("service", 14, "best_reachable", 0.5),
    "a total changed": whole(totals=dict(GOOD.totals) | {"kg_co2": 6.3}),
    "a total not a number": whole(totals=dict(GOOD.totals) | {"cost": float("nan")}),
    "a total dropped": whole(totals={k: v for k, v in GOOD.totals.items() if k != "cost"}),
    "a total added": whole(totals=dict(GOOD.totals) | {"profit": 1.0}),
    "totals reordered": whole(totals=dict(reversed(list(GOOD.totals.items())))),
    "a goal dropped": whole(goals=GOOD.goals[:-1]),
    "a goal repeated": whole(goals=(*GOOD.goals, GOOD.goals[-1])),
    "goals reordered": whole(goals=(*GOOD.goals[:3], *reversed(GOOD.goals[3:]))),
    "a goal renamed": goal("fill:1", name="fill:3"),
    "a goal better than it is": goal("target:2", value=1.0, bound=1.0),
    "a goal not a number": goal("value", value=float("nan")),
    "a bound beyond a shortfall": goal("target:2", bound=2.5, gap=0.5 / 4),
    "a bound below a value": goal("value", bound=89.0, gap=0.51 / 107.31),
    "a bound moved": goal("value", bound=89.52),
    "a bound blanked": goal("fill:2", bound=None),
    "a proof blanked": goal("fill:2", bound=None, gap=None, status=Status.FEASIBLE),
    "an infinite bound": goal("value", bound=float("inf"), gap=float("inf")),
    "a gap": goal("target:2", gap=0.0005),
    "a gap blanked": goal("fill:2", gap=None),
    "a gap not a number": goal("fill:2", gap=float("nan")),
    "a proved goal called feasible": goal("fill:2", status=Status.FEASIBLE),
    "a proved goal called a fallback": goal("fill:2", status=Status.FALLBACK),
    "an unproved goal called optimal": goal("value", bound=95.0, gap=5.49 / 107.31),
    "an unproved answer called optimal": whole(goals=(*GOOD.goals[:-1], UNPROVED)),
    "a proved answer called feasible": whole(status=Status.FEASIBLE),
    "a proved answer called a fallback": whole(status=Status.FALLBACK),
    "another scenario": whole(scenario="month"),
    "another policy": whole(policy="fcfs"),
    "a policy that is none": whole(policy="best"),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_changed_answer_is_refused(mutation: str) -> None:
    findings = judge(WEEK, MUTATIONS[mutation](GOOD))
    assert findings
    assert all(": nan" not in finding and "  " not in finding for finding in findings)


CELLS = [
    (table, (7 * place + 3) % len(getattr(GOOD, table)), column)
    for table in ("shipments", "lines", "service")
    for place, column in enumerate(getattr(GOOD, table).columns)
]


@pytest.mark.parametrize(("table", "row", "column"), CELLS)
def test_no_column_of_an_answer_goes_unjudged(table: str, row: int, column: str) -> None:
    old = getattr(GOOD, table).loc[row, column]
    new = {
        "str": "nonsense",
        "bool": not old,
        "datetime64[s]": day("2026-11-22"),
        "int64": 77,
        "float64": 0.123,
    }[str(getattr(GOOD, table)[column].dtype)]
    assert judge(WEEK, cell(table, row, column, new)(GOOD))


def test_findings_are_raised_together() -> None:
    wrong = both(MUTATIONS["another scenario"], MUTATIONS["a total changed"])(GOOD)
    with pytest.raises(RuleViolationError) as caught:
        assert_obeys(WEEK, wrong)
    assert caught.value.findings == (
        "the answer is to scenario month, not week",
        "totals: kg_co2 is 6.3, the shipments make 6.2",
    )


def by_policy(**keys: object) -> Solution:
    """Turn the good answer into that of a policy, which proves nothing."""
    goals = tuple(Goal(g.name, g.value, None, None, Status.FEASIBLE) for g in GOOD.goals)
    service = GOOD.service.assign(**dict.fromkeys(REACHABLE_LEVELS, np.nan))
    base = replace(GOOD, policy="fcfs", status=Status.FEASIBLE, goals=goals, service=service)
    changes: dict[str, Any] = dict(keys)
    return replace(base, **changes)


def test_a_policy_proves_nothing() -> None:
    assert judge(WEEK, by_policy()) == []
    proved = (*by_policy().goals[:-1], GOOD.goals[-1])
    for wrong in (
        by_policy(goals=proved),
        by_policy(status=Status.OPTIMAL),
        by_policy(status=Status.FALLBACK),
        by_policy(service=GOOD.service),
        by_policy(policy="optimal"),
    ):
        assert judge(WEEK, wrong)


def test_an_unproved_answer_may_lack_reachable_levels() -> None:
    unproved = replace(GOOD, status=Status.FEASIBLE, goals=(*GOOD.goals[:-1], UNPROVED))
    assert judge(WEEK, unproved) == []
    untold = unproved
    for level in REACHABLE_LEVELS:
        untold = cell("service", 13, level, np.nan)(untold)
    assert judge(WEEK, untold) == []


def test_a_fallback_may_have_no_bounds() -> None:
    goals = tuple(replace(g, bound=None, gap=None, status=Status.FALLBACK) for g in GOOD.goals)
    assert judge(WEEK, replace(GOOD, status=Status.FALLBACK, goals=goals)) == []


def test_a_gap_within_the_relative_gap_is_optimal() -> None:
    near = goal("value", bound=89.61, gap=0.1 / 107.31)
    assert judge(WEEK, near(GOOD)) == []


def test_noise_is_no_finding() -> None:
    noisy = both(
        goal("value", value=89.51 + 1e-9, bound=89.51 - 1e-9, gap=0.0),
        cell("lines", 0, "delivered", 10 + 1e-9),
        whole(totals=dict(GOOD.totals) | {"delivered_value": 107.31 - 1e-9}),
    )
    assert judge(WEEK, noisy(GOOD)) == []


def test_an_answer_without_shipments_is_judged_like_any_other() -> None:
    nothing = GOOD.shipments.iloc[:0]
    reasons = dict.fromkeys(
        ["SO1/1", "SO2/1", "SO2/2", "SO3/1", "SO4/1", "SO4/2", "SO6/1"], "value"
    )
    reachable = REACHABLE | {("gold", "unit_otif"): 0.9}
    assert judge(WEEK, answer(WEEK, nothing, reasons=reasons, reachable=reachable)) == []
