"""Cases for the second opinion that are small enough to solve by hand.

One gold customer of tier 1 and one of tier 2 (core), both with all units on time as target, want
three pumps each; one plant with three pumps reaches both within the day; two days, orders requested
for the second. A test says what is otherwise.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.independent.enumeration import assignments, brute_force
from tests.independent.optimum import goal_vector
from tests.support.scenarios_as_text import make_scenario

ALL = {"measure": "unit_otif", "level": 1}
GOLD: dict[str, Any] = {"tier": 1, "services": ["standard"], "target": ALL}
CORE: dict[str, Any] = {"tier": 2, "services": ["standard"], "target": ALL}
HEADER: dict[str, Any] = {
    "horizon": {"start": "2026-11-23", "days": 2},
    "services": {"standard": {}, "express": {}},
    "segments": {"gold": GOLD, "core": CORE},
}
VALUE_ONLY = {"goals": ["commitments", "value"]}
LINE = "order,line,item,quantity,unit_value\n"
COMMITTED = "order,line,item,site,service,ship_date,quantity,frozen\n"
TABLES = {
    "customers": "customer,segment,region\ng,gold,north\nc,core,north",
    "orders": "order,customer,requested\nG,g,2026-11-24\nC,c,2026-11-24",
    "lines": LINE + "G,1,pump,3,10\nC,1,pump,3,10",
    "lanes": "site,region,service,transit_days\nplant,north,standard,0",
    "stock": "site,item,on_hand\nplant,pump,3",
}
TWO_SITES = "site,region,service,transit_days\nplant,north,standard,0\ndepot,north,standard,0"


def vector(header: dict[str, Any] | None = None, /, **tables: str) -> dict[str, float]:
    """Solve the case, and try all plans where that is exact."""
    scenario = make_scenario(HEADER | (header or {}), **(TABLES | tables))
    solved = goal_vector(scenario)
    if 1 < assignments(scenario) <= 2000:
        assert solved == pytest.approx(brute_force(scenario), abs=1e-6)
    return solved


def reached(header: dict[str, Any] | None = None, /, **tables: str) -> object:
    return pytest.approx(list(vector(header, **tables).values()), abs=1e-6)


def segments(*, gold: dict[str, Any] | None = None, core: dict[str, Any] | None = None) -> Any:
    return {"segments": {"gold": GOLD | (gold or {}), "core": CORE | (core or {})}}
