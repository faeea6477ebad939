"""The scenario crisis-recovery plans to what its page tells a planner."""

from __future__ import annotations

import pytest

from models.judge import judge
from optimizer import Plan, plan, read_scenario
from tests.product.test_scenarios_docs import markdown_rows
from tests.support.folders import ROOT

FOLDER = ROOT / "scenarios" / "crisis-recovery"
PAGE = (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def made() -> Plan:
    return plan(read_scenario(FOLDER))


def test_the_page_tells_the_moves_of_customers(made: Plan) -> None:
    rows = made.solution.stages.astype(str)
    columns = ("customer", "date", "from_stage", "to_stage", "reason")
    found = [tuple(row[name] for name in columns) for row in rows.to_dict("records")]
    assert found == [tuple(row.values()) for row in markdown_rows(PAGE, "customer")]


def test_the_page_tells_what_everybody_gets(made: Plan) -> None:
    assert judge(made.scenario, made.solution) == []
    told = {row["line"]: row for row in markdown_rows(PAGE, "line")}
    assert len(told) == len(made.lines)
    for line in made.lines.to_dict("records"):
        row = told[f"{line['order']}/{line['line']}"]
        assert row["customer"] == line["customer"]
        amounts = [f"{line[name]:g}" for name in ("ordered", "delivered", "delivered_on_time")]
        assert [row["ordered"], row["delivered"], row["on time"]] == amounts


def test_the_page_tells_of_contracts(made: Plan) -> None:
    contracts = made.solution.contracts.set_index("customer")
    assert made.notes[0].startswith("Tested first: the targets")
    assert contracts["met"]["brook"]
    assert contracts["shortfall"]["cedar"] == pytest.approx(14)
    assert contracts["met"]["fern"]
    assert contracts["shortfall"]["dune"] == pytest.approx(28)
    assert contracts["penalty"].sum() == 2 * 200
    other = plan(read_scenario(FOLDER, ["ledger.mode=max_min"])).solution.contracts
    even = other.set_index("customer")
    assert not even["met"][["dune", "fern"]].any()
    due = 0.8 * (even["ordered_before"] + even["ordered"])
    share = (even["served_before"] + even["served"]) / due
    assert share["dune"] == pytest.approx(share["fern"], abs=0.01)


def test_the_page_tells_what_is_offered_and_said(made: Plan) -> None:
    solution = made.solution
    offered = solution.remedies[solution.remedies["state"] == "offer"]
    assert set(offered["remedy"]) == {"credit"}
    assert "A1" not in set(offered["order"])
    express = solution.remedies[solution.remedies["remedy"] == "express"]
    assert set(express["order"]) == {"A1", "C1"}
    text = dict(zip(solution.notices["customer"], solution.notices["text"], strict=True))["elm"]
    assert " ".join(text.split()) in " ".join(PAGE.replace("\n>", " ").split())
    signal = solution.signals.iloc[0]
    assert (signal["customer"], signal["kind"], f"{signal['date']:%d}") == (
        "cedar",
        "on_time_delivery",
        "24",
    )
