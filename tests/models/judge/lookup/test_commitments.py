"""Commitments: what is frozen obeys fewer rules, what is not is yesterday's plan."""

from __future__ import annotations

from typing import Any

import pytest

from models.judge import broken_rules, recompute
from models.judge.figures.commitment_account import CommitmentAccount, commitment_account
from models.judge.lookup.scenario_lookup import open_lookup
from models.settings import Stability
from tests.support.answers_as_text import Case, assert_limit, one_line, one_segment, shipments_of

HEAD = "order,line,site,service,ship_date,quantity,frozen\n"
LYON_23 = "SO1,1,LYON,standard,2026-11-23,{},{}"


def frozen(*rows: str) -> str:
    """Write the table; each row as ``"SO1 1 LYON standard 23 5"``, not frozen with a ``no``."""
    text = HEAD
    for row in rows:
        order, line, site, service, day, quantity, *no = row.split()
        flag = "false" if no else "true"
        text += f"{order},{line},{site},{service},2026-11-{day},{quantity},{flag}\n"
    return text


FIVE = {"commitments": frozen("SO1 1 LYON standard 23 5")}
TWO_SERVICES: dict[str, Any] = {
    "services": {"standard": {}, "express": {"window": "07:00-12:00"}},
    "segments": {"gold": {"tier": 1, "services": ["express"]}},
}
TWO_LANES = {
    "lanes": "site,region,service,transit_days\nLYON,north,standard,1\nLYON,north,express,0"
}
KEPT = "SO1/1 5 pump LYON standard 23"
MORE = "SO1/1 6 pump LYON standard 23"
EXEMPT = {
    "entitlement": Case(
        FIVE | TWO_LANES, KEPT, MORE, "gold is not entitled to standard", TWO_SERVICES
    ),
    "pinned service": Case(
        FIVE
        | TWO_LANES
        | {"orders": "order,customer,requested,service\nSO1,ACME,2026-11-25,express"},
        KEPT,
        MORE,
        "the order asks for service express",
        TWO_SERVICES | one_segment(services=["standard", "express"]),
    ),
    "hours of receipt": Case(
        FIVE | {"customers": "customer,segment,region,receives\nACME,gold,north,13:00-16:00"},
        KEPT,
        MORE,
        "customer ACME receives at 13:00-16:00",
        {"services": {"standard": {"window": "07:00-12:00"}}},
    ),
    "earliest": Case(
        FIVE | {"orders": "order,customer,requested,earliest\nSO1,ACME,2026-11-26,2026-11-25"},
        KEPT,
        MORE,
        "before the earliest date",
    ),
    "cancel": Case(
        FIVE | {"orders": "order,customer,requested,cancel\nSO1,ACME,2026-11-23,2026-11-23"},
        KEPT,
        MORE,
        "after the cancel date",
    ),
    "max_days_late": Case(
        FIVE | {"orders": "order,customer,requested\nSO1,ACME,2026-11-23"},
        KEPT,
        MORE,
        "1 days late, segment gold accepts 0",
        one_segment(max_days_late=0),
    ),
    "cost share": Case(
        FIVE | {"lanes": "site,region,service,transit_days,cost_per_unit\nLYON,north,standard,1,2"},
        KEPT,
        MORE,
        "costs 2 a unit",
        one_segment(max_cost_share=1),
    ),
    "site calendar": Case(
        FIVE | {"calendars": "of,id,closed\nsite,LYON,2026-11-23"},
        KEPT,
        MORE,
        "site LYON is closed that day",
    ),
    "pack": Case(
        FIVE | {"items": "item,pack\npump,4"},
        "SO1/1 9 pump LYON standard 23",
        MORE,
        "quantity 1 must be a multiple of the pack of 4",
    ),
    "whole units": Case(
        {"commitments": frozen("SO1 1 LYON standard 23 2.5")},
        "SO1/1 3.5 pump LYON standard 23",
        "SO1/1 3 pump LYON standard 23",
        "quantity 0.5 must be whole",
    ),
    "whole units of a broken promise": Case(
        {"commitments": frozen("SO1 1 LYON standard 23 3")},
        "SO1/1 2 pump LYON standard 23",
        "SO1/1 2.5 pump LYON standard 23",
        "quantity 2.5 must be whole",
    ),
    "substitutes of other segments": Case(
        {
            "commitments": "order,line,item,site,service,ship_date,quantity\n"
            "SO1,1,valve,LYON,standard,2026-11-23,5",
            "stock": "site,item,on_hand\nLYON,valve,100",
            "substitutes": "item,substitute,segments\npump,valve,core",
        },
        "SO1/1 5 valve LYON standard 23",
        "SO1/1 6 valve LYON standard 23",
        "valve is no substitute for pump in segment gold",
    ),
    "parcels": Case(
        {
            "commitments": frozen("SO1 1 LYON standard 23 5", "SO1 1 LYON standard 24 1"),
            "orders": "order,customer,requested,max_shipments\nSO1,ACME,2026-11-25,1",
        },
        f"{KEPT}, SO1/1 2 pump LYON standard 24",
        f"{MORE}, SO1/1 2 pump LYON standard 24",
        "order SO1 goes in 2 parcels, it takes at most 1",
    ),
    "complete": Case(
        FIVE | {"lines": "order,line,item,quantity,complete\nSO1,1,pump,10,true"},
        f"{KEPT}, SO1/1 5 pump LYON standard 24",
        f"{KEPT}, SO1/1 4 pump LYON standard 24",
        "ships 9 of 10, takes all or nothing",
    ),
    "the rest of a complete line whose commitment cannot be kept": Case(
        FIVE | {"lines": "order,line,item,quantity,complete\nSO1,1,pump,10,true"},
        "SO1/1 3 pump LYON standard 23, SO1/1 5 pump LYON standard 24",
        "SO1/1 3 pump LYON standard 23, SO1/1 7 pump LYON standard 24",
        "ships 10 of 10, takes all or nothing",
    ),
    "minimum fill": Case(
        FIVE | {"lines": "order,line,item,quantity,min_fill\nSO1,1,pump,10,0.7"},
        f"{KEPT}, SO1/1 2 pump LYON standard 24",
        f"{KEPT}, SO1/1 1 pump LYON standard 24",
        "ships 6 of 10, takes 7 or nothing",
    ),
    "minimum fill that is frozen": Case(
        FIVE | {"lines": "order,line,item,quantity,min_fill\nSO1,1,pump,10,0.4"},
        f"{KEPT}, SO1/1 1 pump LYON standard 24",
        f"{KEPT}, SO1/1 6 pump LYON standard 24",
        "ships 11 of 10 ordered",
    ),
    "hold": Case(
        FIVE | {"overrides": "order,line,action\nSO1,1,hold"},
        KEPT,
        f"{KEPT}, SO1/1 1 pump LYON standard 24",
        "order SO1 line 1 is held: ships 1 beyond what is frozen",
    ),
    "quantity": Case(
        FIVE | {"overrides": "order,line,action,value\nSO1,1,quantity,3"},
        KEPT,
        MORE,
        "ships 6, an override allows 5",
    ),
    "site capacity": Case(
        FIVE | {"site_capacity": "site,units\nLYON,3"},
        KEPT,
        MORE,
        "site LYON picks 6 on 2026-11-23, its capacity is 5",
    ),
    "lane capacity": Case(
        FIVE | {"lane_capacity": "site,service,units\nLYON,standard,3"},
        KEPT,
        MORE,
        "carries 6 on 2026-11-23, its capacity is 5",
    ),
    "stock is needed": Case(
        FIVE | {"stock": "site,item,on_hand\nLYON,pump,4"},
        "SO1/1 4 pump LYON standard 23",
        KEPT,
        "exceed stock and receipts by 1",
    ),
    "an open site is needed": Case(
        FIVE | {"sites": "site,open\nLYON,false"}, "", KEPT, "site LYON is not open"
    ),
    "no more than was ordered": Case(
        FIVE,
        f"{KEPT}, SO1/1 5 pump LYON standard 24",
        f"{KEPT}, SO1/1 6 pump LYON standard 24",
        "ships 11 of 10 ordered",
    ),
    "not another day": Case(
        FIVE | TWO_LANES,
        KEPT,
        "SO1/1 5 pump LYON standard 24",
        "gold is not entitled to standard",
        TWO_SERVICES,
    ),
    "not what may change": Case(
        {"commitments": frozen("SO1 1 LYON standard 23 5 no")} | TWO_LANES,
        "SO1/1 5 pump LYON express 23",
        KEPT,
        "gold is not entitled to standard",
        TWO_SERVICES,
    ),
    "locked": Case(
        {
            "commitments": frozen("SO1 1 LYON standard 23 5 no"),
            "overrides": "order,action\nSO1,lock",
        }
        | TWO_LANES,
        KEPT,
        MORE,
        "gold is not entitled to standard",
        TWO_SERVICES,
    ),
    "rows of one key add up": Case(
        {
            "commitments": "order,line,item,site,service,ship_date,quantity\n"
            "SO1,1,,LYON,standard,2026-11-23,2\nSO1,1,pump,LYON,standard,2026-11-23,3"
        }
        | TWO_LANES,
        KEPT,
        MORE,
        "gold is not entitled to standard",
        TWO_SERVICES,
    ),
}


