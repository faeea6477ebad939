"""An order of now against the plan of the morning: accept or decline, and what it displaces."""

from __future__ import annotations

import json
import time
from functools import cache
from pathlib import Path

import pytest

from models.errors import ScenarioError, UsageError
from optimizer import Quoter, plan, read_order
from optimizer.cli import main
from optimizer.quoting import OrderRequest
from tests.support.scenarios_as_text import make_scenario

SEGMENTS = {
    "gold": {"tier": 1, "services": ["standard"], "max_days_late": 1},
    "base": {"tier": 2, "services": ["standard"], "max_days_late": 1},
}
TABLES = {
    "customers": "customer,segment,region\na,gold,north\nb,base,north",
    "orders": "order,customer,requested\nx,a,2026-11-24",
    "lines": "order,line,item,quantity,unit_value\nx,1,pump,3,10",
    "lanes": "site,region,service,transit_days,cost_per_unit\nhub,north,standard,1,1",
    "stock": "site,item,on_hand\nhub,pump,10",
    "forecast": "segment,region,item,requested,quantity,unit_value\ngold,north,pump,2026-11-26,5,8",
}


@cache
def quoter(cap: float | None = None, **changes: str) -> Quoter:
    """Plan ten pumps: three are ordered, five expected for eight each, two free."""
    header: dict[str, object] = {"goals": ["commitments", "value"], "segments": SEGMENTS}
    if cap is not None:
        header["stages"] = {"crisis": {"supply_share_cap": cap}}
    scenario = make_scenario(header, **(TABLES | changes))
    return Quoter(scenario, plan(scenario).solution)


def request(quantity: float, value: float, requested: str = "2026-11-25") -> OrderRequest:
    line = {"item": "pump", "quantity": quantity, "unit_value": value}
    return OrderRequest.model_validate({"customer": "b", "requested": requested, "lines": [line]})


def test_free_units_go_to_whoever_pays_more_than_their_way_costs() -> None:
    (line,) = quoter().quote(request(2, 3)).lines
    assert (line.accept, line.available) == (True, 2)
    assert line.margin == pytest.approx(2 * 2)
    assert line.displaces == ()
    assert str(line.arrival) <= "2026-11-25"
    (line,) = quoter().quote(request(2, 1)).lines
    assert (line.accept, line.available) == (False, 0)


def test_beyond_them_an_order_has_to_pay_the_bid_price() -> None:
    full = quoter(stock="site,item,on_hand\nhub,pump,7")  # 3 ordered, 4 of 5 held at 7 each
    bid = full.solution.reserve["bid_price"].max()
    assert bid == pytest.approx(7)
    (line,) = full.quote(request(2, bid + 0.9)).lines  # costs 1 to ship
    assert (line.accept, line.available) == (False, 0)
    (line,) = full.quote(request(2, bid + 2)).lines
    assert line.accept
    assert line.margin == pytest.approx(2 * (bid + 2 - 1 - bid))
    assert sum(d.units for d in line.displaces) == pytest.approx(2)
    assert {(d.segment, str(d.requested)) for d in line.displaces} == {("gold", "2026-11-26")}


def test_what_is_planned_for_real_orders_is_never_taken() -> None:
    (line,) = quoter().quote(request(20, 1000)).lines
    assert (line.accept, line.available) == (False, 7)  # ten less three


def test_lines_of_one_order_do_not_take_the_same_units() -> None:
    lines = [{"item": "pump", "quantity": 2, "unit_value": 3}] * 2
    order = {"customer": "b", "requested": "2026-11-25", "lines": lines}
    first, second = quoter().quote(OrderRequest.model_validate(order)).lines
    assert (first.accept, second.accept) == (True, False)


def test_an_answer_changes_nothing_for_the_next_one() -> None:
    run = quoter()
    assert run.quote(request(7, 50)) == run.quote(request(7, 50))


