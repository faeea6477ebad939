"""The second opinion by hand: overrides, commitments that are frozen, and yesterday's plan.

Expected are the goals in order: commitments, target:1, target:2, value (and stability).
"""

from __future__ import annotations

import pytest

from tests.independent.by_hand import COMMITTED, GOLD, LINE, TWO_SITES, reached, segments, vector

# Overrides


def test_nothing_ships_of_a_held_line() -> None:
    assert reached(overrides="order,line,action\nG,,hold") == [0, 3, 0, 30]


def test_a_cap_leaves_the_promise_as_it_was() -> None:
    capped = "order,line,action,value\nG,,quantity,2\nG,1,quantity,1"
    assert reached(overrides=capped) == [0, 2, 1, 30]


def test_a_cap_below_what_a_rule_asks_leaves_nothing() -> None:
    found = reached(
        lines="order,line,item,quantity,unit_value,complete\nG,1,pump,3,10,true\nC,1,pump,2,10,",
        overrides="order,line,action,value\nG,1,quantity,2",
    )
    assert found == [0, 3, 0, 20]


def test_an_expedited_line_may_use_every_service() -> None:
    tables = {
        "orders": "order,customer,requested,service\nG,g,2026-11-24,standard\nC,c,2026-11-24,",
        "lanes": "site,region,service,transit_days\nplant,north,express,0",
    }
    assert reached(**tables) == [0, 3, 3, 0]
    assert reached(**tables, overrides="order,line,action\nG,1,expedite") == [0, 0, 3, 30]


def test_a_moved_line_counts_in_its_new_tier() -> None:
    lines = LINE + "G,1,pump,3,10\nC,1,pump,2,20\nC,2,pump,1,20"
    moved = "order,line,action,value\nC,,tier,3\nC,1,tier,1"
    expected = {
        "commitments": 0,
        "target:1": 2,
        "target:2": 0,
        "target:3": 1,
        "value": 2 * 20 + 10,
    }
    assert vector(lines=lines, overrides=moved) == pytest.approx(expected)


def test_fill_and_floors_follow_the_tier_of_the_line() -> None:
    header = segments(gold={"floor": 1, "target": None}, core={"floor": 0.5, "target": None})
    goals = {"goals": ["commitments", "floors", "fill", "value"]}
    moved = "order,line,action,value\nC,1,tier,3"
    expected = {
        "commitments": 0,
        "floor:1": 0,
        "floor:2": 0,
        "floor:3": 1.5,
        "fill:1": 0,
        "fill:2": 0,
        "fill:3": 3,
        "value": 30,
    }
    assert vector(header | goals, overrides=moved) == pytest.approx(expected)


@pytest.mark.parametrize(("valves", "expected"), [(1, [0, 0, 1, 20]), (0, [0, 1, 0, 10])])
def test_an_order_counts_once_in_its_best_tier(valves: int, expected: list[float]) -> None:
    promise = {"tier": 2, "target": {"measure": "order_fill", "level": 1}}
    found = reached(
        {"segments": {"gold": GOLD | promise}},
        customers="customer,segment,region\ng,gold,north",
        orders="order,customer,requested\nG,g,2026-11-24\nH,g,2026-11-24",
        lines=LINE + "G,1,pump,1,10\nG,2,valve,1,10\nH,1,pump,1,10",
        stock=f"site,item,on_hand\nplant,pump,1\nplant,valve,{valves}",
        overrides="order,line,action,value\nG,1,tier,1",
    )
    assert found == expected


def test_a_lock_freezes_yesterdays_plan() -> None:
    committed = {"commitments": COMMITTED + "C,1,,plant,standard,2026-11-23,2,false"}
    assert reached(**committed) == [0, 0, 3, 30, 1]
    assert reached(**committed, overrides="order,line,action\nC,1,lock") == [0, 2, 1, 30]


# Frozen commitments


def test_frozen_units_come_before_every_promise() -> None:
    committed = COMMITTED + "C,1,,plant,standard,2026-11-23,2,true"
    assert reached(commitments=committed) == [0, 2, 1, 30]


def test_what_stock_cannot_keep_is_counted_in_ordered_units() -> None:
    found = reached(
        stock="site,item,on_hand\nplant,valve,2",
        substitutes="item,substitute,ratio\npump,valve,2",
        commitments=COMMITTED + "C,1,valve,plant,standard,2026-11-23,5,true",
    )
    assert found == [1.5, 3, 3, 2, 10]


