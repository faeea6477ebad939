"""Lessons and claims: each plans to what its page says, and what is called false is false."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import pytest

from models.scenario import Scenario
from optimizer import Plan, plan, read_scenario
from optimizer.cli import main
from optimizer.scenario.bundled import bundled_names, copy_bundled
from tests.independent.case import Case
from tests.independent.enumeration import Trial, assignments
from tests.independent.goals import Goals
from tests.product.test_scenarios_docs import markdown_rows
from tests.support.folders import ROOT

SCENARIOS = ROOT / "scenarios"
LESSONS = sorted(header.parent.name for header in SCENARIOS.glob("lessons/*/scenario.yaml"))
CLAIMS = sorted(header.parent.name for header in SCENARIOS.glob("claims/*/scenario.yaml"))
CLAIMS_PAGE = (SCENARIOS / "claims" / "README.md").read_text(encoding="utf-8")
EDIT = re.compile(r"in `(?P<file>.+)`, `(?P<old>.+)` becomes `(?P<new>.+)`")
FEW = 1000
"""Plans of a claim that can all be tried."""


def page(lesson: str) -> str:
    return (SCENARIOS / "lessons" / lesson / "README.md").read_text(encoding="utf-8")


def on_one_line(text: str) -> str:
    return " ".join(text.split())


def prepared(lesson: str, change: str, folder: Path) -> tuple[Path, list[str]]:
    """Copy a lesson and change it as its page says: the folder, and what to set."""
    copy = copy_bundled(f"lessons/{lesson}", folder / lesson)
    sets = []
    if edit := EDIT.fullmatch(change):
        path = copy / edit["file"]
        text = path.read_text(encoding="utf-8")
        assert text.count(edit["old"]) == 1, change
        path.write_text(text.replace(edit["old"], edit["new"]), encoding="utf-8")
    elif change != "nothing":
        sets.append(change.removeprefix("`--set ").removesuffix("`").strip('"'))
        assert change in (f"`--set {sets[0]}`", f'`--set "{sets[0]}"`')
    if (copy / "tables.sql").is_file():
        with closing(sqlite3.connect(copy / "scenario.db")) as base:
            base.executescript((copy / "tables.sql").read_text(encoding="utf-8"))
    return copy, sets


def planned(lesson: str, change: str, folder: Path) -> Plan:
    """Plan a lesson as its page says; no plan leaves the planner that its judge rejects."""
    return plan(read_scenario(*prepared(lesson, change, folder)))


def quoted(text: str) -> list[str]:
    """Return what a page quotes: its indented blocks that are no commands."""
    blocks = re.findall(r"(?:^    .+\n)+", text, flags=re.MULTILINE)
    return [on_one_line(block) for block in blocks if "allocore" not in block]


def shipped(found: Plan, line: str) -> list[tuple[str, ...]]:
    """Say what ships for a line, each shipment in the ways in which a page may say it."""
    rows = found.shipments.assign(key=found.shipments["order"] + "/" + found.shipments["line"])
    rows = rows[rows["key"] == line].sort_values(["ship_date", "site", "item"])
    return [
        tuple(
            f"{row.quantity:g} {row.item!s} from {row.site!s}{service}{days}"
            for service in ("", f" by {row.service!s}")
            for days in ("", f", {row.ship_date:%a %d} to {row.arrival_date:%a %d}")
        )
        for row in rows.itertuples()
    ]


def by_line(found: Plan) -> dict[str, dict[str, str]]:
    """Say of each line what a page says in the columns of its first table."""
    return {
        f"{line.order!s}/{line.line!s}": {
            "Segment": str(line.segment),
            "Item": str(line.item),
            "Ordered": f"{line.ordered:g}",
            "Delivered": f"{line.delivered:g}",
            "On time": f"{line.delivered_on_time:g}",
            "Status": str(line.status),
            "Reason": f"`{line.reason!s}`" if line.reason else "",
        }
        for line in found.lines.itertuples()
    }


def figures(found: Plan) -> dict[str, str]:
    """Say what a page says in the columns of its second table: lines, goals, totals."""
    late = found.lines["delivered"] - found.lines["delivered_on_time"]
    columns = (found.lines["order"], found.lines["line"], found.lines["delivered"], late)
    goals = {f"`{goal.name}`": f"{goal.value:g}" for goal in found.solution.goals}
    totals = {f"`{name}`": f"{total:g}" for name, total in found.totals.items()}
    delivered = {
        f"{order}/{line}": f"{units:g}" + (f", {after:g} late" if after else "")
        for order, line, units, after in zip(*columns, strict=True)
    }
    return delivered | goals | totals


def test_there_is_a_lesson_for_each_part_and_the_pages_name_them_all() -> None:
    index = (SCENARIOS / "lessons" / "README.md").read_text(encoding="utf-8")
    listed = [row["Lesson"] for row in markdown_rows(index, "Lesson")]
    assert sorted(listed) == [f"[{lesson}]({lesson}/README.md)" for lesson in LESSONS]
    assert "../claims/README.md" in index
    assert "(lessons/README.md)" in (SCENARIOS / "README.md").read_text(encoding="utf-8")
    assert all(f"`{claim}`" in CLAIMS_PAGE for claim in CLAIMS)


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_is_small(lesson: str) -> None:
    files = [path for path in (SCENARIOS / "lessons" / lesson).iterdir() if path.suffix != ".db"]
    assert sum(path.stat().st_size for path in files) < 6_000
    assert page(lesson).count("\n") <= 26


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_ends_as_its_page_says(lesson: str, tmp_path: Path) -> None:
    text, found = page(lesson), planned(lesson, "nothing", tmp_path)
    rows = markdown_rows(text, "Line")
    lines = by_line(found)
    assert [row["Line"] for row in rows] == list(lines)
    for row in rows:
        told = {name: row[name] for name in lines[row["Line"]] if name in row}
        assert {"Segment", "Ordered", "Delivered"} <= told.keys()
        assert {name: lines[row["Line"]][name] for name in told} == told, row["Line"]
        if "Filled from" in row:
            parts, ways = row["Filled from"].split("; "), shipped(found, row["Line"])
            assert len(ways) == (len(parts) if parts != [""] else 0)
            assert all(part in way for part, way in zip(parts, ways, strict=False)), ways
    assert all(warning.rstrip(".") in on_one_line(text) for warning in found.scenario.warnings)
    failed = [test.text for test in found.expectations if not test.kept]
    conflict = [found.conflict.words] if found.conflict else []
    assert quoted(text) == failed + conflict
    for row in markdown_rows(text, "Change"):
        if row["Change"] == "nothing":
            assert_figures(found, row)


def assert_figures(found: Plan, row: dict[str, str]) -> None:
    """Hold a plan against a row of a page's second table."""
    had = figures(found)
    told = {name: row[name] for name in row if name not in ("Change", "Exit code", "Because")}
    assert len(told) > 1
    assert {name: had[name] for name in told} == told
    kept = all(test.kept for test in found.expectations)
    assert int(row.get("Exit code", "0")) == (0 if kept else 6)


