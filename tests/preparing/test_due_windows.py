"""The due window of every line, as preparing, the judge and the second statement have it."""

from __future__ import annotations

import pytest

from models.forecast import with_forecast
from models.judge.lookup.lines import order_lines
from models.scenario import Scenario
from optimizer.preparing import prepare
from tests.independent.case import Case
from tests.support.forecast_scenarios import forecast_scenario
from tests.support.mixed_scenarios import mixed_scenario
from tests.support.relationship_scenarios import relationship_scenario
from tests.support.scenarios_as_text import make_scenario
from tests.support.seeds import seeds
from tests.support.tiny_scenarios import tiny_scenario

MAKERS = (tiny_scenario, mixed_scenario, relationship_scenario, forecast_scenario)


def windows(scenario: Scenario) -> list[tuple[str, str]]:
    """First and last date of each line, sorted by order and line, as preparing has them."""
    problem = prepare(scenario)
    days = (problem.dates(problem.lines[name]) for name in ("first_arrival", "last_arrival"))
    return [(str(a)[:10], str(b)[:10]) for a, b in zip(*days, strict=True)]


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: str(make.__name__))
@pytest.mark.parametrize("seed", seeds(8, 100))
def test_three_statements_agree(make: object, seed: int) -> None:
    scenario = make(seed)  # type: ignore[operator]
    found = windows(scenario)
    looked_up = order_lines(with_forecast(scenario)).sort_values(["virtual", "order", "line"])
    judged = [
        (str(a)[:10], str(b)[:10])
        for a, b in zip(looked_up["first_due"], looked_up["last_due"], strict=True)
    ]
    assert judged == found
    case = Case(scenario)
    stated = zip(case.lines, case.windows, strict=True)
    mine = sorted(
        (line.order, line.name, *map(str, days)) for line, days in stated if not line.expected
    )
    assert [(a, b) for _, _, a, b in mine] == found[: len(mine)]
    expected = [
        tuple(map(str, w))
        for line, w in zip(case.lines, case.windows, strict=True)
        if line.expected
    ]
    assert sorted(expected) == sorted(found[len(mine) :])


BOOK = {
    "customers": "customer,segment,region,receives\nC,gold,R,\nD,gold,FAR,\nE,gold,R,08:00-09:00",
    "orders": """order,customer,requested,earliest,service
        ANY,C,2026-11-24,,
        FAR,D,2026-11-24,,
        LATE,C,2027-02-01,2027-01-25,
        WAITS,C,2026-11-24,2026-11-26,
        SLOW,C,2026-11-24,,slow
        HOURS,E,2026-11-24,,
    """,
    "lines": """order,line,item,quantity,unit_value
        ANY,1,X,5,1
        FAR,1,X,5,1
        LATE,1,X,5,1
        WAITS,1,X,5,1
        SLOW,1,X,5,1
        HOURS,1,X,5,1
    """,
    "lanes": """site,region,service,transit_days,cost_per_unit
        S,R,standard,1,1
        S,R,slow,3,1
        CLOSED,R,standard,9,1
        S,R,fast,0,1
    """,
    "sites": "site,open\nS,true\nCLOSED,false",
    "calendars": """of,id,weekdays,holidays,closed
        site,S,mon tue wed thu,,
        service,slow,mon tue wed thu fri,,
    """,
}
HEADER = {
    "services": {"standard": {"window": "12:00-16:00"}, "slow": {}, "fast": {}},
    "segments": {"gold": {"tier": 1, "services": ["standard", "slow"]}},
}


def test_by_hand() -> None:
    names = ["ANY", "FAR", "HOURS", "LATE", "SLOW", "WAITS"]
    by_order = dict(zip(names, windows(make_scenario(HEADER, **BOOK)), strict=True))
    assert by_order == {
        "ANY": ("2026-11-24", "2026-11-30"),  # by slow: Thursday and three days, then Monday
        "FAR": ("2026-11-23", "2026-11-27"),  # no way: the ship days
        "LATE": ("2026-11-23", "2026-11-27"),  # nothing may arrive so late
        "WAITS": ("2026-11-26", "2026-11-30"),
        "SLOW": ("2026-11-26", "2026-11-30"),
        "HOURS": ("2026-11-26", "2026-11-30"),
    }