def test_a_commitment_from_a_closed_site_is_lost_where_nothing_else_is() -> None:
    found = reached(
        sites="site,open\nplant,false",
        commitments=COMMITTED + "C,1,,plant,standard,2026-11-23,2,true",
    )
    assert found == [2, 4, 3, 3, 0]


def test_frozen_units_are_free_of_the_rules_for_new_ones() -> None:
    found = reached(
        segments(core={"max_days_late": 0, "max_cost_share": 0.1}),
        orders="order,customer,requested,earliest,cancel,max_shipments,service\n"
        "C,c,2026-11-22,2026-11-20,2026-11-22,1,standard",
        lines="order,line,item,quantity,unit_value,min_fill\nC,1,pump,3,10,1",
        lanes="site,region,service,transit_days,cost_per_unit\nplant,north,express,0,2",
        items="item,pack\npump,2",
        calendars="of,id,weekdays\nsite,plant,tue",
        commitments=COMMITTED + "C,1,,plant,express,2026-11-23,1,true",
    )
    assert found == [0, 0, 3, 10 - 2]  # asked for before it can arrive: nothing more is lost


def test_caps_are_at_least_what_is_frozen() -> None:
    found = reached(
        lines=LINE + "G,1,pump,6,10",
        stock="site,item,on_hand\nplant,pump,9",
        site_capacity="site,units\nplant,1",
        commitments=COMMITTED + "G,1,,plant,standard,2026-11-23,3,true",
    )
    assert found == [0, 2, 0, 40]


def test_a_broken_commitment_raises_no_cap() -> None:
    found = reached(
        lanes=TWO_SITES,
        lines=LINE + "G,1,pump,6,10",
        stock="site,item,on_hand\nplant,pump,1\ndepot,pump,9",
        quotas="segment,at_most\ngold,2",
        commitments=COMMITTED + "G,1,,plant,standard,2026-11-23,3,true",
    )
    assert found == [2, 2, 4, 0, 20]


@pytest.mark.parametrize(
    ("action", "expected"),
    [("hold,", [0, 1, 2, 30]), ("quantity,1", [0, 1, 2, 30]), ("expedite,", [0, 0, 3, 30])],
)
def test_a_held_or_capped_line_keeps_what_is_frozen(action: str, expected: list[float]) -> None:
    found = reached(
        commitments=COMMITTED + "G,1,,plant,standard,2026-11-23,2,true",
        overrides=f"order,line,action,value\nG,1,{action}",
    )
    assert found == expected


@pytest.mark.parametrize(("stock", "units"), [(4, 2), (5, 5)])
def test_a_complete_line_adds_all_the_rest_or_nothing(stock: int, units: int) -> None:
    found = reached(
        lines="order,line,item,quantity,unit_value,complete\nG,1,pump,5,10,true",
        stock=f"site,item,on_hand\nplant,pump,{stock}",
        commitments=COMMITTED + "G,1,,plant,standard,2026-11-23,2,true",
    )
    assert found == [0, 5 - units, 0, 10 * units]


def test_the_rest_of_a_complete_line_goes_with_what_is_moved() -> None:
    found = reached(
        lines="order,line,item,quantity,unit_value,complete\nG,1,pump,4,10,true",
        lanes=TWO_SITES,
        sites="site,open\nplant,\ndepot,false",
        stock="site,item,on_hand\nplant,pump,9",
        commitments=COMMITTED + "G,1,,depot,standard,2026-11-23,3,true",
    )
    assert found == [3, 0, 0, 0, 40]


@pytest.mark.parametrize(("stock", "units"), [(4, 3), (5, 5), (6, 6)])
def test_a_least_share_counts_what_is_frozen(stock: int, units: int) -> None:
    found = reached(
        lines="order,line,item,quantity,unit_value,min_fill\nG,1,pump,10,10,0.5",
        stock=f"site,item,on_hand\nplant,pump,{stock}",
        commitments=COMMITTED + "G,1,,plant,standard,2026-11-23,3,true",
    )
    assert found == [0, 10 - units, 0, 10 * units]


@pytest.mark.parametrize(("valves", "units"), [(1, 2), (2, 5)])
def test_a_complete_order_adds_the_rest_of_all_lines_or_nothing(valves: int, units: int) -> None:
    found = reached(
        orders="order,customer,requested,ship_complete\nG,g,2026-11-24,true",
        lines=LINE + "G,1,pump,3,10\nG,2,valve,2,10",
        stock=f"site,item,on_hand\nplant,pump,3\nplant,valve,{valves}",
        commitments=COMMITTED + "G,1,,plant,standard,2026-11-23,2,true",
    )
    assert found == [0, 5 - units, 0, 10 * units]