@pytest.mark.parametrize("case", EXEMPT.values(), ids=EXEMPT)
def test_what_is_frozen_is_exempt_and_what_goes_beyond_is_not(case: Case) -> None:
    assert_limit(case)


TWO_LINES = {
    "orders": "order,customer,requested,ship_complete\nSO1,ACME,2026-11-25,true",
    "lines": "order,line,item,quantity\nSO1,1,pump,10\nSO1,2,pump,8",
    "commitments": frozen("SO1 1 LYON standard 23 5", "SO1 2 LYON standard 23 8"),
}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("", ""),
        ("SO1/1 5 pump LYON standard 24, ", ""),
        ("SO1/1 4 pump LYON standard 24, ", "line 1 has 9 of 10"),
    ],
)
def test_the_rest_of_a_ship_complete_order_ships_or_nothing(more: str, words: str) -> None:
    rows = f"{more}{KEPT}, SO1/2 8 pump LYON standard 23"
    findings = broken_rules(one_line(None, **TWO_LINES), shipments_of(rows))
    assert [words in finding for finding in findings] == [True] * bool(words)


LIMITED = {
    "site": ({"site_capacity": "site,units\nLYON,6", "items": "item,pick_effort\npump,2"}, "picks"),
    "lane": ({"lane_capacity": "site,region,service,units\nLYON,north,standard,3"}, "carries"),
    "quota": ({"quotas": "segment,at_most\ngold,3"}, "at most 3"),
    "protected": (
        {
            "quotas": "customer,protected\nBETA,97",
            "customers": "customer,segment,region\nACME,gold,north\nBETA,gold,north",
        },
        "leaves them 3",
    ),
    "cap": ({"overrides": "order,line,action,value\nSO1,1,quantity,3"}, "allows 3"),
}


