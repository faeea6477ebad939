"""Units that are kept for nobody, and holidays of a part of a country, from file to plan."""

from __future__ import annotations

from pathlib import Path

from optimizer import plan, read_scenario
from tests.support.scenario_folders import HEADER, as_csv, write_folder

LANES = "site,region,service,transit_days\nS1,north,standard,1\nS1,south,standard,1\n"
CUSTOMERS = "customer,segment,region\nC1,gold,north\nC2,core,south\n"
ORDERS = "order,customer,requested\nO1,C1,{day}\nO2,C2,{day}\n"
LINES = "order,line,item,quantity\nO1,1,A,6\nO2,1,A,6\n"


def test_units_for_nobody_are_protected_for_a_customer_without_orders(tmp_path: Path) -> None:
    """Ten in all, three held back: six for gold, one for core."""
    folder = write_folder(
        tmp_path,
        customers=CUSTOMERS + "nobody,core,nowhere\n",
        orders=ORDERS.format(day="2026-11-27"),
        lines=LINES,
        lanes=LANES,
        stock="site,item,on_hand\nS1,A,2\n",
        receipts="site,item,date,quantity\nS1,A,2026-11-25,8\n",
        quotas="customer,item,site,protected\nnobody,A,S1,3\n",
    )
    assert plan(read_scenario(folder)).solution.lines["delivered"].tolist() == [6, 1]


def test_epiphany_is_a_holiday_in_bavaria_and_not_in_saxony(tmp_path: Path) -> None:
    week = {"weekdays": "mon tue wed thu fri"}
    folder = write_folder(
        tmp_path,
        HEADER.replace("2026-11-23, days: 14", "2027-01-05, days: 3"),
        customers=CUSTOMERS,
        orders=ORDERS.format(day="2027-01-06"),
        lines=LINES,
        lanes=LANES,
        stock="site,item,on_hand\nS1,A,12\n",
        receipts=None,
        calendars=as_csv(
            [
                {"of": "region", "id": "north", **week, "holidays": "DE-BY"},
                {"of": "region", "id": "south", **week, "holidays": "DE-SN"},
            ]
        ),
    )
    lines = plan(read_scenario(folder)).solution.lines
    assert [f"{day:%Y-%m-%d}" for day in lines["last_arrival"]] == ["2027-01-07", "2027-01-06"]