def test_late_worth_and_capacity_count() -> None:
    (line,) = quoter().quote(request(2, 3, "2026-11-23")).lines  # a day late, as it must be
    assert line.margin == pytest.approx(2 * (3 - 1))
    later = TABLES["forecast"].replace("2026-11-26", "2026-11-27")
    tight = quoter(site_capacity="site,date,units\nhub,,4", forecast=later)
    (line,) = tight.quote(request(2, 3, "2026-11-24")).lines  # 4 a day, 3 of them taken today
    assert [way.units for way in line.ways] == [1, 1]
    assert len({way.ship_date for way in line.ways}) == 2
    assert line.margin == pytest.approx((3 - 1) + (3 * 0.95 - 1))  # the second a day late


def test_the_answer_is_there_within_a_second() -> None:
    run = quoter()
    began = time.process_time()
    run.quote(request(2, 3))
    assert time.process_time() - began < 1


def test_what_is_wrong_with_an_order_is_said(tmp_path: Path) -> None:
    path = tmp_path / "order.yaml"
    path.write_text("customer: b\nrequested: soon\nlines: [{item: pump, quantity: -1}]\n")
    with pytest.raises(ScenarioError) as caught:
        read_order(path)
    told = str(caught.value)
    assert "requested" in told
    assert "lines.0.quantity" in told
    assert "lines.0.unit_value" in told
    stranger, run = request(1, 1).model_copy(update={"customer": "z"}), quoter()
    with pytest.raises(ScenarioError, match="customer 'z' is unknown"):
        run.quote(stranger)
    path.write_text("{")
    with pytest.raises(ScenarioError, match="not YAML"):
        read_order(path)


def test_the_command_answers_from_a_run_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = make_scenario({"segments": SEGMENTS}, **TABLES)
    plan(scenario).write(tmp_path / "run")
    order = tmp_path / "order.json"
    line = {"item": "pump", "quantity": 2, "unit_value": 3}
    content = {"customer": "b", "requested": "2026-11-25", "lines": [line]}
    order.write_text(json.dumps(content), encoding="utf-8")
    capsys.readouterr()
    assert main(["price", str(order), "--run", str(tmp_path / "run"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["accept"] is True
    assert told["lines"][0]["ways"]
    assert main(["price", str(order), "--run", str(tmp_path / "run")]) == 0
    assert "accept 2 pump" in capsys.readouterr().out


def test_no_more_is_accepted_than_the_cap_of_a_stage_leaves() -> None:
    crisis = quoter(
        customers="customer,segment,region,stage,stage_since\n"
        "a,gold,north,,\nb,base,north,crisis,2026-11-20\nc,base,north,crisis,2026-11-20",
        orders=TABLES["orders"] + "\ny,c,2026-11-24",
        lines=TABLES["lines"] + "\ny,1,pump,2,10",
        cap=0.3,
    )
    (line,) = crisis.quote(request(1, 50)).lines
    assert (line.accept, line.available) == (True, 1)
    (line,) = crisis.quote(request(3, 50)).lines  # three of ten for all in crisis, two are used
    assert (line.accept, line.available) == (False, 1)


def test_runs_with_quotas_are_refused(tmp_path: Path) -> None:
    quotas = "segment,item,at_most\nbase,pump,3"
    plan(make_scenario({"segments": SEGMENTS}, **TABLES, quotas=quotas)).write(tmp_path / "run")
    with pytest.raises(UsageError, match="has quotas"):
        Quoter.of_run(tmp_path / "run")


@pytest.mark.parametrize(("segments", "accept"), [("", True), ("base", True), ("gold", False)])
def test_an_item_that_only_a_substitute_has_stock_of_is_answered(
    segments: str, accept: bool
) -> None:
    swaps = f"item,substitute,ratio,segments\nold,pump,1,{segments}"
    line = {"item": "old", "quantity": 2, "unit_value": 9}
    order = {"customer": "b", "requested": "2026-11-25", "lines": [line]}
    (answer,) = quoter(substitutes=swaps).quote(OrderRequest.model_validate(order)).lines
    assert (answer.accept, answer.available) == (accept, 2 if accept else 0)
