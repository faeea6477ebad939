"""Small legal books that once fooled a tolerance, a magnitude or a list of goals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from models.scenario import Scenario
from models.solution import Status
from optimizer import plan
from tests.support.scenarios_as_text import make_scenario

BASE = {
    "customers": "customer,segment,region\na,gold,R\nb,gold,Q",
    "lanes": "site,region,service,transit_days,cost_per_unit\nS,R,standard,1,0\nS,Q,standard,1,0.5",
    "orders": "order,customer,requested\no1,b,2026-11-25\no2,a,2026-11-25\no3,a,2026-11-25",
    "lines": "order,line,item,quantity,unit_value\no1,1,A,10,5\no2,1,A,10,4",
    "stock": "site,item,on_hand\nS,A,12\nS,B,100",
}
UNITS = {"measure": "unit_otif", "level": 0.9}


def book(header: Mapping[str, Any] | None = None, **tables: str) -> Scenario:
    return make_scenario(header, **(BASE | tables))


def gold(**keys: object) -> dict[str, object]:
    return {"segments": {"gold": {"tier": 1, "services": ["standard"], **keys}}}


def test_a_target_in_money_is_not_given_up_for_a_hundredth_of_a_cent() -> None:
    result = plan(
        book(
            gold(target={"measure": "value_fill", "level": 0.97}),
            lines="order,line,item,quantity,unit_value\n"
            "o1,1,A,1,4.00\no2,1,A,1,3.99\no3,1,B,1,125.34",
            stock="site,item,on_hand\nS,A,1\nS,B,1",
        )
    )
    assert {g.name: g.value for g in result.solution.goals}["target:1"] == 0


@pytest.mark.parametrize("bulk", [3, 4, 5, 6])
def test_capacity_holds_to_the_last_unit_of_a_large_book(bulk: int) -> None:
    result = plan(
        book(
            {"horizon": {"start": "2026-11-23", "days": 1}},
            lines=f"order,line,item,quantity,unit_value\no1,1,A,900000000,0.2\no2,1,B,{bulk},1000",
            lanes="site,region,service,transit_days\nS,R,standard,1\nS,Q,standard,1",
            stock="site,item,on_hand\nS,A,1000000000\nS,B,100",
            items="item,pick_effort\nA,0.001\nB,0.0017",
            site_capacity="site,units\nS,600000",
        )
    )
    assert result.status == Status.OPTIMAL


def test_a_book_of_sixteen_milliard_rupiah_is_planned() -> None:
    result = plan(
        book(
            gold(target={"measure": "value_fill", "level": 0.9}),
            lines="order,line,item,quantity,unit_value\no1,1,A,1000,8000000\no2,1,A,1000,8000000",
            stock="site,item,on_hand\nS,A,1200",
        )
    )
    assert {g.name: g.value for g in result.solution.goals}["target:1"] == 4.8e9


@pytest.mark.parametrize("policy", ["optimal", "fcfs"])
@pytest.mark.parametrize(
    "goals",
    [
        ["value"],
        ["commitments", "floors", "value"],
        ["commitments"],
        [],
        ["stability"],
        ["value", "targets"],
    ],
)
def test_any_list_of_goals_is_planned(goals: list[str], policy: str) -> None:
    result = plan(book({"goals": goals} | gold(target=UNITS, floor=0.5)), policy)
    assert result.status == (Status.OPTIMAL if policy == "optimal" else Status.FEASIBLE)


def test_a_line_that_misses_less_than_anybody_ships_is_full_for_everybody() -> None:
    result = plan(
        book(
            gold(target={"measure": "line_fill", "level": 1}),
            lines="order,line,item,quantity\no1,1,A,10",
            stock="site,item,on_hand\nS,A,9.9999995",
            items="item,divisible\nA,true",
        )
    )
    assert {g.name: g.value for g in result.solution.goals}["target:1"] == 0


def test_a_customer_who_is_closed_for_years_is_never_reached() -> None:
    closed = "\n".join(f"region,R,{day},," for day in ["mon", "tue"])
    result = plan(
        book(
            lines="order,line,item,quantity\no2,1,A,1",
            lanes="site,region,service,transit_days\nS,R,standard,1\nS,Q,standard,900",
            calendars=f"of,id,weekdays,holidays,closed\n{closed}",
        )
    )
    assert result.totals["delivered_units"] == 0
