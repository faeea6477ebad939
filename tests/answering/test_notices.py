"""Notices: who is told of which date, and that nobody is told what the plan does not say."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import pandas as pd
import pytest

from models.judge import judge
from models.reasons import Reason
from models.scenario import Scenario
from models.settings import Policy
from models.solution import Solution
from optimizer import plan
from optimizer.answering.notices import OFFERED
from optimizer.policies import allocate
from tests.support.answers_as_text import one_line
from tests.support.relationship_scenarios import relationship_scenario
from tests.support.seeds import seeds
from tests.support.solverless_plans import prepared, rule_outcome

THREE = {
    "orders": "order,customer,requested\nA,ACME,2026-11-22\nB,ACME,2026-11-23\nC,ACME,2026-11-24",
    "lines": "order,line,item,quantity\nA,1,pump,5\nB,1,pump,4\nC,1,pump,3",
    "stock": "site,item,on_hand",
    "receipts": "site,item,date,quantity\nLYON,pump,2026-11-24,5\nLYON,pump,2026-11-25,4",
}
"""Three orders of one customer: one late by a day, one by two, one without a date."""
PROMISE = "order,line,site,service,ship_date,quantity,frozen\n"


@cache
def answer(scenario: Scenario, policy: Policy = Policy.FCFS) -> Solution:
    """Plan by a rule, judged."""
    found = rule_outcome(scenario, allocate(prepared(scenario), policy), policy=policy)
    assert [t for t in judge(scenario, found) if t.startswith("notices")] == []
    return found


def dates(solution: Solution) -> dict[str, tuple[str, str, str]]:
    """Kind, date that is not kept and new date by order."""
    table = solution.notices
    days = table[["promised", "new_date"]].apply(lambda day: day.dt.strftime("%d").fillna(""))
    told = zip(table["kind"], days["promised"], days["new_date"], strict=True)
    return dict(zip(table["order"], told, strict=True))


def test_each_order_is_told_its_own_date() -> None:
    found = plan(one_line(None, **THREE)).solution
    assert dates(found) == {
        "A": ("missed", "22", "25"),
        "B": ("missed", "23", "26"),
        "C": ("missed", "24", ""),
    }
    assert (found.notices["customer"] == "ACME").all()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"new_date": "2026-11-25"}, "notices: order B: new_date is 2026-11-25"),
        ({"promised": "2026-11-21"}, "notices: order A: promised is 2026-11-21"),
        ({"kind": "moved"}, "notices: order A: kind is moved"),
        ({"orders": "A, B"}, "notices: order A is told of A, B"),
        ({"order": "C"}, "notices: orders are repeated"),
    ],
)
def test_the_judge_works_each_notice_out_again(change: dict[str, str], says: str) -> None:
    scenario = one_line(None, **THREE)
    found = plan(scenario).solution
    table = found.notices.assign(**change).astype(found.notices.dtypes)
    assert any(text.startswith(says) for text in judge(scenario, replace(found, notices=table)))


def test_who_is_not_told_and_who_is_told_for_nothing_is_found() -> None:
    scenario = one_line(None, **THREE)
    found = plan(scenario).solution
    for rows in (found.notices.iloc[:0], found.notices.iloc[1:]):
        silent = replace(found, notices=rows)
        assert any("order A is not told" in text for text in judge(scenario, silent))
    fine = one_line()
    kept = plan(fine).solution
    assert kept.notices.empty
    alarm = pd.concat([kept.notices, found.notices.iloc[:1].assign(order="SO1", orders="SO1")])
    said = judge(fine, replace(kept, notices=alarm.astype(found.notices.dtypes)))
    assert said == ["notices: order SO1 keeps all its dates and is told otherwise"]


def test_notices_of_an_older_run_tell_each_customer_once() -> None:
    scenario = one_line(None, **THREE)
    found = plan(scenario).solution
    older = found.notices.iloc[:1].assign(order="", orders="A, B, C", new_date=None)
    assert judge(scenario, replace(found, notices=older.astype(found.notices.dtypes))) == []


def test_units_beyond_a_promise_that_is_kept_do_not_break_it() -> None:
    """Four were promised for the 24th and come; that six more come later breaks no promise."""
    scenario = one_line(
        stock="site,item,on_hand\nLYON,pump,4",
        receipts="site,item,date,quantity\nLYON,pump,2026-11-25,6",
        commitments=PROMISE + "SO1,1,LYON,standard,2026-11-23,4,false",
    )
    assert dates(plan(scenario).solution) == {"SO1": ("missed", "25", "26")}


def test_the_first_promise_that_breaks_is_named_before_the_date_asked_for() -> None:
    """Asked for on the 25th, promised in parts for the 24th and 26th; four come on the 27th."""
    scenario = one_line(
        stock="site,item,on_hand\nLYON,pump,6",
        receipts="site,item,date,quantity\nLYON,pump,2026-11-26,4",
        commitments=PROMISE
        + "SO1,1,LYON,standard,2026-11-23,6,false\nSO1,1,LYON,standard,2026-11-25,4,false",
    )
    assert dates(plan(scenario).solution) == {"SO1": ("missed", "26", "27")}


@pytest.mark.parametrize("seed", seeds(6, 24))
def test_no_notice_says_anything_but_the_customers_own_orders_and_dates(seed: int) -> None:
    """Every text is put together from fixed sentences, own orders and dates: nothing can leak."""
    scenario = relationship_scenario(seed)
    found = answer(scenario)
    owner = dict(zip(scenario["orders"]["order"], scenario["orders"]["customer"], strict=True))
    sentences = [
        *{reason.notice for reason in Reason},
        "We will tell you a new date as soon as we have one.",
    ]
    sentences += [f"We can offer you {words}." for words in OFFERED.values()]
    for row in found.notices.itertuples(index=False):
        text = str(row.text)
        for sentence in sentences:
            text = text.replace(sentence, "")
        text = re.sub(r"\d{4}-\d\d-\d\d", "", text)
        for order in str(row.orders).split(", "):
            assert owner[order] == row.customer
            text = text.replace(order, "", 1)
        words = {
            "Your",
            "order",
            "orders",
            "will",
            "not",
            "be",
            "there",
            "in",
            "full",
            "by",
            "We",
            "now",
            "deliver",
            *("What", "we", "promised", "you", "of", "your", "all"),
        }
        assert set(re.findall(r"\w+", text)) <= words, text


def test_one_notice_for_each_order_that_misses_something() -> None:
    for seed in range(8):
        found = answer(relationship_scenario(seed))
        late = found.lines[found.lines["status"] != "on_time"]
        missed = found.notices[found.notices["kind"] == "missed"]
        assert sorted(set(late["customer"])) == sorted(set(missed["customer"]))
        assert sorted(set(late["order"])) == sorted(missed["order"])


def test_a_promise_of_yesterday_that_moves_is_told() -> None:
    """Yesterday the units were to come on the 24th; now the site is closed until then."""
    scenario = one_line(
        commitments="order,line,site,service,ship_date,quantity,frozen\n"
        "SO1,1,LYON,standard,2026-11-23,10,false",
        calendars="of,id,closed\nsite,LYON,2026-11-23",
    )
    (row,) = plan(scenario).solution.notices.to_dict("records")
    assert (row["kind"], f"{row['promised']:%d}", f"{row['new_date']:%d}") == ("moved", "24", "25")
