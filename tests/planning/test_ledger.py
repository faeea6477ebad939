"""The ledger: targets that count the review period so far."""

from __future__ import annotations

import pytest

from models.judge import judge
from models.scenario import Scenario
from optimizer import Plan, plan
from tests.planning.test_stages import LANES, LINES, ORDERS
from tests.support.scenarios_as_text import make_scenario


def behind(ledger: str, *, level: float = 0.9, stock: int = 10) -> Scenario:
    """Build customers a and b of one segment, alike but for the ledger; each orders 10."""
    target = {"measure": "unit_otif", "level": level}
    gold = {"tier": 1, "target": target, "services": ["standard"]}
    return make_scenario(
        {"segments": {"gold": gold}},
        customers="customer,segment,region\na,gold,north\nb,gold,north",
        orders=ORDERS,
        lines=LINES.format(10, 10),
        lanes=LANES,
        stock=f"site,item,on_hand\nLYON,pump,{stock}",
        ledger=f"segment,customer,ordered,served\n{ledger}",
    )


def served(found: Plan) -> dict[str, float]:
    assert judge(found.scenario, found.solution) == []
    return dict(found.lines.set_index("customer")["delivered"])


def target(found: Plan) -> float:
    (goal,) = [goal for goal in found.solution.goals if goal.name == "target:1"]
    assert goal.bound == pytest.approx(goal.value)
    return goal.value


@pytest.mark.parametrize("late", ["a", "b"])
def test_the_customer_behind_its_target_is_served(late: str) -> None:
    """Behind: 0.9 x 110 - 89 = 10 are due now. Ahead: 0.9 x 110 - 99 = 0."""
    ahead = "b" if late == "a" else "a"
    found = plan(behind(f",{late},100,89\n,{ahead},100,99"))
    assert served(found) == {late: 10, ahead: 0}
    assert target(found) == 0


def test_a_segment_has_one_ledger_for_all_its_customers() -> None:
    """0.9 x (180 + 20) - 170 = 10 are due of both together."""
    found = plan(behind("gold,,180,170", stock=12))
    assert target(found) == 0
    assert target(plan(behind("gold,,180,168", stock=10))) == pytest.approx(2)


def test_a_customer_without_a_row_begins_now() -> None:
    found = plan(behind(",a,100,100", stock=9))
    assert served(found) == {"a": 0, "b": 9}
    assert target(found) == 0


def test_service_says_what_is_missing_of_the_period_and_what_could_be_reached() -> None:
    found = plan(behind("gold,,180,160", stock=10))
    (row,) = found.service[found.service["measure"] == "unit_otif"].to_dict("records")
    assert row["achieved"] == 0.5  # 10 of 20 now
    assert row["shortfall"] == pytest.approx(0.9 * 200 - 170)
    assert row["best_reachable"] == pytest.approx(170 / 200)


def test_service_adds_up_what_customers_miss_each() -> None:
    """Customer a misses 0.9 x 110 - 0 - 10, b is far ahead; together they would miss less."""
    found = plan(behind(",a,100,0\n,b,100,100", stock=10))
    (row,) = found.service[found.service["measure"] == "unit_otif"].to_dict("records")
    assert row["shortfall"] == target(found) == pytest.approx(89)


def test_what_cannot_be_caught_up_is_missed_by_what_it_is() -> None:
    found = plan(behind(",a,100,0\n,b,100,99", stock=20))
    assert served(found) == {"a": 10, "b": 10}
    assert target(found) == pytest.approx(0.9 * 110 - 10)


def test_whoever_orders_nothing_now_is_not_looked_at() -> None:
    scenario = behind(",a,100,0")
    tables = dict(scenario.tables)
    tables["orders"] = tables["orders"].assign(customer="b")
    found = plan(Scenario(scenario.settings, tables))
    assert target(found) == pytest.approx(0.9 * 20 - 10)
