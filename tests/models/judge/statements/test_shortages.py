"""What lines miss, unit by unit: the judge refuses what does not balance or is not so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from models.judge import judge
from models.scenario import Scenario
from models.solution import SHORTAGES, Solution
from optimizer import plan
from tests.support.scenarios_as_text import make_scenario

SEGMENTS = {
    "gold": {"tier": 1, "services": ["standard"]},
    "base": {"tier": 2, "services": ["standard"]},
}
SCENARIO = make_scenario(
    {"segments": SEGMENTS, "goals": ["commitments", "fill", "value"]},
    customers="customer,segment,region\nG,gold,north\nB,base,north",
    orders="order,customer,requested\nO1,G,2026-11-25\nO2,B,2026-11-25\nO3,B,2026-11-25",
    lines="order,line,item,quantity\nO1,1,pump,6\nO2,1,pump,9\nO3,1,pump,2",
    lanes="site,region,service,transit_days,cost_per_unit\nhub,north,standard,1,0\n"
    "far,north,standard,1,0.5",
    stock="site,item,on_hand\nhub,pump,6\nfar,pump,3",
)
"""Gold takes the hub's pumps; base gets three from afar, and nobody has more."""


@pytest.fixture(scope="module")
def solution() -> Solution:
    return plan(SCENARIO, "segment_priority").solution


def test_every_missing_unit_has_a_reason_and_a_place(solution: Solution) -> None:
    table = solution.shortages
    assert judge(SCENARIO, solution) == []
    units = table.groupby("order")["units"].sum().to_dict()
    short = solution.lines.set_index("order")["short"]
    assert units == short[short > 0].to_dict()
    better = table[table["reason"] == "higher_tier"]
    assert set(better["site"]) == {"hub"}
    assert better["units"].max() <= 6


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"units": 1.0}, "units have a reason"),
        ({"kind": "late"}, "units have a reason, 0 are late"),
        ({"kind": "lost"}, "units cannot be missing as lost"),
        ({"reason": "bad luck"}, "cannot have the reason bad luck"),
        ({"site": ""}, "have no item, site and day"),
        ({"site": "far"}, "went to others (higher_tier), who had only"),
        ({"reason": "same_tier"}, "went to others (same_tier), who had only"),
        ({"reason": "quota"}, "is not the reason of most units"),
        ({"order": "O9"}, "is no line of the scenario"),
    ],
)
def test_the_judge_refuses(solution: Solution, change: dict[str, Any], words: str) -> None:
    table = solution.shortages.copy()
    row = table.index[table["reason"] == "higher_tier"][0]
    own = table.index == row
    table = table.assign(**{name: table[name].mask(own, value) for name, value in change.items()})
    findings = judge(SCENARIO, replace(solution, shortages=table.astype(SHORTAGES)))
    assert any(words in finding for finding in findings), findings


def test_units_are_shared_out_among_several_reasons() -> None:
    scenario = with_late_receipt()
    solution = plan(scenario, "segment_priority").solution
    mine = solution.shortages[solution.shortages["order"] == "O2"]
    assert mine.groupby("reason")["units"].sum().to_dict() == {"higher_tier": 6.0, "stock": 2.0}
    assert solution.lines.set_index("order").loc["O2", "reason"] == "higher_tier"


PARTIAL = make_scenario(
    {"segments": SEGMENTS, "goals": ["commitments", "fill", "value"]},
    customers="customer,segment,region\nB,base,north",
    orders="order,customer,requested\nO1,B,2026-11-25",
    lines="order,line,item,quantity\nO1,1,pump,9",
    lanes="site,region,service,transit_days\nhub,north,standard,1",
    stock="site,item,on_hand\nhub,pump,2",
    receipts="site,item,date,quantity\nhub,pump,2026-11-26,4",
)
"""Two come on time, four late, three not at all."""


def test_units_that_come_late_have_a_cause_beside_those_that_never_come() -> None:
    solution = plan(PARTIAL, "fcfs").solution
    told = solution.shortages[["kind", "reason", "units"]].to_numpy().tolist()
    assert told == [["short", "stock", 3.0], ["late", "late_receipt", 4.0]]
    assert solution.lines["reason"].tolist() == ["stock"]
    assert judge(PARTIAL, solution) == []


def test_a_run_without_kinds_is_judged_by_what_it_says() -> None:
    solution = plan(PARTIAL, "fcfs").solution
    older = solution.shortages.iloc[:1].assign(kind="")
    assert judge(PARTIAL, replace(solution, shortages=older)) == []
    less = older.assign(units=2.0)
    findings = judge(PARTIAL, replace(solution, shortages=less))
    assert any("2 units have a reason, 3 are missing" in finding for finding in findings)


def with_late_receipt() -> Scenario:
    """Give O2 eight more than there is: six that gold has, two that nobody has."""
    return make_scenario(
        {"segments": SEGMENTS, "goals": ["commitments", "fill", "value"]},
        customers="customer,segment,region\nG,gold,north\nB,base,north",
        orders="order,customer,requested\nO1,G,2026-11-25\nO2,B,2026-11-25",
        lines="order,line,item,quantity\nO1,1,pump,6\nO2,1,pump,8",
        lanes="site,region,service,transit_days\nhub,north,standard,1",
        stock="site,item,on_hand\nhub,pump,6",
    )


def test_nothing_is_missing_of_lines_on_time() -> None:
    scenario = make_scenario(
        {"segments": SEGMENTS},
        customers="customer,segment,region\nG,gold,north",
        orders="order,customer,requested\nO1,G,2026-11-25",
        lines="order,line,item,quantity\nO1,1,pump,6",
        lanes="site,region,service,transit_days\nhub,north,standard,1",
        stock="site,item,on_hand\nhub,pump,6",
    )
    found = plan(scenario, "fcfs").solution.shortages
    assert found.empty
    assert dict(found.dtypes.astype(str)) == SHORTAGES
