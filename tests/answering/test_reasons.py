"""Why a line is not on time: one minimal scenario for each reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from optimizer.answering.reasons import main_reasons, missing_by_reason
from optimizer.preparing import prepare
from tests.support.scenarios_as_text import make_scenario
from tests.support.solverless_plans import units

SEGMENTS: dict[str, Any] = {
    "gold": {"tier": 1, "services": ["standard"]},
    "base": {"tier": 2, "services": ["standard"]},
}
TABLES = {
    "customers": "customer,segment,region,receives\nG,gold,north,\nB,base,north,",
    "orders": "order,customer,requested,earliest,cancel,ship_complete,service\nO1,B,2026-11-25,,,,",
    "lines": "order,line,item,quantity,complete,min_fill\nO1,1,pump,10,,",
    "lanes": "site,region,service,transit_days,cost_per_unit\nhub,north,standard,1,0.1",
    "stock": "site,item,on_hand\nhub,pump,10",
}
RIVALS = TABLES["orders"] + "\nO2,G,2026-11-25,,,,\nO3,B,2026-11-25,,,,"


def reasons(plan: Mapping[str, float], tables: Mapping[str, str], **header: object) -> list[str]:
    scenario = make_scenario({"segments": SEGMENTS} | header, **(TABLES | dict(tables)))
    problem = prepare(scenario)
    nothing = np.zeros(len(problem.moves))
    parts = missing_by_reason(scenario, problem, units(problem, plan), nothing)
    return list(main_reasons(parts, len(problem.lines)))


def test_a_line_on_time_has_no_reason() -> None:
    assert reasons({"O1/1 1": 10}, {}) == [""]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        pytest.param({"stock": "site,item,on_hand\nhub,valve,5"}, "stock", id="no such item"),
        pytest.param(
            {"sites": "site,open\nhub,false\nfar,true"}, "stock", id="stock of a closed site"
        ),
        pytest.param({"stock": "site,item,on_hand\nhub,pump,0"}, "stock", id="no units"),
        pytest.param(
            {"lanes": "site,region,service,transit_days\nhub,south,standard,1"},
            "no_lane",
            id="nothing goes to the region",
        ),
        pytest.param(
            {
                "lanes": TABLES["lanes"] + "\nfar,south,standard,1,0",
                "stock": "site,item,on_hand\nfar,pump,9",
            },
            "no_lane",
            id="the item is where no lane leaves for the region",
        ),
        pytest.param(
            {"lanes": "site,region,service,transit_days\nhub,north,express,1"},
            "entitlement",
            id="only by a service of others",
        ),
        pytest.param(
            {"customers": "customer,segment,region,receives\nB,base,north,13:00-16:00"},
            "window",
            id="receives after the delivery window",
        ),
        pytest.param(
            {"orders": TABLES["orders"].replace(",,,,", ",,2026-11-23,,")},
            "cancel_date",
            id="cancelled before anything arrives",
        ),
        pytest.param(
            {"calendars": "of,id,weekdays\nregion,north,mon\nregion,north,tue"},
            "closed",
            id="calendars leave no day",
        ),
        pytest.param(
            {"orders": TABLES["orders"].replace(",,,,", ",2026-12-24,,,")},
            "too_early",
            id="accepted from a day that the horizon does not reach",
        ),
        pytest.param(
            {
                "orders": TABLES["orders"].replace(",,,,", ",,2026-11-25,,"),
                "stock": "site,item,on_hand\nhub,valve,5",
                "receipts": "site,item,date,quantity\nhub,pump,2026-11-26,10",
            },
            "late_receipt",
            id="supply comes after the cancel date",
        ),
        pytest.param(
            {
                "stock": "site,item,on_hand\nhub,valve,5",
                "receipts": "site,item,date,quantity\nhub,pump,2027-11-26,10",
            },
            "next_receipt",
            id="supply comes after the horizon",
        ),
        pytest.param(
            {"site_capacity": "site,date,units\nhub,,0"}, "site_capacity", id="nobody to pick"
        ),
        pytest.param(
            {"lane_capacity": "site,region,service,date,units\nhub,north,standard,,0"},
            "lane_capacity",
            id="no room on the lane",
        ),
        pytest.param(
            {"lane_capacity": "site,region,service,date,units\nhub,,standard,,0"},
            "lane_capacity",
            id="no room on the service",
        ),
        pytest.param({}, "value", id="free to ship, and not worth it"),
        pytest.param(
            {"lines": TABLES["lines"].replace(",10,,", ",12,true,")}, "order_rule", id="complete"
        ),
        pytest.param(
            {"lines": TABLES["lines"].replace(",10,,", ",15,,0.8")}, "order_rule", id="min_fill"
        ),
    ],
)
def test_a_short_line_names_what_kept_it_short(changed: dict[str, str], reason: str) -> None:
    services = {"standard": {"window": "07:00-12:00"}, "express": {}}
    assert reasons({}, changed, services=services) == [reason]


def test_a_service_pinned_by_the_order_is_an_entitlement_barrier() -> None:
    header: dict[str, Any] = {
        "services": {"standard": {}, "express": {}},
        "segments": {"base": {"tier": 1, "services": ["standard", "express"]}},
    }
    tables = {
        "customers": "customer,segment,region\nB,base,north",
        "orders": TABLES["orders"].replace(",,,,", ",,,,express"),
    }
    assert reasons({}, tables, **header) == ["entitlement"]


def test_a_shipment_dearer_than_the_segment_allows_is_a_matter_of_value() -> None:
    segments = {"base": {"tier": 1, "services": ["standard"], "max_cost_share": 0.05}}
    tables = {"customers": "customer,segment,region\nB,base,north"}
    assert reasons({}, tables, segments=segments) == ["value"]


def test_max_days_late_is_a_barrier_of_dates() -> None:
    segments = {"base": {"tier": 1, "services": ["standard"], "max_days_late": 1}}
    tables = {
        "customers": "customer,segment,region\nB,base,north",
        "orders": "order,customer,requested\nO1,B,2026-11-20",
    }
    assert reasons({}, tables, segments=segments) == ["overdue"]


def test_an_incomplete_order_holds_back_the_line_that_could_go() -> None:
    tables = {
        "orders": TABLES["orders"].replace(",,,,", ",,,true,"),
        "lines": "order,line,item,quantity\nO1,1,pump,10\nO1,2,valve,1",
    }
    assert reasons({}, tables) == ["order_rule", "stock"]


@pytest.mark.parametrize(
    ("winner", "loser", "reason"),
    [("O2", "O1", "higher_tier"), ("O3", "O1", "same_tier"), ("O1", "O2", "value")],
)
def test_units_that_went_to_others_are_named_by_their_tier(
    winner: str, loser: str, reason: str
) -> None:
    lines = f"order,line,item,quantity\n{winner},1,pump,10\n{loser},1,pump,10"
    expected = {winner: "", loser: reason}
    assert reasons({f"{winner}/1 1": 10}, {"orders": RIVALS, "lines": lines}) == [
        expected[order] for order in sorted(expected)
    ]


def test_stock_kept_for_a_later_shipment_of_a_better_tier_is_gone_too() -> None:
    lines = "order,line,item,quantity\nO1,1,pump,10\nO2,1,pump,10"
    orders = RIVALS.replace("O1,B,2026-11-25,,,", "O1,B,2026-11-25,,2026-11-25,")
    assert reasons({"O2/1 4": 10}, {"lines": lines, "orders": orders})[0] == "higher_tier"


def test_the_cause_of_most_units_is_the_reason() -> None:
    taken = {"O1/1 1": 6, "O2/1 1": 4}
    for ordered, reason in ((13, "higher_tier"), (15, "stock")):
        lines = f"order,line,item,quantity\nO1,1,pump,{ordered}\nO2,1,pump,4"
        assert reasons(taken, {"orders": RIVALS, "lines": lines})[0] == reason


LATE = {"orders": "order,customer,requested\nO1,B,2026-11-24\nO2,G,2026-11-24\nO3,B,2026-11-24"}


@pytest.mark.parametrize(
    ("plan", "changed", "reason"),
    [
        pytest.param({"O1/1 2": 10}, {}, "value", id="could have gone on time"),
        pytest.param(
            {"O1/1 2": 10},
            {"site_capacity": "site,date,units\nhub,2026-11-23,0"},
            "site_capacity",
            id="nobody picked on the day that counts, though the units are its own",
        ),
        pytest.param(
            {"O1/1 2": 10},
            {"lane_capacity": "site,region,service,date,units\nhub,,standard,2026-11-23,4"},
            "lane_capacity",
            id="no room on the day that counts",
        ),
        pytest.param(
            {"O1/1 0": 4, "O1/1 3": 6},
            {
                "stock": "site,item,on_hand\nhub,pump,4",
                "receipts": "site,item,date,quantity\nhub,pump,2026-11-26,6",
            },
            "late_receipt",
            id="the rest arrives too late",
        ),
        pytest.param(
            {"O1/1 0": 10},
            {"orders": "order,customer,requested\nO1,B,2026-11-20"},
            "overdue",
            id="overdue at the start",
        ),
        pytest.param(
            {"O1/1 0": 10},
            {"orders": "order,customer,requested\nO1,B,2026-11-23"},
            "overdue",
            id="no lane is fast enough",
        ),
        pytest.param(
            {"O1/1 0": 10},
            {
                "orders": "order,customer,requested\nO1,B,2026-11-23",
                "lanes": TABLES["lanes"] + "\nhub,north,express,0,0",
            },
            "entitlement",
            id="a faster service is for others",
        ),
        pytest.param(
            {"O1/1 3": 10, "O2/1 0": 10},
            {
                "lines": TABLES["lines"] + "\nO2,1,pump,10,,",
                "receipts": "site,item,date,quantity\nhub,pump,2026-11-26,10",
            },
            "higher_tier",
            id="the stock in time went to a better tier",
        ),
    ],
)
def test_a_late_line_names_what_kept_it_from_being_on_time(
    plan: dict[str, float], changed: dict[str, str], reason: str
) -> None:
    services: dict[str, Any] = {"standard": {}, "express": {}}
    assert reasons(plan, LATE | changed, services=services)[0] == reason


def test_units_shipped_by_a_slow_service_free_the_site_for_a_fast_one() -> None:
    header: dict[str, Any] = {
        "services": {"standard": {}, "express": {}},
        "segments": {"base": {"tier": 1, "services": ["standard", "express"]}},
    }
    tables = {
        "customers": "customer,segment,region\nB,base,north",
        "orders": "order,customer,requested\nO1,B,2026-11-23",
        "lanes": TABLES["lanes"] + "\nhub,north,express,0,9",
        "site_capacity": "site,date,units\nhub,,10",
    }
    assert reasons({"O1/1 0 standard": 10}, tables, **header) == ["value"]


def test_half_a_unit_of_capacity_ships_nothing_that_is_whole() -> None:
    capacity = "site,date,units\nhub,,0.5"
    assert reasons({}, {"site_capacity": capacity}) == ["site_capacity"]
    tables = {"site_capacity": capacity, "items": "item,divisible\npump,true"}
    assert reasons({"O1/1 0": 0.5}, tables) == ["site_capacity"]
