"""Substitutes and packs: what may ship instead of the item ordered, and in which amounts."""

from __future__ import annotations

import pytest

from models.judge import broken_rules, recompute
from tests.support.answers_as_text import Case, assert_limit, one_line, one_segment, shipments_of

STOCK = "site,item,on_hand\nLYON,pump,100\nLYON,valve,100\nLYON,motor,100"
PAIR = "item,substitute,ratio,penalty_per_unit\npump,valve,2,0.5"
SUBSTITUTES = {"stock": STOCK, "substitutes": PAIR}
TWO_SEGMENTS = {
    "segments": {name: {"tier": 1, "services": ["standard"]} for name in ("gold", "core", "web")}
}
CASES = {
    "a substitute": Case(
        SUBSTITUTES,
        "SO1/1 20 valve LYON standard 23",
        "SO1/1 10 motor LYON standard 23",
        "the line orders item pump, motor is no substitute for it",
    ),
    "never the other way round": Case(
        SUBSTITUTES | {"lines": "order,line,item,quantity\nSO1,1,valve,10"},
        "SO1/1 10 valve LYON standard 23",
        "SO1/1 5 pump LYON standard 23",
        "the line orders item valve, pump is no substitute",
    ),
    "not of a substitute": Case(
        {"stock": STOCK, "substitutes": "item,substitute\npump,valve\nvalve,motor"},
        "SO1/1 10 valve LYON standard 23",
        "SO1/1 10 motor LYON standard 23",
        "motor is no substitute for it",
    ),
    "for some segments": Case(
        {
            "stock": STOCK,
            "substitutes": "item,substitute,segments\npump,valve,web gold\npump,motor,web core",
        },
        "SO1/1 10 valve LYON standard 23",
        "SO1/1 10 motor LYON standard 23",
        "motor is no substitute for pump in segment gold",
        TWO_SEGMENTS,
    ),
    "counted by ratio": Case(
        SUBSTITUTES,
        "SO1/1 7 pump LYON standard 23, SO1/1 6 valve LYON standard 23",
        "SO1/1 7 pump LYON standard 23, SO1/1 7 valve LYON standard 23",
        "ships 10.5 of 10 ordered",
    ),
    "stock of the item shipped": Case(
        SUBSTITUTES | {"stock": "site,item,on_hand\nLYON,pump,4\nLYON,valve,5"},
        "SO1/1 4 pump LYON standard 23, SO1/1 5 valve LYON standard 23",
        "SO1/1 4 pump LYON standard 23, SO1/1 6 valve LYON standard 23",
        "site LYON item valve: .* exceed stock and receipts by 1",
    ),
    "pick effort of the item shipped": Case(
        SUBSTITUTES
        | {"items": "item,pick_effort\npump,9\nvalve,2", "site_capacity": "site,units\nLYON,24"},
        "SO1/1 12 valve LYON standard 23",
        "SO1/1 13 valve LYON standard 23",
        "picks 26 on 2026-11-23, its capacity is 24",
    ),
    "lane capacity in units shipped": Case(
        SUBSTITUTES | {"lane_capacity": "site,service,units\nLYON,standard,12"},
        "SO1/1 12 valve LYON standard 23",
        "SO1/1 13 valve LYON standard 23",
        "carries 13 on 2026-11-23, its capacity is 12",
    ),
    "whole by the item shipped": Case(
        SUBSTITUTES | {"items": "item,divisible\nvalve,true"},
        "SO1/1 2 pump LYON standard 23, SO1/1 2.5 valve LYON standard 23",
        "SO1/1 2.5 pump LYON standard 23, SO1/1 2.5 valve LYON standard 23",
        "2.5 must be whole, pump is not divisible",
    ),
    "complete by ratio": Case(
        SUBSTITUTES | {"lines": "order,line,item,quantity,complete\nSO1,1,pump,10,true"},
        "SO1/1 9 pump LYON standard 23, SO1/1 2 valve LYON standard 23",
        "SO1/1 9 pump LYON standard 23, SO1/1 1 valve LYON standard 23",
        "ships 9.5 of 10, takes all or nothing",
    ),
    "minimum fill by ratio": Case(
        SUBSTITUTES | {"lines": "order,line,item,quantity,min_fill\nSO1,1,pump,10,0.5"},
        "SO1/1 10 valve LYON standard 23",
        "SO1/1 9 valve LYON standard 23",
        "ships 4.5 of 10, takes 5 or nothing",
    ),
    "cost share of an ordered unit": Case(
        SUBSTITUTES
        | {
            "substitutes": PAIR + "\npump,motor,2.5,0.5",
            "lanes": "site,region,service,transit_days,cost_per_unit\nLYON,north,standard,1,1.5",
            "lines": "order,line,item,quantity,unit_value\nSO1,1,pump,10,8",
        },
        "SO1/1 8 valve LYON standard 23",
        "SO1/1 8 motor LYON standard 23",
        "costs 5 a unit, segment gold accepts 4",
        one_segment(max_cost_share=0.5),
    ),
}
PACKS = {
    "a pack": Case(
        {"items": "item,pack\npump,4"},
        "SO1/1 4 pump LYON standard 23, SO1/1 4 pump LYON standard 24",
        "SO1/1 8 pump LYON standard 23, SO1/1 2 pump LYON standard 24",
        "quantity 2 must be a multiple of the pack of 4",
    ),
    "a pack of the item shipped": Case(
        SUBSTITUTES | {"items": "item,pack\npump,5\nvalve,6"},
        "SO1/1 5 pump LYON standard 23, SO1/1 6 valve LYON standard 23",
        "SO1/1 5 pump LYON standard 23, SO1/1 5 valve LYON standard 23",
        "quantity 5 must be a multiple of the pack of 6",
    ),
    "a divisible pack": Case(
        {"items": "item,pack,divisible\npump,2.5,true"},
        "SO1/1 7.5 pump LYON standard 23",
        "SO1/1 7 pump LYON standard 23",
        "quantity 7 must be a multiple of the pack of 2.5",
    ),
}


