"""Substitutes, certainty, transfers, quotas and parcels: one rule at a time, by Pyomo itself."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import pytest
from numpy.typing import ArrayLike

from models.allocation import declare
from models.scenario import Scenario
from tests.support.answers_as_text import TABLES, one_line, one_segment
from tests.support.expanded_rules import Plan, allows, most, units_of
from tests.support.solverless_plans import prepared

TWO_SERVICES = {
    "services": {"standard": {}, "express": {}},
    "segments": {"gold": {"tier": 1, "services": ["standard", "express"]}},
}
SWAPPED = {
    "stock": "site,item,on_hand\nLYON,pump,4\nLYON,valve,9",
    "substitutes": "item,substitute,ratio\npump,valve,2",
}


@pytest.mark.parametrize(
    ("plan", "possible"),
    [
        ({"SO1/1 0 pump": 4, "SO1/1 0 valve": 8}, True),  # 4 + 8 / 2 of 10
        ({"SO1/1 0 pump": 4, "SO1/1 1 pump": 4, "SO1/1 0 valve": 4}, True),
        ({"SO1/1 0 pump": 4, "SO1/1 1 pump": 4, "SO1/1 0 valve": 5}, False),
    ],
)
def test_a_substitute_delivers_by_its_ratio(plan: Plan, possible: bool) -> None:
    assert allows(one_line(None, **SWAPPED), "line_quantity", plan) is possible


@pytest.mark.parametrize(
    ("plan", "possible"),
    [({"SO1/1 0 valve": 9}, True), ({"SO1/1 0 valve": 9, "SO1/1 1 valve": 1}, False)],
)
def test_a_substitute_is_drawn_from_its_own_stock(plan: Plan, possible: bool) -> None:
    assert allows(one_line(None, **SWAPPED), "stock_balance", plan) is possible


@cache
def uncertain(least: float) -> Scenario:
    """Build 4 units on hand and 3 that are not certain, for two lines that ask for different."""
    header = {
        "segments": {
            "gold": {"tier": 1, "services": ["standard"], "min_confidence": least},
            "base": {"tier": 2, "services": ["standard"]},
        }
    }
    return one_line(
        header,
        customers="customer,segment,region\nACME,gold,north\nBETA,base,north",
        orders="order,customer,requested\nSO1,ACME,2026-11-25\nSO2,BETA,2026-11-25",
        lines="order,line,item,quantity\nSO1,1,pump,10\nSO2,1,pump,10",
        stock="site,item,on_hand\nLYON,pump,4",
        receipts="site,item,date,quantity,confidence\nLYON,pump,2026-11-23,3,0.7",
    )


@pytest.mark.parametrize(
    ("plan", "possible"),
    [
        ({"SO1/1 0 level1": 4, "SO2/1 0 level0": 3}, True),
        ({"SO1/1 0 level1": 2, "SO2/1 0 level0": 3, "SO2/1 0 level1": 2}, True),
        ({"SO1/1 0 level1": 5}, False),
        ({"SO1/1 0 level1": 3, "SO2/1 0 level0": 3, "SO2/1 1 level1": 2}, False),
    ],
)
def test_each_certainty_has_a_stock_of_its_own(plan: Plan, possible: bool) -> None:
    assert allows(uncertain(0.8), "stock_balance", plan) is possible


def test_a_line_draws_from_its_certainty_or_a_better_one() -> None:
    problem = prepared(uncertain(0.8))
    pair = problem.epochs["pair"].to_numpy()[problem.options["epoch"]]
    level = problem.pairs["level"].to_numpy()[pair]
    line = problem.options["line"].to_numpy()
    assert [sorted(set(level[line == own])) for own in (0, 1)] == [[1], [0, 1]]
    assert prepared(uncertain(0.7)).pairs["supply"].tolist() == [7.0]  # both are certain enough


MOVED = {
    "lanes": "site,region,service,transit_days\nLYON,north,standard,1\nOSLO,north,standard,1",
    "stock": "site,item,on_hand\nOSLO,pump,6",
    "transfers": "from_site,to_site,item,transit_days,units_per_day\nOSLO,LYON,pump,1,4",
}


@pytest.mark.parametrize(
    ("plan", "moved", "possible"),
    [
        ({"SO1/1 1 LYON": 4, "SO1/1 0 OSLO": 2}, [4, 0, 0, 0], True),
        ({"SO1/1 1 LYON": 4}, [0, 4, 0, 0], False),  # not there yet
        ({"SO1/1 2 LYON": 4}, [0, 4, 0, 0], True),
        ({"SO1/1 4 LYON": 5}, [4, 1, 0, 0], True),
        ({"SO1/1 4 LYON": 5}, [2, 2, 0, 0], False),
        ({"SO1/1 4 OSLO": 3}, [2, 2, 0, 0], False),  # not there any more
    ],
)
def test_moved_stock_leaves_one_site_and_comes_to_another(
    plan: Plan, moved: ArrayLike, possible: bool
) -> None:
    assert allows(one_line(None, **MOVED), "stock_balance", plan, moved=moved) is possible


@pytest.mark.parametrize(("moved", "possible"), [([4, 4, 0, 4], True), ([5, 0, 0, 0], False)])
def test_no_more_is_moved_in_a_day_than_can_be(moved: ArrayLike, possible: bool) -> None:
    pipes = MOVED | {"transfers": MOVED["transfers"].replace("pump,", ",")}
    for tables in (MOVED, pipes):
        scenario = one_line(None, **tables)
        assert allows(scenario, "move_capacity", {}, moved=moved) is possible


def test_a_limit_of_transfers_is_for_all_items_together() -> None:
    tables = MOVED | {
        "stock": "site,item,on_hand\nOSLO,pump,6\nOSLO,valve,6",
        "transfers": "from_site,to_site,item,transit_days,units_per_day\nOSLO,LYON,,3,4",
    }
    scenario = one_line(None, **tables)
    assert len(prepared(scenario).move_days) == 2  # leaves on days 0 and 1
    for moved, possible in (([3, 4, 1, 0], True), ([3, 4, 2, 0], False)):
        assert allows(scenario, "move_capacity", {}, moved=moved) is possible


QUOTAS = {
    "at most to a segment": ("segment,at_most\ngold,5", 5),
    "at most of another item": ("item,at_most\nvalve,0", 9),
    "at most, in a window": ("to,at_most\n2026-11-24,5", 9),
    "the smaller of two": ("at_most\n5\n4", 4),
    "protected for others": ("customer,protected\nBETA,3", 6),
    "protected for two others": ("customer,protected\nBETA,3\nCETA,2", 4),
    "protected for two others, not at the same time": (
        "customer,to,from,protected\nBETA,2026-11-23,,3\nCETA,,2026-11-24,2",
        7,
    ),
    "protected for itself": ("customer,protected\nACME,3", 9),
}


@pytest.mark.parametrize(("quotas", "limit"), QUOTAS.values(), ids=QUOTAS)
def test_a_group_takes_no_more_than_quotas_leave_it(quotas: str, limit: float) -> None:
    scenario = one_line(
        quotas=quotas,
        customers=TABLES["customers"] + "\nBETA,gold,north\nCETA,gold,north",
        stock="site,item,on_hand\nLYON,pump,9",
    )
    plans = ({"SO1/1 1": 3, "SO1/1 3": limit - 3}, {"SO1/1 1": 3, "SO1/1 3": limit - 2})
    assert [allows(scenario, "quota", plan) for plan in plans] == [True, limit == 9]


IN_PARCELS = {
    "orders": "order,customer,requested,max_shipments\nSO1,ACME,2026-11-25,2",
    "lines": "order,line,item,quantity\nSO1,1,pump,10\nSO1,2,pump,10",
    "lanes": "site,region,service,transit_days,cost_per_shipment\nLYON,north,standard,1,7\n"
    "LYON,north,express,0,3",
}
"""Parcels are by service and day, express before standard: of each the days 0 to 4."""


@pytest.mark.parametrize(
    ("plan", "used", "possible"),
    [
        ({"SO1/1 0 standard": 3, "SO1/2 0 standard": 3}, {5}, True),
        ({"SO1/1 0 standard": 3, "SO1/2 1 standard": 3}, {5}, False),
        ({"SO1/1 0 standard": 3, "SO1/2 0 express": 3}, {5}, False),
        ({"SO1/1 0 standard": 3, "SO1/2 0 express": 3}, {0, 5}, True),
        ({}, {1, 2, 3}, True),  # a rule of its own says how many
    ],
)
def test_what_ships_goes_in_a_parcel_that_is_sent(
    plan: Plan, used: set[int], possible: bool
) -> None:
    scenario = one_line(TWO_SERVICES, **IN_PARCELS)
    sent = np.isin(np.arange(10), list(used)).astype(float)
    assert allows(scenario, "parcel_sent", plan, used=sent) is possible


@pytest.mark.parametrize(("used", "possible"), [({0, 5}, True), ({0, 5, 6}, False)])
def test_an_order_has_no_more_parcels_than_it_may(used: set[int], possible: bool) -> None:
    scenario = one_line(TWO_SERVICES, **IN_PARCELS)
    sent = np.isin(np.arange(10), list(used)).astype(float)
    assert allows(scenario, "few_parcels", {}, used=sent) is possible


IN_ONE = IN_PARCELS | {
    "orders": "order,customer,requested,max_shipments,ship_complete\nSO1,ACME,2026-11-25,1,true"
}


@pytest.mark.parametrize(
    ("plan", "used", "possible"),
    [
        ({"SO1/1 0 standard": 10, "SO1/2 0 standard": 10}, 5, True),
        ({"SO1/1 0 standard": 10, "SO1/2 0 standard": 9}, 5, False),
        ({"SO1/1 0 standard": 10}, 5, False),
        ({"SO1/1 0 standard": 10, "SO1/2 1 standard": 10}, 5, False),
        ({"SO1/1 0 standard": 10, "SO1/2 0 standard": 10}, 6, False),
        ({}, 10, True),
    ],
)
def test_an_order_in_one_parcel_is_full_in_it(plan: Plan, used: int, possible: bool) -> None:
    scenario = one_line(TWO_SERVICES, **IN_ONE)
    sent = (np.arange(10) == used).astype(float)
    assert allows(scenario, "one_parcel", plan, used=sent) is possible


def test_only_orders_in_one_parcel_have_bundles_and_no_links() -> None:
    for tables, linked, bundles in ((IN_PARCELS, 20, 0), (IN_ONE, 0, 20)):
        declared = declare(prepared(one_line(TWO_SERVICES, **tables)))
        assert (declared.count("LINKED"), declared.count("BUNDLES")) == (linked, bundles)


def test_parcels_that_are_neither_counted_nor_paid_for_are_none() -> None:
    assert declare(prepared(one_line())).count("PARCELS") == 0


def test_packs_are_steps() -> None:
    items = "item,pack,divisible\npump,4,\nvalve,0.5,true\nhose,1,true"
    lines = "order,line,item,quantity\nSO1,1,pump,10\nSO1,2,valve,2.2\nSO1,3,hose,2.2"
    stock = "site,item,on_hand\nLYON,pump,9\nLYON,valve,9\nLYON,hose,9"
    scenario = one_line(items=items, lines=lines, stock=stock)
    x = declare(prepared(scenario)).domains["x"]
    kinds = {(u, bool(w), s) for u, w, s in zip(x.upper, x.whole, x.step, strict=True)}
    assert kinds == {(8.0, True, 4.0), (2.0, True, 0.5), (2.2, False, 0.001)}


def test_a_line_with_a_smaller_cap_is_never_full() -> None:
    header = one_segment(target={"measure": "line_fill", "level": 1})
    overrides = "order,line,action,value\nSO1,1,quantity,9"
    declared = declare(prepared(one_line(header, overrides=overrides)))
    assert declared.count("FULL_LINES") == 0
    assert declared.arrays["most"].tolist() == [9.0]


@pytest.mark.parametrize(("units", "full"), [({"valve": 8, "pump": 6}, 1), ({"valve": 9}, 0)])
def test_a_line_is_full_by_what_is_delivered(units: Mapping[str, float], full: float) -> None:
    header = one_segment(target={"measure": "line_fill", "level": 1})
    tables = SWAPPED | {"stock": "site,item,on_hand\nLYON,pump,9\nLYON,valve,9"}
    problem = prepared(one_line(header, **tables))
    x = units_of(problem, {f"SO1/1 0 {item}": amount for item, amount in units.items()})
    assert most(problem, ["full_line"], {"x": x}, {"is_full_line": 1}) == full