CHANGES = [
    (name, row)
    for name in LESSONS
    for row in markdown_rows(page(name), "Change")
    if row["Change"] != "nothing"
]


@pytest.mark.parametrize(("lesson", "row"), CHANGES, ids=[f"{n}-{r['Change']}" for n, r in CHANGES])
def test_the_other_side_is_as_the_page_says(
    lesson: str, row: dict[str, str], tmp_path: Path
) -> None:
    assert_figures(planned(lesson, row["Change"], tmp_path), row)


def test_a_failed_test_of_the_plan_ends_the_command_with_exit_code_6(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lesson = str(SCENARIOS / "lessons" / "expect")
    assert main(["run", lesson, "--out", str(tmp_path / "run"), "-q"]) == 6
    assert "Tests of the plan: 1 of 2 failed" in capfd.readouterr().out
    assert (tmp_path / "run" / "shipments.csv").is_file()


def test_transfers_are_as_the_page_says(tmp_path: Path) -> None:
    moved = planned("transfers", "nothing", tmp_path).solution.transfers
    assert [list(row.values()) for row in markdown_rows(page("transfers"), "From")] == [
        [
            row.from_site,
            row.to_site,
            row.item,
            f"{row.ship_date:%a %d}",
            f"{row.arrival_date:%a %d}",
            f"{row.quantity:g}",
        ]
        for row in moved.itertuples()
    ]


def test_a_database_that_was_not_made_yet_is_a_fault_with_a_place(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(copy_bundled("lessons/sql", tmp_path / "mine"))]) == 3
    assert "scenario.db: there is no such file" in capfd.readouterr().out


