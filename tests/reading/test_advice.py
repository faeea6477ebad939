"""What a planner is warned about, and what stops nothing."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from optimizer.reading import read_scenario
from tests.support.scenario_folders import (
    BASE,
    HEADER,
    TWO_SITES,
    as_csv,
    every_table,
    write_folder,
)


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        (
            {"orders": as_csv([{**BASE["orders"], "order": o} for o in ("O1", "O2", "O3")])},
            "2 orders have no lines and count nowhere, 'O2' first.",
        ),
        (
            {
                "orders": as_csv(
                    [{**BASE["orders"], "earliest": "2026-11-01", "cancel": "2026-11-22"}]
                )
            },
            "1 order was to be cancelled before the horizon starts and gets nothing: 'O1'.",
        ),
        (
            {"customers": as_csv([{**BASE["customers"], "region": "south"}])},
            "1 region with orders has no lane and gets nothing: 'south'.",
        ),
        (
            {"lines": as_csv([{**BASE["lines"], "item": "B"}])},
            "1 item that is ordered has neither stock nor receipts: 'B'.",
        ),
        (
            {"sites": as_csv([{**BASE["sites"], "open": "false"}])},
            "1 site is closed, and its stock and receipts are not used: 'S1'.",
        ),
        (
            {"receipts": as_csv([{**BASE["receipts"], "date": "2026-12-07"}])},
            "1 item has receipts after the last ship day 2026-12-06, which are not used: 'A'.",
        ),
        (
            {"site_capacity": as_csv([{**BASE["site_capacity"], "date": "2026-12-07"}])},
            "1 site has rows of site_capacity outside the horizon, which are not used: 'S1'.",
        ),
        (
            {"lane_capacity": as_csv([{**BASE["lane_capacity"], "date": "2026-11-22"}])},
            "1 site has rows of lane_capacity outside the horizon, which are not used: 'S1'.",
        ),
    ],
)
def test_what_stops_nothing_is_warned_about(
    tables: dict[str, str], said: str, tmp_path: Path
) -> None:
    assert read_scenario(write_folder(tmp_path, **tables)).warnings == (said,)


PROMISE = {**BASE["commitments"], "frozen": "false"}
LOCK = {**BASE["overrides"], "action": "lock"}
SHUT = as_csv([{**BASE["sites"], "open": "false"}, {**BASE["sites"], "site": "S2"}])
UNUSED = "1 site is closed, and its stock and receipts are not used: 'S1'."


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        (
            {"items": [{**BASE["items"], "pack": "4"}]},
            ["1 line is no multiple of its item's pack, and a remainder cannot ship: 'O1/1'."],
        ),
        (
            {
                "items": [{**BASE["items"], "pack": "0.3", "divisible": "true"}],
                "lines": [
                    {**BASE["lines"], "line": str(n), "quantity": quantity}
                    for n, quantity in enumerate(["0.2", "0.3", "0.9", "0.91"])
                ],
            },
            [
                "2 lines are no multiples of their items' packs, and a remainder cannot ship, "
                "'O1/0' first."
            ],
        ),
        (
            {
                "items": [{**BASE["items"], "pack": "1", "divisible": "true"}],
                "stock": [{**BASE["stock"], "on_hand": "12.3456"}],
            },
            [
                "1 item has supply that is no multiple of its step, and less than a step does not "
                "ship: 'A'."
            ],
        ),
        (
            {"items": [{**BASE["items"], "step": "0.5"}]},
            ["1 item has a step but is not divisible: it ships in whole units: 'A'."],
        ),
        (
            {"commitments": [{**PROMISE, "service": "express"}]},
            ["1 line has a commitment without a lane, which cannot be kept: 'O1/1'."],
        ),
        (
            {"commitments": [{**PROMISE, "ship_date": "2026-11-22"}]},
            ["1 line has a commitment outside the horizon, which cannot be kept: 'O1/1'."],
        ),
        (
            {"commitments": [{**PROMISE, "ship_date": "2026-12-07"}]},
            ["1 line has a commitment outside the horizon, which cannot be kept: 'O1/1'."],
        ),
        ({"commitments": [PROMISE]}, []),
        (
            {"commitments": [BASE["commitments"]], "sites": SHUT},
            [
                UNUSED,
                "1 line has a frozen commitment at a closed site, which is moved: 'O1/1'.",
            ],
        ),
        (
            {"overrides": [LOCK]},
            ["1 order is locked where it has no commitments, which keeps nothing: 'O1'."],
        ),
        (
            {"overrides": [{**LOCK, "line": ""}]},
            ["1 order is locked where it has no commitments, which keeps nothing: 'O1'."],
        ),
        ({"commitments": [PROMISE], "overrides": [LOCK]}, []),
        ({"commitments": [PROMISE], "overrides": [{**LOCK, "line": ""}]}, []),
        (
            {"transfers": [BASE["transfers"]], "sites": SHUT},
            [UNUSED, "1 site is closed, and its transfers are not used: 'S1'."],
        ),
        (
            {"quotas": [{**BASE["quotas"], "to": "2026-11-22", "from": ""}]},
            [
                "1 group has quotas for days outside the horizon, which are not used: "
                "'gold C1 north A S1'."
            ],
        ),
        (
            {
                "quotas": [
                    {"from": "2026-12-07", "at_most": "1", "item": item} for item in ("", "A", "A")
                ]
            },
            ["2 groups have quotas for days outside the horizon, which are not used, 'all' first."],
        ),
    ],
)
def test_a_likely_oversight_is_told(
    tables: dict[str, str | list[dict[str, str]]], said: list[str], tmp_path: Path
) -> None:
    folder = write_folder(tmp_path, **({"sites": TWO_SITES} | tables))
    assert list(read_scenario(folder).warnings) == said


@pytest.mark.parametrize(
    ("gold", "core", "said"),
    [
        ("0.9", "0.8", "1 item has receipts that are too uncertain for every segment: 'A'."),
        ("0.9", "0.75", ""),
        ("0.8", "0", ""),
    ],
)
def test_receipts_that_nobody_may_use_are_told(
    gold: str, core: str, said: str, tmp_path: Path
) -> None:
    header = HEADER.replace("tier: 1,", f"tier: 1, min_confidence: {gold},")
    header = header.replace("tier: 2", f"tier: 2\n    min_confidence: {core}")
    folder = write_folder(tmp_path, header, **every_table())
    assert read_scenario(folder).warnings == ((said,) if said else ())


NOTHING = "1 item that is ordered has neither stock nor receipts: 'B'."


@pytest.mark.parametrize(
    ("swaps", "said"),
    [
        ([{"substitute": "A", "segments": ""}], ""),
        ([{"substitute": "A", "segments": "core gold"}], ""),
        ([{"substitute": "A", "segments": "core"}], NOTHING),
        ([{"substitute": "C", "segments": ""}], NOTHING),
        ([{"item": "A", "substitute": "B", "segments": ""}], NOTHING),
        ([{"substitute": "C", "segments": ""}, {"substitute": "A", "segments": "gold"}], ""),
    ],
)
def test_an_item_whose_substitute_has_stock_is_not_without_supply(
    swaps: list[dict[str, str]], said: str, tmp_path: Path
) -> None:
    """An item B is ordered by a customer of gold, and only A is there."""
    folder = write_folder(
        tmp_path,
        lines=[{**BASE["lines"], "item": "B"}],
        substitutes=[{**BASE["substitutes"], "item": "B", **swap} for swap in swaps],
    )
    assert read_scenario(folder).warnings == ((said,) if said else ())


PRICELESS = {key: cell for key, cell in BASE["lines"].items() if key != "unit_value"}
NO_PRICES = (
    "No line has a unit_value: every line counts 1 EUR per unit in the goal value, and what costs "
    "more to ship may be left unshipped. Give unit_value, or name fill before value."
)
ALL_SHIPS = (
    "No line has a unit_value: every line counts 1 EUR per unit in the goal value. Give unit_value."
)
FILL_FIRST = "goals: [commitments, floors, targets, fill, value]\n"


@pytest.mark.parametrize(
    ("lines", "goals", "said"),
    [
        ([PRICELESS], "", NO_PRICES),
        ([{**BASE["lines"], "unit_value": ""}], "", NO_PRICES),
        ([PRICELESS], FILL_FIRST, ALL_SHIPS),
        ([PRICELESS], "goals: [commitments, floors, targets, fill]\n", ""),
        ([{**BASE["lines"], "unit_value": "1"}], "", ""),
        ([BASE["lines"], {**BASE["lines"], "line": "2", "unit_value": ""}], "", ""),
    ],
)
def test_a_value_goal_without_any_value_is_told(
    lines: list[dict[str, str]], goals: str, said: str, tmp_path: Path
) -> None:
    warnings = read_scenario(write_folder(tmp_path, HEADER + goals, lines=lines)).warnings
    assert warnings == ((said,) if said else ())


def test_no_value_is_told_of_other_forms_and_in_the_currency(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, HEADER + "currency: CHF\n", lines=None)
    texts = {column: [cell] for column, cell in PRICELESS.items() if column != "complete"}
    table = pa.table(texts | {"unit_value": pa.array([None], pa.float64())})
    pq.write_table(table, folder / "lines.parquet")
    assert read_scenario(folder).warnings == (NO_PRICES.replace("EUR", "CHF"),)
