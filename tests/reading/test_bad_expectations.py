"""What the header says of stability and tests of the plan is refused at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.settings import Backorder, Policy
from optimizer.reading import read_scenario
from tests.support.scenario_folders import BASE, HEADER, faults_of, the_fault, write_folder

ONE_OF_TWO = (
    "give segment, measure and at_least for a level of service, or order (and line) and"
    " arrives_by for an arrival -> change the header as it says"
)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (
            "give_up: {value: 2}",
            "13:18: give_up.value: '2' is too large -> write a value of at most 1.0",
        ),
        (
            "give_up: {valu: 0.1}",
            "13:11: unknown key 'give_up.valu' -> did you mean 'value'?",
        ),
        ("give_up:", "13:1: give_up is blank -> write its value, or {} for a part without keys"),
        (
            "give_up: 0.1",
            "13:10: give_up: '0.1' is not what belongs here -> write keys with values",
        ),
        (
            "stability: {max_changed_lines: -1}",
            "13:32: stability.max_changed_lines: '-1' is too small -> write a value of at least 0",
        ),
        (
            "stability: {max_worse_promises: 1.5}",
            "13:33: stability.max_worse_promises: '1.5' is not a whole number -> write a whole"
            " number",
        ),
        (
            "stability: {max_change_lines: 1}",
            "13:13: unknown key 'stability.max_change_lines' -> did you mean 'max_changed_lines'?",
        ),
        (
            "expect: {order: O1}",
            "13:9: expect: \"{'order': 'O1'}\" is not what belongs here -> write a list",
        ),
        (
            "expect: [O1]",
            "13:10: expect.1: 'O1' is not what belongs here -> write keys with values",
        ),
        ("expect: [{}]", f"13:10: expect.1: {ONE_OF_TWO}"),
        ("expect: [{order: O1}]", f"13:10: expect.1: {ONE_OF_TWO}"),
        (
            "expect: [{order: O1, arrives_by: 2026-11-28, measure: unit_otif}]",
            f"13:10: expect.1: {ONE_OF_TWO}",
        ),
        (
            "expect: [{segment: ~, measure: unit_otif, at_least: 0.5}]",
            f"13:10: expect.1: {ONE_OF_TWO}",
        ),
        (
            "expect:\n  - {order: O1, arrives_by: 2026-11-28}\n  - {line: 1}",
            f"15:5: expect.2: {ONE_OF_TWO}",
        ),
        (
            "expect: [{segment: gold, measure: unit_fil, at_least: 0.5}]",
            "13:35: expect.1.measure: 'unit_fil' is not a choice -> did you mean 'unit_fill'?",
        ),
        (
            "expect: [{segment: gold, measure: unit_fill, at_least: 95%}]",
            "13:56: expect.1.at_least: '95%' is not a number -> write the share: 0.95",
        ),
        (
            "expect: [{order: O1, arrives_by: 28.11.2026}]",
            "13:34: expect.1.arrives_by: '28.11.2026' is not an ISO date -> write 2026-11-28",
        ),
        (
            "expect: [{order: O1, arrive_by: 2026-11-28}]",
            "13:22: unknown key 'expect.1.arrive_by' -> did you mean 'arrives_by'?",
        ),
        (
            "expect: [{segment: glod, measure: unit_fill, at_least: 0.5}]",
            "13:20: 'glod' is not among the segments -> did you mean 'gold'?",
        ),
        (
            "expect: [{order: O11, arrives_by: 2026-11-28}]",
            "13:18: 'O11' is not among the orders -> did you mean 'O1'?; or add it to orders",
        ),
        (
            "expect: [{order: O1, line: 2, arrives_by: 2026-11-28}]",
            "13:28: order 'O1' has no line '2' -> use one of: 1; or add it to lines",
        ),
        ("policy: bob", "13:9: policy: 'bob' is not a choice -> did you mean 'bop'?"),
    ],
)
def test_a_wrong_wish_is_named_at_its_place(keys: str, said: str, tmp_path: Path) -> None:
    found = [str(issue) for issue in faults_of(write_folder(tmp_path, HEADER + keys + "\n"))]
    assert found == [f"scenario.yaml:{said}"]


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (
            "min_confidence: 90",
            "9:21: segments.core.min_confidence: '90' is too large -> write a value of at most 1.0",
        ),
        (
            "backorder: won",
            "9:16: segments.core.backorder: 'won' is not a choice -> did you mean 'win'?",
        ),
        (
            "quota_share: -0.1",
            "9:18: segments.core.quota_share: '-0.1' is too small -> write a value of at least 0.0",
        ),
        (
            "min_confidense: 0.9",
            "9:5: unknown key 'segments.core.min_confidense' -> did you mean 'min_confidence'?",
        ),
    ],
)
def test_a_wrong_wish_of_a_segment_is_named_at_its_place(
    key: str, said: str, tmp_path: Path
) -> None:
    header = HEADER.replace("tier: 2", f"tier: 2\n    {key}")
    assert the_fault(write_folder(tmp_path, header)) == f"scenario.yaml:{said}"


def test_an_order_without_lines_has_none_to_expect(tmp_path: Path) -> None:
    orders = [BASE["orders"], {**BASE["orders"], "order": "O2"}]
    keys = "expect: [{order: O2, line: 1, arrives_by: 2026-11-28}]\n"
    assert the_fault(write_folder(tmp_path, HEADER + keys, orders=orders)) == (
        "scenario.yaml:13:28: order 'O2' has no line '1' -> add it to lines"
    )


def test_a_table_that_cannot_be_read_leaves_expectations_alone(tmp_path: Path) -> None:
    keys = "expect: [{order: O9, line: 1, arrives_by: 2026-11-28}]\n"
    header = HEADER + keys
    fault = the_fault(write_folder(tmp_path / "orders", header, orders=b"\xff"))
    assert fault.startswith("orders.csv:1: byte 0xff is not UTF-8")
    header = header.replace("O9", "O1").replace("line: 1", "line: 9")
    lines = [{**BASE["lines"], "line": "1 "}]
    assert the_fault(write_folder(tmp_path / "lines", header, lines=lines)).startswith(
        "lines.csv:2:line: '1 ' has blanks around it"
    )


def test_wishes_are_read(tmp_path: Path) -> None:
    header = HEADER.replace("tier: 2", "tier: 2\n    backorder: lose")
    keys = (
        "policy: quota\ngive_up: {value: 0.002}\nstability: {max_changed_lines: 40}\n"
        "expect:\n  - {segment: gold, measure: unit_otif, at_least: 0.95}\n"
        "  - {order: O1, arrives_by: 2026-11-28}\n"
        "  - {order: O1, line: 1, arrives_by: 2026-11-28}\n"
    )
    settings = read_scenario(write_folder(tmp_path, header + keys)).settings
    core, gold = settings.segments["core"], settings.segments["gold"]
    assert (core.backorder, gold.backorder) == (Backorder.LOSE, Backorder.REDISTRIBUTE)
    assert settings.policy is Policy.QUOTA
    assert settings.give_up.value == 0.002
    assert (settings.stability.max_changed_lines, settings.stability.max_worse_promises) == (
        40,
        None,
    )
    assert [(test.segment, test.order, test.line) for test in settings.expect] == [
        ("gold", None, None),
        (None, "O1", None),
        (None, "O1", "1"),
    ]