@pytest.mark.parametrize("case", (CASES | PACKS).values(), ids=CASES | PACKS)
def test_a_rule_allows_its_limit_and_refuses_more(case: Case) -> None:
    assert_limit(case)


def test_a_divisible_item_without_a_pack_ships_in_any_fraction() -> None:
    scenario = one_line(items="item,pack,divisible\npump,1,true")
    assert broken_rules(scenario, shipments_of("SO1/1 2.7 pump LYON standard 23")) == []


def test_a_substitute_is_measured_in_ordered_units_and_paid_in_shipped_ones() -> None:
    scenario = one_line(
        {"services": {"standard": {"surcharge_per_unit": 0.25}}, "goals": ["fill", "value"]},
        **SUBSTITUTES,
        lanes="site,region,service,transit_days,cost_per_unit,kg_co2_per_unit\n"
        "LYON,north,standard,1,1,0.1",
        lines="order,line,item,quantity,unit_value\nSO1,1,pump,10,8",
    )
    shipments = shipments_of("SO1/1 4 pump LYON standard 23, SO1/1 5 valve LYON standard 25")
    figures = recompute(scenario, shipments)
    line = figures.lines.iloc[0]
    assert line["item"] == "pump"
    assert line[["delivered", "delivered_on_time", "short"]].tolist() == [6.5, 4, 3.5]
    assert figures.goals["fill:1"] == 3.5
    cost = 4 * 1.25 + 5 * 1.75
    worth = 4 * 8 + 2.5 * 8 * 0.95
    assert figures.totals == pytest.approx(
        {
            "lines": 1,
            "ordered_units": 10,
            "delivered_units": 6.5,
            "on_time_units": 4,
            "delivered_value": worth,
            "cost": cost,
            "kg_co2": 0.9,
            "not_due_lines": 0,
            "not_due_units": 0,
        }
    )
    assert figures.goals["value"] == pytest.approx(worth - cost)
    assert broken_rules(scenario, shipments.assign(cost=[5.0, 8.75])) == []
    assert "cost is 8.7" in broken_rules(scenario, shipments.assign(cost=[5.0, 8.7]))[0]


def test_thirds_of_a_unit_fill_a_line() -> None:
    scenario = one_line(
        stock=STOCK,
        substitutes="item,substitute,ratio\npump,valve,3\npump,motor,1.5",
        lines="order,line,item,quantity\nSO1,1,pump,1",
    )
    full = "SO1/1 1 valve LYON standard 23, SO1/1 1 motor LYON standard 24"
    assert broken_rules(scenario, shipments_of(full)) == []
    assert recompute(scenario, shipments_of(full)).lines["status"].tolist() == ["on_time"]