def test_what_is_shipped_counts_as_frozen_first() -> None:
    """Four units are three frozen ones and a free one, which is too few to be added."""
    found = reached(
        {"stability": {"max_changed_lines": 0, "max_worse_promises": 0}},
        lines="order,line,item,quantity,unit_value,min_fill\nG,1,pump,10,10,0.5",
        lanes=TWO_SITES,
        stock="site,item,on_hand\nplant,pump,4",
        commitments=COMMITTED
        + "G,1,,plant,standard,2026-11-23,3,true\nG,1,,depot,standard,2026-11-23,1,false",
    )
    assert found == [2, 7, 0, 30, 1]


# Stability


def test_a_changed_line_is_counted_last() -> None:
    committed = COMMITTED + "C,1,,plant,standard,2026-11-24,2,false"
    assert reached(commitments=committed) == [0, 0, 3, 30, 1]


def test_another_site_with_the_same_arrival_is_no_change() -> None:
    found = reached(
        lines=LINE + "C,1,pump,3,10",
        lanes="site,region,service,transit_days\nplant,north,standard,0\ndepot,north,standard,1",
        stock="site,item,on_hand\ndepot,pump,3",
        commitments=COMMITTED + "C,1,,plant,standard,2026-11-24,3,false",
    )
    assert found == [0, 0, 0, 30, 0]


def test_no_line_changes_without_need() -> None:
    committed = (
        COMMITTED + "C,1,,plant,standard,2026-11-24,1,false\nC,1,,plant,standard,2026-11-23,2,false"
    )
    assert reached(lines=LINE + "C,1,pump,3,10", commitments=committed) == [0, 0, 0, 30, 0]


@pytest.mark.parametrize(
    ("budget", "expected"),
    [
        ({"max_changed_lines": 0}, [0, 2, 1, 30, 0]),
        ({"max_worse_promises": 0}, [0, 2, 1, 30, 0]),
        ({"max_changed_lines": 1, "max_worse_promises": 1}, [0, 0, 3, 30, 1]),
    ],
)
def test_a_budget_comes_before_every_promise(budget: dict[str, int], expected: list[float]) -> None:
    committed = COMMITTED + "C,1,,plant,standard,2026-11-24,2,false"
    assert reached({"stability": budget}, commitments=committed) == expected


def test_an_earlier_arrival_is_a_change_but_not_worse() -> None:
    tables = {
        "lines": LINE + "C,1,pump,2,10",
        "commitments": COMMITTED + "C,1,,plant,standard,2026-11-24,2,false",
        "site_capacity": "site,date,units\nplant,2026-11-24,0",
    }
    assert reached({"stability": {"max_worse_promises": 0}}, **tables) == [0, 0, 0, 20, 1]
    assert reached({"stability": {"max_changed_lines": 0}}, **tables) == [1, 0, 0, 20, 1]


def test_a_later_arrival_is_worse() -> None:
    tables = {
        "lines": LINE + "C,1,pump,2,10",
        "commitments": COMMITTED + "C,1,,plant,standard,2026-11-23,2,false",
        "site_capacity": "site,date,units\nplant,2026-11-23,0",
    }
    assert reached({"stability": {"max_worse_promises": 0}}, **tables) == [1, 0, 0, 20, 1]


def test_what_was_to_ship_before_the_start_cannot_be_kept() -> None:
    committed = COMMITTED + "C,1,,plant,standard,2026-11-22,2,false"
    header = {"stability": {"max_worse_promises": 0, "max_changed_lines": 0}}
    found = reached(header, lines=LINE + "C,1,pump,2,10", commitments=committed)
    assert found == [2, 0, 0, 20, 1]


def test_without_a_lane_a_commitment_stands_for_its_ship_date() -> None:
    committed = COMMITTED + "C,1,,plant,express,2026-11-24,2,false"
    found = reached(lines=LINE + "C,1,pump,2,10", commitments=committed)
    assert found == [0, 0, 0, 20, 0]


def test_frozen_units_belong_to_what_was_promised() -> None:
    committed = "C,1,,plant,standard,2026-11-23,1,true\nC,1,,plant,standard,2026-11-24,2,false"
    found = reached(lines=LINE + "C,1,pump,3,10", commitments=COMMITTED + committed)
    assert found == [0, 0, 0, 30, 0]
