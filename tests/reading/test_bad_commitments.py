"""Commitments that cannot be counted or kept, and decisions that contradict one another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from optimizer.reading import read_scenario
from tests.support.scenario_folders import (
    BASE,
    HEADER,
    Row,
    as_csv,
    faults_of,
    the_fault,
    write_folder,
)

GO = "or let it go: frozen = false, and no lock"
REFUSE = "commitments_stale: refuse\n"
PROMISE, DECISION = BASE["commitments"], BASE["overrides"]
LINE_2 = {**BASE["lines"], "line": "2", "item": "B", "quantity": "6"}
DIVISIBLE = {**BASE["items"], "divisible": "true"}


def commitments(path: Path, *changes: Row, **tables: Sequence[Row]) -> Path:
    """Write the good scenario with a second line and changed commitments, stale ones refused."""
    rows = [{**PROMISE, **change} for change in changes]
    lines = [BASE["lines"], LINE_2]
    return write_folder(path, HEADER + REFUSE, lines=lines, commitments=rows, **tables)


def overrides(path: Path, *changes: Row) -> Path:
    """Write the good scenario with a second line and changed overrides."""
    rows = [{**DECISION, **change} for change in changes]
    return write_folder(path, lines=[BASE["lines"], LINE_2], overrides=rows)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"order": "O2"},
            "order: 'O2' is not among the orders -> use one of: O1; or add it to orders",
        ),
        (
            {"line": "3"},
            "line: order 'O1' has no line '3' -> use one of: 1, 2; or add it to lines",
        ),
        (
            {"item": "C"},
            "item: 'C' is neither the item 'A' of the line nor a substitute for it"
            " -> correct the item, or add it to the table substitutes",
        ),
        (
            {"quantity": "2.5"},
            "quantity: quantity 2.5 is not whole"
            " -> write whole units, or make item 'A' divisible in the table items",
        ),
        (
            {"quantity": "11"},
            "quantity: frozen commitments of the line add up to 11, more than the 10 ordered"
            " -> correct a quantity",
        ),
        (
            {"ship_date": "2026-11-22"},
            "ship_date: 2026-11-22 of a frozen commitment is not in the horizon, 2026-11-23 to"
            f" 2026-12-06 -> correct the date, take out what has shipped, {GO}",
        ),
        (
            {"ship_date": "2026-12-07"},
            "ship_date: 2026-12-07 of a frozen commitment is not in the horizon, 2026-11-23 to"
            f" 2026-12-06 -> correct the date, take out what has shipped, {GO}",
        ),
        (
            {"service": "express"},
            "service: no lane leads from 'S1' to region 'north' by 'express', but the commitment"
            f" is frozen -> add the lane, {GO}",
        ),
    ],
)
def test_a_frozen_commitment_can_be_kept(change: Row, said: str, tmp_path: Path) -> None:
    assert the_fault(commitments(tmp_path, change)) == f"commitments.csv:2:{said}"


@pytest.mark.parametrize(
    "change",
    [
        {"quantity": "11"},
        {"ship_date": "2026-11-22"},
        {"ship_date": "2026-12-07"},
        {"service": "express"},
    ],
)
def test_a_commitment_that_is_not_frozen_may_be_out_of_reach_unless_locked(
    change: Row, tmp_path: Path
) -> None:
    free = {**change, "frozen": "false"}
    assert len(read_scenario(commitments(tmp_path / "free", free))["commitments"]) == 1
    frozen = the_fault(commitments(tmp_path / "frozen", change))
    for name, line in (("line", "1"), ("order", "")):
        lock: Row = {**DECISION, "line": line, "action": "lock"}
        assert the_fault(commitments(tmp_path / name, free, overrides=[lock])) == frozen
    lock = {**DECISION, "line": "2", "action": "lock"}
    read_scenario(commitments(tmp_path / "other", free, overrides=[lock]))


def test_frozen_commitments_of_a_line_are_added_up_in_units_ordered(tmp_path: Path) -> None:
    swap = [{**BASE["substitutes"], "ratio": "2"}]
    rows: list[Row] = [{"item": "B", "quantity": "12"}, {"quantity": "4"}]
    folder = commitments(tmp_path / "fits", *rows, substitutes=swap)
    assert len(read_scenario(folder)["commitments"]) == 2
    rows += [{"quantity": "1", "ship_date": "2026-11-25"}]
    assert the_fault(commitments(tmp_path / "above", *rows, substitutes=swap)) == (
        "commitments.csv:4:quantity: frozen commitments of the line add up to 11, more than the 10"
        " ordered -> correct a quantity"
    )
    rows += [{"line": "2", "item": "", "quantity": "6"}]
    assert len(faults_of(commitments(tmp_path / "others", *rows, substitutes=swap))) == 1


def test_whole_is_what_ships(tmp_path: Path) -> None:
    swap = [BASE["substitutes"]]
    of_a: Row = {"quantity": "2.5"}
    of_b: Row = {**of_a, "item": "B"}
    read_scenario(commitments(tmp_path / "a", of_a, items=[DIVISIBLE], substitutes=swap))
    fault = the_fault(commitments(tmp_path / "b", of_b, items=[DIVISIBLE], substitutes=swap))
    assert fault == (
        "commitments.csv:2:quantity: quantity 2.5 is not whole"
        " -> write whole units, or make item 'B' divisible in the table items"
    )


def test_a_blank_item_is_the_one_ordered_and_given_once(tmp_path: Path) -> None:
    fault = the_fault(commitments(tmp_path, {}, {"item": ""}))
    assert fault == (
        "commitments.csv:3:ship_date: order 'O1', line '1', item 'A', site 'S1', service 'standard'"
        ", ship_date '2026-11-24' is already given in row 2 -> keep one of the two rows"
    )


@pytest.mark.parametrize(
    ("of", "name"),
    [("region", "north"), ("service", "standard"), ("customer", "C1")],
)
def test_somebody_receives_a_frozen_commitment(of: str, name: str, tmp_path: Path) -> None:
    weekdays = ["mon tue wed", "thu fri sat sun"]
    shut: list[Row] = [
        {"of": of, "id": name, "weekdays": days, "holidays": "", "closed": ""} for days in weekdays
    ]
    read_scenario(commitments(tmp_path / "some", {}, calendars=shut[:1]))
    read_scenario(commitments(tmp_path / "free", {"frozen": "false"}, calendars=shut))
    assert the_fault(commitments(tmp_path / "none", {}, calendars=shut)) == (
        "commitments.csv:2:ship_date: nobody receives what ships on 2026-11-24 within 400 days,"
        f" but the commitment is frozen -> correct the calendars, {GO}"
    )


def test_a_frozen_commitment_may_ship_on_a_closed_day_of_its_site(tmp_path: Path) -> None:
    shut: list[Row] = [{"of": "site", "id": "S1", "weekdays": "mon", "holidays": "", "closed": ""}]
    assert len(read_scenario(commitments(tmp_path, {}, calendars=shut))["commitments"]) == 1


def test_one_mistyped_line_is_one_fault(tmp_path: Path) -> None:
    folder = commitments(tmp_path, {"service": "standrad"}, {"line": "1 "}, {"site": "S9"})
    assert [str(issue) for issue in faults_of(folder)] == [
        "commitments.csv:3:line: '1 ' has blanks around it -> write '1'",
        "commitments.csv:4:site: 'S9' is not among the sites -> use one of: S1; or add it to sites",
        "commitments.csv:2:service: 'standrad' is not among the services -> did you mean"
        " 'standard'?; or add it to services",
    ]


def test_two_mistyped_dates_are_no_repeated_key(tmp_path: Path) -> None:
    issues = faults_of(commitments(tmp_path, {"ship_date": "soon"}, {"ship_date": "later"}))
    assert [(issue.row, issue.column) for issue in issues] == [(2, "ship_date"), (3, "ship_date")]


@pytest.mark.parametrize(
    ("table", "column"), [("lines", "line"), ("lanes", "site"), ("substitutes", "item")]
)
def test_a_fault_of_another_table_is_not_one_of_the_commitments(
    table: str, column: str, tmp_path: Path
) -> None:
    rows = [{**BASE[table], column: f"{BASE[table][column]} "}]
    issues = faults_of(write_folder(tmp_path, commitments=[PROMISE], **{table: rows}))
    assert {issue.file for issue in issues} == {f"{table}.csv"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"order": "O2"},
            "order: 'O2' is not among the orders -> use one of: O1; or add it to orders",
        ),
        (
            {"line": "3"},
            "line: order 'O1' has no line '3' -> use one of: 1, 2; or add it to lines",
        ),
        (
            {"action": "tier"},
            "value: the value of tier is blank -> write a whole number from 1 to 99",
        ),
        (
            {"action": "tier", "value": "1.5"},
            "value: 1.5 is no tier -> write a whole number from 1 to 99",
        ),
        (
            {"action": "tier", "value": "0"},
            "value: 0 is no tier -> write a whole number from 1 to 99",
        ),
        (
            {"action": "tier", "value": "100"},
            "value: 100 is no tier -> write a whole number from 1 to 99",
        ),
        (
            {"action": "quantity"},
            "value: the value of quantity is blank -> write the most units",
        ),
        ({"action": "hold", "value": "1"}, "value: hold has no value, not 1 -> leave it blank"),
        ({"action": "lock", "value": "0"}, "value: lock has no value, not 0 -> leave it blank"),
        ({"value": "2.5"}, "value: expedite has no value, not 2.5 -> leave it blank"),
    ],
)
def test_a_decision_that_means_nothing_is_refused(change: Row, said: str, tmp_path: Path) -> None:
    assert the_fault(overrides(tmp_path, change)) == f"overrides.csv:2:{said}"


BY_ORDER = HEADER.replace(
    "    tier: 2\n", "    tier: 2\n    target: {measure: order_otif, level: 0.9}\n"
)


def moved(path: Path, *changes: Row) -> Path:
    """Move lines of gold, which counts units, beside core, which counts orders."""
    rows = [{**DECISION, "action": "tier", **change} for change in changes]
    customers = [BASE["customers"], {**BASE["customers"], "customer": "C2", "segment": "core"}]
    orders = [BASE["orders"], {**BASE["orders"], "order": "O2", "customer": "C2"}]
    lines = [BASE["lines"], {**BASE["lines"], "order": "O2"}]
    return write_folder(
        path, BY_ORDER, customers=customers, orders=orders, lines=lines, overrides=rows
    )


def test_a_line_moves_only_to_a_tier_that_counts_what_its_segment_counts(tmp_path: Path) -> None:
    assert the_fault(moved(tmp_path, {"value": "2"})) == (
        "overrides.csv:2:value: tier 2 counts orders (segment 'core'), but segment 'gold' of the "
        "order counts units -> choose a tier that counts units, or one that no segment has"
    )


def test_two_lines_that_move_to_a_new_tier_count_the_same(tmp_path: Path) -> None:
    both = {"value": "7"}, {"order": "O2", "value": "7"}
    assert the_fault(moved(tmp_path, *both)).startswith(
        "overrides.csv:3:value: tier 7 counts units (segment 'gold'), but segment 'core'"
    )
    assert len(read_scenario(moved(tmp_path, both[0]))["overrides"]) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"action": "tier", "value": "99", "line": ""},
        {"action": "quantity", "value": "0"},
        {"action": "hold", "line": ""},
    ],
)
def test_a_decision_that_means_something_is_taken(change: Row, tmp_path: Path) -> None:
    assert len(read_scenario(overrides(tmp_path, change))["overrides"]) == 1


def test_a_value_that_cannot_be_read_is_not_also_blank(tmp_path: Path) -> None:
    fault = the_fault(overrides(tmp_path, {"action": "tier", "value": "first"}))
    assert fault.startswith("overrides.csv:2:value: 'first' is not a number")


def test_a_value_may_be_null_in_parquet(tmp_path: Path) -> None:
    folder = write_folder(tmp_path)
    columns = {"order": ["O1", "O1"], "action": ["hold", "tier"]}
    table = pa.table(columns | {"value": pa.array([None, None], pa.float64())})
    pq.write_table(table, folder / "overrides.parquet")
    assert the_fault(folder) == (
        "overrides.parquet:3:value: the value of tier is blank -> write a whole number from 1 to 99"
    )


@pytest.mark.parametrize(
    ("lock", "hold"), [("1", "1"), ("", "1"), ("1", ""), ("", "")], ids=lambda line: line or "all"
)
def test_what_is_held_is_not_locked(lock: str, hold: str, tmp_path: Path) -> None:
    locks: Row = {"action": "lock", "line": lock}
    assert the_fault(overrides(tmp_path, {}, locks, {"action": "hold", "line": hold})) == (
        "overrides.csv:4:action: what is held here is locked in row 3 -> keep one of the two rows"
    )


def test_another_line_of_the_order_may_be_locked(tmp_path: Path) -> None:
    rows: list[Row] = [{"action": "lock", "line": "2"}, {"action": "hold", "line": "1"}]
    assert len(read_scenario(overrides(tmp_path, *rows))["overrides"]) == 2


GOALS = "goals: [floors, commitments, value]\n"


@pytest.mark.parametrize(
    ("header", "tables", "why"),
    [
        (GOALS, {"commitments": [PROMISE]}, "commitments are frozen"),
        (
            GOALS,
            {
                "commitments": [{**PROMISE, "frozen": "false"}],
                "overrides": [{**DECISION, "action": "lock"}],
            },
            "commitments are frozen",
        ),
        (
            GOALS + "stability: {max_changed_lines: 0}\n",
            {},
            "stability.max_changed_lines is a budget against commitments",
        ),
        (
            GOALS + "stability: {max_worse_promises: 3}\n",
            {},
            "stability.max_worse_promises is a budget against commitments",
        ),
    ],
)
def test_what_must_be_kept_comes_first(
    header: str, tables: dict[str, list[Row]], why: str, tmp_path: Path
) -> None:
    assert the_fault(write_folder(tmp_path / "late", HEADER + header, **tables)) == (
        f"scenario.yaml:13:9: the first goal is not commitments, but {why}"
        " -> write commitments first"
    )
    none = HEADER + header.replace("[floors, commitments, value]", "[]")
    assert the_fault(write_folder(tmp_path / "none", none, **tables)).startswith(
        "scenario.yaml:13:8: the first goal is not commitments, but "
    )
    good = HEADER + header.replace("floors, commitments", "commitments, floors")
    read_scenario(write_folder(tmp_path / "first", good, **tables))


def test_any_goal_may_come_first_where_nothing_must_be_kept(tmp_path: Path) -> None:
    free = as_csv([{**PROMISE, "frozen": "false"}])
    folder = write_folder(tmp_path, HEADER + GOALS + "stability: {}\n", commitments=free)
    assert read_scenario(folder).settings.goals[0] == "floors"
