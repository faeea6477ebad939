"""One agreed view of customers: rules that make it, functions that see it otherwise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.scenario import Scenario
from optimizer import read_scenario
from optimizer.benching.peak_week import generate
from optimizer.cli import main
from optimizer.scenario.scenario_writer import write_scenario
from optimizer.studies.segment_audit import (
    AGREED,
    SegmentAudit,
    audit_segments,
    contradictions,
    views_of,
)
from tests.support.answers_as_text import one_line
from tests.support.scenario_folders import BASE, HEADER, as_csv, the_fault, write_folder
from tests.support.scenarios_as_text import make_scenario

CUSTOMERS = "customer,segment,region,value\na,core,north,100\nb,core,south,900\nc,core,north,50"
CORE = {"tier": 2, "services": ["standard"], "target": {"measure": "unit_otif", "level": 1}}


def scenario(views: str = "", **header: Any) -> Scenario:
    """Three customers want 5 pumps each, there are 5; gold comes before core."""
    segments = {"gold": CORE | {"tier": 1}, "core": CORE}
    orders = "\n".join(f"{name.upper()},{name},2026-11-25" for name in "abc")
    lines = "\n".join(
        f"{name},1,pump,5,{price}" for name, price in zip("ABC", (30, 20, 10), strict=True)
    )
    tables = {"segment_views": f"customer,function,segment,value\n{views}"} if views else {}
    return make_scenario(
        {"segments": segments} | header,
        customers=CUSTOMERS,
        orders=f"order,customer,requested\n{orders}",
        lines=f"order,line,item,quantity,unit_value\n{lines}",
        lanes="site,region,service,transit_days\nLYON,north,standard,1\nLYON,south,standard,1",
        stock="site,item,on_hand\nLYON,pump,5",
        **tables,
    )


def rows(frame: Any) -> list[tuple[Any, ...]]:
    return list(frame.itertuples(index=False, name=None))


SALES = "b,sales,gold,\nc,care,core,70"


def test_who_is_seen_otherwise_and_by_whom_is_found() -> None:
    found = audit_segments(scenario(SALES))
    assert rows(found.coverage) == [(AGREED, 3, 0), ("care", 1, 2), ("sales", 1, 2)]
    assert rows(found.contradictions) == [
        ("b", "segment", "core", "", "gold"),
        ("c", "value", 50.0, 70.0, ""),
    ]


def test_orders_whose_fate_the_view_decides_are_told_with_what_it_costs() -> None:
    """Agreed, the pumps go where they are worth most; sales would have b first."""
    found = audit_segments(scenario(SALES))
    assert rows(found.fates) == [("A", "sales", 0, 5, 0, 5), ("B", "sales", 5, 0, 5, 0)]
    regret = {row[:2]: row[2:] for row in rows(found.regret)}
    assert regret["sales", AGREED] == ("value", 50.0, 50.0)  # 5 x (30 - 20)
    assert regret[AGREED, "sales"] == ("target:1", 5.0, -50.0)
    assert all(regret[name, name] == ("", 0.0, 0.0) for name in (AGREED, "care", "sales"))


def test_views_that_agree_decide_nothing() -> None:
    found = audit_segments(scenario("a,sales,core,100\nb,care,core,"))
    assert found.contradictions.empty
    assert found.fates.empty
    assert not found.regret["goal"].any()


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([{"segment": "gold", "value_at_least": 100}], ["gold", "gold", "core"]),
        ([{"segment": "gold", "regions": ["north"]}], ["gold", "core", "gold"]),
        (
            [{"segment": "gold", "regions": ["north"], "value_at_least": 60}],
            ["gold", "core", "core"],
        ),
        ([{"segment": "gold", "ordered_value_at_least": 100}], ["gold", "gold", "core"]),
        ([{"segment": "gold", "orders_at_least": 2}], ["core", "core", "core"]),
        (
            [{"segment": "gold", "stages": ["crisis"]}, {"segment": "core"}],
            ["core", "core", "core"],
        ),
        (
            [{"segment": "core", "value_at_least": 500}, {"segment": "gold"}],
            ["gold", "core", "gold"],
        ),
    ],
)
def test_the_first_rule_that_holds_decides_the_segment(
    rules: list[dict[str, Any]], expected: list[str], tmp_path: Path
) -> None:
    write_scenario(scenario(segment_rules=rules), tmp_path / "made", "csv")
    read = read_scenario(tmp_path / "made")
    assert read["customers"]["segment"].tolist() == expected
    write_scenario(read, tmp_path / "again", "csv")
    assert read_scenario(tmp_path / "again")["customers"]["segment"].tolist() == expected


def test_rules_are_counted_with_whom_none_decides() -> None:
    rules = [{"segment": "gold", "value_at_least": 500}, {"segment": "gold", "regions": ["south"]}]
    found = audit_segments(scenario(segment_rules=rules))
    assert rows(found.rules) == [(1, "gold", 1), (2, "gold", 0), (0, "", 2)]


@pytest.mark.parametrize("seed", range(5))
def test_every_planted_contradiction_is_found(seed: int) -> None:
    """Functions see customers as agreed, but for some that the dice choose."""
    book, dice = generate(200, seed=seed), np.random.default_rng(seed)
    customers = book["customers"]
    names = list(book.settings.segments)
    view = customers.loc[dice.random(len(customers)) < 0.6, ["customer", "segment"]]
    view = view.assign(function="care", value=float("nan"))
    planted = dice.random(len(view)) < 0.4
    other = [names[(names.index(name) + 1) % len(names)] for name in view["segment"]]
    view["segment"] = view["segment"].where(~planted, other)
    frame = view[list(book["segment_views"].columns)].reset_index(drop=True)
    asked = Scenario(book.settings, {**book.tables, "segment_views": frame})
    found = contradictions(asked, views_of(asked))
    assert set(found["customer"]) == set(view.loc[planted, "customer"])
    assert planted.any()


def test_the_command_tells_it_in_words_and_as_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_scenario(scenario(SALES), tmp_path / "made", "csv")
    assert main(["segments", str(tmp_path / "made"), "-q"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "Customers as 2 functions see them" in told
    assert "The fate of 2 orders depends on the view." in told
    sentence = "Planned as agreed sees it, sales loses 5 units of the targets of tier 1"
    assert f"{sentence}; net value is 50 EUR higher." in told
    assert "Planned as sales sees it, agreed loses 50 EUR of the value." in told
    assert main(["segments", str(tmp_path / "made"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert sorted(found) == sorted(SegmentAudit.__dataclass_fields__)
    assert {"order": "A", "view": "sales"}.items() <= found["fates"][0].items()


def test_without_views_there_is_nothing_to_compare(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_scenario(one_line(), tmp_path / "made", "csv")
    assert main(["segments", str(tmp_path / "made"), "-q"]) == 0
    assert "No two views contradict each other." in capsys.readouterr().out


def test_a_rule_or_view_of_an_unknown_segment_is_refused(tmp_path: Path) -> None:
    rules = f"{HEADER}segment_rules:\n  - {{segment: glod}}\n"
    assert "rule 1 names the unknown segment 'glod' -> did you mean 'gold'?" in the_fault(
        write_folder(tmp_path / "rule", rules)
    )
    view = as_csv([{**BASE["segment_views"], "segment": "glod"}])
    assert the_fault(write_folder(tmp_path / "view", segment_views=view)).startswith(
        "segment_views.csv:2:segment: 'glod' is not among the segments"
    )
