"""Who would pay: the least that competitors lose, against the independent second statement."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from models.goals import GoalKind, kind_of
from models.scenario import Scenario
from models.solution import AS_ASKED, Solution
from optimizer import plan
from optimizer.explaining import Explanation, LineExplainer
from optimizer.explaining.competitors import competitors
from optimizer.explaining.explanation_record import as_record
from optimizer.explaining.line_question import LineQuestion
from optimizer.explaining.relaxations import without_hold
from optimizer.scenario.table_edits import with_table
from tests.explaining.test_explainer import POLICIES, book
from tests.independent.payer_check import least_losses, rivals
from tests.support.mixed_scenarios import mixed_scenario
from tests.support.relationship_scenarios import relationship_scenario
from tests.support.seeds import seeds

COUNTED_APART = (GoalKind.COMMITMENTS, GoalKind.STABILITY)


def all_sure(scenario: Scenario) -> Scenario:
    """Make all receipts certain: the second statement knows no others."""
    return with_table(scenario, "receipts", scenario["receipts"].assign(confidence=1.0))


def check(scenario: Scenario, solution: Solution, told: Explanation) -> bool:
    """Compare what is told with the second statement; whether anything is told."""
    if told.payable is None:
        return False
    order, line = told.line["order"], told.line["line"]
    asked = without_hold(order, line)(scenario) if told.held else scenario
    question = LineQuestion(asked, solution.shipments, solution.lines, order, line)
    found = competitors(question.model().problem, solution.shipments, order)
    assert set(found) == rivals(asked, solution.shipments, order)
    assert told.dates is not None
    ever = told.dates.out_of_reach and told.line["short"] > 0
    goals = [goal for goal in solution.goals if kind_of(goal.name) not in COUNTED_APART]
    now = {goal.name: goal.value for goal in goals}
    least = least_losses(
        asked, solution.shipments, solution.lines, now, [order, *found], line, ever=ever
    )
    assert (least is not None) == told.payable
    if least is None or told.payment is None:
        return True
    assert told.payment.proved
    told_goals = told.payment.goals.set_index("goal")
    change = (told_goals["after"] - told_goals["before"]).to_dict()
    for name, value in least.items():
        if kind_of(name) not in COUNTED_APART:
            lost = max(0.0, change.get(name, 0.0) * (-1 if name == GoalKind.VALUE else 1))
            assert lost == pytest.approx(value, abs=2e-4, rel=1e-6), name
    assert len(told.payment.losers) <= least["stability"]
    return True


def lines_with_payers(scenario: Scenario, policy: str) -> int:
    """Compare what is told of every line that is not on time; of how many it names payers."""
    solution = plan(scenario, policy).solution
    late = solution.lines[~solution.lines["status"].isin(AS_ASKED)]
    count = 0
    with LineExplainer(scenario, solution) as explainer:
        for order, line in late[["order", "line"]].itertuples(index=False, name=None):
            told = explainer.explain(order, line)
            if check(scenario, solution, told) and told.payment is not None:
                count += len(told.payment.losers) > 0
    return count


@pytest.mark.parametrize("seed", seeds(2, 120))
@pytest.mark.parametrize("draw", [mixed_scenario, relationship_scenario])
def test_nobody_pays_more_than_needed(draw: Callable[[int], Scenario], seed: int) -> None:
    lines_with_payers(all_sure(draw(seed)), POLICIES[seed % 2])


@pytest.mark.parametrize(("draw", "seed"), [(mixed_scenario, 35), (relationship_scenario, 38)])
def test_books_in_which_somebody_pays(draw: Callable[[int], Scenario], seed: int) -> None:
    assert lines_with_payers(all_sure(draw(seed)), POLICIES[seed % 2])


def asked_twice(scenario: Scenario, order: str) -> Explanation:
    """Explain a line twice, by two explainers: the same is told."""
    solution = plan(scenario).solution
    told = []
    for _ in range(2):
        with LineExplainer(scenario, solution) as explainer:
            told.append(explainer.explain(order, "1"))
    first, second = told
    assert as_record(first) == as_record(second)
    return first


def test_the_least_is_told_beside_the_simplest_swap() -> None:
    """O2 has two units and O1 six; it costs the better tier less where the lower one gives, too."""
    told = asked_twice(book(), "O3")
    payment = told.payment
    assert payment is not None
    assert payment.proved
    assert payment.losers[["order", "units"]].to_numpy().tolist() == [["O1", 2.0], ["O2", 2.0]]
    assert payment.swap is not None
    assert payment.swap.losers[["order", "units"]].to_numpy().tolist() == [["O1", 4.0]]
    assert "The simplest swap: O1 alone gives way:" in repr(told)


def test_who_shares_nothing_with_it_does_not_pay() -> None:
    """A hose of a worse tier from the same site, with room at the dock, is nobody's pump."""
    scenario = book(
        orders="order,customer,requested\nO1,G,2026-11-25\nO2,B,2026-11-25\nO3,B,2026-11-25\n"
        "O4,B,2026-11-25",
        lines="order,line,item,quantity,unit_value\nO1,1,pump,6,2\nO2,1,pump,5,5\nO3,1,pump,4,3\n"
        "O4,1,hose,9,1",
        stock="site,item,on_hand\nhub,pump,8\nhub,hose,9",
    )
    told = asked_twice(scenario, "O3")
    assert told.payment is not None
    assert "O4" not in set(told.payment.losers["order"])


def test_lines_of_a_ship_complete_order_have_one_answer() -> None:
    scenario = book(
        orders="order,customer,requested,ship_complete\nO1,G,2026-11-25,\nO2,B,2026-11-25,\n"
        "O3,B,2026-11-25,true",
        lines="order,line,item,quantity,unit_value\nO1,1,pump,6,2\nO2,1,pump,2,5\nO3,1,pump,4,3\n"
        "O3,2,hose,3,1",
        stock="site,item,on_hand\nhub,pump,8\nhub,hose,3",
    )
    solution = plan(scenario).solution
    with LineExplainer(scenario, solution) as explainer:
        told = [as_record(explainer.explain("O3", line)) for line in ("1", "2")]
    assert told[0]["payment"] == told[1]["payment"]
    assert told[0]["payment"]["losers"]
    assert told[0]["simplest_swap"] == told[1]["simplest_swap"]
