"""The allocation formulation: one rule at a time, expanded by Pyomo itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import ArrayLike

from models import allocation
from models.allocation import EXPRESSIONS, RULES, declare, expanded, goal_list
from models.problem import Problem
from models.scenario import Scenario
from optimizer.policies import SEQUENCES, allocate
from optimizer.preparing import prepare
from tests.support.answers_as_text import TABLES, one_line, one_segment
from tests.support.expanded_rules import RULE, Plan, allows, most, values_of
from tests.support.forecast_scenarios import forecast_scenario
from tests.support.mixed_scenarios import mixed_scenario
from tests.support.scenarios_as_text import make_scenario
from tests.support.solverless_plans import prepared, units
from tests.support.tiny_scenarios import tiny_scenario

Maker = Callable[[int], Scenario]


@cache
def two_lines(first: str = "pump,10", second: str = "pump,10", **tables: str) -> Scenario:
    """Build an order of two lines, with tables of the test's own over those of one line."""
    lines = f"order,line,item,quantity\nSO1,1,{first}\nSO1,2,{second}"
    return one_line(None, **(TABLES | {"lines": lines} | tables))


@pytest.mark.parametrize(
    ("plan", "possible"),
    [({"SO1/1 0": 4, "SO1/1 1": 6}, True), ({"SO1/1 0": 4, "SO1/1 1": 7}, False)],
)
def test_no_line_gets_more_than_was_ordered(plan: Plan, possible: bool) -> None:
    assert allows(one_line(), "line_quantity", plan) is possible


@pytest.mark.parametrize(
    ("plan", "possible"),
    [
        ({"SO1/1 0": 2, "SO1/2 0": 2, "SO1/1 2": 5}, True),
        ({"SO1/1 2": 5, "SO1/2 3": 4}, True),  # what is left is carried on
        ({"SO1/1 0": 2, "SO1/2 1": 3}, False),  # the receipt is not there yet
        ({"SO1/1 0": 2, "SO1/2 2": 8}, False),  # more than ever arrives
    ],
)
def test_nothing_ships_before_it_arrived(plan: Plan, possible: bool) -> None:
    scenario = two_lines(
        stock="site,item,on_hand\nLYON,pump,4",
        receipts="site,item,date,quantity\nLYON,pump,2026-11-25,5",
    )
    assert allows(scenario, "stock_balance", plan) is possible


@pytest.mark.parametrize(
    ("plan", "possible"),
    [
        ({"SO1/1 0": 3, "SO1/2 0": 4}, True),  # 3 x 2 + 4 x 1 = 10
        ({"SO1/1 0": 3, "SO1/2 0": 5}, False),
        ({"SO1/1 0": 3, "SO1/1 1": 3, "SO1/2 1": 4}, True),  # another day
        ({"SO1/1 2": 5, "SO1/2 2": 10}, True),  # the dated row replaces the other
        ({"SO1/1 2": 10, "SO1/2 2": 1}, False),
    ],
)
def test_a_site_picks_no_more_in_a_day_than_it_can(plan: Plan, possible: bool) -> None:
    scenario = two_lines(
        second="valve,10",
        stock="site,item,on_hand\nLYON,pump,99\nLYON,valve,99",
        items="item,pick_effort\npump,2",
        site_capacity="site,date,units\nLYON,,10\nLYON,2026-11-25,20",
    )
    assert allows(scenario, "site_capacity", plan) is possible


@pytest.mark.parametrize(
    ("plan", "possible"),
    [
        ({"SO1/1 0": 4, "SO1/2 0": 4}, True),  # all regions together: 8
        ({"SO1/1 0": 4, "SO1/2 0": 5}, False),
        ({"SO1/1 1": 6, "SO1/2 1": 6, "SO2/1 1": 8}, False),  # north alone: 12 of 6
        ({"SO1/1 1": 3, "SO1/2 1": 3, "SO2/1 1": 9}, True),  # north full, south not limited
        ({"SO1/1 1": 3, "SO1/2 1": 4}, False),
    ],
)
def test_a_service_carries_no_more_in_a_day_than_it_can(plan: Plan, possible: bool) -> None:
    scenario = two_lines(
        customers="customer,segment,region\nACME,gold,north\nBETA,gold,south",
        orders="order,customer,requested\nSO1,ACME,2026-11-25\nSO2,BETA,2026-11-25",
        lines="order,line,item,quantity\nSO1,1,pump,10\nSO1,2,pump,10\nSO2,1,pump,10",
        lanes="site,region,service,transit_days\nLYON,north,standard,1\nLYON,south,standard,1",
        lane_capacity="site,region,service,date,units\n"
        "LYON,,standard,2026-11-23,8\nLYON,north,standard,2026-11-24,6",
    )
    assert allows(scenario, "lane_capacity", plan) is possible