@pytest.mark.parametrize(("tables", "words"), LIMITED.values(), ids=LIMITED)
def test_others_get_what_a_broken_commitment_leaves_of_a_limit(
    tables: dict[str, str], words: str
) -> None:
    asked = "order,line,item,quantity\nSO1,1,pump,10\nSO1,2,pump,8"
    day, line = (24, 1) if words == "allows 3" else (23, 2)
    assert_limit(
        Case(
            FIVE | {"lines": asked} | tables,
            f"SO1/1 1 pump LYON standard 23, SO1/{line} 2 pump LYON standard {day}",
            f"SO1/1 1 pump LYON standard 23, SO1/{line} 3 pump LYON standard {day}",
            words,
        )
    )


def goals(text: str, header: dict[str, Any] | None, **tables: str) -> dict[str, float]:
    header = {"goals": ["commitments", "stability"]} | (header or {})
    return dict(recompute(one_line(header, **tables), shipments_of(text)).goals)


def test_a_broken_commitment_is_counted_in_ordered_units() -> None:
    tables = {
        "stock": "site,item,on_hand\nLYON,pump,100\nLYON,valve,100",
        "substitutes": "item,substitute,ratio\npump,valve,2",
        "commitments": "order,line,item,site,service,ship_date,quantity\n"
        "SO1,1,valve,LYON,standard,2026-11-23,5\nSO1,1,,LYON,standard,2026-11-24,3",
    }
    figures = recompute(
        one_line(None, **tables),
        shipments_of("SO1/1 4 valve LYON standard 23, SO1/1 9 pump LYON standard 25"),
    )
    assert figures.goals["commitments"] == 0.5 + 3
    assert figures.bases["commitments"] == 2.5 + 3