def every_best_plan(scenario: Scenario) -> list[dict[str, float]]:
    """Try all plans: units delivered by line of each that is best."""
    assert 0 < assignments(scenario) < FEW
    case = Case(scenario)
    goals = Goals(case)
    worth = {
        trial: [v if name == "value" else -v for name, v in counted.items()]
        for trial in Trial(case).plans()
        for counted in [goals.counted(trial, Fraction(0))]
    }
    best = [trial for trial in worth if worth[trial] == max(worth.values())]
    return [_by_line(case, trial) for trial in best]


def _by_line(case: Case, trial: Sequence[Fraction]) -> dict[str, float]:
    found = {f"{line.order}/{line.name}": 0.0 for line in case.lines}
    for units, option in zip(trial, case.options, strict=True):
        line = case.lines[option.line]
        found[f"{line.order}/{line.name}"] += float(units * option.each)
    return found


SIDES = [
    (claim, header.parent.name if header.parent.name != claim else "as it is")
    for claim in CLAIMS
    for header in sorted((SCENARIOS / "claims" / claim).rglob("scenario.yaml"))
]


@pytest.mark.parametrize(("claim", "side"), SIDES)
def test_a_claim_is_false_by_every_best_plan(claim: str, side: str) -> None:
    part = CLAIMS_PAGE[CLAIMS_PAGE.index(f"\n`{claim}`") :]
    column = side if side == "as it is" else f"`{side}`"
    rows = markdown_rows(part, "Line")
    told = {row["Line"]: float(row[column]) for row in rows if row[column] != "-"}
    home = SCENARIOS / "claims" / claim
    scenario = read_scenario(home if side == "as it is" else home / side)
    assert scenario.warnings == ()
    found = plan(scenario)
    assert found.notes == ()
    assert {key: float(line["Delivered"]) for key, line in by_line(found).items()} == told
    assert every_best_plan(scenario) == [told]


def test_every_claim_has_its_other_side_in_the_table_and_in_the_folder() -> None:
    for claim in CLAIMS:
        part = CLAIMS_PAGE[CLAIMS_PAGE.index(f"\n`{claim}`") :]
        names = [name.strip("`") for name in markdown_rows(part, "Line")[0] if "`" in name]
        assert sorted(names) == [side for of, side in SIDES if of == claim and side != "as it is"]


@pytest.mark.parametrize("name", [f"lessons/{LESSONS[0]}", f"claims/{CLAIMS[0]}"])
def test_lessons_and_claims_can_be_copied_to_start_from(name: str, tmp_path: Path) -> None:
    assert name in bundled_names()
    assert main(["init", str(tmp_path / "mine"), "--template", name]) == 0
    home = SCENARIOS / name
    assert sorted(p.relative_to(tmp_path / "mine") for p in (tmp_path / "mine").rglob("*")) == (
        sorted(path.relative_to(home) for path in home.rglob("*"))
    )
    for header in (tmp_path / "mine").rglob("scenario.yaml"):
        assert len(read_scenario(header.parent)["lines"])


def test_an_unknown_template_is_answered_with_the_lessons(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", str(tmp_path / "mine"), "--template", "substitutes"]) == 2
    said = capfd.readouterr().err
    assert all(f"lessons/{lesson}" in said for lesson in LESSONS)


def test_copying_a_workbook_of_a_lesson(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    assert main(["init", str(mine), "--template", "lessons/quotas", "--workbook"]) == 0
    assert len(read_scenario(mine)["quotas"]) == 2
