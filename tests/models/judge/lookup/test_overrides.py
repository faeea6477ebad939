"""What a planner decides by hand: hold, quantity, expedite, tier; lock is among commitments."""

from __future__ import annotations

import pandas as pd
import pytest

from models.judge import broken_rules, recompute
from models.scenario import Scenario
from tests.support.answers_as_text import Case, assert_limit, one_line, shipments_of

HEAD = "order,line,action,value\n"
TWO_LINES = {
    "lines": "order,line,item,quantity\nSO1,1,pump,10\nSO1,2,pump,8",
    "stock": "site,item,on_hand\nLYON,pump,100",
}
WAYS = {
    "services": {"standard": {}, "express": {"window": "07:00-12:00"}},
    "segments": {"gold": {"tier": 1, "services": ["standard"], "max_cost_share": 0.5}},
}
TWO_LANES = (
    "site,region,service,transit_days,cost_per_unit\nLYON,north,standard,1,0\n"
    "LYON,north,express,0,0.4"
)
BOTH = "SO1/1 {} pump LYON standard 23, SO1/2 {} pump LYON standard 23"
CASES = {
    "a line on hold": Case(
        TWO_LINES | {"overrides": HEAD + "SO1,2,hold,"},
        "SO1/1 10 pump LYON standard 23",
        BOTH.format(10, 1),
        "order SO1 line 2 is held: ships 1 beyond what is frozen",
    ),
    "an order on hold": Case(
        TWO_LINES | {"overrides": HEAD + "SO1,,hold,"},
        "",
        BOTH.format(1, 2),
        r"order SO1 line 2 is held: ships 2 .* \(and 1 more like it\)",
    ),
    "a quantity": Case(
        TWO_LINES | {"overrides": HEAD + "SO1,1,quantity,4"},
        BOTH.format(4, 8),
        BOTH.format(5, 8),
        "order SO1 line 1: ships 5, an override allows 4",
    ),
    "a quantity of each line": Case(
        TWO_LINES | {"overrides": HEAD + "SO1,,quantity,4"},
        BOTH.format(4, 4),
        BOTH.format(4, 5),
        "order SO1 line 2: ships 5, an override allows 4",
    ),
    "the smaller quantity of the line": Case(
        TWO_LINES | {"overrides": HEAD + "SO1,,quantity,4\nSO1,1,quantity,3"},
        BOTH.format(3, 4),
        BOTH.format(4, 4),
        "order SO1 line 1: ships 4, an override allows 3",
    ),
    "the smaller quantity of the order": Case(
        TWO_LINES | {"overrides": HEAD + "SO1,,quantity,3\nSO1,1,quantity,4"},
        BOTH.format(3, 3),
        BOTH.format(4, 3),
        "order SO1 line 1: ships 4, an override allows 3",
    ),
    "a quantity above the order": Case(
        TWO_LINES | {"overrides": HEAD + "SO1,,quantity,50"},
        BOTH.format(10, 8),
        BOTH.format(11, 8),
        "order SO1 line 1: ships 11 of 10 ordered",
    ),
    "a quantity in ordered units": Case(
        TWO_LINES
        | {
            "overrides": HEAD + "SO1,1,quantity,4",
            "stock": "site,item,on_hand\nLYON,valve,100",
            "substitutes": "item,substitute,ratio\npump,valve,2",
        },
        "SO1/1 8 valve LYON standard 23",
        "SO1/1 9 valve LYON standard 23",
        "ships 4.5, an override allows 4",
    ),
    "a quantity below a complete line": Case(
        {
            "lines": "order,line,item,quantity,complete\nSO1,1,pump,10,true",
            "overrides": HEAD + "SO1,1,quantity,4",
        },
        "",
        "SO1/1 4 pump LYON standard 23",
        "ships 4 of 10, takes all or nothing",
    ),
    "expedite": Case(
        TWO_LINES | {"lanes": TWO_LANES, "overrides": HEAD + "SO1,1,expedite,"},
        "SO1/1 10 pump LYON express 23, SO1/2 8 pump LYON standard 23",
        "SO1/1 10 pump LYON express 23, SO1/2 8 pump LYON express 23",
        "order SO1 line 2, .*: segment gold is not entitled to express",
        WAYS,
    ),
    "expedite a pinned order": Case(
        TWO_LINES
        | {
            "lanes": TWO_LANES,
            "orders": "order,customer,requested,service\nSO1,ACME,2026-11-25,standard\n"
            "SO2,ACME,2026-11-25,standard",
            "lines": "order,line,item,quantity\nSO1,1,pump,10\nSO2,1,pump,10",
            "overrides": HEAD + "SO1,,expedite,",
        },
        "SO1/1 10 pump LYON express 23",
        "SO2/1 10 pump LYON express 23",
        "order SO2 line 1, .*: the order asks for service standard",
        WAYS | {"segments": {"gold": {"tier": 1, "services": ["standard", "express"]}}},
    ),
    "expedite within hours of receipt": Case(
        {
            "lanes": TWO_LANES,
            "customers": "customer,segment,region,receives\nACME,gold,north,13:00-16:00",
            "overrides": HEAD + "SO1,,expedite,",
        },
        "SO1/1 10 pump LYON standard 23",
        "SO1/1 10 pump LYON express 23",
        "customer ACME receives at 13:00-16:00",
        WAYS,
    ),
    "expedite within the cost share": Case(
        {"lanes": TWO_LANES.replace("0.4", "0.6"), "overrides": HEAD + "SO1,,expedite,"},
        "SO1/1 10 pump LYON standard 23",
        "SO1/1 10 pump LYON express 23",
        "costs 0.6 a unit, segment gold accepts 0.5",
        WAYS,
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_rule_allows_its_limit_and_refuses_more(case: Case) -> None:
    assert_limit(case)


def test_a_held_line_keeps_what_it_ordered_and_says_so() -> None:
    scenario = one_line(None, **TWO_LINES, overrides=HEAD + "SO1,1,hold,\nSO1,2,quantity,0")
    lines = recompute(scenario, shipments_of("")).lines
    assert lines["status"].tolist() == ["held", "short"]
    assert lines["ordered"].tolist() == [10, 8]


def segments(measure: str) -> dict[str, object]:
    """Two tiers; both segments count by one measure."""
    target = {"measure": measure, "level": 0.5}
    return {
        "segments": {
            "gold": {"tier": 1, "services": ["standard"], "target": target, "floor": 0.25},
            "core": {"tier": 2, "services": ["standard"], "target": target},
        },
        "goals": ["floors", "targets", "fill"],
    }


TIERS = {
    "customers": "customer,segment,region\nACME,gold,north\nBOLT,core,north",
    "orders": "order,customer,requested\nSO1,ACME,2026-11-25\nSO2,BOLT,2026-11-25",
    "lines": "order,line,item,quantity\nSO1,1,pump,10\nSO1,2,pump,8\nSO2,1,pump,6\nSO2,2,pump,4",
}


def moved_lines(measure: str, overrides: str) -> Scenario:
    return one_line(segments(measure), **TIERS, overrides=HEAD + overrides)


def test_a_moved_line_counts_in_its_new_tier_at_the_level_of_its_own_segment() -> None:
    scenario = moved_lines("unit_fill", "SO1,2,tier,2\nSO2,,tier,5\nSO2,1,tier,1")
    figures = recompute(scenario, shipments_of("SO1/1 4 pump LYON standard 23"))
    assert figures.lines["tier"].tolist() == [1, 2, 1, 5]
    assert list(figures.goals.items()) == [
        ("floor:1", 0),
        ("floor:2", 2),  # the moved line of gold: a quarter of 8
        ("target:1", 1 + 3),  # gold 4 of 10, core 0 of 6
        ("target:2", 4),  # gold 0 of 8; core has no line left here
        ("target:5", 2),
        ("fill:1", 6 + 6),
        ("fill:2", 8),
        ("fill:5", 4),
    ]
    assert [figures.bases[name] for name in figures.goals] == [10, 8, 16, 8, 4, 16, 8, 4]
    service = figures.service[figures.service["target"].notna()]
    assert service["shortfall"].tolist() == [5, 5]
    assert service["achieved"].tolist() == pytest.approx([4 / 18, 0])


def test_lines_of_a_segment_in_two_tiers_do_not_set_off_their_shortfalls() -> None:
    scenario = moved_lines("unit_fill", "SO1,2,tier,2")
    figures = recompute(scenario, shipments_of("SO1/1 10 pump LYON standard 23"))
    assert figures.goals["target:1"] == 0
    assert figures.goals["target:2"] == 4 + 5
    assert figures.service["shortfall"].dropna().tolist() == [0, 5]


def test_an_order_in_several_tiers_counts_once_in_the_best() -> None:
    scenario = moved_lines("order_fill", "SO1,1,tier,3\nSO2,2,tier,1")
    full_first, full = (
        recompute(scenario, shipments_of(f"SO2/2 4 pump LYON standard 23{more}"))
        for more in ("", ", SO2/1 6 pump LYON standard 23")
    )
    names = ["target:1", "target:2", "target:3"]
    assert [full.bases[name] for name in names] == [2, 1, 1]  # 1 where nothing is
    assert [full_first.goals[name] for name in names] == [0.5 + 0.5, 0, 0]
    assert [full.goals[name] for name in names] == [0.5, 0, 0]
    assert full.service.loc[full.service["measure"] == "order_fill", "achieved"].tolist() == [0, 1]


def test_the_tier_of_a_line_is_that_of_its_shipments_and_ranks_them() -> None:
    scenario = moved_lines("unit_fill", "SO1,1,tier,3")
    shipments = shipments_of("SO2/1 6 pump LYON standard 23, SO1/1 10 pump LYON standard 23")
    ranked = shipments.assign(tier=[2, 3], rank=[1, 2])
    assert broken_rules(scenario, ranked) == []
    assert "tier is 1, must be 3" in broken_rules(scenario, ranked.assign(tier=[2, 1]))[0]
    back = ranked.iloc[::-1].assign(rank=[1, 2]).reset_index(drop=True)
    assert "ranked too late" in broken_rules(scenario, back)[0]


def test_overrides_of_other_orders_change_nothing() -> None:
    plain = one_line(segments("unit_fill"), **TIERS)
    with_other = moved_lines("unit_fill", "SO2,,hold,\nSO2,1,tier,9\nSO2,,quantity,1")
    shipments = shipments_of("SO1/1 10 pump LYON standard 23")
    first, second = (recompute(s, shipments).lines.iloc[:2] for s in (plain, with_other))
    pd.testing.assert_frame_equal(first, second)
