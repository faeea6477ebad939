"""The judge on fairness: shares and goals by hand, and every false statement found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from io import StringIO

import pandas as pd
import pytest

from models.judge import judge, recompute
from models.scenario import Scenario
from models.solution import FAIRNESS, SHIPMENTS, Solution
from tests.models.allocation.test_fairness import three
from tests.support.answers_as_text import answer, one_line

ROW = "{rank},{order},1,{item},LYON,standard,2026-11-23,2026-11-24,{units},true,0,1,0,value\n"


def shared(scenario: Scenario, claims: Mapping[str, float], **units: float) -> Solution:
    """Make an answer that ships pumps by order and claims what customers could get alone."""
    text = ",".join(SHIPMENTS) + "\n"
    ranked = sorted(units.items(), key=lambda row: (-row[1], row[0]))
    for rank, (order, amount) in enumerate(ranked):
        text += ROW.format(rank=rank + 1, order=order, item="pump", units=amount)
    shipments = pd.read_csv(StringIO(text), dtype={"line": "str"}).astype(SHIPMENTS)
    claimed = pd.DataFrame(
        {"segment": "gold", "customer": list(claims), "reachable": list(claims.values())}
    )
    delivered = recompute(scenario, shipments).lines.set_index("order")["status"]
    reasons = {f"{o}/1": "stock" for o, status in delivered.items() if status != "on_time"}
    return answer(scenario, shipments, reasons=reasons, reachable={}, fairness=claimed)


GOALS = ("value", "fairness")
SCENARIO = three("max_min", GOALS)
CLAIMS = {"a": 4.0, "b": 4.0, "c": 2.0}
GOOD = shared(SCENARIO, CLAIMS, A=3, B=2, C=1)


def test_a_good_answer_is_accepted() -> None:
    assert judge(SCENARIO, GOOD) == []
    assert GOOD.fairness["share"].tolist() == [0.75, 0.5, 0.5]
    assert GOOD.fairness.dtypes.astype(str).to_dict() == FAIRNESS


@pytest.mark.parametrize(
    ("way", "units", "value", "base"),
    [
        ("max_min", {"A": 3, "B": 2, "C": 1}, 0.5, 1),
        ("max_min", {"A": 4, "B": 2}, 1, 1),
        ("max_min", {"A": 3, "B": 3, "C": 0.5}, 0.75, 1),
        ("proportional", {"A": 3, "B": 2, "C": 1}, 0.4 + 0.2, 10),
        ("proportional", {"A": 4, "B": 2}, 0.4 + 1.2, 10),
        ("proportional", {}, 0, 10),
    ],
)
def test_fairness_is_counted(way: str, units: dict[str, float], value: float, base: float) -> None:
    scenario = three(way, GOALS)
    found = shared(scenario, CLAIMS, **units)
    figures = recompute(scenario, found.shipments, None, found.fairness)
    assert figures.goals["fairness:gold"] == pytest.approx(value)
    assert figures.bases["fairness:gold"] == base


def test_who_could_get_nothing_takes_no_part() -> None:
    lines = "order,line,item,quantity\nA,1,pump,4\nB,1,pump,4\nC,1,hose,2"
    scenario = three("max_min", GOALS, lines=lines)
    found = shared(scenario, CLAIMS | {"c": 0}, A=3, B=3)
    assert found.fairness["share"].isna().tolist() == [False, False, True]
    assert {goal.name: goal.value for goal in found.goals}["fairness:gold"] == 0.25
    assert judge(scenario, found) == []


def test_there_is_nothing_to_be_fair_about_with_one_customer() -> None:
    for way in ("max_min", "proportional"):
        scenario = three(way, GOALS)
        found = shared(scenario, {"a": 4, "b": 0, "c": 0}, A=3)
        assert {goal.name: goal.value for goal in found.goals}["fairness:gold"] == 0


def test_segments_that_do_not_ask_have_no_shares() -> None:
    scenario = one_line({"goals": ["value", "fairness"]})
    figures = recompute(scenario, GOOD.shipments.iloc[:0])
    assert list(figures.goals) == ["value"]
    assert figures.fairness.empty


def changed(row: int, column: str, value: str | float) -> Solution:
    frame = GOOD.fairness.copy()
    frame.loc[row, column] = value
    return replace(GOOD, fairness=frame)


@pytest.mark.parametrize("column", FAIRNESS)
def test_no_column_goes_unjudged(column: str) -> None:
    assert judge(SCENARIO, changed(0, column, "nonsense" if FAIRNESS[column] == "str" else 3.5))


@pytest.mark.parametrize(
    ("row", "column", "value", "said"),
    [
        (0, "share", 0.8, "fairness: segment gold, customer a: share is 0.8, must be 0.75"),
        (0, "ordered", 5.0, "customer a: ordered is 5, must be 4"),
        (1, "delivered", 3.0, "customer b: delivered is 3, must be 2"),
        (2, "reachable", 2.5, "customer c: reachable is 2.5, ordered 2"),
        (0, "reachable", 2.5, "customer a: reachable is 2.5, got 3"),
        (0, "reachable", -1.0, "customer a: reachable is -1, must not be negative"),
        (0, "reachable", float("nan"), "customer a: reachable is blank, must be a number"),
    ],
)
def test_false_figures_are_found(row: int, column: str, value: float, said: str) -> None:
    assert said in " ".join(judge(SCENARIO, changed(row, column, value)))


def test_a_missing_a_strange_and_an_unsorted_customer_are_found() -> None:
    rows = GOOD.fairness
    findings = judge(SCENARIO, replace(GOOD, fairness=rows.iloc[:2]))
    assert "fairness: segment gold, customer c is missing" in findings
    strange = rows.assign(customer=["a", "b", "x"]).astype(FAIRNESS)
    findings = judge(SCENARIO, replace(GOOD, fairness=strange))
    assert "fairness: there is no segment gold, customer x" in findings
    findings = judge(SCENARIO, replace(GOOD, fairness=rows.iloc[::-1]))
    assert "fairness: rows are repeated or not sorted by segment and customer" in findings


def test_a_false_goal_is_found() -> None:
    goals = tuple(
        replace(g, value=0.4, bound=0.4) if g.name == "fairness:gold" else g for g in GOOD.goals
    )
    findings = judge(SCENARIO, replace(GOOD, goals=goals))
    assert findings == ["goal fairness:gold: value is 0.4, the shipments make 0.5"]


SUPPLY = {
    "stock": ({"stock": "site,item,on_hand\nLYON,pump,3"}, 3),
    "closed sites": (
        {
            "sites": "site,open\nLYON,true\nOSLO,false",
            "stock": "site,item,on_hand\nLYON,pump,3\nOSLO,pump,9",
        },
        3,
    ),
    "receipts after the horizon": (
        {
            "stock": "site,item,on_hand\nLYON,pump,1",
            "receipts": "site,item,date,quantity\nLYON,pump,2026-11-27,2\nLYON,pump,2026-11-28,9",
        },
        3,
    ),
    "substitutes in ordered units": (
        {
            "stock": "site,item,on_hand\nLYON,pump,2\nLYON,hose,2",
            "substitutes": "item,substitute,ratio\npump,hose,2",
        },
        3,
    ),
    "substitutes of other segments": (
        {
            "stock": "site,item,on_hand\nLYON,pump,3\nLYON,hose,2",
            "substitutes": "item,substitute,segments\npump,hose,silver",
        },
        3,
    ),
}


@pytest.mark.parametrize("name", SUPPLY)
def test_nobody_could_get_more_than_the_supply(name: str) -> None:
    tables, most = SUPPLY[name]
    scenario = three("max_min", GOALS, **tables)
    fine = shared(scenario, {"a": most, "b": most, "c": 2}, A=1)
    assert [finding for finding in judge(scenario, fine) if "fairness" in finding] == []
    more = shared(scenario, {"a": most, "b": most + 0.5, "c": 2}, A=1)
    said = f"customer b: reachable is {most + 0.5}, supply allows {most}"
    assert said in " ".join(judge(scenario, more))