def test_more_than_was_committed_makes_up_for_nothing_else() -> None:
    table = frozen("SO1 1 LYON standard 23 4", "SO1 1 LYON standard 24 4")
    assert goals("SO1/1 8 pump LYON standard 23", None, commitments=table) == {"commitments": 4}


def test_nothing_committed_is_nothing_broken() -> None:
    figures = recompute(one_line({"goals": ["commitments", "stability"]}), shipments_of(""))
    assert (dict(figures.goals), dict(figures.bases)) == ({"commitments": 0}, {"commitments": 1})


YESTERDAY = {
    "orders": "order,customer,requested\nSO1,ACME,2026-11-25\nSO2,ACME,2026-11-25",
    "lines": "order,line,item,quantity\nSO1,1,pump,10\nSO1,2,pump,8\nSO2,1,pump,6\nSO2,2,pump,6",
    "commitments": frozen(
        "SO1 1 LYON standard 23 6 no",
        "SO1 1 LYON standard 24 4 no",
        "SO1 2 LYON standard 24 8 no",
        "SO2 1 LYON standard 24 6 no",
        "SO2 2 LYON standard 24 6",
    ),
    "lanes": "site,region,service,transit_days\nLYON,north,standard,1\nOSLO,north,standard,1\n"
    "LYON,north,express,0",
    "stock": "site,item,on_hand\nLYON,pump,100\nOSLO,pump,100",
}
SAME = (
    "SO1/1 6 pump LYON standard 23, SO1/1 4 pump LYON standard 24, SO1/2 8 pump LYON standard 24,"
    "SO2/1 6 pump LYON standard 24,SO2/2 6 pump LYON standard 24"
)
CHANGES = {
    "nothing": ("", "", 0, 0),
    "another site": ("6 pump LYON standard 23", "6 pump OSLO standard 23", 0, 0),
    "another way to the same day": ("6 pump LYON standard 24,", "6 pump LYON express 25,", 0, 0),
    "earlier": ("8 pump LYON standard 24", "8 pump LYON standard 23", 1, 0),
    "later": ("8 pump LYON standard 24", "8 pump LYON standard 25", 1, 1),
    "less": ("8 pump LYON standard 24", "7 pump LYON standard 24", 1, 1),
    "more": ("6 pump LYON standard 23", "7 pump LYON standard 23", 1, 0),
    "some earlier, some later": ("4 pump LYON standard 24", "4 pump LYON standard 25", 1, 1),
    "a line that has only frozen ones": (",SO2/2 6 pump LYON standard 24", "", 0, 0),
    "two lines": ("SO1/2 8 pump LYON standard 24,SO2/1 6 pump LYON standard 24,", "", 2, 2),
}
SERVICES: dict[str, Any] = {"services": {"standard": {}, "express": {}}}


@pytest.mark.parametrize("change", CHANGES)
def test_lines_are_compared_with_yesterdays_plan_by_arrival(change: str) -> None:
    before, after, changed, worse = CHANGES[change]
    assert before in SAME
    scenario = one_line(SERVICES, **YESTERDAY)
    account = commitment_account(open_lookup(scenario, shipments_of(SAME.replace(before, after))))
    broken = 6 if change == "a line that has only frozen ones" else 0
    assert account == CommitmentAccount(
        frozen=6, broken=broken, counted=3, changed=changed, worse=worse
    )


