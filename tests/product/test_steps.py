"""Amounts live on steps: what is written obeys every rule exactly, and is the best on the steps."""

from __future__ import annotations

import pytest

from models.judge import judge
from models.scenario import Scenario
from models.settings import Policy
from optimizer import plan, read_scenario
from tests.independent.case import Case
from tests.independent.optimum import goal_vector
from tests.support.cases import case_folder
from tests.support.exact_rules import exact_faults
from tests.support.scenarios_as_text import make_scenario
from tests.support.seeds import seeds
from tests.support.stepped_scenarios import stepped_scenario

CLOSE = 1e-6
"""How closely goals have to agree: far below what a step of any item is worth."""


@pytest.mark.parametrize("seed", seeds(6, 120))
def test_the_optimum_is_the_one_on_the_steps(seed: int) -> None:
    scenario = stepped_scenario(seed)
    result = plan(scenario, diagnose=False)
    assert exact_faults(Case(scenario), result.solution) == []
    assert judge(scenario, result.solution) == []
    found = {goal.name: goal.value for goal in result.solution.goals}
    assert found == pytest.approx(goal_vector(scenario), abs=CLOSE, rel=CLOSE)
    assert all(goal.gap == 0 for goal in result.solution.goals)


@pytest.mark.parametrize("seed", seeds(4, 60))
def test_policies_ship_steps_too(seed: int) -> None:
    scenario = stepped_scenario(seed)
    for policy in (Policy.EDD, Policy.FAIR_SHARE, Policy.REVENUE):
        settings = scenario.settings.model_copy(update={"policy": policy})
        ruled = Scenario(settings, scenario.tables)
        assert exact_faults(Case(ruled), plan(ruled, diagnose=False).solution) == []


def test_a_book_of_divisible_items_has_no_dust() -> None:
    scenario = read_scenario(case_folder("divisible-dust"))
    result = plan(scenario, diagnose=False)
    assert exact_faults(Case(scenario), result.solution) == []
    lines = result.lines.set_index(["order", "line"])
    assert lines.loc[("SO-1009", "1"), "delivered"] == 12.0
    assert lines.loc[("SO-1009", "1"), "short"] == 0.0
    assert result.shipments["quantity"].min() >= 0.001


SMALL = {
    "customers": "customer,segment,region\nacme,gold,NORTH\nbolt,silver,NORTH",
    "orders": "order,customer,requested\n1,acme,2026-11-25\n2,bolt,2026-11-25",
    "lanes": "site,region,service,transit_days,cost_per_unit\nHAM,NORTH,standard,2,1",
    "stock": "site,item,on_hand\nHAM,OIL,100",
    "items": "item,divisible,step,pick_effort\nOIL,true,,3",
    "lines": "order,line,item,quantity,unit_value\n1,1,OIL,12,2\n2,1,OIL,12,2",
}
"""Two segments, one divisible item, three units of capacity each."""
HEADER = {
    "horizon": {"start": "2026-11-23", "days": 1},
    "segments": {
        "gold": {
            "tier": 1,
            "services": ["standard"],
            "target": {"measure": "unit_otif", "level": 1},
        },
        "silver": {"tier": 2, "services": ["standard"]},
    },
}


def delivered(header: dict[str, object] | None = None, **tables: str) -> tuple[float, float]:
    """Plan the small book, hold it to all rules exactly, and tell what both lines get."""
    scenario = make_scenario(HEADER | (header or {}), **(SMALL | tables))
    result = plan(scenario, diagnose=False)
    assert exact_faults(Case(scenario), result.solution) == []
    assert judge(scenario, result.solution) == []
    first, second = result.lines["delivered"]
    return float(first), float(second)


@pytest.mark.parametrize(
    ("step", "first", "second"),
    [("", 12, 4.666), ("0.25", 12, 4.5), ("0.5", 12, 4.5), ("0.00001", 12, 4.66666), ("3", 12, 3)],
)
def test_the_last_step_that_fits_is_shipped(step: str, first: float, second: float) -> None:
    items = f"item,divisible,step,pick_effort\nOIL,true,{step or 0.001},3"
    capacity = "site,date,units\nHAM,,50"
    assert delivered(items=items, site_capacity=capacity) == (first, second)


@pytest.mark.parametrize("on_hand", [15.0004, 15.0009, 15.0])
def test_what_a_scale_shows_beyond_a_step_stays(on_hand: float) -> None:
    assert delivered(stock=f"site,item,on_hand\nHAM,OIL,{on_hand}") == (12, 3)


def test_a_quota_of_a_fraction_is_kept_exactly() -> None:
    quotas = "segment,item,at_most\nsilver,OIL,3.33333"
    assert delivered(quotas=quotas) == (12, 3.333)


def test_a_divisible_item_may_have_a_pack() -> None:
    items = "item,divisible,pack,pick_effort\nOIL,true,2.5,1"
    assert delivered(items=items) == (10, 10)


def test_a_complete_line_is_complete_or_nothing() -> None:
    lines = "order,line,item,quantity,unit_value,complete\n1,1,OIL,12,2,\n2,1,OIL,12,2,true"
    assert delivered(lines=lines, stock="site,item,on_hand\nHAM,OIL,23.9999") == (12, 0)


def test_a_large_book_in_fine_steps_stays_exact() -> None:
    lines = "order,line,item,quantity,unit_value\n1,1,OIL,8123.456,2\n2,1,OIL,12,2"
    stock = "site,item,on_hand\nHAM,OIL,8127.79"
    assert delivered(lines=lines, stock=stock) == (8123.456, 4.334)


def test_transfers_move_steps() -> None:
    lanes = SMALL["lanes"] + "\nMUC,SOUTH,standard,2,1"
    transfers = "from_site,to_site,transit_days,units_per_day\nMUC,HAM,0,7.77777"
    stock = "site,item,on_hand\nHAM,OIL,5\nMUC,OIL,20"
    assert delivered(lanes=lanes, transfers=transfers, stock=stock) == (12, 0.777)


@pytest.mark.parametrize(
    ("ratio", "status", "units"),
    [
        (3, "on_time", 36.0),
        (0.7, "on_time", 8.4),
        (0.77769, "on_time", 9.332),
        (0.7777, "partial", 9.332),
    ],
)
def test_a_substitute_may_miss_half_a_step_of_the_line(
    ratio: float, status: str, units: float
) -> None:
    header = HEADER | {"goals": ["commitments", "targets", "value"]}
    scenario = make_scenario(
        header,
        **SMALL
        | {
            "substitutes": f"item,substitute,ratio\nOIL,FAT,{ratio}",
            "stock": "site,item,on_hand\nHAM,FAT,100",
            "items": "item,divisible\nOIL,true\nFAT,true",
        },
    )
    result = plan(scenario, diagnose=False)
    assert judge(scenario, result.solution) == []
    assert result.shipments["quantity"].iloc[0] == units
    assert result.lines["status"].iloc[0] == status
    assert (result.lines["short"].iloc[0] > 0) == (status == "partial")
