"""Each rule on its own: allowed at the limit, refused just beyond, by one sentence."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from models.judge import broken_rules
from tests.support.answers_as_text import Case, assert_limit, one_line, one_segment, shipments_of

ON_MONDAY = "SO1/1 10 pump LYON standard 23"
TWO_LINES = "order,line,item,quantity\nSO1,1,pump,10\nSO1,2,valve,5"
TWO_STOCKS = "site,item,on_hand\nLYON,pump,100\nLYON,valve,100"
TWO_SERVICES = {
    "services": {"standard": {}, "express": {"surcharge_per_unit": 1.5}},
    "segments": {"gold": {"tier": 1, "services": ["standard", "express"]}},
}
TWO_LANES = "site,region,service,transit_days\nLYON,north,standard,1\nLYON,north,express,0"

NAMES = {
    "order": Case({}, ON_MONDAY, "SO2/1 10 pump LYON standard 23", "no such order line"),
    "line": Case({}, ON_MONDAY, "SO1/2 10 pump LYON standard 23", "no such order line"),
    "item": Case(
        {"stock": TWO_STOCKS},
        ON_MONDAY,
        "SO1/1 10 valve LYON standard 23",
        "the line orders item pump",
    ),
    "site": Case({}, ON_MONDAY, "SO1/1 10 pump OSLO standard 23", "has no site OSLO"),
    "service": Case({}, ON_MONDAY, "SO1/1 10 pump LYON express 23", "services have no express"),
    "lane": Case(
        {"sites": "site\nLYON\nOSLO", "stock": "site,item,on_hand\nLYON,pump,100\nOSLO,pump,100"},
        ON_MONDAY,
        "SO1/1 10 pump OSLO standard 23",
        "no lane from OSLO to region north by standard",
    ),
}
QUANTITIES = {
    "zero": Case({}, "SO1/1 1 pump LYON standard 23", "SO1/1 0 pump LYON standard 23", "above 0"),
    "negative": Case({}, ON_MONDAY, "SO1/1 -1 pump LYON standard 23", "above 0"),
    "infinite": Case({}, ON_MONDAY, "SO1/1 inf pump LYON standard 23", "above 0"),
    "blank": Case({}, ON_MONDAY, "SO1/1 nan pump LYON standard 23", "quantity blank must be"),
    "beyond bounds": Case(
        {}, ON_MONDAY, "SO1/1 1e300 pump LYON standard 23", "at most 1,000,000,000"
    ),
    "whole": Case({}, ON_MONDAY, "SO1/1 2.5 pump LYON standard 23", "2.5 must be whole"),
    "repeated": Case(
        {},
        "SO1/1 4 pump LYON standard 23, SO1/1 4 pump LYON standard 24",
        "SO1/1 4 pump LYON standard 23, SO1/1 4 pump LYON standard 23",
        "row 2 .* repeats an earlier row",
    ),
    "more than ordered": Case(
        {},
        "SO1/1 6 pump LYON standard 23, SO1/1 4 pump LYON standard 24",
        "SO1/1 6 pump LYON standard 23, SO1/1 5 pump LYON standard 24",
        "order SO1 line 1: ships 11 of 10 ordered",
    ),
}
DAYS = {
    "before the horizon": Case(
        {}, ON_MONDAY, "SO1/1 10 pump LYON standard 22", "outside the horizon, 5 days"
    ),
    "after the horizon": Case(
        {}, "SO1/1 10 pump LYON standard 27", "SO1/1 10 pump LYON standard 28", "outside"
    ),
    "open site": Case(
        {"sites": "site,open\nLYON,true\nOSLO,false",
         "lanes": "site,region,service,transit_days\nLYON,north,standard,1\nOSLO,north,standard,1",
         "stock": "site,item,on_hand\nLYON,pump,100\nOSLO,pump,100"},
        ON_MONDAY, "SO1/1 10 pump OSLO standard 23", "site OSLO is not open",
    ),
    "earliest": Case(
        {"orders": "order,customer,requested,earliest\nSO1,ACME,2026-11-26,2026-11-25"},
        "SO1/1 10 pump LYON standard 24", ON_MONDAY, "arrives 2026-11-24, before .* 2026-11-25",
    ),
    "cancel": Case(
        {"orders": "order,customer,requested,cancel\nSO1,ACME,2026-11-24,2026-11-26"},
        "SO1/1 10 pump LYON standard 25",
        "SO1/1 10 pump LYON standard 26",
        "arrives 2026-11-27, after the cancel date 2026-11-26",
    ),
    "max_days_late": Case(
        {"orders": "order,customer,requested\nSO1,ACME,2026-11-24"},
        "SO1/1 10 pump LYON standard 25",
        "SO1/1 10 pump LYON standard 26",
        "3 days late, segment gold accepts 2",
        one_segment(max_days_late=2),
    ),
}  # fmt: skip
WAYS = {
    "entitlement": Case(
        {"lanes": TWO_LANES}, ON_MONDAY, "SO1/1 10 pump LYON express 23", "not entitled to express",
        TWO_SERVICES | one_segment(),
    ),
    "pinned service": Case(
        {"orders": "order,customer,requested,service\nSO1,ACME,2026-11-25,express",
         "lanes": TWO_LANES},
        "SO1/1 10 pump LYON express 23", ON_MONDAY, "the order asks for service express",
        TWO_SERVICES,
    ),
    "cost share": Case(
        {"lanes": TWO_LANES.replace("days", "days,cost_per_unit").replace("d,1", "d,1,4")
         .replace("s,0", "s,0,2.6"),
         "lines": "order,line,item,quantity,unit_value\nSO1,1,pump,10,8"},
        ON_MONDAY, "SO1/1 10 pump LYON express 23", "costs 4.1 a unit, segment gold accepts 4",
        TWO_SERVICES | one_segment(max_cost_share=0.5, services=["standard", "express"]),
    ),
}  # fmt: skip
TOGETHER = {
    "complete": Case(
        {"lines": "order,line,item,quantity,complete\nSO1,1,pump,10,true"},
        "SO1/1 4 pump LYON standard 23, SO1/1 6 pump LYON standard 24",
        "SO1/1 4 pump LYON standard 23, SO1/1 5 pump LYON standard 24",
        "ships 9 of 10, takes all or nothing",
    ),
    "min_fill": Case(
        {"lines": "order,line,item,quantity,min_fill\nSO1,1,pump,10,0.35"},
        "SO1/1 4 pump LYON standard 23",
        "SO1/1 3 pump LYON standard 23",
        "ships 3 of 10, takes 3.5 or nothing",
    ),
    "ship_complete": Case(
        {
            "orders": "order,customer,requested,ship_complete\nSO1,ACME,2026-11-25,true",
            "lines": TWO_LINES,
            "stock": TWO_STOCKS,
        },
        ON_MONDAY + ", SO1/2 5 valve LYON standard 25",
        ON_MONDAY + ", SO1/2 4 valve LYON standard 25",
        "order SO1 ships complete or not at all: line 2 has 4 of 5",
    ),
    "ship_complete without a line": Case(
        {
            "orders": "order,customer,requested,ship_complete\nSO1,ACME,2026-11-25,true",
            "lines": TWO_LINES,
            "stock": TWO_STOCKS,
        },
        "",
        ON_MONDAY,
        "order SO1 ships complete or not at all: line 2 has 0 of 5",
    ),
}
SUPPLY = {
    "on hand": Case(
        {"stock": "site,item,on_hand\nLYON,pump,4"},
        "SO1/1 4 pump LYON standard 23",
        "SO1/1 3 pump LYON standard 23, SO1/1 2 pump LYON standard 25",
        "site LYON item pump: shipments up to 2026-11-25 exceed stock and receipts by 1",
    ),
    "no stock row": Case(
        {"stock": "site,item,on_hand\nLYON,valve,4"}, "", ON_MONDAY, "receipts by 10"
    ),
    "receipt on its day": Case(
        {
            "stock": "site,item,on_hand\nLYON,pump,4",
            "receipts": "site,item,date,quantity\nLYON,pump,2026-11-24,6",
        },
        "SO1/1 4 pump LYON standard 23, SO1/1 6 pump LYON standard 24",
        "SO1/1 5 pump LYON standard 23, SO1/1 5 pump LYON standard 24",
        "up to 2026-11-23 exceed stock and receipts by 1",
    ),
    "receipt before the start that has come": Case(
        {
            "stock": "site,item,on_hand\nLYON,pump,4",
            "receipts": "site,item,date,quantity\nLYON,pump,2026-11-01,5",
        },
        "SO1/1 9 pump LYON standard 23",
        ON_MONDAY,
        "up to 2026-11-23 exceed stock and receipts by 1",
        {"receipts_overdue": "on_hand"},
    ),
    "receipt before the start that has not": Case(
        {
            "stock": "site,item,on_hand\nLYON,pump,4",
            "receipts": "site,item,date,quantity\nLYON,pump,2026-11-01,5",
        },
        "SO1/1 4 pump LYON standard 23",
        "SO1/1 5 pump LYON standard 23",
        "up to 2026-11-23 exceed stock and receipts by 1",
    ),
    "stock below zero": Case(
        {
            "stock": "site,item,on_hand\nLYON,pump,-4",
            "receipts": "site,item,date,quantity\nLYON,pump,2026-11-24,10",
        },
        "SO1/1 6 pump LYON standard 24",
        "SO1/1 7 pump LYON standard 24",
        "up to 2026-11-24 exceed stock and receipts by 1",
    ),
}
BOTH_REGIONS = {
    "customers": "customer,segment,region\nACME,gold,north\nBOLT,gold,south",
    "orders": "order,customer,requested\nSO1,ACME,2026-11-25\nSO2,BOLT,2026-11-25",
    "lines": "order,line,item,quantity\nSO1,1,pump,10\nSO2,1,pump,10",
    "lanes": "site,region,service,transit_days\nLYON,north,standard,1\nLYON,south,standard,1",
}
CAPACITY = {
    "site": Case(
        {"site_capacity": "site,date,units\nLYON,,8"},
        "SO1/1 8 pump LYON standard 23, SO1/1 2 pump LYON standard 24",
        "SO1/1 9 pump LYON standard 23",
        "site LYON picks 9 on 2026-11-23, its capacity is 8",
    ),
    "pick effort": Case(
        {"site_capacity": "site,date,units\nLYON,,8", "items": "item,pick_effort\npump,2.5"},
        "SO1/1 3 pump LYON standard 23",
        "SO1/1 4 pump LYON standard 23",
        "picks 10 on 2026-11-23, its capacity is 8",
    ),
    "a dated row lowers": Case(
        {"site_capacity": "site,date,units\nLYON,,8\nLYON,2026-11-24,2"},
        "SO1/1 8 pump LYON standard 23, SO1/1 2 pump LYON standard 24",
        "SO1/1 3 pump LYON standard 24",
        "picks 3 on 2026-11-24, its capacity is 2",
    ),
    "a dated row raises": Case(
        {"site_capacity": "site,date,units\nLYON,,8\nLYON,2026-11-24,9"},
        "SO1/1 9 pump LYON standard 24",
        "SO1/1 9 pump LYON standard 23",
        "picks 9 on 2026-11-23, its capacity is 8",
    ),
    "one day without another": Case(
        {"site_capacity": "site,date,units\nLYON,2026-11-24,2"},
        ON_MONDAY,
        "SO1/1 3 pump LYON standard 24",
        "picks 3 on 2026-11-24",
    ),
    "lane by region": Case(
        BOTH_REGIONS | {"lane_capacity": "site,region,service,units\nLYON,north,standard,6"},
        "SO1/1 6 pump LYON standard 23, SO2/1 9 pump LYON standard 23",
        "SO1/1 7 pump LYON standard 23, SO2/1 9 pump LYON standard 23",
        "standard from LYON to north carries 7 on 2026-11-23, its capacity is 6",
    ),
    "lane over all regions": Case(
        BOTH_REGIONS | {"lane_capacity": "site,region,service,units\nLYON,,standard,6"},
        "SO1/1 3 pump LYON standard 23, SO2/1 3 pump LYON standard 23",
        "SO1/1 3 pump LYON standard 23, SO2/1 4 pump LYON standard 23",
        "standard from LYON to all regions carries 7",
    ),
    "both lane limits": Case(
        BOTH_REGIONS
        | {"lane_capacity": "site,region,service,units\nLYON,,standard,6\nLYON,north,standard,2"},
        "SO1/1 2 pump LYON standard 23, SO2/1 4 pump LYON standard 23",
        "SO1/1 3 pump LYON standard 23, SO2/1 3 pump LYON standard 23",
        "standard from LYON to north carries 3",
    ),
    "a dated lane": Case(
        BOTH_REGIONS
        | {
            "lane_capacity": "site,region,service,date,units\n"
            "LYON,,standard,,6\nLYON,,standard,2026-11-24,1"
        },
        "SO1/1 6 pump LYON standard 23, SO2/1 1 pump LYON standard 24",
        "SO1/1 6 pump LYON standard 23, SO2/1 2 pump LYON standard 24",
        "to all regions carries 2 on 2026-11-24, its capacity is 1",
    ),
}
CASES = NAMES | QUANTITIES | DAYS | WAYS | TOGETHER | SUPPLY | CAPACITY


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_rule_allows_its_limit_and_refuses_more(case: Case) -> None:
    assert_limit(case)


@pytest.mark.parametrize(
    ("receives", "window", "meet"),
    [
        ("07:00-12:00", "11:59-18:00", True),
        ("07:00-12:00", "12:00-18:00", False),
        ("12:00-18:00", "07:00-12:00", False),
        ("08:00-09:00", "07:00-12:00", True),
        ("", "07:00-12:00", True),
        ("07:00-12:00", "", True),
    ],
)
def test_a_window_must_overlap_the_hours_of_receipt(
    receives: str, window: str, *, meet: bool
) -> None:
    header = {"services": {"standard": {"window": window or None}}}
    scenario = one_line(
        header, customers=f"customer,segment,region,receives\nACME,gold,north,{receives}"
    )
    findings = broken_rules(scenario, shipments_of(ON_MONDAY))
    assert [f"receives at {receives}" in finding for finding in findings] == [True] * (not meet)


@pytest.mark.parametrize(
    ("step", "units", "fits"),
    [
        ("0.001", 2.345, True),
        ("0.001", 2.3455, False),
        ("0.25", 2.75, True),
        ("0.25", 2.8, False),
        ("5", 5, True),
        ("5", 2.5, False),
        ("0.00001", 2.00003, True),
        ("0.00001", 2e-6, False),
    ],
)
def test_divisible_items_ship_in_steps(step: str, units: float, *, fits: bool) -> None:
    scenario = one_line(items=f"item,divisible,step\npump,true,{step}")
    findings = broken_rules(scenario, shipments_of(f"SO1/1 {units} pump LYON standard 23"))
    word = f"must be a multiple of {float(step):.10g}, the step of pump"
    assert [word in finding for finding in findings] == [True] * (not fits)


def test_a_finding_names_the_worst_offender_and_counts_the_others() -> None:
    scenario = one_line(site_capacity="site,date,units\nLYON,,1")
    text = "SO1/1 2 pump LYON standard 23, SO1/1 5 pump LYON standard 24"
    findings = broken_rules(scenario, shipments_of(text + ", SO1/1 3 pump LYON standard 25"))
    assert findings == ["site LYON picks 5 on 2026-11-24, its capacity is 1 (and 2 more like it)"]


def test_a_ship_date_has_no_time() -> None:
    shipments = shipments_of(ON_MONDAY)
    shipments["ship_date"] += pd.Timedelta(hours=6)
    findings = broken_rules(one_line(), shipments)
    assert [finding.split(": ")[1] for finding in findings] == [
        "the ship date must be a day without a time"
    ]


def test_rows_that_name_nothing_known_hide_no_other_finding() -> None:
    shipments = shipments_of("SO9/1 1 pump OSLO standard 23, SO1/1 11 pump LYON standard 23")
    shipments.loc[0, "ship_date"] = pd.NaT
    findings = " ".join(broken_rules(one_line(), shipments))
    for words in ("no such order line", "no site OSLO", "outside the horizon", "ships 11 of 10"):
        assert words in findings


COLUMNS: dict[str, tuple[Any, Any]] = {
    "arrival_date": (pd.Timestamp("2026-11-26"), pd.Timestamp("2026-11-25")),
    "on_time": (False, True),
    "days_late": (1, 0),
    "tier": (1, 2),
    "cost": (20.0, 20.1),
    "rank": (1, 2),
}


@pytest.mark.parametrize("column", COLUMNS)
def test_a_derived_column_is_held_to_the_scenario(column: str) -> None:
    good, bad = COLUMNS[column]
    lanes = "site,region,service,transit_days,cost_per_unit\nLYON,north,standard,1,0.5"
    header = {"services": {"standard": {"surcharge_per_unit": 1.5}}}
    scenario = one_line(header, lanes=lanes)
    shipments = shipments_of("SO1/1 10 pump LYON standard 25")
    assert broken_rules(scenario, shipments.assign(**{column: good})) == []
    findings = broken_rules(scenario, shipments.assign(**{column: bad}))
    assert len(findings) == 1
    assert "rank 2" in findings[0] or f"{column} is " in findings[0]