@pytest.mark.parametrize(
    ("changed", "worse", "beyond"),
    [(None, None, 0), (3, None, 0), (2, None, 1), (None, 2, 0), (None, 1, 1), (0, 0, 5)],
)
def test_what_goes_beyond_a_budget_is_counted(
    changed: int | None, worse: int | None, beyond: int
) -> None:
    account = CommitmentAccount(frozen=0, broken=0, counted=9, changed=3, worse=2)
    budgets = Stability(max_changed_lines=changed, max_worse_promises=worse)
    assert account.beyond(budgets) == beyond


def test_both_budgets_add_up_and_count_in_the_base() -> None:
    header = SERVICES | {"stability": {"max_changed_lines": 1, "max_worse_promises": 0}}
    figures = recompute(one_line(header, **YESTERDAY), shipments_of(""))
    assert figures.goals["commitments"] == 6 + 2 + 3
    assert figures.bases["commitments"] == 6 + 3
    assert (figures.goals["stability"], figures.bases["stability"]) == (3, 3)


def test_a_profile_counts_ordered_units_and_frozen_ones_too() -> None:
    tables = {
        "stock": "site,item,on_hand\nLYON,pump,100\nLYON,valve,100",
        "substitutes": "item,substitute,ratio\npump,valve,2",
        "commitments": HEAD
        + LYON_23.format(4, "true")
        + "\nSO1,1,LYON,standard,2026-11-24,3,false",
    }
    kept = "SO1/1 4 pump LYON standard 23, SO1/1 6 valve LYON standard 24"
    assert goals(kept, None, **tables) == {"commitments": 0, "stability": 0}
    assert goals("SO1/1 6 valve LYON standard 24", None, **tables) == {
        "commitments": 4,
        "stability": 1,
    }


def test_a_locked_line_is_not_counted() -> None:
    reached = goals("", SERVICES, **YESTERDAY, overrides="order,line,action\nSO1,2,lock")
    assert reached == {"commitments": 6 + 8, "stability": 2}


@pytest.mark.parametrize(
    ("row", "arrives"),
    [
        ("SO1 1 LYON standard 22 10 no", "23"),  # past: no calendar moves it on
        ("SO1 1 LYON express 24 10 no", "24"),  # no such lane
        ("SO1 1 LYON standard 24 10 no", "26"),  # the region is closed on the 25th
        ("SO1 1 LYON standard 29 10 no", "30"),  # after the horizon
    ],
)
def test_a_commitment_that_cannot_be_kept_has_an_arrival_all_the_same(
    row: str, arrives: str
) -> None:
    tables = {
        "orders": "order,customer,requested\nSO1,ACME,2026-11-30",
        "commitments": frozen(row),
        "calendars": "of,id,closed\nregion,north,2026-11-25",
        "lanes": "site,region,service,transit_days\nLYON,north,standard,1\nOSLO,north,day0,0\n"
        "OSLO,north,standard,3",
        "stock": "site,item,on_hand\nOSLO,pump,100",
    }
    header = {
        "services": {"standard": {}, "express": {}, "day0": {}},
        "segments": {"gold": {"tier": 1, "services": ["standard", "day0"]}},
    }
    way = "day0 " + arrives if int(arrives) < 30 else "standard 27"
    assert goals(f"SO1/1 10 pump OSLO {way}", header, **tables)["stability"] == 0
    assert goals("SO1/1 10 pump OSLO standard 25", header, **tables)["stability"] == 1


def test_a_frozen_parcel_pays_its_cost() -> None:
    lanes = "site,region,service,transit_days,cost_per_shipment\nLYON,north,standard,1,7"
    assert recompute(one_line(None, **FIVE, lanes=lanes), shipments_of(KEPT)).totals["cost"] == 7
