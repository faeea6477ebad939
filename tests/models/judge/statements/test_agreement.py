"""A whole answer with everything a plan may hold: accepted, and every change to it found."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pandas as pd
import pytest

from models.judge import judge, recompute
from models.solution import SHIPMENTS, TRANSFERS, Solution
from tests.support.answers_as_text import answer
from tests.support.scenarios_as_text import make_scenario

SCENARIO = make_scenario(
    {
        "name": "all",
        "segments": {
            "gold": {
                "tier": 1,
                "services": ["standard"],
                "target": {"measure": "unit_otif", "level": 0.9},
                "min_confidence": 0.9,
            },
            "core": {"tier": 2, "services": ["standard"]},
        },
        "goals": ["commitments", "targets", "fill", "value", "stability"],
        "stability": {"max_changed_lines": 0, "max_worse_promises": 1},
        "solver": {"relative_gap": 0.001, "seconds": 60},
    },
    customers="customer,segment,region\nACME,gold,north\nBOLT,core,north",
    orders="""order,customer,requested,max_shipments
        SO1,ACME,2026-11-25,2
        SO2,BOLT,2026-11-25,
        SO3,BOLT,2026-11-25,
        SO4,ACME,2026-11-25,""",
    lines="""order,line,item,quantity,unit_value
        SO1,1,pump,10,5
        SO1,2,valve,4,2
        SO2,1,pump,8,4
        SO2,2,pump,6,4
        SO3,1,valve,5,3
        SO4,1,pump,3,5""",
    lanes="""site,region,service,transit_days,cost_per_unit,cost_per_shipment
        LYON,north,standard,1,0.5,3
        OSLO,north,standard,2,0.4,0""",
    stock="site,item,on_hand\nLYON,pump,6\nLYON,valve,4\nOSLO,pump,9\nLYON,motor,8",
    receipts="site,item,date,quantity,confidence\nLYON,pump,2026-11-24,6,0.5",
    items="item,pack\nmotor,4",
    substitutes="item,substitute,ratio,penalty_per_unit\nvalve,motor,2,0.1",
    transfers="from_site,to_site,transit_days,cost_per_unit,units_per_day\nOSLO,LYON,1,0.25,5",
    quotas="segment,item,at_most,protected\ncore,pump,12,\ngold,pump,,4",
    commitments="""order,line,site,service,ship_date,quantity,frozen
        SO1,1,LYON,standard,2026-11-23,6,true
        SO3,1,LYON,standard,2026-11-24,1,false
        SO2,1,LYON,standard,2026-11-24,6,true""",
    overrides="""order,line,action,value
        SO2,2,hold,
        SO2,1,quantity,6
        SO3,,tier,1
        SO4,,hold,""",
)
SHIPPED = (
    ",".join(SHIPMENTS)
    + """
