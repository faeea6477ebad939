"""Parcels: all rows of one order from one site by one service on one day."""

from __future__ import annotations

import pytest

from models.judge import recompute
from tests.support.answers_as_text import Case, assert_limit, one_line, shipments_of

TWO_LINES = {
    "lines": "order,line,item,quantity\nSO1,1,pump,10\nSO1,2,valve,5",
    "sites": "site\nLYON\nOSLO",
    "stock": "site,item,on_hand\nLYON,pump,100\nLYON,valve,100\nOSLO,pump,100",
    "lanes": "site,region,service,transit_days,cost_per_shipment\nLYON,north,standard,1,7\n"
    "LYON,north,express,0,3\nOSLO,north,standard,1,0",
}
HEADER = {
    "services": {"standard": {}, "express": {}},
    "segments": {"gold": {"tier": 1, "services": ["standard", "express"]}},
}
ONE_DAY = "SO1/1 3 pump LYON standard 23, SO1/2 5 valve LYON standard 23"
LIMITED = TWO_LINES | {"orders": "order,customer,requested,max_shipments\nSO1,ACME,2026-11-25,2"}
CASES = {
    f"a parcel for each {what}": Case(
        LIMITED,
        f"{ONE_DAY}, SO1/1 2 pump LYON standard 24",
        f"{ONE_DAY}, SO1/1 2 pump LYON standard 24, SO1/1 1 pump {row}",
        "order SO1 goes in 3 parcels, it takes at most 2",
        HEADER,
    )
    for what, row in {
        "day": "LYON standard 25",
        "site": "OSLO standard 23",
        "service": "LYON express 23",
    }.items()
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_order_takes_only_so_many_parcels(case: Case) -> None:
    assert_limit(case)


def test_orders_do_not_share_their_parcels() -> None:
    tables = TWO_LINES | {
        "orders": "order,customer,requested,max_shipments\n"
        "SO1,ACME,2026-11-25,1\nSO2,ACME,2026-11-25,1\nSO3,ACME,2026-11-25,",
        "lines": "order,line,item,quantity\nSO1,1,pump,10\nSO2,1,pump,5\nSO3,1,pump,5",
    }
    case = Case(
        tables,
        "SO1/1 3 pump LYON standard 23, SO2/1 3 pump LYON standard 24, SO3/1 1 pump LYON standard"
        " 23, SO3/1 1 pump LYON standard 24",
        "SO1/1 3 pump LYON standard 23, SO2/1 3 pump LYON standard 24, SO2/1 1 pump LYON standard"
        " 23",
        "order SO2 goes in 2 parcels, it takes at most 1",
    )
    assert_limit(case)


def test_a_lane_charges_each_parcel_once() -> None:
    scenario = one_line(HEADER, **TWO_LINES)
    one, two, other_service, free = (
        recompute(scenario, shipments_of(f"{ONE_DAY}{more}"))
        for more in (
            "",
            ", SO1/1 2 pump LYON standard 24",
            ", SO1/1 2 pump LYON express 23",
            ", SO1/1 2 pump OSLO standard 23",
        )
    )
    assert [f.totals["cost"] for f in (one, two, other_service, free)] == [7, 14, 10, 7]
    assert (one.goals["value"], two.goals["value"]) == (8 - 7, 10 - 14)
