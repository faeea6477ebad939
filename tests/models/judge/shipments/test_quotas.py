"""Quotas: what a group may get at most, and supply that nobody else may take."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest

from models.judge import broken_rules
from models.judge.lookup.scenario_lookup import open_lookup
from models.judge.shipments.protected import MOST, overdrawn
from models.judge.shipments.quotas import GROUP
from models.scenario import Scenario
from tests.support.answers_as_text import Case, assert_limit, one_line, shipments_of

HEADER: dict[str, Any] = {
    "segments": {
        name: {"tier": tier, "services": ["standard"]}
        for tier, name in enumerate(("gold", "core", "web"), 1)
    }
}
TABLES = {
    "customers": "customer,segment,region\nACME,gold,north\nBOLT,core,north\nCITY,web,south\n"
    "DORA,gold,south",
    "orders": "order,customer,requested\n"
    + "\n".join(f"{order},{who},2026-11-25" for order, who in
                {"A": "ACME", "B": "BOLT", "C": "CITY", "D": "DORA"}.items()),
    "lines": "order,line,item,quantity\n"
    + "\n".join(f"{order},{item[0]},{item},50" for order in "ABCD" for item in ("pump", "valve")),
    "lanes": "site,region,service,transit_days\n"
    + "\n".join(f"{site},{region},standard,1" for site in ("LYON", "OSLO")
                for region in ("north", "south")),
    "stock": "site,item,on_hand\nLYON,pump,20\nLYON,valve,20\nOSLO,pump,10",
}  # fmt: skip
MOST_TO = "segment,customer,region,item,site,from,to,at_most\n"
KEPT_FOR = "segment,customer,region,item,site,from,to,protected\n"


def rows(text: str) -> str:
    """Write ``"A/p 4 LYON 23, ..."`` as shipments; the letter of the line is that of the item."""
    items = {"p": "pump", "v": "valve"}
    parts = [part.split() for part in text.split(",")]
    return ",".join(
        f"{line} {units} {items[line[-1]]} {site} standard {day}"
        for line, units, site, day in parts
    )


def quota(head: str, quotas: str, allowed: str, refused: str, words: str, **more: str) -> Case:
    tables = TABLES | {"quotas": head + quotas} | more
    return Case(tables, rows(allowed), rows(refused), words, HEADER)


AT_MOST = {
    "everybody": quota(
        MOST_TO, ",,,,,,,9", "A/p 5 LYON 23, C/v 4 LYON 24", "A/p 5 LYON 23, C/v 5 LYON 24",
        "quota of everybody: 10 units ship from 2026-11-23 to 2026-11-27, at most 9 may",
    ),
    "a segment": quota(
        MOST_TO, "gold,,,,,,,9", "A/p 5 LYON 23, D/v 4 LYON 24, B/p 9 LYON 23",
        "A/p 5 LYON 23, D/v 5 LYON 24, B/p 9 LYON 23", "quota of segment gold: 10 units",
    ),
    "a customer": quota(
        MOST_TO, ",ACME,,,,,,9", "A/p 5 LYON 23, A/v 4 LYON 24, D/p 9 LYON 23",
        "A/p 5 LYON 23, A/v 5 LYON 24, D/p 9 LYON 23", "quota of customer ACME: 10 units",
    ),
    "a region": quota(
        MOST_TO, ",,south,,,,,9", "C/p 5 LYON 23, D/v 4 LYON 24, A/p 9 LYON 23",
        "C/p 5 LYON 23, D/v 5 LYON 24, A/p 9 LYON 23", "quota of region south: 10 units",
    ),
    "an item from a site": quota(
        MOST_TO, ",,,pump,OSLO,,,5", "A/p 5 OSLO 23, A/v 9 LYON 23, B/p 9 LYON 23",
        "A/p 5 OSLO 23, A/v 9 LYON 23, B/p 1 OSLO 24", "quota of item pump, site OSLO: 6 units",
    ),
    "a segment in a region": quota(
        MOST_TO, "gold,,south,,,,,5", "D/p 5 LYON 23, A/v 9 LYON 23, C/p 9 LYON 23",
        "D/p 6 LYON 23, A/v 9 LYON 23, C/p 9 LYON 23", "quota of segment gold, region south",
    ),
    "a window": quota(
        MOST_TO, "gold,,,,,2026-11-24,2026-11-25,5",
        "A/p 9 LYON 23, A/p 2 LYON 24, D/p 3 LYON 25, D/p 3 LYON 26",
        "A/p 9 LYON 23, A/p 2 LYON 24, D/p 4 LYON 25",
        "6 units ship from 2026-11-24 to 2026-11-25, at most 5 may",
    ),
    "the item that is shipped": quota(
        MOST_TO, ",,,valve,,,,5", "A/p 9 LYON 23, A/v 5 LYON 23", "A/p 9 LYON 23, A/v 6 LYON 23",
        "quota of item valve: 6 units",
    ),
    "what is frozen": quota(
        MOST_TO, "gold,,,,,,,2", "A/p 5 LYON 23", "A/p 5 LYON 23, D/v 1 LYON 24",
        "6 units ship .* at most 5 may",
        commitments="order,line,site,service,ship_date,quantity\nA,p,LYON,standard,2026-11-23,5",
    ),
    "what is frozen outside its window": quota(
        MOST_TO, "gold,,,,,2026-11-24,,2", "A/p 5 LYON 23, D/v 2 LYON 24",
        "A/p 5 LYON 23, D/v 3 LYON 24", "3 units ship .* at most 2 may",
        commitments="order,line,site,service,ship_date,quantity\nA,p,LYON,standard,2026-11-23,5",
    ),
}  # fmt: skip
PROTECTED = {
    "for a segment": quota(
        KEPT_FOR, "gold,,,pump,,,,8", "B/p 20 LYON 23, C/p 2 OSLO 23",
        "B/p 20 LYON 23, C/p 3 OSLO 23",
        "item pump: 23 units up to 2026-11-23 go to others than segment gold, what is protected "
        "leaves them 22",
    ),
    "used by whom it is for": quota(
        KEPT_FOR, "gold,,,pump,,,,8", "A/p 8 LYON 23, B/p 12 LYON 23, C/p 10 OSLO 24",
        "A/p 7 LYON 23, B/p 13 LYON 23, C/p 10 OSLO 24", "23 units .* leaves them 22",
    ),
    "for nobody else but them": quota(
        KEPT_FOR, "gold,,,pump,,,,8", "A/p 20 LYON 23, D/p 10 OSLO 23",
        "A/p 7 LYON 23, B/p 13 LYON 23, C/p 10 OSLO 23", "leaves them 22",
    ),
    "at a site": quota(
        KEPT_FOR, "gold,,,pump,OSLO,,,8", "B/p 20 LYON 23, C/p 2 OSLO 24",
        "B/p 19 LYON 23, C/p 3 OSLO 24",
        "3 units up to 2026-11-24 go to others than segment gold, site OSLO, .* leaves them 2",
    ),
    "of each item": quota(
        KEPT_FOR, "gold,,,,,,,12", "B/p 18 LYON 23, B/v 8 LYON 23",
        "B/p 18 LYON 23, B/v 9 LYON 23", "item valve: 9 units .* leaves them 8",
    ),
    "out of supply up to the day": quota(
        KEPT_FOR, "gold,,,pump,,,,12", "B/p 18 LYON 23, C/p 5 OSLO 25",
        "B/p 18 LYON 23, C/p 5 OSLO 24", "23 units up to 2026-11-24 .* leaves them 18",
        receipts="site,item,date,quantity\nLYON,pump,2026-11-25,5",
    ),
    "in a window": quota(
        KEPT_FOR, "gold,,,pump,,2026-11-25,2026-11-25,12", "B/p 18 LYON 23, C/p 10 OSLO 26",
        "B/p 18 LYON 23, C/p 1 OSLO 24", "19 units up to 2026-11-25 .* leaves them 18",
    ),
    "not below zero": quota(
        KEPT_FOR, "gold,,,pump,,,,99", "A/p 20 LYON 23", "A/p 19 LYON 23, B/p 1 LYON 23",
        "1 units .* leaves them 0",
    ),
    "what is frozen": quota(
        KEPT_FOR, "gold,,,pump,,,,99", "A/p 9 LYON 23, B/p 5 LYON 23",
        "A/p 9 LYON 23, B/p 5 LYON 23, C/p 1 LYON 23", "6 units .* leaves them 5",
        commitments="order,line,site,service,ship_date,quantity\nB,p,LYON,standard,2026-11-23,5",
    ),
    "two add up": quota(
        KEPT_FOR, "gold,,,pump,,,,8\ncore,,,pump,,,,7",
        "C/p 15 LYON 23, A/p 8 OSLO 23, B/p 5 LYON 23",
        "C/p 16 LYON 23",
        "16 units .* others than segment gold and segment core, .* leaves them 15",
    ),
    "two rows of one scope add up": quota(
        KEPT_FOR, "gold,,,pump,,,,8\ngold,,,,,,,2",
        "B/p 20 LYON 23", "B/p 20 LYON 23, C/p 1 OSLO 23",
        "21 units .* leaves them 20",
    ),
    "two sites together": quota(
        KEPT_FOR, "gold,,,pump,LYON,,,8\ngold,,,pump,,,,14",
        "B/p 8 LYON 23", "B/p 9 LYON 23",
        "others than segment gold, site LYON and segment gold, .* leaves them 8",
    ),
    "supply of closed sites is none": quota(
        KEPT_FOR, "gold,,,pump,,,,8", "B/p 12 LYON 23", "B/p 13 LYON 23", "leaves them 12",
        sites="site,open\nLYON,true\nOSLO,false",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", (AT_MOST | PROTECTED).values(), ids=AT_MOST | PROTECTED)
def test_a_quota_allows_its_limit_and_refuses_more(case: Case) -> None:
    assert_limit(case)


@pytest.mark.parametrize("row", [",,,pump,,,,99", ",,,,LYON,,,99"])
def test_what_is_protected_for_everybody_is_protected_from_nobody(row: str) -> None:
    scenario = one_line(HEADER, **TABLES, quotas=KEPT_FOR + row)
    assert broken_rules(scenario, shipments_of(rows("A/p 20 LYON 23, B/p 10 OSLO 23"))) == []


def test_one_row_may_hold_both() -> None:
    table = "segment,item,at_most,protected\ngold,pump,4,12"
    scenario = one_line(HEADER, **TABLES, quotas=table)
    assert broken_rules(scenario, shipments_of(rows("A/p 4 LYON 23, B/p 16 LYON 23"))) == []
    findings = broken_rules(
        scenario, shipments_of(rows("A/p 5 LYON 23, B/p 15 LYON 23, C/p 4 OSLO 23"))
    )
    assert [finding.split(":")[0] for finding in findings] == [
        "quota of segment gold, item pump",
        "item pump",
    ]


def chance(rng: np.random.Generator, items: int) -> tuple[Scenario, pd.DataFrame]:
    """Draw protected rows, supply and shipments of some items; some shipments are frozen."""
    names = [f"item{n}" for n in range(items)]
    days = [f"2026-11-{day}" for day in range(23, 27)]
    text = "segment,customer,region,item,site,from,to,protected\n"
    for _ in range(4):
        scope = [str(rng.choice(["", "", *known])) for known in
                 (["gold", "core"], ["ACME", "CITY"], ["north", "south"])]  # fmt: skip
        item = str(rng.choice(["", *names[:3]]))
        first, last = sorted(rng.choice(4, size=2).tolist())
        window = [days[first], days[last]] if rng.random() < 0.5 else ["", ""]
        site = str(rng.choice(["", "LYON", "OSLO"]))
        text += ",".join([*scope, item, site, *window, str(rng.integers(0, 6))]) + "\n"
    lines, stock, receipts, frozen, plan = "", "", "", "", []
    for item in names:
        stock += f"LYON,{item},{rng.integers(0, 9)}\nOSLO,{item},{rng.integers(0, 9)}\n"
        receipts += f"LYON,{item},{rng.choice(days)},{rng.integers(1, 5)}\n"
        lines += "".join(f"{order},{item},{item},99\n" for order in "ABCD")
        for order in rng.choice(list("ABCD"), size=2, replace=False):
            site, day, units = rng.choice(["LYON", "OSLO"]), rng.choice(days), rng.integers(1, 4)
            plan.append(f"{order}/{item} {units} {item} {site} standard {day[-2:]}")
            if rng.random() < 0.2:
                frozen += f"{order},{item},{site},standard,{day},{rng.integers(1, 4)}\n"
    tables = TABLES | {
        "quotas": text,
        "lines": "order,line,item,quantity\n" + lines,
        "stock": "site,item,on_hand\n" + stock,
        "receipts": "site,item,date,quantity\n" + receipts,
        "commitments": "order,line,site,service,ship_date,quantity\n" + frozen,
    }
    return one_line(HEADER, **tables), shipments_of(",".join(plan))


Row = dict[Hashable, Any]


def up_to(rows: list[Row], sites: set[str], day: pd.Timestamp) -> float:
    here = (row for row in rows if "" in sites or row["site"] in sites)
    return float(sum(row["quantity"] for row in here if not row["date"] > day))


def by_the_letter(scenario: Scenario, shipments: pd.DataFrame) -> set[str]:
    """Look at every set of rows, every item and every day in plain loops: items overdrawn.

    What is frozen counts as far as it ships.
    """
    customers = scenario["customers"].set_index("customer").to_dict("index")
    who = scenario["orders"].set_index("order")["customer"].to_dict()
    key = ["order", "line", "site", "service", "ship_date"]
    promised = scenario["commitments"].groupby(key)["quantity"].sum().to_dict()
    amounts = zip(shipments[key].itertuples(index=False), shipments["quantity"], strict=True)
    ships = [min(units, promised.get(tuple(row), 0.0)) for row, units in amounts]
    frozen = shipments.assign(quantity=ships)
    stock = scenario["stock"].rename(columns={"on_hand": "quantity"})
    flows = (
        shipments.rename(columns={"ship_date": "date"}),
        frozen.rename(columns={"ship_date": "date"}),
        pd.concat([stock, scenario["receipts"]]),
    )

    def outside(row: Row, chosen: tuple[Row, ...]) -> bool:
        own = customers[who[row["order"]]] | {"customer": who[row["order"]]}
        return not any(all(quota[name] in ("", own[name]) for name in GROUP) for quota in chosen)

    over = set()
    for item in shipments["item"].unique():
        quotas = scenario["quotas"][scenario["quotas"]["item"].isin(["", item])].to_dict("records")
        taken, kept, supply = (flow[flow["item"] == item].to_dict("records") for flow in flows)
        for day in pd.date_range("2026-11-23", periods=5):
            held = [q for q in quotas if not day < q["from"] and not day > q["to"]]
            for chosen in (c for n in range(len(held)) for c in combinations(held, n + 1)):
                sites = {quota["site"] for quota in chosen}
                units, committed = (
                    up_to([row for row in rows if outside(row, chosen)], sites, day)
                    for rows in (taken, kept)
                )
                left = up_to(supply, sites, day) - sum(quota["protected"] for quota in chosen)
                if units > max(0, left, committed):
                    over.add(item)
    return over


@pytest.mark.parametrize("seed", range(12))
def test_protection_is_judged_by_the_letter(seed: int) -> None:
    scenario, shipments = chance(np.random.default_rng(seed), 12)
    judged = set(overdrawn(open_lookup(scenario, shipments))["item"])
    assert judged == by_the_letter(scenario, shipments)


def test_of_very_many_scopes_the_likely_sets_are_judged() -> None:
    many = range(MOST + 1)
    customers = "".join(f"\nC{n},gold,north" for n in many)
    orders = "".join(f"\nC{n},C{n},2026-11-25" for n in many)
    lines = "".join(f"\nC{n},p,pump,50" for n in many)
    tables = TABLES | {
        "customers": TABLES["customers"] + customers,
        "orders": TABLES["orders"] + orders,
        "lines": TABLES["lines"] + lines,
        "quotas": "customer,protected" + "".join(f"\nC{n},2" for n in many),
    }
    scenario = one_line(HEADER, **tables)
    assert broken_rules(scenario, shipments_of(rows("A/p 8 LYON 23"))) == []
    (all_of_them,) = broken_rules(scenario, shipments_of(rows("A/p 9 LYON 23")))
    assert "leaves them 8" in all_of_them
    served = "C0/p 10 LYON 23, C1/p 1 LYON 23, C2/p 2 OSLO 23"
    assert broken_rules(scenario, shipments_of(rows(served))) == []
    served = "C0/p 11 LYON 23, C1/p 1 LYON 23, C2/p 2 OSLO 23, C3/p 2 OSLO 24"
    (the_waiting,) = broken_rules(scenario, shipments_of(rows(served)))
    assert "what is protected leaves them 14" in the_waiting