1,SO1,1,pump,LYON,standard,2026-11-23,2026-11-24,6,true,0,1,3,commitment
2,SO1,1,pump,LYON,standard,2026-11-24,2026-11-25,4,true,0,1,2,target
3,SO3,1,motor,LYON,standard,2026-11-24,2026-11-25,8,true,0,1,4.8,fill
4,SO1,2,valve,LYON,standard,2026-11-24,2026-11-25,4,true,0,1,2,target
5,SO2,1,pump,LYON,standard,2026-11-24,2026-11-25,6,true,0,2,3,commitment"""
)
MOVED = ",".join(TRANSFERS) + "\nOSLO,LYON,pump,2026-11-23,2026-11-24,4"
REASONS = {"SO2/1": "hold", "SO2/2": "hold", "SO3/1": "pack", "SO4/1": "hold"}


def good() -> Solution:
    shipments = pd.read_csv(StringIO(SHIPPED), dtype={"line": "str"}).astype(SHIPMENTS)
    transfers = pd.read_csv(StringIO(MOVED)).astype(TRANSFERS)
    reachable = {("gold", "unit_otif"): 0.9}
    return answer(SCENARIO, shipments, reasons=REASONS, reachable=reachable, transfers=transfers)


GOOD = good()


def test_a_good_answer_is_accepted() -> None:
    assert judge(SCENARIO, GOOD) == []
    assert {goal.name: goal.value for goal in GOOD.goals} == pytest.approx(
        {
            "commitments": 1,  # one changed line too many
            "target:1": 0.9 * 17 - 14,
            "fill:1": 3 + 1,
            "fill:2": 8,
            "value": 50 + 8 + 24 + 12 - (14.8 + 1 + 4 * 3),
            "stability": 1,
        }
    )
    assert GOOD.lines["status"].tolist() == [
        "on_time", "on_time", "partial", "held", "partial", "held"
    ]  # fmt: skip


def with_cell(table: str, row: int, column: str, value: object) -> Solution:
    frame = getattr(GOOD, table).copy()
    frame.loc[row, column] = value
    return replace(GOOD, **{table: frame})


@pytest.mark.parametrize("column", TRANSFERS)
def test_no_column_of_transfers_goes_unjudged(column: str) -> None:
    new = {"str": "nonsense", "datetime64[s]": pd.Timestamp("2026-11-22"), "float64": 3.0}
    assert judge(SCENARIO, with_cell("transfers", 0, column, new[TRANSFERS[column]]))


def test_transfers_are_needed_and_paid() -> None:
    without = replace(GOOD, transfers=GOOD.transfers.iloc[:0])
    findings = " ".join(judge(SCENARIO, without))
    assert "exceed stock and receipts by 4" in findings
    assert "totals: cost is 27.8, the shipments make 26.8" in findings
    more = GOOD.transfers.assign(quantity=5.0)
    assert any("cost" in finding for finding in judge(SCENARIO, replace(GOOD, transfers=more)))


def test_transfers_are_sorted() -> None:
    rows = pd.concat([GOOD.transfers, GOOD.transfers.assign(quantity=1.0)], ignore_index=True)
    days = [pd.Timestamp("2026-11-23"), pd.Timestamp("2026-11-25")]
    rows = rows.assign(ship_date=days, arrival_date=[d + pd.Timedelta(days=1) for d in days])
    rows = rows.astype(TRANSFERS)
    fine, wrong = rows, rows.iloc[::-1].reset_index(drop=True)
    sentence = "transfers: rows are not sorted by from_site, to_site, item, ship_date, "
    for transfers, unsorted in ((fine, False), (wrong, True)):
        findings = judge(SCENARIO, replace(GOOD, transfers=transfers))
        assert any(sentence in finding for finding in findings) == unsorted


@pytest.mark.parametrize(
    ("row", "reason", "fits"),
    [
        (0, "commitment", True),
        (0, "target", True),  # a frozen row serves the target as well
        (0, "value", True),
        (0, "floor", False),
        (4, "target", False),
        (1, "commitment", False),  # nothing of it is frozen
    ],
)
def test_only_frozen_rows_keep_commitments(row: int, reason: str, *, fits: bool) -> None:
    findings = judge(SCENARIO, with_cell("shipments", row, "reason", reason))
    assert [f"its reason cannot be {reason}" in finding for finding in findings] == [True] * (
        not fits
    )


@pytest.mark.parametrize(
    ("row", "reason", "words"),
    [
        (2, "quota", ""),  # capped by hand, and short for another reason
        (3, "stock", "order SO2 line 2 is held; its reason cannot be stock"),
        (4, "hold", "order SO3 line 1 is neither held nor capped; its reason cannot be hold"),
        (5, "", "order SO4 line 1 is held; its reason cannot be blank"),
    ],
)
def test_hold_is_the_reason_of_held_lines(row: int, reason: str, words: str) -> None:
    told = with_cell("lines", row, "reason", reason)
    line = told.lines.iloc[row]
    mine = (told.shortages["order"] == line["order"]) & (told.shortages["line"] == line["line"])
    parts = told.shortages.assign(reason=told.shortages["reason"].mask(mine, reason))
    findings = judge(SCENARIO, replace(told, shortages=parts))
    assert any(words in finding for finding in findings) == bool(words)


@pytest.mark.parametrize(("row", "status"), [(3, "short"), (2, "held"), (0, "held")])
def test_held_is_the_status_of_held_lines_that_get_nothing(row: int, status: str) -> None:
    findings = judge(SCENARIO, with_cell("lines", row, "status", status))
    assert any(f"status is {status}" in finding for finding in findings)


def test_figures_need_the_transfers_of_the_plan() -> None:
    with_moves = recompute(SCENARIO, GOOD.shipments, GOOD.transfers)
    assert with_moves.totals == GOOD.totals
    assert recompute(SCENARIO, GOOD.shipments).totals["cost"] == GOOD.totals["cost"] - 1