@cache
def with_smallest_delivery(share: str) -> Scenario:
    """Build one line of ten units with a ``min_fill``."""
    return one_line(lines=f"order,line,item,quantity,min_fill\nSO1,1,pump,10,{share}")


@pytest.mark.parametrize(
    ("rule", "taken", "amount", "possible"),
    [
        ("lot_at_most", 0, 0, True),
        ("lot_at_most", 0, 1, False),
        ("lot_at_most", 1, 10, True),
        ("lot_at_least", 0, 0, True),
        ("lot_at_least", 1, 7, True),  # 0.65 x 10, the next whole unit
        ("lot_at_least", 1, 6, False),
    ],
)
def test_a_line_ships_its_smallest_delivery_or_nothing(
    rule: str, taken: int, amount: float, possible: bool
) -> None:
    plan = {"SO1/1 0": amount - amount // 2, "SO1/1 1": amount // 2}
    assert allows(with_smallest_delivery("0.65"), rule, plan, taken_line=[taken]) is possible


@pytest.mark.parametrize(
    ("plan", "possible"),
    [
        ({}, True),
        ({"SO1/1 0": 10, "SO1/2 0": 4, "SO1/2 1": 6}, True),  # not necessarily on one day
        ({"SO1/1 0": 10}, False),
        ({"SO1/1 0": 10, "SO1/2 0": 9}, False),
    ],
)
def test_a_ship_complete_order_ships_all_its_lines_or_nothing(plan: Plan, possible: bool) -> None:
    orders = "order,customer,requested,ship_complete\nSO1,ACME,2026-11-25,true"
    assert allows(two_lines(orders=orders), "ship_complete", plan) is possible


def test_a_ship_complete_order_with_a_line_that_nothing_can_serve_ships_nothing() -> None:
    orders = "order,customer,requested,ship_complete\nSO1,ACME,2026-11-25,true"
    scenario = two_lines(second="hose,1", orders=orders)
    assert allows(scenario, "ship_complete", {})
    assert not allows(scenario, "ship_complete", {"SO1/1 0": 10})


@cache
def promised(measure: str, scenario_lines: str, **keys: float) -> Problem:
    """Prepare an order whose segment has a target of 90 % in a measure."""
    header = one_segment(target={"measure": measure, "level": 0.9}, **keys)
    lines = "order,line,item,quantity,unit_value\n" + scenario_lines
    return prepare(one_line(header, **(TABLES | {"lines": lines})))


@pytest.mark.parametrize(
    ("measure", "plan", "full"),
    [
        ("line_otif", {"SO1/1 0": 4, "SO1/1 1": 6}, 1),
        ("line_otif", {"SO1/1 0": 9}, 0),
        ("line_otif", {"SO1/1 0": 9, "SO1/1 2": 1}, 0),  # the last unit is late
        ("line_fill", {"SO1/1 0": 9, "SO1/1 2": 1}, 1),
    ],
)
def test_only_a_full_line_counts_as_full(measure: str, plan: Plan, full: float) -> None:
    problem = promised(measure, "SO1,1,pump,10,3")
    x = units(problem, plan)
    assert most(problem, ["full_line"], {"x": x}, {"is_full_line": 1}) == full


@pytest.mark.parametrize(
    ("measure", "plan", "full"),
    [
        ("order_otif", {"SO1/1 0": 10, "SO1/2 1": 5}, 1),
        ("order_otif", {"SO1/1 0": 10, "SO1/2 1": 4}, 0),
        ("order_otif", {"SO1/1 0": 10, "SO1/2 2": 5}, 0),
        ("order_fill", {"SO1/1 0": 10, "SO1/2 2": 5}, 1),
        ("order_fill", {"SO1/1 0": 10}, 0),
    ],
)
def test_only_an_order_with_all_lines_full_counts_as_full(
    measure: str, plan: Plan, full: float
) -> None:
    problem = promised(measure, "SO1,1,pump,10,3\nSO1,2,pump,5,2")
    x = units(problem, plan)
    assert most(problem, ["full_order"], {"x": x}, {"is_full_order": 1}) == full


@pytest.mark.parametrize(
    ("measure", "achieved"),
    [("unit_otif", 7), ("unit_fill", 9), ("value_otif", 3 * 6 + 2), ("value_fill", 3 * 8 + 2)],
)
@pytest.mark.parametrize("sense", [1, -1])
def test_service_in_units_or_money_is_what_is_shipped(
    measure: str, achieved: float, sense: int
) -> None:
    problem = promised(measure, "SO1,1,pump,10,3\nSO1,2,pump,5,2")
    x = units(problem, {"SO1/1 0": 6, "SO1/2 1": 1, "SO1/1 3": 2})
    wanted = {"achieved": float(sense)}
    assert most(problem, ["achieved_amount"], {"x": x}, wanted) == sense * achieved


@pytest.mark.parametrize(
    ("rule", "measure", "counted", "achieved"),
    [
        ("achieved_lines", "line_fill", {"is_full_line": [1, 0, 1]}, 2),
        ("achieved_lines", "line_fill", {"is_full_line": [0, 0, 0]}, 0),
        ("achieved_orders", "order_fill", {"is_full_order": [1]}, 1),
        ("achieved_orders", "order_fill", {"is_full_order": [0]}, 0),
    ],
)
@pytest.mark.parametrize("sense", [1, -1])
def test_service_in_lines_or_orders_is_the_number_of_full_ones(
    rule: str, measure: str, counted: Mapping[str, ArrayLike], achieved: float, sense: int
) -> None:
    problem = promised(measure, "SO1,1,pump,1,1\nSO1,2,pump,1,1\nSO1,3,pump,1,1")
    assert most(problem, [rule], counted, {"achieved": float(sense)}) == sense * achieved


@pytest.mark.parametrize(
    ("achieved", "short"),
    [(0, [5, 9]), (4, [1, 5]), (5, [0, 4]), (8.5, [0, 0.5]), (9, [0, 0]), (10, [0, 0])],
)
def test_the_shortfall_is_what_is_missing_to_the_promise(
    achieved: float, short: Sequence[float]
) -> None:
    problem = promised("unit_otif", "SO1,1,pump,10,1", floor=0.5)
    given: dict[str, ArrayLike] = {"achieved": [achieved]}
    assert most(problem, ["promise"], given, {"short": -1}) == pytest.approx(-sum(short))
    assert most(problem, ["promise"], given | {"short": short}) is not None
    for less in np.eye(2) * 0.01:
        tried = np.asarray(short) - less
        if (tried >= 0).all():
            assert most(problem, ["promise"], given | {"short": tried}) is None


def test_lines_and_orders_that_can_never_be_full_have_no_variable() -> None:
    header = {
        "segments": {
            "gold": {
                "tier": 1,
                "services": ["standard"],
                "target": {"measure": "line_fill", "level": 1},
            },
            "base": {
                "tier": 2,
                "services": ["standard"],
                "target": {"measure": "order_fill", "level": 1},
            },
        }
    }
    scenario = make_scenario(
        header,
        customers="customer,segment,region\nACME,gold,north\nBETA,base,north",
        orders="order,customer,requested\nA,ACME,2026-11-25\nB,BETA,2026-11-25",
        lines="order,line,item,quantity\nA,1,pump,6\nA,2,pump,7\nB,1,pump,6\nB,2,pump,7",
        lanes=TABLES["lanes"],
        stock="site,item,on_hand\nLYON,pump,6",
    )
    declared = declare(prepare(scenario))
    assert declared.count("FULL_LINES") == 1
    assert declared.count("FULL_ORDERS") == 0


@pytest.mark.parametrize("make", [tiny_scenario, mixed_scenario, forecast_scenario])
@pytest.mark.parametrize("seed", range(0, 100, 10))
def test_shipping_nothing_obeys_every_rule(make: Maker, seed: int) -> None:
    problem = prepared(make(seed))
    given = values_of(problem, np.zeros(len(problem.options)))
    assert most(problem, list(RULE), given) == 0


COUNTING = ("short", "used", "missing", "changed", "worse", "beyond", "behind")
"""Variables of which less is better."""


@pytest.mark.parametrize(
    ("make", "seed"),
    [(tiny_scenario, seed) for seed in range(1, 100, 10)]
    + [(mixed_scenario, seed) for seed in range(40)]
    + [(forecast_scenario, seed) for seed in range(20)],
)
def test_lifted_values_obey_every_rule_and_no_others_are_better(make: Maker, seed: int) -> None:
    problem = prepared(make(seed))
    x = allocate(problem, list(SEQUENCES)[seed % len(SEQUENCES)])
    given = values_of(problem, x)
    assert most(problem, list(RULE), given) is not None
    least = most(problem, list(RULE), {"x": x}, dict.fromkeys(COUNTING, -1.0))
    total = sum(float(np.sum(given[name])) for name in COUNTING)
    assert least == pytest.approx(-total, abs=2e-6)


def test_every_rule_and_goal_carries_its_tag() -> None:
    rules = [re.match(r"\((A\d+)\) ", rule.body.__doc__ or "") for rule in RULES]
    assert [tag and tag[1] for tag in rules] == [f"A{n + 1}" for n in range(len(RULES))]
    goals = [re.match(r"\((G\d+)\) ", body.__doc__ or "") for _, body in EXPRESSIONS.values()]
    assert [tag and tag[1] for tag in goals] == [f"G{n + 1}" for n in range(len(EXPRESSIONS))]


def test_the_maths_card_explains_every_rule_goal_set_parameter_and_variable() -> None:
    card = (Path(allocation.__file__).parent / "card.md").read_text(encoding="utf-8")
    headed = re.findall(r"^\*\*\(([AG]\d+)\) `(\w+)`\*\*", card, flags=re.MULTILINE)
    tagged = [(f"A{n + 1}", rule.name) for n, rule in enumerate(RULES)]
    tagged += [(f"G{n + 1}", name) for n, name in enumerate(EXPRESSIONS)]
    assert headed == tagged
    rows = re.findall(r"^\| `(\w+)`", card, flags=re.MULTILINE)
    assert sorted(rows) == sorted(declare(prepared(tiny_scenario(0))).model.component_map())


def test_expanded_names_a_constraint_for_every_rule_and_an_inactive_objective_for_every_goal() -> (
    None
):
    problem = prepared(tiny_scenario(0))
    m = expanded(problem)
    assert [m.component(rule.name).ctype.__name__ for rule in RULES] == ["Constraint"] * len(RULES)
    assert [m.component(name).active for name in EXPRESSIONS] == [False] * len(EXPRESSIONS)
    assert set(expanded(problem, rules=RULES[:1]).component_map()) & set(RULE) == {"line_quantity"}


def test_goals_come_in_the_order_asked_for_tier_by_tier() -> None:
    target = {"measure": "unit_otif", "level": 0.9}
    segments = {
        "base": {"tier": 3, "services": ["standard"], "target": target},
        "gold": {"tier": 1, "services": ["standard"], "floor": 0.5},
        "more": {"tier": 1, "services": ["standard"], "target": target, "floor": 0.2},
        "none": {"tier": 2, "services": ["standard"]},
    }
    goals = ["value", "fill", "targets", "commitments", "floors"]
    problem = prepare(one_line({"segments": segments, "goals": goals}))
    assert [spec.name for spec in goal_list(problem)] == [
        *("value", "fill:1", "fill:2", "fill:3"),
        *("target:1", "target:3", "commitments", "floor:1"),
    ]
