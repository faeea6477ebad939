"""Dates of lines: asked for, promised before, and the new one; the judge works them out again."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from models.judge import judge
from models.solution import Solution
from optimizer import plan
from tests.support.answers_as_text import one_line

COMMITTED = (
    "order,line,item,site,service,ship_date,quantity\n"
    "SO1,1,pump,LYON,standard,2026-11-23,4\n"
    "SO1,1,pump,LYON,standard,2026-11-24,2"
)


def dates(found: Solution) -> list[str]:
    row = found.lines.iloc[0][["requested", "promised_before", "new_date"]]
    return ["" if pd.isna(date) else f"{date:%d}" for date in row]


def test_a_line_that_is_full_has_a_new_date_and_one_in_part_has_none() -> None:
    enough = one_line(stock="site,item,on_hand\nLYON,pump,10")
    part = one_line(stock="site,item,on_hand\nLYON,pump,6")
    full, short = plan(enough).solution, plan(part).solution
    requested = f"{enough['orders']['requested'].iloc[0]:%d}"
    arrival = f"{full.lines['last_arrival'].iloc[0]:%d}"
    assert dates(full) == [requested, "", arrival]
    assert dates(short) == [requested, "", ""]
    assert short.lines["last_arrival"].notna().all()


def test_promised_before_is_when_the_last_of_it_was_to_arrive() -> None:
    scenario = one_line(commitments=COMMITTED, stock="site,item,on_hand\nLYON,pump,10")
    transit = int(scenario["lanes"]["transit_days"].iloc[0])
    solution = plan(scenario).solution
    assert dates(solution)[1] == f"{24 + transit}"
    for name in ("requested", "promised_before", "new_date"):
        wrong = solution.lines.assign(**{name: pd.Timestamp("2026-11-20")})
        wrong = wrong.astype(solution.lines.dtypes.to_dict())
        assert any(name in text for text in judge(scenario, replace(solution, lines=wrong)))


def test_a_run_from_before_these_columns_is_judged_without_them() -> None:
    scenario = one_line(stock="site,item,on_hand\nLYON,pump,10")
    solution = plan(scenario).solution
    older = solution.lines.assign(requested=None, promised_before=None, new_date=None)
    older = older.astype(solution.lines.dtypes.to_dict())
    assert judge(scenario, replace(solution, lines=older)) == []
