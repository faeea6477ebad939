"""The figures of an answer, by numbers that were worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.judge import recompute
from models.judge.findings import text
from models.settings import Measure
from tests.support.answers_as_text import one_line, one_segment, shipments_of

# On time means shipped by the 24th. Order A: line 1 in full on time, line 2 in full but half of
# it late; B: half on time, half never; C: in full on time; D: nothing.
FOUR_ORDERS = {
    "orders": "order,customer,requested\n"
    + "\n".join(f"{order},ACME,2026-11-25" for order in "DBAC"),
    "lines": "order,line,item,quantity,unit_value\n"
    "D,1,pump,5,2\nB,1,pump,6,2\nA,2,pump,4,5\nA,1,pump,10,1\nC,1,pump,5,4",
    "lanes": "site,region,service,transit_days,cost_per_unit,kg_co2_per_unit\n"
    "LYON,north,standard,1,0.5,0.25",
}
SHIPPED = (
    "A/1 10 pump LYON standard 23, A/2 2 pump LYON standard 24, A/2 2 pump LYON standard 26,"
    "B/1 3 pump LYON standard 24, C/1 5 pump LYON standard 23"
)
ACHIEVED = {
    "unit_fill": 22 / 30,
    "unit_otif": 20 / 30,
    "value_fill": 56 / 72,
    "value_otif": 46 / 72,
    "line_fill": 3 / 5,
    "line_otif": 2 / 5,
    "order_fill": 2 / 4,
    "order_otif": 1 / 4,
}
MISSED = {  # to a level of 0.9
    "unit_fill": 5.0,
    "unit_otif": 7.0,
    "value_fill": 8.8,
    "value_otif": 18.8,
    "line_fill": 1.5,
    "line_otif": 2.5,
    "order_fill": 1.6,
    "order_otif": 2.6,
}


def test_all_measures_are_shares_of_what_was_ordered() -> None:
    service = recompute(one_line(None, **FOUR_ORDERS), shipments_of(SHIPPED)).service
    assert service["measure"].tolist() == [str(m) for m in Measure]
    *achieved, of_backlog = service["achieved"]
    assert achieved == pytest.approx(list(ACHIEVED.values()))
    assert np.isnan(of_backlog)  # nothing is overdue
    assert service[["target", "floor", "shortfall"]].isna().all(axis=None)


@pytest.mark.parametrize("measure", [measure for measure in Measure if not measure.backlog])
def test_a_missed_target_is_counted_in_base_units(measure: Measure) -> None:
    header = one_segment(target={"measure": str(measure), "level": 0.9}, floor=0.1)
    figures = recompute(one_line(header, **FOUR_ORDERS), shipments_of(SHIPPED))
    assert figures.goals["target:1"] == pytest.approx(MISSED[measure])
    assert figures.goals["floor:1"] == 0
    base = {"unit": 30, "value": 72, "line": 5, "order": 4}[measure.base]
    assert (figures.bases["target:1"], figures.bases["floor:1"]) == (base, base)
    own = figures.service[figures.service["target"].notna()]
    assert own[["measure", "target", "floor"]].to_numpy().tolist() == [[str(measure), 0.9, 0.1]]
    assert own["shortfall"].tolist() == pytest.approx([MISSED[measure]])


def test_lines_say_what_arrived_and_when() -> None:
    lines = recompute(one_line(None, **FOUR_ORDERS), shipments_of(SHIPPED)).lines
    assert (lines["order"] + lines["line"]).tolist() == ["A1", "A2", "B1", "C1", "D1"]
    assert lines["delivered"].tolist() == [10, 4, 3, 5, 0]
    assert lines["delivered_on_time"].tolist() == [10, 2, 3, 5, 0]
    assert lines["short"].tolist() == [0, 0, 3, 0, 5]
    assert lines["status"].tolist() == ["on_time", "late", "partial", "on_time", "short"]
    days = lines["last_arrival"].map(text).str[-2:].tolist()
    assert days == ["24", "27", "25", "24", "nk"]


def test_totals_and_value_count_lateness_and_cost() -> None:
    header = one_segment(value_kept_per_day_late=0.9) | {
        "services": {"standard": {"surcharge_per_unit": 0.1}}
    }
    figures = recompute(one_line(header, **FOUR_ORDERS), shipments_of(SHIPPED))
    worth = 10 + 10 + 2 * 5 * 0.9**2 + 6 + 20
    assert figures.totals == pytest.approx(
        {
            "lines": 5,
            "ordered_units": 30,
            "delivered_units": 22,
            "on_time_units": 20,
            "delivered_value": worth,
            "cost": 22 * 0.6,
            "kg_co2": 5.5,
            "not_due_lines": 0,
            "not_due_units": 0,
        }
    )
    assert figures.goals == pytest.approx({"commitments": 0, "value": worth - 22 * 0.6})
    assert figures.bases == pytest.approx({"commitments": 1, "value": worth})


THREE_SEGMENTS = {
    "segments": {
        "web": {"tier": 2, "services": ["standard"], "floor": 0.5},
        "core": {
            "tier": 2,
            "services": ["standard"],
            "target": {"measure": "unit_fill", "level": 1},
        },
        "gold": {
            "tier": 1,
            "services": ["standard"],
            "target": {"measure": "line_otif", "level": 1},
            "floor": 1,
        },
    },
    "goals": ["commitments", "floors", "fill", "targets", "value"],
}
CUSTOMERS = "customer,segment,region\nACME,core,north\nBOLT,web,north"
ORDERS = "order,customer,requested\nSO1,ACME,2026-11-25\nSO2,BOLT,2026-11-25"
LINES = "order,line,item,quantity\nSO1,1,pump,10\nSO2,1,pump,8"


def test_goals_go_by_family_then_tier_and_add_up_the_segments_of_a_tier() -> None:
    scenario = one_line(THREE_SEGMENTS, customers=CUSTOMERS, orders=ORDERS, lines=LINES)
    figures = recompute(
        scenario, shipments_of("SO1/1 4 pump LYON standard 26, SO2/1 1 pump LYON standard 23")
    )
    assert list(figures.goals.items()) == [
        ("commitments", 0),
        ("floor:1", 0),
        ("floor:2", 3),  # web: half of 8, 1 on time
        ("fill:1", 0),
        ("fill:2", 6 + 7),
        ("target:1", 0),
        ("target:2", 6),  # core: 4 of 10, late or not
        ("value", pytest.approx(4 * 0.95**2 + 1)),
    ]
    bases = {"floor:1": 1, "floor:2": 8, "fill:1": 1, "fill:2": 18, "target:1": 1, "target:2": 10}
    assert {goal: figures.bases[goal] for goal in bases} == bases


def test_targets_of_one_tier_are_added_up_without_setting_off() -> None:
    target = {"measure": "unit_otif", "level": 0.5}
    segments = {
        name: {"tier": 1, "services": ["standard"], "target": target} for name in ("core", "web")
    }
    scenario = one_line({"segments": segments}, customers=CUSTOMERS, orders=ORDERS, lines=LINES)
    figures = recompute(
        scenario, shipments_of("SO1/1 9 pump LYON standard 23, SO2/1 1 pump LYON standard 23")
    )
    assert figures.goals["target:1"] == 3
    assert figures.bases["target:1"] == 18


def test_a_segment_without_orders_is_blank_and_short_of_nothing() -> None:
    scenario = one_line(THREE_SEGMENTS, customers=CUSTOMERS, orders=ORDERS, lines=LINES)
    service = recompute(scenario, shipments_of("")).service.set_index(["segment", "measure"])
    gold = service.loc["gold"]
    assert gold["achieved"].isna().all()
    assert gold["shortfall"].dropna().to_dict() == {"line_otif": 0}
    promised = service.loc[service["floor"] == 0.5, ["achieved", "shortfall"]]
    assert promised.to_dict("index") == {("web", "unit_otif"): {"achieved": 0, "shortfall": 4}}
    assert list(dict.fromkeys(service.index.get_level_values("segment"))) == ["web", "core", "gold"]


def test_an_order_without_lines_counts_nowhere() -> None:
    orders = "order,customer,requested\nSO1,ACME,2026-11-25\nSO2,ACME,2026-11-25"
    figures = recompute(one_line(orders=orders), shipments_of("SO1/1 10 pump LYON standard 23"))
    assert figures.service["achieved"].dropna().tolist() == [1] * 8


def test_an_overdue_order_is_late_whatever_happens() -> None:
    scenario = one_line(orders="order,customer,requested\nSO1,ACME,2026-11-20")
    figures = recompute(scenario, shipments_of("SO1/1 10 pump LYON standard 23"))
    assert figures.lines["status"].tolist() == ["late"]
    assert figures.totals["on_time_units"] == 0
    assert figures.totals["delivered_value"] == 10  # nothing could have come before Tuesday
    later = recompute(scenario, shipments_of("SO1/1 10 pump LYON standard 25"))
    assert later.totals["delivered_value"] == pytest.approx(10 * 0.95**2)


def test_arriving_on_the_requested_day_is_on_time() -> None:
    on_the_day, day_after = (
        recompute(one_line(), shipments_of(f"SO1/1 10 pump LYON standard {day}"))
        for day in (24, 25)
    )
    assert on_the_day.lines["status"].tolist() == ["on_time"]
    assert day_after.lines["status"].tolist() == ["late"]


def test_worthless_lines_have_no_share_of_value() -> None:
    scenario = one_line(lines="order,line,item,quantity,unit_value\nSO1,1,pump,10,0")
    figures = recompute(scenario, shipments_of("SO1/1 10 pump LYON standard 23"))
    achieved = figures.service.set_index("measure")["achieved"]
    assert achieved[achieved.isna()].index.tolist() == ["value_fill", "value_otif", "backlog_fill"]
    assert figures.bases["value"] == 1


def test_a_gap_of_costs_alone_is_a_share_of_the_costs() -> None:
    scenario = one_line(
        lines="order,line,item,quantity,unit_value\nSO1,1,pump,10,0",
        lanes="site,region,service,transit_days,cost_per_unit\nLYON,north,standard,1,0.5",
    )
    figures = recompute(scenario, shipments_of("SO1/1 10 pump LYON standard 23"))
    assert (figures.goals["value"], figures.bases["value"]) == (-5, 5)


def test_goals_that_are_not_asked_for_are_not_measured() -> None:
    header = one_segment(target={"measure": "unit_otif", "level": 1}, floor=0.5)
    scenario = one_line(header | {"goals": ["value", "targets"]})
    assert list(recompute(scenario, shipments_of("")).goals) == ["value", "target:1"]


def test_the_order_of_shipments_and_of_source_rows_changes_no_figure() -> None:
    rows = ",".join(reversed(SHIPPED.split(",")))
    there, back = (
        recompute(one_line(None, **FOUR_ORDERS), shipments_of(text)) for text in (SHIPPED, rows)
    )
    pd.testing.assert_frame_equal(there.lines, back.lines)
    pd.testing.assert_frame_equal(there.service, back.service)
    assert there.totals == back.totals
