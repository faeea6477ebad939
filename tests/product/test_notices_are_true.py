"""No text of a notice says what the plan does not: every day and amount in it is of this order."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from functools import cache
from itertools import cycle
from typing import Any

import pandas as pd
import pytest

from models.judge import judge
from models.judge.lookup import open_lookup
from models.reasons import Reason
from models.scenario import Scenario
from models.settings import Policy
from models.solution import Solution
from optimizer import read_scenario
from optimizer.policies import allocate
from optimizer.scenario.notice_templates import bundled_templates
from optimizer.scenario.table_edits import with_table
from tests.support.folders import ROOT
from tests.support.mixed_scenarios import mixed_scenario
from tests.support.must_scenarios import must_scenario
from tests.support.notice_reader import ReadNotice, read_notice
from tests.support.relationship_scenarios import relationship_scenario
from tests.support.seeds import seeds
from tests.support.slipped_promises import slipped_scenario
from tests.support.solverless_plans import prepared, rule_outcome

SCENARIOS = ROOT / "scenarios"
BUNDLED = sorted(
    path.parent.relative_to(SCENARIOS).as_posix()
    for path in SCENARIOS.glob("**/scenario.yaml")
    if "sql:" not in path.read_text(encoding="utf-8")  # needs a database that is made first
)
BOOKS = (mixed_scenario, relationship_scenario, slipped_scenario, must_scenario)
QUICK = 6
OURS = re.compile(
    r"tier|segment|polic|capacit|quota|allocat|forecast|site\b|lane|Segment|Kontingent"
)
"""Words of ours that no customer reads."""


def in_both_languages(scenario: Scenario) -> Scenario:
    """Let every other customer be written to in German."""
    table = scenario["customers"]
    languages = [language for language, _ in zip(cycle(("en", "de")), table.index, strict=False)]
    return with_table(
        scenario, "customers", table.assign(language=pd.Series(languages, dtype="str"))
    )


def assert_true(scenario: Scenario, solution: Solution) -> None:
    """Hold each text to shipments, lines and commitments."""
    assert [text for text in judge(scenario, solution) if text.startswith("notices")] == []
    lookup = open_lookup(scenario, solution.shipments, solution.transfers)
    languages = scenario["customers"].set_index("customer")["language"].to_dict()
    lines = {str(order): mine for order, mine in lookup.lines.groupby("order")}
    arrived = {str(order): mine for order, mine in lookup.placed.groupby("order")}
    promised = {str(order): mine for order, mine in lookup.commitments.groupby("order")}
    for row in solution.notices.to_dict("records"):
        order, language = row["order"], languages[row["customer"]]
        told = read_notice(row["text"], language, [order])
        mine, comes = lines[order], arrived.get(order, lookup.placed.iloc[:0])
        promises = promised.get(order, lookup.commitments.iloc[:0])
        assert_amounts(told, mine, comes, promises)
        assert_days(told, row, mine, comes, promises)
        assert not re.search(r"\d", told.rest), row["text"]
        assert not OURS.search(told.rest), row["text"]
        assert set(re.findall(r"\w+", told.rest)) <= vocabulary(language), row["text"]


def assert_amounts(
    told: ReadNotice, lines: pd.DataFrame, comes: pd.DataFrame, promises: pd.DataFrame
) -> None:
    """Ask that all comes that is shipped of the lines named, and that what is missing was due."""
    ordered = [(line["ordered"], line["item"]) for line in lines.to_dict("records")]
    assert told.missing
    assert {(whole, item) for _, whole, item in told.missing} <= set(ordered)
    days = comes.groupby(["line", "ordered_item", "ordered", "arrival"])["units"].sum().round(6)
    planned = [
        (row["units"], row["ordered"], row["ordered_item"], row["arrival"].date())
        for row in days.reset_index().to_dict("records")
        if (row["ordered"], row["ordered_item"]) in {(n, name) for _, n, name in told.missing}
    ]
    assert all(delivery in planned for delivery in told.coming)
    items = lines.drop_duplicates(["item", "ordered"], keep=False)
    once = {(row["ordered"], row["item"]) for row in items.to_dict("records")}
    assert all(d in told.coming for d in planned if (d[1], d[2]) in once)
    for units, whole, item in told.missing:
        same = lines[(lines["item"] == item) & (lines["ordered"] == whole)]
        assert any(units in missing_of(line, comes, promises) for line in same.to_dict("records"))


def missing_of(
    line: Mapping[Hashable, Any], comes: pd.DataFrame, promises: pd.DataFrame
) -> list[float]:
    """Units that a line has less than it was to have on a day, for each such day."""
    got = comes[comes["line"] == line["line"]]
    due = promises[promises["line"] == line["line"]]
    days = [(day, due.loc[due["arrival"] <= day, "units"].sum()) for day in due["arrival"]]
    expected = [(line["requested"], line["ordered"]), *days]
    return [
        round(min(units, line["ordered"]) - got.loc[got["arrival"] <= day, "units"].sum(), 6)
        for day, units in expected
    ]


def assert_days(
    told: ReadNotice,
    row: Mapping[Hashable, Any],
    lines: pd.DataFrame,
    comes: pd.DataFrame,
    promises: pd.DataFrame,
) -> None:
    """Ask for two days: the one that is not kept, and the last arrival or that of more news."""
    broken, after = told.days
    assert broken in {day.date() for day in [*lines["requested"], *promises["arrival"]]}
    assert broken == row["promised"].date()
    if pd.isna(row["new_date"]):
        assert after == row["know_by"].date()
        return
    assert after == row["new_date"].date()
    assert after == max(day for *_, day in told.coming)
    assert after in {day.date() for day in comes["arrival"]}


def vocabulary(language: str) -> set[str]:
    """Words of a template, and of reasons."""
    words = bundled_templates()[language] + " ".join(reason.notice for reason in Reason) + " NAME"
    return set(re.findall(r"\w+", words))


def by_rule(scenario: Scenario, policy: Policy) -> Solution:
    return rule_outcome(scenario, allocate(prepared(scenario), policy), policy=policy)


@cache
def generated(make: Callable[[int], Scenario], seed: int) -> tuple[Scenario, Solution]:
    """Make a book of both languages, and plan it by a rule."""
    scenario = in_both_languages(make(seed))
    return scenario, by_rule(scenario, Policy.FCFS)


@pytest.mark.parametrize("name", BUNDLED)
def test_notices_of_bundled_scenarios_say_what_the_plan_does(name: str) -> None:
    scenario = in_both_languages(read_scenario(SCENARIOS / name))
    assert_true(scenario, by_rule(scenario, Policy.SEGMENT_PRIORITY))


@pytest.mark.parametrize("seed", seeds(QUICK, 80))
def test_notices_of_generated_books_say_what_the_plan_does(seed: int) -> None:
    for make in BOOKS:
        assert_true(*generated(make, seed))


def test_some_notices_have_new_dates_broken_promises_and_several_lines() -> None:
    """So that the texts above are of every kind."""
    books = [generated(make, seed) for make in BOOKS for seed in range(QUICK)]
    notices = pd.concat([solution.notices for _, solution in books])
    assert notices["new_date"].notna().any()
    assert notices["know_by"].notna().any()
    assert notices["what"].str.contains(";").any()
    assert notices["text"].str.contains("we promised").any()
