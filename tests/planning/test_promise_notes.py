"""All promises that are not kept on their days are told, by cause, with what becomes of them."""

from __future__ import annotations

import pytest

from models.scenario import Scenario
from optimizer import plan
from tests.planning.test_moved_promises import LANES, PROMISE, RECEIPT, slipped

ON_TIME = RECEIPT + "plant,pump,2026-11-23,3"


def noted(scenario: Scenario) -> list[str]:
    """List notes of the plan about promises, and about rules that exclude each other."""
    return [n for n in plan(scenario).notes if n.startswith(("Promises", "No plan keeps"))]


@pytest.mark.parametrize(
    ("tables", "cause", "outcome"),
    [
        (
            {"commitments": PROMISE + "C,1,,plant,standard,2026-11-20,3,true"},
            "that day is past",
            "Of these 3 arrive later",
        ),
        (
            {"sites": "site,open\nplant,false\ndepot,true"}
            | {"lanes": LANES + "depot,north,standard,1"}
            | {"receipts": RECEIPT + "depot,pump,2026-11-23,3"},
            "plant is not open",
            "Of these 3 still arrive in time another way",
        ),
        (
            {"commitments": PROMISE + "C,1,,plant,express,2026-11-23,3,true"},
            "no lane leads from plant to north by express any more",
            "Of these 3 arrive later",
        ),
        (
            {"receipts": RECEIPT + "plant,pump,2026-11-23,0"}
            | {"commitments": PROMISE + "C,1,,plant,standard,2026-11-22,3,true"},
            "that day is past",
            "Of these 3 are not delivered",
        ),
    ],
    ids=["past", "closed", "no lane", "past and nothing there"],
)
def test_a_promise_without_a_way_says_so_and_excludes_no_rule(
    tables: dict[str, str], cause: str, outcome: str
) -> None:
    said = noted(slipped(**({"receipts": ON_TIME} | tables)))
    head = "Promises of 1 line cannot be kept on their days, 3 units: C/1"
    assert said == [f"{head} ({cause}). {outcome}."]


def test_every_cause_is_named_and_counted() -> None:
    rows = "C,1,,plant,standard,2026-11-22,1,true\nG,1,,plant,standard,2026-11-23,2,true"
    said = noted(slipped(commitments=PROMISE + rows))
    assert said[0] == (
        "Promises of 2 lines cannot be kept on their days, 3 units: C/1 (that day is past); G/1 "
        "(stock or capacity does not suffice by then). Of these 3 arrive later."
    )
    assert len(said) == 2
    assert "order G line 1" in said[1]


def test_nothing_is_said_where_all_are_kept() -> None:
    assert noted(slipped(receipts=ON_TIME)) == []
