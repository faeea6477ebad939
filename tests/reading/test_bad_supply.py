"""Packs, substitutes, transfers and quotas that mean nothing are refused with a remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.reading import read_scenario
from tests.support.scenario_folders import (
    BASE,
    TWO_SITES,
    Row,
    as_csv,
    faults_of,
    the_fault,
    write_folder,
)


def folder_with(path: Path, table: str, **cells: str) -> Path:
    """Write the good scenario with one changed row of a table."""
    row: Row = {**BASE[table], **cells}
    return write_folder(path, **({"sites": TWO_SITES} | {table: [row]}))


GROUP = ("segment", "customer", "region")
FOR_ALL = (
    "units are protected for everybody, which keeps them from nobody"
    " -> name the segment, customer or region that they are for; to keep them for nobody, as"
    " safety stock, name a customer without orders"
)
FAULTS = [
    (
        "items",
        {"pack": "2.5"},
        "items.csv:2:pack: pack 2.5 is not whole"
        " -> write whole units, or make item 'A' divisible in the table items",
    ),
    (
        "substitutes",
        {"substitute": "A"},
        "substitutes.csv:2:substitute: item 'A' is its own substitute"
        " -> name another item, or take the row out",
    ),
    (
        "substitutes",
        {"segments": "gold cor"},
        "substitutes.csv:2:segments: 'cor' of 'gold cor' is not among the segments"
        " -> did you mean 'core'?",
    ),
    (
        "substitutes",
        {"segments": "gold,core"},
        "substitutes.csv:2:segments: 'gold,core' does not separate segments by single blanks"
        " -> write 'gold core'",
    ),
    (
        "substitutes",
        {"segments": "gold  core"},
        "substitutes.csv:2:segments: 'gold  core' does not separate segments by single blanks"
        " -> write 'gold core'",
    ),
    (
        "substitutes",
        {"segments": "gold  cor"},
        "substitutes.csv:2:segments: 'cor' of 'gold  cor' is not among the segments"
        " -> did you mean 'core'?",
    ),
    (
        "substitutes",
        {"segments": "gold gold"},
        "substitutes.csv:2:segments: 'gold gold' names a segment twice -> name each segment once",
    ),
    (
        "transfers",
        {"to_site": "S1"},
        "transfers.csv:2:to_site: the way leads from site 'S1' to itself"
        " -> name two sites, or take the row out",
    ),
    (
        "transfers",
        {"from_site": "S9"},
        "transfers.csv:2:from_site: 'S9' is not among the sites"
        " -> use one of: S1, S2; or add it to sites",
    ),
    (
        "quotas",
        {"at_most": "", "protected": ""},
        "quotas.csv:2:at_most: at_most and protected are both blank"
        " -> write one of them, or take the row out",
    ),
    (
        "quotas",
        dict.fromkeys(GROUP, ""),
        f"quotas.csv:2:protected: 2.5 {FOR_ALL}",
    ),
    (
        "quotas",
        dict.fromkeys((*GROUP, "item", "site", "at_most"), "") | {"protected": "3"},
        f"quotas.csv:2:protected: 3 {FOR_ALL}",
    ),
    (
        "quotas",
        {"from": "2026-12-01"},
        "quotas.csv:2:from: from 2026-12-01 is after to 2026-11-30 -> correct one of the two dates",
    ),
    (
        "quotas",
        {"region": "nord"},
        "quotas.csv:2:region: 'nord' is not among the regions of customers and lanes"
        " -> did you mean 'north'?; or add it to regions of customers and lanes",
    ),
    (
        "quotas",
        {"segment": "glod"},
        "quotas.csv:2:segment: 'glod' is not among the segments"
        " -> did you mean 'gold'?; or add it to segments",
    ),
    (
        "quotas",
        {"customer": "C9"},
        "quotas.csv:2:customer: 'C9' is not among the customers"
        " -> use one of: C1; or add it to customers",
    ),
]


@pytest.mark.parametrize(("table", "cells", "said"), FAULTS)
def test_what_means_nothing_is_refused(
    table: str, cells: dict[str, str], said: str, tmp_path: Path
) -> None:
    assert the_fault(folder_with(tmp_path, table, **cells)) == said


@pytest.mark.parametrize(
    ("table", "cells"),
    [
        ("items", {"pack": "2.5", "divisible": "true"}),
        ("substitutes", {"segments": ""}),
        ("substitutes", {"segments": "core"}),
        ("transfers", {"item": "", "transit_days": "0", "units_per_day": "0"}),
        ("quotas", {"from": "", "at_most": ""}),
        ("quotas", {"to": "", "protected": ""}),
        ("quotas", dict.fromkeys(("customer", "region", "item", "site"), "")),
        ("quotas", dict.fromkeys(("segment", "region"), "")),
        ("quotas", dict.fromkeys(("segment", "customer"), "")),
        ("quotas", dict.fromkeys((*GROUP, "item", "site", "protected"), "")),
        ("quotas", dict.fromkeys(GROUP, "") | {"protected": "0"}),
        ("quotas", {"at_most": "0", "to": "2026-11-23"}),
    ],
)
def test_what_means_something_is_taken(table: str, cells: dict[str, str], tmp_path: Path) -> None:
    assert len(read_scenario(folder_with(tmp_path, table, **cells))[table]) == 1


def test_a_number_that_cannot_be_read_is_not_also_missing(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "quotas", at_most="many", protected="")
    assert the_fault(folder).startswith("quotas.csv:2:at_most: 'many' is not a number")


def test_a_segment_whose_id_holds_a_blank_cannot_be_listed(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "substitutes", segments="key accounts")
    header = (folder / "scenario.yaml").read_text(encoding="utf-8")
    header = header.replace("core:", "key accounts:")
    (folder / "scenario.yaml").write_text(header, encoding="utf-8")
    assert the_fault(folder) == (
        "substitutes.csv:2:segments: 'key' of 'key accounts' is not among the segments"
        " -> use one of: gold"
    )


def test_every_row_with_a_fault_is_named(tmp_path: Path) -> None:
    rows = [{**BASE["substitutes"], "item": f"A{n % 3}", "substitute": "A1"} for n in range(3)]
    rows += [{**BASE["substitutes"], "item": "X", "segments": "silver"}]
    issues = faults_of(write_folder(tmp_path, substitutes=as_csv(rows)))
    assert [(issue.row, issue.column) for issue in issues] == [(3, "substitute"), (5, "segments")]
