"""Notices: who is told of which date, and that nobody is told what the plan does not say."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pandas as pd
import pytest

from models.judge import judge
from models.scenario import Scenario
from models.settings import Policy
from models.solution import Solution
from optimizer import plan
from optimizer.policies import allocate
from tests.support.answers_as_text import one_line, one_segment
from tests.support.relationship_scenarios import relationship_scenario
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
        (
            {"what": "4 of 5 pump"},
            "notices: order A: what is 4 of 5 pump, the shipments make 5 of 5",
        ),
        ({"what": "5 of 5 tap"}, "notices: order A: what is 5 of 5 tap"),
        ({"offer": "5 of 5 on 26 November"}, "notices: order A: offer is 5 of 5 on 26 November"),
        ({"know_by": "2026-11-28"}, "notices: order A: know_by is 2026-11-28"),
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


def told(solution: Solution) -> dict[str, tuple[str, str, str]]:
    """Give what is missing, what comes and the day by which more is known, by order."""
    table = solution.notices
    news = table["know_by"].dt.strftime("%Y-%m-%d").fillna("")
    rows = zip(table["what"], table["offer"], news, strict=True)
    return dict(zip(table["order"], rows, strict=True))


def test_each_order_is_told_its_own_numbers() -> None:
    assert told(plan(one_line(None, **THREE)).solution) == {
        "A": ("5 of 5 pump", "5 of 5 on 25 November", ""),
        "B": ("4 of 4 pump", "4 of 4 on 26 November", ""),
        "C": ("3 of 3 pump", "", "2026-11-27"),
    }


def test_parts_of_several_lines_are_told_by_item_and_day() -> None:
    scenario = one_line(
        {"goals": ["fill"]},
        lines="order,line,item,quantity\nSO1,1,pump,2000\nSO1,2,valve,3\nSO1,3,seal,1",
        stock="site,item,on_hand\nLYON,pump,500\nLYON,seal,1",
        receipts="site,item,date,quantity\nLYON,pump,2026-11-26,1000",
    )
    assert told(plan(scenario).solution) == {
        "SO1": (
            "1,500 of 2,000 pump; 3 of 3 valve",
            "pump: 500 of 2,000 on 24 November, 1,000 of 2,000 on 27 November",
            "2026-11-27",
        )
    }


def test_orders_and_items_are_called_as_the_customer_calls_them() -> None:
    scenario = one_line(
        customers="customer,segment,region,language\nACME,gold,north,de",
        orders="order,customer,requested,reference\nSO1,ACME,2026-11-25,PO 4711",
        items="item,text\npump,Pumpe DN 40",
        lines="order,line,item,quantity\nSO1,1,pump,5000",
        stock="site,item,on_hand\nLYON,pump,1500",
    )
    (row,) = plan(scenario).solution.notices.to_dict("records")
    assert row["reference"] == "PO 4711"
    assert row["what"] == "3,500 of 5,000 Pumpe DN 40 (pump)"
    assert row["offer"] == "1,500 of 5,000 on 24 November"
    assert (
        row["text"]
        == """Guten Tag,

leider wird Ihr Auftrag SO1 (Ihre Referenz PO 4711), den Sie zum 25. November 2026 gewünscht \
haben, bis dahin nicht vollständig bei Ihnen sein.
Wir können nicht alles rechtzeitig bereitstellen.

Verspätet oder offen:
- 3.500 von 5.000 Pumpe DN 40 (pump)

Sie erhalten:
- 1.500 von 5.000 Pumpe DN 40 (pump) am 24. November 2026

Für das, was noch offen ist, haben wir noch keinen Termin. Bis zum 27. November 2026 sagen wir \
Ihnen mehr.

Mit freundlichen Grüßen
Ihr Kundenservice"""
    )


@pytest.mark.parametrize(
    ("receipts", "news"),
    [
        ("", "27"),
        ("\nLYON,pump,2026-11-29,5,1\nLYON,pump,2026-11-30,5,1", "29"),
        ("\nLYON,pump,2026-11-25,5,0.5\nLYON,pump,2026-11-29,5,1", "25"),
        ("\nLYON,valve,2026-11-29,5,1", "27"),
        ("\nOSLO,pump,2026-11-29,5,1", "27"),
        ("\nBONN,pump,2026-11-29,5,1", "27"),
        ("\nLYON,pump,2026-11-20,5,1", "27"),
    ],
    ids=["none", "later", "uncertain", "another item", "no lane", "closed", "overdue"],
)
def test_the_day_of_more_news_is_that_of_the_next_supply(receipts: str, news: str) -> None:
    """Without any, it is the last ship day."""
    scenario = one_line(
        one_segment(min_confidence=0.9),
        sites="site,open\nLYON,true\nOSLO,true\nBONN,false",
        lanes="site,region,service,transit_days\nLYON,north,standard,1\nBONN,north,standard,1",
        stock="site,item,on_hand\nLYON,pump,6",
        receipts="site,item,date,quantity,confidence" + receipts,
    )
    found = plan(scenario).solution
    assert judge(scenario, found) == []
    assert told(found) == {"SO1": ("4 of 10 pump", "6 of 10 on 24 November", f"2026-11-{news}")}


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
